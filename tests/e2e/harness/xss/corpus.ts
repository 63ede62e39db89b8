/** The attacks on people who open a deck: what somebody may write into it, and where. */

import { BLOCKS } from "./blocks.ts";
import { HANDLERS } from "./handlers.ts";
import { LINKS } from "./links.ts";
import { MARKUP } from "./markup.ts";
import { FILES, NAMES, TITLES } from "./names.ts";
import { ATTRIBUTES } from "./reveal.ts";
import { SETTINGS } from "./settings.ts";
import { STYLES } from "./styles.ts";

/** Where text enters. */
export type Place = "body" | "attribute" | "settings" | "title" | "name" | "file";

/**
 * Attacks of one kind. In them, `RUN` stands for a call that tells the test, `EVIL` for an address of
 * the attacker's, and `B64(…)` for its content in base64.
 */
export type Family = {
  name: string;
  place: Place;
  /** So many of them do what they are meant to in a page that takes them as they are, in Chromium. */
  fires: number;
  attacks: readonly string[];
};

export type Attack = { id: number; family: string; place: Place; text: string };

export const FAMILIES: readonly Family[] = [
  ...HANDLERS, ...MARKUP, ...STYLES, ...LINKS, ...BLOCKS, ...ATTRIBUTES, ...SETTINGS, TITLES, NAMES, FILES,
];

/** Where the attacker's server would be. */
export const EVIL = "https://evil.example";

/** All of them, each with a number of its own. */
export const CORPUS: readonly Attack[] = FAMILIES.flatMap(({ name, place, attacks }) =>
  attacks.map((text) => ({ family: name, place, text })),
).map(({ family, place, text }, id) => ({ id, family, place, text: filled(text, id) }));

export function attacksAt(place: Place): Attack[] {
  return CORPUS.filter((attack) => attack.place === place);
}

function filled(text: string, id: number): string {
  return text
    .replaceAll("RUN", `fired(${id})`)
    .replaceAll("EVIL", `${EVIL}/${id}`)
    .replace(/B64\(([^]*?)\)46B/g, (_, plain: string) => Buffer.from(plain).toString("base64"));
}

/** What a page that takes an attack as it is would be: each must work somewhere, or it shows nothing. */
export function careless({ place, text }: Attack): string {
  const body = {
    body: naive(text),
    attribute: `<section ${text}><p ${text}>x</p></section>`,
    settings: `<div lang="${text}">${text}</div><link rel="stylesheet" href="${text}"><p style="color: ${text}">${text}</p>`,
    title: `<h1 title="${text}">${text}</h1>`,
    name: `<b title="${text}">${text}</b>`,
    file: `<b title="${text}">${text}</b>`,
  }[place];
  return `<!doctype html><meta charset="utf-8"><body>\n${body}\n</body>`;
}

/** Markdown as the simplest of renderers would take it. */
function naive(text: string): string {
  return text
    .replace(/^```mermaid\n([^]*?)```/gm, "<pre class=\"mermaid\">$1</pre>")
    .replace(/^```(.*)\n([^]*?)```/gm, "<pre><code class=\"$1\">$2</code></pre>")
    .replace(/!\[([^\]]*)\]\(<?([^)\s>]*)>?([^)]*\)*)\)/g, "<img src=\"$2\" alt=\"$1\"$3>")
    .replace(/\[([^\]]*)\]\(<?([^\s>]*?\)?)>?(\s[^)]*)?\)/g, "<a href=\"$2\"$3>$1</a>")
    .replace(/<(javascript:[^\s<>]*)>/gi, "<a href=\"$1\">$1</a>")
    .replace(/^\[[^\]]*\]:\s*(\S+)/gm, "<a href=\"$1\">x</a>");
}
