/** Edits of whole lines, as the deck's fixes and its outline speak of them. */

import type { Text } from "@codemirror/state";
import { replacement } from "./edits.ts";

/**
 * Replaces the lines from `from` up to `to` (counted from 0) with `text`. An empty range inserts
 * before `from`, an empty text removes. A list is sorted and disjoint, and speaks of the text
 * before any of its edits.
 */
export type LineEdit = { from: number; to: number; text: string[] };

/** A change of characters; a list of them speaks of the text before any of them. */
export type Change = { from: number; to: number; insert: string };

/** The changes that say the same as whole-line edits and touch no more characters than they must. */
export function lineChanges(doc: Text, edits: readonly LineEdit[]): Change[] {
  return joined(doc, edits).flatMap((edit) => changesOfEdit(doc, edit));
}

/** Edits next to one another become one, so that only one of them is at the end of the text. */
function joined(doc: Text, edits: readonly LineEdit[]): LineEdit[] {
  const all: LineEdit[] = [];
  for (const edit of edits) {
    const from = Math.max(0, Math.min(doc.lines, edit.from));
    const to = Math.max(from, Math.min(doc.lines, edit.to));
    const last = all.at(-1);
    if (last && from <= last.to) {
      last.to = Math.max(last.to, to);
      last.text.push(...edit.text);
    } else {
      all.push({ from, to, text: [...edit.text] });
    }
  }
  return all;
}

function changesOfEdit(doc: Text, { from, to, text }: LineEdit): Change[] {
  if (from === to) {
    if (text.length === 0) return [];
    const insert = text.join("\n");
    const at = from < doc.lines ? doc.line(from + 1).from : doc.length;
    return [{ from: at, to: at, insert: from < doc.lines ? `${insert}\n` : `\n${insert}` }];
  }
  if (text.length === 0) {
    if (to < doc.lines) return [{ from: doc.line(from + 1).from, to: doc.line(to + 1).from, insert: "" }];
    return [{ from: from > 0 ? doc.line(from).to : 0, to: doc.length, insert: "" }];
  }
  if (text.length === to - from) {
    return text.flatMap((line, index) => {
      const old = doc.line(from + index + 1);
      return trimmed(old.from, old.text, line);
    });
  }
  const start = doc.line(from + 1).from;
  return trimmed(start, doc.sliceString(start, doc.line(to).to, "\n"), text.join("\n"));
}

function trimmed(start: number, old: string, next: string): Change[] {
  const edit = replacement(old, next);
  if (!edit) return [];
  return [{ from: start + edit.at, to: start + edit.at + edit.delete, insert: edit.insert }];
}
