/**
 * Diagrams in slides: the source becomes a picture as soon as there is time to draw it. A picture is an `img`:
 * whatever stands in the source, nothing of it runs, loads, or reaches the elements and styles of the slide.
 */

import { draw, type Drawing, knownDrawing, type Scheme } from "./mermaid.ts";

/** Languages of diagrams that other programs draw and this one does not. */
export const UNDRAWN = [
  "abc", "dot", "flow", "fretboard", "geo", "graphviz", "markmap", "plantuml", "sequence", "vega",
];

/** While somebody types in a diagram it is not drawn after every letter. */
const PAUSE = 150;
/** Between two drawings messages and key strokes have their turn. */
const BREATH = 10;

const sources = new WeakMap<Element, string>();
let timer = 0;
let working = false;

/** Puts figures where diagrams are; `old` is what they take the place of, which is shown until they are drawn. */
export function placeDiagrams(root: ParentNode, old: Element): void {
  const blocks = [...root.querySelectorAll<HTMLElement>("pre > code")].filter((code) => !code.closest("aside.notes"));
  const diagrams = blocks.filter((code) => languageOf(code) === "mermaid");
  const texts = new Set(diagrams.map(sourceOf));
  const before = [...old.querySelectorAll("figure.diagram")].filter((figure) => sources.has(figure));
  // A diagram whose source is there no more has become one whose source is new.
  const changed = before.filter((figure) => !texts.has(sources.get(figure) ?? ""));
  for (const code of diagrams) {
    place(code, before.find((figure) => sources.get(figure) === sourceOf(code)) ?? changed.shift());
  }
  for (const code of blocks) {
    const language = languageOf(code);
    if (UNDRAWN.includes(language)) code.parentElement?.after(note(language));
  }
}

/** Draws what is not drawn yet, or was drawn for another background; soon, and never while somebody waits. */
export function drawSoon(delay = PAUSE): void {
  if (working) return;
  clearTimeout(timer);
  timer = window.setTimeout(() => {
    working = true;
    drawAll().finally(() => {
      working = false;
    });
  }, delay);
}

/** The `x` of `language-x`, in small letters. */
export function languageOf(code: Element): string {
  return [...code.classList].find((name) => name.startsWith("language-"))?.slice(9).toLowerCase() ?? "";
}

function place(code: HTMLElement, before: Element | undefined): void {
  const pre = code.parentElement;
  if (!pre) return;
  const source = sourceOf(code);
  const figure = document.createElement("figure");
  sources.set(figure, source);
  for (const { name, value } of [...pre.attributes]) {
    figure.setAttribute(name, value);
    pre.removeAttribute(name);
  }
  figure.classList.add("diagram");
  figure.removeAttribute("data-drawn");
  pre.replaceWith(figure);
  figure.append(pre);
  const image = before?.querySelector("img");
  if (image) figure.prepend(image.cloneNode());
  const scheme = before?.getAttribute("data-drawn") === "dark" ? "dark" : "light";
  const drawing = before && knownDrawing(source, scheme);
  if (drawing) show(figure, drawing, scheme);
  drawSoon(before ? PAUSE : 0);
}

function sourceOf(code: Element): string {
  return (code.textContent ?? "").trimEnd();
}

async function drawAll(): Promise<void> {
  for (let figure = next(); figure; figure = next()) {
    const scheme = schemeOf(figure);
    const source = sources.get(figure) ?? "";
    const drawing = await draw(source, scheme);
    if (!drawing) {
      showSources();
      return;
    }
    // Meanwhile its slide may have been painted anew; then another figure has taken its place.
    show(figure, drawing, scheme);
    await new Promise((resolve) => setTimeout(resolve, BREATH));
  }
}

/** What to draw first: something on the slide that is shown. */
function next(): Element | undefined {
  const waiting = [...document.querySelectorAll(".slides figure.diagram")]
    .filter((figure) => sources.has(figure) && figure.getAttribute("data-drawn") !== schemeOf(figure));
  return waiting.find((figure) => figure.closest("section")?.classList.contains("present")) ?? waiting[0];
}

/** An error leaves the last picture where it is, as it comes and goes with every letter. */
function show(figure: Element, drawing: Drawing, scheme: Scheme): void {
  figure.setAttribute("data-drawn", scheme);
  figure.querySelector(".diagram-error")?.remove();
  if ("image" in drawing) {
    figure.querySelector("img")?.remove();
    figure.prepend(drawing.image.cloneNode());
  } else {
    figure.append(failure(drawing.error));
  }
  // Like an image that has arrived: the slide has to be laid out anew.
  figure.dispatchEvent(new Event("load"));
}

/** Without the program there is nothing better to be seen than what was written. */
function showSources(): void {
  for (const figure of document.querySelectorAll(".slides figure.diagram:not([data-drawn])")) {
    figure.setAttribute("data-drawn", "");
    figure.dispatchEvent(new Event("load"));
  }
}

function schemeOf(element: Element): Scheme {
  return getComputedStyle(element).getPropertyValue("--slide-scheme").trim() === "dark" ? "dark" : "light";
}

function failure(message: string): HTMLElement {
  const line = document.createElement("p");
  line.className = "diagram-error";
  line.textContent = message.split("\n", 1)[0]?.replace(/:$/, "") ?? "";
  line.title = message;
  return line;
}

function note(language: string): HTMLElement {
  const line = document.createElement("p");
  line.className = "code-note";
  line.textContent = `Diagram language “${language}” is not drawn`;
  return line;
}
