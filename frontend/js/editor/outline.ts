/** Where slides begin and end in a deck's text, as far as the editor's own commands need it. */

import { StateField, type Text, type Transaction } from "@codemirror/state";
import { replacement } from "./edits.ts";

/** A slide; lines count from 1. */
export type Slide = {
  /** The line that separates it from the slide before, 0 for the first slide. */
  separator: number;
  /** It continues the column of the slide before. */
  vertical: boolean;
  /** Its lines; `last` is smaller than `first` when it has none. */
  first: number;
  last: number;
  /** The line on which its notes begin, 0 when it has none. */
  note: number;
};

/** A deck's text, cut into slides. There is always one slide at least. */
export type Outline = {
  /** The line that closes the front matter, 0 when there is none. */
  frontMatterEnd: number;
  /** The text begins with `---`, which is front matter or not depending on what follows. */
  opensWithRule: boolean;
  slides: Slide[];
};

/** What a command puts in the place of `delete` characters, and where the caret stands then. */
export type Insertion = { at: number; delete: number; insert: string; caret: number };

const SEPARATOR = /^---(-?)[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
const HEADING = /^ {0,3}#{1,6}[ \t]+\S/;
const COMMENT = /^ {0,3}<!--(?!.*-->)/;
const NOTE = /^note:/i;
/** How every line begins that means anything here; most lines are passed over with this one look. */
const START = /^ {0,3}[-`~<]|^note:/i;
/** A line on which a changed character may change where slides, fences and comments are. */
const STRUCTURE = /^\s*(?:---|```|~~~)|<!--|-->|^note:/i;

/** Whether a line may be a separator, judged by itself. */
export function separatorKind(line: string): "column" | "slide" | null {
  const match = SEPARATOR.exec(line);
  if (!match) return null;
  return match[1] ? "slide" : "column";
}

/** Cuts a text into slides. Front matter, code and comments hold no separators. */
export function readOutline(doc: Text): Outline {
  const lines = doc.toJSON();
  const frontMatterEnd = endOfFrontMatter(lines);
  let slide: Slide = { separator: 0, vertical: false, first: frontMatterEnd + 1, last: lines.length, note: 0 };
  const slides = [slide];
  let fence = "";
  let commentsClose = true;
  for (let index = frontMatterEnd; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (!START.test(line)) continue;
    const before = fence;
    fence = nextFence(fence, line);
    if (before || fence) continue;
    if (commentsClose && COMMENT.test(line)) {
      const end = findFrom(lines, index + 1, (other) => other.includes("-->"));
      commentsClose = end >= 0;
      if (commentsClose) index = end;
      continue;
    }
    const kind = separatorKind(line);
    if (kind && (index === frontMatterEnd || isBlank(lines[index - 1])) && isBlank(lines[index + 1])) {
      slide.last = index;
      slide = { separator: index + 1, vertical: kind === "slide", first: index + 2, last: lines.length, note: 0 };
      slides.push(slide);
    } else if (!slide.note && NOTE.test(line)) {
      slide.note = index + 1;
    }
  }
  return { frontMatterEnd, opensWithRule: /^\ufeff?\s*---/.test(doc.sliceString(0, 200)), slides };
}

function findFrom(lines: readonly string[], from: number, matches: (line: string) => boolean): number {
  for (let index = from; index < lines.length; index++) if (matches(lines[index] ?? "")) return index;
  return -1;
}

function isBlank(line: string | undefined): boolean {
  return !line?.trim();
}

/** The mark of the fence that is open after a line, empty when none is. */
function nextFence(open: string, line: string): string {
  const [, mark = "", rest = ""] = FENCE.exec(line) ?? [];
  if (!mark) return open;
  if (!open) return mark.startsWith("`") && rest.includes("`") ? "" : mark;
  return mark.startsWith(open) && rest.trim() === "" ? "" : open;
}

/** The line that closes the front matter, 0 when there is none. */
export function endOfFrontMatter(lines: readonly string[]): number {
  const open = lines.findIndex((line) => line.replace("\ufeff", "").trim() !== "");
  if (open < 0 || lines[open]?.replace("\ufeff", "").trimEnd() !== "---") return 0;
  const close = findFrom(lines, open + 1, (line) => /^(?:---|\.\.\.)\s*$/.test(line));
  if (close < 0) return 0;
  const body = lines.slice(open + 1, close);
  const blankFirst = body.length > 0 && isBlank(body[0]);
  const empty = body.every((line) => isBlank(line) || line.startsWith("#"));
  // A deck may begin with a separator: then no settings follow, or a blank line does.
  if (!body.some(isSetting) && (!empty || blankFirst || open > 0)) return 0;
  return open > 0 && blankFirst ? 0 : close + 1;
}

/** Whether a line reads like `key: value`, not indented. */
export function isSetting(line: string): boolean {
  return /^["']*(?![ -])[\p{L}\p{N}_. -]+["']*:(?:[ \t]|$)/u.test(line);
}

/** The outline of the text that the editor shows. */
export const outlineField = StateField.define<Outline>({
  create: (state) => readOutline(state.doc),
  update: (outline, transaction) =>
    transaction.docChanged && !keepsOutline(outline, transaction) ? readOutline(transaction.newDoc) : outline,
});

/** Most typing changes neither a line's number nor what the line means. */
function keepsOutline(outline: Outline, { changes, startState, newDoc }: Transaction): boolean {
  const { frontMatterEnd, opensWithRule } = outline;
  if (opensWithRule && frontMatterEnd === 0) return false;
  let keeps = true;
  changes.iterChanges((fromA, toA, fromB, toB) => {
    if (!keeps) return;
    const old = startState.doc.lineAt(fromA);
    const line = newDoc.lineAt(fromB);
    keeps = toA <= old.to && toB <= line.to && old.number > Math.max(1, frontMatterEnd) &&
      !isBlank(old.text) && !isBlank(line.text) && !STRUCTURE.test(old.text) && !STRUCTURE.test(line.text);
  });
  return keeps;
}

/** The index of the slide that holds a line; separators belong to the slide below them. */
export function slideOfLine({ slides }: Outline, line: number): number {
  let [low, high] = [0, slides.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((slides[middle]?.separator ?? 0) <= line) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A slide below the caret's, under the heading of its section. */
export function newSlide(doc: Text, caret: number, outline = readOutline(doc)): Insertion {
  const index = slideOfLine(outline, doc.lineAt(caret).number);
  const top = outline.slides.slice(0, index + 1).filter((slide) => !slide.vertical).at(-1);
  const heading = top ? firstHeading(doc, top) : null;
  return insertion(doc, outline, index, "----\n\n", heading ? `${heading}\n\n` : "");
}

/** A section below the caret's, with an empty heading to fill in. */
export function newSection(doc: Text, caret: number, outline = readOutline(doc)): Insertion {
  const { slides } = outline;
  let index = slideOfLine(outline, doc.lineAt(caret).number);
  while (slides[index + 1]?.vertical) index++;
  // On an empty first slide there is nothing to separate from.
  const isBare = index === 0 && lastWord(doc, outline, 0) === 0;
  return insertion(doc, outline, index, isBare ? "" : "---\n\n", "# ");
}

/** Puts a separator and a body below a slide's last word, with one blank line on either side. */
function insertion(doc: Text, outline: Outline, index: number, separator: string, body: string): Insertion {
  const last = lastWord(doc, outline, index) || (outline.slides[index]?.first ?? 1) - 1;
  const start = last > 0 ? doc.line(last).to : 0;
  const next = outline.slides[index + 1];
  const gap = doc.sliceString(start, next ? doc.line(next.separator).from : doc.length, "\n");
  const added = `${start > 0 ? "\n\n" : ""}${separator}${body}`;
  const end = next ? "\n\n" : gap.endsWith("\n") ? "\n" : "";
  const edit = replacement(gap, added + end) ?? { at: 0, delete: 0, insert: "" };
  return { ...edit, at: start + edit.at, caret: start + added.length };
}

/** The last line of a slide that says something, 0 when none does. */
function lastWord(doc: Text, { slides }: Outline, index: number): number {
  const { first, last } = slides[index] ?? { first: 1, last: 0 };
  for (let line = last; line >= first; line--) if (!isBlank(doc.line(line).text)) return line;
  return 0;
}

function firstHeading(doc: Text, { first, last, note }: Slide): string | null {
  let fence = "";
  let comment = false;
  for (let number = first; number <= (note || last + 1) - 1; number++) {
    const { text } = doc.line(number);
    const before = fence;
    fence = comment ? "" : nextFence(fence, text);
    if (before || fence) continue;
    if (comment) comment = !text.includes("-->");
    else if (COMMENT.test(text)) comment = true;
    else if (HEADING.test(text)) return text.trim();
  }
  return null;
}
