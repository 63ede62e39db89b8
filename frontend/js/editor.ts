/** The source editor: CodeMirror 6 with other people's carets. It knows no CRDT and no socket. */

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import {
  Compartment,
  EditorSelection,
  EditorState,
  Prec,
  StateEffect,
  StateField,
  type Extension,
  type Line,
} from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
  type Command,
  type DecorationSet,
  type ViewUpdate,
} from "@codemirror/view";
import { boundaries } from "./editor/boundaries.ts";
import { changes as shownChanges, ShownChanges, type Range, type Timer } from "./editor/changes.ts";
import { COMMANDS, commandKeys } from "./editor/commands.ts";
import { completion, setVocabulary, type Vocabulary } from "./editor/completion.ts";
import { normaliseLineEnds, replacement, type Edit } from "./editor/edits.ts";
import type { Section, Sections } from "./editor/guard/sections.ts";
import { Guarding } from "./editor/guarding.ts";
import { perform } from "./editor/insert.ts";
import { lineChanges, type LineEdit } from "./editor/lines.ts";
import { deckLanguage } from "./editor/markdown.ts";
import { pasteLink } from "./editor/marks.ts";
import { pictures } from "./editor/pictures.ts";
import { peers, setPeers, type Peer } from "./editor/peers.ts";
import { problems, refreshProblems, showProblems, type Problem } from "./editor/problems.ts";
import { promptIn } from "./editor/prompt.ts";
import { prompts } from "./editor/prompts.ts";
import { healing, remote, RemoteEdits, ScrollAnchor } from "./editor/remote.ts";
import { theme } from "./editor/theme.ts";
import { ENGLISH, words, type Words } from "./editor/words.ts";

export type { Edit, LineEdit, Peer, Problem, Range, Section, Sections, Timer, Vocabulary, Words };

/** What an editor needs from the page around it. */
export type EditorOptions = {
  parent: HTMLElement;
  text: string;
  /** The page's CSP nonce for CodeMirror's style sheet. */
  nonce: string;
  label: string;
  /** What the editor shows to people, in their language; English where a word is missing. */
  words?: Partial<Words>;
  /** Local changes only, at once and in order. */
  onEdits(edits: Edit[]): void;
  /**
   * The caret or the selection moved. At once for a movement of the person's own, a microtask later
   * when a call of this handle or a remote edit moved it, so that no caller is re-entered.
   */
  onSelection(anchor: number, head: number): void;
  /** The first visible line, counted from 0, once a frame while scrolling. */
  onScroll?(line: number): void;
  /** A key that means something to the page: `save`, `palette`, `mode-edit`, `mode-both`, `mode-show`. */
  onCommand?(name: string): void;
  /** Where pictures of the deck are sent; without it the editor takes none. */
  pictures?: string;
  /** What counts the time of `showChanges` and of the guard; the page's own unless it brings another. */
  timer?: Timer;
};

/** The page's side of an editor. */
export interface EditorHandle {
  /** Other people's edits: never reported back, never undone here, never scrolling. */
  apply(edits: Edit[]): void;
  setPeers(list: Peer[]): void;
  /**
   * Shown in the gutter, as underlines and on hover, with their fixes; moved along with later edits
   * until the next call.
   */
  setProblems(list: Problem[]): void;
  /**
   * Marks what others changed, until the person's next edit or for ten seconds, and scrolls to the first
   * of it. Neither the caret nor the focus moves.
   */
  showChanges(ranges: Range[]): void;
  /** What can be completed. */
  setVocabulary(vocabulary: Vocabulary): void;
  /**
   * Whose sections there are, for the guard against stray edits. A page that says so hears
   * `ondeck-discuss` as well: text that is to become part of the discussion, and is deleted here once
   * the page calls `stored`.
   */
  setSections(sections: Sections): void;
  /**
   * Whole-line edits as one transaction of the person's own: reported and undone as one. Touches no
   * more characters than it must. The caret goes to `line` (counted from 0) if given.
   */
  applyLines(edits: LineEdit[], line?: number): void;
  /** Makes `text` the document without reporting it. */
  reset(text: string): void;
  goToLine(line0: number, highlightMs: number, focus: boolean): void;
  /** Puts the caret where one goes on writing: at the end of a line, or at the prompt on it. */
  writeAt(line0: number): void;
  selection(): { anchor: number; head: number; line: number };
  /** The document with every remote edit in it. */
  text(): string;
  focus(): void;
  setReadOnly(readOnly: boolean): void;
  /** Replaces the selection as if typed: reported and undoable. */
  insert(text: string): void;
  /** Runs a command by name: `bold`, `new-slide`, `fix`, …; false if there is none or it cannot be done. */
  run(name: string): boolean;
  destroy(): void;
}

