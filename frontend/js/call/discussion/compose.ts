/** The text field below a discussion. What stands in it is kept on the device, with the slide that it is about. */

import { t } from "../../dialogs/words.ts";
import { element, say, show } from "../dom.ts";
import { type Kind, MOST_TEXT } from "./api.ts";
import { sends } from "./item.ts";
import type { Draft } from "./outbox.ts";
import type { Talk } from "./talk.ts";
import { placeOf } from "./threads.ts";

/** From so many characters on it is said how many are left. */
const NEARLY = MOST_TEXT - 200;

export class Compose {
  readonly element: HTMLFormElement;
  private readonly about = element("span", { class: "talk-about", "data-test": "talk-about" });
  private readonly here = element("button", { type: "button", class: "talk-act", "data-test": "talk-here-instead", onclick: () => this.turnHere() }, t("talk_here_instead"));
  private readonly field = element("textarea", {
    class: "input talk-field", rows: "2", "data-test": "talk-field", "aria-label": t("talk_text"), "aria-describedby": "talk-hint", enterkeyhint: "send",
  });
  private readonly asks = element("input", { type: "checkbox", "data-test": "talk-as-question" });
  private readonly left = element("span", { class: "muted tabular", role: "status" });
  /** What the draft is about; `null` while there is none. */
  private draft: Draft | null;

  constructor(private readonly talk: Talk) {
    this.draft = talk.outbox.draft;
    if (this.draft) this.field.value = this.draft.text;
    this.asks.checked = this.draft?.kind === "question";
    const hint = element("p", { class: "muted talk-hint", id: "talk-hint" }, t("talk_hint"));
    const foot = element(
      "div",
      { class: "talk-foot" },
      element("label", { class: "check" }, this.asks, element("span", {}, t("talk_as_question"))),
      this.left,
      element("button", { class: "button primary", "data-test": "talk-send" }, t("talk_send")),
    );
    this.element = element("form", { class: "talk-compose" }, element("div", { class: "talk-about-row" }, this.about, this.here), this.field, hint, foot);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.field.addEventListener("keydown", (event) => {
      if (!sends(event)) return;
      event.preventDefault();
      this.send();
    });
    this.field.addEventListener("input", () => this.keep());
    this.asks.addEventListener("change", () => this.keep());
  }

  focus(): void {
    this.field.focus();
  }

  /** Puts a text into the field, and the caret behind it. */
  take(text: string, kind: Kind, about: Pick<Draft, "slide" | "anchor">): void {
    this.put(text, kind, about);
    this.focus();
  }

  /** Puts a text into the field, behind what stands there. */
  put(text: string, kind: Kind, about: Pick<Draft, "slide" | "anchor"> | null): void {
    const before = this.field.value.trimEnd();
    this.field.value = before ? `${before}\n${text}` : text;
    if (!before) this.asks.checked = kind === "question";
    if (about && !before) this.draft = { text, kind, ...about };
    this.keep();
  }

  /** The slide that the next message is about: a draft stays with the one that it was begun on. */
  private get slide(): number {
    const { titles, slide, host } = this.talk;
    if (!this.draft) return slide;
    return placeOf(this.draft, titles, (anchor) => host.slideOf(anchor)) ?? slide;
  }

  render(): void {
    const { titles, slide } = this.talk;
    const about = this.slide;
    const title = titles[about] ?? "";
    say(this.about, title ? t("talk_about", `${about + 1}`, title) : t("talk_about_untitled", `${about + 1}`));
    show(this.here, this.draft !== null && about !== slide);
    const length = [...this.field.value.trim()].length;
    const left = MOST_TEXT - length;
    say(this.left, length <= NEARLY ? "" : left < 0 ? t("talk_too_long", `${-left}`) : t("talk_left", `${left}`));
    this.left.classList.toggle("talk-complaint", left < 0);
    this.field.setAttribute("aria-invalid", `${left < 0}`);
  }

  private turnHere(): void {
    this.draft = null;
    this.keep();
    this.focus();
  }

  /** Nothing that is typed is lost, whatever happens to the page. */
  private keep(): void {
    const { value: text } = this.field;
    const kind = this.asks.checked ? "question" : "comment";
    if (!text) this.draft = null;
    else if (this.draft) this.draft = { ...this.draft, text, kind };
    else this.draft = { text, kind, slide: this.talk.titles[this.talk.slide] ?? "", anchor: this.talk.host.anchorOf(this.talk.slide) };
    this.talk.outbox.setDraft(this.draft);
    this.render();
  }

  private send(): void {
    const text = this.field.value.trim();
    if (!text || [...text].length > MOST_TEXT) return this.focus();
    const { slide, anchor } = this.draft ?? { slide: "", anchor: null };
    const about = this.slide;
    const kind = this.asks.checked ? "question" : "comment";
    // A slide that went while the draft was written keeps its name in it.
    if (this.draft && placeOf(this.draft, this.talk.titles, (one) => this.talk.host.slideOf(one)) === null) this.talk.sayAbout(text, kind, { slide, anchor });
    else this.talk.say(text, kind, about);
    this.field.value = "";
    this.asks.checked = false;
    this.keep();
    this.focus();
  }
}
