/** The queue on the device in a real browser: what is said to be kept is there for the next page. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import type { Keeper, KeptQueue } from "../kept.ts";
import { openSite, type Site, until } from "./harness.ts";

declare global {
  interface Window {
    create(deck: string): void;
    keeper: Keeper;
    /** What `kept` was called with. */
    told: number[];
    failures: number;
    warnings: string[];
    thrown?: boolean;
    /** The options of each transaction that wrote. */
    written: IDBTransactionOptions[];
  }
}

/** A queue as it passes between the browser and the test. */
type Found = Omit<KeptQueue, "base" | "updates"> & { base: number[] | null; updates: number[][] };

let site: Site;
before(async () => {
  site = await openSite(["kept.html"]);
});
after(() => site.close());

/** Pages of one person. */
async function device(run: (context: BrowserContext) => Promise<void>): Promise<void> {
  const context = await site.browser.newContext();
  try {
    await run(context);
  } finally {
    await context.close();
  }
}

async function open(context: BrowserContext, deck = "deck", prepare?: () => void): Promise<Page> {
  const page = await context.newPage();
  if (prepare) await page.addInitScript(prepare);
  await page.goto(`${site.url}/kept.html`);
  await page.waitForFunction(() => window.loaded);
  await page.evaluate((name) => window.create(name), deck);
  return page;
}

/** Writes edits `from` to `upto`; the bytes of each are its number. */
function keep(page: Page, from: number, upto: number): Promise<void> {
  return page.evaluate(([first, last]) => {
    for (let number = first; number <= last; number++) window.keeper.keep(number, Uint8Array.of(number & 255));
  }, [from, upto] as const);
}

function begin(page: Page, client: number): Promise<void> {
  return page.evaluate((id) => window.keeper.begin(id, `proof-${id}`), client);
}

async function isKept(page: Page, upto: number): Promise<void> {
  await page.waitForFunction((number) => window.told.at(-1) === number, upto);
}

/** A page that leaves edits 1 to `count` behind. */
async function leave(context: BrowserContext, client: number, count: number, deck = "deck"): Promise<void> {
  const page = await open(context, deck);
  await begin(page, client);
  await keep(page, 1, count);
  await isKept(page, count);
  await close(page);
}

/** Opens a page once the browser has seen that those before it are gone. */
async function openNext(context: BrowserContext): Promise<Page> {
  const page = await open(context);
  await page.waitForFunction(async () => (await navigator.locks.query()).held?.length === 0);
  return page;
}

function orphans(page: Page): Promise<Found[]> {
  return page.evaluate(async () =>
    (await window.keeper.orphans()).map((queue) => ({
      ...queue,
      base: queue.base && [...queue.base],
      updates: queue.updates.map((update) => [...update]),
    })));
}

/** What is in the database: keys of edits, and of bases. */
function stored(page: Page): Promise<IDBValidKey[][]> {
  return page.evaluate(() => new Promise<IDBValidKey[][]>((resolve) => {
    const request = indexedDB.open("ondeck", 1);
    request.onsuccess = () => {
      const transaction = request.result.transaction(["edits", "bases"]);
      const asked = ["edits", "bases"].map((store) => transaction.objectStore(store).getAllKeys());
      transaction.oncomplete = () => {
        request.result.close();
        resolve(asked.map(({ result }) => result));
      };
    };
  }));
}

/** Waits until the database holds as many edits. */
async function holds(page: Page, count: number): Promise<void> {
  let edits = -1;
  await until(async () => (edits = (await stored(page))[0]?.length ?? 0) === count);
  assert.equal(edits, count);
}

async function close(page: Page): Promise<void> {
  assert.equal(await page.evaluate(() => window.thrown ?? false), false);
  await page.close();
}

test("what is said to be kept is on the disk, in order, with its queue", () => device(async (context) => {
  const page = await open(context);
  await begin(page, 7);
  await keep(page, 1, 3);
  await isKept(page, 3);
  assert.deepEqual((await stored(page))[0], [["deck", 7, 1], ["deck", 7, 2], ["deck", 7, 3]]);
  await close(page);
  const next = await openNext(context);
  assert.deepEqual(await orphans(next), [
    { client: 7, proof: "proof-7", base: null, updates: [[1], [2], [3]] },
  ]);
  await close(next);
}));

