/** The stray-edit guard: tells from a person's own edits when one of them may be meant for another place. Pure; time is an argument. */

import type { ChangeSet, Text, Transaction } from "@codemirror/state";
import { isChat } from "./chat.ts";
import { PlacedSections, type Sections } from "./sections.ts";
import { breaks, spliceAt, type Splice } from "./splice.ts";
import { hull, Stray, type Range } from "./stray.ts";

/** Shorter pastes into another team's section are corrections. */
const LARGE_PASTE = 20;
/** So many characters, or so many edits in different places, in one go are no correction either. */
const LARGE_BURST = 12;
const MANY_EDITS = 4;
/** A longer pause ends a burst, in milliseconds. */
const BURST_PAUSE = 4_000;
/** Edits in another's section with no longer a pause between them are one stray, in milliseconds. */
const VISIT_PAUSE = 60_000;
/** Commands that change more than a list's marks are nothing that one types, such as moving a slide. */
const SMALL_COMMAND = 24;
/** Longer texts are pasted from elsewhere, and nobody says so much at once. */
const LONGEST_TALK = 1_000;
/** Shorter texts in the middle of a word are slips that one sees. */
const LARGE_SPLICE = 8;
/** Whoever has not typed for so long has ended what they were typing, in milliseconds. */
export const PAUSE = 2_000;

/** What may be wrong with some edits. */
export type Finding =
  | { kind: "elsewhere"; title: string | null; stray: Stray }
  | { kind: "splice"; title: string | null; stray: Stray; splice: Splice }
  | { kind: "chat"; title: string | null; stray: Stray };

/** How an edit of the person came about. */
type Way = "typed" | "pasted" | "deleted" | "moved" | "command" | "undone";

/** The edits in another team's section since the person came there. */
type Visit = { title: string; stray: Stray; last: number; lengthBefore: number; editsBefore: number; isAsked: boolean };
/** What is written in one go at one place. */
type Stroke = { stray: Stray; title: string | null; splice: Splice | null; isPasted: boolean };

export class Guard {
  readonly sections = new PlacedSections();
  /** What the person is asked about at present. */
  finding: Finding | null = null;
  private visit: Visit | null = null;
  private stroke: Stroke | null = null;
  /** Where the person wrote last. */
  private edited: number | null = null;
  /** Titles of sections of which the person has said that the edits belong there; null stands for the text outside of any. */
  private readonly quiet = new Set<string | null>();

  /** `isText` tells whether a place is neither in code nor in a comment, notes or front matter. */
  constructor(private readonly isText: (doc: Text, at: number) => boolean) {}

  setSections(sections: Sections, doc: Text): void {
    this.sections.set(sections, doc, this.edited);
  }

  /** A change that is none of the person's own: of others, or the guard's. */
  pass({ changes }: Transaction): void {
    this.sections.move(changes);
    if (this.edited !== null) this.edited = changes.mapPos(this.edited, 1);
    for (const stray of this.strays()) stray.pass(changes);
  }

  /** An edit of the person's own. */
  see(transaction: Transaction, now: number): void {
    const place = hull(transaction.changes);
    if (!place) return;
    const way = wayOf(transaction);
    const { changes, startState: { doc: before }, newDoc: after } = transaction;
    const wasIn = this.sections.titleAt(place.old.from);
    const isLarge = way === "command" && place.old.to - place.old.from + place.now.to - place.now.from > SMALL_COMMAND;
    if (isLarge) this.pass(transaction);
    this.edited = place.now.to;
    if (isLarge) return;
    this.sections.move(changes);
    const title = this.sections.titleAt(place.now.from);
    const isWithin = way === "moved" && wasIn === title && this.sections.titleAt(place.now.to) === title;
    const touched = this.seeStroke(transaction, way, title, place);
    const visited = this.seeVisit(transaction, isWithin ? "command" : way, place.now.from, now);
    const { finding } = this;
    if (finding && finding.stray !== touched && finding.stray !== visited) {
      if (isPartOf(finding, transaction, way === "undone")) finding.stray.add(changes, before);
      else finding.stray.pass(changes);
    }
    // What is typed is judged when it is done; what is pasted is done.
    if (this.stroke && (way === "pasted" || addsLine(changes))) this.judge(this.stroke, after);
    this.review(after);
  }

