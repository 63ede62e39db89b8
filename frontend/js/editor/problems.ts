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
import { foreignIn, foundForeign } from "./pictures/foreign.ts";
import { picturesAddress, uploadsOf } from "./pictures/uploads.ts";
import { remote } from "./remote.ts";
import { wordsOf } from "./words.ts";

/** What mends a problem. */
export type Fix = { title: string; edits: LineEdit[] };

/** Something that may be wrong on the lines from `from` up to `to`, counted from 0. */
export type Problem = {
  code: string;
  message: string;
  severity: "error" | "warning" | "info";
  from: number;
  to: number;
  fix?: Fix;
  /** What can be done about it instead. */
  otherFix?: Fix;
  /** What the message speaks of. */
  args?: string[];
};

/** A picture of elsewhere, whose address is what the message speaks of. */
const PICTURE_ELSEWHERE = "image-elsewhere";

/** A problem by its place in the text, which moves with the text. */
export type Placed = { problem: Problem; from: number; to: number; fixes: PlacedFix[] };

/** The changes of a fix, and the places that must still read as they did. */
type PlacedFix = {
  title: string;
  /** The first or the second of its problem, from 0. */
  number: number;
  changes: Change[];
  spans: { from: number; to: number }[];
  /** The address of a picture, in the only span, that is to be brought into the deck. */
  picture?: string;
};

/** Turns lines into places, in order. */
export function place(doc: Text, problems: readonly Problem[]): Placed[] {
  const line = (number: number) => doc.line(Math.max(1, Math.min(doc.lines, number)));
  const placed = ({ title, edits }: Fix, number: number): PlacedFix => {
    const spans = edits.map((edit) => {
      const start = line(edit.from + 1).from;
      return { from: start, to: edit.to > edit.from ? line(edit.to).to : start };
    });
    return { title, number, changes: lineChanges(doc, edits), spans };
  };
  return problems.map((problem) => {
    const url = problem.code === PICTURE_ELSEWHERE ? problem.args?.[0] : undefined;
    const from = line(problem.from + 1).from;
    const to = Math.max(from, line(Math.max(problem.to, problem.from + 1)).to);
    if (url) return { problem, from, to, fixes: bringing(doc, from, to, url) };
    const fixes = [problem.fix ?? [], problem.otherFix ?? []].flat().map(placed);
    return { problem, from, to, fixes };
  }).sort((a, b) => a.from - b.from || a.to - b.to);
}

/** What fetches a picture: no edit is known before the server has it. */
function bringing(doc: Text, from: number, to: number, url: string): PlacedFix[] {
  const at = doc.sliceString(from, to).indexOf(url);
  if (at < 0) return [];
  return [{ title: "", number: 0, changes: [], spans: [{ from: from + at, to: from + at + url.length }], picture: url }];
}

/** Moves problems along with a change. A fix whose own lines were edited is not offered any more. */
export function move(placed: readonly Placed[], changes: ChangeDesc): Placed[] {
  const range = ({ from, to }: { from: number; to: number }) => {
    const start = changes.mapPos(from, 1);
    return { from: start, to: Math.max(start, changes.mapPos(to, -1)) };
  };
  const isFresh = ({ spans }: PlacedFix) => spans.every(({ from, to }) => changes.touchesRange(from, to) === false);
  return placed.map(({ problem, fixes, ...at }) => ({
    problem,
    ...range(at),
    fixes: fixes.filter(isFresh).map((fix) => ({
      ...fix,
      spans: fix.spans.map(range),
      changes: fix.changes.map((change) => ({ ...range(change), insert: change.insert })),
    })),
  }));
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
  const placed = place(view.state.doc, [...problems, ...foreignProblems(view.state)]);
  if (JSON.stringify(placed.map(shape)) === JSON.stringify(view.state.field(placedField).map(shape))) return;
  show(view, placed);
}

/** Pictures of other decks: only the editor of who brought them here knows of them. */
function foreignProblems(state: EditorState): Problem[] {
  const message = wordsOf(state).pictureForeign;
  return foreignIn(state).map(({ line, address }) =>
    ({ code: PICTURE_ELSEWHERE, message, severity: "warning", from: line, to: line + 1, args: [address] }));
}

/** Shows a picture of another deck as soon as it is found out. */
const showForeign = EditorView.updateListener.of(({ view, transactions }) => {
  const isFound = transactions.some(({ effects }) => effects.some((effect) => effect.is(foundForeign)));
  // Within an update there can be no other one.
  if (isFound) queueMicrotask(() => addForeign(view));
});

