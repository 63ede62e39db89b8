/** Nothing typed is ever lost: not by a reload, a crash, a sleeping laptop, a full disk or a server that is away. */

import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import { Gate } from "../harness/gate.ts";
import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

/** What browsers say while there is no server. */
const AWAY = [/ERR_CONNECTION_REFUSED/, /WebSocket connection to .* failed/, /ERR_CONNECTION_RESET/];

/** A close code of nobody's: as if the line had failed. */
const CUT = { code: 4999, reason: "cut" };

/** First reconnection waits up to this, each further one up to twice as long, up to the most. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** Where time stands still, it is let pass in steps of this. */
const STEP = 2_000;

function bar(one: Person): Locator {
  return one.page.getByTestId("connection-bar");
}

async function isAway(one: Person): Promise<void> {
  await expect(one.status).toHaveAttribute("data-status", /offline|reconnecting/);
}

/** Waits until so many edits wait and all are on the device: until then the browser would ask before it leaves. */
async function keeps(one: Person, edits: number): Promise<void> {
  await expect(bar(one)).toContainText(`Your edits are safe on this device (${edits} waiting).`);
  await expect.poll(() => mayLeave(one.page)).toBe(true);
}

/** The line fails, and stays so until nobody is refused any more. */
async function cut(gate: Gate): Promise<void> {
  gate.refuses = CUT;
  await gate.closes(CUT.code, CUT.reason);
}

/** Whether the page lets itself be left without a question. */
function mayLeave(page: Page): Promise<boolean> {
  return page.evaluate(() => window.dispatchEvent(new Event("beforeunload", { cancelable: true })));
}

/** Edits, each a key of its own: "0 1 2 … " in order, so that one that is lost or doubled shows. */
function keys(edits: number): string {
  let text = "";
  for (let number = 0; text.length < edits; number++) text += `${number} `;
  return text.slice(0, edits);
}

/** What a link of the page downloads. */
async function downloaded(one: Person, link: string): Promise<string> {
  const download = one.page.waitForEvent("download");
  await one.page.getByTestId(link).click();
  return readFile(await (await download).path(), "utf8");
}

test("connecting, saving and saved are told apart in words", async ({ person, server }) => {
  const deck = await server.deck("# Words\n\nann:\n");
  const ann = await person("Ann");
  let open = () => undefined as void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  // A socket that is not open yet for as long as its handler runs.
  await ann.page.routeWebSocket(/\/sync\//, async (socket) => {
    await opened;
    socket.connectToServer();
  });
  await ann.opens(`/d/${deck}`);
  await expect(ann.status).toHaveText("Connecting…");
  await ann.keepPicture("kept-connecting");
  open();
  await expect(ann.status).toHaveText("Saved");
  await ann.keepPicture("kept-saved");
  await ann.page.unrouteAll({ behavior: "ignoreErrors" });

  const gate = await Gate.of(ann.page);
  await ann.writes(deck);
  gate.changes = (said) => (said.type === "saved" ? { type: "pong" } : said);
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" x");
  await expect(ann.status).toHaveText("Saving…");
  // The server has it, but has not said so to this page: the page does not guess.
  await expect.poll(() => server.source(deck)).toBe("# Words\n\nann: x\n");
  await expect(ann.status).toHaveText("Saving…");
  await ann.keepPicture("kept-saving");
  gate.changes = (said) => said;
  await ann.editor.type("y");
  await expect(ann.status).toHaveText("Saved");
});

test("reconnecting says when the next attempt is, and tries at once when asked", async ({ person, server }) => {
  const deck = await server.deck("# Again\n\nann:\n");
  const ann = await person("Ann");
  const gate = await Gate.of(ann.page);
  await ann.writes(deck);
  await cut(gate);
  await expect(bar(ann)).toContainText(/Reconnecting… \(next try \d+ s\)/);
  await expect(ann.page.getByTestId("retry")).toBeVisible();
  await ann.keepPicture("kept-reconnecting");
  gate.refuses = null;
  await ann.triesAgain();
  await ann.saved();
  await expect(bar(ann)).toHaveCount(0);
});

