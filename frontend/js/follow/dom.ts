/** Elements in one expression, and the few icons of these pages. */

const SVG = "http://www.w3.org/2000/svg";

/** Lines on a grid of 24 units. */
const ICONS = {
  text: "M5 6h14M5 10h14M5 14h14M5 18h8",
  slides: "M3 5h18v12H3zM9 21h6",
  full: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  ask: "M4 5h16v11H10l-5 4v-4H4zM10.2 8.6a1.9 1.9 0 1 1 2.6 1.8c-.6.3-.8.6-.8 1.2M12 13.4v.1",
  dark: "M4 5h16v11H4zM9 20h6M12 16v4M4 5l16 11",
} as const;

export type IconName = keyof typeof ICONS;

/** An element with attributes and children; `onclick` is the only handler that is needed. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string | (() => void)> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener("click", value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function icon(name: IconName): SVGElement {
  return drawing(ICONS[name]);
}

/** An icon of lines on a grid of 24 units. */
export function drawing(lines: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", lines);
  svg.append(path);
  return svg;
}

/** Changes a text only when it is another one: screen readers say again what is set again. */
export function say(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
