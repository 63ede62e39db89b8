/** What a stray knows of itself: taking it back leaves alone what others wrote, wherever they wrote it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { EditorState, type ChangeSpec } from "@codemirror/state";
import { Stray } from "../editor/guard/stray.ts";
import { dice } from "./writers.ts";

/** A text with the edits of a person and of others, and what should be left of it without the person's. */
class Pad {
  readonly stray = new Stray();
  /** Letters that were there, written by others or by the person; what the person deleted stays in place. */
  private letters: { letter: string; isOwn: boolean; isHidden: boolean }[];

  constructor(public state: EditorState) {
    this.letters = [...state.doc.toString()].map((letter) => ({ letter, isOwn: false, isHidden: false }));
  }

  get length(): number {
    return this.state.doc.length;
  }

  edit(isOwn: boolean, from: number, to: number, insert: string): this {
    const changes: ChangeSpec = { from, to, insert };
    const transaction = this.state.update({ changes });
    if (isOwn) this.stray.add(transaction.changes, this.state.doc);
    else this.stray.pass(transaction.changes);
    this.state = transaction.state;
    this.write(isOwn, from, to, insert);
    return this;
  }

  get shown(): string {
    return this.letters.filter(({ isHidden }) => !isHidden).map(({ letter }) => letter).join("");
  }

  get withoutStray(): string {
    return this.letters.filter(({ isOwn }) => !isOwn).map(({ letter }) => letter).join("");
  }

  get undone(): string {
    return this.state.update({ changes: this.stray.undo() }).newDoc.toString();
  }

  private write(isOwn: boolean, from: number, to: number, insert: string): void {
    const start = this.indexOf(from);
    let [index, count] = [start, to - from];
    while (count > 0) {
      const letter = this.letters[index];
      if (!letter) throw new Error("outside of the text");
      if (!letter.isHidden) count--;
      // What the person had deleted between letters that others delete goes with them.
      if (isOwn && !letter.isOwn) letter.isHidden = true;
      else if (!isOwn || !letter.isHidden) {
        this.letters.splice(index, 1);
        continue;
      }
      index++;
    }
    this.letters.splice(isOwn ? index : start, 0, ...[...insert].map((letter) => ({ letter, isOwn, isHidden: false })));
  }

  /** The place of the letter that stands at an offset: behind all hidden ones before it if something is deleted there. */
  private indexOf(offset: number): number {
    let index = 0;
    for (let left = offset; ; index++) {
      const letter = this.letters[index];
      if (!letter) return index;
      if (letter.isHidden) continue;
      if (left-- === 0) return index;
    }
  }
}

test("with random edits of others in between, taking a stray back leaves exactly their text", () => {
  for (let seed = 1; seed <= 400; seed++) {
    const roll = dice(seed);
    const pad = new Pad(EditorState.create({ doc: "abcdefghijklmnopqrstuvwxyz" }));
    const steps: string[] = [];
    for (let step = 0; step < 40; step++) {
      const from = roll(pad.length + 1);
      const to = Math.min(pad.length, from + (roll(3) === 0 ? roll(6) : 0));
      const isOwn = roll(2) === 0;
      const insert = (isOwn ? "0123456789" : "ABCDEFGHIJ").slice(0, roll(4));
      steps.push(`${isOwn ? "own" : "other"} ${from}-${to} ${insert}`);
      pad.edit(isOwn, from, to, insert);
      assert.equal(pad.shown, pad.state.doc.toString(), `seed ${seed}: the model is wrong\n${steps.join("\n")}`);
    }
    assert.equal(pad.undone, pad.withoutStray, `seed ${seed}\n${steps.join("\n")}`);
  }
});

function pad(text: string): Pad {
  return new Pad(EditorState.create({ doc: text }));
}

test("what others write within a stray stays, what was deleted comes back", () => {
  const one = pad("one two").edit(true, 3, 3, " and more").edit(false, 7, 7, "XX");
  assert.equal(one.undone, "oneXX two");
  const two = pad("one two").edit(true, 4, 7, "three").edit(true, 0, 3, "");
  assert.equal(two.undone, "one two");
  assert.equal(two.stray.edits, 2);
});

test("what others delete around a deleted word does not come back", () => {
  assert.equal(pad("one two three").edit(true, 4, 7, "").edit(false, 2, 7, "").undone, "onree");
});

test("what is written in one go is one edit", () => {
  const one = pad("one two").edit(true, 3, 3, "a").edit(true, 4, 4, "b").edit(false, 0, 0, "XX").edit(true, 7, 7, "c");
  assert.equal(one.stray.edits, 1);
  one.edit(true, 7, 8, "").edit(true, 1, 1, "d");
  assert.equal(one.stray.edits, 2);
  assert.equal(one.stray.text(one.state.doc), "dab");
});

test("a stray that was undone letter by letter is over", () => {
  const one = pad("one two").edit(true, 3, 3, "ab");
  assert.equal(one.stray.isOver(one.state.doc), false);
  one.edit(true, 3, 5, "");
  assert.equal(one.stray.isOver(one.state.doc), true);
  one.edit(true, 0, 3, "").edit(true, 0, 0, "one");
  assert.equal(one.stray.isOver(one.state.doc), true);
});
