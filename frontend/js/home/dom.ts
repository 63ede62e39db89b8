/** The parts that this page is made of, and how it changes without losing the focus. */

import { drawing, element } from "../follow/dom.ts";

export { element, say } from "../follow/dom.ts";

/** Lines on a grid of 24 units. */
const ICONS = {
  add: "M12 5v14M5 12h14",
  import: "M12 16V4M7 9l5-5 5 5M5 20h14",
  more: "M4.5 12h1M11.5 12h1M18.5 12h1",
  close: "M6 6l12 12M18 6L6 18",
  edit: "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
  play: "M7 4.5v15l12-7.5z",
  board: "M4 5h16v14H4zM4 10h16M10 10v9",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4",
  away: "M3 3l18 18M5 12.5a10 10 0 0 1 5-2.7M19 12.5a10 10 0 0 0-3-2M8.5 16a5 5 0 0 1 7 0M12 20h.01",
} as const;

export type IconName = keyof typeof ICONS;

export function icon(name: IconName): SVGElement {
  return drawing(ICONS[name]);
}

/** A button with its name for tests, and for finding it again when its place is drawn anew. */
export function button(test: string, kind: string, act: () => void, ...children: (Node | string)[]): HTMLButtonElement {
  return element("button", { type: "button", class: kind, "data-test": test, "data-key": test, onclick: act }, ...children);
}

/** A button that shows an icon and says its label. */
export function iconButton(test: string, name: IconName, label: string, act: () => void): HTMLButtonElement {
  const made = button(test, "icon-button", act, icon(name));
  made.setAttribute("aria-label", label);
  made.title = label;
  return made;
}

/** A link that looks like a button. */
export function linkButton(test: string, kind: string, href: string, ...children: (Node | string)[]): HTMLAnchorElement {
  return element("a", { class: kind, href, "data-test": test, "data-key": test }, ...children);
}

/**
 * Makes these the children of an element, in this order, and leaves alone those that are in their place already: what
 * is typed in, pointed at or focused stays so. The focus goes on to what has the same key, or else to what is in the
 * place now of what had it.
 */
export function arrange(parent: Element, ...children: (Node | null)[]): void {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.closest("[data-key]")?.getAttribute("data-key");
  const place = [...parent.children].findIndex((child) => child.contains(focused));
  const wanted = children.filter((child) => child !== null);
  const keeps = new Set<Node>(wanted);
  for (const child of [...parent.childNodes]) if (!keeps.has(child)) child.remove();
  wanted.forEach((child, index) => {
    const there = parent.childNodes[index] ?? null;
    if (there !== child) parent.insertBefore(child, there);
  });
  if (!focused || focused === document.activeElement || !key) return;
  const again = parent.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  const near = parent.children[Math.min(place, parent.children.length - 1)];
  (again ?? near?.querySelector<HTMLElement>("[data-key]"))?.focus();
}

/** Elements by a key, made anew only when what they show is another thing. */
export class Drawn<Value> {
  private readonly known = new Map<string, { shows: string; element: HTMLElement }>();

  constructor(private readonly draw: (value: Value) => HTMLElement) {}

  get(key: string, value: Value): HTMLElement {
    const shows = JSON.stringify(value);
    const known = this.known.get(key);
    if (known?.shows === shows) return known.element;
    const made = this.draw(value);
    this.known.set(key, { shows, element: made });
    return made;
  }
}

/** One or two letters for a name. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean).map((word) => [...word][0] ?? "");
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  // "ß" becomes two.
  return [...letters.join("").toUpperCase()].slice(0, 2).join("");
}
