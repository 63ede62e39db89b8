/** The deck's language in the editor: Markdown with front matter, and its slide separators. */

import { markdown, markdownLanguage } from "@codemirror/lang-markdown";
import { yamlFrontmatter } from "@codemirror/lang-yaml";
import { HighlightStyle, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { RangeSetBuilder, type EditorState, type Extension } from "@codemirror/state";
import {
  Decoration,
  ViewPlugin,
  type DecorationSet,
  type EditorView,
  type ViewUpdate,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { separatorKind } from "./outline.ts";

const breaks = {
  column: Decoration.line({ class: "cm-slide-break" }),
  slide: Decoration.line({ class: "cm-slide-break cm-slide-break-vertical" }),
};

/** Only what is visible is looked at, so that a long deck costs no more than a short one. */
function visibleBreaks(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const { state } = view;
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to;) {
      const line = state.doc.lineAt(at);
      const kind = separatorKind(line.text);
      if (kind && isBlank(state, line.number - 1) && isBlank(state, line.number + 1) &&
        isProse(state, line.from)) {
        builder.add(line.from, line.from, breaks[kind]);
      }
      at = line.to + 1;
    }
  }
  return builder.finish();
}

function isBlank(state: EditorState, line: number): boolean {
  if (line < 1 || line > state.doc.lines) return true;
  return state.doc.line(line).text.trim() === "";
}

function isProse(state: EditorState, at: number): boolean {
  for (let node = syntaxTree(state).resolveInner(at, 1); ; ) {
    if (/^(FencedCode|CommentBlock|Comment|Frontmatter)/.test(node.name)) return false;
    if (!node.parent) return true;
    node = node.parent;
  }
}

const slideBreaks = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = visibleBreaks(view);
    }

    update(update: ViewUpdate): void {
      const parsed = syntaxTree(update.startState) !== syntaxTree(update.state);
      if (update.docChanged || update.viewportChanged || parsed) {
        this.decorations = visibleBreaks(update.view);
      }
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

const quiet = { color: "var(--muted)" };
const style = HighlightStyle.define([
  { tag: tags.heading, fontWeight: "700" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strikethrough, textDecoration: "line-through" },
  { tag: [tags.link, tags.url], color: "var(--accent)" },
  { tag: tags.monospace, color: "light-dark(#12704a, #5fd29a)" },
  { tag: [tags.processingInstruction, tags.meta, tags.contentSeparator], ...quiet },
  { tag: [tags.quote, tags.comment], ...quiet },
  { tag: [tags.tagName, tags.angleBracket, tags.keyword], color: "light-dark(#7d3ba6, #c9a2ff)" },
  { tag: [tags.attributeName, tags.propertyName], color: "light-dark(#8a5200, #f0b94d)" },
  { tag: [tags.attributeValue, tags.string], color: "light-dark(#12704a, #5fd29a)" },
  { tag: [tags.number, tags.bool, tags.atom, tags.color], color: "light-dark(#ab247e, #f7a2ef)" },
]);

/** Language, colours and separator lines. */
export const deckLanguage: Extension = [
  yamlFrontmatter({
    content: markdown({
      base: markdownLanguage,
      completeHTMLTags: false,
      pasteURLAsLink: false,
    }),
  }),
  syntaxHighlighting(style),
  slideBreaks,
];
