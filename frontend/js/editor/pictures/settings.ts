/** What is said of a picture and how large it is: a small window at the picture, for mouse and keyboard. */

import { isolateHistory } from "@codemirror/commands";
import { Annotation, Prec, StateEffect, StateField, type EditorState, type Extension } from "@codemirror/state";
import { keymap, showTooltip, type Command, type EditorView, type Tooltip, type ViewUpdate } from "@codemirror/view";
import { replacement } from "../edits.ts";
import { perform } from "../insert.ts";
import { enclosing, treeAt } from "../marks.ts";
import { remote } from "../remote.ts";
import { wordsOf, type Words } from "../words.ts";
import { pictureAt, widthOf, write, type Picture } from "./markup.ts";

/** Widths with a name: shares of the slide. */
const SIZES: [name: keyof Words, width: string][] = [
  ["sizeAuto", ""],
  ["sizeSmall", "30%"],
  ["sizeMedium", "60%"],
  ["sizeFull", "100%"],
];

/** The picture whose window is open, and whether the keyboard goes there at once. */
type Open = { from: number; to: number; takesFocus: boolean };

const open = StateEffect.define<Open | null>();
/** The window itself has changed the text. */
const own = Annotation.define<boolean>();

const openField = StateField.define<{ at: Open; tooltip: Tooltip } | null>({
  create: () => null,
  update(shown, transaction) {
    const effect = transaction.effects.find((one) => one.is(open));
    if (effect) return effect.value && { at: effect.value, tooltip: tooltipAt(effect.value.from) };
    if (!shown) return null;
    const isOthers = transaction.annotation(remote) || transaction.annotation(own);
    // The person's own next step in the text closes it.
    if (!isOthers && (transaction.docChanged || transaction.selection)) return null;
    if (!transaction.docChanged) return shown;
    const from = transaction.changes.mapPos(shown.at.from, 1);
    const to = transaction.changes.mapPos(shown.at.to, -1);
    if (to <= from) return null;
    return { at: { ...shown.at, from, to }, tooltip: { ...shown.tooltip, pos: from } };
  },
  provide: (field) => showTooltip.from(field, (shown) => shown?.tooltip ?? null),
});

/** Opens the window at a picture; not while the person is in that of another. */
export function showSettings(view: EditorView, from: number, to: number, takesFocus: boolean): void {
  if (!takesFocus && view.dom.querySelector(".cm-picture-settings")?.contains(view.root.activeElement)) return;
  view.dispatch({ effects: open.of({ from, to, takesFocus }) });
}

/** The window of the picture under the caret, or of the only one on its line. */
export const pictureSettings: Command = (view) => {
  const { state } = view;
  const { head } = state.selection.main;
  const picture = state.readOnly ? null : pictureIn(state, head);
  if (!picture) return false;
  showSettings(view, picture.from, picture.to, true);
  return true;
};

/** Where nothing is a picture, whatever it looks like. */
const NO_PICTURES = ["FencedCode", "CodeBlock", "InlineCode", "FrontMatter"];

/** The picture at a place of the text; its own places are those of the text as well. */
function pictureIn(state: EditorState, at: number): Picture | null {
  const line = state.doc.lineAt(at);
  const found = pictureAt(line.text, at - line.from);
  if (!found) return null;
  const [from, to] = [line.from + found.from, line.from + found.to];
  const tree = treeAt(state, to);
  return NO_PICTURES.some((name) => enclosing(tree, from, to, name)) ? null : { ...found, from, to };
}

const close: Command = (view) => {
  if (!view.state.field(openField, false)) return false;
  const isInside = view.dom.querySelector(".cm-picture-settings")?.contains(view.root.activeElement);
  view.dispatch({ effects: open.of(null) });
  if (isInside) view.focus();
  return true;
};

/** From the text into the window. */
const enter: Command = (view) => {
  if (!view.state.field(openField, false)) return false;
  view.dom.querySelector<HTMLElement>(".cm-picture-settings input")?.focus();
  return true;
};

function tooltipAt(pos: number): Tooltip {
  return {
    pos,
    above: false,
    create: (view) => {
      const form = new Settings(view);
      return {
        dom: form.dom,
        mount: () => form.mount(),
        update: (update: ViewUpdate) => form.update(update),
      };
    },
  };
}

/** The fields of the window. What is typed counts when its field is left, and when the window closes. */
class Settings {
  readonly dom = document.createElement("div");
  private readonly alt = document.createElement("input");
  private readonly decorative = document.createElement("input");
  private readonly width = document.createElement("input");
  private readonly sizes = new Map<string, HTMLInputElement>();

