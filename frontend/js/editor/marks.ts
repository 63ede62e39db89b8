/** Marks within lines: bold, italic, struck, code and links. */

import { ensureSyntaxTree, syntaxTree } from "@codemirror/language";
import { EditorSelection, type ChangeSpec, type EditorState, type SelectionRange } from "@codemirror/state";
import type { Command, EditorView } from "@codemirror/view";
import type { SyntaxNode, Tree } from "@lezer/common";
import { insertSnippet, perform, snippetText } from "./insert.ts";
import { readLine } from "./lists.ts";
import { wordsOf } from "./words.ts";

/** A mark that stands on both sides of its text, and the syntax nodes that it makes. */
type Mark = { text: string; node: string; part: string };

const BOLD: Mark = { text: "**", node: "StrongEmphasis", part: "EmphasisMark" };
const ITALIC: Mark = { text: "*", node: "Emphasis", part: "EmphasisMark" };
const STRIKE: Mark = { text: "~~", node: "Strikethrough", part: "StrikethroughMark" };
const CODE: Mark = { text: "`", node: "InlineCode", part: "CodeMark" };

const BARE_URL = /^(https?:\/\/|mailto:)[^\s<>]+$/i;

// Each sets its mark, or takes it away.
export const bold: Command = toggle(BOLD);
export const italic: Command = toggle(ITALIC);
export const strike: Command = toggle(STRIKE);
const inlineCode = toggle(CODE);

/** A key may wait this long for the syntax tree, in milliseconds; without it some marks are not seen. */
const PARSE_PATIENCE = 50;

/** The syntax tree, down to a position if that can be had at once. */
export function treeAt(state: EditorState, position: number): Tree {
  return ensureSyntaxTree(state, position, PARSE_PATIENCE) ?? syntaxTree(state);
}

/** The innermost node of a name around a range. */
export function enclosing(tree: Tree, from: number, to: number, name: string): SyntaxNode | null {
  for (const side of [1, -1] as const) {
    for (let node: SyntaxNode | null = tree.resolveInner(side > 0 ? from : to, side); node; node = node.parent) {
      if (node.name === name && node.from <= from && node.to >= to) return node;
    }
  }
  return null;
}

function toggle(mark: Mark): Command {
  return (view) => {
    const { state } = view;
    if (state.readOnly) return false;
    const tree = treeAt(state, state.selection.main.to);
    const { main } = state.selection;
    if (state.selection.ranges.length === 1 && main.empty) return toggleAtCaret(view, tree, mark);
    const parts = state.selection.ranges.flatMap((range) => segments(state, range));
    if (parts.length === 0) return false;
    const marked = parts.map((part) => enclosing(tree, part.from, part.to, mark.node));
    const remove = marked.every((node) => node !== null);
    const changes = parts.flatMap((part, index) => {
      const node = marked[index] ?? null;
      if (remove && node) return unmark(state, node, part, mark);
      return node ? [] : wrap(tree, part, mark);
    });
    const set = state.changes(changes);
    const selection = EditorSelection.create(state.selection.ranges.map((range) => {
      const own = parts.filter((part) => part.from >= range.from && part.to <= range.to);
      const from = set.mapPos(own[0]?.from ?? range.from, 1);
      const to = Math.max(from, set.mapPos(own.at(-1)?.to ?? range.to, -1));
      return range.anchor <= range.head ? EditorSelection.range(from, to) : EditorSelection.range(to, from);
    }), state.selection.mainIndex);
    perform(view, { changes: set, selection });
    return true;
  };
}

/** In a marked text: out of it at its end, else unmarked. In a word: the word. Else: an empty pair. */
function toggleAtCaret(view: EditorView, tree: Tree, mark: Mark): boolean {
  const { state } = view;
  const { head } = state.selection.main;
  const size = mark.text.length;
  const node = enclosing(tree, head, head, mark.node);
  if (node && node.from < head && node.to > head) {
    const marks = node.getChildren(mark.part);
    if (head === marks.at(-1)?.from) perform(view, { selection: { anchor: node.to } });
    else perform(view, { changes: marks.map(({ from, to }) => ({ from, to })) });
    return true;
  }
  if (isEmptyPair(state, head, mark.text)) {
    perform(view, { changes: { from: head - size, to: head + size } });
    return true;
  }
  const word = state.wordAt(head);
  if (word && word.from < head && head < word.to) {
    perform(view, { changes: wrap(tree, word, mark) });
    return true;
  }
  perform(view, { changes: { from: head, insert: mark.text + mark.text }, selection: { anchor: head + size } });
  return true;
}

/** Whether exactly this mark stands on either side: `*` is not a half of `**`. */
function isEmptyPair(state: EditorState, at: number, mark: string): boolean {
  const line = state.doc.lineAt(at);
  const isMark = (index: number) => line.text[index] === mark.charAt(0);
  let [from, to] = [at - line.from, at - line.from];
  while (isMark(from - 1)) from--;
  while (isMark(to)) to++;
  return at - line.from - from === mark.length && to - (at - line.from) === mark.length;
}

type Part = { from: number; to: number };

/** The texts of a selection line by line, without the marks of lists, quotes and headings. */
function segments(state: EditorState, range: SelectionRange): Part[] {
  const parts: Part[] = [];
  for (let at = range.from; at <= range.to;) {
    const line = state.doc.lineAt(at);
    const { content } = readLine(line.text);
    const heading = /^#{1,6}[ \t]+/.exec(line.text.slice(content))?.[0].length ?? 0;
    const start = Math.max(range.from, line.from + content + heading);
    const end = Math.max(start, Math.min(range.to, line.to));
    const text = state.sliceDoc(start, end);
    const from = start + text.length - text.trimStart().length;
    const to = end - (text.length - text.trimEnd().length);
    if (from < to) parts.push({ from, to });
    at = line.to + 1;
  }
  return parts;
}

