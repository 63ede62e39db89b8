/** The deck's logo and footer: one element below all slides, in the slides' own units. */

import { hasPictureBehind } from "./look.ts";
import { isOwnPicture, ticket } from "./pictures.ts";
import type { Config } from "./protocol.ts";
import { WRITTEN } from "./selectors.ts";

/** The state (`data-state`) of a slide that wants neither. */
const NO_FOOTER = "no-footer";
const RASTER = /^data:image\/(png|jpeg|gif|webp|avif);/i;

export class Brand {
  private readonly element = document.createElement("div");
  private readonly text = document.createElement("span");
  private readonly logo = document.createElement("img");

  constructor(
    private readonly root: HTMLElement,
    container: HTMLElement,
  ) {
    this.element.className = "brand";
    this.logo.alt = "";
    this.element.append(this.text, this.logo);
    this.element.hidden = true;
    container.append(this.element);
    this.logo.addEventListener("error", () => (this.logo.hidden = true));
  }

  /** Takes the logo and the footer from the front matter; anything that is no picture is dropped. */
  use({ logo, footer }: Config): void {
    const url = pictureUrl(logo ?? null);
    if (this.logo.getAttribute("src") !== url) {
      this.logo.hidden = url === null;
      if (url === null) this.logo.removeAttribute("src");
      else {
        this.logo.setAttribute(WRITTEN, "");
        this.logo.src = url;
      }
    }
    this.text.textContent = footer ?? "";
    this.root.classList.toggle("branded", url !== null || Boolean(footer));
  }

  /** Whether the slide that is shown has it. */
  show(section: Element | undefined): void {
    const hidden = !this.root.classList.contains("branded") || section?.matches("[data-bare]") === true;
    if (this.element.hidden !== hidden) this.element.hidden = hidden;
  }
}

/** Whether a slide is to be free of logo and footer. */
export function isBare(attributes: ReadonlyMap<string, string>): boolean {
  const states = attributes.get("data-state")?.split(" ") ?? [];
  return states.includes(NO_FOOTER) || hasPictureBehind((name) => attributes.get(name) ?? null);
}

function pictureUrl(address: string | null): string | null {
  const trimmed = address?.trim() ?? "";
  if (trimmed === "") return null;
  if (isOwnPicture(trimmed)) return ticket.address(trimmed);
  if (RASTER.test(trimmed)) return trimmed;
  try {
    const { protocol } = new URL(trimmed, document.baseURI);
    return protocol === "http:" || protocol === "https:" ? trimmed : null;
  } catch {
    return null;
  }
}
