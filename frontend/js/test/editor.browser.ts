/** The editor in a real page with the product's CSP: remote edits disturb nobody who writes. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Problem } from "../editor.ts";
import { caretTop, close, LONG, open } from "./editor-page.ts";
import { ARTEFACTS, workOf } from "./harness.ts";

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

test("code is coloured, also in languages that are loaded when the first block needs them", async () => {
  const page = await open("# One\n\n```css\na { color: red }\n```\n");
  const isLoaded = () => page.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("/modes-")));
  const isColoured = (word: string) => page.waitForFunction((text) =>
    [...document.querySelectorAll(".cm-line span")].some((part) => part.textContent === text), word);
  await isColoured("color");
  assert.equal(await isLoaded(), false);
  await page.evaluate(() => window.remote([{ at: 0, delete: 0, insert: "```js\nconst one = 1;\n```\n\n" }]));
  await isColoured("const");
  assert.equal(await isLoaded(), true);
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
  await page.locator(".cm-slide-break").nth(1).waitFor();
  assert.equal(await page.locator(".cm-slide-break-vertical").count(), 1);
  await mkdir(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: `${ARTEFACTS}/editor.png` });
  await close(page);
});

test("a megabyte is edited without a delay", async () => {
  const page = await open("# Slide\n\n- a point with a [link](https://example.org)\n\n----\n\n".repeat(17000));
  const work = await workOf(page);
  const before = await work();
  await page.evaluate(() => {
    for (let count = 0; count < 100; count++) window.remote([{ at: 500_000 + count, delete: 0, insert: "x" }]);
  });
  const spent = (await work()) - before;
  // Far above what it takes, so that only a change of its order of growth fails.
  assert.ok(spent < 5000, `${spent} ms for 100 edits`);
  await close(page);
});

/** Opens a text with the caret at `|`, or a selection between two of them. */
async function openAt(marked: string): Promise<Page> {
  const from = marked.indexOf("|");
  const to = marked.lastIndexOf("|");
  const page = await open(marked.replaceAll("|", ""));
  await page.evaluate((line) => window.editor.goToLine(line, 0, true), marked.slice(0, from).split("\n").length - 1);
  for (let column = from - marked.lastIndexOf("\n", from) - 1; column > 0; column--) await page.keyboard.press("ArrowRight");
  for (let count = to - from - 1; count > 0; count--) await page.keyboard.press("Shift+ArrowRight");
  return page;
}

/** The text with the selection in it. */
function marked(page: Page): Promise<string> {
  return page.evaluate(() => {
    const text = window.editor.text();
    const { anchor, head } = window.editor.selection();
    const [from, to] = [Math.min(anchor, head), Math.max(anchor, head)];
    return from === to ? `${text.slice(0, from)}|${text.slice(from)}` : `${text.slice(0, from)}|${text.slice(from, to)}|${text.slice(to)}`;
  });
}

/** Runs a command of the toolbar and compares; then one undo must bring the text back. */
async function checkCommand(name: string, before: string, after: string): Promise<void> {
  const page = await openAt(before);
  assert.equal(await page.evaluate((command) => window.editor.run(command), name), true, `${name} on ${before}`);
  assert.equal(await marked(page), after, `${name} on ${before}`);
  await page.evaluate(() => window.editor.run("undo"));
  assert.equal(await page.evaluate(() => window.editor.text()), before.replaceAll("|", ""), `undo of ${name} on ${before}`);
  await close(page);
}

