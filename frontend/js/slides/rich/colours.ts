/** The colours of code: one line of HTML for each line of text. */

import { Cache } from "./cache.ts";
import { Lazy } from "./lazy.ts";

declare global {
  var ondeckHighlight: typeof import("./programs/highlight.ts") | undefined;
}

const KEPT_BLOCKS = 200;
/** Longer blocks stay plain: no slide shows them, and colouring them would be felt while typing. */
const MAX_LENGTH = 50_000;

export const highlighter = new Lazy(["highlight.js"], () => globalThis.ondeckHighlight);

const blocks = new Cache<string[]>(KEPT_BLOCKS);

/** The lines of a text, in colour if the language is known and its program there. */
export function colour(language: string, text: string): string[] {
  const program = highlighter.value;
  if (!program || language === "" || text.length > MAX_LENGTH) return plain(text);
  const key = `${language}\n${text}`;
  const known = blocks.get(key);
  if (known) return known;
  const html = program.highlight(language, text);
  const lines = html === null ? plain(text) : closeLines(html);
  blocks.set(key, lines);
  return lines;
}

/** Cuts HTML of nothing but `span`s into lines, each with what is open across its ends closed and opened anew. */
function closeLines(html: string): string[] {
  const open: string[] = [];
  return html.split("\n").map((line) => {
    const before = open.join("");
    for (const [tag] of line.matchAll(/<[^>]*>/g)) {
      if (tag === "</span>") open.pop();
      else open.push(tag);
    }
    return before + line + "</span>".repeat(open.length);
  });
}

function plain(text: string): string[] {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").split("\n");
}
