/** What slides hold beyond text: maths, code, diagrams and embeds, each loaded only when a deck uses it. */

import type { SlideHtml } from "./protocol.ts";
import { hasColours, onStepShown, renderCode } from "./rich/code.ts";
import { highlighter, rareHighlighter } from "./rich/colours.ts";
import { drawSoon, placeDiagrams } from "./rich/diagrams.ts";
import { dress } from "./rich/dress.ts";
import { hasMaths, katex, renderMaths } from "./rich/maths.ts";

/** What is rendered as the slide is filled, by a program that may have to be fetched first. */
const FEATURES = [
  { program: katex, isIn: hasMaths, render: renderMaths },
  coloured(highlighter),
  coloured(rareHighlighter),
];

function coloured(program: typeof highlighter) {
  return {
    program,
    isIn: (html: string) => hasColours(html, program),
    render: (root: ParentNode) => renderCode(root, program),
  };
}

// Both are sent to the element that they are about, and do not bubble.
document.addEventListener("visible", onStepShown, true);
document.addEventListener("hidden", onStepShown, true);
// A frame that was not shown gets its size.
window.addEventListener("resize", () => drawSoon());

/** Resolves when the programs that slides need are there, or will not be there soon. */
export async function need(slides: readonly SlideHtml[]): Promise<void> {
  drawSoon();
  const needed = FEATURES.filter(({ isIn }) => slides.some(({ html }) => isIn(html)));
  await Promise.all(needed.map(({ program }) => program.soon()));
}

/** Brings the cleaned content of a slide into its last form; `old` is the section that it is for. */
export function enrich(content: DocumentFragment, old: Element): void {
  dress(content);
  placeDiagrams(content, old);
  for (const { program, render } of FEATURES) {
    if (render(content)) void program.load().then(() => renderLate(render));
  }
}

/** A program came after the slides that wait for it. */
function renderLate(render: (root: ParentNode) => boolean): void {
  const slides = document.querySelector(".slides");
  if (!slides) return;
  render(slides);
  // Like an image that has arrived: the slides have to be laid out anew.
  slides.dispatchEvent(new Event("load"));
}