test("marks are set and taken away, also over several lines and in words", async () => {
  const cases: [string, string, string][] = [
    ["bold", "one |two|", "one **|two|**"],
    ["bold", "one **|two|**", "one |two|"],
    ["bold", "one |**two**|", "one |two|"],
    ["bold", "o|ne", "**o|ne**"],
    ["bold", "**o|ne**", "o|ne"],
    ["bold", "**one|**", "**one**|"],
    ["bold", "a | b", "a **|** b"],
    ["bold", "a **|** b", "a | b"],
    ["bold", "- |one\n- two|", "- **|one**\n- **two|**"],
    ["bold", "- **|one**\n- two|", "- **|one**\n- **two|**"],
    ["bold", "- |**one**\n- **two**|", "- |one\n- two|"],
    ["bold", "**one |two|**", "**one** |two|"],
    ["italic", "**|two|**", "***|two|***"],
    ["italic", "***|two|***", "**|two|**"],
    ["strike", "one |two |", "one ~~|two|~~ "],
    ["code", "|one|", "`|one|`"],
    ["code", "|one\ntwo|", "```|\none\ntwo\n```"],
    ["code", "a\n```\no|ne\n```\nb", "a\no|ne\nb"],
    ["link", "|one|", "[one](|https://|)"],
    ["link", "|https://example.org/{a}|", "[|text|](https://example.org/{a})"],
    ["link", "see [o|ne](https://example.org)", "see o|ne"],
  ];
  for (const [name, before, after] of cases) await checkCommand(name, before, after);
});

test("headings, lists, tasks and quotes go around and come back", async () => {
  const cases: [string, string, string][] = [
    ["heading", "o|ne", "# o|ne"],
    ["heading", "# o|ne", "## o|ne"],
    ["heading", "### o|ne", "o|ne"],
    ["heading", "- o|ne", "# o|ne"],
    ["heading", "|", "# |"],
    ["heading", "|one\n\ntwo|", "# |one\n\n# two|"],
    ["bullets", "|", "- |"],
    ["bullets", "|one\n\ntwo|", "- |one\n\n- two|"],
    ["bullets", "- |one\n- two|", "|one\ntwo|"],
    ["bullets", "1. o|ne", "- o|ne"],
    ["bullets", "# o|ne", "- o|ne"],
    ["bullets", "> o|ne", "> - o|ne"],
    ["numbers", "|one\n- a\n  - b\n  - c\ntwo|", "1. |one\n2. a\n  1. b\n  2. c\n3. two|"],
    ["numbers", "1. one\nt|wo", "1. one\n2. t|wo"],
    ["task", "o|ne", "- [ ] o|ne"],
    ["task", "- o|ne", "- [ ] o|ne"],
    ["task", "- [ ] |one\n- [x] two|", "- [x] |one\n- [x] two|"],
    ["task", "- [x] |one\n- [x] two|", "- [ ] |one\n- [ ] two|"],
    ["quote", "o|ne", "> o|ne"],
    ["quote", "|one\n\ntwo|", "> |one\n>\n> two|"],
    ["quote", "> |one\n>\n> two|", "|one\n\ntwo|"],
  ];
  for (const [name, before, after] of cases) await checkCommand(name, before, after);
});

test("an image and a table are filled in field by field", async () => {
  const page = await openAt("one\n\n|");
  await page.evaluate(() => window.editor.run("image"));
  assert.equal(await marked(page), "one\n\n![|description|](https://)");
  await page.keyboard.type("A cat");
  await page.keyboard.press("Tab");
  await page.keyboard.type("/cat.png");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => window.editor.text()), "one\n\n![A cat](/cat.png)");
  await close(page);
  const other = await openAt("on|e");
  await other.evaluate(() => window.editor.run("table"));
  assert.equal(await marked(other), "one\n\n| |Column| | Column |\n| ------ | ------ |\n| Cell | Cell |".replace("| |Column|", "| |Column|"));
  await other.keyboard.type("Team");
  await other.keyboard.press("Tab");
  await other.keyboard.type("Date");
  assert.match(await other.evaluate(() => window.editor.text()), /^one\n\n\| Team \| Date \|\n\|/);
  await close(other);
});

