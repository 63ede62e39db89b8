/** The panel in which the audience asks, sees whether it was answered, and says that it is there. */

import { Asking, type Draft, newId, NotDone, type Own } from "./asking.ts";
import { element, say } from "./dom.ts";
import { t } from "./words.ts";

/** The most characters of a question and of a name; the server takes no more. */
const [MOST_TEXT, MOST_NAME] = ["2000", "80"];
/** While a question waits for its answer it is looked after this often, in milliseconds. */
const LOOK_EVERY = 20_000;

/** The slide that is on the screen. */
export type Here = { slide: string; number: number; label: string };

export class Ask {
  readonly element = element("section", { class: "ask", role: "dialog", "aria-labelledby": "ask-title", "data-test": "ask-panel" });
  private readonly asking: Asking;
  private readonly about = element("p", { class: "ask-about", "data-test": "ask-about" });
  private readonly text = element("textarea", { class: "field", rows: "3", maxlength: MOST_TEXT, required: "", id: "ask-text", "aria-describedby": "ask-keys", "data-test": "ask-text" });
  private readonly name = element("input", { class: "field", maxlength: MOST_NAME, autocomplete: "name", id: "ask-name", "data-test": "ask-name" });
  private readonly send = element("button", { class: "button primary", "data-test": "ask-send" }, t("ask_send"));
  private readonly said = element("p", { class: "ask-said", role: "status", "data-test": "ask-said" });
  private readonly list = element("ul", { class: "ask-list", "data-test": "ask-own" });
  private readonly listTitle = element("h3", { id: "ask-own-title" }, t("ask_own"));
  private readonly there = element("input", { type: "checkbox", "data-test": "ask-there" });
  private readonly thereAs = element("p", { class: "ask-hint" });
  private draft: Draft;
  /** The slide that the text is about: where it was begun. */
  private begun: Here | null = null;
  private own: Own = { questions: [], name: null };
  private timer = 0;
  private isBuilt = false;

  constructor(base: string, private readonly here: () => Here, private readonly changed: (isOpen: boolean, answered: number) => void) {
    this.asking = new Asking(base);
    this.draft = this.asking.draft;
    this.element.hidden = true;
    document.addEventListener("visibilitychange", () => this.look());
    if (this.asking.hasAsked) void this.refresh();
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  toggle(): void {
    if (this.isOpen) return this.close();
    if (!this.isBuilt) this.build();
    this.element.hidden = false;
    this.render();
    this.text.focus();
    this.tell();
    void this.refresh();
  }

  close(): void {
    this.element.hidden = true;
    this.tell();
  }

  /** Another slide is on. */
  moved(): void {
    if (this.isOpen) this.render();
  }

  private build(): void {
    this.isBuilt = true;
    const close = element("button", { type: "button", class: "icon-button", "aria-label": t("close"), title: t("close"), "data-test": "ask-close", onclick: () => this.close() }, "×");
    const form = element(
      "form",
      {},
      this.about,
      element("label", { for: "ask-text" }, t("ask_text")),
      this.text,
      element("p", { class: "ask-hint", id: "ask-keys" }, t("ask_keys")),
      element("label", { for: "ask-name" }, t("ask_name")),
      this.name,
      element("p", { class: "ask-hint" }, t("ask_private")),
      this.send,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.ask();
    });
    this.text.value = this.draft.text;
    this.name.value = this.asking.name;
    this.text.addEventListener("input", () => this.typed());
    this.name.addEventListener("input", () => (this.asking.name = this.name.value.trim()));
    this.there.addEventListener("change", () => void this.attend());
    this.element.addEventListener("keydown", (event) => {
      // None of these keys is the deck's.
      event.stopPropagation();
      if (event.key === "Escape") this.close();
      if (event.key !== "Enter" || event.shiftKey || event.altKey || event.isComposing || event.target !== this.text) return;
      event.preventDefault();
      form.requestSubmit();
    });
    this.list.setAttribute("aria-labelledby", "ask-own-title");
    this.element.append(
      element("div", { class: "ask-head" }, element("h2", { id: "ask-title" }, t("ask_title")), close),
      form,
      this.said,
      this.listTitle,
      this.list,
      element("label", { class: "check" }, this.there, element("span", {}, t("ask_there"))),
      this.thereAs,
    );
  }

  private typed(): void {
    this.keep({ ...this.draft, text: this.text.value });
    this.begun = this.text.value ? this.begun ?? this.here() : null;
    say(this.said, "");
    this.render();
  }

  private keep(draft: Draft): void {
    this.draft = draft;
    this.asking.draft = draft;
  }

  private async ask(): Promise<void> {
    const { slide, number } = this.begun ?? this.here();
    // A key sends as well, and one question at a time is on its way.
    if (this.send.disabled) return;
    const text = this.text.value;
    if (!text.trim()) return this.text.focus();
    this.send.disabled = true;
    const { id, tried = text } = this.draft;
    // Under an id that was sent before the server keeps the words of then.
    this.keep({ id: tried === text ? id : newId(), text, tried: text });
    await this.attempt(async () => {
      const question = await this.asking.ask(this.draft, { slide, number });
      this.own.questions = [...this.own.questions.filter(({ id }) => id !== question.id), question];
      this.asking.hasAsked = true;
      // What was typed meanwhile is another question.
      if (this.text.value === text) this.text.value = "";
      this.draft = { id: newId(), text: "" };
      this.typed();
      say(this.said, t("ask_sent"));
    });
    this.send.disabled = false;
    this.text.focus();
    this.look();
  }

  private async attend(): Promise<void> {
    const isThere = this.there.checked;
    const name = this.name.value.trim();
    if (isThere && !name) {
      this.there.checked = false;
      say(this.said, t("ask_name_first"));
      return this.name.focus();
    }
    await this.attempt(async () => {
      if (isThere) await this.asking.attend(name);
      else await this.asking.leave();
      this.own.name = isThere ? name : null;
      this.asking.hasAsked = true;
      say(this.said, t(isThere ? "ask_is_there" : "ask_is_gone"));
    });
    this.render();
  }

  /** What was typed stays when nothing came of it. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof NotDone)) throw error;
      say(this.said, error.message);
    }
    this.render();
  }

  private async refresh(): Promise<void> {
    const own = await this.asking.own().catch(() => null);
    if (own) this.own = own;
    this.render();
    this.tell();
    this.look();
  }

  /** Looks again after a while, as long as there is something to wait for and somebody to see it. */
  private look(): void {
    clearTimeout(this.timer);
    const waits = this.own.questions.some(({ done }) => !done);
    if (waits && document.visibilityState === "visible") this.timer = window.setTimeout(() => void this.refresh(), LOOK_EVERY);
  }

  private tell(): void {
    this.changed(this.isOpen, this.own.questions.filter(({ done }) => done).length);
  }

  private render(): void {
    if (!this.isBuilt) return;
    say(this.about, t("ask_about", (this.begun ?? this.here()).label));
    const { questions, name } = this.own;
    this.listTitle.hidden = questions.length === 0;
    this.list.replaceChildren(...questions.map(({ text, slide, done }) => element(
      "li",
      { "data-test": "ask-question", "data-done": `${done}` },
      element("span", { class: "ask-question", dir: "auto" }, text),
      element("span", { class: "ask-hint" }, [slide, t(done ? "ask_answered" : "ask_waiting")].filter(Boolean).join(" · ")),
    )));
    this.there.checked = name !== null;
    say(this.thereAs, name === null ? t("ask_there_hint") : t("ask_there_as", name));
  }
}
