/** Several servers that share PostgreSQL and NATS, and a balancer that leads people to those that live. */

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { OndeckServer } from "./server.ts";

const run = promisify(execFile);

/** Where Debian puts PostgreSQL, by version. */
const DEBIAN = "/usr/lib/postgresql";

/** A server that takes longer to listen is broken. */
const STARTS_WITHIN = 60_000;

/** Leads whoever comes to the first server of a list that answers. */
export class Door {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly listener: Server,
    /** `host:port` of the servers, the preferred one first. */
    public leadsTo: string[],
  ) {}

  static async to(leadsTo: string[]): Promise<Door> {
    const listener = createServer();
    const door = new Door(listener, leadsTo);
    listener.on("connection", (visitor) => door.lead(visitor, [...door.leadsTo]));
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    return door;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.listener.close();
    await once(this.listener, "close");
  }

  private lead(visitor: Socket, servers: string[]): void {
    const [host, port] = servers.shift()?.split(":") ?? [];
    if (!host || !port) return void visitor.destroy();
    const server = createConnection({ host, port: Number(port) });
    const refused = () => this.lead(visitor, servers);
    server.once("error", refused);
    server.once("connect", () => {
      server.off("error", refused);
      for (const [one, other] of [[visitor, server], [server, visitor]] as const) {
        this.sockets.add(one);
        one.setNoDelay(true);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          this.sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }
}

export class Nodes {
  private readonly processes: ChildProcess[] = [];
  private readonly directories: string[] = [];
  private readonly doors: Door[] = [];
  readonly nodes: OndeckServer[] = [];

  private constructor() {}

  static async start(count: number): Promise<Nodes> {
    const nodes = new Nodes();
    const [database, bus, pictures] = [await nodes.postgres(), await nodes.nats(), await nodes.directory("pictures")];
    const options = ["--database", database, "--bus", bus, "--pictures", pictures];
    for (let node = 0; node < count; node++) nodes.nodes.push(await OndeckServer.start(options));
    return nodes;
  }

  /** A door to one of them while it lives, then to the others. */
  async door(node: number): Promise<Door> {
    const addresses = this.nodes.map((server) => server.address);
    const door = await Door.to([...addresses.slice(node), ...addresses.slice(0, node)]);
    this.doors.push(door);
    return door;
  }

  async dispose(): Promise<void> {
    for (const door of this.doors) await door.close();
    for (const node of this.nodes) await node.dispose();
    for (const process of this.processes.reverse()) {
      const exited = once(process, "exit");
      process.kill("SIGINT");
      await exited;
    }
    for (const directory of this.directories) await rm(directory, { recursive: true, force: true });
  }

  private async directory(name: string): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), `ondeck-e2e-${name}-`));
    this.directories.push(directory);
    return directory;
  }

  private async nats(): Promise<string> {
    const port = await freePort();
    await this.process("nats-server", ["-a", "127.0.0.1", "-p", `${port}`], port);
    return `nats://127.0.0.1:${port}`;
  }

  private async postgres(): Promise<string> {
    const [directory, port] = [await this.directory("postgres"), await freePort()];
    const data = join(directory, "data");
    // PostgreSQL refuses to run as root: then it runs as its own user.
    let as: string[] = [];
    if (process.getuid?.() === 0) {
      const id = async (flag: string) => Number((await run("id", [flag, "postgres"])).stdout);
      await chown(directory, await id("-u"), await id("-g"));
      as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"];
    }
    const make = ["-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"];
    const [first, ...rest] = [...as, program("initdb"), ...make];
    await run(first!, rest, { cwd: directory });
    const settings = [`listen_addresses=127.0.0.1`, "unix_socket_directories=", "fsync=off"];
    const serve = ["-D", data, "-p", `${port}`, ...settings.flatMap((setting) => ["-c", setting])];
    const [server, ...options] = [...as, program("postgres"), ...serve];
    await this.process(server!, options, port, directory);
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    await until("PostgreSQL answers", () => run(program("psql"), ["-X", "-d", url, "-c", "SELECT 1"]));
    return url;
  }

  private async process(command: string, options: string[], port: number, cwd = tmpdir()): Promise<void> {
    const child = spawn(command, options, { cwd, stdio: "ignore" });
    this.processes.push(child);
    const failed = new Promise<never>((_, reject) => {
      child.once("error", () => reject(new Error(missing(command))));
    });
    await Promise.race([failed, until(`${command} listens`, () => connects(port))]);
  }
}

/** A port that nobody uses at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function connects(port: number): Promise<void> {
  const socket = createConnection({ host: "127.0.0.1", port });
  await once(socket, "connect");
  socket.destroy();
}

async function until(what: string, works: () => Promise<unknown>): Promise<void> {
  const start = Date.now();
  for (;;) {
    const worked = await works().then(() => true, () => false);
    if (worked) return;
    if (Date.now() - start > STARTS_WITHIN) throw new Error(`it is not so that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A program of the newest PostgreSQL that Debian has, or of the path. */
function program(name: string): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((one, other) => Number(other) - Number(one)) : [];
  const paths = versions.map((version) => join(DEBIAN, version, "bin", name));
  return paths.find((path) => existsSync(path)) ?? name;
}

function missing(command: string): string {
  return `${command} is not installed\nhint: apt-get install -y --no-install-recommends postgresql nats-server`;
}