  /** The person has paused for `PAUSE`. */
  rest(doc: Text): void {
    if (this.stroke) this.judge(this.stroke, doc);
    this.review(doc);
  }

  /** Everything belongs where it is: no more questions about this section. */
  accept(): void {
    if (this.finding) this.quiet.add(this.finding.title);
    this.close();
  }

  /** The question is answered. */
  close(): void {
    this.finding = null;
    this.visit = null;
    this.stroke = null;
  }

  private strays(): Set<Stray> {
    return new Set([this.visit, this.stroke, this.finding].flatMap((one) => one?.stray ?? []));
  }

  private seeStroke(transaction: Transaction, way: Way, title: string | null, { old }: { old: Range }): Stray {
    const { changes, startState: { doc: before } } = transaction;
    const isPasted = way === "pasted";
    let { stroke } = this;
    if (stroke && way !== "undone" && !isPasted && !stroke.isPasted && stroke.stray.isTouchedBy(changes)) {
      stroke.stray.add(changes, before);
    } else {
      if (stroke && way !== "undone") this.judge(stroke, before);
      const isInput = way === "typed" || isPasted;
      stroke = { stray: new Stray(), title, isPasted, splice: isInput ? this.spliceIn(before, old) : null };
      // Undoing and commands write what was meant before.
      if (isInput || way === "deleted") stroke.stray.add(changes, before);
      this.stroke = stroke;
    }
    return stroke.stray;
  }

  private spliceIn(doc: Text, { from, to }: Range): Splice | null {
    const line = doc.lineAt(from);
    if (to > line.to || !this.isText(doc, from)) return null;
    const start = spliceAt(line.text, from - line.from);
    if (from === to || !start) return start;
    // What is replaced must be within one and the same thing.
    return spliceAt(line.text, to - line.from)?.whole === start.whole ? start : null;
  }

  /** Edits in the section of another team; gives what they were added to. */
  private seeVisit({ changes, startState: { doc: before } }: Transaction, way: Way, at: number, now: number): Stray | null {
    const title = this.sections.foreignAt(at);
    if (title === null || this.quiet.has(title) || (way === "undone" && this.visit?.title !== title)) {
      if (this.visit && this.visit.stray !== this.finding?.stray) this.visit.stray.pass(changes);
      this.visit = null;
      return null;
    }
    const { finding } = this;
    let { visit } = this;
    if (visit?.title !== title || now - visit.last > VISIT_PAUSE) {
      const known = finding?.kind === "elsewhere" && finding.title === title ? finding.stray : new Stray();
      visit = { title, stray: known, last: now, lengthBefore: known.length, editsBefore: known.edits, isAsked: known === finding?.stray };
      this.visit = visit;
    }
    if (now - visit.last > BURST_PAUSE) {
      visit.lengthBefore = visit.stray.length;
      visit.editsBefore = visit.stray.edits;
    }
    visit.last = now;
    const { length, edits } = visit.stray;
    visit.stray.add(changes, before, way === "pasted");
    const grown = visit.stray.length - length;
    if (way === "command" || way === "undone") {
      // Lists that go on by themselves, fixes and the like count for nothing.
      visit.lengthBefore += grown;
      visit.editsBefore += visit.stray.edits - edits;
    } else {
      const isPut = way === "pasted" || way === "moved";
      if (isPut) visit.lengthBefore += grown;
      const isPaste = isPut && grown >= LARGE_PASTE;
      const isBurst = visit.stray.length - visit.lengthBefore >= LARGE_BURST ||
        visit.stray.edits - visit.editsBefore >= MANY_EDITS;
      if ((isPaste || isBurst) && !visit.isAsked) {
        visit.isAsked = true;
        this.find({ kind: "elsewhere", title, stray: visit.stray });
      }
    }
    return visit.stray;
  }

  /** Whether what was written in one go breaks something, or is talk. */
  private judge(stroke: Stroke, doc: Text): void {
    const { stray, title, splice } = stroke;
    if (this.quiet.has(title) || stray.length < 4) return;
    if (splice && stray.length >= LARGE_SPLICE && isBroken(splice, stray, doc)) {
      if (this.finding?.stray !== stray) this.find({ kind: "splice", title, stray, splice });
      return;
    }
    if (stray.length > LONGEST_TALK) return;
    const lines = stray.ranges.flatMap((range) => this.chatIn(doc, range));
    const known = this.finding?.kind === "chat" ? this.finding.stray.ranges : [];
    const isNew = lines.some(({ to }) => !known.some((range) => range.from <= to && to <= range.to));
    if (isNew) this.find({ kind: "chat", title, stray: Stray.of(lines) });
  }

