/** Edits and change sets say the same, and local changes never cut a character in two. */

import { ChangeSet, Text, type ChangeSpec } from "@codemirror/state";
import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf, editsOf, heal, normaliseLineEnds, replacement, toText, type Edit } from "../editor/edits.ts";

function applyEdits(text: string, edits: readonly Edit[]): string {
  for (const edit of edits) {
    text = text.slice(0, edit.at) + edit.insert + text.slice(edit.at + edit.delete);
  }
  return text;
}

function healed(text: string, spec: ChangeSpec): string {
  const doc = Text.of([text]);
  const changes = ChangeSet.of(spec, doc.length);
  const specs = heal(changes, doc);
  return (specs ? ChangeSet.of(specs, doc.length) : changes).apply(doc).toString();
}

/** A small generator with a seed, so that a failure can be run again. */
function random(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
}

test("the edits of a change set are sequential", () => {
  const doc = toText("one two three");
  const changes = ChangeSet.of(
    [{ from: 0, to: 3, insert: "1" }, { from: 4, insert: "and\n" }, { from: 8, to: 13 }],
    doc.length,
  );
  const edits = editsOf(changes);
  assert.deepEqual(edits, [
    { at: 0, delete: 3, insert: "1" },
    { at: 2, delete: 0, insert: "and\n" },
    { at: 10, delete: 5, insert: "" },
  ]);
  assert.equal(applyEdits("one two three", edits), changes.apply(doc).toString());
});

test("a replacement touches only what it changes", () => {
  const doc = toText("# One\n\n---\n\n# Two 😀\n");
  const over = (insert: string) => editsOf(ChangeSet.of({ from: 0, to: doc.length, insert }, doc.length), doc);
  assert.deepEqual(over("# One\n\n---\n\n# Two 😀\n\n"), [{ at: 21, delete: 0, insert: "\n" }]);
  assert.deepEqual(over("# One\n\n---\n\n# Two 😁\n"), [{ at: 18, delete: 2, insert: "😁" }]);
  assert.deepEqual(over(doc.toString()), []);
});

test("sequential edits become one change set with the same result", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const next = random(seed);
    const start = "slide 😀\n\n---\n\ntext ".repeat(1 + next(4));
    let text = start;
    const edits: Edit[] = [];
    for (let count = next(8); count >= 0; count--) {
      const at = next(text.length + 1);
      const edit = { at, delete: next(text.length - at + 1), insert: ["", "x", "é\n", "😀", "\n\n"][next(5)] ?? "" };
      edits.push(edit);
      text = applyEdits(text, [edit]);
    }
    const changes = changesOf(edits, start.length);
    assert.equal(changes.apply(toText(start)).toString(), text, `seed ${seed}`);
    assert.equal(applyEdits(start, editsOf(changes)), text, `seed ${seed}`);
    assert.equal(applyEdits(start, editsOf(changes, toText(start))), text, `seed ${seed}`);
  }
});

test("an edit outside the text is refused as a whole", () => {
  assert.throws(() => changesOf([{ at: 0, delete: 0, insert: "a" }, { at: 9, delete: 0, insert: "b" }], 3), RangeError);
});

test("what waits and what is typed meanwhile converge", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const next = random(seed);
    const doc = toText("abc defg hij");
    const at = () => next(doc.length + 1);
    const change = (insert: string) => {
      const from = at();
      return ChangeSet.of({ from, to: from + next(doc.length - from + 1), insert }, doc.length);
    };
    const waiting = change("REMOTE");
    const local = change("local");
    const shared = local.map(waiting).apply(waiting.apply(doc));
    const shown = waiting.map(local, true).apply(local.apply(doc));
    assert.equal(shared.toString(), shown.toString(), `seed ${seed}`);
  }
});

test("a deletion of half a pair takes the whole character", () => {
  assert.equal(healed("a😀b", { from: 2, to: 3 }), "ab");
  assert.equal(healed("a😀b", { from: 1, to: 2 }), "ab");
  assert.equal(healed("a😀b", { from: 2, to: 4 }), "a");
  assert.equal(healed("😀😁", { from: 1, to: 3 }), "");
});

test("a change of half a pair is a change of the character", () => {
  assert.equal(healed("a😀b", { from: 2, to: 3, insert: "\ude01" }), "a😁b");
  assert.equal(healed("a😀b", { from: 1, to: 2, insert: "\ud83c" }), "a\ud83c\ude00b");
});

test("an insertion between the halves goes before the character", () => {
  assert.equal(healed("a😀b", { from: 2, insert: "x" }), "ax😀b");
});

test("a lone half is never inserted", () => {
  assert.equal(healed("ab", { from: 1, insert: "\ud83d" }), "a\ufffdb");
});

test("whole characters are left alone", () => {
  const doc = Text.of(["a😀b"]);
  assert.equal(heal(ChangeSet.of({ from: 1, to: 3, insert: "😁" }, doc.length), doc), null);
});

test("line ends become the document's own", () => {
  assert.equal(normaliseLineEnds("a\r\nb\rc\n"), "a\nb\nc\n");
  const doc = Text.of(["", ""]);
  const specs = heal(ChangeSet.of({ from: 0, insert: "x\r\ny" }, doc.length, "\n"), doc);
  assert.equal(ChangeSet.of(specs ?? [], doc.length).apply(doc).toString(), "x\ny\n");
});

test("a replacement keeps what both texts share", () => {
  assert.equal(replacement("same", "same"), null);
  assert.deepEqual(replacement("one two", "one 2 two"), { at: 4, delete: 0, insert: "2 " });
  assert.deepEqual(replacement("a😀b", "a😁b"), { at: 1, delete: 2, insert: "😁" });
  assert.deepEqual(replacement("aaa", "aa"), { at: 2, delete: 1, insert: "" });
  for (const [old, next] of [["", "x"], ["x", ""], ["😀😀", "😀"], ["ab", "ba"]] as const) {
    assert.equal(applyEdits(old, [replacement(old, next) as Edit]), next);
  }
});
