/** How other people's edits enter the editor without disturbing the person who writes in it. */

import {
  Annotation,
  ChangeSet,
  EditorState,
  Transaction,
  type Extension,
  type StateEffect,
  type Text,
} from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { changesOf, editsOf, heal, type Edit } from "./edits.ts";

/** Marks a transaction that came from elsewhere and must not be reported back. */
export const remote = Annotation.define<boolean>();

/** Heals surrogate pairs and line ends in what is typed, pasted or dropped here. */
export const healing: Extension = EditorState.transactionFilter.of((transaction) => {
  // Undo brings back what was whole before, so it needs no healing.
  if (!transaction.docChanged || transaction.isUserEvent("undo") || transaction.isUserEvent("redo")) {
    return transaction;
  }
  const specs = heal(transaction.changes, transaction.startState.doc);
  if (!specs) return transaction;
  const changes = transaction.startState.changes(specs);
  const userEvent = transaction.annotation(Transaction.userEvent);
  return {
    changes,
    selection: transaction.startState.selection.map(changes, 1),
    effects: transaction.effects,
    scrollIntoView: transaction.scrollIntoView,
    ...(userEvent === undefined ? {} : { userEvent }),
  };
});

/**
 * The remote edits that the editor has not shown yet.
 *
 * An input method owns the text of the line it composes in: a change to that line's DOM ends the
 * composition. Remote edits to that line therefore wait until the composition ends, and what is
 * typed meanwhile is reported in the coordinates of the shared text. This converges because change
 * sets fulfil `a.compose(b.map(a)) == b.compose(a.map(b, true))`: the shared text gets the local
 * change mapped over the waiting ones, the editor later gets the waiting ones mapped over the local.
 */
export class RemoteEdits {
  private waiting: ChangeSet | null = null;
  private timer = 0;

  constructor(
    private readonly view: () => EditorView,
    private readonly anchor: ScrollAnchor,
  ) {}

  apply(edits: readonly Edit[]): void {
    const view = this.view();
    const length = this.waiting ? this.waiting.newLength : view.state.doc.length;
    const changes = changesOf(edits, length);
    if (changes.empty) return;
    const all = this.waiting ? this.waiting.compose(changes) : changes;
    if (view.compositionStarted && (this.waiting || touchesComposition(view.state, all))) {
      this.waiting = all;
      this.watch();
    } else {
      this.waiting = null;
      this.dispatch(all);
    }
  }

  /** Whether the shared text is ahead of the editor's. */
  isWaiting(): boolean {
    return this.waiting !== null;
  }

  /** A local change as edits of the shared text. */
  report(changes: ChangeSet, before: Text): Edit[] {
    if (!this.waiting) return editsOf(changes, before);
    const shared = changes.map(this.waiting);
    this.waiting = this.waiting.map(changes, true);
    return editsOf(shared);
  }

  /** A position of the editor in the shared text. */
  toShared(position: number): number {
    return this.waiting ? this.waiting.mapPos(position, -1) : position;
  }

  /** A position of the shared text in the editor. */
  toEditor(position: number): number {
    if (!this.waiting) return position;
    const { invertedDesc } = this.waiting;
    return invertedDesc.mapPos(Math.min(position, invertedDesc.length), -1);
  }

  flush(): void {
    window.clearTimeout(this.timer);
    const changes = this.waiting;
    this.waiting = null;
    if (changes) this.dispatch(changes);
  }

  destroy(): void {
    window.clearTimeout(this.timer);
  }

  private dispatch(changes: ChangeSet): void {
    const view = this.view();
    const caret = movedTo(changes, view.state.doc, view.state.selection.main.head);
    const effects = this.anchor.hold(changes, caret);
    view.dispatch({
      changes,
      ...(caret === null ? {} : { selection: { anchor: caret } }),
      annotations: [remote.of(true), Transaction.addToHistory.of(false)],
      filter: false,
    });
    // Not together with the changes: CodeMirror cuts the place to scroll to by the old length.
    if (effects.length > 0) view.dispatch({ effects });
  }

  /** The view says nothing when a composition ends without a change, so it is asked. */
  private watch(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (this.view().compositionStarted) this.watch();
      else this.flush();
    }, COMPOSITION_POLL);
  }
}

/** A line between slides: what is moved begins and ends with one. */
const SEPARATOR = /^-{3,4}[ \t]*$/m;

