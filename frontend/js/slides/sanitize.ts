/**
 * Cleans slide HTML. The boundary is the frame's sandbox and CSP; this is hygiene, and it keeps
 * reveal.js from tripping over what an author may write.
 */

import DOMPurify from "dompurify";
import { ticket } from "./pictures.ts";
import type { Role } from "./protocol.ts";
import { withoutSpies } from "./selectors.ts";

/** What DOMPurify puts before every id and name, so that none shadows a property of the document. */
export const ID_PREFIX = "user-content-";

/** reveal.js builds an array as long as the highest fragment number. */
const MAX_FRAGMENT_INDEX = 999;

const OPTIONS = {
  USE_PROFILES: { html: true },
  ADD_TAGS: ["u", "font", "center", "big", "strike", "style"],
  ADD_ATTR: ["color", "face", "size", "align"],
  FORBID_TAGS: [
    "script", "iframe", "object", "embed", "form", "input", "button", "select", "option",
    "textarea", "meta", "base", "link", "svg", "math", "dialog", "template", "slot", "frame",
    "frameset", "portal",
  ],
  FORBID_ATTR: [
    "autofocus", "contenteditable", "accesskey", "popover", "popovertarget", "ping", "target",
    "usemap", "inert", "is", "data-preview-link", "data-background-iframe",
  ],
  // A slide that begins with <style> would lose it without this.
  FORCE_BODY: true,
  SANITIZE_NAMED_PROPS: true,
  RETURN_DOM_FRAGMENT: true as const,
};

const ATTRIBUTE_NAME = /^(data-[a-z0-9_.:-]+|id|class|style)$/;
/** Classes that reveal.js sets itself; from an author they would break its bookkeeping. */
const RESERVED_CLASSES = new Set([
  "stack", "past", "present", "future", "has-dark-background", "has-light-background",
  "has-picture", "measured",
]);
const NOT_FOR_AUTHORS = new Set([
  "data-background-iframe", "data-previous-indexv", "data-index-h", "data-index-v",
  "data-background-hash", "data-loaded", "data-fragment", "data-look", "data-bare",
  "data-fit-pictures",
]);

DOMPurify.addHook("beforeSanitizeElements", (node) => {
  if (node.nodeName === "STYLE") node.textContent = ticket.css(withoutSpies(cleanCss(node.textContent ?? "")));
});

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  const fragment = node.getAttribute("data-fragment-index");
  if (fragment !== null && !isFragmentIndex(fragment)) node.removeAttribute("data-fragment-index");
  if (node.nodeName === "IMG") {
    node.setAttribute("decoding", "sync");
    node.removeAttribute("data-missing");
  }
  // Here the content is not in the page yet: nothing is loaded before its ticket is on it.
  ticket.open(node);
});

/** The content of a slide. */
export function cleanHtml(html: string, role: Role): DocumentFragment {
  const fragment = DOMPurify.sanitize(html, OPTIONS);
  // reveal.js takes a nested section for a slide of its own.
  for (const section of fragment.querySelectorAll("section")) {
    const plain = document.createElement("div");
    for (const { name, value } of section.attributes) plain.setAttribute(name, value);
    plain.append(...section.childNodes);
    section.replaceWith(plain);
  }
  if (role === "follower") {
    for (const notes of fragment.querySelectorAll("aside.notes, [data-notes]")) {
      if (notes.localName === "aside") notes.remove();
      else notes.removeAttribute("data-notes");
    }
  }
  return fragment;
}

/** The attributes of a slide's section, by name. */
export function cleanAttributes(
  attributes: readonly [string, string][],
  role: Role,
): Map<string, string> {
  const clean = new Map<string, string>();
  for (const [rawName, rawValue] of attributes) {
    const name = rawName.toLowerCase();
    const value = String(rawValue);
    if (!ATTRIBUTE_NAME.test(name) || NOT_FOR_AUTHORS.has(name)) continue;
    if (name === "data-notes" && role === "follower") continue;
    const opened = openAttribute(name, value);
    if (opened !== null) clean.set(name, cleanAttribute(name, opened));
  }
  // `decodeURI` inside reveal.js throws at a stray percent sign.
  for (const name of ["data-background", "data-background-image"]) {
    const value = clean.get(name);
    if (value !== undefined) clean.set(name, decodable(value));
  }
  return clean;
}

/** With the ticket of own pictures; `null` for what cannot be loaded without one. */
function openAttribute(name: string, value: string): string | null {
  if (name === "style") return ticket.css(value);
  return name === "data-background" || name === "data-background-image" ? ticket.list(value) : value;
}

function cleanAttribute(name: string, value: string): string {
  if (name === "id") return ID_PREFIX + value;
  if (name === "class") {
    return words(value).filter((word) => !RESERVED_CLASSES.has(word)).join(" ");
  }
  // An empty word between two blanks would make `classList.add` throw.
  if (name === "data-state") return words(value).join(" ");
  return value;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

function decodable(url: string): string {
  try {
    decodeURI(url);
    return url;
  } catch {
    return url.replace(/%(?![0-9a-f]{2})/gi, "%25").replace(/%[89a-f][0-9a-f]/gi, "");
  }
}

function isFragmentIndex(value: string): boolean {
  return /^\d{1,4}$/.test(value) && Number(value) <= MAX_FRAGMENT_INDEX;
}

/** Without imports and HTML comment marks, and with the prefix of ids in its selectors. */
function cleanCss(css: string): string {
  return css
    .replace(/<!--|-->/g, "")
    .replace(/@import\b[^;{}]*(;|$)/gi, "")
    // Only what stands before a `{` is a selector; `#abc` may also be a colour.
    .replace(/#([a-z_][\w-]*)(?=[^{};]*\{)/gi, (match, name: string) =>
      name.startsWith(ID_PREFIX) || /^([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(name)
        ? match
        : `#${ID_PREFIX}${name}`,
    );
}
