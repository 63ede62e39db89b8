/** One row of the board: a section, who writes it, how far it is, and what can be done about it. */

import { t } from "../dialogs/words.ts";
import { change } from "./api.ts";
import { arrange, button, copy, element, icon, say, show } from "./dom.ts";
import { type Host, mayEdit } from "./host.ts";
import { isRemindable, isReported, type Call, type Row } from "./rows.ts";
import type { When } from "./when.ts";
import { lastEdit, minutesOf, reminder, stateOf, titleOf, writing } from "./words.ts";

/** What a row has to know besides itself. */
export type Around = Pick<Call, "title" | "isConnected"> & { when: When | null; now: number };

/** What the settings take at most. */
const MOST_MINUTES = 600;

export class RowView {
  readonly element: HTMLLIElement;
  private row: Row;
  private around: Around | null = null;
  private readonly title = element("h2", { class: "board-title", "data-test": "board-title" });
  private readonly state = element("span", { class: "board-state", "data-test": "state" });
  private readonly reporter = element("span", { class: "board-reporter", "data-test": "board-reporter" });
  private readonly edited = element("span", { class: "board-edited", "data-test": "edited" });
  private readonly writing = element("span", { class: "board-writing", "data-test": "board-writing" });
  private readonly here = element("span", { class: "board-here", "data-test": "here" });
  private readonly minutes = element("span", { class: "board-minutes tabular", "data-test": "minutes" });
  private readonly problems = button("", "problems", () => this.goToProblem(), "board-problems");
  private readonly claim = button("", "claim", () => void this.ask({ claim: !this.isClaimed }), "button quiet board-claim");
  private readonly write = button(t("write"), "write-section", () => this.goThere(), "button", "edit");
  private readonly ready = button("", "set-ready", () => void this.ask({ ready: !this.isReady }), "button board-ready", "tick");
  private readonly take = button(t("claim"), "take", () => void this.act({ claim: true }), "menu-item");
  private readonly remind = button(t("copy_reminder"), "remind", () => void this.copyReminder(), "menu-item");
  private readonly skip = button("", "no-report", () => this.toggleReport(), "menu-item");
  private readonly planned = element("input", {
    type: "number", min: "0.5", max: `${MOST_MINUTES}`, step: "0.5", inputmode: "decimal", "data-test": "plan",
  });
  private readonly more: HTMLDetailsElement;

