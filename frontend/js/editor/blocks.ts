/** What stands at the start of lines, and blocks that are inserted whole: headings, lists, quotes, tables. */

import { EditorSelection, type ChangeSpec, type EditorState, type Line } from "@codemirror/state";
import type { Command, EditorView } from "@codemirror/view";
import { insertSnippet, perform } from "./insert.ts";
import { numberAt, readLine, type ListLine } from "./lists.ts";
import { wordsOf } from "./words.ts";

const HEADING = /^(#{1,6})(?:[ \t]+|$)/;
const DEEPEST_HEADING = 3;

/** The lines of the selection; one that ends at the start of a line does not mean that line. */
export function selectedLines(state: EditorState): Line[] {
  const lines: Line[] = [];
  for (const { from, to } of state.selection.ranges) {
    for (let at = from; at <= to;) {
      const line = state.doc.lineAt(at);
      const isNew = line.number > (lines.at(-1)?.number ?? 0);
      if (isNew && (line.from < to || line.from === from)) lines.push(line);
      at = line.to + 1;
    }
  }
  return lines;
}

/** Blank lines count only when there are no others. */
function linesWithText(state: EditorState): Line[] {
  const lines = selectedLines(state);
  const full = lines.filter((line) => line.text.trim() !== "");
  return full.length > 0 ? full : lines.slice(0, 1);
}

/** Changes the starts of lines; the caret stays with the text behind them. */
function change(view: EditorView, changes: readonly ChangeSpec[]): boolean {
  const set = view.state.changes(changes);
  const { ranges, mainIndex } = view.state.selection;
  const mapped = ranges.map((range) => {
    const [anchor, head] = [set.mapPos(range.anchor, 1), set.mapPos(range.head, 1)];
    return EditorSelection.range(anchor, head);
  });
  perform(view, { changes: set, selection: EditorSelection.create(mapped, mainIndex) });
  return true;
}

/** No heading → `#` → `##` → `###` → none; all lines become what the first one does. */
export const heading: Command = (view) => {
  const { state } = view;
  if (state.readOnly) return false;
  const lines = linesWithText(state).map((line) => {
    const item = readLine(line.text);
    const mark = HEADING.exec(line.text.slice(item.content));
    return { line, item, mark };
  });
  const level = lines[0]?.mark?.[1]?.length ?? 0;
  const insert = level >= DEEPEST_HEADING ? "" : `${"#".repeat(level + 1)} `;
  return change(view, lines.map(({ line, item, mark }) => ({
    from: line.from + item.quote.length,
    to: line.from + item.content + (mark?.[0].length ?? 0),
    insert,
  })));
};

/** Makes items of lines, or plain lines of such items again. */
function toggleItems(
  isKind: (item: ListLine) => boolean,
  mark: (state: EditorState, line: Line, item: ListLine) => string,
): Command {
  return (view) => {
    const { state } = view;
    if (state.readOnly) return false;
    const lines = linesWithText(state).map((line) => ({ line, item: readLine(line.text) }));
    const remove = lines.every(({ item }) => isKind(item));
    let counts: { indent: number; count: number }[] = [];
    return change(view, lines.map(({ line, item }) => {
      const heading = item.mark ? 0 : (HEADING.exec(line.text.slice(item.content))?.[0].length ?? 0);
      counts = counts.filter(({ indent }) => indent <= item.indent);
      let level = counts.find(({ indent }) => indent === item.indent);
      if (!level) counts.push(level = { indent: item.indent, count: 0 });
      const first = mark(state, line, item);
      const insert = remove ? "" : first.replace(/^\d+/, (number) => String(Number(number) + (level?.count ?? 0)));
      // Further lines of the selection count on from the first one of their level.
      level.count++;
      return { from: line.from + item.start, to: line.from + item.content + heading, insert };
    }));
  };
}

/** The number of the first line that is selected. */
const firstSelected = (state: EditorState) => selectedLines(state)[0]?.number ?? 1;

/** A bullet list, or plain lines again. */
export const bullets: Command = toggleItems(
  (item) => item.mark !== "" && item.number === null && !item.task,
  () => "- ",
);

/** A numbered list, or plain lines again. */
export const numbers: Command = toggleItems(
  (item) => item.number !== null && !item.task,
  // Counts on from the list above the selection, at the level of that list.
  (state, line, item) => {
    const first = firstSelected(state);
    return `${line.number === first || item.indent === 0 ? numberAt(state.doc, first, item) : 1}. `;
  },
);

const makeTasks = toggleItems(() => false, (_, __, item) => `${item.mark || "-"} [ ] `);

/** Makes tasks; checks those that are tasks already, or unchecks them when all are checked. */
export const task: Command = (view) => {
  const { state } = view;
  if (state.readOnly) return false;
  const lines = linesWithText(state).map((line) => ({ line, item: readLine(line.text) }));
  if (!lines.every(({ item }) => item.task)) return makeTasks(view);
  const isOpen = ({ item }: { item: ListLine }) => item.task.startsWith("[ ]");
  const mark = lines.some(isOpen) ? "x" : " ";
  return change(view, lines.map(({ line, item }) => {
    const at = line.from + item.content - item.task.length + 1;
    return { from: at, to: at + 1, insert: mark };
  }));
};

/** Quotes all lines of the selection, blank ones between them as well, or takes one level away. */
export const quote: Command = (view) => {
  const { state } = view;
  if (state.readOnly) return false;
  const lines = selectedLines(state);
  while (lines.length > 1 && lines.at(-1)?.text.trim() === "") lines.pop();
  const mark = /^ {0,3}> ?/;
  const remove = lines.every(({ text }) => mark.test(text));
  return change(view, lines.map(({ from, text }) => {
    if (remove) return { from, to: from + (mark.exec(text)?.[0].length ?? 0) };
    return { from, insert: text.trim() === "" && lines.length > 1 ? ">" : "> " };
  }));
};

/** A table of two rows and two columns below the caret's line. */
export const table: Command = (view) => {
  const { state } = view;
  if (state.readOnly) return false;
  const line = state.doc.lineAt(state.selection.main.to);
  const { column, cell } = wordsOf(state);
  const rows = [
    `| \${1:${column}} | \${2:${column}} |`,
    `| ${"-".repeat(column.length)} | ${"-".repeat(column.length)} |`,
    `| \${3:${cell}} | \${4:${cell}} |\${5}`,
  ].join("\n");
  const isBlank = line.text.trim() === "";
  const isBlankAt = (number: number) =>
    number < 1 || number > state.doc.lines || state.doc.line(number).text.trim() === "";
  // A table needs a blank line above; on the line of the caret when that is blank itself.
  const before = isBlank ? (isBlankAt(line.number - 1) ? "" : "\n") : "\n\n";
  const after = isBlankAt(line.number + 1) ? "" : "\n";
  insertSnippet(view, before + rows + after, isBlank ? line.from : line.to, line.to);
  return true;
};
