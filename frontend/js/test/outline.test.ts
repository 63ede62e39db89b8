/** New slides and sections land where an author means them. */

import { EditorState } from "@codemirror/state";
import assert from "node:assert/strict";
import { test } from "node:test";
import { toText } from "../editor/edits.ts";
import { newSection, newSlide, outlineField, readOutline, slideOfLine, type Insertion } from "../editor/outline.ts";

/** The caret is written as `|` in a source and in a result. */
function check(make: typeof newSlide, marked: string, expected: string): void {
  const caret = marked.indexOf("|");
  const source = marked.replace("|", "");
  const { at, delete: gone, insert, caret: after }: Insertion = make(toText(source), caret);
  const text = source.slice(0, at) + insert + source.slice(at + gone);
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

/** The lines of a text's separators, counted from 1. */
function lines(source: string): number[] {
  return readOutline(toText(source)).slides.slice(1).map(({ separator }) => separator);
}

test("separators need blank lines around them", () => {
  assert.deepEqual(lines("a\n\n---\n\nb\n\n----  \n \nc"), [3, 7]);
  assert.deepEqual(lines("a\n---\n\nb\n\n---\nc"), []);
  assert.deepEqual(lines("a\n\n-----\n\nb\n\n***\n\nc"), []);
  assert.deepEqual(lines("```\n\n---\n\n```\n\n<!--\n\n---\n\n-->\n\n---\n"), [13]);
  assert.deepEqual(lines("a\n\n---"), [3]);
});

test("slides start after their separators", () => {
  const { slides } = readOutline(toText("---\ntitle: x\n---\n# A\n\n---\n\n# B\n\n----\n\nc"));
  assert.deepEqual(slides.map(({ first }) => first), [4, 7, 11]);
});

test("blank lines are never doubled", () => {
  check(newSlide, "a\n\n\n|\n\n---\n\nb", "a\n\n----\n\n|\n\n---\n\nb");
  check(newSlide, "a\n \n|\n\n", "a\n\n----\n\n|\n");
  check(newSection, "a|\n\n\n", "a\n\n---\n\n# |\n");
});

test("a new slide comes after code and notes, not into them", () => {
  check(newSlide, "# A\n\n```\n\n---\n\nco|de\n```\n\n---\n\nb", "# A\n\n```\n\n---\n\ncode\n```\n\n----\n\n# A\n\n|\n\n---\n\nb");
  check(newSlide, "# A\n\nnote: sa|y\n\n# this\n\n---\n\nb", "# A\n\nnote: say\n\n# this\n\n----\n\n# A\n\n|\n\n---\n\nb");
  check(newSlide, "a\n\nnote:\n# n|o", "a\n\nnote:\n# no\n\n----\n\n|");
});

test("a new section does not tear the caret's section apart", () => {
  check(newSection, "# A|\n\n----\n\n# A\n\n---\n\n# B", "# A\n\n----\n\n# A\n\n---\n\n# |\n\n---\n\n# B");
});

test("the first section of an empty deck needs no separator", () => {
  // A `---` on the first line could be taken for front matter.
  check(newSection, "|", "# |");
  check(newSection, "---\ntitle: x|\n---\n", "---\ntitle: x\n---\n\n# |\n");
});

test("a caret on a separator is in the slide below it", () => {
  check(newSlide, "# A\n\n--|-\n\n# B", "# A\n\n---\n\n# B\n\n----\n\n# B\n\n|");
});

test("a comment heads nothing and is never cut", () => {
  check(newSlide, "<!--\n# no\n-->\n\n# Yes|", "<!--\n# no\n-->\n\n# Yes\n\n----\n\n# Yes\n\n|");
  assert.deepEqual(lines("a\n\n<!-- never closed\n\n---\n\nb"), [5]);
});

test("front matter is what the deck takes for it", () => {
  const end = (source: string) => readOutline(toText(source)).frontMatterEnd;
  assert.equal(end("---\ntitle: x\n---\n"), 3);
  assert.equal(end("\n\n---\ntitle: x\n...\n"), 5);
  assert.equal(end("---\n---\n# a"), 2);
  for (const source of ["---\n\n# a\n\n---\n\n# b", "\n---\n\na: b\n\n---\n\nc", "---\nx\n---\n", "---\ntitle: x\n\n# a"]) {
    assert.equal(end(source), 0, source);
  }
});

test("notes begin once on a slide, outside of code", () => {
  const { slides } = readOutline(toText("a\n\nNOTE: b\nnote: c\n\n---\n\n```\nnote: no\n```\n\nnotes: no"));
  assert.deepEqual(slides.map(({ note }) => note), [3, 0]);
});

test("each line is found in its slide", () => {
  const outline = readOutline(toText("a\n\n---\n\nb\n\n----\n\nc"));
  assert.deepEqual([1, 2, 3, 4, 6, 7, 9].map((line) => slideOfLine(outline, line)), [0, 0, 1, 1, 1, 2, 2]);
});

test("typing keeps an outline exactly when it would be read the same", () => {
  const pieces = ["# A", "", "---", "----", "```", "text", "<!--", "-->", "note: x", "title: x"];
  for (let seed = 1; seed <= 400; seed++) {
    let drawn = seed;
    const next = (below: number) => {
      drawn = (Math.imul(drawn, 1664525) + 1013904223) >>> 0;
      return Math.floor((drawn / 2 ** 32) * below);
    };
    const doc = Array.from({ length: 12 }, () => pieces[next(pieces.length)] ?? "").join("\n");
    let state = EditorState.create({ doc, extensions: outlineField });
    for (let count = 0; count < 10; count++) {
      const from = next(state.doc.length + 1);
      const to = Math.min(state.doc.length, from + next(3));
      state = state.update({ changes: { from, to, insert: ["", "x", "-", "`", "\n", " ", ":"][next(7)] ?? "" } }).state;
      assert.deepEqual(state.field(outlineField), readOutline(state.doc), `seed ${seed}: ${JSON.stringify(state.doc.toString())}`);
    }
  }
});
