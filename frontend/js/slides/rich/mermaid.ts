/** From the source of a diagram to its picture, in the colours of a light or a dark slide. */

import { Cache } from "./cache.ts";
import { Lazy } from "./lazy.ts";
import { katex } from "./maths.ts";

declare global {
  var ondeckMermaid: typeof import("./programs/mermaid.ts") | undefined;
}

/** Whether what a diagram stands on is light or dark. */
export type Scheme = "light" | "dark";

/** What became of a source. */
export type Drawing = { image: HTMLImageElement } | { error: string };

const KEPT_DRAWINGS = 100;
/** Pictures grow to letters that can be read from the back of a room: mermaid's are 16 px high. */
const SCALE = 1.4;
/** What a picture is called by those who cannot see it, at most. */
const MAX_NAME = 300;

const program = new Lazy(["mermaid.js"], () => globalThis.ondeckMermaid);
const drawings = new Cache<Drawing>(KEPT_DRAWINGS);
let configured: Scheme | null = null;

/** The drawing of a source, if it has been made before. */
export function knownDrawing(source: string, scheme: Scheme): Drawing | undefined {
  return drawings.get(scheme + source);
}

/** Draws a source; `null` if that is not possible now. */
export async function draw(source: string, scheme: Scheme): Promise<Drawing | null> {
  const known = knownDrawing(source, scheme);
  if (known) return known;
  await Promise.all([program.load(), source.includes("$$") && katex.load()]);
  const place = scratch();
  // In a frame that is not shown nothing has a size, and everything would be drawn in one point.
  if (!program.value || place.offsetWidth === 0) return null;
  const drawing = await attempt(program.value, source, scheme, place);
  place.replaceChildren();
  drawings.set(scheme + source, drawing);
  return drawing;
}

async function attempt(
  { initialize, render }: NonNullable<typeof program.value>,
  source: string,
  scheme: Scheme,
  place: HTMLElement,
): Promise<Drawing> {
  try {
    if (configured !== scheme) initialize(configuration(scheme));
    configured = scheme;
    const { svg } = await render("diagram", source, place);
    const image = picture(svg);
    await image.decode();
    return { image };
  } catch (cause) {
    return { error: cause instanceof Error ? cause.message : String(cause) };
  }
}

function configuration(scheme: Scheme): Parameters<NonNullable<typeof program.value>["initialize"]>[0] {
  return {
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    maxTextSize: 20_000,
    maxEdges: 300,
    // A picture has no fonts but those of the machine.
    fontFamily: "system-ui, sans-serif",
    // Whole dates would stand on each other.
    gantt: { axisFormat: "%m-%d" },
    theme: "base",
    themeVariables: { fontFamily: "system-ui, sans-serif", ...COLOURS[scheme], ...SLICES },
  };
}

/** mermaid derives all others from these. */
const COLOURS = {
  light: {
    darkMode: false,
    background: "#ffffff",
    primaryColor: "#e7effd",
    primaryTextColor: "#171a21",
    primaryBorderColor: "#1c5bd0",
    secondaryColor: "#eceef2",
    tertiaryColor: "#f5f6f8",
    lineColor: "#454c59",
    textColor: "#171a21",
    edgeLabelBackground: "#eceef2",
    noteBkgColor: "#fdf1dc",
    noteTextColor: "#171a21",
  },
  dark: {
    darkMode: true,
    background: "#191d25",
    primaryColor: "#1b2a45",
    primaryTextColor: "#e9ecf1",
    primaryBorderColor: "#82b1ff",
    secondaryColor: "#2a303c",
    tertiaryColor: "#222732",
    lineColor: "#b9c0cc",
    textColor: "#e9ecf1",
    edgeLabelBackground: "#2a303c",
    noteBkgColor: "#4a3a14",
    noteTextColor: "#e9ecf1",
  },
} as const;

/** The parts of a pie, which are to be told apart; mermaid would make them shades of one colour. */
const SLICES = {
  pie1: "#9dbdf5",
  pie2: "#f3c98b",
  pie3: "#a3d6b6",
  pie4: "#f0a8a2",
  pie5: "#c9b5fa",
  pie6: "#8fd4e0",
  pie7: "#e3d27a",
  pie8: "#cdd2da",
  pieOpacity: "1",
  pieStrokeColor: "#454c59",
  pieOuterStrokeColor: "#454c59",
  pieSectionTextColor: "#171a21",
};

/** A place out of sight where mermaid measures texts, untouched by the theme. */
function scratch(): HTMLElement {
  const known = document.querySelector<HTMLElement>("body > .diagram-scratch");
  if (known) return known;
  const place = document.createElement("div");
  place.className = "diagram-scratch";
  place.setAttribute("aria-hidden", "true");
  document.body.append(place);
  return place;
}

function picture(markup: string): HTMLImageElement {
  const svg = new DOMParser().parseFromString(markup, "text/html").querySelector("svg");
  if (!svg) throw new Error("There is nothing to draw");
  const [, , width = 0, height = 0] = (svg.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
  if (!(width > 0 && height > 0)) throw new Error("There is nothing to draw");
  svg.removeAttribute("style");
  svg.setAttribute("width", String(Math.round(width * SCALE)));
  svg.setAttribute("height", String(Math.round(height * SCALE)));
  const image = new Image();
  image.alt = nameOf(svg);
  image.decoding = "sync";
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
  return image;
}

/** The title that its author gave it, or the texts in it. */
function nameOf(svg: SVGElement): string {
  const title = svg.querySelector(":scope > title")?.textContent;
  const description = svg.querySelector(":scope > desc")?.textContent;
  if (title) return [title, description].filter(Boolean).join(": ");
  const texts = [...svg.querySelectorAll("text, foreignObject")].map(({ textContent }) => textContent?.trim());
  return `Diagram: ${[...new Set(texts)].filter(Boolean).join(", ")}`.slice(0, MAX_NAME);
}