test("nothing changes the text while it may only be read", async () => {
  const page = await openAt("- o|ne\n\n---\n\n# two");
  await page.evaluate(() => window.editor.setReadOnly(true));
  const names = ["bold", "italic", "strike", "code", "heading", "bullets", "numbers", "task", "link", "image", "table", "quote", "new-slide", "new-section", "undo", "redo", "fix", "no-such-command", "constructor"];
  for (const name of names) assert.equal(await page.evaluate((command) => window.editor.run(command), name), false, name);
  await page.evaluate(() => window.editor.applyLines([{ from: 0, to: 1, text: [] }]));
  for (const key of ["Enter", "Backspace", "Tab", "x", "Control+b"]) await page.keyboard.press(key);
  assert.equal(await page.evaluate(() => window.editor.text()), "- one\n\n---\n\n# two");
  assert.equal(await page.evaluate(() => window.editor.run("next-slide")), true);
  await close(page);
});

test("lists are typed with Enter, Tab and Backspace alone", async () => {
  const page = await openAt("|");
  await page.keyboard.type("1. one\ntwo\n");
  await page.keyboard.press("Tab");
  await page.keyboard.type("inner\n\nthree\n\ntext");
  assert.equal(await page.evaluate(() => window.editor.text()), "1. one\n2. two\n   1. inner\n3. three\n\ntext");
  await page.keyboard.press("Enter");
  await page.keyboard.type("- a");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Backspace");
  assert.match(await marked(page), /\ntext\n\|a$/);
  await close(page);
});

test("code is not a list, and keeps its indentation", async () => {
  const page = await openAt("> ```js\n>   - one|\n> ```");
  await page.keyboard.type("\nx = {\n\n}");
  assert.equal(await page.evaluate(() => window.editor.text()), "> ```js\n>   - one\n>   x = {\n> \n>   }\n> ```");
  await close(page);
});

