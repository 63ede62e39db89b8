/** What the page says of the connection and of what is saved, in every state; `kept.spec.ts` has what is behind it. */

import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { Gate } from "../harness/gate.ts";
import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

/** What browsers say while there is no server. */
const AWAY = [/ERR_CONNECTION_REFUSED/, /WebSocket connection to .* failed/, /ERR_CONNECTION_RESET/, /ERR_INTERNET_DISCONNECTED/];

/** A browser that keeps nothing. */
function forgetful(page: Page): Promise<unknown> {
  return page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("denied", "SecurityError");
    };
  });
}

function bar(one: Person) {
  return one.page.getByTestId("connection-bar");
}

async function isAway(one: Person): Promise<void> {
  await expect(one.status).toHaveAttribute("data-status", /offline|reconnecting/);
}

/** What a link of the page downloads. */
async function downloads(one: Person, link: string): Promise<{ name: string; text: string }> {
  const download = one.page.waitForEvent("download");
  await one.page.getByTestId(link).click();
  const file = await download;
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

test("offline, what is typed is safe on the device, and nobody is asked to stay", async ({ person, server }) => {
  const deck = await server.deck("# Kept\n\nann:\n");
  const ann = await person("Ann");
  ann.expects(...AWAY);
  await ann.writes(deck);
  await server.kill();
  await isAway(ann);
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" four");
  await expect(bar(ann)).toContainText("Offline. Your edits are safe on this device (5 waiting).");
  await expect(bar(ann)).not.toHaveClass(/bar-danger/);
  await ann.keepPicture("status-offline");

  // The tab goes with the edits in it; no dialog stops it.
  await ann.page.close({ runBeforeUnload: true });
  await server.startAgain();
  const again = await ann.opensTab();
  await again.opens(`/d/${deck}`);
  await again.hears("Back online. 5 edits sent.");
  await again.saved();
  await expect.poll(() => server.source(deck)).toBe("# Kept\n\nann: four\n");
});

test("where the browser keeps nothing, the page says so in red and asks to stay", async ({ person, server }) => {
  const deck = await server.deck("# Lost\n\nann:\n");
  const ann = await person("Ann");
  ann.expects(...AWAY, /cannot be kept/);
  await forgetful(ann.page);
  await ann.writes(deck);
  await server.kill();
  await isAway(ann);
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" here");
  await expect(bar(ann)).toContainText("Offline and this browser can't store edits. Keep this tab open.");
  await expect(bar(ann)).toHaveClass(/bar-danger/);
  await ann.keepPicture("status-not-kept");
  await ann.page.getByTestId("copy-text").click();
  await ann.hears("clipboard");

  const asked = ann.page.waitForEvent("dialog");
  const leaving = ann.page.evaluate(() => setTimeout(() => location.reload()));
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await leaving;
  await server.startAgain();
  await ann.saved();
  await expect.poll(() => server.source(deck)).toBe("# Lost\n\nann: here\n");
});

test("back online, the page says what was merged and shows it", async ({ person, server }) => {
  const deck = await server.deck("# Merge\n\nann:\nbob:\n");
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  ann.expects(...AWAY);
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  const gate = ann.page.context();
  await server.stop();
  bob.expects(...AWAY);
  await gate.setOffline(true);
  await isAway(ann);
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" off");
  await server.startAgain();
  await bob.saved();
  await bob.editor.caretAfter("bob:");
  await bob.editor.type(" on");
  await bob.saved();
  const changes = await ann.watches(".cm-changed");
  const said = await ann.answersAtOnce("toast-action", () => gate.setOffline(false));
  expect(said).toMatch(/Back online\. 4 edits sent, \d+ from others merged\./);
  await expect.poll(changes).toContain(" on");
  await ann.keepPicture("status-changes");
  await expect.poll(() => server.source(deck)).toBe("# Merge\n\nann: off\nbob: on\n");
});

