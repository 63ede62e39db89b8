/** Renders a deck slide by slide with markdown-it and prints the median time in milliseconds. */
import { readFileSync } from "node:fs";
import MarkdownIt from "markdown-it";
import abbr from "markdown-it-abbr";
import container from "markdown-it-container";
import deflist from "markdown-it-deflist";
import { full as emoji } from "markdown-it-emoji";
import footnote from "markdown-it-footnote";
import ins from "markdown-it-ins";
import mark from "markdown-it-mark";
import sub from "markdown-it-sub";
import sup from "markdown-it-sup";

/** So long, at least, until the compiler of the engine has settled. */
const WARM_UP_MS = 2000;
const ROUNDS = 101;

const md = new MarkdownIt({ html: true, breaks: true, linkify: true, typographer: true });
for (const plugin of [abbr, deflist, emoji, footnote, ins, mark, sub, sup]) md.use(plugin);
for (const name of ["success", "info", "warning", "danger", "spoiler"]) md.use(container, name);

/** The front matter goes, separators cut, and `note:` cuts a slide in two, as in the deck crate. */
function cut(text) {
  const body = text.replace(/^---\n[^]*?\n---\n/, "");
  const slides = body.split(/\n\s*\n-{3,4}[ \t]*\n(?=\s*\n)/);
  return slides.flatMap((slide) => slide.split(/^note:/im));
}

function render(text) {
  let length = 0;
  for (const part of cut(text)) length += md.render(part, {}).length;
  return length;
}

const text = readFileSync(process.argv[2], "utf8");
const end = performance.now() + WARM_UP_MS;
while (performance.now() < end) render(text);
const times = Array.from({ length: ROUNDS }, () => {
  const start = performance.now();
  render(text);
  return performance.now() - start;
});
times.sort((a, b) => a - b);
console.log(times[Math.floor(ROUNDS / 2)].toFixed(3));
