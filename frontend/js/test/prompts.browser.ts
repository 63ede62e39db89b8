/** Prompts as ghost text and carried items, in a real page. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Problem } from "../editor.ts";
import { close, inOneMoment, open as openEditor } from "./editor-page.ts";
import { ARTEFACTS } from "./harness.ts";

const DECK = "# Team Ops\n\nReport by <!-- prompt: your name -->\n\n- <!-- prompt: What is new? -->\n- done\n\n<!-- prompt: Anything else? -->\n";

async function open(source: string): Promise<Page> {
  const page = await openEditor(source);
  await inOneMoment(page);
  return page;
}

function text(page: Page): Promise<string> {
  return page.evaluate(() => window.editor.text());
}

function ghosts(page: Page): Promise<(string | null)[]> {
  return page.locator(".cm-prompt").allTextContents();
}

function paste(page: Page, pasted: string): Promise<void> {
  return page.evaluate((value) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", value);
    document.querySelector(".cm-content")?.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, pasted);
}

test("prompts are ghost text, and only where they stand alone", async () => {
  const page = await open(`${DECK}\n- words <!-- prompt: not here -->\n\n\`\`\`\n<!-- prompt: nor here -->\n\`\`\`\n`);
  assert.deepEqual(await ghosts(page), ["your name", "What is new?", "Anything else?"]);
  assert.deepEqual(await page.locator(".cm-prompt").first().getAttribute("aria-label"), "Placeholder: your name");
  assert.ok((await text(page)).startsWith(DECK), "the source stays");
  await mkdir(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: `${ARTEFACTS}/prompts.png` });
  await close(page);
});

test("the first thing typed at a prompt takes its place, and one undo brings the prompt back", async () => {
  const page = await open(DECK);
  await page.getByText("What is new?").click();
  await page.keyboard.type("N");
  assert.equal(await text(page), DECK.replace("<!-- prompt: What is new? -->", "N"));
  assert.equal((await page.evaluate(() => window.log)).length, 1, "one edit");
  await page.keyboard.type("ews");
  assert.equal(await text(page), DECK.replace("<!-- prompt: What is new? -->", "News"));
  await page.keyboard.press("Control+z");
  assert.equal(await text(page), DECK);
  await page.keyboard.press("Control+y");
  for (let count = 0; count < 4; count++) await page.keyboard.press("Backspace");
  assert.equal(await text(page), DECK.replace("<!-- prompt: What is new? -->", ""), "it does not come back by itself");
  assert.deepEqual(await ghosts(page), ["your name", "Anything else?"]);
  await close(page);
});

test("typing behind a prompt and pasting at it do the same", async () => {
  const page = await open(DECK);
  await page.evaluate(() => window.editor.goToLine(2, 0, true));
  await page.keyboard.press("End");
  await page.keyboard.type("Ada");
  await page.evaluate(() => window.editor.goToLine(7, 0, true));
  await paste(page, "one more thing");
  const expected = DECK.replace("<!-- prompt: your name -->", "Ada").replace("<!-- prompt: Anything else? -->", "one more thing");
  assert.equal(await text(page), expected);
  await page.keyboard.type("!");
  assert.equal(await text(page), expected.replace("thing", "thing!"), "the caret is behind what was pasted");
  await close(page);
});

test("a list pasted at a prompt or into an empty item brings no second mark", async () => {
  const page = await open(DECK);
  const pasteAt = async (line: number, pasted: string) => {
    await page.evaluate((line) => window.editor.goToLine(line, 0, true), line);
    await page.keyboard.press("End");
    await paste(page, pasted);
  };
  await pasteAt(4, "- one\n- two");
  const expected = DECK.replace("<!-- prompt: What is new? -->", "one\n- two");
  assert.equal(await text(page), expected);
  await page.keyboard.type("!");
  assert.equal(await text(page), expected.replace("two", "two!"), "the caret is behind what was pasted");
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  assert.equal(await text(page), DECK);
  for (const [item, pasted, wanted] of [
    ["- ", "* one\n* two", "- one\n* two"],
    ["- ", "1. one\n2. two", "- one\n2. two"],
    ["- [ ] ", "- [x] one", "- [ ] one"],
    ["- ", "- [x] one", "- [x] one"],
    ["- ", "one\ntwo", "- one\ntwo"],
    ["- ", "-5 degrees", "- -5 degrees"],
    ["- said ", "- one", "- said - one"],
    ["", "- one", "- one"],
  ] as const) {
    const empty = await open(`# Team\n\n${item}`);
    await empty.evaluate(() => window.editor.goToLine(2, 0, true));
    await empty.keyboard.press("End");
    await paste(empty, pasted);
    assert.equal(await text(empty), `# Team\n\n${wanted}`);
    await close(empty);
  }
  await close(page);
});

test("a prompt is deleted whole, and new lines leave it alone", async () => {
  const page = await open(DECK);
  await page.evaluate(() => window.editor.goToLine(4, 0, true));
  await page.keyboard.press("End");
  await page.keyboard.press("Backspace");
  assert.equal(await text(page), DECK.replace("<!-- prompt: What is new? -->", ""));
  await page.evaluate(() => window.editor.goToLine(7, 0, true));
  await page.keyboard.press("Enter");
  assert.ok((await text(page)).endsWith("\n\n<!-- prompt: Anything else? -->\n"));
  await close(page);
});

test("others' edits and carets in a prompt are safe", async () => {
  const page = await open(DECK);
  const at = DECK.indexOf("What is new?");
  await page.evaluate((head) => window.editor.setPeers([{ id: "a", name: "Ada", color: 0, anchor: head - 4, head }]), at + 4);
  await page.locator(".cm-peer").waitFor();
  await page.evaluate((place) => window.remote([{ at: place, delete: 4, insert: "Who" }]), at);
  await page.getByText("Who is new?").waitFor();
  await page.evaluate((place) => window.remote([{ at: place, delete: 0, insert: "text " }]), at - "<!-- prompt: ".length);
  assert.deepEqual(await ghosts(page), ["your name", "Anything else?"]);
  await close(page);
});

test("copying copies the source", async () => {
  const page = await open(DECK);
  await page.evaluate(() => window.editor.focus());
  await page.keyboard.press("Control+a");
  const copied = await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    document.querySelector(".cm-content")?.dispatchEvent(new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true }));
    return clipboardData.getData("text/plain");
  });
  assert.equal(copied, DECK);
  await close(page);
});

test("an input method writes in the place of a prompt", async () => {
  const page = await open(DECK);
  await page.evaluate(() => window.editor.goToLine(4, 0, true));
  await page.keyboard.press("End");
  const session = await page.context().newCDPSession(page);
  const compose = (value: string) => session.send("Input.imeSetComposition", { text: value, selectionStart: value.length, selectionEnd: value.length });
  for (const value of ["に", "にほ", "にほん"]) await compose(value);
  await session.send("Input.insertText", { text: "日本" });
  assert.equal(await text(page), DECK.replace("<!-- prompt: What is new? -->", "日本"));
  await page.keyboard.press("Control+z");
  assert.equal(await text(page), DECK);
  await close(page);
});

test("whoever is sent to a line to write there types in the prompt's place, or behind its text", async () => {
  const page = await open(DECK);
  await page.evaluate(() => window.editor.writeAt(2));
  await page.keyboard.type("Ada");
  await page.evaluate(() => window.editor.writeAt(5));
  await page.keyboard.type(" today");
  await page.evaluate(() => window.editor.writeAt(4));
  await page.keyboard.type("News");
  const expected = DECK.replace("<!-- prompt: your name -->", "Ada").replace("<!-- prompt: What is new? -->", "News");
  assert.equal(await text(page), expected.replace("done", "done today"));
  await close(page);
});

test("a prompt gives way on a device that has not read so far yet", async () => {
  const deck = `${"# Team\n\n- news with \`code\` and [a link](https://example.org)\n\n---\n\n".repeat(3_000)}${DECK}`;
  const page = await openEditor(deck);
  // Whatever it begins to read takes a second.
  await page.evaluate(() => {
    let now = Date.now();
    Date.now = () => (now += 1_000);
  });
  await page.evaluate((line) => window.editor.writeAt(line), deck.split("\n").indexOf("- <!-- prompt: What is new? -->"));
  await page.keyboard.type("News");
  assert.equal(await text(page), deck.replace("<!-- prompt: What is new? -->", "News"));
  await close(page);
});

const CARRIED = "# Team Ops\n\n- [ ] fix it <!-- carried 2024-04-11 -->\n- next\n";
const PROBLEM: Problem = {
  code: "carried", message: "Carried over from 2024-04-11", severity: "info", from: 2, to: 3,
  fix: { title: "Keep it", edits: [{ from: 2, to: 3, text: ["- [ ] fix it"] }] },
  otherFix: { title: "Drop it", edits: [{ from: 2, to: 3, text: [] }] },
};

test("a carried item says from when it is, and is kept or dropped", async () => {
  const page = await open(CARRIED);
  await page.evaluate((problem) => window.editor.setProblems([problem]), PROBLEM);
  const badge = page.locator(".cm-carried");
  await badge.getByRole("button", { name: "Drop" }).waitFor();
  assert.equal(await badge.locator("span").textContent(), "carried from 11 Apr");
  await mkdir(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: `${ARTEFACTS}/carried.png` });
  await badge.getByRole("button", { name: "Keep" }).click();
  assert.equal(await text(page), "# Team Ops\n\n- [ ] fix it\n- next\n");
  await page.keyboard.press("Control+z");
  assert.equal(await text(page), CARRIED, "the focus is in the text again");
  await page.evaluate((problem) => window.editor.setProblems([{ ...problem }]), PROBLEM);
  await badge.getByRole("button", { name: "Drop" }).press("Enter");
  assert.equal(await text(page), "# Team Ops\n\n- next\n");
  await close(page);
});

test("both answers to a carried item are offered by the key for fixes", async () => {
  const page = await open(CARRIED);
  await page.evaluate((problem) => window.editor.setProblems([problem]), PROBLEM);
  await page.evaluate(() => window.editor.goToLine(2, 0, true));
  await page.keyboard.press("Control+.");
  assert.deepEqual(await page.locator(".cm-problems button").allTextContents(), ["Fix: Keep it", "Fix: Drop it"]);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await text(page), "# Team Ops\n\n- next\n");
  await close(page);
});
