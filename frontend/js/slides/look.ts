/** What kind of slide it is, as far as its look depends on it: a title, a picture, or text. */

/** Attributes of a section that are the frame's own. */
export const LOOK = "data-look";
export const PICTURE_CLASS = "has-picture";

/** What a slide consists of, told apart for the style sheets. */
export function lookOf(content: ParentNode): "title" | "picture" | null {
  const elements = [...content.children].filter((element) => !element.matches("style, br"));
  if (elements.length === 0 || hasBareText(content)) return null;
  if (elements.every((element) => /^h[1-6]$/.test(element.localName))) {
    return elements.some((element) => element.querySelector("img, video")) ? null : "title";
  }
  const [only] = elements;
  const image = only?.matches("img") ? only : only?.querySelector("img");
  const alone = elements.length === 1 && image && only?.textContent?.trim() === "" &&
    only.querySelectorAll("img, video, table, pre").length <= 1;
  return alone && only.matches("p, img, center, figure, div") ? "picture" : null;
}

function hasBareText(content: ParentNode): boolean {
  return [...content.childNodes].some(({ nodeType, textContent }) =>
    nodeType === Node.TEXT_NODE && textContent?.trim() !== "");
}

/** Whether a picture fills the slide behind its text, and the author did not say how strongly. */
export function hasPicture(attributes: ReadonlyMap<string, string>): boolean {
  if (attributes.has("data-background-opacity") || attributes.has("data-background-color")) return false;
  return hasPictureBehind((name) => attributes.get(name) ?? null);
}

/** Whether a slide has a picture or a film behind it. */
export function hasPictureBehind(attribute: (name: string) => string | null): boolean {
  if (attribute("data-background-image") || attribute("data-background-video")) return true;
  const background = attribute("data-background") ?? "";
  // What reveal.js takes for an address.
  return /^(http|file|\/\/)/i.test(background) || /\.(svg|png|jpg|jpeg|gif|bmp|webp)([?#\s]|$)/i.test(background);
}
