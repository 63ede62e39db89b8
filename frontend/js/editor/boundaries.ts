/** Slides made visible in their source: a rule and a number at each separator, dimmed notes, attributes. */

import { syntaxTree } from "@codemirror/language";
import { Prec, RangeSetBuilder, type EditorState, type Extension } from "@codemirror/state";
import { Decoration, ViewPlugin, type DecorationSet, type EditorView, type ViewUpdate } from "@codemirror/view";
import { outlineField, slideOfLine, type Outline, type Slide } from "./outline.ts";

/** A comment that sets attributes of a slide or of an element. */
const ATTRIBUTES = /<!--\s*\.(?:slide|element)\b.*?-->/g;

const note = Decoration.line({ class: "cm-slide-note" });
const attributes = Decoration.mark({ class: "cm-slide-attributes" });

/** Only what is visible is looked at, so that a long deck costs no more than a short one. */
function decorate(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const { state } = view;
  const outline = state.field(outlineField);
  for (const { from, to } of view.visibleRanges) {
    let index = slideOfLine(outline, state.doc.lineAt(from).number);
    for (let at = from; at <= to;) {
      const line = state.doc.lineAt(at);
      while ((outline.slides[index + 1]?.separator ?? Infinity) <= line.number) index++;
      const slide = outline.slides[index];
      if (slide?.separator === line.number) {
        builder.add(line.from, line.from, boundary(state, outline, slide, index));
      } else if (slide?.note && slide.note <= line.number) {
        builder.add(line.from, line.from, note);
      }
      for (const match of line.text.matchAll(ATTRIBUTES)) {
        const start = line.from + match.index;
        if (isComment(state, start)) builder.add(start, start + match[0].length, attributes);
      }
      at = line.to + 1;
    }
  }
  return builder.finish();
}

/** A last separator with nothing below it opens no slide yet, so it has no number. */
function boundary({ doc }: EditorState, { slides }: Outline, slide: Slide, index: number): Decoration {
  const isOpen = index < slides.length - 1 ||
    doc.sliceString(doc.line(slide.separator).to, doc.length).trim() !== "";
  return Decoration.line({
    class: slide.vertical ? "cm-slide-break cm-slide-break-vertical" : "cm-slide-break",
    attributes: isOpen ? { "data-slide": String(index + 1) } : {},
  });
}

function isComment(state: EditorState, at: number): boolean {
  return syntaxTree(state).resolveInner(at, 1).name.startsWith("Comment");
}

const plugin = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = decorate(view);
    }

    update(update: ViewUpdate): void {
      const parsed = syntaxTree(update.startState) !== syntaxTree(update.state);
      if (update.docChanged || update.viewportChanged || parsed) this.decorations = decorate(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

/** Within the colours of the syntax, so that theirs do not hide it. */
export const boundaries: Extension = [outlineField, Prec.high(plugin)];