test("a reload while the line is cut loses no unsent edit", async ({ person, server }) => {
  const deck = await server.deck("# Reload\n\nann:\n");
  const ann = await person("Ann");
  const gate = await Gate.of(ann.page);
  await ann.writes(deck);
  await cut(gate);
  await isAway(ann);
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(keys(40));
  await keeps(ann, 40);
  await ann.page.reload();
  expect(await server.source(deck), "nothing got through").toBe("# Reload\n\nann:\n");
  gate.refuses = null;
  await ann.page.reload();
  await ann.saved();
  await expect.poll(() => server.source(deck)).toBe(`# Reload\n\nann:${keys(40)}\n`);
  await expect.poll(() => ann.editor.text()).toBe(`# Reload\n\nann:${keys(40)}\n`);
});

for (const end of ["closed", "crashed"] as const) {
  test(`a tab that is ${end} with 500 unsent edits loses and doubles none`, async ({ person, server }) => {
    const deck = await server.deck("# Kill\n\n");
    const ann = await person("Ann");
    const gate = await Gate.of(ann.page);
    await ann.writes(deck);
    await cut(gate);
    await isAway(ann);
    await ann.editor.caretAfter("# Kill\n\n");
    await ann.editor.type(keys(500));
    await keeps(ann, 500);
    await ann.keepPicture(`kept-500-${end}`);
    if (end === "closed") {
      await ann.page.close({ runBeforeUnload: false });
    } else {
      const crashed = ann.page.waitForEvent("crash");
      const session = await ann.page.context().newCDPSession(ann.page);
      session.send("Page.crash").catch(() => undefined);
      await crashed;
    }
    expect(await server.source(deck), "nothing got through").toBe("# Kill\n\n");

    const again = await ann.opensTab();
    await again.opens(`/d/${deck}`);
    await again.editor.ready();
    await again.hears("500 edits sent");
    await again.saved();
    const text = `# Kill\n\n${keys(500)}`;
    await expect.poll(() => server.source(deck)).toBe(text);
    expect(await again.editor.text()).toBe(text);
    // The device has let go of them: the next visit sends nothing.
    await again.page.reload();
    await again.saved();
    expect(await server.source(deck)).toBe(text);
    await expect(again.page.getByTestId("toast")).toHaveCount(0);
  });
}

test("two tabs of one browser write offline, one is closed, and both texts arrive once", async ({ person, server }) => {
  const deck = await server.deck("# Tabs\n\none:\ntwo:\n");
  const one = await person("Ann");
  const two = await one.opensTab();
  const gates = [await Gate.of(one.page), await Gate.of(two.page)];
  await Promise.all([one.writes(deck), two.writes(deck)]);
  for (const gate of gates) await cut(gate);
  for (const [tab, mark] of [[one, "one:"], [two, "two:"]] as const) {
    await tab.page.bringToFront();
    await isAway(tab);
    await tab.editor.caretAfter(mark);
    await tab.editor.type(keys(60));
    await keeps(tab, 60);
  }
  await one.page.close();
  for (const gate of gates) gate.refuses = null;
  await two.page.evaluate(() => window.dispatchEvent(new Event("online")));
  await two.saved();
  const text = `# Tabs\n\none:${keys(60)}\ntwo:${keys(60)}\n`;
  const three = await two.opensTab();
  await three.writes(deck);
  await expect.poll(() => server.source(deck)).toBe(text);
  for (const tab of [two, three]) await expect.poll(() => tab.editor.text()).toBe(text);
  await three.page.reload();
  await three.saved();
  expect(await server.source(deck)).toBe(text);
});

/** Notes when the page tries to connect, by the page's own clock. */
async function recordAttempts(page: Page): Promise<() => Promise<{ at: number[]; pending: number; now: number }>> {
  await page.addInitScript(() => {
    const seen = { at: [] as number[], pending: 0 };
    Object.assign(window, { seenAttempts: seen });
    const Real = window.WebSocket;
    window.WebSocket = class extends Real {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        seen.at.push(performance.now());
        seen.pending++;
        this.addEventListener("close", () => seen.pending--);
      }
    };
  });
  return () =>
    page.evaluate(() => {
      const { seenAttempts } = window as unknown as { seenAttempts: { at: number[]; pending: number } };
      return { ...seenAttempts, now: performance.now() };
    });
}

