/** The discussion of one deck on one page: what is there, what is on its way, and what is new. */

import type { Host, News } from "../host.ts";
import { type Change, type Kind, type Message, newId, type NewMessage, Refusal, TalkApi } from "./api.ts";
import { deviceShelf, Outbox, type Pending, Seen } from "./outbox.ts";
import { placeOf, type Said, type Thread, threads } from "./threads.ts";

/** What a page shows of a discussion that is not open. */
export interface Counts {
  all: number;
  unread: number;
  /** Questions that wait for an answer. */
  questions: number;
  slides: Record<number, { all: number; unread: number }>;
}

/** What those who watch are told. */
export type TalkNews =
  | { kind: "changed" }
  /** Somebody else said something at this moment. */
  | { kind: "said"; message: Message }
  /** So many messages were sent that had to wait. */
  | { kind: "sent"; count: number };

/** The first wait before another try; each failure doubles it. */
const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 30_000;
/** The text changes with every keystroke: where slides are now is asked for this often at most. */
const SETTLES = 300;

const talks = new WeakMap<Host, Talk>();

/** The one discussion of a page. */
export function talkOf(host: Host): Talk {
  const known = talks.get(host) ?? new Talk(host);
  talks.set(host, known);
  return known;
}

export class Talk {
  /** The slide that the person looks at, and the titles of all. */
  slide = 0;
  titles: readonly string[] = [];
  isConnected = true;
  isLoaded = false;
  readonly outbox: Outbox;
  private readonly api: TalkApi;
  private readonly seen: Seen;
  private readonly messages = new Map<string, Message>();
  /** Messages of which the server has said that they are gone: what this page does not know may just be new. */
  private readonly gone = new Set<string>();
  private readonly places = new Map<string, number | null>();
  private readonly watchers = new Set<(news: TalkNews) => void>();
  /** What is to happen once a message is stored, by its id. */
  private readonly stored = new Map<string, () => void>();
  /** What was said live while the list was on its way: it may be newer. */
  private early: (() => void)[] | null = null;
  private stop: (() => void) | null = null;
  /** Messages that could not be sent at once. */
  private readonly delays = new Set<string>();
  private isSending = false;
  private waits = 0;
  private delayed = 0;
  private timer = 0;
  private settling = 0;

  constructor(readonly host: Host) {
    this.api = new TalkApi(host.deck);
    const shelf = deviceShelf();
    this.outbox = new Outbox(host.deck, host.principal, shelf);
    this.seen = new Seen(host.deck, shelf);
  }

  /** Listens until the answer is called; the first one starts it all. */
  watch(hear: (news: TalkNews) => void): () => void {
    this.watchers.add(hear);
    if (!this.stop) this.start();
    return () => {
      this.watchers.delete(hear);
      if (this.watchers.size === 0) this.end();
    };
  }

  private start(): void {
    const online = () => this.wake();
    window.addEventListener("online", online);
    const stop = this.host.listen((news) => this.hear(news));
    this.stop = () => {
      window.removeEventListener("online", online);
      stop();
    };
    // What a page before this one could not send.
    for (const { id } of this.outbox.pending) this.delays.add(id);
    void this.load();
    void this.flush();
  }

  private end(): void {
    this.stop?.();
    this.stop = null;
    clearTimeout(this.timer);
    clearTimeout(this.settling);
    this.settling = 0;
  }

  private hear(news: News): void {
    switch (news.kind) {
      case "desk":
        return this.hearLive(news.json);
      case "text":
        this.titles = news.slides;
        return this.settle();
      case "slide":
        this.slide = news.slide;
        return this.tell({ kind: "changed" });
      case "connection": {
        const isBack = news.isConnected && !this.isConnected;
        this.isConnected = news.isConnected;
        if (isBack) this.wake();
        return this.tell({ kind: "changed" });
      }
    }
  }

  private hearLive(json: string): void {
    const news = JSON.parse(json) as { kind: string; message?: Message; id?: string };
    const { message, id } = news;
    if (news.kind === "said" && message) this.take(message);
    else if (news.kind === "unsaid" && id) this.drop(id);
  }

