/** What the sections of the share dialog are made of. */

import { element } from "../../follow/dom.ts";

/** A button that keeps the focus when everything is drawn anew. */
export function button(key: string, label: string, kind: string, act: () => void): HTMLButtonElement {
  return element("button", { type: "button", class: `button ${kind}`.trim(), "data-key": key, "data-test": key, onclick: act }, label);
}

/** A list to choose one thing from. */
export function choice(
  key: string,
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  chosen: string,
  act: (value: string) => void,
): HTMLSelectElement {
  const select = element("select", { class: "input share-select", "aria-label": label, "data-key": key, "data-test": key });
  for (const [value, text] of options) {
    const option = element("option", { value }, text);
    option.selected = value === chosen;
    select.append(option);
  }
  select.addEventListener("change", () => act(select.value));
  return select;
}

/** A part of the dialog under a heading. */
export function section(title: string, ...nodes: (Node | string)[]): HTMLElement {
  const made = element("section", { class: "share-section" }, element("h3", {}, title), ...nodes);
  made.setAttribute("aria-label", title);
  return made;
}

/** A question before something that cannot be taken back. */
export function sure(key: string, means: string, label: string, act: () => void, leave: () => void, cancel: string): HTMLElement {
  const yes = button(key, label, "danger", act);
  const question = element("div", { class: "share-sure" }, element("p", {}, means), element("div", { class: "row" }, yes, button(`${key}-cancel`, cancel, "", leave)));
  question.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    // Only the question goes, not the dialog.
    event.preventDefault();
    event.stopPropagation();
    leave();
  });
  return question;
}
