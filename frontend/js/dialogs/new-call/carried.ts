/** What of the last call goes on: open tasks, events to come and standing slides, to take or leave one by one. */

import { element, say } from "../../follow/dom.ts";
import { t } from "../words.ts";
import { KINDS, type Carried } from "./api.ts";
import { long } from "./days.ts";

export class CarriedItems {
  readonly element = element("section", { class: "share-section", "data-test": "carried" });
  private readonly count = element("p", { class: "muted tabular", role: "status", "data-test": "carried-count" });
  private boxes: { item: Carried; box: HTMLInputElement }[] = [];
  /** What somebody has left out; numbers are another day's, so words tell which it is. */
  private readonly left = new Set<string>();

  /** Shows them by section; `from` is the title of the last call. */
  show(items: Carried[], from: string | null): void {
    this.element.classList.toggle("hidden", from === null);
    this.boxes = [];
    const sections = new Map<string, Carried[]>();
    for (const item of items) sections.set(item.section, [...(sections.get(item.section) ?? []), item]);
    const groups = [...sections].map(([section, all]) => this.group(section, all));
    const head = element("div", { class: "carried-head" }, element("h3", { class: "grow" }, t("carried")), ...(items.length > 1 ? [this.allButton(true), this.allButton(false)] : []));
    const hint = element("p", { class: "muted" }, items.length > 0 ? t("carried_hint", from ?? "") : t("carried_none", from ?? ""));
    this.element.replaceChildren(head, hint, ...groups, this.count);
    this.tell();
  }

  /** The numbers of those that stay. */
  kept(): number[] {
    return this.boxes.filter(({ box }) => box.checked).map(({ item }) => item.id).sort((one, other) => one - other);
  }

  private group(section: string, items: Carried[]): HTMLElement {
    const ordered = [...items].sort((one, other) => KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind));
    const legend = element("legend", {}, section || t("no_section"));
    return element("fieldset", { class: "carried-group", "data-test": "carried-section" }, legend, ...ordered.map((item) => this.row(item)));
  }

  private row(item: Carried): HTMLElement {
    const box = element("input", { type: "checkbox", "data-test": "carried-item" });
    box.checked = !this.left.has(name(item));
    box.addEventListener("change", () => this.changed(item, box.checked));
    this.boxes.push({ item, box });
    const about = [t(`carried_${item.kind}`), ...(item.date ? [long(item.date)] : [])].join(" · ");
    return element("label", { class: "check carried-item" }, box, element("span", {}, item.text, element("span", { class: "muted carried-kind" }, about)));
  }

  private allButton(checked: boolean): HTMLElement {
    const test = checked ? "carry-all" : "carry-none";
    return element("button", { type: "button", class: "button quiet", "data-test": test, onclick: () => this.setAll(checked) }, t(test.replace("-", "_")));
  }

  private setAll(checked: boolean): void {
    for (const { item, box } of this.boxes) {
      box.checked = checked;
      this.changed(item, checked);
    }
  }

  private changed(item: Carried, isKept: boolean): void {
    if (isKept) this.left.delete(name(item));
    else this.left.add(name(item));
    this.tell();
  }

  private tell(): void {
    say(this.count, this.boxes.length > 0 ? t("carried_count", `${this.kept().length}`, `${this.boxes.length}`) : "");
  }
}

function name({ section, text }: Carried): string {
  return `${section}\n${text}`;
}
