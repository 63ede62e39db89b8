/** What changes on a slide under the eyes of the audience fades in, and does not jump in. */

/** Long enough to be seen as a change, short enough not to be waited for, in milliseconds. */
const FADE = 150;
/** Where it begins: what is replaced was there before, and must not flash. */
const FROM = 0.35;
/** What stays the same of a text that is only typed on, as a share. */
const SAME = 0.5;

/** Elements that change one by one within their parent. */
const PARTS = "li, tr, dt, dd";

/** What a slide consists of, before it is changed. */
export function blocksOf(section: Element): string[] {
  return partsOf(section).map(textOf);
}

/** Fades in what was not there before; text that somebody is typing on stands still. */
export function fadeIn(section: Element, before: readonly string[]): void {
  const known = new Set(before);
  for (const [index, part] of partsOf(section).entries()) {
    const text = textOf(part);
    if (known.has(text) || isLike(text, before[index] ?? "")) continue;
    part.animate([{ opacity: FROM }, {}], { duration: FADE, easing: "ease-out" });
  }
}

function partsOf(section: Element): Element[] {
  const parts = [...section.querySelectorAll(PARTS)].filter((part) => !part.querySelector(PARTS));
  const blocks = [...section.children].filter((child) => !child.matches("style") && !child.querySelector(PARTS));
  return [...blocks, ...parts];
}

/** Pictures are told apart by where they come from, everything else by its text. */
function textOf(part: Element): string {
  const pictures = [...part.querySelectorAll("img, video"), part].map((element) => element.getAttribute("src") ?? "");
  return `${part.textContent}${pictures.join(" ")}`.trim();
}

/** Whether one text came out of the other by typing. */
function isLike(text: string, before: string): boolean {
  const shorter = Math.min(text.length, before.length);
  let head = 0;
  while (head < shorter && text[head] === before[head]) head++;
  let tail = 0;
  while (tail < shorter - head && text.at(-1 - tail) === before.at(-1 - tail)) tail++;
  return shorter > 0 && head + tail >= Math.max(text.length, before.length) * SAME;
}
