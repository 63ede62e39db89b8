/** Lists and quotes go on, end, and change their level as one types. */

import type { Text } from "@codemirror/state";
import assert from "node:assert/strict";
import { test } from "node:test";
import { toText } from "../editor/edits.ts";
import { backspace, dedentItems, enter, indentItems, softBreak, type Typed } from "../editor/lists.ts";

/** The caret is written as `|`; two of them are a selection. */
function check(key: (doc: Text, from: number, to: number) => Typed | null, marked: string, expected: string | null): void {
  const from = marked.indexOf("|");
  const source = marked.replace("|", "");
  const second = source.indexOf("|");
  const doc = toText(source.replace("|", ""));
  const typed = key(doc, from, second < 0 ? from : second);
  const text = typed?.changes.apply(doc).toString() ?? "";
  assert.equal(typed && `${text.slice(0, typed.caret)}|${text.slice(typed.caret)}`, expected);
}

const checkBackspace = (marked: string, expected: string | null) => check((doc, at) => backspace(doc, at), marked, expected);

function checkMove(move: typeof indentItems, marked: string, expected: string | null): void {
  const from = marked.indexOf("|");
  const to = marked.lastIndexOf("|") - (marked.lastIndexOf("|") > from ? 1 : 0);
  const doc = toText(marked.replaceAll("|", ""));
  const changes = move(doc, from, to);
  assert.equal(changes && changes.apply(doc).toString(), expected);
}

test("Enter continues bullets, numbers and tasks", () => {
  check(enter, "- one|", "- one\n- |");
  check(enter, "* one|\ntext", "* one\n* |\ntext");
  check(enter, "  + one|", "  + one\n  + |");
  check(enter, "1. one|", "1. one\n2. |");
  check(enter, "9) one|", "9) one\n10) |");
  check(enter, "- [x] one|", "- [x] one\n- [ ] |");
  check(enter, "1. [ ] one|", "1. [ ] one\n2. [ ] |");
  check(enter, "-   wide|", "-   wide\n-   |");
});

test("Enter within an item takes the rest along, without blanks at the break", () => {
  check(enter, "- one |two", "- one\n- |two");
  check(enter, "- one| two", "- one\n- |two");
  check(enter, "- |one", "- \n- |one");
  check(enter, "- one |two| three", "- one\n- |three");
});

test("Enter renumbers the rest of the list, and nothing else", () => {
  check(enter, "1. a|\n2. b\n3. c", "1. a\n2. |\n3. b\n4. c");
  check(enter, "1. a|\n   - x\n2. b\n\n1. other\n\ntext\n\n2. far", "1. a\n2. |\n   - x\n3. b\n\n4. other\n\ntext\n\n2. far");
  check(enter, "- p\n  1. a|\n  2. b\n- q", "- p\n  1. a\n  2. |\n  3. b\n- q");
  check(enter, "1. a|\n2) b", "1. a\n2. |\n2) b");
});

test("a list of ones stays one", () => {
  check(enter, "1. a\n1. b|", "1. a\n1. b\n1. |");
  check(enter, "1. a|\n1. b", "1. a\n1. |\n1. b");
});

test("Enter on an empty item ends the list, and what comes next is no part of it", () => {
  check(enter, "- one\n- |", "- one\n\n|");
  check(enter, "- |", "|");
  check(enter, "- [ ] |\n\ntext", "|\n\ntext");
  check(enter, "1. a\n2. |\n3. b", "1. a\n\n|\n2. b");
  check(enter, "- a\n\n- |", "- a\n\n|");
});

test("Enter on an empty nested item steps one level out", () => {
  check(enter, "- a\n  - |", "- a\n- |");
  check(enter, "- a\n  - b\n  - |\n- c", "- a\n  - b\n- |\n- c");
  check(enter, "1. a\n   - b\n   - |\n2. c", "1. a\n   - b\n2. |\n3. c");
  check(enter, "- [x] a\n  - b\n  - |", "- [x] a\n  - b\n- [ ] |");
  check(enter, "- a\n    - b\n        - |", "- a\n    - b\n    - |");
});

test("Enter above or within a mark moves the line down as it is", () => {
  check(enter, "|- one", "\n|- one");
  check(enter, "  |- one", "  \n|- one");
  check(enter, "-| one", "-\n| one");
});

test("Enter goes on within a paragraph of an item, and ends it on a line of blanks", () => {
  check(enter, "- a\n  more|", "- a\n  more\n  |");
  check(enter, "- a\n  more\n  |", "- a\n  more\n\n|");
});

test("Shift-Enter stays within the item or the quote", () => {
  check(softBreak, "- [ ] one|", "- [ ] one\n  |");
  check(softBreak, "  10. one |two", "  10. one\n      |two");
  check(softBreak, "> - one|", "> - one\n>   |");
  check(softBreak, "> one|", "> one\n> |");
  check(softBreak, "text|", null);
});

test("lists go on within quotes", () => {
  check(enter, "> - one|", "> - one\n> - |");
  check(enter, "> - one\n> - |", "> - one\n>\n> |");
  check(enter, "> - a\n>   - |", "> - a\n> - |");
  check(enter, "> 1. a|\n> 2. b\n\n3. c", "> 1. a\n> 2. |\n> 3. b\n\n3. c");
});

