/** All slides as text to read: the server's page, kept up to date while it is read. */

import DOMPurify from "dompurify";
import { ticket } from "../slides/pictures.ts";
import type { Patch, SlideHtml } from "../slides/protocol.ts";
import { applyTo, type Deck } from "./deck.ts";
import { element } from "./dom.ts";
import { t } from "./words.ts";

/** As the server cleans it: what text needs, and nothing that looks or acts by itself. */
const OPTIONS = {
  USE_PROFILES: { html: true },
  FORBID_TAGS: ["style", "form", "input", "button", "select", "textarea", "iframe", "video", "audio", "dialog"],
  FORBID_ATTR: ["style", "class", "id", "name", "tabindex", "autofocus", "contenteditable", "popover", "accesskey",
    // Colours are chosen for the slide, not for this page.
    "color", "bgcolor", "background", "face", "size"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true as const,
};

type Entry = { html: string; section: HTMLElement; isFilled: boolean };

export class TextView {
  private entries: Entry[] = [];
  private current = -1;
  /** Before the slides are there the text is. */
  private isOpen = true;

  constructor(private readonly holder: HTMLElement) {
    openPictures(holder);
  }

  /** The whole deck. What the server made of the same revision is taken as it is. */
  load(deck: Deck, served: string): void {
    const sections = [...this.holder.querySelectorAll<HTMLElement>(":scope > section")];
    const isServed = deck.revision === served && sections.length === deck.slides.length;
    this.keepPlace(() => {
      this.entries = deck.slides.map((slide, index) => {
        const section = isServed ? sections[index] : undefined;
        return section ? { html: slide.html, section, isFilled: true } : entryOf(slide);
      });
      if (!isServed) this.holder.replaceChildren(...this.entries.map(({ section }) => section));
      this.finish(deck);
    });
  }

  patch(patches: readonly Patch[], deck: Deck): void {
    this.keepPlace(() => {
      for (const patch of patches) applyTo<Entry>(this.entries, patch, entryOf);
      let cursor = this.holder.firstElementChild;
      for (const { section } of this.entries) {
        if (section === cursor) cursor = cursor.nextElementSibling;
        else this.holder.insertBefore(section, cursor);
      }
      while (cursor) {
        const next: Element | null = cursor.nextElementSibling;
        cursor.remove();
        cursor = next;
      }
      this.finish(deck);
    });
  }

  /** Marks the slide that the presenter shows. */
  mark(slide: number): void {
    if (slide === this.current) return;
    this.current = slide;
    for (const [index, { section }] of this.entries.entries()) setCurrent(section, index === slide);
  }

  /** Text that nobody reads is not made. */
  open(isOpen: boolean): void {
    this.isOpen = isOpen;
    if (isOpen) this.fill();
  }

  /** Puts the current slide to the top of the screen. */
  goTo(slide: number): void {
    this.entries[slide]?.section.scrollIntoView({ block: "start" });
  }

  private finish(deck: Deck): void {
    for (const [index, { section }] of this.entries.entries()) {
      section.id = `slide-${index + 1}`;
      const title = deck.sectionOf(index);
      const label = t("slide_of", index + 1, this.entries.length) + (title && `, ${title}`);
      if (section.getAttribute("aria-label") !== label) section.setAttribute("aria-label", label);
      setCurrent(section, index === this.current);
    }
    if (this.isOpen) this.fill();
  }

  private fill(): void {
    for (const entry of this.entries) {
      if (entry.isFilled) continue;
      entry.isFilled = true;
      entry.section.replaceChildren(clean(entry.html));
    }
  }

  /** What is being read stays where it is on the screen. */
  private keepPlace(change: () => void): void {
    const read = this.isOpen
      ? this.entries.find(({ section }) => section.getBoundingClientRect().bottom > 0)
      : undefined;
    if (!read) return change();
    const index = this.entries.indexOf(read);
    const before = read.section.getBoundingClientRect().top;
    change();
    // Where the whole deck came anew, the slide with the same number.
    const now = read.section.isConnected ? read : this.entries[index];
    const moved = now ? now.section.getBoundingClientRect().top - before : 0;
    if (moved !== 0) window.scrollBy({ top: moved, behavior: "instant" });
  }
}

/** A slide whose text is the same keeps its element. */
function entryOf({ html }: SlideHtml, old?: Entry): Entry {
  if (old) {
    if (old.html !== html) Object.assign(old, { html, isFilled: false });
    return old;
  }
  return { html, section: element("section", { class: "text-slide" }), isFilled: false };
}

function setCurrent(section: HTMLElement, isCurrent: boolean): void {
  if (isCurrent) section.setAttribute("aria-current", "true");
  else section.removeAttribute("aria-current");
}

function clean(html: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(html, OPTIONS);
  for (const link of fragment.querySelectorAll("a[href]")) {
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener noreferrer");
  }
  // Not in the page yet: nothing is loaded before its ticket is on it.
  openPictures(fragment);
  return fragment;
}

function openPictures(root: ParentNode): void {
  for (const image of root.querySelectorAll('img[src^="/p/"]')) ticket.open(image);
}
