/** Where slides begin and end in a deck's text, as far as the editor's own commands need it. */

import type { Text } from "@codemirror/state";

/** A separator line: `---` opens a column, `----` the next slide of the same column. */
export type Separator = { line: number; vertical: boolean };

/** What a command inserts, and where the caret stands afterwards. */
export type Insertion = { at: number; insert: string; caret: number };

const SEPARATOR = /^---(-?)[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}#{1,6}[ \t]+\S/;

/** Whether a line may be a separator, judged by itself. */
export function separatorKind(line: string): "column" | "slide" | null {
  const match = SEPARATOR.exec(line);
  if (!match) return null;
  return match[1] ? "slide" : "column";
}

/** The separators of a deck; lines count from 1, front matter, code and comments are skipped. */
export function separators(doc: Text): Separator[] {
  const found: Separator[] = [];
  let number = 0;
  let skipTo = frontMatterEnd(doc);
  let fence = "";
  let comment = false;
  let blankBefore = true;
  let waiting: Separator | null = null;
  for (const line of doc.iterLines()) {
    number++;
    if (number <= skipTo) continue;
    const blank = line.trim() === "";
    // A separator counts only when the line after it is blank too.
    if (waiting && blank) found.push(waiting);
    waiting = null;
    if (fence) {
      const close = FENCE.exec(line)?.[1];
      if (close && close.startsWith(fence) && line.trim() === close) fence = "";
    } else if (comment) {
      comment = !line.includes("-->");
    } else {
      const kind = separatorKind(line);
      if (kind && blankBefore) waiting = { line: number, vertical: kind === "slide" };
      fence = FENCE.exec(line)?.[1] ?? "";
      const open = line.lastIndexOf("<!--");
      comment = open >= 0 && !line.includes("-->", open);
    }
    blankBefore = blank;
  }
  if (waiting) found.push(waiting);
  return found;
}

/** The first line of every slide. */
export function slideStarts(doc: Text): number[] {
  const first = Math.min(frontMatterEnd(doc) + 1, doc.lines);
  return [first, ...separators(doc).map(({ line }) => Math.min(line + 1, doc.lines))];
}

/** A slide below the caret's, under the heading of its section. */
export function newSlide(doc: Text, caret: number): Insertion {
  const { end, heading } = surroundings(doc, caret);
  return insertion(end, "----", heading ? `${heading}\n\n` : "");
}

/** A section after the caret's slide, with an empty heading to fill in. */
export function newSection(doc: Text, caret: number): Insertion {
  return insertion(surroundings(doc, caret).end, "---", "# ");
}

/** Where the caret's slide ends (after its last word) and what heads its section. */
function surroundings(doc: Text, caret: number): { end: number; heading: string | null } {
  const line = doc.lineAt(caret).number;
  const all = separators(doc);
  const next = all.find((separator) => separator.line > line);
  const column = all.filter((separator) => separator.line <= line && !separator.vertical).at(-1);
  const previous = all.filter((separator) => separator.line <= line).at(-1);
  const floor = previous?.line ?? frontMatterEnd(doc);
  let last = next ? next.line - 1 : doc.lines;
  while (last > floor && last > 0 && doc.line(last).text.trim() === "") last--;
  const end = last > 0 ? doc.line(last).to : 0;
  const from = column ? column.line + 1 : frontMatterEnd(doc) + 1;
  const to = all.find((separator) => separator.line >= from)?.line ?? doc.lines + 1;
  return { end, heading: firstHeading(doc, from, to) };
}

function firstHeading(doc: Text, from: number, to: number): string | null {
  let fence = "";
  for (let number = from; number < to && number <= doc.lines; number++) {
    const { text } = doc.line(number);
    const mark = FENCE.exec(text)?.[1];
    if (fence) {
      if (mark?.startsWith(fence)) fence = "";
    } else if (mark) fence = mark;
    else if (HEADING.test(text)) return text.trim();
  }
  return null;
}

function insertion(at: number, separator: string, body: string): Insertion {
  const lead = at === 0 ? "" : "\n\n";
  const head = `${lead}${separator}\n\n`;
  // What follows is the blank line that stood before the next separator, or the end.
  const insert = head + body;
  return { at, insert, caret: at + insert.length };
}

/** The number of the line that closes the front matter, 0 when there is none. */
function frontMatterEnd(doc: Text): number {
  let first = 1;
  while (first < doc.lines && doc.line(first).text.replace("\ufeff", "").trim() === "") first++;
  if (doc.line(first).text.replace("\ufeff", "").trimEnd() !== "---") return 0;
  for (let number = first + 1; number <= doc.lines; number++) {
    const text = doc.line(number).text.trimEnd();
    if (text === "---" || text === "...") return number;
  }
  return 0;
}
