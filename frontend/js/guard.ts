/** The stray-edit guard of an editor: what it asks, and what the answers do. Loaded with the first edit. */

import type { EditorState, Text, Transaction, TransactionSpec } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import type { Timer } from "./editor/changes.ts";
import { placing } from "./editor/guard/move.ts";
import { LOOK, Note, type Answer } from "./editor/guard/note.ts";
import type { Sections } from "./editor/guard/sections.ts";
import { Stray, type Change } from "./editor/guard/stray.ts";
import { Guard, PAUSE } from "./editor/guard/watch.ts";
import { GUARD_ENGLISH, type GuardWords } from "./editor/guard/words.ts";
import { readLine } from "./editor/lists.ts";

export { LOOK };

/** What the guard needs of the editor that has loaded it. */
export type GuardHost = {
  view: EditorView;
  words: Partial<GuardWords>;
  timer: Timer;
  /** In milliseconds. */
  now(): number;
  /** Neither code nor comment, notes or front matter. */
  isText(state: EditorState, at: number): boolean;
  /** Dispatches an edit of the person's own as one step of the history. */
  perform(spec: TransactionSpec): void;
};

/** The guard at work in one editor. */
export class Watch {
  private readonly guard: Guard;
  private readonly note: Note;
  /** What will go as soon as the discussion has it. */
  private readonly leaving = new Set<Stray>();
  private states: EditorState[] = [];
  private canDiscuss = false;
  private isActing = false;
  private timeout = 0;

  constructor(private readonly host: GuardHost) {
    this.guard = new Guard((doc, at) => this.isText(doc, at));
    const words = { ...GUARD_ENGLISH, ...host.words };
    this.note = new Note(words, (answer) => this.answer(answer), () => host.view.focus());
    host.view.dom.append(this.note.dom);
  }

  setSections(sections: Sections, doc: Text): void {
    this.canDiscuss = true;
    this.guard.setSections(sections, doc);
    this.show();
  }

  /** A change of the text; `isOwn` when the person made it. */
  see(transaction: Transaction, isOwn: boolean): void {
    for (const stray of this.leaving) stray.pass(transaction.changes);
    if (!isOwn || this.isActing) this.guard.pass(transaction);
    else {
      this.states = [transaction.startState, transaction.state];
      this.guard.see(transaction, this.host.now());
      this.states = [];
      this.restLater();
    }
    this.show();
  }

  /** Asks the page for the selected text to become a part of the discussion. */
  discuss(): boolean {
    const { main } = this.host.view.state.selection;
    if (main.empty || !this.canDiscuss) return false;
    this.moveToDiscussion(Stray.of([main]));
    return true;
  }

  focus(): boolean {
    return this.guard.finding !== null && this.note.focus();
  }

  /** An input method is not disturbed: what there is to ask is asked when it has ended. */
  show(): void {
    const { view } = this.host;
    if (view.compositionStarted && this.guard.finding) return;
    const wasShown = this.note.isShown;
    this.note.show(view.state.readOnly ? null : this.guard.finding, this.answers());
    // Not within an update of the view, which has no measures then.
    if (this.note.isShown && !wasShown) requestAnimationFrame(() => this.keepCaretInSight());
  }

  destroy(): void {
    this.host.timer.clearTimeout(this.timeout);
    this.note.dom.remove();
  }

  /** The note takes room from the text: whoever writes in its last lines still sees where. */
  private keepCaretInSight(): void {
    const { view } = this.host;
    const caret = view.dom.isConnected ? view.coordsAtPos(view.state.selection.main.head) : null;
    const { bottom } = view.scrollDOM.getBoundingClientRect();
    const isCovered = caret && caret.bottom > bottom && caret.top < bottom + this.note.dom.offsetHeight;
    if (isCovered) view.dispatch({ scrollIntoView: true });
  }

  private isText(doc: Text, at: number): boolean {
    const { view } = this.host;
    const state = [...this.states, view.state].find((one) => one.doc === doc);
    return state !== undefined && this.host.isText(state, at);
  }

  private restLater(): void {
    const { timer } = this.host;
    timer.clearTimeout(this.timeout);
    this.timeout = timer.setTimeout(() => {
      const { view } = this.host;
      if (view.compositionStarted) return this.restLater();
      this.guard.rest(view.state.doc);
      this.show();
    }, PAUSE);
  }

  private answers(): Answer[] {
    const { finding, sections } = this.guard;
    const canMove = finding?.kind === "elsewhere" && sections.ownPlace !== null && finding.stray.length > 0;
    return ["undo", ...(canMove ? ["move" as const] : []),
      ...(finding?.kind === "chat" && this.canDiscuss ? ["discuss" as const] : []), "belongs"];
  }

  private answer(answer: Answer): void {
    const { view } = this.host;
    const { guard } = this;
    const { finding } = guard;
    if (!finding || view.state.readOnly) return;
    if (answer === "belongs") guard.accept();
    else {
      guard.close();
      if (answer === "undo") this.change(finding.stray.undo());
      else if (answer === "move") this.move(finding.stray);
      else this.moveToDiscussion(finding.stray);
    }
    this.show();
    if (answer !== "discuss") view.focus();
  }

  private move(stray: Stray): void {
    const { doc } = this.host.view.state;
    const text = stray.text(doc);
    const place = this.guard.sections.ownPlace;
    const added = place === null || text.trim() === "" ? [] : [placing(doc, place, text)];
    this.change([...stray.undo(), ...added], added[0]?.to);
  }

  private moveToDiscussion(stray: Stray): void {
    const { view } = this.host;
    const { doc } = view.state;
    const text = stray.text(doc);
    const from = (stray.bounds?.from ?? 0) + text.length - text.trimStart().length;
    this.leaving.add(stray);
    const stored = () => {
      // It may be said twice, or after somebody has lost the right to write.
      if (!this.leaving.delete(stray) || view.state.readOnly) return;
      this.change(withoutEmptyLine(view.state.doc, stray));
    };
    const detail = { text: text.trim(), line: doc.lineAt(from).number - 1, stored };
    view.dom.dispatchEvent(new CustomEvent("ondeck-discuss", { bubbles: true, detail }));
  }

  /** One step of the person's own; the caret goes behind what is put at `caret`. */
  private change(list: readonly Change[], caret?: number): void {
    const { state } = this.host.view;
    const changes = state.changes(list);
    if (changes.empty) return;
    this.isActing = true;
    try {
      this.host.perform({
        changes,
        userEvent: "input.stray",
        ...(caret === undefined ? { scrollIntoView: false } : { selection: { anchor: changes.mapPos(caret, 1) } }),
      });
    } finally {
      this.isActing = false;
    }
  }
}

/** Takes a text away, with its line when nothing but a list's mark stays of that. */
function withoutEmptyLine(doc: Text, stray: Stray): Change[] {
  const [range, ...others] = stray.ranges;
  if (!range || others.length > 0) return stray.undo();
  const [first, last] = [doc.lineAt(range.from), doc.lineAt(range.to)];
  const rest = first.text.slice(0, range.from - first.from) + last.text.slice(range.to - last.from);
  if (rest.slice(readLine(rest).content).trim() !== "") return stray.undo();
  const isLast = last.to === doc.length;
  return [{ from: Math.max(0, first.from - (isLast ? 1 : 0)), to: Math.min(doc.length, last.to + (isLast ? 0 : 1)), insert: "" }];
}
