/** The list of slides and their elements: what is in the DOM and in which column. */

import { isBare } from "./brand.ts";
import { hasPicture, LOOK, lookOf, PICTURE_CLASS } from "./look.ts";
import { markMissing } from "./pictures.ts";
import type { Patch, Role, SlideHtml } from "./protocol.ts";
import { enrich } from "./rich.ts";
import { cleanAttributes, cleanHtml } from "./sanitize.ts";

/** A slide and its section; the section stays the same for as long as the slide does. */
type Entry = {
  slide: SlideHtml;
  section: HTMLElement;
  title: string;
  /** The style sheets on the slide, which hold for the whole deck. */
  css: string;
};

/** What a list of patches did. */
export type Applied = {
  /** Sections came, went or changed columns. */
  structure: boolean;
  /** Sections whose content changed. */
  content: Set<HTMLElement>;
  /** Sections whose attributes changed as well. */
  attributes: Set<HTMLElement>;
  /** A style sheet of the deck came, went or changed. */
  styles: boolean;
};

/** Classes that reveal.js puts on a section and that outlive a change of its attributes. */
const STATE_CLASSES = ["past", "present", "future", "has-dark-background", "has-light-background"];
/** Where reveal.js looks for the notes of a slide. */
const NOTES = "data-notes";
/** Attributes that are reveal.js's or the frame's own. */
const OWN_ATTRIBUTES = new Set(["class", "style", "hidden", "inert", "aria-hidden", "aria-label", "role", LOOK, NOTES]);

/** What a style sheet says that sets the size of text. */
export const SETS_SIZE = /(^|[^\w-])(font(-size)?|zoom)\s*:/i;

export class Deck {
  private entries: Entry[] = [];
  private readonly bySection = new WeakMap<Element, Entry>();
  private readonly empty = document.createElement("section");

  private role: Role = "preview";

  constructor(private readonly container: Element) {}

  get length(): number {
    return this.entries.length;
  }

  /** Replaces everything. */
  load(slides: readonly SlideHtml[], role: Role): void {
    this.role = role;
    this.entries = slides.map((slide) => this.create(slide));
    this.arrange();
  }

  /** Applies patches one after the other and arranges the columns once; `isReopened`: there is another ticket. */
  patch(patches: readonly Patch[], isReopened = false): Applied {
    const applied: Applied = {
      structure: false,
      content: new Set(),
      attributes: new Set(),
      styles: false,
    };
    const css = this.css();
    const before = [...this.entries];
    const inserted: Entry[] = [];
    for (const patch of patches) {
      const entry = this.entries[patch.index];
      if (patch.op === "insert") {
        if (patch.index < 0 || patch.index > this.entries.length) throw outside(patch);
        const blank = { slide: patch.slide, section: this.empty, title: "", css: "" };
        inserted.push(blank);
        this.entries.splice(patch.index, 0, blank);
        applied.structure = true;
      } else if (!entry) {
        throw outside(patch);
      } else if (patch.op === "remove") {
        this.entries.splice(patch.index, 1);
        applied.structure = true;
      } else if (entry.section === this.empty) {
        entry.slide = patch.slide;
      } else {
        this.replace(entry, patch.slide, applied);
      }
    }
    if (applied.structure) this.fillIn(inserted, before);
    if (isReopened) this.reopen(applied);
    if (applied.structure) this.arrange();
    applied.styles = this.css() !== css;
    return applied;
  }

  /** Whether a patch changes what is on a slide, and neither its column nor its attributes. */
  isContent(patch: Patch): boolean {
    const old = this.entries[patch.index]?.slide;
    return patch.op === "replace" && old !== undefined && old.column === patch.slide.column &&
      JSON.stringify(old.attributes) === JSON.stringify(patch.slide.attributes);
  }

  /** The flat number of the slide that a section shows, -1 if it is none of the deck. */
  indexOf(section: Element | null | undefined): number {
    return this.entries.findIndex((entry) => entry.section === section);
  }

  /** The section of a slide; of a hidden one, the section of its nearest visible neighbour. */
  section(index: number): HTMLElement {
    const last = this.entries.length - 1;
    const start = Math.max(0, Math.min(last, Math.trunc(index) || 0));
    for (let at = start; at <= last; at++) {
      const entry = this.entries[at];
      if (entry && this.isShown(entry)) return entry.section;
    }
    for (let at = start - 1; at >= 0; at--) {
      const entry = this.entries[at];
      if (entry && this.isShown(entry)) return entry.section;
    }
    return this.empty;
  }

  /** Who stands in for a slide that goes: the next of its column, else the one before it. */
  successors(section: Element): HTMLElement[] {
    const index = this.indexOf(section);
    if (index < 0) return [];
    const after: Entry[] = [];
    for (let at = index + 1; at < this.entries.length; at++) {
      const entry = this.entries[at];
      if (!entry || entry.slide.column) break;
      after.push(entry);
    }
    const before = this.entries.slice(0, index).reverse();
    const rest = this.entries.slice(index + 1 + after.length);
    return [...after, ...before, ...rest].map((entry) => entry.section);
  }

