/** The sections of a call: what the server says of each, put beside the text that this page has. */

import type { Host, News, TextSection, Writer } from "./host.ts";

export const STATES = ["notStarted", "drafting", "ready", "presented", "noReport"] as const;
export type State = (typeof STATES)[number];

/** A section as the server says it. */
export interface ToldSection {
  id: string;
  title: string;
  expected: boolean;
  reporter: string | null;
  claimedBy: string | null;
  state: State;
  /** Its words are others than when it was ready. */
  changed: boolean;
  editedAt: number | null;
  editedBy: string | null;
  readyBy: string | null;
  problems: number;
  minutes: number | null;
  first: number;
  count: number;
}

export interface Row extends ToldSection {
  /** Its number in this page's text, -1 before that is known. */
  section: number;
  text: TextSection | null;
  /** Everybody else whose caret is there. */
  writers: Writer[];
  /** The person said that they write it, or the text names them. */
  isMine: boolean;
}

export interface Call {
  /** All sections in the order of the deck; `null` until the server has said which there are. */
  rows: Row[] | null;
  title: string;
  ready: number;
  expected: number;
  /** Civil time in the zone of the series. */
  callAt: string | null;
  isConnected: boolean;
}

type Order = { order: string[]; ready: number; expected: number; callAt: string | null };

/** Hears the news of a page and keeps the call that comes of it. */
export class Rows {
  private readonly told = new Map<string, ToldSection>();
  private order: Order | null = null;
  private sections: TextSection[] = [];
  private writers: Writer[] = [];
  private title = "";
  private isConnected = true;
  private due = false;
  private readonly stop: () => void;

  /** `changed` is called once for all that happens in one go. */
  constructor(private readonly host: Host, private readonly changed: (call: Call) => void) {
    this.stop = host.listen((news) => this.hear(news));
  }

  /** Hears nothing more. */
  close(): void {
    this.stop();
  }

  get call(): Call {
    const { title, isConnected, order } = this;
    const { ready = 0, expected = 0, callAt = null } = order ?? {};
    return { rows: this.rows(), title, ready, expected, callAt, isConnected };
  }

  private hear(news: News): void {
    switch (news.kind) {
      case "desk": {
        const said = JSON.parse(news.json) as { kind: string };
        if (said.kind === "sections") this.order = said as unknown as Order;
        else if (said.kind === "section") this.told.set((said as unknown as ToldSection).id, said as unknown as ToldSection);
        else return;
        break;
      }
      case "text":
        [this.title, this.sections] = [news.title, news.sections];
        break;
      case "people":
        this.writers = news.writers;
        break;
      case "connection":
        this.isConnected = news.isConnected;
        break;
      case "person":
        break;
      default:
        return;
    }
    this.soon();
  }

  private soon(): void {
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => {
      this.due = false;
      this.changed(this.call);
    });
  }

  private rows(): Row[] | null {
    const { order, told, sections, host } = this;
    if (!order) return null;
    const known = order.order.flatMap((id) => told.get(id) ?? []);
    const places = match(known, sections);
    return known.map((section, index) => {
      const place = places[index] ?? -1;
      const text = sections[place] ?? null;
      return {
        ...section,
        section: place,
        text,
        problems: text ? text.problems : section.problems,
        minutes: text ? text.minutes : section.minutes,
        writers: this.writers.filter((writer) => writer.section === place),
        isMine: section.claimedBy ? section.claimedBy === host.principal : isSameName(section.reporter, host.name()),
      };
    });
  }
}

/**
 * Which section of the text each one of the server's is: the text may be some keystrokes ahead, so where both have
 * not the same sections in the same order, titles decide.
 */
export function match(told: readonly ToldSection[], sections: readonly TextSection[]): number[] {
  const taken = new Set<number>();
  const places = told.map(({ title }, index) => {
    const isHere = sections[index]?.title === title;
    if (isHere) taken.add(index);
    return isHere ? index : -1;
  });
  for (const [index, { title }] of told.entries()) {
    if (places[index] !== -1) continue;
    const place = sections.findIndex((section, place) => section.title === title && !taken.has(place));
    if (place >= 0) taken.add(place);
    places[index] = place;
  }
  // What is left was renamed just now: it stands where it stood.
  if (told.length === sections.length) {
    for (const index of places.keys()) {
      if (places[index] === -1 && !taken.has(index)) places[index] = index;
    }
  }
  return places;
}

export function isSameName(one: string | null, other: string): boolean {
  return one !== null && other !== "" && one.localeCompare(other, undefined, { sensitivity: "base" }) === 0;
}

/** Whether something of a section's report is still missing. */
export function isMissing({ expected, state }: Row): boolean {
  return expected && (state === "notStarted" || state === "drafting");
}

/** Whether a reminder could say where to write it, and in which call. */
export function isRemindable(row: Row): boolean {
  return isMissing(row) && row.text !== null;
}

/** Whether somebody has to report, or has said that they do not. */
export function isReported({ expected, state }: Row): boolean {
  return expected || state === "noReport";
}
