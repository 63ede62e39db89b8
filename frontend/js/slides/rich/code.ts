/**
 * Blocks of code: colours, line numbers, and line steps as fragments. The elements and classes are those of
 * reveal.js's own plugin, so that its style sheet, its auto-animation and decks' styles for them apply.
 */

import { colour, highlighterOf } from "./colours.ts";
import { languageOf, UNDRAWN } from "./diagrams.ts";
import type { Lazy } from "./lazy.ts";

/** More would make a deck that nobody can step through out of one line of text. */
const MAX_STEPS = 60;
/** No slide shows so many lines. */
const MAX_LINES = 1_000;
/** Every step is a copy of all lines: so many can be laid out, all steps together, without being felt. */
const MAX_ROWS = 2_000;
/** What has no colours: names for "no language", and diagrams. */
const PLAIN = new Set(["", "text", "txt", "plain", "plaintext", "nohighlight", "no-highlight", "mermaid", ...UNDRAWN]);

/** One block on the slide; a block with steps has one for each. */
type Block = {
  language: string;
  text: string;
  /** `null`: without line numbers. */
  numbers: { first: number; marked: Range[] } | null;
};
/** Lines from 1, both ends included. */
type Range = { from: number; to: number };

/** What is still without its colours. */
const waiting = new WeakMap<Element, Block>();

/** Whether a slide's HTML holds code that may have colours by this program. */
export function hasColours(html: string, program: Lazy<unknown>): boolean {
  return [...html.matchAll(/<code class="language-([^" ]+)/g)].some(([, name = ""]) => {
    const language = name.toLowerCase();
    return !PLAIN.has(language) && highlighterOf(language) === program;
  });
}

/** Renders the blocks below `root`; true if some wait for the colours of this program. */
export function renderCode(root: ParentNode, program: Lazy<unknown>): boolean {
  let waits = false;
  for (const code of root.querySelectorAll<HTMLElement>("pre > code")) {
    if (code.closest("aside.notes")) continue;
    const late = waiting.get(code);
    if (late) {
      if (highlighterOf(late.language).value) paint(code, late);
    } else if (!code.classList.contains("hljs")) {
      build(code);
    }
    const block = waiting.get(code);
    waits ||= block !== undefined && highlighterOf(block.language) === program;
  }
  return waits;
}

/** Scrolls to the marked lines of a step that is shown, and of the first step when its slide is. */
export function onStepShown({ target, type }: Event): void {
  if (!(target instanceof HTMLElement)) return;
  if (target.localName === "section") {
    for (const code of target.querySelectorAll<HTMLElement>("pre > code.has-highlights:not(.fragment)")) {
      scrollToMarked(code, "instant");
    }
  } else if (target.matches("pre > code.fragment")) {
    const code = type === "hidden" ? target.previousElementSibling : target;
    const before = type === "hidden" ? target : target.previousElementSibling;
    if (!(code instanceof HTMLElement) || !before) return;
    code.scrollTop = before.scrollTop;
    scrollToMarked(code, "smooth");
  }
}

function build(code: HTMLElement): void {
  const name = languageOf(code);
  const language = PLAIN.has(name) ? "" : name;
  const text = (code.textContent ?? "").replace(/\n$/, "");
  const steps = code.getAttribute("data-line-numbers");
  const lines = text.split("\n").length;
  const numbered = steps !== null && lines <= MAX_LINES;
  if (language === "" && !numbered) return;
  code.classList.add("hljs");
  code.parentElement?.classList.add("code-wrapper");
  if (!numbered) {
    paint(code, { language, text, numbers: null });
    return;
  }
  const first = Number.parseInt(code.getAttribute("data-ln-start-from") ?? "1", 10) || 0;
  const [start = "", ...rest] = steps.split("|").slice(0, Math.min(MAX_STEPS, Math.ceil(MAX_ROWS / lines)));
  for (const [index, step] of rest.entries()) {
    const copy = stepOf(code, step, index);
    paint(copy, { language, text, numbers: { first, marked: ranges(step) } });
    code.parentElement?.append(copy);
  }
  if (rest.length > 0) code.removeAttribute("data-fragment-index");
  code.setAttribute("data-line-numbers", start);
  paint(code, { language, text, numbers: { first, marked: ranges(start) } });
}

/** An element like `code` for one of its later steps. */
function stepOf(code: HTMLElement, step: string, index: number): HTMLElement {
  const copy = code.cloneNode(false) as HTMLElement;
  copy.classList.add("fragment");
  copy.removeAttribute("id");
  // The same text is there already for those who hear it.
  copy.setAttribute("aria-hidden", "true");
  copy.setAttribute("data-line-numbers", step);
  const first = Number.parseInt(code.getAttribute("data-fragment-index") ?? "", 10);
  if (!Number.isNaN(first)) copy.setAttribute("data-fragment-index", String(first + index));
  return copy;
}

function paint(code: HTMLElement, block: Block): void {
  const { language, text, numbers } = block;
  const lines = colour(language, text);
  code.innerHTML = numbers ? table(lines, numbers) : lines.join("\n");
  code.classList.toggle("has-highlights", code.querySelector(".highlight-line") !== null);
  if (language !== "" && !highlighterOf(language).value) waiting.set(code, block);
  else waiting.delete(code);
}

function table(lines: readonly string[], { first, marked }: NonNullable<Block["numbers"]>): string {
  const rows = lines.map((line, index) => {
    const isMarked = marked.some(({ from, to }) => from <= index + 1 && index + 1 <= to);
    const number = `data-line-number="${first + index}"`;
    return `<tr${isMarked ? ' class="highlight-line"' : ""}>` +
      `<td class="hljs-ln-line hljs-ln-numbers" ${number}><div class="hljs-ln-n" ${number}></div></td>` +
      // An empty cell would have no height.
      `<td class="hljs-ln-line hljs-ln-code" ${number}>${line || " "}</td></tr>`;
  });
  return `<table class="hljs-ln"><tbody>${rows.join("")}</tbody></table>`;
}

/** Reads `1-2,4`. */
function ranges(step: string): Range[] {
  return step.split(",").flatMap((part) => {
    const [from = NaN, to = from] = part.split("-").map((number) => Number.parseInt(number, 10));
    return Number.isNaN(from) ? [] : [{ from, to: Number.isNaN(to) ? from : to }];
  });
}

function scrollToMarked(code: HTMLElement, behavior: ScrollBehavior): void {
  const marked = code.querySelectorAll<HTMLElement>(".highlight-line");
  const [top, bottom] = [marked[0], marked[marked.length - 1]];
  if (!top || !bottom || code.scrollHeight <= code.clientHeight) return;
  const table = code.querySelector<HTMLElement>(".hljs-ln")?.offsetTop ?? 0;
  const height = Math.min(bottom.offsetTop + bottom.offsetHeight - top.offsetTop, code.clientHeight);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches || code.closest(".still");
  code.scrollTo({ top: table + top.offsetTop - (code.clientHeight - height) / 2, behavior: still ? "instant" : behavior });
}
