/** The guard's note: one line near the editor's lower edge that takes neither the focus nor a click from the text. */

import type { Finding } from "./watch.ts";
import type { GuardWords } from "./words.ts";

/** What can be answered. */
export type Answer = "undo" | "move" | "discuss" | "belongs";

/** Longer words and addresses are cut. */
const LONGEST = 40;

/** The note's looks, for CodeMirror's style sheet. */
export const LOOK = {
  ".cm-stray": {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: "4px 8px",
    font: "13px/20px var(--font-ui, 'Inter Variable', system-ui, sans-serif)",
  },
  ".cm-stray[data-kind]": {
    padding: "6px 12px",
    color: "var(--fg)",
    backgroundColor: "var(--subtle)",
    borderTop: "1px solid var(--border)",
    boxShadow: "inset 4px 0 0 var(--warn, #8a5200)",
  },
  ".cm-stray p": { margin: "0" },
  ".cm-stray[data-kind] p": { flex: "1 1 24ch", minWidth: "0", overflowWrap: "anywhere" },
  ".cm-stray code": { fontFamily: "var(--font-mono, monospace)" },
  ".cm-stray kbd": {
    padding: "0 4px",
    font: "11px/16px var(--font-ui, system-ui, sans-serif)",
    color: "var(--muted)",
    border: "1px solid var(--border)",
    borderRadius: "4px",
  },
  ".cm-stray button": {
    minHeight: "28px",
    padding: "2px 10px",
    font: "inherit",
    color: "var(--fg)",
    backgroundColor: "var(--bg)",
    border: "1px solid var(--control, var(--border))",
    borderRadius: "6px",
    cursor: "pointer",
  },
  ".cm-stray button:focus-visible": { outline: "2px solid var(--accent)", outlineOffset: "2px" },
  "@media (pointer: coarse)": { ".cm-stray button": { minHeight: "44px" } },
};

export class Note {
  readonly dom = document.createElement("div");
  private readonly status = document.createElement("p");
  private readonly buttons = document.createElement("span");
  private shown = "";

  constructor(
    private readonly words: GuardWords,
    private readonly answer: (answer: Answer) => void,
    private readonly back: () => void,
  ) {
    const { dom } = this;
    dom.className = "cm-stray";
    dom.dataset.test = "stray";
    // There before it says anything, or screen readers would not hear it.
    this.status.setAttribute("role", "status");
    this.buttons.setAttribute("role", "group");
    this.buttons.setAttribute("aria-label", words.strayNote);
    this.buttons.style.display = "contents";
    dom.append(this.status, this.buttons);
    dom.onkeydown = (event) => {
      if (event.key !== "Escape" && event.key !== "F6") return;
      event.preventDefault();
      event.stopPropagation();
      this.back();
    };
  }

  /** Nothing is drawn anew while it says the same, so that no button goes away below a press. */
  show(finding: Finding | null, answers: readonly Answer[]): void {
    const what = finding && { kind: finding.kind, ...sentence(this.words, finding) };
    const labels = finding ? answers.map((answer) => [answer, this.label(answer, finding.stray.edits)] as const) : [];
    const shown = JSON.stringify([what, labels]);
    if (shown === this.shown) return;
    this.shown = shown;
    const hadFocus = this.dom.contains(document.activeElement);
    if (what) this.dom.dataset.kind = what.kind;
    else delete this.dom.dataset.kind;
    this.say(what);
    this.drawButtons(labels);
    if (hadFocus && !(what && this.focus())) this.back();
  }

  get isShown(): boolean {
    return this.dom.dataset.kind !== undefined;
  }

  focus(): boolean {
    const button = this.buttons.querySelector("button");
    button?.focus({ preventScroll: true });
    return button !== null;
  }

  private say(what: { before: string; name: string; after: string; isCode: boolean } | null): void {
    if (!what) return this.status.replaceChildren();
    const name = document.createElement(what.isCode ? "code" : "span");
    name.textContent = what.name;
    const text = [what.before, name, what.after];
    // Said again only when something else is to be said: the number of edits is on the button.
    if (this.status.textContent !== what.before + what.name + what.after) this.status.replaceChildren(...text);
  }

  private drawButtons(labels: readonly (readonly [Answer, string])[]): void {
    const old = new Map([...this.buttons.querySelectorAll("button")].map((button) => [button.dataset.answer, button]));
    this.buttons.replaceChildren(...labels.map(([answer, label]) => {
      const button = old.get(answer) ?? document.createElement("button");
      button.type = "button";
      button.dataset.answer = answer;
      button.dataset.test = `stray-${answer}`;
      if (button.textContent !== label) button.textContent = label;
      // The caret stays in the text for whoever uses a pointer.
      button.onmousedown = (event) => event.preventDefault();
      button.onclick = () => this.answer(answer);
      return button;
    }), ...(labels.length > 0 ? [hint()] : []));
  }

  private label(answer: Answer, edits: number): string {
    const { words } = this;
    if (answer === "undo") return edits === 1 ? words.strayUndoOne : words.strayUndo.replace("$", String(edits));
    return { move: words.strayMove, discuss: words.strayDiscuss, belongs: words.strayBelongs }[answer];
  }
}

function hint(): HTMLElement {
  const key = document.createElement("kbd");
  key.textContent = "F6";
  return key;
}

/** What the note says, with the name in it apart. */
function sentence(words: GuardWords, finding: Finding) {
  const text = { elsewhere: words.strayElsewhere, splice: words.straySplice, chat: words.strayChat }[finding.kind];
  const whole = finding.kind === "splice" ? finding.splice.whole : finding.kind === "elsewhere" ? finding.title ?? "" : "";
  const name = whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole;
  const [before = "", after = ""] = text.split(/`?\$`?/);
  return { before, name, after, isCode: finding.kind === "splice" };
}
