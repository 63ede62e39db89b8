/** Which message belongs to which slide of the deck as it is now. */

import type { Message } from "./api.ts";
import type { Pending } from "./outbox.ts";

/** Something that was said, stored or not yet. */
export type Said = (Message & { pending?: never }) | (Pending & { pending: true; principal: string; starred: false; done: false });

/** What was said about one slide. */
export interface Thread {
  /** Its flat number; `null` when it was removed. */
  slide: number | null;
  title: string;
  said: Said[];
}

type Where = Pick<Message, "anchor" | "slide">;

/** The slide that something is about: by the anchor's own character, and where that is gone by the title. */
export function placeOf(where: Where, titles: readonly string[], slideOf: (anchor: string) => number | null): number | null {
  const slide = where.anchor === null ? null : slideOf(where.anchor);
  if (slide !== null) return slide;
  const same = where.slide ? titles.indexOf(where.slide) : -1;
  return same < 0 ? null : same;
}

/** Threads in the deck's order; those of removed slides come last, each under its old title. */
export function threads(said: readonly Said[], titles: readonly string[], slideOf: (anchor: string) => number | null): Thread[] {
  const found = new Map<string, Thread>();
  for (const one of [...said].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))) {
    const slide = placeOf(one, titles, slideOf);
    const title = slide === null ? one.slide : titles[slide] ?? one.slide;
    const key = slide === null ? `removed ${title}` : `${slide}`;
    const thread = found.get(key) ?? { slide, title, said: [] };
    thread.said.push(one);
    found.set(key, thread);
  }
  return [...found.values()].sort((a, b) => (a.slide ?? Infinity) - (b.slide ?? Infinity) || 0);
}
