/** A door between a page and its server, for what a server does once in a blue moon. */

import type { Page, WebSocketRoute } from "@playwright/test";

/** The type of control messages on the wire. */
const CONTROL = 100;

/** A message as the server says it. */
export type Said = { type: string; [field: string]: unknown };

export class Gate {
  /** Turns newcomers away with a close code and a reason. */
  refuses: { code: number; reason: string } | null = null;
  /** What the page says is lost on the way. */
  isDeaf = false;
  /** Changes what the server says, before the page hears it. */
  changes: (said: Said) => Said = (said) => said;
  private page: WebSocketRoute | null = null;

  private constructor() {}

  /** Puts a door between a page that was not opened yet and its server. */
  static async of(page: Page): Promise<Gate> {
    const gate = new Gate();
    await page.routeWebSocket(/\/sync\//, (ours) => gate.opened(ours));
    return gate;
  }

  /** Says something as the server would. */
  says(said: Said): void {
    this.page?.send(frame(said));
  }

  /** Ends the connection as the server would. */
  async closes(code: number, reason: string): Promise<void> {
    await this.page?.close({ code, reason });
  }

  private opened(ours: WebSocketRoute): void {
    if (this.refuses) return void ours.close(this.refuses);
    this.page = ours;
    const server = ours.connectToServer();
    ours.onMessage((message) => {
      if (!this.isDeaf) server.send(message);
    });
    server.onMessage((message) => ours.send(this.changed(message)));
  }

  private changed(message: string | Buffer): string | Buffer {
    if (typeof message === "string" || message[0] !== CONTROL) return message;
    return frame(this.changes(JSON.parse(message.subarray(message.indexOf("{")).toString()) as Said));
  }
}

function frame(said: Said): Buffer {
  const json = Buffer.from(JSON.stringify(said));
  const length = json.length < 128 ? [json.length] : [(json.length & 127) | 128, json.length >> 7];
  return Buffer.concat([Buffer.from([CONTROL, ...length]), json]);
}