/** Lets time pass in small steps, each after all attempts have had their answer. */
async function letPass(page: Page, milliseconds: number, attempts: () => Promise<{ pending: number }>): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += STEP) {
    await page.clock.runFor(STEP);
    await expect.poll(async () => (await attempts()).pending, { intervals: [5, 10, 20] }).toBe(0);
  }
}

test("a server that is gone for minutes is asked with full jitter, and gets every edit", async ({ person, server }) => {
  test.setTimeout(180_000);
  const deck = await server.deck("# Minutes\n\nann:\n");
  const ann = await person("Ann");
  ann.expects(...AWAY);
  await ann.page.clock.install();
  const attempts = await recordAttempts(ann.page);
  await ann.writes(deck);
  await server.kill();
  await isAway(ann);
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(keys(20));
  await ann.stopsTime();
  const { at: before } = await attempts();
  await letPass(ann.page, 300_000, attempts);
  const { at, now } = await attempts();
  const since = at.slice(before.length);
  expect(now - since[0]!, "time that passed").toBeGreaterThan(250_000);
  const waits = since.slice(1).map((time, index) => time - since[index]!);
  for (const [index, wait] of waits.entries()) {
    const most = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (before.length + index + 1));
    // The next wait begins when an attempt has failed, which is at the end of its step.
    expect(wait, `wait ${index} of ${waits.map(Math.round).join(", ")}`).toBeLessThan(most + STEP);
  }
  expect(waits.length, "attempts").toBeGreaterThan(8);
  expect(new Set(waits.slice(-5).map((wait) => Math.round(wait / 1_000))).size, "spread").toBeGreaterThan(1);
  await expect(bar(ann)).toContainText("Your edits are safe on this device (20 waiting).");
  await ann.keepPicture("kept-minutes");

  await server.startAgain();
  await ann.page.clock.resume();
  // Nobody waits for a timer when the network is back, or the person is.
  await ann.page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect.poll(() => server.source(deck)).toBe(`# Minutes\n\nann:${keys(20)}\n`);
  await ann.saved();
});

for (const sign of ["online", "visible"] as const) {
  test(`a page that is ${sign} again connects at once`, async ({ person, server }) => {
    const deck = await server.deck("# At once\n\nann:\n");
    const ann = await person("Ann");
    ann.expects(...AWAY);
    await ann.page.clock.install();
    const attempts = await recordAttempts(ann.page);
    await ann.writes(deck);
    await server.kill();
    await isAway(ann);
    await ann.editor.caretAfter("ann:");
    await ann.editor.type(" x");
    // From here on no timer goes off but while a test lets time pass: then no attempt is one of a timer's.
    await ann.stopsTime();
    await expect
      .poll(
        async () => {
          await letPass(ann.page, STEP, attempts);
          return Number(/next try (\d+) s/.exec((await bar(ann).textContent()) ?? "")?.[1] ?? 0);
        },
        { timeout: 60_000, intervals: [10] },
      )
      .toBeGreaterThan(0);
    await server.startAgain();
    const { at } = await attempts();
    await ann.page.evaluate((sign) => {
      const target = sign === "online" ? window : document;
      target.dispatchEvent(new Event(sign === "online" ? "online" : "visibilitychange", { bubbles: true }));
    }, sign);
    await expect.poll(async () => (await attempts()).at.length, "no timer was waited for").toBe(at.length + 1);
    await ann.page.clock.resume();
    await ann.saved();
    await expect.poll(() => server.source(deck)).toBe("# At once\n\nann: x\n");
  });
}

test("a laptop that slept for hours with unsent edits sends them all, once", async ({ person, server }) => {
  const deck = await server.deck("# Sleep\n\nann:\n");
  const ann = await person("Ann");
  await ann.page.clock.install();
  const gate = await Gate.of(ann.page);
  await ann.writes(deck);
  // The line dies without a word, the lid is closed, and all timers fire late and once.
  gate.isDeaf = true;
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(keys(30));
  await expect(ann.status).toHaveText("Saving…");
  await ann.page.clock.fastForward("09:30:00");
  await ann.editor.type("!");
  gate.isDeaf = false;
  await ann.page.clock.fastForward(6_000);
  const text = `# Sleep\n\nann:${keys(30)}!\n`;
  await expect
    .poll(async () => {
      await ann.page.clock.runFor(1_000);
      return server.source(deck);
    })
    .toBe(text);
  await ann.saved();
  expect(await ann.editor.text()).toBe(text);
});

