/** What somebody has written or deleted since a certain moment, wherever the edits of others have moved it. */

import type { ChangeDesc, ChangeSet, MapMode, Text } from "@codemirror/state";

/** A part of the text. */
export type Range = { from: number; to: number };
/** Replaces a range; several of them stand in the coordinates of one and the same text. */
export type Change = Range & { insert: string };

/** Text of one's own from `from` to `to`, or an empty range at which `gone` stood before. */
type Item = Range & { gone: string };

/** `MapMode.TrackDel`; this module is loaded by itself and takes nothing but types from CodeMirror. */
const TRACK_DELETION = 1 as MapMode.TrackDel;

/** One stray: its changes can be taken back without touching what others wrote, even within it. */
export class Stray {
  /** In the order of the text. */
  private items: Item[] = [];
  /** The place of the newest edit. */
  private last: Range | null = null;
  /** How many edits it is made of; what is written in one go is one edit. */
  edits = 0;

  /** A stray that is some text that is already there. */
  static of(ranges: readonly Range[]): Stray {
    const stray = new Stray();
    stray.items = ranges.filter(({ from, to }) => from < to).map((range) => ({ ...range, gone: "" }));
    stray.edits = stray.items.length;
    stray.last = stray.bounds;
    return stray;
  }

  /** An edit that is part of it; `isApart` begins another edit although it goes on where the last one ended. */
  add(changes: ChangeSet, before: Text, isApart = false): void {
    const place = hull(changes);
    if (!place) return;
    const { last } = this;
    const goesOn = last !== null && !isApart && place.old.from <= last.to && place.old.to >= last.from;
    if (!goesOn) this.edits++;
    this.last = goesOn
      ? { from: Math.min(changes.mapPos(last.from, -1), place.now.from), to: Math.max(changes.mapPos(last.to, 1), place.now.to) }
      : place.now;
    const rest = [...this.items];
    const items: Item[] = [];
    let shift = 0;
    changes.iterChanges((fromA, toA, fromB, toB) => {
      shift = fromB - fromA;
      takeUpTo(rest, fromA, (item) => items.push(moved(item, shift)));
      const gone = original(rest, fromA, toA, before);
      if (gone) items.push({ from: fromB, to: fromB, gone });
      if (toB > fromB) items.push({ from: fromB, to: toB, gone: "" });
      shift = toB - toA;
    }, true);
    items.push(...rest.map((item) => moved(item, shift)));
    this.items = joined(items);
  }

  /** An edit of others, or one of the person's own that has nothing to do with it. */
  pass(changes: ChangeDesc): void {
    this.items = this.items.flatMap((item) => {
      if (!item.gone) return kept(item, changes);
      // What was within something that others delete would be gone with it.
      const at = changes.mapPos(item.from, -1, TRACK_DELETION);
      return at === null ? [] : [{ from: at, to: at, gone: item.gone }];
    });
    if (this.last) {
      const from = changes.mapPos(this.last.from, -1);
      this.last = { from, to: Math.max(from, changes.mapPos(this.last.to, 1)) };
    }
  }

  /** Whether an edit goes on where the newest one was. */
  isTouchedBy(changes: ChangeDesc): boolean {
    return this.last !== null && changes.touchesRange(this.last.from, this.last.to) !== false;
  }

  /** The person's own text in it. */
  get ranges(): Range[] {
    return this.items.filter(({ gone }) => !gone).map(({ from, to }) => ({ from, to }));
  }

  /** From where to where it reaches; null when nothing is left of it. */
  get bounds(): Range | null {
    const [first, last] = [this.items[0], this.items.at(-1)];
    return first && last ? { from: first.from, to: last.to } : null;
  }

  /** How many characters of it are there. */
  get length(): number {
    return this.items.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  /** What was written, without what others wrote within it. */
  text(doc: Text): string {
    return this.ranges.map(({ from, to }) => doc.sliceString(from, to, "\n")).join("");
  }

  /** Whether nothing is left of it: for instance because the person undid it. */
  isOver(doc: Text): boolean {
    return this.items.every((item, index) => {
      if (item.gone) return true;
      const before = this.items[index - 1];
      return before?.to === item.from && before.gone === doc.sliceString(item.from, item.to, "\n");
    }) && this.items.filter(({ gone }) => gone).length === this.ranges.length;
  }

  /** What takes it back. */
  undo(): Change[] {
    return this.items.map(({ from, to, gone }) => ({ from, to, insert: gone }));
  }
}

/** From where to where a change set reaches, before and after it. */
export function hull(changes: ChangeDesc): { old: Range; now: Range } | null {
  let found: { old: Range; now: Range } | null = null;
  changes.iterChangedRanges((fromA, toA, fromB, toB) => {
    found ??= { old: { from: fromA, to: toA }, now: { from: fromB, to: toB } };
    found.old.to = toA;
    found.now.to = toB;
  });
  return found;
}

function moved(item: Item, by: number): Item {
  return { ...item, from: item.from + by, to: item.to + by };
}

/** Takes what lies before a place out of the list, cutting what reaches over it. */
function takeUpTo(rest: Item[], place: number, take: (item: Item) => void): void {
  for (let item = rest[0]; item && item.from <= place; item = rest[0]) {
    if (item.to <= place) {
      take(item);
      rest.shift();
    } else {
      if (item.from < place) take({ ...item, to: place });
      item.from = Math.max(item.from, place);
      return;
    }
  }
}

/** What stood in a range before the stray; takes what the range covers out of the list. */
function original(rest: Item[], from: number, to: number, doc: Text): string {
  let text = "";
  let at = from;
  for (let item = rest[0]; item && item.from < to; item = rest[0]) {
    text += doc.sliceString(at, item.from, "\n") + item.gone;
    at = Math.min(item.to, to);
    if (item.to > to) {
      item.from = to;
      break;
    }
    rest.shift();
  }
  return text + doc.sliceString(at, to, "\n");
}

/** What others leave of a range; what they put into it cuts it. */
function kept({ from, to }: Item, changes: ChangeDesc): Item[] {
  const pieces: Item[] = [];
  const keep = (start: number, end: number) => {
    if (start >= end) return;
    pieces.push({ from: changes.mapPos(start, 1), to: changes.mapPos(end, -1), gone: "" });
  };
  let at = from;
  changes.iterChangedRanges((fromA, toA) => {
    if (fromA >= to || toA <= from && fromA <= from) return;
    keep(at, fromA);
    at = Math.max(at, toA);
  });
  keep(at, to);
  return pieces;
}

function joined(items: readonly Item[]): Item[] {
  const all: Item[] = [];
  for (const item of items) {
    const last = all.at(-1);
    if (last && !last.gone && !item.gone && last.to === item.from) last.to = item.to;
    else all.push({ ...item });
  }
  return all;
}
