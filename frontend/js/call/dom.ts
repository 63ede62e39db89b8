/** What the parts of a call are drawn with. */

export { element, say } from "../follow/dom.ts";
import { drawing, element } from "../follow/dom.ts";

/** Lines on a grid of 24 units. */
const ICONS = {
  tick: "M5 12.5l4.5 4.5L19 7.5",
  edit: "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  more: "M4.5 12h1M11.5 12h1M18.5 12h1",
  talk: "M4 5h16v11H10l-5 4v-4H4z",
  minutes: "M6 3h9l4 4v14H6zM9 11h7M9 15h7",
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  skip: "M5 5l14 14M5 12a7 7 0 1 0 14 0a7 7 0 1 0-14 0",
} as const;

export type IconName = keyof typeof ICONS;

export function icon(name: IconName): SVGElement {
  return drawing(ICONS[name]);
}

/** A button; with an icon its label stays behind it. */
export function button(label: string, test: string, act: () => void, kind = "button", sign?: IconName): HTMLButtonElement {
  const made = element("button", { type: "button", class: kind, "data-test": test, onclick: act });
  if (sign) made.append(icon(sign));
  made.append(element("span", {}, label));
  return made;
}

/** Shows or hides an element; what is hidden takes no room. */
export function show(target: HTMLElement, isShown: boolean): void {
  if (target.hidden === isShown) target.hidden = !isShown;
}

/** Makes the children of `parent` be `wanted` in that order, and moves none that stands right: it keeps the focus. */
export function arrange(parent: Element, wanted: readonly Element[]): void {
  const keep = new Set(wanted);
  const { activeElement } = document;
  for (const child of [...parent.children]) {
    if (!keep.has(child)) child.remove();
  }
  let cursor = parent.firstElementChild;
  for (const child of wanted) {
    if (child === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(child, cursor);
  }
  // What is moved loses the focus on its way.
  if (activeElement instanceof HTMLElement && parent.contains(activeElement)) activeElement.focus({ preventScroll: true });
}

/** Puts a text on the clipboard. Where that is not allowed (plain HTTP, old browsers) a hidden field is copied from. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element("textarea", { class: "visually-hidden", readonly: "" });
    area.value = text;
    document.body.append(area);
    area.select();
    const isDone = document.execCommand("copy");
    area.remove();
    return isDone;
  }
}
