/** Lists and quotes while they are typed: what Enter, Backspace and Tab do to a text, line by line. */

import { ChangeSet, type Text } from "@codemirror/state";
import type { Change } from "./lines.ts";

/** What a key does: the changes and where the caret stands afterwards. */
export type Typed = { changes: ChangeSet; caret: number };

/** A line taken apart. `mark` is empty when the line begins no list item. */
export type ListLine = {
  quote: string;
  depth: number;
  /** The columns of white space before the mark or the text, counted behind the quote. */
  indent: number;
  /** Where that white space ends in the line. */
  start: number;
  mark: string;
  /** The number of an ordered item, else null. */
  number: number | null;
  pad: string;
  task: string;
  /** Where the item's text begins in the line. */
  content: number;
  /** The column at which children of the item begin. */
  body: number;
  blank: boolean;
};

type Found = { line: number; item: ListLine };

const LINE = /^((?: {0,3}>[ ]?)*)([ \t]*)(?:([-*+]|\d{1,9}[.)])([ \t]+)(\[[ xX]\](?:[ \t]+|$))?)?/;
const RULE = /^[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
/** What ends a list when it is not indented like the list's text. */
const BLOCK = /^(?:#{1,6}(?:[ \t]|$)|```|~~~|<|:::|---|===|\|)/;

/** Takes a line apart. */
export function readLine(text: string): ListLine {
  const match = LINE.exec(text);
  const [, quote = "", space = ""] = match ?? [];
  const start = quote.length + space.length;
  const isItem = match?.[3] !== undefined && !RULE.test(text.slice(quote.length));
  const mark = isItem ? (match[3] ?? "") : "";
  const pad = isItem ? (match[4] ?? "") : "";
  const task = isItem ? (match[5] ?? "") : "";
  const indent = columns(space);
  const content = start + mark.length + pad.length + task.length;
  return {
    quote,
    depth: quote.split(">").length - 1,
    indent,
    start,
    mark,
    number: /^\d/.test(mark) ? Number.parseInt(mark, 10) : null,
    pad,
    task,
    content,
    // More than four spaces make code of the text, and children begin one space behind the mark.
    body: indent + mark.length + (pad.length > 4 || content === text.length && !task ? 1 : pad.length),
    blank: text.slice(quote.length).trim() === "",
  };
}

function columns(space: string): number {
  let count = 0;
  for (const char of space) count += char === "\t" ? 4 - (count % 4) : 1;
  return count;
}

/** Whether two items can be of one list. */
function sameKind(a: ListLine, b: ListLine): boolean {
  if ((a.number === null) !== (b.number === null)) return false;
  return a.mark.at(-1) === b.mark.at(-1) || a.number === null;
}

/** The item before a line at the line's own level, and the item that the line is within. */
function above(doc: Text, number: number, own: ListLine): { sibling: Found | null; parent: Found | null } {
  let sibling: Found | null = null;
  let blank = false;
  // A paragraph below which nothing belongs to an item of the same or a greater indentation.
  let ceiling = Infinity;
  for (let line = number - 1; line >= 1 && ceiling > 0; line--) {
    const { text } = doc.line(line);
    const item = readLine(text);
    if (item.depth !== own.depth) break;
    if (item.blank) blank = true;
    else if (!item.mark) {
      const ends = blank || BLOCK.test(text.slice(item.start));
      if (ends && item.indent <= own.indent) ceiling = Math.min(ceiling, item.indent);
      blank = false;
    } else {
      blank = false;
      if (item.indent >= own.indent + 2) continue;
      if (own.indent >= item.body) return { sibling, parent: item.body <= ceiling ? { line, item } : null };
      if (!sibling && ceiling === Infinity) sibling = { line, item };
    }
  }
  return { sibling, parent: null };
}

/** The items of the same list below a line; `own` says at which level and of which kind. */
function* below(doc: Text, number: number, own: ListLine): Generator<Found> {
  let blank = false;
  for (let line = number + 1; line <= doc.lines; line++) {
    const { text } = doc.line(line);
    const item = readLine(text);
    if (item.depth !== own.depth) return;
    if (item.blank) blank = true;
    else if (item.mark && item.indent < own.indent + 2) {
      if (own.indent >= item.indent + 2 || !sameKind(item, own)) return;
      blank = false;
      yield { line, item };
    } else if (!item.mark && item.indent <= own.indent && (blank || BLOCK.test(text.slice(item.start)))) return;
    else blank = false;
  }
}

/** Continues a list or a quote, or ends it on an empty line. `null` where neither is. */
export function enter(doc: Text, from: number, to: number): Typed | null {
  const line = doc.lineAt(from);
  const item = readLine(line.text);
  const column = from - line.from;
  const rest = to <= line.to ? doc.sliceString(to, line.to) : "";
  if (column < item.content) {
    // Above the line, or within its mark: what is there moves down as it is.
    const prefix = column >= item.quote.length && column > 0 ? item.quote : "";
    return item.mark || (item.quote && column < item.start) ? splice(doc, from, to, `\n${prefix}`) : null;
  }
  if (item.mark) {
    if (line.text.slice(item.content, column).trim() === "" && rest.trim() === "" && to <= line.to) {
      return endItem(doc, line.number, item);
    }
    return nextItem(doc, from, to, item);
  }
  if (item.blank && rest.trim() === "" && line.text !== "") return endParagraph(doc, line.number, item);
  const prefix = line.text.slice(0, item.start);
  return prefix ? split(doc, from, to, prefix, item.start) : null;
}

function splice(doc: Text, from: number, to: number, insert: string): Typed {
  return { changes: ChangeSet.of({ from, to, insert }, doc.length), caret: from + insert.length };
}

/** Breaks a line in two without blanks at the break; the second one begins with `prefix`. */
function split(doc: Text, from: number, to: number, prefix: string, content: number): Typed {
  const line = doc.lineAt(from);
  const end = doc.lineAt(to);
  let start = from;
  while (start > line.from + content && /[ \t]/.test(line.text[start - line.from - 1] ?? "")) start--;
  let stop = to;
  while (stop < end.to && /[ \t]/.test(end.text[stop - end.from] ?? "")) stop++;
  return splice(doc, start, stop, `\n${prefix}`);
}

function nextItem(doc: Text, from: number, to: number, item: ListLine): Typed {
  const line = doc.lineAt(from);
  const pad = item.pad.length > 4 ? " " : item.pad;
  const prefix = line.text.slice(0, item.start) + nextMark(item) + pad + (item.task ? "[ ] " : "");
  const typed = split(doc, from, to, prefix, item.content);
  return item.number === null ? typed : renumbered(doc, typed, [{ line: line.number + 1 }]);
}

function nextMark({ mark, number }: ListLine): string {
  return number === null ? mark : `${number + 1}${mark.at(-1)}`;
}

/** Text right below an item would belong to it, so an empty line comes between. */
function outOfList(doc: Text, number: number, { quote }: ListLine): string {
  const isBelowText = number > 1 && doc.line(number - 1).text.slice(quote.length).trim() !== "";
  return isBelowText ? `${quote.trimEnd()}\n${quote}` : quote;
}

/** Enter on an item without text: one level out, or out of the list. */
function endItem(doc: Text, number: number, item: ListLine): Typed {
  const line = doc.line(number);
  const { parent } = above(doc, number, item);
  const insert = parent
    ? doc.line(parent.line).text.slice(0, parent.item.start) + nextMark(parent.item) + parent.item.pad +
      (parent.item.task ? "[ ] " : "")
    : outOfList(doc, number, item);
  const typed = splice(doc, line.from, line.to, insert);
  const next = below(doc, number, item).next().value;
  const lists = parent ? [{ line: number }] : [];
  const lower = insert.split("\n").length - 1;
  return renumbered(doc, typed, next ? [...lists, { line: next.line + lower, first: item.number ?? 1 }] : lists);
}

/** Enter on a line of nothing but a quote mark or white space. */
function endParagraph(doc: Text, number: number, item: ListLine): Typed {
  const line = doc.line(number);
  if (item.quote) return splice(doc, line.from, line.to, outerQuote(item.quote));
  return splice(doc, line.from, line.to, "\n");
}

/** A new line within the same item or quote. */
export function softBreak(doc: Text, from: number, to: number): Typed | null {
  const { quote, start, body, mark, content } = readLine(doc.lineAt(from).text);
  const column = from - doc.lineAt(from).from;
  if (column < content || content === 0) return null;
  const indent = mark ? quote + " ".repeat(body) : doc.lineAt(from).text.slice(0, start);
  return split(doc, from, to, indent, content);
}

function outerQuote(quote: string): string {
  return quote.match(/ {0,3}> ?/g)?.slice(0, -1).join("") ?? "";
}

/** At the start of an item's or a quote's text: takes the mark away. */
export function backspace(doc: Text, at: number): Typed | null {
  const line = doc.lineAt(at);
  const item = readLine(line.text);
  const column = at - line.from;
  if (column !== item.content || column === 0) return null;
  if (item.mark) {
    const isEmpty = line.text.slice(item.content).trim() === "";
    const start = line.from + (isEmpty ? item.quote.length : item.start);
    const typed = { changes: ChangeSet.of({ from: start, to: isEmpty ? line.to : at }, doc.length), caret: start };
    const next = below(doc, line.number, item).next().value;
    return renumbered(doc, typed, next ? [{ line: next.line, first: item.number ?? 1 }] : []);
  }
  if (!item.quote || item.start !== item.quote.length) return null;
  const start = line.from + outerQuote(item.quote).length;
  return { changes: ChangeSet.of({ from: start, to: at }, doc.length), caret: start };
}

/** Moves the items of a selection, with what is below them, under the item above; null outside of lists. */
export function indentItems(doc: Text, from: number, to: number): ChangeSet | null {
  return moveItems(doc, from, to, (item, { sibling }) => {
    if (!sibling) return item.indent;
    return childIndent(doc, sibling) ?? sibling.item.body;
  });
}

/** Moves them out to the level of the item that they are within; null outside of lists. */
export function dedentItems(doc: Text, from: number, to: number): ChangeSet | null {
  return moveItems(doc, from, to, (_, { parent }) => parent?.item.indent ?? 0);
}

/** Where the children of an item already stand. */
function childIndent(doc: Text, { line, item }: Found): number | null {
  for (let number = line + 1; number <= doc.lines; number++) {
    const child = readLine(doc.line(number).text);
    if (child.depth !== item.depth) return null;
    if (child.blank) continue;
    if (child.indent < item.body) return null;
    if (child.mark) return child.indent;
  }
  return null;
}

function moveItems(
  doc: Text,
  from: number,
  to: number,
  target: (item: ListLine, around: ReturnType<typeof above>) => number,
): ChangeSet | null {
  const first = doc.lineAt(from).number;
  let last = doc.lineAt(to).number;
  if (last > first && doc.line(last).from === to) last--;
  const items: Found[] = [];
  for (let line = first; line <= last; line++) {
    const item = readLine(doc.line(line).text);
    if (item.mark) items.push({ line, item });
  }
  const outermost = items.reduce<Found | null>((a, b) => (a && a.item.indent <= b.item.indent ? a : b), null);
  const end = items.at(-1);
  if (!outermost || !end || items[0]?.line !== first) return null;
  const { item } = outermost;
  const delta = target(item, above(doc, outermost.line, item)) - item.indent;
  if (delta === 0) return ChangeSet.empty(doc.length);
  const lastMoved = Math.max(last, endOfItem(doc, end));
  const next = [...below(doc, outermost.line, item)].find(({ line }) => line > lastMoved);
  const moved = shift(doc, first, lastMoved, delta);
  const lists = [{ line: outermost.line, first: 1 }, ...(next ? [{ line: next.line, first: 1 }] : [])];
  return renumbered(doc, { changes: ChangeSet.of(moved, doc.length), caret: 0 }, lists).changes;
}

/** The last line that belongs to an item. */
function endOfItem(doc: Text, { line, item }: Found): number {
  let end = line;
  for (let number = line + 1; number <= doc.lines; number++) {
    const other = readLine(doc.line(number).text);
    if (other.depth !== item.depth) break;
    if (other.blank) continue;
    if (other.indent <= item.indent) break;
    end = number;
  }
  return end;
}

function shift(doc: Text, first: number, last: number, delta: number): Change[] {
  const changes: Change[] = [];
  for (let number = first; number <= last; number++) {
    const line = doc.line(number);
    const { blank, indent, quote, start } = readLine(line.text);
    if (blank) continue;
    const at = line.from + quote.length;
    const insert = " ".repeat(Math.max(0, indent + delta));
    // Spaces are added or taken at the end, so that carets before them stay.
    if (/^ *$/.test(line.text.slice(quote.length, start))) {
      const kept = Math.min(indent, insert.length);
      changes.push({ from: at + kept, to: line.from + start, insert: insert.slice(kept) });
    } else changes.push({ from: at, to: line.from + start, insert });
  }
  return changes;
}

/** Lists whose numbers have to follow one another, by one of their lines after the change. */
type Lists = { line: number; first?: number }[];

/** Sets the numbers from the given lines on; `first` is for an item that leads its list. */
function renumbered(doc: Text, { changes, caret }: Typed, lists: Lists): Typed {
  let text = changes.apply(doc);
  for (const { line, first } of lists) {
    const more = ChangeSet.of(numbersFrom(text, line, first), text.length);
    caret = more.mapPos(caret, 1);
    text = more.apply(text);
    changes = changes.compose(more);
  }
  return { changes, caret };
}

/** Only the first number of a list counts when it is rendered, so the others may be set freely. */
function numbersFrom(doc: Text, number: number, first?: number): Change[] {
  const item = readLine(doc.line(number).text);
  if (item.number === null) return [];
  const before = previous(doc, number, item);
  const rest = [...below(doc, number, item)];
  // Some write `1.` in front of every item.
  const repeats = before &&
    (previous(doc, before.line, before.item) ?? rest[0])?.item.number === before.item.number;
  const step = repeats ? 0 : 1;
  const start = before ? (before.item.number ?? 0) + step : (first ?? item.number);
  return [{ line: number, item }, ...rest].flatMap(({ line, item: { number: old, start: at } }, index) => {
    const value = start + index * step;
    if (old === value) return [];
    const { from } = doc.line(line);
    return [{ from: from + at, to: from + at + String(old).length, insert: String(value) }];
  });
}

function previous(doc: Text, number: number, item: ListLine): Found | null {
  const { sibling } = above(doc, number, item);
  return sibling && sameKind(sibling.item, item) ? sibling : null;
}

/** The number that an item would have which begins on a line. */
export function numberAt(doc: Text, number: number, item: ListLine): number {
  const before = previous(doc, number, { ...item, mark: "1.", number: 1 });
  return (before?.item.number ?? 0) + 1;
}