  constructor(private readonly view: EditorView) {
    const words = wordsOf(view.state);
    this.dom.className = "cm-picture-settings";
    this.dom.dataset.test = "picture-settings";
    this.dom.setAttribute("role", "dialog");
    this.dom.setAttribute("aria-label", words.pictureSettings);
    this.alt.type = this.width.type = "text";
    this.decorative.type = "checkbox";
    this.alt.name = "alt";
    this.alt.placeholder = words.altHint;
    this.alt.maxLength = 500;
    this.width.name = "width";
    this.width.size = 6;
    this.width.placeholder = "400, 50%";
    this.decorative.name = "decorative";
    this.dom.append(
      labelled(words.alt, this.alt),
      labelled(words.decorative, this.decorative),
      this.sizeFields(words),
      this.doneButton(words),
    );
    this.dom.addEventListener("change", (event) => this.change(event.target));
    this.dom.addEventListener("keydown", this.onKey);
    this.fill();
  }

  mount(): void {
    if (this.view.state.field(openField, false)?.at.takesFocus) this.alt.focus();
  }

  /** What others make of the picture is shown, except in the field that the person is in. */
  update(update: ViewUpdate): void {
    if (update.docChanged) this.fill();
  }

  private picture(): Picture | null {
    const { state } = this.view;
    const at = state.field(openField, false)?.at;
    return at ? pictureIn(state, at.from) : null;
  }

  private fill(): void {
    const picture = this.picture();
    if (!picture) return;
    const active = this.view.root.activeElement;
    if (active !== this.alt) this.alt.value = picture.alt;
    this.alt.disabled = this.decorative.checked = picture.isDecorative;
    const width = picture.height === "" ? picture.width : "other";
    for (const [size, field] of this.sizes) field.checked = size === width;
    if (active !== this.width) this.width.value = picture.width;
  }

  private change(field: EventTarget | null): void {
    if (field === this.alt) this.apply({ alt: this.alt.value });
    else if (field === this.decorative) this.apply({ isDecorative: this.decorative.checked });
    else if (field === this.width) this.setWidth(widthOf(this.width.value));
    else if (field instanceof HTMLInputElement) this.setWidth(field.value);
  }

  private setWidth(width: string | null): void {
    this.width.setAttribute("aria-invalid", String(width === null));
    // With both sides given it would be bent.
    if (width !== null) this.apply({ width, height: "" });
  }

  private apply(change: Partial<Picture>): void {
    const { view } = this;
    const picture = this.picture();
    if (!picture || view.state.readOnly) return;
    const { from, to } = picture;
    const text = write({ ...picture, ...change });
    const edit = replacement(view.state.sliceDoc(from, to), text);
    if (!edit) return;
    const changes = view.state.changes({ from: from + edit.at, to: from + edit.at + edit.delete, insert: edit.insert });
    perform(view, {
      changes,
      selection: view.state.selection.map(changes, 1),
      // The range as a whole: the text at its ends may be what was replaced.
      effects: open.of({ from, to: from + text.length, takesFocus: false }),
      annotations: [own.of(true), isolateHistory.of("full")],
      scrollIntoView: false,
    });
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    event.stopPropagation();
    const isField = event.target === this.alt || event.target === this.width;
    if (event.key !== "Escape" && !(event.key === "Enter" && isField)) return;
    event.preventDefault();
    this.done();
  };

  private done(): void {
    const { activeElement } = this.view.root;
    if (activeElement === this.alt || activeElement === this.width) this.change(activeElement);
    close(this.view);
    this.view.focus();
  }

  private sizeFields(words: Words): HTMLElement {
    const group = document.createElement("fieldset");
    const legend = group.appendChild(document.createElement("legend"));
    legend.textContent = words.size;
    for (const [name, width] of SIZES) {
      const field = document.createElement("input");
      field.type = "radio";
      field.name = "size";
      field.value = width;
      this.sizes.set(width, field);
      group.append(labelled(words[name], field));
    }
    group.append(labelled(words.width, this.width));
    return group;
  }

  private doneButton(words: Words): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.test = "picture-done";
    button.textContent = words.done;
    button.onclick = () => this.done();
    return button;
  }
}

function labelled(text: string, field: HTMLInputElement): HTMLElement {
  const label = document.createElement("label");
  const words = document.createElement("span");
  words.textContent = text;
  if (field.type === "text") label.append(words, field);
  else label.append(field, words);
  return label;
}

/** The window, and the keys that open and close it from the text. */
export const settings: Extension = [
  openField,
  Prec.highest(keymap.of([{ key: "Escape", run: close }, { key: "Tab", run: enter }])),
];
