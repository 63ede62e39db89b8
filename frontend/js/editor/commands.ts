/** What keys and the toolbar do to the text: marks, lists, links, slides. */

import { indentLess, insertNewlineAndIndent } from "@codemirror/commands";
import { forceParsing, syntaxTreeAvailable } from "@codemirror/language";
import { EditorSelection, type ChangeSpec, type EditorState, type Line } from "@codemirror/state";
import type { Command, EditorView, KeyBinding } from "@codemirror/view";
import { newSection, newSlide, slideStarts, type Insertion } from "./outline.ts";

const LIST_MARK = /^(\s*)([-*+]|\d{1,9}[.)])(\s+)/;
const BARE_URL = /^(https?:\/\/|mailto:)[^\s<>]+$/i;

/** Every command by the name that the toolbar uses. */
export const COMMANDS: Record<string, Command> = {
  bold: toggleMark("**"),
  italic: toggleMark("*"),
  strike: toggleMark("~~"),
  code: toggleMark("`"),
  link: toggleLink,
  heading: cycleHeading,
  bullets: togglePrefix(() => "- "),
  numbers: togglePrefix((index) => `${index + 1}. `),
  task: togglePrefix(() => "- [ ] "),
  "new-slide": (view) => insertSlide(view, newSlide(view.state.doc, view.state.selection.main.head)),
  "new-section": (view) =>
    insertSlide(view, newSection(view.state.doc, view.state.selection.main.head)),
  "next-slide": (view) => goToSlide(view, 1),
  "previous-slide": (view) => goToSlide(view, -1),
};

/** The keys of the editor that are not CodeMirror's own. */
export function commandKeys(onCommand: (name: string) => void): KeyBinding[] {
  const bind = (key: string, name: string): KeyBinding => ({
    key,
    run: COMMANDS[name],
    preventDefault: true,
  });
  return [
    bind("Mod-b", "bold"),
    bind("Mod-i", "italic"),
    bind("Mod-Shift-x", "strike"),
    bind("Mod-e", "code"),
    bind("Mod-Shift-k", "link"),
    bind("Mod-Enter", "new-slide"),
    bind("Mod-Shift-Enter", "new-section"),
    bind("Alt-PageDown", "next-slide"),
    bind("Alt-PageUp", "previous-slide"),
    { key: "Enter", run: parseToCaret },
    { key: "Tab", run: indent, shift: indentLess },
    { key: "Shift-Enter", run: insertNewlineAndIndent },
    {
      key: "Mod-s",
      preventDefault: true,
      run: () => {
        onCommand("save");
        return true;
      },
    },
  ];
}

/** The list's own Enter asks the syntax tree, which may not reach down to the caret yet. */
function parseToCaret(view: EditorView): boolean {
  const { head } = view.state.selection.main;
  if (!syntaxTreeAvailable(view.state, head)) forceParsing(view, head, PARSE_PATIENCE);
  return false;
}

/** A key may wait this long, in milliseconds; a tree that is still too short costs one list mark. */
const PARSE_PATIENCE = 50;

/** A URL pasted over selected words makes them a link. */
export function pasteLink(view: EditorView, pasted: string): boolean {
  const url = pasted.trim();
  const { main } = view.state.selection;
  if (view.state.readOnly || main.empty || !BARE_URL.test(url)) return false;
  const label = view.state.sliceDoc(main.from, main.to);
  if (label.includes("\n") || BARE_URL.test(label.trim())) return false;
  const insert = `[${label}](${url})`;
  view.dispatch({
    changes: { from: main.from, to: main.to, insert },
    selection: { anchor: main.from + insert.length },
    userEvent: "input.paste",
    scrollIntoView: true,
  });
  return true;
}

function toggleMark(mark: string): Command {
  const size = mark.length;
  return (view) => {
    const { state } = view;
    if (state.readOnly) return false;
    view.dispatch(state.update(state.changeByRange(({ from, to }) => {
      const outside =
        isMarked(state, from - size, mark) && state.sliceDoc(to, to + size) === mark;
      if (outside) {
        return {
          changes: [{ from: from - size, to: from }, { from: to, to: to + size }],
          range: EditorSelection.range(from - size, to - size),
        };
      }
      const text = state.sliceDoc(from, to);
      if (text.length > 2 * size && text.startsWith(mark) && text.endsWith(mark)) {
        return {
          changes: [{ from, to: from + size }, { from: to - size, to }],
          range: EditorSelection.range(from, to - 2 * size),
        };
      }
      return {
        changes: [{ from, insert: mark }, { from: to, insert: mark }],
        range: EditorSelection.range(from + size, to + size),
      };
    }), { userEvent: "input", scrollIntoView: true }));
    return true;
  };
}

/** Whether `mark` stands at `at` and is not a part of a longer one: `*` is not half of `**`. */
function isMarked(state: EditorState, at: number, mark: string): boolean {
  if (at < 0 || state.sliceDoc(at, at + mark.length) !== mark) return false;
  return mark !== "*" || state.sliceDoc(at - 1, at) !== "*" || state.sliceDoc(at - 2, at) === "**";
}