/**
 * Where the caret goes when somebody moves the text that it is in: along with it. Such a move takes
 * the text away and puts the same text elsewhere in one change. `null` if this is none.
 */
export function movedTo(changes: ChangeSet, doc: Text, caret: number): number | null {
  let part: { text: string; offset: number } | null = null;
  const put: { at: number; text: string }[] = [];
  changes.iterChanges((fromA, toA, fromB, _toB, inserted) => {
    if (fromA <= caret && caret < toA) part = partAt(doc.sliceString(fromA, toA, "\n"), caret - fromA);
    else if (inserted.length > 0) put.push({ at: fromB, text: inserted.sliceString(0, inserted.length, "\n") });
  });
  const gone = part as { text: string; offset: number } | null;
  if (!gone?.text) return null;
  for (const { at, text } of put) {
    const found = text.indexOf(gone.text);
    if (found >= 0) return at + found + gone.offset;
  }
  return null;
}

/** The text between the separators around an offset, without the blank lines around it. */
function partAt(text: string, offset: number): { text: string; offset: number } {
  let from = 0;
  for (const piece of text.split(SEPARATOR)) {
    const to = from + piece.length;
    if (offset <= to) {
      const trimmed = piece.trim();
      const lead = piece.length - piece.trimStart().length;
      return { text: trimmed, offset: Math.max(0, Math.min(trimmed.length, offset - from - lead)) };
    }
    // The separator that the text was split at.
    from = to + (SEPARATOR.exec(text.slice(to))?.[0].length ?? 0);
  }
  return { text: "", offset: 0 };
}

/** Often enough not to be noticed, in milliseconds; runs only while edits wait. */
const COMPOSITION_POLL = 50;

function touchesComposition(state: EditorState, changes: ChangeSet): boolean {
  const line = state.doc.lineAt(state.selection.main.head);
  return changes.touchesRange(line.from, line.to) !== false;
}

/**
 * Keeps what the person looks at where it is: the caret's line when it is visible, else the first
 * visible line. Measured once per frame; every further edit of the frame only maps the position,
 * because a second measurement would force a layout per edit.
 */
export class ScrollAnchor {
  private held: Held | null = null;

  constructor(private readonly view: () => EditorView) {}

  /** `caret` is where the caret goes, if not where the changes take it. */
  hold(changes: ChangeSet, caret: number | null): StateEffect<unknown>[] {
    const view = this.view();
    const held = this.held ?? this.measure(view);
    const { to } = view.state.doc.lineAt(held.position);
    const isCaret = held.position === view.state.selection.main.head;
    const position = isCaret && caret !== null ? caret : changes.mapPos(held.position, held.association);
    if (!this.held && changes.touchesRange(0, to) === false) return [];
    this.held = { ...held, position };
    view.requestMeasure({
      key: this,
      read: () => {
        this.held = null;
      },
    });
    const line = changes.apply(view.state.doc).lineAt(position);
    // From the nearer edge: CodeMirror draws only so far around the line that it scrolls to, and
    // what has to be drawn after that shifts everything.
    const edge = held.below < held.y
      ? { y: "end" as const, yMargin: held.below }
      : { y: "start" as const, yMargin: held.y };
    return [EditorView.scrollIntoView(line.from, edge)];
  }

  private measure(view: EditorView): Held {
    const { head } = view.state.selection.main;
    const scroller = view.scrollDOM.getBoundingClientRect();
    const above = scroller.top - view.documentTop;
    const line = view.state.doc.lineAt(head);
    const own = edges(view, line.from, scroller);
    const bottom = view.lineBlockAt(head).bottom - above;
    if (bottom > 0 && own.y < scroller.height) return { position: head, association: -1, ...own };
    const first = view.lineBlockAtHeight(above);
    return { position: first.from, association: 1, ...edges(view, first.from, scroller) };
  }
}

/** A position, and how far its text is below the upper and above the lower edge of what is seen. */
type Held = { position: number; association: -1 | 1; y: number; below: number };

/** Of the text at a position, which is what `scrollIntoView` puts in place; its block is larger. */
function edges(view: EditorView, position: number, seen: DOMRect): { y: number; below: number } {
  const block = view.lineBlockAt(position);
  const text = view.coordsAtPos(position) ?? {
    top: block.top + view.documentTop,
    bottom: block.bottom + view.documentTop,
  };
  return { y: text.top - seen.top, below: seen.bottom - text.bottom };
}
