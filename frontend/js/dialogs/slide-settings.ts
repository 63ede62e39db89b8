/** The dialog for what a slide's own comment sets: background, transition, visibility, fit, class. */

import { element } from "../follow/dom.ts";
import type { Dialog } from "./dialog.ts";
import { check, field, foot } from "./form.ts";
import { t } from "./words.ts";

/** Names and values, in the order of the comment. */
export type Attributes = [name: string, value: string][];

const COLOR = "data-background-color";
const IMAGE = "data-background-image";
const TRANSITION = "data-transition";
const VISIBILITY = "data-visibility";
const FIT = "data-fit";
const CLASS = "class";
/** Sets colour and image at once; it is read, and split when the settings are kept. */
const BACKGROUND = "data-background";

/** The transitions of reveal.js. */
const TRANSITIONS = ["none", "fade", "slide", "convex", "concave", "zoom"];

const PICTURE = /\.(png|jpe?g|gif|svg|webp|avif)$/i;

/** `data-background` is a colour or an image, whichever it looks like. */
export function splitBackground(attributes: Attributes): Attributes {
  return attributes.map(([name, value]) => {
    if (name !== BACKGROUND) return [name, value];
    if (value.includes("//") || PICTURE.test(value.split(/[?#]/)[0] ?? "")) return [IMAGE, value];
    return [value.includes("gradient") ? name : COLOR, value];
  });
}

/** The attributes with one of them changed; an empty value takes it away. */
export function withAttribute(attributes: Attributes, name: string, value: string): Attributes {
  const isKnown = attributes.some(([known]) => known === name);
  if (value && !isKnown) return [...attributes, [name, value]];
  return attributes.flatMap(([known, old]): Attributes => (known !== name ? [[known, old]] : value ? [[name, value]] : []));
}

export function showSlideSettings(dialog: Dialog, given: Attributes, keep: (attributes: Attributes) => void): void {
  let attributes = splitBackground(given);
  const get = (name: string) => attributes.find(([known]) => known === name)?.[1] ?? "";
  const set = (name: string, value: string) => {
    attributes = withAttribute(attributes, name, value);
  };
  const text = (name: string, label: string, hint: string) => {
    const input = element("input", { class: "input", placeholder: hint, spellcheck: "false", "data-test": name });
    input.value = get(name);
    input.addEventListener("input", () => set(name, input.value.trim()));
    return field(label, input);
  };
  const tick = (name: string, value: string, words: string) => {
    const { label, box } = check(words, name, get(name) === value);
    box.addEventListener("change", () => set(name, box.checked ? value : ""));
    return label;
  };
  const transitions = element("select", { class: "input", "data-test": TRANSITION });
  transitions.append(element("option", { value: "" }, t("as_the_deck")), ...TRANSITIONS.map((name) => element("option", { value: name }, name)));
  transitions.value = TRANSITIONS.includes(get(TRANSITION)) ? get(TRANSITION) : "";
  transitions.addEventListener("change", () => set(TRANSITION, transitions.value));
  const form = element(
    "form",
    { class: "form" },
    text(COLOR, t("background_color"), "#1c5bd0"),
    text(IMAGE, t("background_image"), "https://…"),
    field(t("transition"), transitions),
    text(CLASS, t("css_class"), ""),
    tick(VISIBILITY, "hidden", t("hidden_slide")),
    tick(FIT, "off", t("fit_off")),
    foot(dialog, element("button", { class: "button primary", "data-test": "keep-settings" }, t("save"))),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close();
    keep(attributes);
  });
  dialog.show(form);
}
