/** What a page gives the parts of a call (board, discussion, "which section?") that are drawn beside its deck. */

/** A section as the text in this page has it: it may be ahead of what the server says of it. */
export interface TextSection {
  title: string;
  reporter: string | null;
  /** A line `Report by` waits for a name. */
  asksWho: boolean;
  /** First line, from 0. */
  line: number;
  /** Where somebody begins to write: the first empty bullet or prompt, else the end of the section; from 0. */
  writeLine: number;
  /** Flat number of its first slide, and how many it has. */
  first: number;
  count: number;
  problems: number;
  /** Line of the first problem, from 0; `null` without problems. */
  problemLine: number | null;
  /** Planned minutes, if the front matter says so. */
  minutes: number | null;
}

/** Somebody whose caret is in the deck. */
export interface Writer {
  name: string;
  /** Number of their colour, as in `--person-N`. */
  color: number;
  /** Index of the section. */
  section: number;
  /** Whether they typed within the last few seconds. */
  isTyping: boolean;
}

/** What happens in the page. */
export type News =
  /** The server says something: JSON as in the contract of the desk (`kind`: sections, section, said, unsaid). */
  | { kind: "desk"; json: string }
  | { kind: "text"; title: string; sections: TextSection[]; slides: string[] }
  | { kind: "people"; writers: Writer[] }
  /** The slide that the person looks at. */
  | { kind: "slide"; slide: number }
  | { kind: "connection"; isConnected: boolean }
  /** The person is called otherwise, or may do something else. */
  | { kind: "person" };

export type Access = "read" | "comment" | "edit" | "present" | "own";

export interface Host {
  deck: string;
  /** Own name, also when it changes later. */
  name(): string;
  /** `guest:…`, `user:…` or `admin`; from the session. */
  principal: string;
  /** What the person may do, as the server said last. */
  access: Access;
  /** Calls back with the newest of each kind at once, then with every other; returns what stops it. */
  listen(hear: (news: News) => void): () => void;
  goToLine(line: number): void;
  /** Puts the caret where one goes on to write in a line; whether there is an editor to do so. */
  writeAt(line: number): boolean;
  /** Shows a slide in the preview, by its flat number. */
  goToSlide(slide: number): void;
  /** The anchor of a slide (a Yjs relative position, JSON), and the slide of an anchor; null when there is none. */
  anchorOf(slide: number): string | null;
  slideOf(anchor: string): number | null;
  /** Carries out an edit on the section's text, as the person's own, which they can undo. */
  command(command: "no-report" | "report", section: number): void;
  /** Likewise: writes into the settings how many minutes a section may take; `null` for what all may. */
  plan(section: number, minutes: number | null): void;
  /** A line that goes away by itself; with `undo` it offers to take back what it tells of. */
  say(text: string, undo?: () => void): void;
}

/** Whether somebody may write in the deck. */
export function mayEdit(host: Host): boolean {
  return host.access === "edit" || host.access === "present" || host.access === "own";
}
