/** The deck's problems in the text: where they are, what they say, and their fixes. */

import { lintGutter, linter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import {
  Prec,
  StateEffect,
  StateField,
  type ChangeDesc,
  type EditorState,
  type Extension,
  type Line,
  type Text,
} from "@codemirror/state";
import { EditorView, keymap, showTooltip, type Command, type Tooltip } from "@codemirror/view";
import { perform } from "./insert.ts";
import { lineChanges, type Change, type LineEdit } from "./lines.ts";
import { remote } from "./remote.ts";
import { wordsOf } from "./words.ts";

/** Something that may be wrong on the lines from `from` up to `to`, counted from 0. */
export type Problem = {
  code: string;
  message: string;
  severity: "error" | "warning" | "info";
  from: number;
  to: number;
  fix?: { title: string; edits: LineEdit[] };
};

/** A problem by its place in the text, which moves with the text. */
export type Placed = { problem: Problem; from: number; to: number; fix: PlacedFix | null };

/** The changes of a fix, and the places that must still read as they did. */
type PlacedFix = { title: string; changes: Change[]; spans: { from: number; to: number }[] };

/** Turns lines into places, in order. */
export function place(doc: Text, problems: readonly Problem[]): Placed[] {
  const line = (number: number) => doc.line(Math.max(1, Math.min(doc.lines, number)));
  return problems.map((problem) => {
    const { fix } = problem;
    const from = line(problem.from + 1).from;
    const to = Math.max(from, line(Math.max(problem.to, problem.from + 1)).to);
    if (!fix) return { problem, from, to, fix: null };
    const spans = fix.edits.map((edit) => {
      const start = line(edit.from + 1).from;
      return { from: start, to: edit.to > edit.from ? line(edit.to).to : start };
    });
    return { problem, from, to, fix: { title: fix.title, changes: lineChanges(doc, fix.edits), spans } };
  }).sort((a, b) => a.from - b.from || a.to - b.to);
}

/** Moves problems along with a change. A fix whose own lines were edited is not offered any more. */
export function move(placed: readonly Placed[], changes: ChangeDesc): Placed[] {
  const range = ({ from, to }: { from: number; to: number }) => {
    const start = changes.mapPos(from, 1);
    return { from: start, to: Math.max(start, changes.mapPos(to, -1)) };
  };
  return placed.map(({ problem, fix, ...at }) => {
    const isStale = fix?.spans.some(({ from, to }) => changes.touchesRange(from, to) !== false);
    return {
      problem,
      ...range(at),
      fix: !fix || isStale ? null : {
        title: fix.title,
        spans: fix.spans.map(range),
        changes: fix.changes.map((change) => ({ ...range(change), insert: change.insert })),
      },
    };
  });
}

const setPlaced = StateEffect.define<Placed[]>();
const placedField = StateField.define<readonly Placed[]>({
  create: () => [],
  update(placed, transaction) {
    if (transaction.docChanged && placed.length > 0) placed = move(placed, transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setPlaced)) placed = effect.value;
    return placed;
  },
});

/** Shows these problems. Nothing happens when they are what is shown already, so that no tooltip closes. */
export function showProblems(view: EditorView, problems: readonly Problem[]): void {
  const placed = place(view.state.doc, problems);
  if (JSON.stringify(placed.map(shape)) === JSON.stringify(view.state.field(placedField).map(shape))) return;
  show(view, placed);
}

/** Shows them anew, because whether they can be fixed has changed. */
export function refreshProblems(view: EditorView): void {
  show(view, [...view.state.field(placedField)]);
}

function shape({ problem: { code, message, severity }, from, to, fix }: Placed): unknown {
  return [code, message, severity, from, to, fix?.title, fix?.changes];
}

function show(view: EditorView, placed: Placed[]): void {
  const { state } = view;
  const spec = setDiagnostics(state, placed.map((one) => diagnostic(state, one)));
  view.dispatch(spec, { effects: setPlaced.of(placed) });
}

function diagnostic(state: EditorState, { problem, from, to, fix }: Placed): Diagnostic {
  const { severity, message } = problem;
  const actions = fix && !state.readOnly
    ? [{ name: fixLabel(state, fix), apply: (view: EditorView) => void applyFix(view, problem) }]
    : [];
  return { ...underlined(state.doc, from, to), severity, message, actions };
}

function fixLabel(state: EditorState, { title }: PlacedFix): string {
  return `${wordsOf(state).fix}: ${title}`;
}

/** The words of the first line that has any: a whole slide under a wave cannot be read. */
function underlined(doc: Text, from: number, to: number): { from: number; to: number } {
  for (let at = from; at <= to;) {
    const line = doc.lineAt(at);
    const text = line.text.trim();
    const start = line.from + line.text.length - line.text.trimStart().length;
    if (text) return { from: start, to: start + text.length };
    at = line.to + 1;
  }
  return { from, to: from };
}

