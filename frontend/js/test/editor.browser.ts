/** The editor in a real page with the product's CSP: remote edits disturb nobody who writes. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { Edit, EditorHandle } from "../editor.ts";
import { ARTEFACTS, openSite, type Site } from "./harness.ts";

declare global {
  interface Window {
    editor: EditorHandle;
    create(text: string): void;
    remote(edits: Edit[]): void;
    loaded?: boolean;
    shared: string;
    log: Edit[];
    selected?: { anchor: number; head: number };
    command?: string;
    violations: string[];
  }
}

let site: Site;
before(async () => {
  site = await openSite(["editor.html"]);
});
after(() => site.close());

async function open(text: string): Promise<Page> {
  const page = await site.browser.newPage({ viewport: { width: 720, height: 420 } });
  await page.goto(`${site.url}/editor.html`);
  await page.waitForFunction(() => window.loaded);
  await page.evaluate((value) => window.create(value), text);
  return page;
}

/** What the session believes and what the editor shows must be the same text. */
async function close(page: Page): Promise<void> {
  const [shown, shared, violations] = await page.evaluate(() => [window.editor.text(), window.shared, window.violations]);
  assert.equal(shown, shared);
  assert.deepEqual(violations, []);
  await page.close();
}

/** Where the caret's line stands, after the view has measured. */
function caretTop(page: Page): Promise<number> {
  return page.evaluate(() => new Promise<number>((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => {
      resolve(Math.round(document.querySelector(".cm-activeLine")?.getBoundingClientRect().top ?? -1));
    }));
  }));
}

const LONG = Array.from({ length: 300 }, (_, index) => `line ${index}`).join("\n");

test("typing is reported, remote edits are not, and undo covers only one's own", async () => {
  const page = await open("one\ntwo\n");
  await page.evaluate(() => window.editor.goToLine(1, 0, true));
  await page.keyboard.press("End");
  await page.keyboard.type("!");
  await page.evaluate(() => window.remote([{ at: 0, delete: 0, insert: "zero\n" }, { at: 5, delete: 3, insert: "ONE" }]));
  assert.deepEqual(await page.evaluate(() => window.log), [{ at: 7, delete: 0, insert: "!" }]);
  await page.waitForFunction(() => window.selected?.head === 13);
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  assert.equal(await page.evaluate(() => window.editor.text()), "zero\nONE\ntwo\n");
  await page.keyboard.press("Control+s");
  assert.equal(await page.evaluate(() => window.command), "save");
  await close(page);
});

test("the caret's line stays where it is while others write above it", async () => {
  const page = await open(LONG);
  await page.evaluate(() => window.editor.goToLine(150, 0, true));
  const before = await caretTop(page);
  for (let count = 0; count < 15; count++) {
    await page.evaluate(() => {
      window.remote([{ at: 0, delete: 0, insert: "new\nlines\nabove\n" }]);
      const near = window.editor.text().indexOf("line 148");
      window.remote([{ at: near, delete: 0, insert: `${"a long line that wraps ".repeat(20)}\n` }]);
    });
    // Scroll positions are whole pixels, line boxes are not; what counts is that nothing adds up.
    const now = await caretTop(page);
    assert.ok(Math.abs(now - before) <= 1, `${now} is not ${before}`);
  }
  await close(page);
});

test("without a visible caret the first visible line stays", async () => {
  const page = await open(LONG);
  await page.evaluate(() => {
    const scroller = document.querySelector(".cm-scroller");
    if (scroller) scroller.scrollTop = 2200;
  });
  await caretTop(page);
  const top = () => page.evaluate(() => {
    const line = [...document.querySelectorAll(".cm-line")].find((candidate) => candidate.textContent === "line 105");
    return Math.round(line?.getBoundingClientRect().top ?? -1);
  });
  const before = await top();
  await page.evaluate(() => window.remote([{ at: 0, delete: 0, insert: "a\nb\nc\nd\n" }]));
  await caretTop(page);
  assert.equal(await top(), before);
  assert.ok(before >= 0);
  await close(page);
});

