/** Text edits as they travel between CodeMirror and the session: pure functions, no view. */

import { ChangeSet, Text, type ChangeSpec } from "@codemirror/state";

/**
 * Replaces `delete` UTF-16 units at `at` with `insert`. A list of edits is applied one after the
 * other: each stands in the coordinates that the previous one left behind.
 */
export type Edit = { at: number; delete: number; insert: string };

/**
 * The edits that say the same as a change set. With the text before, what a replacement leaves as
 * it was is not touched: carets and the presented slide stay with characters, and would lose
 * their place when somebody pastes a deck over itself.
 */
export function editsOf(changes: ChangeSet, before?: Text): Edit[] {
  const edits: Edit[] = [];
  // `fromB` already counts what the earlier changes of the set inserted and deleted, which is
  // exactly the coordinate a sequential edit needs.
  changes.iterChanges((fromA, toA, fromB, _toB, inserted) => {
    const insert = textOf(inserted);
    if (!before || fromA === toA || insert === "") {
      edits.push({ at: fromB, delete: toA - fromA, insert });
      return;
    }
    const edit = replacement(before.sliceString(fromA, toA, "\n"), insert);
    if (edit) edits.push({ ...edit, at: fromB + edit.at });
  });
  return edits;
}

/** One change set for a list of edits; throws a RangeError when an edit lies outside the text. */
export function changesOf(edits: readonly Edit[], length: number): ChangeSet {
  let all = ChangeSet.empty(length);
  for (const edit of edits) {
    const spec = { from: edit.at, to: edit.at + edit.delete, insert: toText(edit.insert) };
    all = all.compose(ChangeSet.of(spec, all.newLength));
  }
  return all;
}

/** The single edit that turns `old` into `next`, keeping what they share at both ends. */
export function replacement(old: string, next: string): Edit | null {
  if (old === next) return null;
  const shorter = Math.min(old.length, next.length);
  let start = 0;
  while (start < shorter && old.charCodeAt(start) === next.charCodeAt(start)) start++;
  if (splitsPair(old, start) || splitsPair(next, start)) start--;
  let end = 0;
  while (
    end < shorter - start &&
    old.charCodeAt(old.length - 1 - end) === next.charCodeAt(next.length - 1 - end)
  ) end++;
  if (splitsPair(old, old.length - end) || splitsPair(next, next.length - end)) end--;
  return {
    at: start,
    delete: old.length - end - start,
    insert: next.slice(start, next.length - end),
  };
}

/** A document text of lines split at `\n` alone, so that every offset means the same everywhere. */
export function toText(text: string): Text {
  return Text.of(text.split("\n"));
}

/** Line ends of the clipboard and of file drops, made the document's own. */
export function normaliseLineEnds(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/**
 * The change that a local change should have been: it neither leaves half a surrogate pair behind
 * nor inserts one, and it brings no carriage return. Returns `null` when nothing is wrong.
 *
 * Only for local changes: a peer's change was healed where it was made, and healing it here again
 * would delete or double the character.
 */
export function heal(changes: ChangeSet, doc: Text): ChangeSpec[] | null {
  let wrong = false;
  const healed: ChangeSpec[] = [];
  changes.iterChanges((from, to, _fromB, _toB, inserted) => {
    const original = textOf(inserted);
    let insert = original;
    const start = from;
    const end = to;
    if (insidePair(doc, start)) {
      wrong = true;
      from = start - 1;
      if (isLow(insert, 0)) insert = doc.sliceString(start - 1, start) + insert;
      else if (start === end) to = from;
    }
    if (insidePair(doc, end) && to >= end) {
      wrong = true;
      to = end + 1;
      if (isHigh(insert, insert.length - 1)) insert += doc.sliceString(end, end + 1);
    }
    insert = wellFormed(normaliseLineEnds(insert));
    if (insert !== original) wrong = true;
    healed.push({ from, to, insert: toText(insert) });
  });
  return wrong ? healed : null;
}

function textOf(text: Text): string {
  return text.sliceString(0, text.length, "\n");
}

function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

function insidePair(doc: Text, at: number): boolean {
  if (at <= 0 || at >= doc.length) return false;
  return splitsPair(doc.sliceString(at - 1, at + 1), 1);
}

function splitsPair(text: string, at: number): boolean {
  return isHigh(text, at - 1) && isLow(text, at);
}

function isHigh(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit < 0xe000;
}
