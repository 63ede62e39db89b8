/** What others changed while this person was away: marked until the person writes or has had time to look. */

import { StateEffect, StateField, RangeSetBuilder, type EditorState, type Extension } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, gutterLineClass, type DecorationSet } from "@codemirror/view";
import { remote } from "./remote.ts";

/** A part of the text; an empty one stands where something was taken out. */
export type Range = { from: number; to: number };

/** What counts the time; a test brings its own. */
export type Timer = {
  setTimeout(act: () => void, milliseconds: number): number;
  clearTimeout(timer: number): void;
  /** Milliseconds since some moment; the page's own clock without it. */
  now?(): number;
};

/** Long enough to find the places, short enough not to be in the way of reading. */
const SHOWN_MS = 10_000;
/** How far from the edge of the pane the first change comes, in pixels: about two lines. */
const MARGIN = 48;

const show = StateEffect.define<readonly Range[]>();

const changesField = StateField.define<readonly Range[]>({
  create: () => [],
  update(ranges, transaction) {
    if (transaction.docChanged && ranges.length > 0) {
      const isOwn = !transaction.annotation(remote);
      ranges = isOwn ? [] : ranges.map(({ from, to }) => ordered({
        from: transaction.changes.mapPos(from, 1),
        to: transaction.changes.mapPos(to, -1),
      }));
    }
    for (const effect of transaction.effects) {
      if (effect.is(show)) ranges = within(effect.value, transaction.newDoc.length);
    }
    return ranges;
  },
  provide: (field) => [
    EditorView.decorations.compute([field], (state) => marks(state.field(field))),
    gutterLineClass.compute([field, "doc"], lines),
  ],
});

function ordered({ from, to }: Range): Range {
  return { from, to: Math.max(from, to) };
}

/** In the text and in order, as decorations must be. */
function within(ranges: readonly Range[], length: number): Range[] {
  const clamp = (at: number) => Math.max(0, Math.min(length, at));
  return ranges
    .map(({ from, to }) => ordered({ from: clamp(from), to: clamp(to) }))
    .sort((a, b) => a.from - b.from || a.to - b.to);
}

/** `<mark>`, so that it means something without its colours as well. */
const mark = Decoration.mark({ tagName: "mark", class: "cm-changed" });

function marks(ranges: readonly Range[]): DecorationSet {
  return Decoration.set(ranges.filter(({ from, to }) => from < to).map(({ from, to }) => mark.range(from, to)));
}

const lineMark = new (class extends GutterMarker {
  override elementClass = "cm-changed-line";
})();

/** Each line once, also where several ranges touch it. */
function lines(state: EditorState) {
  const builder = new RangeSetBuilder<GutterMarker>();
  let done = -1;
  for (const { from, to } of state.field(changesField)) {
    for (let at = Math.max(from, done + 1); at <= to;) {
      const line = state.doc.lineAt(at);
      // What ends with a line end does not touch the line below it.
      if (line.from === to && from < to) break;
      builder.add(line.from, line.from, lineMark);
      done = line.to;
      at = line.to + 1;
    }
  }
  return builder.finish();
}

/** The marks of one editor and the time that they are shown. */
export class ShownChanges {
  private timeout = 0;

  constructor(private readonly view: () => EditorView, private readonly timer: Timer) {}

  /** The caret and the focus stay where they are. */
  show(ranges: readonly Range[]): void {
    this.timer.clearTimeout(this.timeout);
    const view = this.view();
    const first = within(ranges, view.state.doc.length)[0];
    view.dispatch({
      effects: [
        show.of(ranges),
        ...(first ? [EditorView.scrollIntoView(first.from, { y: "nearest", yMargin: MARGIN })] : []),
      ],
    });
    if (first) this.timeout = this.timer.setTimeout(() => this.hide(), SHOWN_MS);
  }

  destroy(): void {
    this.timer.clearTimeout(this.timeout);
  }

  private hide(): void {
    if (this.view().state.field(changesField).length > 0) this.view().dispatch({ effects: show.of([]) });
  }
}

/** What an editor needs to show changes. */
export const changes: Extension = changesField;
