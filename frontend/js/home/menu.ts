/** The menu of a row, after the menu pattern of the ARIA practices guide. */

import { element } from "./dom.ts";

/** An entry either does something or leads somewhere. */
export interface MenuItem {
  test: string;
  label: string;
  act?: () => void;
  href?: string;
  /** The name of the file that the link gives. */
  download?: string;
  /** A line stands above it. */
  begins?: boolean;
}

/** Free room between the menu and the edge of the window. */
const EDGE = 8;

/** Opens a menu below its button. */
export function openMenu(opener: HTMLElement, label: string, items: MenuItem[]): void {
  const menu = element("div", { class: "popover popover-menu", popover: "auto", role: "menu", "data-test": "menu" });
  menu.setAttribute("aria-label", label);
  menu.append(...items.map((item) => entry(item, menu)));
  menu.addEventListener("keydown", (event) => rove(event, menu));
  menu.addEventListener("toggle", () => {
    if (!menu.matches(":popover-open")) menu.remove();
  });
  // Beside its button, so that Tab goes on from there.
  opener.after(menu);
  menu.showPopover();
  place(menu, opener);
  opener.setAttribute("aria-expanded", "true");
  menu.addEventListener("beforetoggle", () => opener.setAttribute("aria-expanded", "false"));
  menu.querySelector<HTMLElement>("[role=menuitem]")?.focus();
}

function entry({ test, label, act, href, download, begins }: MenuItem, menu: HTMLElement): HTMLElement {
  const attributes = { role: "menuitem", tabindex: "-1", class: begins ? "menu-item menu-begins" : "menu-item", "data-test": test };
  const made = href === undefined
    ? element("button", { ...attributes, type: "button" }, label)
    : element("a", { ...attributes, href, ...(download !== undefined && { download }) }, label);
  made.addEventListener("click", () => {
    menu.hidePopover();
    act?.();
  });
  return made;
}

function rove(event: KeyboardEvent, menu: HTMLElement): void {
  if (event.key === "Tab") return menu.hidePopover();
  const items = [...menu.querySelectorAll<HTMLElement>("[role=menuitem]")];
  const at = items.findIndex((item) => item === document.activeElement);
  const next = target(event.key, at, items);
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function target(key: string, at: number, items: HTMLElement[]): HTMLElement | undefined {
  if (key === "ArrowDown") return items[(at + 1) % items.length];
  if (key === "ArrowUp") return items.at(at <= 0 ? -1 : at - 1);
  if (key === "Home") return items[0];
  if (key === "End") return items.at(-1);
  // A letter goes to the next entry that begins with it.
  if ([...key].length !== 1 || key === " ") return undefined;
  const later = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return later.find((item) => item.textContent?.toLowerCase().startsWith(key.toLowerCase()));
}

/** Below its button, or above it where there is no room, inside the window. */
function place(menu: HTMLElement, opener: HTMLElement): void {
  const [beside, own] = [opener.getBoundingClientRect(), menu.getBoundingClientRect()];
  const left = Math.max(EDGE, Math.min(beside.right - own.width, innerWidth - own.width - EDGE));
  const below = beside.bottom + 4;
  const top = below + own.height > innerHeight - EDGE ? beside.top - own.height - 4 : below;
  menu.style.inset = `${Math.max(EDGE, top)}px auto auto ${left}px`;
}
