/** The deck as the page knows it, kept up to date by what the server sends. */

import type { Patch, SlideHtml } from "../slides/protocol.ts";
import type { DeckConfig, DeckMessage, PatchMessage, Section } from "./protocol.ts";

export class Deck {
  revision: string;
  title: string;
  config: DeckConfig;
  slides: SlideHtml[];
  sections: Section[];
  titles: string[];

  constructor(message: DeckMessage) {
    this.revision = message.revision;
    this.title = message.title;
    this.config = message.config;
    this.slides = message.slides;
    this.sections = message.sections;
    this.titles = message.titles;
  }

  /** What is to be done with a patch: it is the next one, an old one, or something is missing. */
  judge(message: PatchMessage): "apply" | "skip" | "gap" {
    if (message.from !== undefined && message.from === this.revision) return "apply";
    const [mine, theirs] = [split(this.revision), split(message.revision)];
    if (mine.epoch !== theirs.epoch) return "gap";
    if (theirs.count <= mine.count) return "skip";
    return message.from === undefined && theirs.count === mine.count + 1 ? "apply" : "gap";
  }

  apply(message: PatchMessage): void {
    this.revision = message.revision;
    this.title = message.title ?? this.title;
    this.config = message.config ?? this.config;
    this.sections = message.sections ?? this.sections;
    this.titles = message.titles ?? this.titles;
    for (const patch of message.patches) applyTo(this.slides, patch, (slide) => slide);
  }

  /** Whether a deck that was received on another way is newer than this one. */
  isOlderThan(revision: string): boolean {
    const [mine, theirs] = [split(this.revision), split(revision)];
    return mine.epoch !== theirs.epoch || mine.count < theirs.count;
  }

  /** The title of the section that a slide is in. */
  sectionOf(slide: number): string {
    const found = this.sections.find(([, first, count]) => slide >= first && slide < first + count);
    return found?.[0] || this.titles[slide] || "";
  }

  /** "12/33 · Team Ops" */
  place(slide: number): string {
    const section = this.sectionOf(slide);
    return `${slide + 1}/${this.slides.length}${section && ` · ${section}`}`;
  }
}

/** Does to a list with an entry for each slide what a patch does to the slides. */
export function applyTo<Entry>(list: Entry[], patch: Patch, make: (slide: SlideHtml, old?: Entry) => Entry): void {
  if (patch.op === "insert") list.splice(patch.index, 0, make(patch.slide));
  else if (patch.op === "remove") list.splice(patch.index, 1);
  else list[patch.index] = make(patch.slide, list[patch.index]);
}

/** "r1-17" is the seventeenth of the first life of a projector. */
function split(revision: string): { epoch: string; count: number } {
  const at = revision.lastIndexOf("-");
  return { epoch: revision.slice(0, at), count: Number(revision.slice(at + 1)) };
}
