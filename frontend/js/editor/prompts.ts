/** Prompts as ghost text that gives way to the first thing written there, and carried items with what to do about them. */

import { ensureSyntaxTree } from "@codemirror/language";
import { EditorState, type Extension, type Line, type Range, type Text } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import { readLine } from "./lists.ts";
import { fixAt, fixesAt } from "./problems.ts";
import { promptIn } from "./prompt.ts";
import { wordsOf } from "./words.ts";

/** What carrying an item over leaves behind it, with the date of the call that it comes from. */
const CARRIED = /<!--\s*carried\s+(\d{4}-\d\d-\d\d)\s*-->/;
/** What a person puts in. Commands change what stands around a prompt, so it stays. */
const INPUT = ["input.type", "input.paste", "input.drop", "input.complete"];
/** What comes from elsewhere, perhaps as a list. */
const BROUGHT = ["input.paste", "input.drop"];

/** So long what comes before a prompt may take to be read while somebody types, in milliseconds. */
const READ_MS = 25;

class Ghost extends WidgetType {
  constructor(private readonly text: string) {
    super();
  }

  override eq(other: Ghost): boolean {
    return other.text === this.text;
  }

  override toDOM(view: EditorView): HTMLElement {
    const ghost = document.createElement("span");
    ghost.className = "cm-prompt";
    ghost.textContent = this.text;
    // As the placeholder that it is, not as a part of the text.
    ghost.setAttribute("role", "img");
    ghost.setAttribute("aria-label", `${wordsOf(view.state).prompt}: ${this.text}`);
    return ghost;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

class Badge extends WidgetType {
  constructor(private readonly date: string, private readonly fixes: readonly number[]) {
    super();
  }

  override eq(other: Badge): boolean {
    return other.date === this.date && `${other.fixes}` === `${this.fixes}`;
  }

  override toDOM(view: EditorView): HTMLElement {
    const badge = document.createElement("span");
    badge.className = "cm-carried";
    badge.dataset.test = "carried";
    const words = wordsOf(view.state);
    const text = badge.appendChild(document.createElement("span"));
    text.textContent = words.carried.replace("$", dayOf(this.date));
    badge.append(...this.fixes.map((number) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = number === 0 ? words.keep : words.drop;
      button.onclick = () => {
        fixAt(view, view.state.doc.lineAt(view.posAtDOM(badge)), "carried", number);
        view.focus();
      };
      return button;
    }));
    return badge;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

/** A day as people say it, in the page's language. */
function dayOf(date: string): string {
  const language = document.documentElement.lang || "en";
  const locale = /^en\b/.test(language) ? "en-GB" : language;
  const day = new Date(`${date}T00:00Z`);
  if (Number.isNaN(day.getTime())) return date;
  return day.toLocaleDateString(locale, { day: "numeric", month: "short", timeZone: "UTC" });
}

function decorate({ state, visibleRanges }: EditorView): DecorationSet {
  const found: Range<Decoration>[] = [];
  for (const { from, to } of visibleRanges) {
    for (let at = from; at <= to;) {
      const line = state.doc.lineAt(at);
      const prompt = promptAt(state, line);
      if (prompt) found.push(Decoration.replace({ widget: new Ghost(prompt.text) }).range(prompt.from, prompt.to));
      else found.push(...carriedOn(state, line));
      at = line.to + 1;
    }
  }
  return Decoration.set(found);
}

function carriedOn(state: EditorState, line: Line): Range<Decoration>[] {
  const match = line.text.includes("<!--") ? CARRIED.exec(line.text) : null;
  const from = line.from + (match?.index ?? 0);
  if (!match || !isComment(state, from)) return [];
  const fixes = state.readOnly ? [] : fixesAt(state, line, "carried");
  const widget = new Badge(match[1] ?? "", fixes);
  return [Decoration.replace({ widget }).range(from, from + match[0].length)];
}

/** The prompt of a line; in code and within other comments there is none. */
function promptAt(state: EditorState, line: Line) {
  const prompt = promptIn(line.text);
  if (!prompt || !isComment(state, line.from + prompt.from)) return null;
  return { from: line.from + prompt.from, to: line.from + prompt.to, text: prompt.text };
}

/** On a slow device a long deck is read bit by bit: what looks like a comment is one until it is known better. */
function isComment(state: EditorState, at: number): boolean {
  const tree = ensureSyntaxTree(state, at + 1, READ_MS);
  return !tree || tree.resolveInner(at, 1).name.startsWith("Comment");
}

/** What is written at either end of a prompt takes its place, in the same step of the history. */
const giveWay = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || !INPUT.some((event) => transaction.isUserEvent(event))) return transaction;
  const state = transaction.startState;
  const gone: { from: number; to: number }[] = [];
  const marks: { from: number; to: number }[] = [];
  const isBrought = BROUGHT.some((event) => transaction.isUserEvent(event));
  let shift = 0;
  transaction.changes.iterChanges((from, to, fromB, _toB, inserted) => {
    const line = state.doc.lineAt(from);
    const found = from !== to || startsLine(inserted) ? null : promptAt(state, line);
    const prompt = found && found.from <= from && from <= found.to ? found : null;
    if (prompt) gone.push({ from: prompt.from, to: prompt.to });
    const mark = isBrought ? secondMark(state, prompt ?? { from, to }, inserted) : 0;
    const at = fromB - shift - (prompt ? from - prompt.from : 0);
    if (mark > 0) marks.push({ from: at, to: at + mark });
    if (prompt) shift += prompt.to - prompt.from;
  });
  if (gone.length === 0 && marks.length === 0) return transaction;
  return [transaction, { changes: gone }, { changes: marks, sequential: true }];
});

