/** Brings the stray-edit guard into an editor: it is loaded with the first edit, and then told what has happened since. */

import { StateEffect, type EditorState, type Transaction } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import type { Watch } from "../guard.ts";
import type { Timer } from "./changes.ts";
import type { Sections } from "./guard/sections.ts";
import { perform } from "./insert.ts";
import { enclosing, treeAt } from "./marks.ts";
import { outlineField, slideOfLine } from "./outline.ts";
import { remote } from "./remote.ts";

/** Where the guard's program is, beside this one; the build fills it in. */
declare const GUARD: string;

/** What is no text, by the names of the syntax. */
const OTHER = ["FencedCode", "CodeBlock", "FrontMatter", "Comment", "CommentBlock", "HTMLBlock", "Maths"];

export class Guarding {
  private watch: Watch | null = null;
  private isLoading = false;
  private isDestroyed = false;
  /** What happens until the guard is there. */
  private missed: ((watch: Watch) => void)[] = [];
  private sections: Sections | null = null;

  constructor(
    private readonly view: () => EditorView,
    private readonly words: object,
    private readonly timer: Timer,
  ) {}

  setSections(sections: Sections): void {
    this.sections = sections;
    const { dom, state: { doc } } = this.view();
    dom.dataset.testMine = `${sections.mine.length}`;
    if (this.watch || this.isLoading) this.tell((watch) => watch.setSections(sections, doc));
  }

  see(transaction: Transaction): void {
    const isOwn = !transaction.annotation(remote);
    if (isOwn && !this.watch) this.load(transaction.startState);
    if (this.watch || this.isLoading) this.tell((watch) => watch.see(transaction, isOwn));
  }

  /** Moves the selected text to the discussion. */
  discuss(): boolean {
    const { state } = this.view();
    if (!this.sections || state.readOnly || state.selection.main.empty) return false;
    this.load(state);
    this.tell((watch) => void watch.discuss());
    return true;
  }

  /** Puts the focus into the guard's note, if there is one. */
  focus(): boolean {
    return this.watch?.focus() ?? false;
  }

  /** Whether the person may write has changed. */
  refresh(): void {
    this.watch?.show();
  }

  destroy(): void {
    this.isDestroyed = true;
    this.watch?.destroy();
  }

  private tell(news: (watch: Watch) => void): void {
    if (this.watch) news(this.watch);
    else this.missed.push(news);
  }

  private load({ doc }: EditorState): void {
    if (this.isLoading || this.watch) return;
    this.isLoading = true;
    const { sections } = this;
    if (sections) this.tell((watch) => watch.setSections(sections, doc));
    const program = GUARD;
    import(program).then((module: typeof import("../guard.ts")) => this.start(module), () => {
      // Without it one writes as before; the next edit tries again.
      this.isLoading = false;
      this.missed = [];
    });
  }

  private start({ LOOK, Watch }: typeof import("../guard.ts")): void {
    if (this.isDestroyed) return;
    const { timer } = this;
    const view = this.view();
    view.dispatch({ effects: StateEffect.appendConfig.of(EditorView.theme(LOOK)) });
    this.watch = new Watch({
      view,
      words: this.words,
      timer,
      now: () => timer.now?.() ?? performance.now(),
      isText,
      perform: (spec) => perform(view, spec),
    });
    for (const news of this.missed) news(this.watch);
    this.missed = [];
  }
}

/** Whether a place is written for the slide itself: no code, comment, notes or settings. */
function isText(state: EditorState, at: number): boolean {
  const outline = state.field(outlineField);
  const line = state.doc.lineAt(at).number;
  const { note = 0 } = outline.slides[slideOfLine(outline, line)] ?? {};
  if (line <= outline.frontMatterEnd || (note > 0 && line >= note)) return false;
  const tree = treeAt(state, at);
  return !OTHER.some((name) => enclosing(tree, at, at, name));
}
