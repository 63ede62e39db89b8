/** The application's side of a call: takes what happens in the page as it comes, and makes of it what the parts hear. */

import type { Access, Host, News } from "./host.ts";
import type { textEdits } from "./plain.ts";
import { readAnswer, type Text } from "./text.ts";
import { type Caret, Typing, TYPING } from "./typing.ts";

/** What the application hands over (`frontend/src/call.rs`). */
export interface Page {
  kind: "editor" | "board" | "present";
  deck: string;
  principal: string;
  /** The source editor, once there is one. */
  editor(): EditorHandle | null | undefined;
  goToLine(line: number): void;
  goToSlide(slide: number): void;
  anchorOf(slide: number): string | undefined;
  slideOf(anchor: string): number | undefined;
  command(command: string, section: number): void;
  plan(section: number, minutes: number | null): void;
  say(text: string, undo?: () => void): void;
  /** Marks the outline's sections, in their order. */
  chips(chips: Chip[]): void;
  /** Set by the module: edits of lines as edits of characters. */
  textEdits?: typeof textEdits;
  /** What the palette offers. */
  commands: [label: string, act: () => void][];
}

/** What the outline shows of a section: its state's name and words, and who reports or writes. */
export type Chip = [state: string, words: string, reporter: string, writing: string];

/** As much of the source editor as a call needs. */
export interface EditorHandle {
  goToLine(line: number, highlightMs: number, focus: boolean): void;
  writeAt?(line: number): void;
  run?(command: string): boolean;
  setSections?(sections: { mine: number[]; sections: SectionLines[] }): void;
}

/** A section for the editor: lines from 0, `to` is the one behind it. */
export interface SectionLines {
  title: string;
  reporter: string | null;
  from: number;
  to: number;
  writeLine: number;
  expected: boolean;
}

/** What the application says, each kind with its own value. */
export type Told =
  | ["desk", string]
  /** What the render worker answered. */
  | ["answer", string]
  | ["people", [id: string, name: string, color: number, head: number][]]
  | ["slide", number]
  /** The line of the caret. */
  | ["line", number]
  | ["connection", boolean]
  | ["name", string]
  | ["access", string]
  /** Whether the source editor is there. */
  | ["loaded", boolean]
  /** On a phone: which pane is shown. */
  | ["tab", string]
  /** Whether a presentation has ended. */
  | ["ended", boolean];

/** The deck is read again at most this often, in milliseconds: it changes with every keystroke of anybody. */
const READ_EVERY = 60;

type Hear = (news: News) => void;

export class PageHost implements Host {
  readonly deck: string;
  readonly principal: string;
  access: Access = "read";
  text: Text | null = null;
  private called = "";
  private readonly listeners = new Set<Hear>();
  /** The newest of each kind; of what the server says, of each thing. */
  private readonly newest = new Map<string, News>();
  private readonly typing = new Typing();
  private unread: string | null = null;
  private reading = 0;
  private quiet = 0;

  constructor(readonly page: Page) {
    this.deck = page.deck;
    this.principal = page.principal;
  }

  name(): string {
    return this.called;
  }

  listen(hear: Hear): () => void {
    this.listeners.add(hear);
    for (const news of [...this.newest.values()]) hear(news);
    return () => this.listeners.delete(hear);
  }

  goToLine(line: number): void {
    if (this.page.kind === "editor") this.page.goToLine(line);
    else location.assign(`/d/${this.deck}#line=${line + 1}`);
  }

  writeAt(line: number): boolean {
    if (this.page.kind !== "editor") {
      location.assign(`/d/${this.deck}#line=${line + 1}`);
      return true;
    }
    const editor = this.page.editor();
    if (!editor) return false;
    this.page.goToLine(line);
    editor.writeAt?.(line);
    return true;
  }

  goToSlide(slide: number): void {
    this.page.goToSlide(slide);
  }

  anchorOf(slide: number): string | null {
    return this.page.anchorOf(slide) ?? null;
  }

  slideOf(anchor: string): number | null {
    return this.page.slideOf(anchor) ?? null;
  }

  command(command: "no-report" | "report", section: number): void {
    this.page.command(command, section);
  }

  plan(section: number, minutes: number | null): void {
    this.page.plan(section, minutes);
  }

  say(text: string, undo?: () => void): void {
    this.page.say(text, undo);
  }

  /** The application says something. */
  hear([kind, value]: Told): void {
    switch (kind) {
      case "desk":
        return this.tell({ kind, json: value }, keyOf(value));
      case "answer":
        return this.readSoon(value);
      case "people":
        this.typing.see(value.map(([id, name, color, head]): Caret => ({ id, name, color, head })), Date.now());
        return this.tellPeople();
      case "slide":
        return this.tell({ kind, slide: value });
      case "connection":
        return this.tell({ kind, isConnected: value });
      case "name":
        this.called = value;
        return this.tell({ kind: "person" });
      case "access":
        this.access = value as Access;
        return this.tell({ kind: "person" });
      case "loaded":
        // What waited for the editor looks again.
        return this.tell({ kind: "person" });
      case "line":
      case "tab":
      case "ended":
        return;
    }
  }

  private tell(news: News, key: string | null = news.kind): void {
    if (key !== null) this.newest.set(key, news);
    for (const hear of [...this.listeners]) hear(news);
  }

  private readSoon(json: string): void {
    const isFirst = this.text === null && this.unread === null;
    this.unread = json;
    if (isFirst) return this.read();
    this.reading ||= window.setTimeout(() => this.read(), READ_EVERY);
  }

  private read(): void {
    this.reading = 0;
    const json = this.unread;
    if (json === null) return;
    this.unread = null;
    this.text = readAnswer(json);
    this.typing.read(this.text, Date.now());
    const { title, sections, slides } = this.text;
    this.tell({ kind: "text", title, sections, slides });
    this.tellPeople();
  }

  private tellPeople(): void {
    window.clearTimeout(this.quiet);
    const writers = this.typing.writers(Date.now());
    this.tell({ kind: "people", writers });
    if (writers.some(({ isTyping }) => isTyping)) this.quiet = window.setTimeout(() => this.tellPeople(), TYPING);
  }
}

/** What is said of one thing takes the place of what was said of it before; what is said once is not kept. */
function keyOf(json: string): string | null {
  const { kind, id } = JSON.parse(json) as { kind: string; id?: string };
  if (kind === "section") return `s:${id}`;
  return kind === "sections" ? kind : null;
}
