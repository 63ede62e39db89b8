/** What a deck's Markdown has beyond the parser's own: front matter, maths, marked and inserted text. */

import { parseMixed, type Input } from "@lezer/common";
import { tags } from "@lezer/highlight";
import type { BlockContext, DelimiterType, InlineContext, MarkdownConfig } from "@lezer/markdown";
import { parser as yaml } from "@lezer/yaml";
import { endOfFrontMatter, isSetting } from "./outline.ts";

/** Front matter may be this long; the deck does not read more either. */
const LONGEST_FRONT_MATTER = 8 * 1024;
const MATHS = /^(?:\$\$(?!\$)[^]+?\$\$|\$(?![\s$])(?:[^$\\]|\\[^])*?(?<![\s\\])\$(?!\d))/;
const PUNCTUATION = /[\p{P}\p{S}]/u;

/** How many lines of front matter begin here. While it is typed it ends at the first blank line. */
function frontMatterLines(cx: BlockContext): number {
  // The parser's input is not in its types, but only the text below says what these lines are.
  const { input } = cx as unknown as { input: Input };
  if (cx.lineStart > LONGEST_FRONT_MATTER || input.read(0, cx.lineStart).trim() !== "") return 0;
  const text = input.read(cx.lineStart, Math.min(input.length, cx.lineStart + LONGEST_FRONT_MATTER));
  const lines = text.split("\n");
  const end = endOfFrontMatter(lines);
  if (end > 0 || !isSetting(lines[1] ?? "")) return end;
  const blank = lines.findIndex((line) => line.trim() === "");
  return blank < 0 ? lines.length : blank;
}

const frontMatter: MarkdownConfig = {
  defineNodes: [
    { name: "FrontMatter", block: true },
    { name: "FrontMatterMark", style: tags.contentSeparator },
    { name: "FrontMatterContent" },
  ],
  parseBlock: [{
    name: "FrontMatter",
    before: "HorizontalRule",
    parse(cx, line) {
      if (!/^\ufeff?---\s*$/.test(line.text) || cx.depth > 1) return false;
      let count = frontMatterLines(cx);
      if (count === 0) return false;
      const start = cx.lineStart;
      const parts = [cx.elt("FrontMatterMark", start, start + line.text.length)];
      const body = start + line.text.length + 1;
      let close = 0;
      while (--count > 0 && cx.nextLine()) {
        if (count === 1 && /^(?:---|\.\.\.)\s*$/.test(line.text)) close = cx.lineStart;
      }
      const end = cx.lineStart + line.text.length;
      if (body < (close || end)) parts.push(cx.elt("FrontMatterContent", body, close || end));
      if (close) parts.push(cx.elt("FrontMatterMark", close, end));
      cx.nextLine();
      cx.addElement(cx.elt("FrontMatter", start, end, parts));
      return true;
    },
  }],
  wrap: parseMixed((node) => (node.name === "FrontMatterContent" ? { parser: yaml } : null)),
};

const maths: MarkdownConfig = {
  defineNodes: [{ name: "Maths", style: tags.special(tags.string) }],
  parseInline: [{
    name: "Maths",
    before: "Emphasis",
    parse(cx, next, position) {
      if (next !== 36 /* $ */) return -1;
      const found = MATHS.exec(cx.slice(position, cx.end));
      return found ? cx.addElement(cx.elt("Maths", position, position + found[0].length)) : -1;
    },
  }],
};

/** Text between doubled characters, by the rules that emphasis follows. */
function doubled(name: string, char: string, style: typeof tags.inserted): MarkdownConfig {
  const delimiter: DelimiterType = { resolve: name, mark: `${name}Mark` };
  return {
    defineNodes: [
      { name, style: { [`${name}/...`]: style } },
      { name: `${name}Mark`, style: tags.processingInstruction },
    ],
    parseInline: [{
      name,
      after: "Emphasis",
      parse(cx: InlineContext, _next: number, at: number) {
        if (cx.slice(at, at + 2) !== char + char || cx.slice(at + 2, at + 3) === char) return -1;
        const [before, after] = [cx.slice(at - 1, at), cx.slice(at + 2, at + 3)];
        const isSpace = (text: string) => text.trim() === "";
        const opens = !isSpace(after) && (!PUNCTUATION.test(after) || isSpace(before) || PUNCTUATION.test(before));
        const closes = !isSpace(before) && (!PUNCTUATION.test(before) || isSpace(after) || PUNCTUATION.test(after));
        return cx.addDelimiter(delimiter, at, at + 2, opens, closes);
      },
    }],
  };
}

/** The syntax of decks on top of GitHub's. */
export const deckSyntax: MarkdownConfig[] = [
  frontMatter,
  maths,
  doubled("Marked", "=", tags.special(tags.content)),
  doubled("Inserted", "+", tags.inserted),
];
