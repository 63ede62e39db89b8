/** Who reports in each section: the last reporters are suggested, and anybody can be written instead. */

import { element } from "../../follow/dom.ts";
import { t } from "../words.ts";
import type { Proposal } from "./api.ts";

/** Longer names nobody has. */
const MAX_NAME = "40";

export class Reporters {
  readonly element = element("section", { class: "share-section", "data-test": "call-sections" });
  private readonly inputs = new Map<string, HTMLInputElement>();
  /** What was suggested, so that what somebody wrote stays when the day changes. */
  private readonly suggested = new Map<string, string>();

  show(sections: Proposal["sections"], hasLast: boolean): void {
    this.element.classList.toggle("hidden", sections.length === 0);
    const rows = sections.map(({ title, reporter }) => {
      const input = this.input(title);
      if (input.value === (this.suggested.get(title) ?? "")) input.value = reporter ?? "";
      this.suggested.set(title, reporter ?? "");
      return element("li", {}, element("label", { class: "call-section" }, element("span", { class: "ellipsis" }, title), input));
    });
    const titles = new Set(sections.map(({ title }) => title));
    for (const title of this.inputs.keys()) if (!titles.has(title)) this.inputs.delete(title);
    const head = element("h3", {}, t("sections"));
    const hint = element("p", { class: "muted" }, t(hasLast ? "reporters_hint" : "reporters_ask"));
    this.element.replaceChildren(head, hint, element("ul", { class: "share-list call-sections" }, ...rows));
  }

  /** Sections with the names that stand beside them. */
  named(): { section: string; name: string }[] {
    const all = [...this.inputs].map(([section, input]) => ({ section, name: input.value.trim() }));
    return all.filter(({ name }) => name !== "");
  }

  private input(title: string): HTMLInputElement {
    const known = this.inputs.get(title);
    if (known) return known;
    const made = element("input", { class: "input", maxlength: MAX_NAME, placeholder: t("nobody_yet"), "data-test": "call-reporter" });
    this.inputs.set(title, made);
    return made;
  }
}