/** How much of a pasted list's first line is a mark that the empty item it goes into has already. */
function secondMark({ doc }: EditorState, place: { from: number; to: number }, inserted: Text): number {
  const line = doc.lineAt(place.from);
  const lead = line.text.slice(0, place.from - line.from);
  const [own, first] = [readLine(lead), readLine(inserted.line(1).text)];
  const isEmpty = lead.slice(own.content).trim() === "" && doc.sliceString(place.to, doc.lineAt(place.to).to).trim() === "";
  if (!own.mark || !first.mark || !isEmpty) return 0;
  return own.task ? first.content : first.content - first.task.length;
}

/** A new line above or below a prompt leaves it where it is. */
function startsLine(inserted: Text): boolean {
  return inserted.lines > 1 && inserted.line(1).length === 0;
}

/**
 * An input method owns the text around its caret from the first letter on, and stops when the page changes it: so the
 * prompt goes before that. Both are one step of the history.
 */
const giveWayToComposition = EditorView.domEventHandlers({
  compositionstart(_event, view) {
    const { state } = view;
    const { head, empty } = state.selection.main;
    const prompt = empty && !state.readOnly ? promptAt(state, state.doc.lineAt(head)) : null;
    if (!prompt || head < prompt.from || head > prompt.to) return;
    const { from, to } = prompt;
    view.dispatch({ changes: { from, to }, selection: { anchor: from }, userEvent: "input.type.compose" });
  },
});

const plugin = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = decorate(view);
    }

    update(update: ViewUpdate): void {
      // Whatever is new may be new problems, and those bring what can be done about them.
      if (update.transactions.length > 0 || update.viewportChanged) this.decorations = decorate(update.view);
    }
  },
  {
    decorations: (plugin) => plugin.decorations,
    // Carets go past them, and deleting takes them whole.
    provide: (plugin) => EditorView.atomicRanges.of((view) => view.plugin(plugin)?.decorations ?? Decoration.none),
  },
);

export const prompts: Extension = [plugin, giveWay, giveWayToComposition];