function toggleLink(view: EditorView): boolean {
  const { state } = view;
  if (state.readOnly) return false;
  const { from, to } = state.selection.main;
  const text = state.sliceDoc(from, to);
  const existing = /^\[([^\]]*)\]\([^)]*\)$/.exec(text);
  if (existing) {
    const label = existing[1] ?? "";
    view.dispatch({
      changes: { from, to, insert: label },
      selection: { anchor: from, head: from + label.length },
      userEvent: "input",
    });
    return true;
  }
  const isUrl = BARE_URL.test(text);
  const insert = isUrl ? `[](${text})` : `[${text}](https://)`;
  const caret = isUrl || text === "" ? from + 1 : from + insert.length - 1;
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: caret },
    userEvent: "input",
    scrollIntoView: true,
  });
  return true;
}

/** No heading → `#` → `##` → `###` → none. */
function cycleHeading(view: EditorView): boolean {
  if (view.state.readOnly) return false;
  const changes = selectedLines(view.state).map((line): ChangeSpec => {
    const mark = /^(#{1,6})[ \t]+/.exec(line.text);
    const level = mark?.[1]?.length ?? 0;
    const insert = level >= 3 ? "" : `${"#".repeat(level + 1)} `;
    return { from: line.from, to: line.from + (mark?.[0].length ?? 0), insert };
  });
  view.dispatch({ changes, userEvent: "input", scrollIntoView: true });
  return true;
}

function togglePrefix(prefix: (index: number) => string): Command {
  const kind = (mark: string) => mark.trim().replace(/\d+/, "1").replace(/\[.\]/, "[ ]");
  return (view) => {
    const { state } = view;
    if (state.readOnly) return false;
    const selected = selectedLines(state);
    const lines = selected.length > 1 ? selected.filter((line) => line.text.trim()) : selected;
    const marks = lines.map((line) => /^\s*(?:[-*+](?:[ \t]+\[[ xX]\])?|\d{1,9}[.)])[ \t]+/.exec(line.text)?.[0] ?? "");
    const remove = marks.every((mark, index) => mark && kind(mark) === kind(prefix(index)));
    const changes = lines.map((line, index): ChangeSpec => {
      const mark = marks[index] ?? "";
      const start = line.from + (line.text.length - line.text.trimStart().length);
      const to = Math.max(start, line.from + mark.length);
      return { from: start, to, insert: remove ? "" : prefix(index) };
    });
    const changed = state.changes(changes);
    view.dispatch({
      changes: changed,
      selection: state.selection.map(changed, 1),
      userEvent: "input",
      scrollIntoView: true,
    });
    return true;
  };
}

/** Tab moves list items one level in, below the text of the item above; elsewhere it indents. */
function indent(view: EditorView): boolean {
  const { state } = view;
  if (state.readOnly) return false;
  const lines = selectedLines(state);
  const inList = lines.some((line) => LIST_MARK.test(line.text));
  if (!inList && state.selection.main.empty) {
    const line = state.doc.lineAt(state.selection.main.head);
    const insert = (state.selection.main.head - line.from) % 2 === 0 ? "  " : " ";
    view.dispatch(state.replaceSelection(insert), { userEvent: "input", scrollIntoView: true });
    return true;
  }
  const first = lines[0];
  const width = first ? indentWidth(state, first) : 2;
  const changes = lines
    .filter((line) => line.text.trim())
    .map((line) => ({ from: line.from, insert: " ".repeat(width) }));
  const changed = state.changes(changes);
  view.dispatch({
    changes: changed,
    selection: state.selection.map(changed, 1),
    userEvent: "input.indent",
  });
  return true;
}

/** A nested item must begin below its parent's text: 2 columns under `- `, 3 under `1. `. */
function indentWidth(state: EditorState, line: Line): number {
  const above = line.number > 1 ? LIST_MARK.exec(state.doc.line(line.number - 1).text) : null;
  const own = LIST_MARK.exec(line.text);
  if (above && own && above[1]?.length === own[1]?.length) {
    return (above[2]?.length ?? 1) + Math.min(above[3]?.length ?? 1, 4);
  }
  return 2;
}

function insertSlide(view: EditorView, { at, insert, caret }: Insertion): boolean {
  if (view.state.readOnly) return false;
  view.dispatch({
    changes: { from: at, insert },
    selection: { anchor: caret },
    userEvent: "input",
    scrollIntoView: true,
  });
  return true;
}

function goToSlide(view: EditorView, step: 1 | -1): boolean {
  const { doc, selection } = view.state;
  const line = doc.lineAt(selection.main.head).number;
  const starts = slideStarts(doc);
  let current = 0;
  for (const [index, start] of starts.entries()) if (start <= line) current = index;
  const target = starts[Math.max(0, Math.min(starts.length - 1, current + step))] ?? 1;
  let number = target;
  // The caret goes to the first words of the slide, not to the blank line above them.
  const end = starts.find((start) => start > target) ?? doc.lines + 1;
  while (number + 1 < end && doc.line(number).text.trim() === "") number++;
  const { from } = doc.line(number);
  view.dispatch({ selection: { anchor: from }, scrollIntoView: true, userEvent: "select" });
  return true;
}

function selectedLines(state: EditorState): Line[] {
  const { from, to } = state.selection.main;
  const lines: Line[] = [];
  for (let at = from; ;) {
    const line = state.doc.lineAt(at);
    // A selection that ends at the start of a line does not mean that line.
    if (line.from < to || lines.length === 0) lines.push(line);
    if (line.to >= to) return lines;
    at = line.to + 1;
  }
}
