/** When to connect, when to give up and when to try again: the whole of it, without a socket or a clock. */

import { LINK_ENDED } from "./protocol.ts";

/** The first wait for another try; each failure doubles it. */
const FIRST_WAIT = 500;
/** After an outage of minutes nobody waits longer than this. */
const LONGEST_WAIT = 30_000;
/** The server says something every 20 s; a connection that misses two of these is dead. */
const SILENCE = 45_000;
/** A phone that slept may hold a connection that is long gone: an answer takes no longer than this. */
const PROBE = 2_000;
/** Opening takes longer than this only where nothing answers. */
const OPENING = 10_000;
/** Doubling ends long before numbers do. */
const MOST_FAILURES = 16;

/** What the connection does to the world. */
export type Host = {
  /** Opens a socket. */
  open(): void;
  /** Forgets the socket, whatever state it is in. */
  drop(): void;
  ping(): void;
  /** Sets the only timer; `null` stops it. */
  timer(milliseconds: number | null): void;
  /** From 0 to 1. */
  random(): number;
  changed(state: ConnectionState): void;
};

/**
 * - `opening`: a socket is being opened.
 * - `live`: the server speaks.
 * - `probing`: it was live; whether it still is, is being found out.
 * - `waiting`: until the next try.
 * - `ended`: the link is no longer one.
 */
export type ConnectionState = "opening" | "live" | "probing" | "waiting" | "ended";

export class Connection {
  private current: ConnectionState = "waiting";
  private failures = 0;

  constructor(private readonly host: Host) {}

  get state(): ConnectionState {
    return this.current;
  }

  start(): void {
    if (this.current === "waiting") this.open();
  }

  /** The server said something. */
  heard(): void {
    if (this.current === "ended" || this.current === "waiting") return;
    this.failures = 0;
    this.become("live");
    this.host.timer(SILENCE);
  }

  /** The socket closed, or never opened. */
  closed(code: number): void {
    if (this.current === "ended" || this.current === "waiting") return;
    if (code === LINK_ENDED) this.end();
    else this.fail();
  }

  /** The link is known to be none. */
  end(): void {
    this.host.drop();
    this.host.timer(null);
    this.become("ended");
  }

  /** What was received makes no sense: all of it is asked for again. */
  restart(): void {
    if (this.current === "ended") return;
    this.host.drop();
    this.open();
  }

  /** The timer went off. */
  elapsed(): void {
    switch (this.current) {
      case "waiting":
        return this.open();
      case "live":
      case "opening":
        return this.fail();
      case "probing":
        return this.restart();
      case "ended":
    }
  }

  /** The page is looked at again, or the network is back. */
  woke(): void {
    switch (this.current) {
      case "waiting":
        return this.open();
      case "opening":
        return this.restart();
      case "live":
        this.host.ping();
        this.host.timer(PROBE);
        return this.become("probing");
      case "probing":
      case "ended":
    }
  }

  private open(): void {
    this.become("opening");
    this.host.timer(OPENING);
    this.host.open();
  }

  private fail(): void {
    this.host.drop();
    this.become("waiting");
    const most = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, MOST_FAILURES);
    // Full jitter: those who lost the server together do not come back together.
    this.host.timer(this.host.random() * most);
  }

  private become(state: ConnectionState): void {
    if (state === this.current) return;
    this.current = state;
    this.host.changed(state);
  }
}
