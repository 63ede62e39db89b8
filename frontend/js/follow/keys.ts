/** Which keys belong to the deck, and whether single keys are wanted at all. */

/** What this browser remembers under this name is "off", or nothing. */
const REMEMBERED = "ondeck.single-keys";

/** Keys that the slides frame knows what to do with. */
const DECK_KEYS = new Set([
  "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " ",
  "h", "j", "k", "l", "n", "p", "o", "g", "Escape", "Enter",
]);

/** Keys that scroll where there is something to scroll. */
export const SCROLL_KEYS = new Set([
  "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " ",
]);

export function isDeckKey(key: string): boolean {
  return DECK_KEYS.has(key);
}

/** Whether the person wants letters to do something. */
export function singleKeys(): boolean {
  try {
    return localStorage.getItem(REMEMBERED) !== "off";
  } catch {
    return true;
  }
}

export function rememberSingleKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(REMEMBERED);
    else localStorage.setItem(REMEMBERED, "off");
  } catch {
    // A browser that keeps nothing has them on the next time.
  }
}

/** Whether the key press is meant for what has the focus, and not for the deck. */
export function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.isComposing) return true;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("input, textarea, select, dialog[open]")) return true;
  const acts = target?.closest("button, a[href], summary");
  return Boolean(acts) && (event.key === " " || event.key === "Enter");
}
