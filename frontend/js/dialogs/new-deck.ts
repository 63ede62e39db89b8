/** The dialog for a new deck: blank, from the template, or from pasted Markdown. */

import { element } from "../follow/dom.ts";
import { field, foot } from "./form.ts";
import type { Dialog } from "./dialog.ts";
import { t } from "./words.ts";

/** What a new deck begins with, as the server wants it. */
export interface NewDeck {
  title?: string;
  source?: string;
  template?: string;
}

const KINDS = ["blank", "template", "paste"] as const;
export type Kind = (typeof KINDS)[number];

/** Longer titles the server does not take. */
const MAX_TITLE = "200";

export function showNewDeck(dialog: Dialog, create: (deck: NewDeck) => void, begin: Kind): void {
  let kind = begin;
  const title = element("input", { class: "input", maxlength: MAX_TITLE, placeholder: t("untitled"), "data-test": "new-title" });
  const source = element("textarea", { class: "input mono", rows: "10", spellcheck: "false", "data-test": "new-source" });
  const [titled, pasted] = [field(t("title"), title), field("Markdown", source)];
  const done = element("button", { class: "button primary", "data-test": "create" }, t("create"));
  const update = () => {
    titled.classList.toggle("hidden", kind === "paste");
    pasted.classList.toggle("hidden", kind !== "paste");
    done.disabled = kind === "paste" && source.value.trim() === "";
  };
  const choice = (name: Kind) => {
    const radio = element("input", { type: "radio", name: "kind", value: name, "data-test": `new-${name}` });
    radio.checked = name === kind;
    radio.addEventListener("change", () => {
      kind = name;
      update();
    });
    const words = element("span", {}, element("b", {}, t(name)), element("span", { class: "muted" }, t(`${name}_hint`)));
    return element("label", { class: "choice" }, radio, words);
  };
  source.addEventListener("input", update);
  update();
  const legend = element("legend", { class: "visually-hidden" }, t("start_with"));
  const form = element("form", { class: "form" }, element("fieldset", { class: "choices" }, legend, ...KINDS.map(choice)), titled, pasted, foot(dialog, done));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close();
    const name = title.value.trim();
    if (kind === "paste") return create({ source: source.value });
    create({ ...(name && { title: name }), ...(kind === "template" && { template: "community-call" }) });
  });
  dialog.show(form);
}
