/** The database of the queues: everything is written in order, and gathered while the disk is busy. */

/** Deck, client, number. */
export type EditKey = [string, number, number];

/** One edit. It tells whose it is by itself, so there is nothing that it could get separated from. */
export interface EditRecord {
  proof: string;
  /** When it was made, by the clock on the wall. */
  at: number;
  update: Uint8Array;
}

type Write = (edits: IDBObjectStore, bases: IDBObjectStore) => void;
type Read = (edits: IDBObjectStore, bases: IDBObjectStore) => IDBRequest[];

/** Some writes that are seen together or not at all. */
interface Step {
  write: Write;
  /** Whether it needs room on the disk. Making room goes on after a failure. */
  adds: boolean;
  /** The number of the edit that is on the disk with it. */
  number: number;
}

const DATABASE = "ondeck";
const VERSION = 1;
/** By `EditKey`. */
const EDITS = "edits";
/** What the edits of a queue build on, by deck and client. */
const BASES = "bases";
const STORES = [EDITS, BASES];

/** All edits of a deck. */
export function deckRange(deck: string): IDBKeyRange {
  // Arrays come after all numbers.
  return IDBKeyRange.bound([deck], [deck, []]);
}

/** The edits of a queue, up to a number. */
export function queueRange(deck: string, client: number, upto = Infinity): IDBKeyRange {
  return IDBKeyRange.bound([deck, client], [deck, client, upto]);
}

export class Writer {
  private readonly opened: Promise<IDBDatabase | null>;
  private database: IDBDatabase | null = null;
  private waiting: Step[] = [];
  private isBusy = true;
  private hasFailed = false;
  private closed: (() => void) | null = null;

  constructor(private readonly told: { kept(upto: number): void; failed(): void }) {
    this.opened = this.open();
    void this.opened.then((database) => {
      this.database = database;
      this.isBusy = false;
      this.next();
    });
  }

  /** Writes something that must not be lost; the edit with this number is kept by it. */
  add(write: Write, number = 0): void {
    if (!this.hasFailed) this.push({ write, adds: true, number });
  }

  /** Deletes what is not needed any more. */
  remove(write: Write): void {
    this.push({ write, adds: false, number: 0 });
  }

  /** The answers to several questions, as of one moment. */
  async read(ask: Read): Promise<unknown[]> {
    const database = await this.opened;
    if (!database || this.closed) return [];
    const transaction = database.transaction(STORES, "readonly");
    const asked = ask(transaction.objectStore(EDITS), transaction.objectStore(BASES));
    await settled(transaction);
    return asked.map((request) => request.result);
  }

  /** Nothing can be kept from now on. */
  fail(reason: unknown): void {
    if (this.hasFailed || this.closed) return;
    this.hasFailed = true;
    this.waiting = this.waiting.filter((step) => !step.adds);
    console.warn("Edits cannot be kept on this device:", reason);
    this.told.failed();
  }

  /** Finishes what is under way and then calls `done`; says nothing any more. */
  close(done: () => void): void {
    this.closed ??= done;
    this.next();
  }

  private push(step: Step): void {
    const isGone = !this.isBusy && !this.database;
    if (this.closed || isGone) return;
    this.waiting.push(step);
    this.next();
  }

  private next(): void {
    if (this.isBusy) return;
    if (this.waiting.length > 0 && this.database) void this.write(this.database);
    else if (this.closed) this.end(this.closed);
  }

  private end(done: () => void): void {
    this.isBusy = true;
    this.database?.close();
    done();
  }

  private async write(database: IDBDatabase): Promise<void> {
    this.isBusy = true;
    const steps = this.waiting;
    this.waiting = [];
    try {
      // "Kept" is said only of what a loss of power does not take; what comes back after one is known to the server.
      const durability = steps.some(({ adds }) => adds) ? "strict" : "relaxed";
      const transaction = database.transaction(STORES, "readwrite", { durability });
      const [edits, bases] = [transaction.objectStore(EDITS), transaction.objectStore(BASES)];
      for (const { write } of steps) write(edits, bases);
      // Without this it would wait for the page once more, which may be on its way out.
      transaction.commit();
      await settled(transaction);
      const upto = Math.max(...steps.map(({ number }) => number));
      if (upto > 0 && !this.hasFailed && !this.closed) this.told.kept(upto);
    } catch (error) {
      this.failedToWrite(steps, error);
    }
    this.isBusy = false;
    this.next();
  }

  private failedToWrite(steps: Step[], error: unknown): void {
    const removals = steps.filter((step) => !step.adds);
    // When there is not even a way to delete, there is nothing left to try.
    if (removals.length === steps.length) this.database = null;
    else this.waiting.unshift(...removals);
    this.fail(error);
  }

  /** The database, or nothing when there is none to be had. */
  private open(): Promise<IDBDatabase | null> {
    return new Promise((resolve) => {
      const give = (reason: unknown) => {
        this.fail(reason);
        resolve(null);
      };
      try {
        const request = indexedDB.open(DATABASE, VERSION);
        request.onupgradeneeded = () => {
          for (const store of STORES) request.result.createObjectStore(store);
        };
        request.onblocked = () => give("another page holds an older database");
        request.onerror = () => give(request.error);
        request.onsuccess = () => resolve(this.watched(request.result));
      } catch (error) {
        give(error);
      }
    });
  }

  /** A database that may be taken away: by a newer page, or by who clears the browser's data. */
  private watched(database: IDBDatabase): IDBDatabase {
    const gone = (reason: string) => {
      this.database = null;
      this.fail(reason);
    };
    database.onversionchange = () => {
      database.close();
      gone("a newer page changes the database");
    };
    database.onclose = () => gone("the database was closed");
    return database;
  }
}

function settled(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was aborted"));
  });
}
