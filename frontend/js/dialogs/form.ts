/** What the forms of the dialogs are made of. */

import { element } from "../follow/dom.ts";
import type { Dialog } from "./dialog.ts";
import { t } from "./words.ts";

/** A field under its label. */
export function field(label: string, input: HTMLElement): HTMLLabelElement {
  return element("label", { class: "field" }, element("span", {}, label), input);
}

/** A box to tick before its label. */
export function check(label: string, test: string, isChecked: boolean): { label: HTMLLabelElement; box: HTMLInputElement } {
  const box = element("input", { type: "checkbox", "data-test": test });
  box.checked = isChecked;
  return { label: element("label", { class: "check" }, box, label), box };
}

/** The buttons at the end of a form. */
export function foot(dialog: Dialog, done: HTMLButtonElement): HTMLElement {
  const cancel = element("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("cancel"));
  return element("div", { class: "row end" }, cancel, done);
}