test("every write is strict, and what comes while the disk is busy is gathered", () => device(async (context) => {
  const page = await open(context);
  await begin(page, 1);
  await keep(page, 1, 500);
  await isKept(page, 500);
  const written = await page.evaluate(() => window.written);
  assert.ok(written.length <= 2, `${written.length} transactions`);
  assert.ok(written.every(({ durability }) => durability === "strict"));
  await keep(page, 501, 501);
  await isKept(page, 501);
  const told = await page.evaluate(() => window.told);
  assert.deepEqual(told, [...told].sort((a, b) => a - b));
  await close(page);
  const next = await openNext(context);
  const [queue] = await orphans(next);
  assert.deepEqual(queue?.updates.map(([byte]) => byte), Array.from({ length: 501 }, (_, index) => (index + 1) & 255));
  await close(next);
}));

test("bytes are taken as they are, not as they will be", () => device(async (context) => {
  const page = await open(context);
  await page.evaluate(() => {
    const memory = new Uint8Array(1 << 20);
    window.keeper.begin(1, "proof");
    for (let number = 1; number <= 4; number++) window.keeper.keep(number, memory.subarray(8, 10).fill(number));
    memory.fill(99);
  });
  await isKept(page, 4);
  await close(page);
  const next = await openNext(context);
  assert.deepEqual((await orphans(next))[0]?.updates, [[1, 1], [2, 2], [3, 3], [4, 4]]);
  await close(next);
}));

test("who only looks leaves nothing behind", () => device(async (context) => {
  const page = await open(context);
  await begin(page, 1);
  await page.evaluate(() => window.keeper.keepBase(Uint8Array.of(1)));
  await page.evaluate(() => window.keeper.release(0));
  assert.deepEqual(await orphans(page), []);
  assert.deepEqual(await stored(page), [[], []]);
  assert.deepEqual(await page.evaluate(() => window.written), []);
  await close(page);
}));

test("what the server has is deleted, the rest and its base stay", () => device(async (context) => {
  const page = await open(context);
  await begin(page, 1);
  await keep(page, 1, 5);
  await page.evaluate(() => {
    window.keeper.keepBase(Uint8Array.of(8));
    window.keeper.keepBase(Uint8Array.of(9));
    window.keeper.release(3);
  });
  await holds(page, 2);
  assert.deepEqual(await stored(page), [[["deck", 1, 4], ["deck", 1, 5]], [["deck", 1]]]);
  await page.evaluate(() => window.keeper.release(5));
  await holds(page, 0);
  assert.deepEqual(await stored(page), [[], []]);
  // The queue goes on.
  await keep(page, 6, 6);
  await isKept(page, 6);
  await close(page);
  const next = await openNext(context);
  assert.deepEqual((await orphans(next)).map(({ base, updates }) => ({ base, updates })), [{ base: null, updates: [[6]] }]);
  await close(next);
}));

test("a base comes with its queue", () => device(async (context) => {
  const page = await open(context);
  await begin(page, 1);
  await keep(page, 1, 1);
  await page.evaluate(() => window.keeper.keepBase(Uint8Array.of(4, 2)));
  await keep(page, 2, 2);
  await isKept(page, 2);
  await close(page);
  const next = await openNext(context);
  assert.deepEqual((await orphans(next))[0]?.base, [4, 2]);
  await close(next);
}));

test("queues of pages that are gone come to the next one, oldest first, and to one only", () => device(async (context) => {
  await leave(context, 30, 1);
  await leave(context, 20, 2);
  await leave(context, 10, 1, "another deck");
  const [one, two] = [await openNext(context), await openNext(context)];
  const found = await Promise.all([orphans(one), orphans(two)]);
  assert.deepEqual(found.flat().map(({ client }) => client).sort(), [20, 30]);
  assert.equal(new Set(found.flat().map(({ client }) => client)).size, found.flat().length);
  await close(one);
  await close(two);
  const next = await openNext(context);
  assert.deepEqual((await orphans(next)).map(({ client }) => client), [30, 20]);
  // It holds them now.
  assert.deepEqual(await orphans(next), []);
  await close(next);
}));

