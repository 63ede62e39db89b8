/** New slides and sections land where an author means them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { toText } from "../editor/edits.ts";
import { newSection, newSlide, separators, slideStarts, type Insertion } from "../editor/outline.ts";

/** The caret is written as `|` in a source and in a result. */
function check(make: typeof newSlide, marked: string, expected: string): void {
  const caret = marked.indexOf("|");
  const source = marked.replace("|", "");
  const { at, insert, caret: after }: Insertion = make(toText(source), caret);
  const text = source.slice(0, at) + insert + source.slice(at);
  assert.equal(`${text.slice(0, after)}|${text.slice(after)}`, expected);
}

test("a new slide repeats the heading of its section", () => {
  check(newSlide, "# Team A\n\nte|xt", "# Team A\n\ntext\n\n----\n\n# Team A\n\n|");
  check(
    newSlide,
    "# Intro\n\n---\n\n# Team A\n\na\n\n----\n\n## More\n\nb|\n\n---\n\n# Team B\n",
    "# Intro\n\n---\n\n# Team A\n\na\n\n----\n\n## More\n\nb\n\n----\n\n# Team A\n\n|\n\n---\n\n# Team B\n",
  );
});

test("a new slide without a heading is empty", () => {
  check(newSlide, "just text|\n", "just text\n\n----\n\n|\n");
  check(newSlide, "|", "----\n\n|");
});

test("a new section comes after the caret's slide", () => {
  check(newSection, "# A|\n\n---\n\n# B", "# A\n\n---\n\n# |\n\n---\n\n# B");
});

test("front matter is no slide", () => {
  check(newSlide, "---\ntitle: x\n---\n\n# A\n\ntext|", "---\ntitle: x\n---\n\n# A\n\ntext\n\n----\n\n# A\n\n|");
  check(newSlide, "---\ntitle: |x\n---\n", "---\ntitle: x\n---\n\n----\n\n|\n");
});

test("a heading in a code fence heads nothing", () => {
  check(newSlide, "```\n# no\n```\n\n# Yes\n|", "```\n# no\n```\n\n# Yes\n\n----\n\n# Yes\n\n|\n");
});

test("separators need blank lines around them", () => {
  const lines = (source: string) => separators(toText(source)).map(({ line }) => line);
  assert.deepEqual(lines("a\n\n---\n\nb\n\n----  \n \nc"), [3, 7]);
  assert.deepEqual(lines("a\n---\n\nb\n\n---\nc"), []);
  assert.deepEqual(lines("a\n\n-----\n\nb\n\n***\n\nc"), []);
  assert.deepEqual(lines("```\n\n---\n\n```\n\n<!--\n\n---\n\n-->\n\n---\n"), [13]);
  assert.deepEqual(lines("a\n\n---"), [3]);
});

test("slides start after their separators", () => {
  assert.deepEqual(slideStarts(toText("---\ntitle: x\n---\n# A\n\n---\n\n# B\n\n----\n\nc")), [4, 7, 11]);
});