  constructor(private readonly host: Host, row: Row) {
    this.row = row;
    const plan = element("label", { class: "menu-item board-plan" }, element("span", {}, t("planned_minutes")), this.planned);
    const menu = element("div", { class: "board-menu" }, this.take, this.remind, this.skip, plan);
    const open = element("summary", { class: "icon-button", "data-test": "more" }, icon("more"));
    open.title = t("more");
    this.more = element("details", { class: "board-more" }, open, menu);
    this.planned.addEventListener("change", () => this.plan());
    this.more.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.more.open) return;
      this.more.open = false;
      open.focus();
    });
    this.more.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !this.more.contains(relatedTarget)) this.more.open = false;
    });
    const what = element("div", { class: "board-what" }, this.title, element("div", { class: "board-who" }, this.reporter, this.claim, this.here));
    const facts = element("div", { class: "board-facts" }, this.writing, this.edited, this.problems, this.minutes);
    const acts = element("div", { class: "board-acts" }, this.write, this.ready, this.more);
    this.element = element("li", { class: "board-row", "data-test": "board-row" }, this.state, what, facts, acts);
  }

  update(row: Row, around: Around): void {
    [this.row, this.around] = [row, around];
    const { element: line, host } = this;
    const title = titleOf(row);
    line.dataset["state"] = row.state;
    line.dataset["changed"] = `${row.changed}`;
    line.dataset["section"] = row.id;
    line.classList.toggle("mine", row.isMine);
    say(this.title, title);
    say(this.state, stateOf(row));
    const nobody = row.state === "noReport" ? "" : t("nobody");
    say(this.reporter, row.isMine ? t("mine", row.reporter || host.name()) : row.reporter ?? nobody);
    this.reporter.classList.toggle("muted", !row.reporter && !row.isMine);
    const types = writing(row);
    say(this.writing, types);
    say(this.edited, types ? "" : lastEdit(row, around.now));
    if (row.editedAt !== null) this.edited.title = new Date(row.editedAt).toLocaleString(document.documentElement.lang);
    this.showPeople(row);
    const count = row.problems;
    say(this.problems, count === 1 ? t("one_problem") : t("problems", `${count}`));
    show(this.problems, count > 0);
    say(this.minutes, row.minutes === null ? "" : minutesOf(row.minutes));
    this.showActs(row, title);
  }

  /** The faces of those whose caret is there. */
  private showPeople({ writers }: Row): void {
    const faces = writers.map(({ name, color }) => {
      const face = element("span", { class: `presence person-${color}`, title: name }, initials(name));
      face.setAttribute("aria-label", name);
      face.setAttribute("role", "img");
      return face;
    });
    const key = writers.map(({ name, color }) => `${name} ${color}`).join("\n");
    if (this.here.dataset["key"] === key) return;
    this.here.dataset["key"] = key;
    arrange(this.here, faces);
  }

  private showActs(row: Row, title: string): void {
    const writes = mayEdit(this.host);
    // Without the server nothing of it would be known to anybody.
    const acts = writes && (this.around?.isConnected ?? false);
    label(this.claim, this.isClaimed ? t("not_me") : t("claim"), title);
    show(this.claim, writes && (this.isClaimed || (!row.reporter && row.state !== "noReport")));
    label(this.write, t("write"), title);
    show(this.write, writes);
    const isAgain = (row.state === "ready" || row.state === "presented") && row.changed;
    label(this.ready, isAgain ? t("ready_again") : this.isReady ? t("not_ready") : t("mark_ready"), title);
    show(this.ready, writes && row.state !== "noReport" && (row.state !== "presented" || row.changed));
    show(this.take, row.reporter !== null && !row.isMine);
    show(this.remind, isRemindable(row));
    label(this.skip, row.state === "noReport" ? t("report") : t("skip"), title);
    const summary = this.more.firstElementChild;
    summary?.setAttribute("aria-label", t("more_of", title));
    show(this.skip, row.reporter !== null || isReported(row));
    show(this.more, writes);
    for (const act of [this.claim, this.ready, this.take]) act.disabled = !acts;
    this.skip.disabled = this.planned.disabled = row.section < 0;
    // What is being typed stays.
    if (document.activeElement !== this.planned) this.planned.value = row.minutes === null ? "" : `${row.minutes}`;
  }

  /** Ready as it is now: ready and changed since, it can be said once more. */
  private get isReady(): boolean {
    return this.row.state === "ready" && !this.row.changed;
  }

  private get isClaimed(): boolean {
    return this.row.claimedBy === this.host.principal;
  }

  private ask(wanted: { claim: boolean } | { ready: boolean }): Promise<boolean> {
    return change(this.host, this.row.id, wanted);
  }

  private act(wanted: { claim: boolean }): Promise<boolean> {
    this.close();
    return this.ask(wanted);
  }

  private goThere(): void {
    this.host.writeAt(this.row.text?.writeLine ?? 0);
  }

  private goToProblem(): void {
    const line = this.row.text?.problemLine ?? this.row.text?.line ?? 0;
    this.host.goToLine(line);
  }

  private async copyReminder(): Promise<void> {
    const { around, host, row } = this;
    if (!around) return;
    this.close();
    const text = reminder(host.deck, { title: around.title, rows: null, when: around.when }, row);
    host.say(t((await copy(text)) ? "reminder_copied" : "not_copied"));
  }

  private toggleReport(): void {
    const { host, row } = this;
    const [does, undoes] = row.state === "noReport" ? ["report", "no-report"] as const : ["no-report", "report"] as const;
    this.close();
    host.command(does, row.section);
    const { section } = row;
    host.say(t(does === "report" ? "reports" : "skipped", titleOf(row)), () => host.command(undoes, section));
  }

  /** Writes into the deck's settings how long the section may take, which can be undone like all that is typed. */
  private plan(): void {
    const { host, planned, row } = this;
    if (!planned.reportValidity()) return;
    const minutes = planned.value === "" ? null : planned.valueAsNumber;
    if (minutes === row.minutes) return;
    this.close();
    host.plan(row.section, minutes);
  }

  /** Closes the menu; the focus stays at its button. */
  private close(): void {
    const isInside = this.more.contains(document.activeElement);
    this.more.open = false;
    if (isInside) (this.more.firstElementChild as HTMLElement).focus();
  }
}

/** A button's words, and for those who do not see its row, which section it is about. */
function label(target: HTMLButtonElement, words: string, title: string): void {
  const text = target.querySelector("span");
  if (text) say(text, words);
  const full = t("of_section", words, title);
  if (target.getAttribute("aria-label") !== full) target.setAttribute("aria-label", full);
}

/** One or two letters for a name. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "");
  return letters.join("").toUpperCase();
}