  /** The sections of all slides in their order. */
  sections(): HTMLElement[] {
    return this.entries.map(({ section }) => section);
  }

  /** All style sheets of the deck. */
  css(): string {
    let css = "";
    for (const entry of this.entries) css += entry.css;
    return css;
  }

  /** What decides about the look of a slide; the notes do not. */
  textOf(section: HTMLElement): string {
    const slide = this.bySection.get(section)?.slide;
    return slide ? JSON.stringify(slide.attributes) + slide.html : "";
  }

  /** Whether a slide's own style gives a size to its text. */
  setsSize(section: HTMLElement): boolean {
    const attributes = this.bySection.get(section)?.slide.attributes ?? [];
    return attributes.some(([name, value]) => name === "style" && SETS_SIZE.test(value));
  }

  /** "Slide 12 of 33, Title" on every section, or on some, for those who cannot see it. */
  label(words: string, only?: ReadonlySet<HTMLElement>): void {
    for (const [index, { section, title }] of this.entries.entries()) {
      if (only && !only.has(section)) continue;
      const number = words.replace("{0}", String(index + 1)).replace("{1}", String(this.entries.length));
      const label = `${number}${title && `, ${title}`}`;
      if (section.getAttribute("aria-label") !== label) section.setAttribute("aria-label", label);
      if (section.getAttribute("role") !== "region") section.setAttribute("role", "region");
    }
  }

  /** Puts the sections back after something else was in their place. */
  restore(): void {
    this.container.replaceChildren();
    this.arrange();
  }

  /** A slide that was moved comes and goes in one step: it keeps its section, and nothing flashes. */
  private fillIn(inserted: readonly Entry[], before: readonly Entry[]): void {
    const kept = new Set(this.entries);
    const gone = before.filter((entry) => !kept.has(entry));
    for (const blank of inserted) {
      const at = gone.findIndex(({ slide }) => isSame(slide, blank.slide));
      const [old] = at < 0 ? [] : gone.splice(at, 1);
      const made = old ?? this.create(blank.slide);
      Object.assign(blank, made, { slide: blank.slide });
      this.bySection.set(blank.section, blank);
    }
  }

  private create(slide: SlideHtml): Entry {
    const section = document.createElement("section");
    const entry: Entry = { slide, section, title: "", css: "" };
    this.bySection.set(section, entry);
    this.setAttributes(entry);
    this.fill(entry);
    return entry;
  }

  private replace(entry: Entry, slide: SlideHtml, applied: Applied): void {
    const old = entry.slide;
    entry.slide = slide;
    if (old.column !== slide.column || isHidden(old) !== isHidden(slide)) applied.structure = true;
    if (JSON.stringify(old.attributes) !== JSON.stringify(slide.attributes)) {
      this.setAttributes(entry);
      applied.attributes.add(entry.section);
    }
    const isNoted = [old, slide].some(({ attributes }) => attributes.some(([name]) => name === NOTES));
    if (old.html !== slide.html || old.notes !== slide.notes || isNoted) {
      this.fill(entry);
      applied.content.add(entry.section);
    }
  }

  /** Another ticket opens the server's pictures: slides that show some get them with it. */
  private reopen(applied: Applied): void {
    for (const entry of this.entries) {
      if (!JSON.stringify(entry.slide).includes("/p/")) continue;
      this.setAttributes(entry);
      this.fill(entry);
      applied.attributes.add(entry.section);
      applied.content.add(entry.section);
    }
  }

  private fill(entry: Entry): void {
    const { slide, section } = entry;
    const content = cleanHtml(slide.html, this.role);
    enrich(content, section);
    this.setNotes(entry, takeNotes(content));
    const look = lookOf(content);
    if (look) section.setAttribute(LOOK, look);
    else section.removeAttribute(LOOK);
    keepImages(section, content);
    section.replaceChildren(content);
    entry.title = titleOf(section);
    entry.css = [...section.querySelectorAll("style")].map(({ textContent }) => textContent).join("\n");
  }

  /**
   * The speaker notes, for those who may see them. They are an attribute and no element, or the last
   * text of a slide would not be its last child on the screens of some and would be on others'.
   */
  private setNotes({ slide, section }: Entry, within: string): void {
    if (this.role === "follower") return;
    const holder = document.createElement("div");
    holder.append(cleanHtml(slide.notes, this.role));
    const notes = [within, holder.innerHTML].filter(Boolean).join("\n");
    const own = slide.attributes.some(([name]) => name.toLowerCase() === NOTES);
    if (own) return;
    if (notes) section.setAttribute(NOTES, notes);
    else section.removeAttribute(NOTES);
  }

