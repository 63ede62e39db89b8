/** Keeps what somebody types on their own device until the server has it: one queue for each page that writes. */

import { Locks } from "./kept/locks.ts";
import { deckRange, type EditKey, type EditRecord, queueRange, Writer } from "./kept/writer.ts";

/** What the page learns of its queue. */
export interface Told {
  /** Own edits up to this number are on the disk. */
  kept(upto: number): void;
  /** From now on nothing is kept. Said once. */
  failed(): void;
}

/** What a page that is gone could not hand over to the server. */
export interface KeptQueue {
  client: number;
  proof: string;
  base: Uint8Array | null;
  updates: Uint8Array[];
}

/** The queues of one deck on this device. None of these ever throws. */
export interface Keeper {
  /** Queues of pages that are gone, oldest first; this page holds them from now on. */
  orphans(): Promise<KeptQueue[]>;
  /** What is kept from now on belongs to this client. Nothing is written before there is an edit. */
  begin(client: number, proof: string): void;
  /** Writes an own edit; numbers rise. */
  keep(number: number, update: Uint8Array): void;
  /** Writes what the waiting edits build on, in place of what was written before. */
  keepBase(state: Uint8Array): void;
  /** The server has the edits up to this number. */
  release(upto: number): void;
  /** Nobody needs this queue any more. */
  drop(client: number): void;
  /** Deletes the queues that were handed out and not dropped since. */
  settle(): void;
  /** Throws everything away that this page holds, and loads it again. */
  discard(): void;
  /** Leaves everything to the next page, once what was given is written. */
  close(): void;
}

/** The queue that this page writes. */
interface OwnQueue {
  client: number;
  proof: string;
  /** The number of the newest edit that waits, 0 when none does. */
  last: number;
}

/** Opens the queues of one deck. Never throws; `failed` is called once when nothing can be kept. */
export function createKeeper(deck: string, told: Told): Keeper {
  return new DeckKeeper(deck, told);
}

class DeckKeeper implements Keeper {
  private readonly writer: Writer;
  private readonly locks: Locks;
  private own: OwnQueue | null = null;
  /** Queues that were handed out, and the number of their newest edit then. */
  private readonly taken = new Map<number, number>();
  private hasAskedToPersist = false;

  constructor(private readonly deck: string, told: Told) {
    this.writer = new Writer(told);
    this.locks = new Locks(`ondeck:${deck}:`);
  }

  async orphans(): Promise<KeptQueue[]> {
    try {
      const [keys = []] = (await this.writer.read((edits) => [edits.getAllKeys(deckRange(this.deck))])) as [EditKey[]?];
      const clients = new Set(keys.map(([, client]) => client));
      const free: number[] = [];
      for (const client of clients) {
        if (client !== this.own?.client && (await this.locks.tryTake(client))) free.push(client);
      }
      // Only now, under the lock: until it was free, its page may have written more.
      const found = await Promise.all(free.map((client) => this.load(client)));
      const queues = found.filter((queue) => queue !== null).sort((a, b) => a.at - b.at);
      return queues.map(({ at: _, ...queue }) => queue);
    } catch (error) {
      this.writer.fail(error);
      return [];
    }
  }

  begin(client: number, proof: string): void {
    if (this.own?.client === client) return;
    this.own = { client, proof, last: 0 };
    this.locks.take(client);
  }

  keep(number: number, update: Uint8Array): void {
    if (!this.own) return this.writer.fail("there is no queue yet");
    this.persist();
    this.own.last = number;
    const { client, proof } = this.own;
    // The bytes are a window on the memory of the program that calls, which moves on.
    const record: EditRecord = { proof, at: Date.now(), update: update.slice() };
    this.writer.add((edits) => edits.put(record, [this.deck, client, number]), number);
  }

  keepBase(state: Uint8Array): void {
    if (!this.own?.last) return;
    const key = [this.deck, this.own.client];
    const base = state.slice();
    this.writer.add((_, bases) => bases.put(base, key));
  }

  release(upto: number): void {
    if (!this.own?.last) return;
    const { client, last } = this.own;
    if (upto >= last) this.own.last = 0;
    this.forget(client, upto, upto >= last);
  }

  drop(client: number): void {
    if (this.own?.client === client) this.own.last = 0;
    else this.locks.free(client);
    // Without locks its page may live and write on.
    this.forget(client, this.taken.get(client), true);
    this.taken.delete(client);
  }

  settle(): void {
    for (const client of [...this.taken.keys()]) this.drop(client);
  }

  discard(): void {
    this.settle();
    if (this.own) this.drop(this.own.client);
    this.writer.close(() => location.reload());
  }

  close(): void {
    this.writer.close(() => this.locks.freeAll());
  }

  private forget(client: number, upto: number | undefined, withBase: boolean): void {
    this.writer.remove((edits, bases) => {
      edits.delete(queueRange(this.deck, client, upto));
      if (withBase) bases.delete([this.deck, client]);
    });
  }

  private async load(client: number): Promise<(KeptQueue & { at: number }) | null> {
    const range = queueRange(this.deck, client);
    const [keys = [], records = [], base = null] = (await this.writer.read((edits, bases) => [
      edits.getAllKeys(range),
      edits.getAll(range),
      bases.get([this.deck, client]),
    ])) as [EditKey[]?, EditRecord[]?, Uint8Array?];
    const [first, last] = [records[0], keys.at(-1)];
    if (!first || !last) {
      // Its page was done with it meanwhile.
      this.locks.free(client);
      return null;
    }
    this.taken.set(client, last[2]);
    const { proof, at } = first;
    return { client, proof, base, updates: records.map(({ update }) => update), at };
  }

  /** Asks the browser not to clear the queue when the disk gets full. What it answers changes nothing here. */
  private persist(): void {
    if (this.hasAskedToPersist) return;
    this.hasAskedToPersist = true;
    navigator.storage?.persist?.().catch(() => {});
  }
}