/** A line that somebody is sent to for writing lights up for this long. */
const HIGHLIGHT_MS = 600;

const flashLine = StateEffect.define<number | null>();
const flashField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(flashed, transaction) {
    flashed = flashed.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(flashLine)) continue;
      flashed = effect.value === null
        ? Decoration.none
        : Decoration.set(Decoration.line({ class: "cm-flash" }).range(effect.value));
    }
    return flashed;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** What every editor has, whatever the page asks for. */
const BASICS: Extension = [
  EditorState.lineSeparator.of("\n"),
  EditorState.allowMultipleSelections.of(true),
  indentUnit.of("  "),
  healing,
  EditorView.clipboardInputFilter.of(normaliseLineEnds),
  lineNumbers(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSpecialChars(),
  highlightSelectionMatches({ minSelectionLength: 2 }),
  history(),
  drawSelection(),
  dropCursor(),
  bracketMatching(),
  search({ top: true }),
  EditorView.lineWrapping,
  deckLanguage,
  boundaries,
  prompts,
  shownChanges,
  completion,
  theme,
];

export function createEditor(options: EditorOptions): EditorHandle {
  return new Editor(options);
}

class Editor implements EditorHandle {
  private readonly view: EditorView;
  private readonly readOnly = new Compartment();
  private readonly remoteEdits: RemoteEdits;
  private readonly shownChanges: ShownChanges;
  private readonly guarding: Guarding;
  private reported = { anchor: 0, head: 0 };
  private reportQueued = false;
  private readonly commands: Record<string, Command> = { ...COMMANDS, discuss: () => this.guarding.discuss() };
  private calls = 0;
  private waitingProblems: Problem[] | null = null;
  private flashTimer = 0;
  private scrollFrame = 0;
  private destroyed = false;

  constructor(private readonly options: EditorOptions) {
    const view = () => this.view;
    this.remoteEdits = new RemoteEdits(view, new ScrollAnchor(view));
    this.shownChanges = new ShownChanges(view, options.timer ?? window);
    this.guarding = new Guarding(view, options.words ?? {}, options.timer ?? window);
    this.view = new EditorView({
      parent: options.parent,
      state: EditorState.create({ doc: options.text, extensions: this.extensions() }),
    });
    this.view.scrollDOM.addEventListener("scroll", this.onScroll, { passive: true });
  }

  apply(edits: Edit[]): void {
    this.quietly(() => this.remoteEdits.apply(edits));
  }

  setPeers(list: Peer[]): void {
    const shown = list.map((peer) => ({
      ...peer,
      anchor: this.remoteEdits.toEditor(peer.anchor),
      head: this.remoteEdits.toEditor(peer.head),
    }));
    this.view.dispatch({ effects: setPeers.of(shown) });
  }

  setProblems(list: Problem[]): void {
    // While edits of others wait, their lines are not yet those of the editor.
    if (this.remoteEdits.isWaiting()) this.waitingProblems = list;
    else this.showProblems(list);
  }

  showChanges(ranges: Range[]): void {
    const place = (at: number) => this.remoteEdits.toEditor(at);
    this.shownChanges.show(ranges.map(({ from, to }) => ({ from: place(from), to: place(to) })));
  }

  setVocabulary(vocabulary: Vocabulary): void {
    this.view.dispatch({ effects: setVocabulary.of(vocabulary) });
  }

  applyLines(edits: LineEdit[], line?: number): void {
    if (this.view.state.readOnly) return;
    this.quietly(() => {
      this.remoteEdits.flush();
      const { state } = this.view;
      const changes = state.changes(lineChanges(state.doc, edits));
      // What is inserted at a caret goes above its line, at the end of the text below it.
      const { doc } = state;
      const stay = (at: number) => changes.mapPos(at, at === doc.length && at > 0 ? -1 : 1);
      const after = changes.apply(doc);
      const selection = line === undefined
        ? EditorSelection.create(
          state.selection.ranges.map(({ anchor, head }) => EditorSelection.range(stay(anchor), stay(head))),
          state.selection.mainIndex,
        )
        : EditorSelection.single(after.line(Math.max(1, Math.min(after.lines, Math.trunc(line) + 1))).from);
      perform(this.view, { changes, selection, scrollIntoView: line !== undefined });
    });
  }

  reset(text: string): void {
    this.quietly(() => {
      this.remoteEdits.flush();
      const edit = replacement(this.view.state.doc.toString(), text);
      if (edit) this.remoteEdits.apply([edit]);
    });
  }

  goToLine(line0: number, highlightMs: number, focus: boolean): void {
    const { from } = this.lineOf(line0);
    this.goTo(from, from, highlightMs);
    if (focus) this.view.focus();
  }

  writeAt(line0: number): void {
    const line = this.lineOf(line0);
    const prompt = promptIn(line.text);
    this.goTo(line.from, prompt ? line.from + prompt.from : line.to, HIGHLIGHT_MS);
    this.view.focus();
  }

  selection(): { anchor: number; head: number; line: number } {
    const { doc, selection } = this.view.state;
    const line = doc.lineAt(selection.main.head).number - 1;
    return { ...this.position(), line };
  }

  text(): string {
    this.quietly(() => this.remoteEdits.flush());
    return this.view.state.doc.toString();
  }

  focus(): void {
    this.view.focus();
  }

  setSections(sections: Sections): void {
    this.guarding.setSections(sections);
  }

  setReadOnly(readOnly: boolean): void {
    this.view.dispatch({ effects: this.readOnly.reconfigure(readOnlyWhen(readOnly)) });
    refreshProblems(this.view);
    this.guarding.refresh();
  }

  private showProblems(list: Problem[]): void {
    this.waitingProblems = null;
    this.quietly(() => showProblems(this.view, list));
  }

  insert(text: string): void {
    const { state } = this.view;
    this.quietly(() =>
      this.view.dispatch(state.replaceSelection(state.toText(normaliseLineEnds(text))), {
        userEvent: "input.paste",
        scrollIntoView: true,
      }),
    );
  }

  run(name: string): boolean {
    const command = Object.hasOwn(this.commands, name) ? this.commands[name] : undefined;
    let done = false;
    this.quietly(() => {
      done = command?.(this.view) ?? false;
    });
    return done;
  }

  destroy(): void {
    this.destroyed = true;
    window.clearTimeout(this.flashTimer);
    cancelAnimationFrame(this.scrollFrame);
    this.remoteEdits.destroy();
    this.shownChanges.destroy();
    this.guarding.destroy();
    this.view.destroy();
  }

  private lineOf(line0: number): Line {
    const { doc } = this.view.state;
    return doc.line(Math.max(1, Math.min(doc.lines, Math.trunc(line0) + 1)));
  }

  /** Scrolls to the line that begins at `from`, which lights up, and puts the caret into it. */
  private goTo(from: number, caret: number, highlightMs: number): void {
    const effects: StateEffect<unknown>[] = [EditorView.scrollIntoView(from, { y: "center" })];
    window.clearTimeout(this.flashTimer);
    if (highlightMs > 0) {
      this.view.dom.style.setProperty("--cm-flash", `${highlightMs}ms`);
      effects.push(flashLine.of(from));
      this.flashTimer = window.setTimeout(() => {
        this.view.dispatch({ effects: flashLine.of(null) });
      }, highlightMs);
    }
    this.quietly(() => this.view.dispatch({ selection: { anchor: caret }, effects }));
  }

  private extensions(): Extension {
    const { options } = this;
    return [
      EditorView.cspNonce.of(options.nonce),
      EditorView.domEventHandlers({
        paste: (event, view) =>
          pasteLink(view, event.clipboardData?.getData("text/plain") ?? ""),
      }),
      words(options.words),
      problems,
      options.pictures ? pictures(options.pictures) : [],
      BASICS,
      EditorView.contentAttributes.of({
        "aria-label": options.label,
        // The keyboard reaches it even while nobody may type.
        tabindex: "0",
        spellcheck: "true",
        autocapitalize: "sentences",
        "data-test-editor": "",
      }),
      placeholder({ ...ENGLISH, ...options.words }.placeholder),
      Prec.high(keymap.of([
        ...commandKeys((name) => options.onCommand?.(name)),
        { key: "Mod-Alt-m", run: this.commands.discuss },
        { key: "F6", run: () => this.guarding.focus() },
      ])),
      keymap.of([...searchKeymap, ...historyKeymap, ...defaultKeymap]),
      peers,
      flashField,
      this.readOnly.of(readOnlyWhen(false)),
      EditorView.updateListener.of((update) => this.onUpdate(update)),
    ];
  }

  private onUpdate(update: ViewUpdate): void {
    for (const transaction of update.transactions) {
      if (!transaction.docChanged) continue;
      this.guarding.see(transaction);
      if (transaction.annotation(remote)) continue;
      this.options.onEdits(this.remoteEdits.report(transaction.changes, transaction.startState.doc));
    }
    if (this.waitingProblems && !this.remoteEdits.isWaiting()) this.queueProblems();
    if (!update.selectionSet && !update.docChanged) return;
    const byPerson = update.transactions.some((transaction) => !transaction.annotation(remote));
    if (byPerson && this.calls === 0) this.reportSelection();
    else this.queueReport();
  }

  /** Not within an update of the view, which allows no other one. */
  private queueProblems(): void {
    queueMicrotask(() => {
      if (this.waitingProblems && !this.destroyed) this.setProblems(this.waitingProblems);
    });
  }

  private reportSelection(): void {
    const { anchor, head } = this.position();
    if (anchor === this.reported.anchor && head === this.reported.head) return;
    this.reported = { anchor, head };
    this.options.onSelection(anchor, head);
  }

  private queueReport(): void {
    if (this.reportQueued) return;
    this.reportQueued = true;
    queueMicrotask(() => {
      this.reportQueued = false;
      if (!this.destroyed) this.reportSelection();
    });
  }

  private position(): { anchor: number; head: number } {
    const { anchor, head }: EditorSelection["main"] = this.view.state.selection.main;
    return { anchor: this.remoteEdits.toShared(anchor), head: this.remoteEdits.toShared(head) };
  }

  /** Runs a call from the page: what it moves is reported after the call has returned. */
  private quietly(call: () => void): void {
    this.calls++;
    try {
      call();
    } finally {
      this.calls--;
    }
  }

  private readonly onScroll = (): void => {
    if (!this.options.onScroll || this.scrollFrame) return;
    this.scrollFrame = requestAnimationFrame(() => {
      this.scrollFrame = 0;
      const { view } = this;
      const above = view.scrollDOM.getBoundingClientRect().top - view.documentTop;
      const { from } = view.lineBlockAtHeight(above);
      this.options.onScroll?.(view.state.doc.lineAt(from).number - 1);
    });
  };
}

function readOnlyWhen(readOnly: boolean): Extension {
  return [EditorState.readOnly.of(readOnly), EditorView.editable.of(!readOnly)];
}
