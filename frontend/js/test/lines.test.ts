/** Edits of whole lines say what the deck means, and touch only what differs. */

import { ChangeSet } from "@codemirror/state";
import assert from "node:assert/strict";
import { test } from "node:test";
import { toText } from "../editor/edits.ts";
import { lineChanges, type LineEdit } from "../editor/lines.ts";
import { move, place, type Problem } from "../editor/problems.ts";

/** What the contract says, with lists of lines. */
function expected(lines: readonly string[], edits: readonly LineEdit[]): string {
  const result = [...lines];
  for (const { from, to, text } of [...edits].reverse()) result.splice(from, to - from, ...text);
  return result.join("\n");
}

function changed(text: string, edits: readonly LineEdit[]): string {
  const doc = toText(text);
  return ChangeSet.of(lineChanges(doc, edits), doc.length).apply(doc).toString();
}

test("lines are replaced, inserted and removed anywhere", () => {
  const text = "a\nb\nc";
  const edits: LineEdit[][] = [
    [{ from: 0, to: 1, text: ["x"] }],
    [{ from: 2, to: 3, text: ["x", "y"] }],
    [{ from: 0, to: 0, text: ["x", ""] }],
    [{ from: 3, to: 3, text: ["", "x"] }],
    [{ from: 1, to: 3, text: [] }],
    [{ from: 0, to: 1, text: [] }, { from: 3, to: 3, text: ["a"] }],
    [{ from: 0, to: 0, text: ["c"] }, { from: 2, to: 3, text: [] }],
    [{ from: 1, to: 2, text: [] }, { from: 2, to: 3, text: [] }],
    [{ from: 2, to: 3, text: [] }, { from: 3, to: 3, text: ["x"] }],
    [{ from: 1, to: 1, text: [] }],
  ];
  for (const list of edits) assert.equal(changed(text, list), expected(text.split("\n"), list), JSON.stringify(list));
});

test("any sorted, disjoint edits do what they say", () => {
  for (let seed = 1; seed <= 500; seed++) {
    let drawn = seed;
    const next = (below: number) => {
      drawn = (Math.imul(drawn, 1664525) + 1013904223) >>> 0;
      return Math.floor((drawn / 2 ** 32) * below);
    };
    const lines = Array.from({ length: 2 + next(7) }, () => ["", "one", "two words", "😀"][next(4)] ?? "");
    const edits: LineEdit[] = [];
    for (let at = 0; at <= lines.length; at += 1) {
      const to = Math.min(lines.length, at + next(3));
      edits.push({ from: at, to, text: Array.from({ length: next(3) }, () => ["", "one", "two"][next(3)] ?? "") });
      at = to + next(3);
    }
    // All lines removed leave one empty line, which is what no lines read as.
    assert.equal(changed(lines.join("\n"), edits), expected(lines, edits), `seed ${seed}`);
  }
});

test("only what differs is touched", () => {
  const doc = toText("one two\nthree\nfour");
  assert.deepEqual(lineChanges(doc, [{ from: 0, to: 2, text: ["one 2 two", "three"] }]), [{ from: 4, to: 4, insert: "2 " }]);
  assert.deepEqual(lineChanges(doc, [{ from: 0, to: 3, text: ["one two", "new", "three", "four"] }]), [{ from: 8, to: 8, insert: "new\n" }]);
  assert.deepEqual(lineChanges(doc, [{ from: 1, to: 2, text: ["three"] }]), []);
});

test("edits outside of the text are cut to it", () => {
  assert.equal(changed("a\nb", [{ from: 1, to: 9, text: ["c"] }]), "a\nc");
  assert.equal(changed("a", [{ from: 7, to: 9, text: ["b"] }]), "a\nb");
});

const PROBLEM: Problem = {
  code: "separator-no-blank-before", message: "needs a blank line", severity: "warning", from: 1, to: 2,
  fix: { title: "Insert one", edits: [{ from: 1, to: 1, text: [""] }] },
};

test("problems and their fixes move with the text", () => {
  const doc = toText("a\n---\nb");
  const changes = ChangeSet.of({ from: 0, insert: "new\n" }, doc.length);
  const [placed] = move(place(doc, [PROBLEM]), changes);
  assert.deepEqual([placed?.from, placed?.to], [6, 9]);
  const fixed = ChangeSet.of(placed?.fixes[0]?.changes ?? [], changes.newLength).apply(changes.apply(doc));
  assert.equal(fixed.toString(), "new\na\n\n---\nb");
});

test("a fix is not offered once its own lines were edited", () => {
  const doc = toText("a\n---\nb");
  const [near] = move(place(doc, [PROBLEM]), ChangeSet.of({ from: 2, insert: "x" }, doc.length));
  assert.equal(near?.fixes.length, 0);
  const [far] = move(place(doc, [PROBLEM]), ChangeSet.of({ from: 7, insert: "x" }, doc.length));
  assert.ok(far?.fixes[0]);
});

test("problems outside of the text are cut to it", () => {
  const [placed] = place(toText("a\nb"), [{ ...PROBLEM, from: 5, to: 9 }]);
  assert.deepEqual([placed?.from, placed?.to], [2, 3]);
});