test("a pasted list keeps its indentation, and a link's address is only text", async () => {
  const page = await openAt("- a\n  - |");
  const paste = (text: string) => page.evaluate((value) => {
    const data = new DataTransfer();
    data.setData("text/plain", value);
    document.querySelector(".cm-content")?.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
  await paste("b\n    - c\n  - d\n");
  assert.equal(await page.evaluate(() => window.editor.text()), "- a\n  - b\n    - c\n  - d\n");
  await page.evaluate(() => window.editor.run("link"));
  await page.keyboard.type("docs");
  await page.keyboard.press("Tab");
  await paste("https://example.org/");
  assert.match(await page.evaluate(() => window.editor.text()), /\[docs\]\(https:\/\/example\.org\/\)$/);
  await close(page);
});

test("whole-line edits are one step, touch little, and leave carets in their lines", async () => {
  const page = await openAt("one\ntwo|\nthree");
  await page.evaluate(() => window.editor.setPeers([{ id: "a", name: "Ada", color: 0, anchor: 10, head: 10 }]));
  await page.evaluate(() => window.editor.applyLines([{ from: 0, to: 1, text: ["one!"] }, { from: 2, to: 2, text: ["new", ""] }, { from: 3, to: 3, text: ["end"] }]));
  assert.equal(await marked(page), "one!\ntwo|\nnew\n\nthree\nend");
  assert.deepEqual(await page.evaluate(() => window.log), [
    { at: 3, delete: 0, insert: "!" }, { at: 9, delete: 0, insert: "new\n\n" }, { at: 19, delete: 0, insert: "\nend" },
  ]);
  await page.evaluate(() => window.editor.run("undo"));
  assert.equal(await marked(page), "one\ntwo|\nthree");
  await page.evaluate(() => window.editor.run("redo"));
  await page.evaluate(() => window.editor.applyLines([{ from: 0, to: 2, text: [] }], 1));
  assert.equal(await marked(page), "new\n|\nthree\nend");
  await close(page);
});

const PROBLEMS: Problem[] = [
  { code: "separator-no-blank-before", message: "A blank line is missing", severity: "warning", from: 1, to: 2, fix: { title: "Insert it", edits: [{ from: 1, to: 1, text: [""] }] } },
  { code: "image-alt", message: "No description", severity: "info", from: 3, to: 4 },
  { code: "slide-empty", message: "Nothing here", severity: "error", from: 3, to: 4, fix: { title: "Remove it", edits: [{ from: 3, to: 4, text: [] }] } },
  { code: "bad-yaml", message: "Really bad", severity: "error", from: 3, to: 4, fix: { title: "Write x", edits: [{ from: 3, to: 4, text: ["x"] }] } },
];

test("problems are seen, reached with F8, read out and fixed", async () => {
  const page = await open("one\n---\n\nfour\nfive");
  await page.evaluate(() => window.editor.goToLine(0, 0, true));
  await page.evaluate((list) => window.editor.setProblems(list), PROBLEMS);
  // What is said to screen readers is taken back after a moment.
  await page.evaluate(() => {
    window.said = [];
    const live = document.querySelector(".cm-announced");
    if (live) new MutationObserver(() => window.said.push(live.textContent ?? "")).observe(live, { childList: true });
  });
  assert.equal(await page.locator(".cm-lint-marker").count(), 2);
  assert.equal(await page.locator(".cm-lintRange-warning").textContent(), "---");
  await page.keyboard.press("F8");
  assert.equal(await page.evaluate(() => window.editor.selection().line), 1);
  assert.match(await page.locator(".cm-problems").innerText(), /A blank line is missing\s+Fix: Insert it/);
  assert.match(await page.evaluate(() => window.said.join()), /Warning: A blank line is missing\. Fix: Insert it/);
  // Others write meanwhile: the list stays, the problem moves along.
  await page.evaluate(() => window.remote([{ at: 0, delete: 0, insert: "zero\n" }]));
  assert.equal(await page.locator(".cm-problems").count(), 1);
  await page.keyboard.press("Control+.");
  assert.equal(await page.evaluate(() => window.editor.text()), "zero\none\n\n---\n\nfour\nfive");
  assert.equal(await page.locator(".cm-lint-marker").count(), 1);
  await page.keyboard.press("F8");
  assert.equal(await page.locator(".cm-problems li").count(), 3);
  // Two fixes to choose from: the keyboard gets to them.
  await page.keyboard.press("Control+.");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => window.editor.text()), "zero\none\n\n---\n\nx\nfive");
  await page.keyboard.press("Control+z");
  assert.equal(await page.evaluate(() => window.editor.text()), "zero\none\n\n---\n\nfour\nfive");
  await close(page);
});

test("the same problems again close nothing, and a click fixes", async () => {
  const page = await open("one\n---\n\nfour\nfive");
  await page.evaluate((list) => window.editor.setProblems(list), PROBLEMS);
  await page.locator(".cm-lintRange-warning").hover();
  const action = page.locator(".cm-tooltip-lint .cm-diagnosticAction");
  await action.waitFor();
  await page.evaluate((list) => window.editor.setProblems(list), PROBLEMS);
  assert.equal(await action.count(), 1);
  await mkdir(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: `${ARTEFACTS}/editor-problem.png` });
  await action.click();
  assert.equal(await page.evaluate(() => window.editor.text()), "one\n\n---\n\nfour\nfive");
  await page.evaluate(() => window.editor.setProblems([]));
  assert.equal(await page.locator(".cm-lint-marker").count(), 0);
  assert.equal(await page.evaluate(() => window.editor.run("next-problem")), false);
  await close(page);
});

test("problems that come during a composition wait for its end", async () => {
  const page = await open("alpha\nbeta\n");
  await page.evaluate(() => window.editor.goToLine(1, 0, true));
  const session = await page.context().newCDPSession(page);
  await session.send("Input.imeSetComposition", { text: "に", selectionStart: 1, selectionEnd: 1 });
  await page.evaluate(() => {
    window.remote([{ at: 6, delete: 0, insert: "new\n" }]);
    window.editor.setProblems([{ code: "x", message: "On alpha", severity: "info", from: 0, to: 1 }]);
  });
  assert.equal(await page.locator(".cm-lint-marker").count(), 0);
  await session.send("Input.insertText", { text: "日" });
  await page.locator(".cm-lint-marker").waitFor();
  assert.equal(await page.locator(".cm-lintRange").textContent(), "alpha");
  await close(page);
});