test("a device whose disk gets full says so, asks to stay, and nothing is lost", async ({ person, server }) => {
  const deck = await server.deck("# Quota\n\nann:\n");
  const ann = await person("Ann");
  ann.expects(/cannot be kept/);
  const gate = await Gate.of(ann.page);
  await ann.page.addInitScript(() => {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...args) {
      const request = put.apply(this, args);
      // What a browser does to a transaction for which there is no room.
      if ("diskIsFull" in window) this.transaction.abort();
      return request;
    };
  });
  await ann.writes(deck);
  await cut(gate);
  await isAway(ann);
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(keys(20));
  await keeps(ann, 20);
  await ann.page.evaluate(() => Object.assign(window, { diskIsFull: true }));
  await ann.editor.type("!");
  await expect(bar(ann)).toContainText("Offline and this browser can't store edits. Keep this tab open.");
  await expect(bar(ann)).toHaveClass(/bar-danger/);
  await expect(ann.page.getByTestId("copy-text")).toBeVisible();
  await ann.keepPicture("kept-quota");
  expect(await mayLeave(ann.page), "not kept: the browser asks").toBe(false);
  gate.refuses = null;
  await ann.page.evaluate(() => window.dispatchEvent(new Event("online")));
  await ann.saved();
  await expect.poll(() => server.source(deck)).toBe(`# Quota\n\nann:${keys(20)}!\n`);
  expect(await mayLeave(ann.page), "saved: nobody asks").toBe(true);
});

test("a browser that grants no space says so before the line fails", async ({ person, server }) => {
  const deck = await server.deck("# None\n\nann:\n");
  const ann = await person("Ann");
  ann.expects(/cannot be kept/);
  const gate = await Gate.of(ann.page);
  const session = await ann.page.context().newCDPSession(ann.page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: server.url, quotaSize: 1 });
  await ann.writes(deck);
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" x");
  await ann.saved();
  await cut(gate);
  await ann.editor.type("y");
  await expect(bar(ann)).toContainText("Offline and this browser can't store edits. Keep this tab open.");
  gate.refuses = null;
  await ann.triesAgain();
  await expect.poll(() => server.source(deck)).toBe("# None\n\nann: xy\n");
});

test("a deck restored from a backup gets the unsent edits, and the text as it was stays at hand", async ({ person, server }) => {
  const deck = await server.deck("# Backup\n\nann:\nbob:\n");
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  for (const one of [ann, bob]) one.expects(...AWAY);
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" before");
  await ann.saved();
  const backup = await server.backUp();
  // After the backup: the restored deck will not have this.
  await bob.editor.caretAfter("bob:");
  await bob.editor.type(" after");
  await bob.saved();
  await expect.poll(() => ann.editor.text()).toContain("bob: after");
  expect(await server.stop()).toBe(0);
  await isAway(ann);
  await ann.editor.caretAfter(" before");
  await ann.editor.type(" unsent");
  await expect(bar(ann)).toContainText("(7 waiting)");
  await server.restore(backup);
  await server.startAgain();
  await ann.page.evaluate(() => window.dispatchEvent(new Event("online")));
  const notice = ann.page.getByTestId("replaced-bar");
  await expect(notice).toContainText("This deck was restored from a backup.");
  await expect(notice).toContainText(/Your \d+ unsent edits? (was|were) carried over\./);
  await ann.saved();
  await ann.keepPicture("kept-restored");
  const restored = "# Backup\n\nann: before unsent\nbob:\n";
  await expect.poll(() => server.source(deck)).toBe(restored);
  await expect.poll(() => ann.editor.text()).toBe(restored);
  await bob.page.evaluate(() => window.dispatchEvent(new Event("online")));
  await bob.saved();
  await expect.poll(() => bob.editor.text()).toBe(restored);
  expect(await downloaded(ann, "download-before")).toBe("# Backup\n\nann: before unsent\nbob: after\n");
});