function addForeign(view: EditorView): void {
  const { state } = view;
  const message = wordsOf(state).pictureForeign;
  const others = state.field(placedField).filter(({ problem }) => problem.message !== message);
  show(view, [...others, ...place(state.doc, foreignProblems(state))].sort((a, b) => a.from - b.from || a.to - b.to));
}

/** Shows them anew, because whether they can be fixed has changed. */
export function refreshProblems(view: EditorView): void {
  show(view, [...view.state.field(placedField)]);
}

function shape({ problem: { code, message, severity }, from, to, fixes }: Placed): unknown {
  return [code, message, severity, from, to, fixes];
}

function show(view: EditorView, placed: Placed[]): void {
  const { state } = view;
  const spec = setDiagnostics(state, placed.map((one) => diagnostic(state, one)));
  view.dispatch(spec, { effects: setPlaced.of(placed) });
}

function diagnostic(state: EditorState, placed: Placed): Diagnostic {
  const { problem, from, to } = placed;
  const actions = fixesOf(state, placed).map((fix) =>
    ({ name: fixLabel(state, fix), apply: (view: EditorView) => void applyFix(view, problem, fix.number) }));
  return { ...underlined(state.doc, from, to), severity: problem.severity, message: problem.message, actions };
}

function fixesOf(state: EditorState, { fixes }: Placed): PlacedFix[] {
  return fixes.filter((fix) => canFix(state, fix));
}

/** A picture can be brought in only where pictures are taken. */
function canFix(state: EditorState, { picture }: PlacedFix): boolean {
  return !state.readOnly && (picture === undefined || state.facet(picturesAddress) !== "");
}

function fixLabel(state: EditorState, { title, picture }: PlacedFix): string {
  const words = wordsOf(state);
  return picture === undefined ? `${words.fix}: ${title}` : words.bringIn;
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
function applyFix(view: EditorView, problem: Problem, number: number): boolean {
  const { state } = view;
  const placed = state.field(placedField).find((one) => one.problem === problem);
  const fix = placed?.fixes.find((one) => one.number === number);
  if (!fix || !canFix(state, fix)) return false;
  const [span] = fix.spans;
  if (fix.picture !== undefined && span) {
    uploadsOf(view)?.bring(fix.picture, span.from, span.to);
    view.dispatch({ effects: showAt.of(null) });
    return true;
  }
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
  const fixable = problemsAt(state, line).flatMap((placed) =>
    fixesOf(state, placed).map(({ number }) => ({ problem: placed.problem, number })));
  const [only, ...others] = fixable;
  if (!only) return false;
  if (others.length === 0) return applyFix(view, only.problem, only.number);
  view.dispatch({ effects: showAt.of(state.selection.main.head) });
  view.dom.querySelector<HTMLElement>(".cm-problems button")?.focus({ preventScroll: true });
  return true;
};

/** The numbers of what can be done about the problem of a kind on a line. */
export function fixesAt(state: EditorState, line: Line, code: string): number[] {
  const placed = problemsAt(state, line).find(({ problem }) => problem.code === code);
  return placed ? fixesOf(state, placed).map(({ number }) => number) : [];
}

/** Does it, by its number. */
export function fixAt(view: EditorView, line: Line, code: string, number: number): boolean {
  const placed = problemsAt(view.state, line).find(({ problem }) => problem.code === code);
  return placed !== undefined && applyFix(view, placed.problem, number);
}

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
  const said = problemsAt(state, line).map((placed) =>
    [`${words[placed.problem.severity]}: ${placed.problem.message}`, ...fixesOf(state, placed).map((fix) => fixLabel(state, fix))].join(". "));
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
  for (const placed of problemsAt(view.state, view.state.doc.lineAt(pos))) {
    const { problem } = placed;
    const item = list.appendChild(document.createElement("li"));
    item.className = `cm-diagnostic cm-diagnostic-${problem.severity}`;
    item.append(problem.message);
    for (const fix of fixesOf(view.state, placed)) {
      const button = item.appendChild(document.createElement("button"));
      button.type = "button";
      button.className = "cm-diagnosticAction";
      button.textContent = fixLabel(view.state, fix);
      button.onclick = () => {
        applyFix(view, problem, fix.number);
        view.focus();
      };
    }
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
  showForeign,
  shown,
  linter(null),
  lintGutter(),
  Prec.high(keymap.of([{ key: "Escape", run: close }])),
];