/** Waits until the list is open and takes keys; for a moment it lets them through to the text. */
async function offered(page: Page, first: string): Promise<void> {
  await page.waitForFunction((text) => {
    const option = document.querySelector(".cm-tooltip-autocomplete li[aria-selected]");
    if (!option?.textContent?.startsWith(text)) return false;
    const seen = (window as { seen?: number }).seen ??= performance.now();
    return performance.now() - seen > 100;
  }, first);
  await page.evaluate(() => delete (window as { seen?: number }).seen);
}

const VOCABULARY = {
  themes: ["beige", "black", "sky"],
  options: [["theme", "The look"], ["transition", "How slides change"], ["width", "In pixels"]] as [string, string][],
  emoji: [["smile", "😄"], ["smiley", "😃"], ["sweat_smile", "😅"], ["tada", "🎉"]] as [string, string][],
};

test("emoji, settings, attributes, languages and containers are completed", async () => {
  const page = await openAt("---\n|\n---\n");
  await page.evaluate((vocabulary) => window.editor.setVocabulary(vocabulary), VOCABULARY);
  await page.keyboard.type("sli");
  await offered(page, "slideOptions");
  await page.keyboard.press("Enter");
  await page.keyboard.type("th");
  await offered(page, "themeThe look");
  await page.keyboard.press("Tab");
  await offered(page, "beige");
  await page.keyboard.type("s");
  await offered(page, "sky");
  await page.keyboard.press("Enter");
  assert.equal(await marked(page), "---\nslideOptions:\n  theme: sky|\n---\n");
  await page.keyboard.press("Control+End");
  await page.keyboard.type("\n<!-- .sl");
  await offered(page, ".slide:");
  await page.keyboard.press("Enter");
  await page.keyboard.type("data-tr");
  await offered(page, "data-transition");
  await page.keyboard.press("Enter");
  await offered(page, "none");
  await page.keyboard.type("zo");
  await offered(page, "zoom");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" -->\n\n- <!-- .element: cl");
  await offered(page, "class");
  await page.keyboard.press("Tab");
  await offered(page, "fragment");
  await page.keyboard.type("fragment fade-u");
  await offered(page, "fragment fade-up");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" -->\nand :smi");
  await offered(page, "😄 :smile:");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.match(await page.evaluate(() => window.editor.text()), /\n<!-- \.slide: data-transition="zoom" -->\n\n- <!-- \.element: class="fragment fade-up" -->\nand :smiley:$/);
  await page.keyboard.type("\n\n```ja");
  await offered(page, "java");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  await page.keyboard.type("```\n\n:::in");
  await offered(page, "info");
  await page.keyboard.press("Tab");
  await page.keyboard.type("text");
  assert.match(await page.evaluate(() => window.editor.text()), /:smiley:\n\n```ja\n```\n\n:::info\ntext\n:::$/);
  await close(page);
});

test("completion is not in the way of plain writing", async () => {
  const page = await openAt("|");
  await page.evaluate((vocabulary) => window.editor.setVocabulary(vocabulary), VOCABULARY);
  await page.keyboard.type("At 10:30 see :s\nhttps://smile.org title\n`:smile`\n```\ncode :smile\n```\n:::\ntext\n:smile:\n");
  assert.equal(await page.locator(".cm-tooltip-autocomplete").count(), 0);
  assert.equal(await page.evaluate(() => window.editor.text()), "At 10:30 see :s\nhttps://smile.org title\n`:smile`\n```\ncode :smile\n```\n:::\ntext\n:smile:\n");
  await close(page);
});

