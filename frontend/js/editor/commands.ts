/** The commands of the editor by their names, and the keys that call them. */

import { redo, undo } from "@codemirror/commands";
import { openSearchPanel } from "@codemirror/search";
import { ChangeSet, type Text } from "@codemirror/state";
import type { Command, EditorView, KeyBinding } from "@codemirror/view";
import { bullets, heading, numbers, quote, table, task } from "./blocks.ts";
import { perform } from "./insert.ts";
import { backspace, dedentItems, enter, indentItems, softBreak, type Typed } from "./lists.ts";
import { bold, code, enclosing, image, italic, link, strike, treeAt } from "./marks.ts";
import { newSection, newSlide, outlineField, slideOfLine, type Insertion } from "./outline.ts";
import { pickPictures } from "./pictures.ts";
import { pictureSettings } from "./pictures/settings.ts";
import { fix, nextProblem, previousProblem } from "./problems.ts";

/** Every command by the name that the page uses. */
export const COMMANDS: Record<string, Command> = {
  bold,
  italic,
  strike,
  code,
  heading,
  bullets,
  numbers,
  task,
  quote,
  link,
  image: pickPictures,
  "image-address": image,
  "picture-settings": pictureSettings,
  table,
  "new-slide": (view) => insertSlide(view, newSlide),
  "new-section": (view) => insertSlide(view, newSection),
  "next-slide": (view) => goToSlide(view, 1),
  "previous-slide": (view) => goToSlide(view, -1),
  undo: unlessReadOnly(undo),
  redo: unlessReadOnly(redo),
  find: openSearchPanel,
  "next-problem": nextProblem,
  "previous-problem": previousProblem,
  fix,
};

/** The keys of the commands. */
const KEYS: [key: string, name: string][] = [
  ["Mod-b", "bold"],
  ["Mod-i", "italic"],
  ["Mod-Shift-x", "strike"],
  ["Mod-e", "code"],
  ["Mod-Shift-k", "link"],
  ["Mod-Enter", "new-slide"],
  ["Mod-Shift-Enter", "new-section"],
  ["Alt-PageDown", "next-slide"],
  ["Alt-PageUp", "previous-slide"],
  ["F8", "next-problem"],
  ["Shift-F8", "previous-problem"],
  ["Mod-.", "fix"],
];

/** Keys that mean something to the page, not to the editor. */
const PAGE_KEYS: [key: string, name: string][] = [
  ["Mod-s", "save"],
  ["Mod-k", "palette"],
  ["Mod-Alt-1", "mode-edit"],
  ["Mod-Alt-2", "mode-both"],
  ["Mod-Alt-3", "mode-show"],
];

/** The keys of the editor that are not CodeMirror's own. */
export function commandKeys(onCommand: (name: string) => void): KeyBinding[] {
  const command = ([key, name]: [string, string]): KeyBinding => ({
    key,
    run: COMMANDS[name],
    // A browser has other plans for these keys, also where the command has nothing to do.
    preventDefault: true,
  });
  const page = ([key, name]: [string, string]): KeyBinding => ({
    key,
    preventDefault: true,
    run: () => {
      onCommand(name);
      return true;
    },
  });
  return [
    ...KEYS.map(command),
    ...PAGE_KEYS.map(page),
    { key: "Enter", run: typed(enter, "input", newLineOfCode) },
    { key: "Backspace", run: typed((doc, from, to) => (from === to ? backspace(doc, from) : null), "delete") },
    { key: "Tab", run: indent, shift: dedent },
    { key: "Shift-Enter", run: typed(softBreak, "input", newLineOfCode) },
  ];
}

function unlessReadOnly(command: Command): Command {
  return (view) => !view.state.readOnly && command(view);
}

/** What a key does to a text and a selection in it, if anything. */
type Key = (doc: Text, from: number, to: number) => Typed | null;