test("a deck that is full says so, and when it is tried again", async ({ person, server }) => {
  const deck = await server.deck("# Full\n\nann:\n");
  const ann = await person("Ann");
  const gate = await Gate.of(ann.page);
  await ann.writes(deck);
  gate.refuses = { code: 4503, reason: "this deck is full; it is tried again" };
  await gate.closes(1006 + 3000, "gone");
  await isAway(ann);
  await expect(bar(ann)).toContainText("This deck is full right now.");
  await expect(bar(ann)).toContainText(/Trying again in \d+ s/);
  await ann.keepPicture("status-room-full");
  gate.refuses = null;
  await ann.triesAgain();
  await ann.saved();
  await expect(bar(ann)).toHaveCount(0);
});

test("a server that cannot store edits is said while it lasts", async ({ person, server }) => {
  const deck = await server.deck("# Disk\n\nann:\n");
  const ann = await person("Ann");
  const gate = await Gate.of(ann.page);
  await ann.writes(deck);
  gate.isDeaf = true;
  gate.says({ type: "storage", writable: false });
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" hm");
  await expect(bar(ann)).toContainText("The server can't store edits right now. Your edits are safe on this device (3 waiting).");
  await ann.keepPicture("status-server-full");
});

test("who may not edit any more takes the unsent edits home", async ({ person, server }) => {
  const deck = await server.deck("# Access\n\nann:\n");
  const ann = await person("Ann");
  const gate = await Gate.of(ann.page);
  await ann.writes(deck);
  gate.isDeaf = true;
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" mine");
  await expect(ann.status).toHaveAttribute("data-status", "saving");
  await gate.closes(4403, "you have no access to this deck");
  await expect(bar(ann)).toContainText("You can no longer edit this deck.");
  await ann.keepPicture("status-access-lost");
  expect(await downloads(ann, "download-unsent")).toEqual({ name: "Access.md", text: "# Access\n\nann: mine\n" });
});

test("who becomes a reader takes the unsent edits home", async ({ person, server }) => {
  const deck = await server.deck("# Reader\n\nann:\n");
  const ann = await person("Ann");
  const gate = await Gate.of(ann.page);
  let hello = {};
  gate.changes = (said) => {
    if (said.type === "hello") hello = said;
    return said;
  };
  await ann.writes(deck);
  gate.isDeaf = true;
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" mine");
  gate.says({ ...hello, type: "hello", role: "follow" });
  await expect(bar(ann)).toContainText("You can no longer edit this deck.");
  await ann.keepPicture("status-reader");
  expect((await downloads(ann, "download-unsent")).text).toBe("# Reader\n\nann: mine\n");
});

test("a server that is newer than the page offers to load it again", async ({ person, server }) => {
  const deck = await server.deck("# New\n");
  const ann = await person("Ann");
  const gate = await Gate.of(ann.page);
  gate.changes = (said) => (said.type === "hello" ? { ...said, version: "99.0.0" } : said);
  await ann.writes(deck);
  await expect(ann.page.getByTestId("version-bar")).toContainText("A new version is ready.");
  await ann.keepPicture("status-version");
  gate.changes = (said) => said;
  await ann.page.getByTestId("version-bar").getByTestId("reload").click();
  await ann.saved();
  await expect(ann.page.getByTestId("version-bar")).toHaveCount(0);
});

test("a deck that was restored keeps unsent edits and offers the text as it was", async ({ person, server }) => {
  const deck = await server.deck("# Restored\n\nann:\n");
  const ann = await person("Ann");
  const gate = await Gate.of(ann.page);
  await ann.writes(deck);
  gate.isDeaf = true;
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" mine");
  gate.isDeaf = false;
  gate.changes = (said) => (said.type === "hello" ? { ...said, epoch: Number(said["epoch"]) + 1 } : said);
  await gate.closes(4009, "gone");
  const notice = ann.page.getByTestId("replaced-bar");
  await expect(notice).toContainText(/This deck was restored from a backup. Your \d+ unsent edits were carried over./);
  await ann.keepPicture("status-replaced");
  expect((await downloads(ann, "download-before")).text).toBe("# Restored\n\nann: mine\n");
  await expect.poll(() => ann.editor.text()).toBe("# Restored\n\nann: mine\n");
  await notice.getByRole("button", { name: "Close" }).click();
  await expect(notice).toHaveCount(0);
});
