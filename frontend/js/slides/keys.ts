/** Keys of the deck: which are reveal.js's, which the page's, and those that are pressed outside of the frame. */

/** Keys that mean something to the page and not to reveal.js. */
const PAGE_KEYS = new Set(["f", "s", "r", "t", "e", "b", "v", ".", "/", "?", "F1", "F6", "F8"]);

/** reveal.js tells keys apart by these numbers of old. */
const CODES: Record<string, number> = {
  Enter: 13, Escape: 27, " ": 32, PageUp: 33, PageDown: 34, End: 35, Home: 36,
  ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40,
};

/** Letters that move like arrows, also to the ends: there reveal.js knows the arrows only. */
const ARROWS: Record<string, string> = { h: "ArrowLeft", j: "ArrowDown", k: "ArrowUp", l: "ArrowRight" };

type Key = { key: string; shift: boolean; alt: boolean; ctrl: boolean };

/** A key by its name, letters in small. */
export function nameOf({ key }: { key: string }): string {
  return key.length === 1 ? key.toLowerCase() : key;
}

/** Whether a key is the page's, in the frame as well. */
export function isPageKey(key: string): boolean {
  return PAGE_KEYS.has(key);
}

/** Letters and signs: those who do not want them as keys still have the others. */
export function isSingle(key: string): boolean {
  return key.length === 1 && key !== " ";
}

/** The arrow that a letter with Shift stands for. */
export function arrowOf(event: KeyboardEvent): string | undefined {
  const isPlain = event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
  return isPlain ? ARROWS[nameOf(event)] : undefined;
}

/** Does what reveal.js does for a key, as if it had been pressed in the frame. */
export function press({ key, shift, alt, ctrl }: Key): void {
  const name = shift ? (ARROWS[key] ?? key) : key;
  const event = new KeyboardEvent("keydown", {
    key: name, shiftKey: shift, altKey: alt, ctrlKey: ctrl, bubbles: true, cancelable: true,
  });
  const code = CODES[name] ?? name.toUpperCase().charCodeAt(0);
  // No constructor sets it in every browser.
  Object.defineProperty(event, "keyCode", { value: code });
  document.body.dispatchEvent(event);
}
