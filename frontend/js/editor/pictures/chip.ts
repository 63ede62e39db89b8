/** What stands at the place of a picture that is on its way: its name, how far it is, and what can be done. */

import { WidgetType, type EditorView } from "@codemirror/view";
import { wordsOf, type Words } from "../words.ts";
import type { Progress } from "./places.ts";
import { uploads } from "./uploads.ts";

export class Chip extends WidgetType {
  constructor(
    private readonly id: number,
    private readonly name: string,
    private readonly progress: Progress,
  ) {
    super();
  }

  override eq(other: Chip): boolean {
    return other.id === this.id && JSON.stringify(other.progress) === JSON.stringify(this.progress);
  }

  override toDOM(view: EditorView): HTMLElement {
    const chip = document.createElement("span");
    chip.contentEditable = "false";
    this.fill(chip, view);
    return chip;
  }

  /** A press on one of its buttons must not end with the button gone. */
  override updateDOM(chip: HTMLElement, view: EditorView): boolean {
    const bar = chip.querySelector("progress");
    const isSame = chip.dataset.picture === String(this.id);
    if (isSame && bar && "share" in this.progress) show(bar, this.progress.share);
    else this.fill(chip, view);
    return true;
  }

  override ignoreEvent(): boolean {
    return true;
  }

  private fill(chip: HTMLElement, view: EditorView): void {
    const words = wordsOf(view.state);
    const { progress } = this;
    chip.dataset.picture = String(this.id);
    chip.dataset.test = "picture-chip";
    chip.className = "failure" in progress ? "cm-picture cm-picture-failed" : "cm-picture";
    chip.setAttribute("role", "group");
    chip.setAttribute("aria-label", this.name);
    if ("failure" in progress) {
      chip.replaceChildren(
        part("cm-picture-text", progress.failure),
        ...(progress.isFinal ? [] : [this.button(view, words, "retry")]),
        this.button(view, words, "dismiss"),
      );
      return;
    }
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", words.adding.replace("$", this.name));
    show(bar, progress.share);
    chip.replaceChildren(part("cm-picture-text", this.name), bar, this.button(view, words, "cancel"));
  }

  private button(view: EditorView, words: Words, act: "cancel" | "retry" | "dismiss"): HTMLElement {
    const { id } = this;
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.test = `picture-${act}`;
    button.textContent = words[act];
    button.onclick = () => {
      if (act === "retry") view.plugin(uploads)?.retry(id);
      else view.plugin(uploads)?.giveUp(id);
      view.focus();
    };
    return button;
  }
}

function part(name: string, text: string): HTMLElement {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  element.title = text;
  return element;
}

function show(bar: HTMLProgressElement, share: number | null): void {
  bar.max = 1;
  if (share === null) bar.removeAttribute("value");
  else bar.value = share;
}
