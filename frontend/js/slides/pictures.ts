/**
 * The server's own pictures, which it shows only to those who bring a ticket: a frame of opaque origin has
 * no cookies.
 */

import { WRITTEN } from "./selectors.ts";

/** The whole of an own picture's address. Whatever is spelt in another way is none, and gets no ticket. */
const OWN = /^\/p\/[A-Za-z0-9_-]{22}\.(?:png|jpg|gif|webp)$/;
/** The same within style sheets. */
const OWN_IN_CSS = /url\(\s*(["']?)(\/p\/[A-Za-z0-9_-]{22}\.(?:png|jpg|gif|webp))\1\s*\)/g;
/** Nothing in a ticket means anything in an address, in an attribute or in a style sheet. */
const TICKET = /^[A-Za-z0-9._:~-]{1,256}$/;
/** Shows nothing and asks for nothing. */
const NOTHING = "data:,";

/** Attributes whose value is one address. */
const ADDRESSES = ["src", "poster", "data-src"];
/** Marks a picture that could not be loaded. */
const MISSING = "data-missing";

/** Whether an address is one of the server's own pictures. */
export function isOwnPicture(address: string): boolean {
  return OWN.test(address);
}

/** What opens the pictures of the deck that a page shows. */
export class Ticket {
  private value = "";

  /** Takes another ticket; says whether it is another. */
  use(ticket: string | undefined): boolean {
    const value = ticket !== undefined && TICKET.test(ticket) ? ticket : "";
    const isOther = value !== this.value;
    this.value = value;
    return isOther;
  }

  /** The address to be loaded; `null` for an own picture that nothing opens yet. */
  address(address: string): string | null {
    if (!isOwnPicture(address)) return address;
    return this.value === "" ? null : `${address}?t=${this.value}`;
  }

  /** The same for a list with commas, each part of which is loaded by itself: backgrounds alone are read so. */
  list(addresses: string): string | null {
    if (!addresses.includes("/p/")) return addresses;
    const opened = addresses.split(",").map((address) =>
      isOwnPicture(address.trim()) ? this.address(address.trim()) : address);
    const known = opened.filter((address) => address !== null);
    return known.length === 0 ? null : known.join(",");
  }

  /** A style sheet, or the value of a `style`, in which own pictures can be loaded. */
  css(css: string): string {
    if (!css.includes("/p/")) return css;
    return css.replace(OWN_IN_CSS, (_, quote: string, address: string) =>
      `url(${quote}${this.address(address) ?? NOTHING}${quote})`);
  }

  /** Opens what an element names. To be called while it is in no document that loads anything. */
  open(element: Element): void {
    const source = element.getAttribute("src") ?? "";
    if (isOwnPicture(source)) element.setAttribute(WRITTEN, source);
    else element.removeAttribute(WRITTEN);
    for (const name of ADDRESSES) {
      const value = element.getAttribute(name);
      if (value !== null && isOwnPicture(value)) set(element, name, this.address(value));
    }
    const style = element.getAttribute("style");
    if (style?.includes("/p/")) element.setAttribute("style", this.css(style));
  }
}

function set(element: Element, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/** The ticket of this page. */
export const ticket = new Ticket();

/** Marks a picture that cannot be shown, so that its description stands quietly in its place. */
export function markMissing(image: HTMLImageElement): void {
  const isMissing = image.complete && image.naturalWidth === 0 && image.hasAttribute("src");
  image.toggleAttribute(MISSING, isMissing);
}
