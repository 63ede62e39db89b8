/** The sections of a deck for the guard: whose they are, where they are, and where one begins to write in them. */

import type { ChangeDesc, Text } from "@codemirror/state";
import type { Range } from "./stray.ts";

/** A section as the page knows it; lines count from 0, and `to` is the one behind it. */
export type Section = {
  title: string;
  reporter: string | null;
  from: number;
  to: number;
  /** The first empty bullet or prompt, else the section's last line that is not blank. */
  writeLine: number;
  /** Whether it reports. Without it: when it has a reporter, or its title says so. */
  expected?: boolean;
  /** Whether somebody else has said that it is theirs. */
  isTaken?: boolean;
};

/** All of them; `mine` are the numbers of those that the person writes. */
export type Sections = { mine: number[]; sections: Section[] };

/** Titles of those that report. */
const TEAM = /^(?:team|sig|wg|ag|task force|projekt|gruppe)\b/i;

type Placed = Range & { title: string; isTeam: boolean; isTaken: boolean; write: number };

/** The sections by their places in the text, which move with it. */
export class PlacedSections {
  private placed: Placed[] = [];
  private mine = new Set<string>();
  /** Titles that were there before, and those that came with an edit of the person's own. */
  private readonly known = new Set<string>();
  private readonly made = new Set<string>();

  /** `edited` is where the person wrote last: a section that is new there is one that they have made. */
  set({ mine, sections }: Sections, doc: Text, edited: number | null): void {
    const start = (line: number) => (line >= doc.lines ? doc.length + 1 : doc.line(Math.max(0, line) + 1).from);
    this.placed = sections.map(({ title, reporter, from, to, writeLine, expected, isTaken = false }) => ({
      title,
      isTeam: expected ?? (reporter !== null || TEAM.test(title)),
      isTaken,
      from: start(from),
      to: start(to),
      write: Math.min(doc.length, start(writeLine)),
    }));
    for (const { title, from, to } of this.placed) {
      if (edited !== null && !this.known.has(title) && from <= edited && edited < to) this.made.add(title);
      this.known.add(title);
    }
    // By their titles: a section of the same name is the same team's.
    this.mine = new Set(mine.flatMap((index) => sections[index]?.title ?? []));
  }

  move(changes: ChangeDesc): void {
    const place = (at: number) =>
      at > changes.length ? changes.newLength + 1 : changes.mapPos(at, -1);
    for (const section of this.placed) {
      section.from = place(section.from);
      section.to = place(section.to);
      section.write = Math.min(changes.newLength, place(section.write));
    }
  }

  /** The title of the section around a place. */
  titleAt(at: number): string | null {
    return this.placed.find(({ from, to }) => from <= at && at < to)?.title ?? null;
  }

  /** The section around a place when another team writes it, and the person another one, or somebody else has claimed it. */
  foreignAt(at: number): string | null {
    const section = this.placed.find(({ from, to }) => from <= at && at < to);
    // Who has no section may well prepare a deck for all: only what somebody has taken is not theirs.
    if (!section?.isTeam || this.mine.size === 0 && !section.isTaken) return null;
    return this.mine.has(section.title) || this.made.has(section.title) ? null : section.title;
  }

  /** Where the person writes in the own section: the start of a line; null without one. */
  get ownPlace(): number | null {
    return this.placed.find(({ title }) => this.mine.has(title))?.write ?? null;
  }
}
