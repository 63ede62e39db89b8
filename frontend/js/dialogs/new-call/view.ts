/** The dialog for the next call of a series: its day, who reports, and what of the last call goes on. */

import { element, say } from "../../follow/dom.ts";
import type { Dialog } from "../dialog.ts";
import { field, foot } from "../form.ts";
import { Refusal } from "../share/api.ts";
import { t } from "../words.ts";
import { CallsApi, type Proposal } from "./api.ts";
import { CarriedItems } from "./carried.ts";
import { DayChoice } from "./days.ts";
import { Reporters } from "./reporters.ts";

export interface Options {
  /** The template of the series. */
  template: string;
  /** The name of the series. */
  name: string;
  /** Gets the deck of the call that was made. */
  done: (deck: { id: string }) => void;
}

/** Longer titles the server does not take. */
const MAX_TITLE = "200";
/** There is a call on that day, or the call before has changed since it was looked at. */
const CONFLICT = 409;

export async function showNewCall(dialog: Dialog, { template, name, done }: Options): Promise<void> {
  const api = new CallsApi(template);
  dialog.show(element("p", { class: "muted" }, t("loading")));
  try {
    const { date, dates } = await api.next();
    const form = new NewCall(dialog, api, done);
    form.show(name, date, dates);
  } catch (error) {
    complain(dialog, error);
  }
}

class NewCall {
  private readonly title = element("input", { class: "input", maxlength: MAX_TITLE, "data-test": "call-name" });
  private readonly file = element("p", { class: "muted mono call-file", "data-test": "call-file" });
  private readonly reporters = new Reporters();
  private readonly carried = new CarriedItems();
  private readonly create = element("button", { class: "button primary", "data-test": "create-call" }, t("create_call"));
  private readonly about = element("div", { class: "call-form" });
  private day = "";
  /** What the server proposes, until somebody writes another title. */
  private proposed = "";
  private asked = 0;
  private shown = "";

  constructor(private readonly dialog: Dialog, private readonly api: CallsApi, private readonly done: (deck: { id: string }) => void) {}

  show(series: string, date: string, dates: string[]): void {
    const days = new DayChoice(date, dates, (day) => void this.choose(day));
    this.about.append(
      element("div", { class: "share-section" }, field(t("title"), this.title), this.file),
      this.reporters.element,
      this.carried.element,
    );
    const form = element("form", { class: "call-form" }, element("p", { class: "muted" }, series), days.element, this.about, foot(this.dialog, this.create));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit();
    });
    this.dialog.show(form);
    days.focus();
    void this.choose(date);
  }

  /** Asks what a call on this day would be; the last day that was chosen counts. */
  private async choose(day: string): Promise<void> {
    this.day = day;
    const asked = ++this.asked;
    this.create.disabled = true;
    this.about.classList.add("busy");
    if (!day) return;
    try {
      const proposal = await this.api.proposal(day);
      if (asked !== this.asked) return;
      this.propose(proposal);
      this.dialog.say("");
      this.about.classList.remove("busy");
      this.create.disabled = false;
    } catch (error) {
      if (asked === this.asked) complain(this.dialog, error);
    }
  }

  private propose({ title, fileName, sections, carried, from }: Proposal): void {
    if (this.title.value === this.proposed) this.title.value = title;
    this.proposed = title;
    this.shown = JSON.stringify(carried);
    say(this.file, fileName);
    this.reporters.show(sections, from !== null);
    this.carried.show(carried, from?.title ?? null);
  }

  private async submit(): Promise<void> {
    this.dialog.wait(true);
    const title = this.title.value.trim();
    const named = title && title !== this.proposed ? { title } : {};
    try {
      const deck = await this.api.make({ date: this.day, ...named, keep: this.carried.kept(), reporters: this.reporters.named() });
      this.dialog.close();
      this.done(deck);
    } catch (error) {
      if (error instanceof Refusal && error.status === CONFLICT) await this.explain();
      else complain(this.dialog, error);
    } finally {
      this.dialog.wait(false);
    }
  }

  /** Says which of the two it was; what is carried over is shown as it is now. */
  private async explain(): Promise<void> {
    const before = this.shown;
    await this.choose(this.day);
    this.dialog.complain(t(this.shown === before ? "call_exists" : "call_changed"));
  }
}

function complain(dialog: Dialog, error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
  dialog.complain(error.message);
}
