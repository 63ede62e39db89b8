/** "Everybody else": what the deck is for those who have neither a role nor a link. */

import { element } from "../../follow/dom.ts";
import { LEVELS, type Level } from "./api.ts";
import { button, section } from "./parts.ts";
import type { View } from "./view.ts";
import { t } from "../words.ts";

export function levelSection(view: View): HTMLElement {
  if (!view.may("own")) {
    const { level } = view.sharing;
    return section(t("everybody"), element("p", { "data-test": "level" }, t(`level_${level}`), ". ", element("span", { class: "muted" }, t(`level_${level}_can`))));
  }
  const offered = LEVELS.filter((level) => view.sharing.levels.includes(level));
  const chosen = view.open.level ?? view.sharing.level;
  const list = element("div", { class: "share-levels", role: "radiogroup", "aria-label": t("everybody") }, ...offered.map((level) => row(view, level, chosen)));
  // The arrow keys pass by every level: none of them may hold before it is meant.
  const apply = button("apply-level", t("apply"), "primary", () => {
    void view.change(() => view.api.setLevel(chosen), t("level_set", t(`level_${chosen}`))).then(() => view.dialog.focus(`level-${chosen}`));
  });
  const applying = element("div", { class: "row share-apply" }, apply, element("span", { class: "muted" }, t("apply_hint")));
  return section(t("everybody"), list, ...(chosen === view.sharing.level ? [] : [applying]));
}

function row(view: View, level: Level, chosen: Level): HTMLElement {
  const radio = element("input", { type: "radio", name: "level", value: level, "data-key": `level-${level}`, "data-test": `level-${level}` });
  radio.checked = level === chosen;
  radio.addEventListener("change", () => {
    view.redraw({ ...view.open, level });
    document.querySelector(".share-apply")?.scrollIntoView({ block: "nearest" });
  });
  const own = element("small", { class: "share-level-name muted", title: t("level_name", level) }, level);
  const words = element("span", { class: "share-what" }, element("b", {}, t(`level_${level}`)), element("span", { class: "muted" }, t(`level_${level}_can`)));
  return element("label", { class: "choice share-level" }, radio, words, own);
}