  private setAttributes({ slide, section }: Entry): void {
    const { display, top } = section.style;
    const states = STATE_CLASSES.filter((name) => section.classList.contains(name));
    for (const name of section.getAttributeNames()) {
      if (!OWN_ATTRIBUTES.has(name)) section.removeAttribute(name);
    }
    const attributes = cleanAttributes(slide.attributes, this.role);
    section.style.cssText = attributes.get("style") ?? "";
    if (display) section.style.display = display;
    if (top) section.style.top = top;
    if (hasPicture(attributes)) states.push(PICTURE_CLASS);
    section.className = [attributes.get("class") ?? "", ...states].join(" ").trim();
    section.toggleAttribute("data-bare", isBare(attributes));
    for (const [name, value] of attributes) {
      if (name !== "style" && name !== "class") section.setAttribute(name, value);
    }
  }

  /** Hidden slides stay visible to their author, or they could not be edited by sight. */
  private isShown({ slide }: Entry): boolean {
    return this.role === "preview" || !isHidden(slide);
  }

  /** Puts the sections where they belong and touches none that is there already. */
  private arrange(): void {
    const columns: HTMLElement[][] = [];
    let open = false;
    for (const entry of this.entries) {
      if (entry.slide.column) open = false;
      if (!this.isShown(entry)) continue;
      const column = open ? columns.at(-1) : undefined;
      if (column) column.push(entry.section);
      else columns.push([entry.section]);
      open = true;
    }
    if (columns.length === 0) columns.push([this.empty]);
    const used = new Set<Element>();
    const roots = columns.map((column) => {
      const [first] = column;
      if (column.length === 1 && first) return first;
      const stack = column.map((section) => section.parentElement)
        .find((parent) => parent?.parentElement === this.container && !used.has(parent));
      const root = stack ?? document.createElement("section");
      used.add(root);
      return root as HTMLElement;
    });
    align(this.container, roots);
    for (const [index, root] of roots.entries()) {
      const column = columns[index] ?? [];
      if (column.length === 1) continue;
      root.classList.add("stack");
      align(root, column);
    }
  }
}

/** Makes the children of `parent` be `wanted`, in that order, moving as few as possible. */
function align(parent: Element, wanted: readonly HTMLElement[]): void {
  const keep = new Set<Element>(wanted);
  for (const child of [...parent.children]) {
    if (child.localName === "section" && !keep.has(child)) child.remove();
  }
  let cursor = parent.firstElementChild;
  for (const element of wanted) {
    if (element === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(element, cursor);
  }
}

/** Images that are there already stay the same elements, so that a repaint does not flash. */
function keepImages(old: Element, content: DocumentFragment): void {
  const loaded = new Map<string, HTMLImageElement>();
  for (const image of old.querySelectorAll("img")) {
    const source = image.getAttribute("src");
    if (source && image.complete) loaded.set(source, image);
  }
  const places: [Comment, HTMLImageElement][] = [];
  for (const image of content.querySelectorAll("img")) {
    const source = image.getAttribute("src") ?? "";
    const kept = loaded.get(source);
    if (!kept) continue;
    loaded.delete(source);
    for (const name of kept.getAttributeNames()) {
      if (!image.hasAttribute(name)) kept.removeAttribute(name);
    }
    for (const { name, value } of image.attributes) {
      if (kept.getAttribute(name) !== value) kept.setAttribute(name, value);
    }
    const place = document.createComment("");
    image.replaceWith(place);
    places.push([place, kept]);
  }
  // What comes into another document is loaded anew, and what failed would be asked for at every keystroke.
  document.adoptNode(content);
  for (const [place, kept] of places) {
    place.replaceWith(kept);
    markMissing(kept);
  }
}

/** Takes out the notes that an author wrote as HTML. */
function takeNotes(content: DocumentFragment): string {
  const notes = [...content.querySelectorAll("aside.notes")];
  for (const element of notes) element.remove();
  return notes.map(({ innerHTML }) => innerHTML).join("\n");
}

/** The first heading of a section. */
export function titleOf(section: Element): string {
  return section.querySelector("h1, h2, h3, h4, h5, h6")?.textContent?.trim() ?? "";
}

/** Whether two slides are the same but for their column. */
function isSame(one: SlideHtml, other: SlideHtml): boolean {
  return one.html === other.html && one.notes === other.notes &&
    JSON.stringify(one.attributes) === JSON.stringify(other.attributes);
}

function isHidden(slide: SlideHtml): boolean {
  return slide.attributes.some(([name, value]) => name === "data-visibility" && value === "hidden");
}

function outside(patch: Patch): RangeError {
  return new RangeError(`patch ${patch.op} at slide ${patch.index} is outside the deck`);
}
