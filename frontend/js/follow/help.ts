/** The list of keys, and the switch for those who type letters by accident. */

import { element } from "./dom.ts";
import { rememberSingleKeys, singleKeys } from "./keys.ts";
import { t } from "./words.ts";

/** Keys and what they do, in the words of the catalogue. */
const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ["→ ↓ ← ↑ · H J K L", "key_move"],
  ["Space N PgDn · P PgUp", "key_step"],
  ["Alt + →", "key_skip"],
  ["Shift + → · Home End", "key_ends"],
  ["O Esc", "key_overview"],
  ["G", "key_jump"],
  ["R", "key_return"],
  ["T", "key_text"],
  ["F", "key_full"],
];

/** A dialog that is filled when it is opened for the first time. */
export class Help {
  readonly dialog = element("dialog", { class: "dialog", "data-test": "help", "aria-labelledby": "help-title" });

  constructor(private readonly onSingleKeys: (on: boolean) => void) {}

  toggle(): void {
    if (this.dialog.open) return this.dialog.close();
    if (!this.dialog.hasChildNodes()) this.build();
    this.dialog.showModal();
  }

  private build(): void {
    const rows = KEYS.flatMap(([keys, what]) => [
      element("dt", {}, ...keys.split(" ").map((key) => (/^[·+]$/.test(key) ? ` ${key} ` : element("kbd", {}, key)))),
      element("dd", {}, t(what)),
    ]);
    const box = element("input", { type: "checkbox", "data-test": "single-keys" });
    box.checked = singleKeys();
    box.addEventListener("change", () => {
      rememberSingleKeys(box.checked);
      this.onSingleKeys(box.checked);
    });
    const close = element("button", { type: "button", class: "button", onclick: () => this.dialog.close() }, t("close"));
    close.autofocus = true;
    this.dialog.append(element(
      "div",
      { class: "dialog-body" },
      element("h2", { id: "help-title" }, t("keys_title")),
      element("dl", { class: "keys" }, ...rows),
      element("label", { class: "check" }, box, element("span", {}, t("single_keys"))),
      close,
    ));
    // A click beside the dialog is one on its backdrop.
    this.dialog.addEventListener("click", ({ target }) => {
      if (target === this.dialog) this.dialog.close();
    });
  }
}