test("the queue of a page that lives is its own", () => device(async (context) => {
  const writing = await open(context);
  await begin(writing, 1);
  await keep(writing, 1, 2);
  await isKept(writing, 2);
  const other = await open(context);
  assert.deepEqual(await orphans(other), []);
  assert.deepEqual(await orphans(writing), []);
  await close(writing);
  // The browser takes a moment to see that it is gone.
  await other.waitForFunction(async () => (await window.keeper.orphans()).some(({ client }) => client === 1));
  await close(other);
}));

test("a page that is loaded again finds what it wrote, at once", () => device(async (context) => {
  const page = await open(context);
  for (let client = 1; client <= 10; client++) {
    await begin(page, client);
    await keep(page, client, client);
    await isKept(page, client);
    await page.reload();
    await page.waitForFunction(() => window.loaded);
    await page.evaluate(() => window.create("deck"));
    assert.equal((await orphans(page)).length, client);
  }
  await close(page);
}));

test("a page that crashes leaves its queue to the next", () => device(async (context) => {
  const page = await open(context);
  await begin(page, 1);
  await keep(page, 1, 500);
  await isKept(page, 500);
  await page.goto("chrome://crash").catch(() => {});
  const next = await openNext(context);
  assert.equal((await orphans(next))[0]?.updates.length, 500);
  await close(next);
}));

test("a queue that is done with is deleted, and only that", () => device(async (context) => {
  await leave(context, 1, 3);
  await leave(context, 2, 3);
  const page = await openNext(context);
  await begin(page, 3);
  await keep(page, 1, 2);
  assert.equal((await orphans(page)).length, 2);
  await page.evaluate(() => window.keeper.drop(1));
  await holds(page, 5);
  await page.evaluate(() => window.keeper.drop(2));
  await holds(page, 2);
  assert.deepEqual(await stored(page), [[["deck", 3, 1], ["deck", 3, 2]], []]);
  await close(page);
}));

test("without locks a queue that was taken over loses only what was handed out", () => device(async (context) => {
  const lockless = () => Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
  const writing = await open(context, "deck", lockless);
  await begin(writing, 1);
  await keep(writing, 1, 2);
  await isKept(writing, 2);
  const other = await open(context, "deck", lockless);
  assert.deepEqual((await orphans(other))[0]?.updates, [[1], [2]]);
  await keep(writing, 3, 3);
  await isKept(writing, 3);
  await other.evaluate(() => window.keeper.drop(1));
  await holds(writing, 1);
  await close(writing);
  assert.deepEqual((await orphans(other)).map(({ proof, updates }) => ({ proof, updates })), [
    { proof: "proof-1", updates: [[3]] },
  ]);
  await close(other);
}));

test("closing writes what was given and leaves the queue to the next page", () => device(async (context) => {
  const page = await open(context);
  await page.evaluate(() => {
    window.keeper.begin(1, "proof");
    for (let number = 1; number <= 20; number++) window.keeper.keep(number, Uint8Array.of(number));
    window.keeper.close();
    window.create("deck");
  });
  await holds(page, 20);
  await page.waitForFunction(async () => (await window.keeper.orphans()).some(({ updates }) => updates.length === 20));
  assert.deepEqual(await page.evaluate(() => window.told), []);
  await close(page);
}));

test("a newer client has a queue of its own until the old one is dropped", () => device(async (context) => {
  const page = await open(context);
  await begin(page, 1);
  await keep(page, 1, 1);
  await begin(page, 2);
  await keep(page, 2, 2);
  await isKept(page, 2);
  assert.deepEqual((await stored(page))[0], [["deck", 1, 1], ["deck", 2, 2]]);
  await page.evaluate(() => window.keeper.drop(1));
  await holds(page, 1);
  assert.deepEqual((await stored(page))[0], [["deck", 2, 2]]);
  await close(page);
}));

