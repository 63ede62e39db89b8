/** Counts what really travels: a proxy between browser and server that looks at nothing. */

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class Wire {
  /** Bytes from the server to the browser, headers and all. */
  received = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly proxy: Server) {}

  static async to(address: string): Promise<Wire> {
    const [host, port] = address.split(":");
    const proxy = createServer();
    const wire = new Wire(proxy);
    proxy.on("connection", (browser) => {
      const server = connect(Number(port), host);
      for (const socket of [browser, server]) {
        wire.sockets.add(socket);
        // Either end may hang up at any time; the other one then does as well.
        socket.on("error", () => undefined);
        socket.on("close", () => {
          browser.destroy();
          server.destroy();
        });
      }
      server.on("data", (bytes: Buffer) => (wire.received += bytes.length));
      browser.pipe(server).pipe(browser);
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    return wire;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.proxy.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.proxy.close();
  }
}