const [VIOLET, BROWN, GREEN, MAGENTA] = ["rgb(125, 59, 166)", "rgb(138, 82, 0)", "rgb(18, 112, 74)", "rgb(171, 36, 126)"];

/** Waits until a word has a colour by itself: the syntax is read when there is time for it. */
async function coloured(page: Page, text: string, colour: string): Promise<void> {
  await page.waitForFunction(([value, expected]) => {
    const span = [...document.querySelectorAll(".cm-line span")].find((candidate) => candidate.textContent === value);
    return span && getComputedStyle(span).color === expected;
  }, [text, colour]);
}

test("front matter and code are coloured in their languages", async () => {
  const page = await open("\n---\ntitle: x\n\nbreaks: true\n---\n```js=5 [1-2]\nconst a = 1;\n```\n```ts!\ninterface B {}\n```\n" +
    "```json\n{\"key\": null}\n```\n```bash\nexport C\n```\n```css\n.d { width: 10px }\n```\n```html\n<kbd>e</kbd>\n```\n```rust\nlet f = 2;\n```");
  await page.setViewportSize({ width: 720, height: 900 });
  const expected = [
    ["title", BROWN], ["breaks", BROWN], ["const", VIOLET], ["interface", VIOLET], ["null", MAGENTA], ["width", BROWN], ["kbd", VIOLET],
  ] as const;
  for (const [text, is] of expected) await coloured(page, text, is);
  // A language that is not known stays in one piece.
  await coloured(page, "let f = 2;", GREEN);
  await close(page);
});

test("slides, notes, attributes and front matter are seen in the source", async () => {
  const page = await open("");
  await page.evaluate(() => window.editor.focus());
  // Typed, so that the colours have to follow what lines turn into.
  await page.keyboard.type("---\ntitle: A call\nslideOptions:\n  width: 960\n");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.type("---\n\n<!-- .slide: data-fit=\"off\" -->\n# One $x^2$\n\n");
  await page.keyboard.press("Escape");
  await page.keyboard.type("```js\nconst a = 1;\n\n---\n\n```\n\n---\n\nTwo\n\nnote: said\n\nmore\n\n----\n\n<style>\n.a { color: red; }\n</style>\n\n---\n");
  // The syntax is read when there is time for it.
  const breaks = (...slides: (string | null)[]) => page.waitForFunction((wanted) => {
    const found = [...document.querySelectorAll(".cm-slide-break")].map((line) => line.getAttribute("data-slide"));
    return JSON.stringify(found) === wanted;
  }, JSON.stringify(slides));
  await breaks("2", "3", null);
  assert.equal(await page.locator(".cm-slide-note").count(), 4);
  // `textContent` waits for the element.
  assert.equal(await page.locator(".cm-slide-attributes").first().textContent(), "<!-- .slide: data-fit=\"off\" -->");
  for (const [text, is] of [["$x^2$", MAGENTA], ["color", BROWN]] as const) await coloured(page, text, is);
  await mkdir(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: `${ARTEFACTS}/editor-slides.png` });
  await page.keyboard.type("\nThree");
  await breaks("2", "3", "4");
  await close(page);
});

test("words are translated, and keys of the page reach it", async () => {
  const page = await open("");
  await page.evaluate(() => {
    document.querySelector("#editor")?.replaceChildren();
    window.words = { placeholder: "Titel", find: "Suchen" };
    window.create("");
  });
  assert.match(await page.locator(".cm-placeholder").innerText(), /Titel/);
  await page.evaluate(() => window.editor.focus());
  for (const [key, name] of [["Control+k", "palette"], ["Control+Alt+2", "mode-both"]] as const) {
    await page.keyboard.press(key);
    assert.equal(await page.evaluate(() => window.command), name);
  }
  await page.keyboard.press("Control+f");
  assert.equal(await page.locator(".cm-search input[name=search]").getAttribute("placeholder"), "Suchen");
  await close(page);
});
