/** Maths: TeX between its marks becomes what KaTeX makes of it, or stays to be seen as it was written. */

import { Cache } from "./cache.ts";
import { Lazy } from "./lazy.ts";

declare global {
  var ondeckKatex: typeof import("./programs/katex.ts") | undefined;
}

/** Room for the formulas of a long lecture. */
const KEPT_FORMULAS = 1000;
/** Longer ones are no formulas; KaTeX would take seconds for them. */
const MAX_LENGTH = 10_000;

/** Bounds for what a macro may expand to and for how large a rule or a blank may be, in em. */
const LIMITS = { maxExpand: 500, maxSize: 30 };

export const katex = new Lazy(["katex.js", "katex.css"], async () => {
  // The two families in nearly every formula; with them a slide has its size at once.
  const fonts = ["1em KaTeX_Main", "italic 1em KaTeX_Math"];
  await Promise.allSettled(fonts.map((font) => document.fonts.load(font)));
  return globalThis.ondeckKatex;
});

const formulas = new Cache<HTMLTemplateElement>(KEPT_FORMULAS);

/** Whether a slide's HTML holds any. */
export function hasMaths(html: string): boolean {
  return html.includes('class="math ');
}

/** Renders the formulas below `root`; true if some wait for KaTeX. */
export function renderMaths(root: ParentNode): boolean {
  let waits = false;
  for (const element of root.querySelectorAll<HTMLElement>("span.math:not([data-rendered])")) {
    const formula = read(element);
    if (!formula || element.closest("aside.notes")) continue;
    if (!katex.value) {
      waits = true;
      continue;
    }
    element.replaceChildren(render(formula, katex.value).content.cloneNode(true));
    element.setAttribute("data-rendered", "");
  }
  return waits;
}

type Formula = { tex: string; display: boolean };

function read(element: Element): Formula | null {
  const text = (element.textContent ?? "").trim();
  const display = element.classList.contains("math-display");
  const [open, close] = display ? ["\\[", "\\]"] : ["\\(", "\\)"];
  if (text.length < 4 || !text.startsWith(open) || !text.endsWith(close)) return null;
  return { tex: text.slice(2, -2), display };
}

function render(formula: Formula, program: NonNullable<typeof katex.value>): HTMLTemplateElement {
  const key = `${formula.display}${formula.tex}`;
  const known = formulas.get(key);
  if (known) return known;
  const template = document.createElement("template");
  try {
    if (formula.tex.length > MAX_LENGTH) throw new RangeError("This formula is too long");
    template.innerHTML = program.renderToString(formula.tex, {
      displayMode: formula.display,
      throwOnError: false,
      errorColor: "var(--rich-error)",
      strict: "ignore",
      trust: false,
      ...LIMITS,
    });
  } catch (cause) {
    template.content.replaceChildren(asWritten(formula.tex, cause));
  }
  formulas.set(key, template);
  return template;
}

function asWritten(tex: string, cause: unknown): HTMLElement {
  const source = document.createElement("span");
  source.className = "katex-error";
  source.title = cause instanceof Error ? cause.message : String(cause);
  source.textContent = tex;
  return source;
}