test("a composition survives remote edits of its own line, and both converge", async () => {
  const page = await open("alpha\nbeta gamma\n");
  await page.evaluate(() => window.editor.goToLine(1, 0, true));
  const session = await page.context().newCDPSession(page);
  const compose = (text: string) => session.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  await compose("に");
  await page.evaluate(() => window.remote([{ at: 6, delete: 4, insert: "BETA" }, { at: 0, delete: 0, insert: "top\n" }]));
  await compose("にほ");
  await page.evaluate(() => window.remote([{ at: window.shared.indexOf("gamma"), delete: 5, insert: "GAMMA" }]));
  await compose("にほん");
  await session.send("Input.insertText", { text: "日本" });
  await page.waitForFunction(() => document.querySelector(".cm-content")?.textContent?.includes("GAMMA"));
  assert.match(await page.evaluate(() => window.editor.text()), /日本/);
  assert.doesNotMatch(await page.evaluate(() => window.editor.text()), /に/);
  await close(page);
});

test("paste is normalised and a pasted address makes a link", async () => {
  const page = await open("see docs here");
  await page.evaluate(() => {
    const paste = (text: string) => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      document.querySelector(".cm-content")?.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    };
    window.editor.focus();
    paste("a\r\nb\rc 😀 ");
  });
  assert.equal(await page.evaluate(() => window.editor.text()), "a\nb\nc 😀 see docs here");
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Control+Shift+ArrowLeft");
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text/plain", "https://example.org/x");
    document.querySelector(".cm-content")?.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  assert.match(await page.evaluate(() => window.editor.text()), /\[here\]\(https:\/\/example\.org\/x\)$/);
  await close(page);
});

test("keys make slides, lists and marks", async () => {
  const page = await open("# Team\n\n- one");
  await page.evaluate(() => window.editor.goToLine(2, 0, true));
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => window.editor.text()), "# Team\n\n- one\n- ");
  await page.keyboard.press("Tab");
  await page.keyboard.type("two");
  assert.equal(await page.evaluate(() => window.editor.text()), "# Team\n\n- one\n  - two");
  await page.keyboard.press("Control+Shift+ArrowLeft");
  await page.keyboard.press("Control+b");
  assert.match(await page.evaluate(() => window.editor.text()), /- \*\*two\*\*$/);
  await page.keyboard.press("Control+b");
  await page.keyboard.press("Control+Enter");
  await page.keyboard.type("- next");
  assert.equal(await page.evaluate(() => window.editor.text()), "# Team\n\n- one\n  - two\n\n----\n\n# Team\n\n- next");
  await page.keyboard.press("Alt+PageUp");
  assert.equal(await page.evaluate(() => window.editor.selection().line), 0);
  await close(page);
});

test("people have carets, names and tints", async () => {
  const page = await open("---\ntitle: Call\nslideOptions:\n  theme: white\n---\n\n# Team Ops\n\n<font color=\"red\">red</font> and [a link](https://example.org)\n\n----\n\n- **bold** and `code`\n\n---\n\n```js\n---\n```\n");
  await page.evaluate(() => window.editor.setPeers([
    { id: "a", name: "Ada", color: 0, anchor: 2, head: 2 },
    { id: "b", name: "Grace Hopper", color: 3, anchor: 50, head: 60, typing: true },
  ]));
  await page.locator(".cm-peer").nth(1).waitFor();
  assert.equal(await page.locator(".cm-peer.person-3.cm-peer-typing").count(), 1);
  assert.equal(await page.locator(".cm-peer-below").count(), 1);
  assert.ok(await page.locator(".cm-peer-tint.person-3").count() > 0);
  assert.equal(await page.locator(".cm-slide-break").count(), 2);
  assert.equal(await page.locator(".cm-slide-break-vertical").count(), 1);
  await mkdir(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: `${ARTEFACTS}/editor.png` });
  await close(page);
});

test("a megabyte is edited without a delay", async () => {
  const page = await open("# Slide\n\n- a point with a [link](https://example.org)\n\n----\n\n".repeat(17000));
  const spent = await page.evaluate(() => {
    const start = performance.now();
    for (let count = 0; count < 100; count++) window.remote([{ at: 500_000 + count, delete: 0, insert: "x" }]);
    return performance.now() - start;
  });
  // Far above what it takes, so that only a change of its order of growth fails.
  assert.ok(spent < 5000, `${spent} ms for 100 edits`);
  await close(page);
});