/** Marks a text; the same marks inside it would end the new ones, so they go. */
function wrap(tree: Tree, { from, to }: Part, mark: Mark): ChangeSpec[] {
  const changes: ChangeSpec[] = [{ from, insert: mark.text }, { from: to, insert: mark.text }];
  tree.iterate({
    from,
    to,
    enter(node) {
      if (node.name !== mark.node || node.from < from || node.to > to) return;
      for (const part of node.node.getChildren(mark.part)) changes.push({ from: part.from, to: part.to });
    },
  });
  return changes;
}

/** Takes the marks off a part of a marked text; what is before and after it keeps them. */
function unmark(state: EditorState, node: SyntaxNode, { from, to }: Part, mark: Mark): ChangeSpec[] {
  const marks = node.getChildren(mark.part);
  const [open, close] = [marks[0], marks.at(-1)];
  if (!open || !close) return [];
  const text = state.sliceDoc(open.from, open.to);
  // Marks of another kind between these and the text are no text.
  const bare = (around: string) => (/^[*_~`\s]*$/.test(around) ? "" : around);
  const before = bare(state.sliceDoc(open.to, Math.max(open.to, from))).trimEnd();
  const tail = bare(state.sliceDoc(Math.min(close.from, to), close.from)).trimStart();
  return [
    before ? { from: open.to + before.length, insert: text } : { from: open.from, to: open.to },
    tail ? { from: close.from - tail.length, insert: text } : { from: close.from, to: close.to },
  ];
}

/** Code within a line, or a block of it for several lines. */
export const code: Command = (view) => {
  const { state } = view;
  const { from, to } = state.selection.main;
  const [first, last] = [state.doc.lineAt(from), state.doc.lineAt(to)];
  const fence = enclosing(treeAt(state, to), from, to, "FencedCode");
  if (!fence && first.number === last.number) return inlineCode(view);
  if (state.readOnly) return false;
  if (fence) return unfence(view, fence);
  const longest = state.sliceDoc(first.from, last.to).match(/`{3,}/g)?.sort().at(-1) ?? "``";
  const mark = `${longest}\``;
  perform(view, {
    changes: [{ from: first.from, insert: `${mark}\n` }, { from: last.to, insert: `\n${mark}` }],
    selection: { anchor: first.from + mark.length },
  });
  return true;
};

function unfence(view: EditorView, fence: SyntaxNode): boolean {
  const { doc } = view.state;
  const changes = fence.getChildren("CodeMark").map(({ from }) => {
    const line = doc.lineAt(from);
    return line.to < doc.length
      ? { from: line.from, to: line.to + 1 }
      : { from: Math.max(0, line.from - 1), to: line.to };
  });
  perform(view, { changes });
  return true;
}

/** Makes a link, or takes one away. */
export const link: Command = (view) => {
  const { state } = view;
  if (state.readOnly) return false;
  const { from, to } = state.selection.main;
  const node = enclosing(treeAt(state, to), from, to, "Link");
  if (node) return unlink(view, node);
  const text = state.sliceDoc(from, to);
  if (text.includes("\n")) return false;
  const isUrl = BARE_URL.test(text);
  const label = isUrl || text === "" ? `\${${wordsOf(state).linkText}}` : snippetText(text);
  insertSnippet(view, `[${label}](${isUrl ? snippetText(text) : "${https://}"})\${}`, from, to);
  return true;
};

function unlink(view: EditorView, node: SyntaxNode): boolean {
  const marks = node.getChildren("LinkMark");
  const [open, close] = [marks[0], marks[1]];
  if (!open || !close) return false;
  perform(view, { changes: [{ from: open.from, to: open.to }, { from: close.from, to: node.to }] });
  return true;
}

/** An image whose description and address are to be filled in, one after the other. */
export const image: Command = (view) => {
  const { state } = view;
  if (state.readOnly) return false;
  const { from, to } = state.selection.main;
  const text = state.sliceDoc(from, to).trim();
  if (text.includes("\n")) return false;
  const isUrl = BARE_URL.test(text);
  const alt = text === "" || isUrl ? `\${${wordsOf(state).altText}}` : snippetText(text);
  insertSnippet(view, `![${alt}](${isUrl ? snippetText(text) : "${https://}"})\${}`, from, to);
  return true;
};

/** A URL pasted over selected words makes them a link. */
export function pasteLink(view: EditorView, pasted: string): boolean {
  const url = pasted.trim();
  const { state } = view;
  const { main } = state.selection;
  if (state.readOnly || main.empty || !BARE_URL.test(url)) return false;
  const label = state.sliceDoc(main.from, main.to);
  if (label.includes("\n") || BARE_URL.test(label.trim())) return false;
  // Over the address of a link, or in code, it is only text.
  const tree = treeAt(state, main.to);
  if (["Link", "Image", "URL", "InlineCode", "FencedCode", "FrontMatter", "Comment", "CommentBlock"]
    .some((name) => enclosing(tree, main.from, main.to, name))) return false;
  const insert = `[${label}](${url})`;
  perform(view, {
    changes: { from: main.from, to: main.to, insert },
    selection: { anchor: main.from + insert.length },
    userEvent: "input.paste",
  });
  return true;
}