/** A key that lists and quotes understand; in code and comments it means something else or nothing. */
function typed(key: Key, userEvent = "input", keyInCode: Key = () => null): Command {
  return (view) => {
    const { state } = view;
    if (state.readOnly || state.selection.ranges.length > 1) return false;
    const { from, to, head } = state.selection.main;
    const result = (isCode(view, head) ? keyInCode : key)(state.doc, from, to);
    if (!result) return false;
    perform(view, { changes: result.changes, selection: { anchor: result.caret }, userEvent });
    return true;
  };
}

/** The indentation of the line above: a language that indents by itself would move the closing fence. */
function newLineOfCode(doc: Text, from: number, to: number): Typed {
  const line = doc.lineAt(from);
  const before = line.text.slice(0, from - line.from);
  const [prefix = "", quote = ""] = /^((?: {0,3}> ?)*)[ \t]*/.exec(before) ?? [];
  // A line of blanks alone loses them.
  const start = prefix === before ? line.from + quote.length : from;
  const changes = ChangeSet.of({ from: start, to, insert: `\n${prefix}` }, doc.length);
  return { changes, caret: start + 1 + prefix.length };
}

function isCode(view: EditorView, at: number): boolean {
  const tree = treeAt(view.state, at);
  return ["FencedCode", "CommentBlock", "Comment"].some((name) => enclosing(tree, at, at, name));
}

/** Tab moves list items one level in, below the text of the item above; elsewhere it indents. */
function indent(view: EditorView): boolean {
  const { state } = view;
  if (state.readOnly) return false;
  const { from, to, empty } = state.selection.main;
  const changes = isCode(view, from) ? null : indentItems(state.doc, from, to);
  if (changes) return move(view, changes);
  const line = state.doc.lineAt(from);
  if (empty || to <= line.to) {
    perform(view, state.replaceSelection((from - line.from) % 2 === 0 ? "  " : " "));
    return true;
  }
  return move(view, state.changes(linesOf(state.doc, from, to)
    .filter(({ text }) => text.trim() !== "")
    .map(({ from }) => ({ from, insert: "  " }))));
}

/** Shift-Tab moves list items one level out; elsewhere it takes away what Tab gives. */
function dedent(view: EditorView): boolean {
  const { state } = view;
  if (state.readOnly) return false;
  const { from, to } = state.selection.main;
  const changes = isCode(view, from) ? null : dedentItems(state.doc, from, to);
  return move(view, changes ?? state.changes(linesOf(state.doc, from, to).map((line) => ({
    from: line.from,
    to: line.from + (/^(?:\t| {1,2})/.exec(line.text)?.[0].length ?? 0),
  }))));
}

/** What moves nothing leaves no step behind, but the key is used up: focus does not jump away. */
function move(view: EditorView, changes: ChangeSet): boolean {
  if (!changes.empty) {
    perform(view, { changes, selection: view.state.selection.map(changes, 1), userEvent: "input.indent" });
  }
  return true;
}

function linesOf(doc: Text, from: number, to: number) {
  const first = doc.lineAt(from).number;
  const last = doc.lineAt(to);
  const count = last.number - first - (last.from === to && last.number > first ? 1 : 0);
  return Array.from({ length: count + 1 }, (_, index) => doc.line(first + index));
}

function insertSlide(view: EditorView, make: typeof newSlide): boolean {
  const { state } = view;
  if (state.readOnly) return false;
  const { at, delete: gone, insert, caret }: Insertion =
    make(state.doc, state.selection.main.head, state.field(outlineField));
  perform(view, { changes: { from: at, to: at + gone, insert }, selection: { anchor: caret } });
  return true;
}

function goToSlide(view: EditorView, step: 1 | -1): boolean {
  const { state } = view;
  const { doc } = state;
  const outline = state.field(outlineField);
  const index = slideOfLine(outline, doc.lineAt(state.selection.main.head).number) + step;
  const slide = outline.slides[Math.max(0, Math.min(outline.slides.length - 1, index))];
  if (!slide) return false;
  // The caret goes to the first words of the slide, not to the blank line above them.
  let line = Math.min(slide.first, doc.lines);
  while (line < slide.last && doc.line(line).text.trim() === "") line++;
  perform(view, { selection: { anchor: doc.line(line).from }, userEvent: "select" });
  return true;
}