  private take(message: Message): void {
    this.early?.push(() => this.messages.set(message.id, message));
    const isNew = !this.messages.has(message.id);
    this.messages.set(message.id, message);
    // An answer may have been lost on the way: then this is the answer.
    if (this.outbox.pending.some(({ id }) => id === message.id)) this.arrived(message.id);
    if (isNew && this.isLoaded && !this.isOwn(message)) this.tell({ kind: "said", message });
    this.tell({ kind: "changed" });
  }

  private drop(id: string): void {
    this.early?.push(() => this.messages.delete(id));
    this.messages.delete(id);
    this.gone.add(id);
    this.tell({ kind: "changed" });
  }

  private settle(): void {
    if (this.settling) return;
    this.settling = window.setTimeout(() => {
      this.settling = 0;
      this.places.clear();
      this.tell({ kind: "changed" });
    }, SETTLES);
  }

  /** The connection is there again: what was missed is fetched, what waits is sent. */
  private wake(): void {
    this.waits = 0;
    void this.load();
    void this.flush();
  }

  private async load(): Promise<void> {
    if (this.early) return;
    const early: (() => void)[] = [];
    this.early = early;
    try {
      const messages = await this.api.list();
      this.messages.clear();
      for (const message of messages) this.messages.set(message.id, message);
      for (const act of early) act();
      for (const id of this.outbox.edited) if (!this.messages.has(id)) this.gone.add(id);
      this.isLoaded = true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.passes) this.later();
      // Whoever may not read it has nothing to wait for.
      else this.isLoaded = true;
    } finally {
      this.early = null;
      this.tell({ kind: "changed" });
    }
  }

  /** Tries again after a while, which grows. */
  private later(): void {
    clearTimeout(this.timer);
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.waits);
    this.waits += 1;
    this.timer = window.setTimeout(() => {
      if (!this.isLoaded) void this.load();
      void this.flush();
    }, wait);
  }

  /** Says something about a slide; it is kept on this device until the server has it. */
  say(text: string, kind: Kind, slide: number, stored?: () => void): void {
    const about = { slide: this.titles[slide] ?? "", anchor: this.host.anchorOf(slide) };
    this.sayAbout(text, kind, about, stored);
  }

  sayAbout(text: string, kind: Kind, about: Pick<Message, "slide" | "anchor">, stored?: () => void): void {
    const message = { id: newId(), ...about, kind, name: this.host.name(), text, at: Date.now() };
    if (stored) this.stored.set(message.id, stored);
    if (!this.isConnected) this.delays.add(message.id);
    this.outbox.add(message);
    this.tell({ kind: "changed" });
    void this.flush();
  }

  /** Sends what waits, one after the other. */
  private async flush(): Promise<void> {
    if (this.isSending) return;
    this.isSending = true;
    try {
      for (;;) {
        const next = this.outbox.pending.find(({ refused }) => refused === undefined);
        if (!next || !(await this.send(next))) break;
      }
    } finally {
      this.isSending = false;
    }
    if (this.delayed > 0 && this.outbox.pending.every(({ refused }) => refused !== undefined)) {
      this.tell({ kind: "sent", count: this.delayed });
      this.delayed = 0;
    }
    this.tell({ kind: "changed" });
  }

  /** `false` when there is no sense in sending another one now. */
  private async send(pending: Pending): Promise<boolean> {
    const { id, slide, anchor, kind, name, text } = pending;
    const message: NewMessage = { id, slide, anchor, kind, name, text };
    try {
      const stored = await this.api.add(message);
      this.early?.push(() => this.messages.set(id, stored));
      if (!this.messages.has(id)) this.messages.set(id, stored);
      if (this.delays.delete(id)) this.delayed += 1;
      this.waits = 0;
      this.arrived(id);
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.passes) {
        this.delays.add(id);
        this.later();
        return false;
      }
      this.outbox.refuse(id, error.message);
      return true;
    } finally {
      this.tell({ kind: "changed" });
    }
  }

  private arrived(id: string): void {
    this.outbox.remove(id);
    this.stored.get(id)?.();
    this.stored.delete(id);
  }

  /** Sends a message again that was refused. */
  again(id: string): void {
    this.outbox.refuse(id, undefined);
    void this.flush();
  }

  /** Takes back a message that was not sent. */
  takeBack(id: string): Pending | undefined {
    const pending = this.outbox.pending.find((message) => message.id === id);
    this.outbox.remove(id);
    this.stored.delete(id);
    this.tell({ kind: "changed" });
    return pending;
  }

  /** Changes a message. Answers why not, in words. */
  async change(id: string, change: Change): Promise<string | null> {
    return this.attempt(async () => {
      const changed = await this.api.change(id, change);
      this.early?.push(() => this.messages.set(id, changed));
      this.messages.set(id, changed);
    });
  }

  async remove(id: string): Promise<string | null> {
    return this.attempt(async () => {
      await this.api.remove(id);
      this.drop(id);
    });
  }

  private async attempt(work: () => Promise<void>): Promise<string | null> {
    try {
      await work();
      return null;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return error.message;
    } finally {
      this.tell({ kind: "changed" });
    }
  }

  /** Who said that they are there: their names, and whether the person is among them. */
  async attendance(): Promise<{ names: string[]; isThere: boolean } | null> {
    const people = await this.api.attendees().catch(() => null);
    const isOwn = ({ principal }: { principal: string }) => principal === this.host.principal;
    return people && { names: people.map(({ name }) => name), isThere: people.some(isOwn) };
  }

  attend(isThere: boolean): Promise<string | null> {
    return this.attempt(async () => {
      await (isThere ? this.api.attend(this.host.name()) : this.api.leave());
    });
  }

  isOwn({ principal }: { principal: string }): boolean {
    return principal === this.host.principal;
  }

  /** Everything that was said, also what is not stored yet. */
  said(): Said[] {
    const { principal } = this.host;
    const waiting = this.outbox.pending
      .filter(({ id }) => !this.messages.has(id))
      .map((pending) => ({ ...pending, pending: true as const, principal, starred: false as const, done: false as const }));
    return [...this.messages.values(), ...waiting];
  }

  /** Takes out the changes of messages that somebody has removed meanwhile. */
  takeOrphans(): string[] {
    const orphans = this.outbox.edited.filter((id) => this.gone.has(id));
    this.gone.clear();
    return orphans.map((id) => {
      const text = this.outbox.edit(id) ?? "";
      this.outbox.setEdit(id, null);
      return text;
    });
  }

  threads(): Thread[] {
    return threads(this.said(), this.titles, this.slideOf);
  }

  private readonly slideOf = (anchor: string): number | null => {
    const known = this.places.get(anchor);
    if (known !== undefined) return known;
    const slide = this.host.slideOf(anchor);
    this.places.set(anchor, slide);
    return slide;
  };

  isUnread(message: Message): boolean {
    return !this.isOwn(message) && !this.seen.has(message);
  }

  /** The person has seen these. */
  read(messages: readonly Message[]): void {
    const unread = messages.filter((message) => this.isUnread(message));
    if (unread.length === 0) return;
    // What is one's own needs no reading.
    const own = [...this.messages.values()].filter((message) => this.isOwn(message));
    this.seen.add([...unread, ...own], [...this.messages.values()]);
    this.tell({ kind: "changed" });
  }

  counts(): Counts {
    const counts: Counts = { all: 0, unread: 0, questions: 0, slides: {} };
    for (const message of this.messages.values()) {
      const unread = this.isUnread(message) ? 1 : 0;
      counts.all += 1;
      counts.unread += unread;
      if (message.kind === "question" && !message.done) counts.questions += 1;
      const slide = placeOf(message, this.titles, this.slideOf);
      if (slide === null) continue;
      const own = (counts.slides[slide] ??= { all: 0, unread: 0 });
      own.all += 1;
      own.unread += unread;
    }
    return counts;
  }

  private tell(news: TalkNews): void {
    for (const hear of [...this.watchers]) hear(news);
  }
}
