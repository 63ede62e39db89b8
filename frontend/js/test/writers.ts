/** People who write in a deck, for the tests of the guard: one whose edits it watches, the others far away. */

import { EditorState, type Transaction, type TransactionSpec } from "@codemirror/state";
import type { Section } from "../editor/guard/sections.ts";
import { Guard } from "../editor/guard/watch.ts";

/** Numbers that look like chance and are the same with each run. */
export function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39) >>> 0;
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}

export const TITLES = [
  "Team IaaS", "Team Container", "Team IAM", "Team Ops", "Team Docs", "SIG Monitoring", "SIG Release", "SIG Standards",
  "Team Network", "Team Storage", "Team Community",
];

/** A deck with a slide and two bullets for each team. */
export function deckOf(titles: readonly string[]): string {
  const body = titles.map((title) => `# ${title}\n\nReport by Ada\n\n----\n\n# ${title}\n\n- first item of the week\n- read [the notes](https://example.org/notes/${title.length}/page) and run \`make all\`\n`);
  return ["# Community call\n\nWelcome\n", ...body, "# Events\n\n- May 14 summit\n"].join("\n---\n\n");
}

/** The sections of such a deck, as the page would tell them. */
export function sectionsOf(text: string): Section[] {
  const lines = text.split("\n");
  const starts = lines.flatMap((line, index) => (line === "---" ? [index] : []));
  return [-1, ...starts].map((start, index) => {
    const to = starts[index] ?? lines.length;
    const own = lines.slice(start + 1, to);
    const title = own.find((line) => line.startsWith("# "))?.slice(2) ?? "";
    const reporter = own.some((line) => line.startsWith("Report by")) ? "Ada" : null;
    const filled = own.map((line) => line.trim() !== "").lastIndexOf(true);
    return { title, reporter, from: start + 1, to, writeLine: start + 1 + Math.max(0, filled) };
  });
}

/** Somebody in front of an editor, without the editor. */
export class Writer {
  state: EditorState;
  now = 0;
  /** What the guard has asked. */
  readonly asked: string[] = [];
  readonly guard = new Guard(() => true);

  constructor(text: string, mine: readonly string[] = []) {
    this.state = EditorState.create({ doc: text });
    this.learnSections(mine);
  }

  /** Tells which sections are the person's own, and which somebody else's for sure. */
  learnSections(mine: readonly string[], taken: readonly string[] = []): void {
    const sections = sectionsOf(this.text).map((section) => ({ ...section, isTaken: taken.includes(section.title) }));
    const numbers = sections.flatMap(({ title }, index) => (mine.includes(title) ? [index] : []));
    this.guard.setSections({ mine: numbers, sections }, this.state.doc);
  }

  get text(): string {
    return this.state.doc.toString();
  }

  get caret(): number {
    return this.state.selection.main.head;
  }

  goTo(at: number): this {
    this.state = this.state.update({ selection: { anchor: at } }).state;
    return this;
  }

  goAfter(text: string, from = 0): this {
    const at = this.text.indexOf(text, from);
    if (at < 0) throw new Error(`there is no ${text}`);
    return this.goTo(at + text.length);
  }

  /** Types letter by letter, at a speed in milliseconds. */
  type(text: string, speed = 180): this {
    for (const letter of text) {
      this.now += speed;
      this.own({ ...this.state.replaceSelection(letter), userEvent: "input.type" });
    }
    return this;
  }

  /** Enter in a list, which the list goes on with. */
  newItem(indent = ""): this {
    this.now += 300;
    this.own({ ...this.state.replaceSelection(`\n${indent}- `), userEvent: "input" });
    return this;
  }

  paste(text: string): this {
    this.own({ ...this.state.replaceSelection(this.state.toText(text)), userEvent: "input.paste" });
    return this;
  }

  backspace(count = 1): this {
    for (let done = 0; done < count && this.caret > 0; done++) {
      this.now += 150;
      this.own({ changes: { from: this.caret - 1, to: this.caret }, userEvent: "delete.backward" });
    }
    return this;
  }

  own(spec: TransactionSpec): Transaction {
    const transaction = this.state.update(spec);
    this.state = transaction.state;
    this.guard.see(transaction, this.now);
    this.note();
    return transaction;
  }

  /** An edit of somebody else. */
  remote(from: number, to: number, insert: string): this {
    const transaction = this.state.update({ changes: { from, to, insert: this.state.toText(insert) } });
    this.state = transaction.state;
    this.guard.pass(transaction);
    return this;
  }

  /** Stops typing for a while. */
  pause(milliseconds = 3_000): this {
    this.now += milliseconds;
    this.guard.rest(this.state.doc);
    this.note();
    return this;
  }

  undoStray(): this {
    const { finding } = this.guard;
    if (!finding) throw new Error("there is nothing to undo");
    this.guard.close();
    const transaction = this.state.update({ changes: finding.stray.undo() });
    this.state = transaction.state;
    this.guard.pass(transaction);
    return this;
  }

  private note(): void {
    const { finding } = this.guard;
    const name = finding ? `${finding.kind} ${finding.title ?? ""}`.trim() : "";
    if (name && this.asked.at(-1) !== name) this.asked.push(name);
  }
}
