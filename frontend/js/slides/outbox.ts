/** Sends messages to the page, at most twenty a second of each kind, the newest of a kind last. */

import type { FromFrame } from "./protocol.ts";

const MESSAGES_PER_SECOND = 20;
const SECOND = 1000;
/** Long enough for any real message of ours; deck content could make it arbitrarily long. */
const MAX_TEXT = 2000;

type Lane = { sent: number[]; waiting: FromFrame | null; timer: number };

export class Outbox {
  private readonly lanes = new Map<string, Lane>();

  constructor(private readonly port: MessagePort) {}

  send(message: FromFrame): void {
    const lane = this.lane(message.type);
    const now = performance.now();
    lane.sent = lane.sent.filter((at) => now - at < SECOND);
    if (lane.sent.length < MESSAGES_PER_SECOND && !lane.waiting) {
      lane.sent.push(now);
      this.port.postMessage(message);
      return;
    }
    // Only the last one of a burst matters: where the person is now, not where they passed.
    lane.waiting = message;
    lane.timer ||= window.setTimeout(() => this.release(lane), SECOND / MESSAGES_PER_SECOND);
  }

  error(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    this.send({ type: "error", message: message.slice(0, MAX_TEXT) });
  }

  private release(lane: Lane): void {
    lane.timer = 0;
    const message = lane.waiting;
    lane.waiting = null;
    if (message) this.send(message);
  }

  private lane(type: string): Lane {
    const known = this.lanes.get(type);
    if (known) return known;
    const lane: Lane = { sent: [], waiting: null, timer: 0 };
    this.lanes.set(type, lane);
    return lane;
  }
}
