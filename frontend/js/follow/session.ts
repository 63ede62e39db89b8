/** Brings the deck, the socket and the connection together: the page only hears what is new. */

import { Connection, type ConnectionState } from "./connection.ts";
import { Deck } from "./deck.ts";
import {
  type DeckMessage, type FromServer, type PatchMessage, type Stage, type State, SUBPROTOCOL, type ToServer,
} from "./protocol.ts";

/** What happens to a page. */
export type Listener = {
  /** The deck is here, or is here anew. */
  deck(deck: Deck, state: State): void;
  /** The deck was changed, and with it the position, in one step. */
  patch(message: PatchMessage): void;
  state(state: State): void;
  stage?(stage: Stage): void;
  connection(state: ConnectionState): void;
  /** The server can be spoken to anew. */
  opened?(): void;
};

export class Session {
  deck: Deck | null = null;
  private readonly connection: Connection;
  private socket: WebSocket | null = null;
  private timer = 0;
  /** What the deck on the way will be newer than. */
  private have: string;
  /** Patches that came before the deck. */
  private early: PatchMessage[] = [];
  /** The deck as a file, until it is shown. */
  private fetched: DeckMessage | null = null;
  /** Where the presenter is, as this socket has said. */
  private told: State | null = null;

  constructor(private readonly base: string, revision: string, private readonly on: Listener) {
    this.have = revision;
    this.connection = new Connection({
      open: () => this.open(),
      drop: () => this.drop(),
      ping: () => this.send({ type: "ping" }),
      timer: (milliseconds) => this.setTimer(milliseconds),
      random: Math.random,
      changed: (state) => {
        on.connection(state);
        this.loadFetched();
      },
    });
    window.addEventListener("online", this.woke);
    window.addEventListener("offline", this.woke);
    window.addEventListener("pageshow", this.woke);
    document.addEventListener("visibilitychange", this.woke);
  }

  get state(): ConnectionState {
    return this.connection.state;
  }

  start(): void {
    this.connection.start();
    if (this.have) void this.fetchDeck();
  }

  /** Sends at once or not at all: nothing that a person did waits for a connection. */
  send(message: ToServer): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  private readonly woke = (event: Event): void => {
    if (document.visibilityState !== "visible") return;
    if (event.type === "pageshow" && !(event as PageTransitionEvent).persisted) return;
    this.connection.woke();
  };

  /** The deck as a file of its own is compressed, and is on its way while the socket opens. */
  private async fetchDeck(): Promise<void> {
    try {
      const response = await fetch(`${this.base}/deck`);
      if (response.status === 404) return this.connection.end();
      if (!response.ok) throw new Error(`deck: ${response.status}`);
      this.fetched = (await response.json()) as DeckMessage;
      this.loadFetched();
    } catch {
      // Without it the server sends the deck over the socket.
      this.have = "";
      if (!this.deck) this.connection.restart();
    }
  }

  /** The file may say where the presenter was; it is shown when the socket has said where they are. */
  private loadFetched(): void {
    const { fetched, told } = this;
    if (!fetched || (!told && this.state === "opening")) return;
    this.fetched = null;
    if (!this.deck || this.deck.isOlderThan(fetched.revision)) this.load({ ...fetched, state: told ?? fetched.state });
  }

  private open(): void {
    const have = this.deck?.revision ?? this.have;
    const url = new URL(`${this.base}/live${have && `?have=${encodeURIComponent(have)}`}`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url, SUBPROTOCOL);
    this.socket = socket;
    this.told = null;
    this.early = [];
    socket.onopen = () => this.on.opened?.();
    socket.onclose = ({ code }) => this.connection.closed(code);
    socket.onmessage = ({ data }) => {
      this.connection.heard();
      if (typeof data === "string") this.receive(JSON.parse(data) as FromServer);
    };
  }

  private drop(): void {
    const { socket } = this;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close();
  }

  private setTimer(milliseconds: number | null): void {
    clearTimeout(this.timer);
    if (milliseconds !== null) this.timer = window.setTimeout(() => this.connection.elapsed(), milliseconds);
  }

  private receive(message: FromServer): void {
    if ("state" in message) this.told = message.state;
    switch (message.type) {
      case "deck":
        this.load(message);
        break;
      case "patch":
        this.patch(message);
        break;
      case "state":
        if (this.deck) this.on.state(message.state);
        break;
      case "stage":
        this.on.stage?.(message);
    }
    this.loadFetched();
  }

  private load(message: DeckMessage): void {
    this.deck = new Deck(message);
    this.on.deck(this.deck, message.state);
    const early = this.early;
    this.early = [];
    for (const patch of early) {
      // Where the presenter was before is of no interest now.
      if (this.deck?.judge(patch) !== "skip") this.patch(patch);
    }
  }

  private patch(message: PatchMessage): void {
    const { deck } = this;
    if (!deck) {
      this.early.push(message);
      return;
    }
    switch (deck.judge(message)) {
      case "apply":
        deck.apply(message);
        return this.on.patch(message);
      case "skip":
        return this.on.state(message.state);
      case "gap":
        this.deck = null;
        this.have = "";
        return this.connection.restart();
    }
  }
}
