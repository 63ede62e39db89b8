/** The dialog that explains the keys of the presenter's page. */

import { element } from "../follow/dom.ts";
import type { Dialog } from "./dialog.ts";
import { check } from "./form.ts";
import { t } from "./words.ts";

/** Keys and what they do, in the words of the catalogue. */
const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ["← → ↑ ↓ · H J K L", "key_move"],
  ["Space · N · PgDn", "next"],
  ["Shift+Space · P · PgUp", "previous"],
  ["Alt + ← →", "key_skip"],
  ["Shift + ← → ↑ ↓", "key_far"],
  ["Home · End", "key_ends"],
  ["G", "key_jump"],
  ["O · Esc", "overview"],
  ["B · V · . · /", "blackout"],
  ["F", "fullscreen"],
  ["E", "key_edit"],
  ["R", "key_return"],
  ["?", "keys"],
];

/** The keys, and whether single ones do anything. */
export function showHelp(dialog: Dialog, singleKeys: boolean, change: (on: boolean) => void): void {
  const rows = KEYS.map(([keys, what]) => element("div", {}, element("dt", {}, element("kbd", {}, keys)), element("dd", {}, t(what))));
  const { label, box } = check(t("single_keys"), "single-keys", singleKeys);
  box.setAttribute("role", "switch");
  box.addEventListener("change", () => change(box.checked));
  dialog.show(element("dl", { class: "keys" }, ...rows), label);
}
