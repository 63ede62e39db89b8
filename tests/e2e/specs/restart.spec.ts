/** The server stops, crashes and comes back; nothing is lost, and the status line never lies. */

import type { Locator } from "@playwright/test";
import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

/** What browsers say while there is no server. */
const AWAY = [/ERR_CONNECTION_REFUSED/, /WebSocket connection to .* failed/, /ERR_CONNECTION_RESET/];

/** Writes down every status that is shown from now on. */
async function recordStatus(status: Locator): Promise<() => Promise<string[]>> {
  const recorded = await status.evaluateHandle((element) => {
    const seen = [element.getAttribute("data-status") ?? ""];
    new MutationObserver(() => seen.push(element.getAttribute("data-status") ?? "")).observe(element, {
      attributes: true,
      attributeFilter: ["data-status"],
    });
    return seen;
  });
  return () => recorded.evaluate((seen) => seen.splice(0));
}

/** The status and the text of the same moment. */
async function shownAndWritten(one: Person): Promise<{ status: string; text: string }> {
  return one.page.evaluate(() => {
    type Content = Element & { cmTile: { root: { view: { state: { doc: object } } } } };
    const content = document.querySelector("[data-test-editor]") as Content;
    const status = document.querySelector("[data-test=status]")?.getAttribute("data-status") ?? "";
    return { status, text: `${content.cmTile.root.view.state.doc}` };
  });
}

test("a stop with Ctrl-C and a start lose nothing, and open tabs go on", async ({ person, server }) => {
  const deck = await server.deck("# Kept\n\nann:\nbob:\n");
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  for (const one of [ann, bob]) one.expects(...AWAY);
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" before");
  await ann.saved();
  expect(await server.stop()).toBe(0);
  await expect(ann.status).toHaveAttribute("data-status", /offline|reconnecting/);
  await expect(ann.page.getByTestId("connection-bar")).toBeVisible();
  await server.startAgain();
  expect(await server.source(deck)).toBe("# Kept\n\nann: before\nbob:\n");
  await Promise.all([ann.saved(), bob.saved()]);
  await bob.editor.caretAfter("bob:");
  await bob.editor.type(" after");
  await expect.poll(() => ann.editor.text()).toBe("# Kept\n\nann: before\nbob: after\n");
  await expect(ann.page.getByTestId("avatar")).toHaveAttribute("aria-label", "Go to Bob");
  await expect(ann.page.getByTestId("connection-bar")).toHaveCount(0);
});

test("what was shown as saved survives kill -9, again and again", async ({ person, server }) => {
  const deck = await server.deck("# Kill\n\n");
  const ann = await person("Ann");
  ann.expects(...AWAY);
  await ann.writes(deck);
  await ann.editor.caretAfter("# Kill\n\n");
  for (let round = 0; round < 4; round++) {
    await ann.editor.type(`round ${round} `);
    await ann.saved();
    const { status, text } = await shownAndWritten(ann);
    // In the middle of the next words.
    const typing = ann.editor.type(`and more ${round} `);
    await server.kill();
    await typing;
    await server.startAgain();
    const kept = await server.source(deck);
    if (status === "saved") expect(kept.startsWith(text.trimEnd()), kept).toBe(true);
    await ann.saved();
    await expect.poll(() => server.source(deck)).toBe(await ann.editor.text());
  }
  const all = await server.source(deck);
  for (let round = 0; round < 4; round++) expect(all).toContain(`round ${round} and more ${round} `);
});

test("what is typed without a server is kept, said, and merged", async ({ person, server }) => {
  const deck = await server.deck("# Offline\n\nann:\nbob:\n");
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  for (const one of [ann, bob]) one.expects(...AWAY);
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await server.kill();
  await expect(ann.status).toHaveAttribute("data-status", /offline|reconnecting/);
  const seen = await recordStatus(ann.status);
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" typed offline 🙈");
  await bob.editor.caretAfter("bob:");
  await bob.editor.type(" me too");
  const bar = ann.page.getByTestId("connection-bar");
  await expect(bar).toContainText(/Offline\. Your edits are safe on this device \(\d+ waiting\)\./);
  await ann.keepPicture("restart-offline");
  expect(await seen(), "while there is no server").not.toContain("saved");

  await server.startAgain();
  await ann.triesAgain();
  await ann.hears(/Back online\. \d+ edits sent/);
  await Promise.all([ann.saved(), bob.saved()]);
  const text = "# Offline\n\nann: typed offline 🙈\nbob: me too\n";
  await expect.poll(() => server.source(deck)).toBe(text);
  await expect.poll(() => ann.editor.text()).toBe(text);
  await expect.poll(() => bob.editor.text()).toBe(text);
  // Now nothing would be lost, and nobody asks.
  await ann.page.reload();
  await ann.editor.ready();
  expect(await ann.editor.text()).toBe(text);
});

test("a line that fails without a word is noticed and healed", async ({ person, server }) => {
  const deck = await server.deck("# Line\n\n");
  const ann = await person("Ann");
  ann.expects(/ERR_INTERNET_DISCONNECTED/, ...AWAY);
  await ann.writes(deck);
  await ann.editor.caretAfter("# Line\n\n");
  await ann.editor.type("on ");
  await ann.saved();
  await server.stop();
  await ann.page.context().setOffline(true);
  await expect(ann.status).toHaveAttribute("data-status", /offline|reconnecting/);
  await ann.editor.type("off ");
  await server.startAgain();
  // The browser tells the page that the network is back: it does not wait for its timer.
  await ann.page.context().setOffline(false);
  await ann.saved();
  await expect.poll(() => server.source(deck)).toBe("# Line\n\non off ");
});

test("the status says “Saved” only when the server has every word", async ({ person, server }) => {
  const deck = await server.deck("# Truth\n\n");
  const ann = await person("Ann");
  await ann.writes(deck);
  await ann.editor.caretAfter("# Truth\n\n");
  const seen = await recordStatus(ann.status);
  let typing = true;
  const words = (async () => {
    for (let word = 0; word < 40; word++) await ann.editor.type(`word${word} `);
    typing = false;
  })();
  let claims = 0;
  do {
    const { status, text } = await shownAndWritten(ann);
    if (status !== "saved") continue;
    claims++;
    expect(await server.source(deck)).toContain(text);
  } while (typing || claims === 0);
  await words;
  await ann.saved();
  expect(await server.source(deck)).toMatch(/word39 $/);
  expect(await seen()).toContain("saving");
});

test("a presentation goes on after a crash of the server", async ({ person, server }) => {
  const deck = await server.deck("# One\n\n---\n\n# Two\n\n---\n\n# Three\n");
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  for (const one of [pia, fay]) one.expects(...AWAY);
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  await pia.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Two");
  const seen = await fay.slides.watch();
  await server.kill();
  await expect(pia.status).toHaveAttribute("data-status", /offline|reconnecting/);
  // The presenter's own screen obeys without a server.
  await pia.press("ArrowRight");
  await expect(pia.slides.current).toContainText("Three");
  await server.startAgain();
  await expect(fay.slides.current).toContainText("Three");
  expect(await seen()).toEqual(["Two", "Three"]);
});