test("quotes go on, and end on an empty line", () => {
  check(enter, "> one|", "> one\n> |");
  check(enter, "> one\n> |", "> one\n|");
  check(enter, ">> one\n>> |", ">> one\n>|");
});

test("what is no list is left to the editor", () => {
  for (const text of ["text|", "|", "---|", "- - -|", "* * *|", "**bold**|", "1.5 litres|", "-dash|"]) check(enter, text, null);
});

test("Backspace at the start of an item takes its mark away", () => {
  checkBackspace("- |one", "|one");
  checkBackspace("- [ ] |one", "|one");
  checkBackspace("- a\n  - |b", "- a\n  |b");
  checkBackspace("- a\n  - |", "- a\n|");
  checkBackspace("1. a\n2. |b\n3. c", "1. a\n|b\n2. c");
  checkBackspace("> - |one", "> |one");
  checkBackspace("> |one", "|one");
  checkBackspace("> > |one", "> |one");
  for (const text of ["- o|ne", "-| one", "|- one", "text|", "|"]) checkBackspace(text, null);
});

test("Tab puts an item under the text of the item above", () => {
  checkMove(indentItems, "- a\n- b|", "- a\n  - b");
  checkMove(indentItems, "1. a\n2. b|\n3. c", "1. a\n   1. b\n2. c");
  checkMove(indentItems, "10. a\n11. b|", "10. a\n    1. b");
  checkMove(indentItems, "- a\n    - b\n- c|", "- a\n    - b\n    - c");
  checkMove(indentItems, "> - a\n> - b|", "> - a\n>   - b");
  checkMove(indentItems, "- a\n\n- b|", "- a\n\n  - b");
});

test("Tab takes along what is below an item, and all items of a selection", () => {
  checkMove(indentItems, "- a\n- b|\n  more\n  - c\n- d", "- a\n  - b\n    more\n    - c\n- d");
  checkMove(indentItems, "- a\n- |b\n- c|\n- d", "- a\n  - b\n  - c\n- d");
  checkMove(indentItems, "1. a\n2. |b\n3. c|\n4. d", "1. a\n   1. b\n   2. c\n2. d");
});

test("Tab leaves the first item of a level where it is", () => {
  checkMove(indentItems, "- a|", "- a");
  checkMove(indentItems, "- a\n  - b|", "- a\n  - b");
  checkMove(indentItems, "- a\n\ntext\n\n- b|", "- a\n\ntext\n\n- b");
  checkMove(indentItems, "text|", null);
});

test("Shift-Tab puts an item on the level of the item that it is within", () => {
  checkMove(dedentItems, "- a\n  - b|", "- a\n- b");
  checkMove(dedentItems, "- a\n    - b|", "- a\n- b");
  checkMove(dedentItems, "1. a\n   1. b|\n2. c", "1. a\n2. b\n3. c");
  checkMove(dedentItems, "1. a\n   1. b|\n   2. c\n2. d", "1. a\n2. b\n   1. c\n3. d");
  checkMove(dedentItems, "> - a\n>   - b|", "> - a\n> - b");
  checkMove(dedentItems, "- a\n  - |b\n    - c|", "- a\n- b\n  - c");
  checkMove(dedentItems, "- a|", "- a");
});

test("no key breaks a text, wherever it is pressed", () => {
  const pieces = ["- a", "  - b", "1. c", "   2) d", "", "> - e", "> f", "text", "- ", "- [x] g", "  more", "```", "---", "\t- h", " "];
  for (let seed = 1; seed <= 500; seed++) {
    let drawn = seed;
    const next = (below: number) => {
      drawn = (Math.imul(drawn, 1664525) + 1013904223) >>> 0;
      return Math.floor((drawn / 2 ** 32) * below);
    };
    const doc = toText(Array.from({ length: 1 + next(8) }, () => pieces[next(pieces.length)] ?? "").join("\n"));
    const from = next(doc.length + 1);
    const to = from + next(doc.length - from + 1);
    const words = (text: Text) => text.toString().replace(/[^a-h]/g, "");
    for (const typed of [enter(doc, from, from), softBreak(doc, from, from), backspace(doc, from)]) {
      if (!typed) continue;
      const after = typed.changes.apply(doc);
      assert.ok(typed.caret >= 0 && typed.caret <= after.length && Math.abs(after.lines - doc.lines) <= 1, `seed ${seed}`);
      assert.equal(words(after), words(doc), `seed ${seed}`);
    }
    for (const moved of [indentItems(doc, from, to), dedentItems(doc, from, to)]) {
      if (!moved) continue;
      const trimmed = (text: Text) => text.toString().replace(/\d+|^[> \t]+/gm, "");
      assert.equal(trimmed(moved.apply(doc)), trimmed(doc), `seed ${seed}`);
    }
  }
});

test("in and out again is where one was", () => {
  for (const marked of ["- a\n- b|\n  - c", "1. a\n2. b|\n3. c", "- a\n  - b\n- c|\n- d"]) {
    const doc = toText(marked.replace("|", ""));
    const at = marked.indexOf("|");
    const changes = indentItems(doc, at, at);
    assert.ok(changes);
    const moved = changes.apply(doc);
    const back = dedentItems(moved, changes.mapPos(at), changes.mapPos(at));
    assert.equal(back?.apply(moved).toString(), doc.toString());
  }
});