function problemsAt(state: EditorState, { from, to }: Line): Placed[] {
  return state.field(placedField).filter((placed) => placed.from <= to && placed.to >= from);
}

/** Applies a problem's fix, if the text is still what the fix was made for. */
function applyFix(view: EditorView, problem: Problem): boolean {
  const { state } = view;
  const fix = state.field(placedField).find((placed) => placed.problem === problem)?.fix;
  if (state.readOnly || !fix) return false;
  const changes = state.changes(fix.changes);
  perform(view, { changes, selection: state.selection.map(changes, 1), effects: showAt.of(null) });
  // The deck will say whether it is gone; until then it counts as gone.
  show(view, view.state.field(placedField).filter((placed) => placed.problem !== problem));
  return true;
}

/** Fixes the problem of the caret's line; with several to choose from, offers them. */
export const fix: Command = (view) => {
  const { state } = view;
  if (state.readOnly) return false;
  const line = state.doc.lineAt(state.selection.main.head);
  const fixable = problemsAt(state, line).filter((placed) => placed.fix);
  if (fixable.length <= 1) return fixable[0] !== undefined && applyFix(view, fixable[0].problem);
  view.dispatch({ effects: showAt.of(state.selection.main.head) });
  view.dom.querySelector<HTMLElement>(".cm-problems button")?.focus({ preventScroll: true });
  return true;
};

/** Goes to the next line with problems, round the end. */
export const nextProblem: Command = (view) => goToProblem(view, (places, caret) =>
  places.find((line) => line.from > caret.from) ?? places[0]);

/** Goes to the previous one, round the start. */
export const previousProblem: Command = (view) => goToProblem(view, (places, caret) =>
  places.filter((line) => line.to < caret.from).at(-1) ?? places.at(-1));

/** Puts the caret on a line with problems, shows them and says them to screen readers. */
function goToProblem(view: EditorView, choose: (lines: Line[], caret: Line) => Line | undefined): boolean {
  const { state } = view;
  const lines = state.field(placedField).map(({ from, to }) => state.doc.lineAt(underlined(state.doc, from, to).from));
  const line = choose(lines.sort((a, b) => a.from - b.from), state.doc.lineAt(state.selection.main.head));
  const words = wordsOf(state);
  if (!line) {
    view.dispatch({ effects: EditorView.announce.of(words.noProblems) });
    return false;
  }
  const anchor = line.from + line.text.length - line.text.trimStart().length;
  const said = problemsAt(state, line).map(({ problem, fix }) =>
    [`${words[problem.severity]}: ${problem.message}`, ...(fix ? [fixLabel(state, fix)] : [])].join(". "));
  view.dispatch({
    selection: { anchor },
    effects: [showAt.of(anchor), EditorView.announce.of(said.join(". "))],
    scrollIntoView: true,
    userEvent: "select",
  });
  return true;
}

/** Opens the list of the problems of a place's line, or closes it. */
const showAt = StateEffect.define<number | null>();
const shown = StateField.define<Tooltip | null>({
  create: () => null,
  update(tooltip, transaction) {
    const effect = transaction.effects.find((one) => one.is(showAt));
    if (effect) return effect.value === null ? null : listAt(effect.value);
    if (!tooltip) return null;
    // Others may write meanwhile; the person's own next step closes it.
    const isOwn = !transaction.annotation(remote);
    if (isOwn && (transaction.docChanged || transaction.selection)) return null;
    return transaction.docChanged ? { ...tooltip, pos: transaction.changes.mapPos(tooltip.pos) } : tooltip;
  },
  provide: (field) => showTooltip.from(field),
});

function listAt(pos: number): Tooltip {
  return { pos, above: true, create: (view) => ({ dom: problemList(view, pos) }) };
}

function problemList(view: EditorView, pos: number): HTMLElement {
  const list = document.createElement("ul");
  list.className = "cm-tooltip-lint cm-problems";
  for (const { problem, fix } of problemsAt(view.state, view.state.doc.lineAt(pos))) {
    const item = list.appendChild(document.createElement("li"));
    item.className = `cm-diagnostic cm-diagnostic-${problem.severity}`;
    item.append(problem.message);
    if (!fix || view.state.readOnly) continue;
    const button = item.appendChild(document.createElement("button"));
    button.type = "button";
    button.className = "cm-diagnosticAction";
    button.textContent = fixLabel(view.state, fix);
    button.onclick = () => {
      applyFix(view, problem);
      view.focus();
    };
  }
  list.onkeydown = (event) => {
    if (event.key === "Escape" && close(view)) view.focus();
  };
  return list;
}

const close: Command = (view) => {
  if (!view.state.field(shown)) return false;
  view.dispatch({ effects: showAt.of(null) });
  return true;
};

/** Marks beside and below the text, what they say on hover, and the list that the keys open. */
export const problems: Extension = [
  placedField,
  shown,
  linter(null),
  lintGutter(),
  Prec.high(keymap.of([{ key: "Escape", run: close }])),
];