/** What can go wrong, and what the page does to the browser to make it so. */
const FAILURES: [string, () => void][] = [
  ["there is no IndexedDB", () => Object.defineProperty(window, "indexedDB", { value: undefined })],
  ["IndexedDB throws", () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("denied", "SecurityError");
    };
  }],
  ["IndexedDB cannot be opened", () => {
    IDBFactory.prototype.open = () => {
      const request = { error: new DOMException("private", "InvalidStateError") } as IDBOpenDBRequest;
      setTimeout(() => request.onerror?.(new Event("error")));
      return request;
    };
  }],
  ["an older page holds the database", () => {
    IDBFactory.prototype.open = () => {
      const request = {} as IDBOpenDBRequest;
      setTimeout(() => request.onblocked?.(new Event("blocked") as IDBVersionChangeEvent));
      return request;
    };
  }],
  ["the disk is full", () => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value, key) {
      const request = put.call(this, value, key);
      this.transaction.abort();
      return request;
    };
  }],
];

for (const [what, prepare] of FAILURES) {
  test(`where ${what} it is said once, and nothing is thrown`, () => device(async (context) => {
    const page = await open(context, "deck", prepare);
    await begin(page, 1);
    await keep(page, 1, 3);
    await page.waitForFunction(() => window.failures > 0);
    await keep(page, 4, 9);
    await page.evaluate(() => {
      window.keeper.keepBase(Uint8Array.of(1));
      window.keeper.release(9);
      window.keeper.drop(1);
    });
    assert.deepEqual(await orphans(page), []);
    await page.evaluate(() => window.keeper.close());
    const said = await page.evaluate(() => ({ failures: window.failures, told: window.told, warnings: window.warnings.length }));
    assert.deepEqual(said, { failures: 1, told: [], warnings: 1 });
    await close(page);
  }));
}

test("when the disk gets full, what was kept stays and can be deleted", () => device(async (context) => {
  const page = await open(context);
  await begin(page, 1);
  await keep(page, 1, 2);
  await isKept(page, 2);
  await page.evaluate(() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value, key) {
      const request = put.call(this, value, key);
      this.transaction.abort();
      return request;
    };
  });
  await keep(page, 3, 3);
  await page.waitForFunction(() => window.failures === 1);
  await holds(page, 2);
  await page.evaluate(() => window.keeper.release(3));
  await holds(page, 0);
  await close(page);
}));

test("a newer page gets the database, and that nothing is kept from then on is said", () => device(async (context) => {
  const page = await open(context);
  await begin(page, 1);
  await keep(page, 1, 1);
  await isKept(page, 1);
  const isUpgraded = await page.evaluate(() => new Promise<boolean>((resolve) => {
    const request = indexedDB.open("ondeck", 2);
    request.onsuccess = () => {
      request.result.close();
      resolve(true);
    };
  }));
  assert.ok(isUpgraded);
  await keep(page, 2, 2);
  assert.deepEqual(await page.evaluate(() => [window.failures, window.told]), [1, [1]]);
  await close(page);
}));

test("the browser is asked to keep the queue at the first edit, once", () => device(async (context) => {
  const page = await open(context, "deck", () => {
    const counted = window as unknown as { asked: number };
    counted.asked = 0;
    StorageManager.prototype.persist = () => {
      counted.asked++;
      return Promise.reject(new Error("no"));
    };
  });
  const asked = () => page.evaluate(() => (window as unknown as { asked: number }).asked);
  await begin(page, 1);
  assert.equal(await asked(), 0);
  await keep(page, 1, 3);
  await isKept(page, 3);
  assert.equal(await asked(), 1);
  await close(page);
}));

test("who throws away what the server refuses gets a clean page, and others keep theirs", () => device(async (context) => {
  await leave(context, 1, 2);
  await leave(context, 9, 1, "another deck");
  const page = await openNext(context);
  assert.equal((await orphans(page)).length, 1);
  await begin(page, 2);
  await keep(page, 1, 2);
  await isKept(page, 2);
  const loaded = page.waitForEvent("load");
  await page.evaluate(() => window.keeper.discard());
  await loaded;
  assert.deepEqual(await stored(page), [[["another deck", 9, 1]], []]);
  await close(page);
}));

test("queues that nobody wants any more are deleted, the page's own is not", () => device(async (context) => {
  await leave(context, 1, 2);
  const page = await openNext(context);
  assert.equal((await orphans(page)).length, 1);
  await begin(page, 2);
  await keep(page, 1, 1);
  await isKept(page, 1);
  await page.evaluate(() => window.keeper.settle());
  await holds(page, 1);
  assert.deepEqual((await stored(page))[0], [["deck", 2, 1]]);
  await close(page);
}));
