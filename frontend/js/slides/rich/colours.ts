/** The colours of code: one line of HTML for each line of text. */

import { Cache } from "./cache.ts";
import { Lazy } from "./lazy.ts";

declare global {
  var ondeckHighlight: typeof import("./programs/highlight.ts") | undefined;
  var ondeckHighlightMore: typeof import("./programs/highlight-more.ts") | undefined;
}

/** What the first of the two programs colours, by every name; anything else is looked for in the second. */
const COMMON = new Set(
  ("atom bash cjs console diff docker dockerfile go golang gyp hcl html ini java javascript js json json5 jsonc jsonl jsp " +
    "jsx markdown md mjs mkd mkdown mts cts nginx nginxconf patch plist py python rs rss rust sh shell shellsession " +
    "svelte svg terraform tf toml ts tsx typescript vue wsf xhtml xjb xml xsd xsl yaml yml zsh").split(" "),
);

const KEPT_BLOCKS = 200;
/** Longer blocks stay plain: no slide shows them, and colouring them would be felt while typing. */
const MAX_LENGTH = 50_000;

type Program = typeof import("./programs/highlight.ts");

export const highlighter = new Lazy(["highlight.js"], () => globalThis.ondeckHighlight);

/** The same program once it knows the rarer languages, too. */
export const rareHighlighter = new Lazy(["highlight-more.js"], async () => {
  const more = globalThis.ondeckHighlightMore;
  await highlighter.load();
  const program = highlighter.value;
  if (!program || !more) return undefined;
  program.add(more.LANGUAGES);
  for (const [name, names] of Object.entries(more.ALIASES)) program.alias(names, name);
  return program;
});

/** What colours a language, named as in `language-…` and in lower case. */
export function highlighterOf(language: string): Lazy<Program> {
  return COMMON.has(language) ? highlighter : rareHighlighter;
}

const blocks = new Cache<string[]>(KEPT_BLOCKS);

/** The lines of a text, in colour if the language is known and its program there. */
export function colour(language: string, text: string): string[] {
  const program = highlighterOf(language).value;
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