  /** The lines of a range that are talk, each with the line end before it if that is of the same range. */
  private chatIn(doc: Text, { from, to }: Range): Range[] {
    const found: Range[] = [];
    for (let at = from; at <= to;) {
      const line = doc.lineAt(at);
      const isWhole = from <= line.from && line.to <= to && line.length > 0;
      if (isWhole && isChat(line.text) && this.isText(doc, line.from) && isBelowContent(doc, line.number)) {
        found.push({ from: Math.max(from, line.from - 1), to: line.to });
      }
      at = line.to + 1;
    }
    return found;
  }

  private find(finding: Finding): void {
    const [known, place] = [this.finding?.stray.bounds, finding.stray.bounds];
    // What is broken is asked about once, not again with each part of what broke it.
    const isKnown = this.finding?.kind === "splice" && known && place && place.from <= known.to && known.from <= place.to;
    if (!isKnown) this.finding = finding;
  }

  /** Takes a question back that has settled itself. */
  private review(doc: Text): void {
    const { finding } = this;
    if (!finding) return;
    const isSettled = finding.stray.isOver(doc) ||
      finding.kind === "splice" && !isBroken(finding.splice, finding.stray, doc) ||
      finding.kind === "chat" && !finding.stray.text(doc).split("\n").some(isChat);
    if (!isSettled) return;
    this.finding = null;
    if (this.visit?.stray === finding.stray) this.visit = null;
  }
}

/** Whether an edit goes on with what the person is asked about. */
function isPartOf({ kind, stray }: Finding, { changes, startState: { doc } }: Transaction, isUndone: boolean): boolean {
  const [bounds, old] = [stray.bounds, hull(changes)?.old];
  if (!bounds || !old) return false;
  const isWithin = old.from <= bounds.to && bounds.from <= old.to;
  if (isUndone) return isWithin;
  // Whoever has ended a line of talk goes on with something else.
  const endsLine = doc.lineAt(bounds.to).to === bounds.to && old.from === bounds.to && addsLine(changes);
  return kind === "chat" ? isWithin && !endsLine : stray.isTouchedBy(changes);
}

function addsLine(changes: ChangeSet): boolean {
  let adds = false;
  changes.iterChanges((_fromA, _toA, _fromB, _toB, inserted) => {
    adds ||= inserted.lines > 1;
  });
  return adds;
}

/** Whether the thing around a stray is still in two pieces. */
function isBroken(splice: Splice, stray: Stray, doc: Text): boolean {
  const { bounds } = stray;
  if (!bounds || stray.length === 0) return false;
  const [first, last] = [doc.lineAt(bounds.from), doc.lineAt(bounds.to)];
  return breaks(splice, stray.text(doc), first.text.slice(0, bounds.from - first.from), last.text.slice(bounds.to - last.from));
}

const SEPARATOR = /^-{3,4}[ \t]*$/;
const ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s/;
const HEADING = /^\s{0,3}#{1,6}\s/;

/** Whether a line stands below a list, or as the last text of a slide that has other text. */
function isBelowContent(doc: Text, number: number): boolean {
  let above = number - 1;
  while (above > 0 && doc.line(above).text.trim() === "") above--;
  const text = above > 0 ? doc.line(above).text : "";
  if (text === "" || SEPARATOR.test(text)) return false;
  if (ITEM.test(text) || /^\s{2,}\S/.test(text)) return true;
  let below = number + 1;
  while (below <= doc.lines && doc.line(below).text.trim() === "") below++;
  const isLast = below > doc.lines || SEPARATOR.test(doc.line(below).text);
  return isLast || !HEADING.test(text);
}

function wayOf(transaction: Transaction): Way {
  const is = (event: string) => transaction.isUserEvent(event);
  if (is("undo") || is("redo")) return "undone";
  if (is("input.type")) return "typed";
  if (is("input.paste") || is("input.drop")) return "pasted";
  if (is("move.drop")) return "moved";
  return is("delete") ? "deleted" : "command";
}
