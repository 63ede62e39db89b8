/** What a person wrote and the server does not have yet: drafts and messages on their way, kept on this device over reloads. */

import type { Kind, NewMessage } from "./api.ts";

/** A message that is not stored yet. */
export interface Pending extends NewMessage {
  at: number;
  /** Why the server does not take it, in words. */
  refused?: string;
}

/** What stands in the text field, and the slide that it is about. */
export interface Draft {
  text: string;
  kind: Kind;
  slide: string;
  anchor: string | null;
}

interface Kept {
  pending: Pending[];
  draft: Draft | null;
  /** Texts of own messages that are being changed, by their ids. */
  edits: Record<string, string>;
}

/** As much of `localStorage` as this needs. */
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Several tabs share it: everything is read anew before it is changed. */
export class Outbox {
  private readonly name: string;
  /** What holds where the browser keeps nothing. */
  private memory: Kept = { pending: [], draft: null, edits: {} };
  /** The draft of this page: another tab has one of its own, and the store has the newest. */
  private own: Draft | null = null;

  /** Of one person alone: others who use this browser neither see it nor send it. */
  constructor(deck: string, principal: string, private shelf: Shelf | null) {
    this.name = `ondeck-talk:${deck}:${principal}`;
  }

  get pending(): readonly Pending[] {
    return this.read().pending;
  }

  get draft(): Draft | null {
    return (this.own ??= this.read().draft);
  }

  /** The ids of the messages that are being changed. */
  get edited(): string[] {
    return Object.keys(this.read().edits);
  }

  edit(id: string): string | undefined {
    return this.read().edits[id];
  }

  add(message: Pending): void {
    this.change((kept) => kept.pending.push(message));
  }

  remove(id: string): void {
    this.change((kept) => {
      kept.pending = kept.pending.filter((message) => message.id !== id);
    });
  }

  /** Notes why a message was refused; `undefined` to try it again. */
  refuse(id: string, words: string | undefined): void {
    this.change((kept) => {
      for (const message of kept.pending) {
        if (message.id !== id) continue;
        if (words === undefined) delete message.refused;
        else message.refused = words;
      }
    });
  }

  setDraft(draft: Draft | null): void {
    const before = this.own;
    this.own = draft?.text ? draft : null;
    this.change((kept) => {
      // Whoever has sent theirs leaves another tab's where it is.
      if (this.own || kept.draft?.text === before?.text) kept.draft = this.own;
    });
  }

  setEdit(id: string, text: string | null): void {
    this.change((kept) => {
      if (text === null) delete kept.edits[id];
      else kept.edits[id] = text;
    });
  }

  private change(work: (kept: Kept) => void): void {
    const kept = this.read();
    work(kept);
    this.memory = kept;
    const isEmpty = kept.pending.length === 0 && !kept.draft && Object.keys(kept.edits).length === 0;
    try {
      if (isEmpty) this.shelf?.removeItem(this.name);
      else this.shelf?.setItem(this.name, JSON.stringify(kept));
    } catch {
      // A full or locked store: from now on it holds as long as this page does.
      this.shelf = null;
    }
  }

  private read(): Kept {
    try {
      const text = this.shelf?.getItem(this.name);
      if (text === undefined) return this.memory;
      const { pending = [], draft = null, edits = {} } = JSON.parse(text ?? "{}") as Partial<Kept>;
      return { pending, draft, edits };
    } catch {
      return this.memory;
    }
  }
}

/** What somebody has read, as a moment before which all is read, and single messages after it. */
export class Seen {
  private readonly name: string;
  private until = 0;
  private readonly ids = new Set<string>();

  constructor(deck: string, private readonly shelf: Shelf | null) {
    this.name = `ondeck-talk-seen:${deck}`;
    try {
      const { until = 0, ids = [] } = JSON.parse(shelf?.getItem(this.name) ?? "{}") as { until?: number; ids?: string[] };
      this.until = until;
      this.ids = new Set(ids);
    } catch {
      // Then everything is new once more.
    }
  }

  has({ id, at }: { id: string; at: number }): boolean {
    return at <= this.until || this.ids.has(id);
  }

  /** These were read now; `all` are those that there are. */
  add(read: readonly { id: string; at: number }[], all: readonly { id: string; at: number }[]): void {
    for (const { id } of read) this.ids.add(id);
    for (const message of [...all].sort((a, b) => a.at - b.at)) {
      if (!this.has(message)) break;
      this.until = Math.max(this.until, message.at);
    }
    const later = all.filter(({ id, at }) => at > this.until && this.ids.has(id));
    this.ids.clear();
    for (const { id } of later) this.ids.add(id);
    try {
      this.shelf?.setItem(this.name, JSON.stringify({ until: this.until, ids: [...this.ids] }));
    } catch {
      // Then it counts as new after a reload.
    }
  }
}

/** The browser's store, where it gives one. */
export function deviceShelf(): Shelf | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
