/** The board of a call: every section, who writes it and how far it is, while it happens. */

import { t } from "../dialogs/words.ts";
import { arrange, button, copy, element, say, show } from "./dom.ts";
import type { Host } from "./host.ts";
import { type Around, RowView } from "./row.ts";
import { type Call, isRemindable, isReported, type Row, Rows, type State } from "./rows.ts";
import { begin, callTime, lookUp, untilCall, type When } from "./when.ts";
import { reminder, stateOf, titleOf } from "./words.ts";

/** How often "3 min ago" is said anew, in milliseconds; the time to the call each second. */
const TICK = 20_000;
/** Section states are announced together once nothing has changed for so long, in milliseconds. */
const QUIET = 400;

class Board {
  private readonly views = new Map<string, RowView>();
  private readonly states = new Map<string, { state: State; changed: boolean }>();
  private news: string[] = [];
  private saying = 0;
  private call: Call | null = null;
  private due: When | null = null;

  private readonly when = element("p", { class: "board-when", "data-test": "call-at" });
  private readonly count = element("p", { class: "board-count", "data-test": "board-count" });
  private readonly bar = element("i");
  private readonly progress = element("div", { class: "board-bar", role: "progressbar", "aria-valuemin": "0", "data-test": "board-bar" }, this.bar);
  private readonly remind = button(t("remind_all"), "remind-all", () => void this.copyReminder(), "button", "copy");
  private readonly rows = element("ol", { class: "board-rows", "data-test": "board-rows" });
  private readonly others = element("ol", { class: "board-rows" });
  private readonly summary = element("summary", { "data-test": "others" });
  private readonly folded = element("details", { class: "board-others", "data-test": "board-others" }, this.summary, this.others);
  private readonly nothing = element("p", { class: "board-nothing muted", "data-test": "board-nothing" });
  private readonly said = element("p", { class: "visually-hidden", role: "status", "data-test": "board-said" });
  private readonly model: Rows;
  private readonly ticking: number[];

  constructor(private readonly root: HTMLElement, private readonly host: Host) {
    const head = element("div", { class: "board-head" }, element("div", { class: "grow" }, this.when, this.count, this.progress), this.remind);
    root.classList.add("board");
    root.setAttribute("aria-busy", "true");
    this.progress.setAttribute("aria-label", t("ready_sections"));
    this.rows.setAttribute("aria-label", t("sections"));
    root.replaceChildren(head, this.nothing, this.rows, this.folded, this.said);
    root.addEventListener("keydown", (event) => walk(event));
    this.model = new Rows(host, (call) => this.draw(call));
    this.ticking = [window.setInterval(() => this.again(), TICK), window.setInterval(() => this.drawWhen(Date.now()), 1000)];
  }

  close(): void {
    this.model.close();
    this.ticking.forEach((one) => window.clearInterval(one));
    window.clearTimeout(this.saying);
    this.root.replaceChildren();
  }

  private again(): void {
    if (this.call) this.draw(this.call);
  }

  private draw(call: Call): void {
    this.call = call;
    this.root.setAttribute("aria-busy", `${call.rows === null}`);
    this.lookUpTime(call.callAt);
    const rows = call.rows ?? [];
    const around: Around = { title: call.title, isConnected: call.isConnected, when: this.due, now: Date.now() };
    for (const row of rows) {
      this.notice(row);
      let made = this.views.get(row.id);
      if (!made) this.views.set(row.id, made = new RowView(this.host, row));
      made.update(row, around);
    }
    this.forget(new Set(rows.map(({ id }) => id)));
    const elements = (list: Row[]) => list.flatMap(({ id }) => this.views.get(id)?.element ?? []);
    const rest = rows.filter((row) => !isReported(row));
    arrange(this.rows, elements(rows.filter(isReported)));
    arrange(this.others, elements(rest));
    say(this.summary, rest.length === 1 ? t("other") : t("others", `${rest.length}`));
    show(this.folded, rest.length > 0);
    say(this.nothing, call.rows === null ? t("waiting") : rows.some(isReported) ? "" : t("no_sections"));
    show(this.nothing, this.nothing.textContent !== "");
    this.drawHead(call, around);
  }

  private drawWhen(now: number): void {
    const { due, when } = this;
    say(when, due ? t("call_at", callTime(due), untilCall(due, now)) : "");
    show(when, due !== null);
    when.classList.toggle("soon", due !== null && Math.abs(begin(due) - now) < 3_600_000);
  }

  private drawHead({ ready, expected, rows }: Call, { now }: Around): void {
    this.drawWhen(now);
    const isAll = expected > 0 && ready >= expected;
    say(this.count, rows === null ? "" : isAll ? t("all_ready", `${expected}`) : t("ready_of", `${ready}`, `${expected}`));
    this.count.classList.toggle("all", isAll);
    this.progress.setAttribute("aria-valuemax", `${Math.max(1, expected)}`);
    this.progress.setAttribute("aria-valuenow", `${Math.min(ready, expected)}`);
    this.progress.setAttribute("aria-valuetext", t("ready_of", `${ready}`, `${expected}`));
    this.bar.style.width = `${expected > 0 ? Math.min(100, (ready / expected) * 100) : 0}%`;
    show(this.progress, expected > 0);
    show(this.remind, (rows ?? []).some(isRemindable));
  }

  /** What became of a section is said, but not how everything was at first. */
  private notice(row: Row): void {
    const { id, state, changed } = row;
    const before = this.states.get(id);
    this.states.set(id, { state, changed });
    if (!before || (before.state === state && before.changed === changed)) return;
    this.news.push(t("now", titleOf(row), stateOf(row)));
    window.clearTimeout(this.saying);
    this.saying = window.setTimeout(() => {
      say(this.said, this.news.splice(0).join(". "));
    }, QUIET);
  }

  private forget(kept: ReadonlySet<string>): void {
    for (const id of [...this.views.keys()]) {
      if (kept.has(id)) continue;
      this.views.delete(id);
      this.states.delete(id);
    }
  }

  private lookUpTime(callAt: string | null): void {
    if (callAt === (this.due?.callAt ?? null)) return;
    this.due = callAt === null ? null : { callAt };
    void lookUp(this.host, callAt).then((when) => {
      if (this.due?.callAt !== when?.callAt) return;
      this.due = when;
      this.again();
    });
  }

  private async copyReminder(): Promise<void> {
    if (!this.call) return;
    const text = reminder(this.host.deck, { ...this.call, when: this.due });
    this.host.say(t((await copy(text)) ? "reminder_copied" : "not_copied"));
  }
}

/** Up and down lead from row to row, to the same button there. */
function walk(event: KeyboardEvent): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  // In a field they count.
  if (event.target instanceof HTMLInputElement) return;
  if (by === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const from = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-test]") : null;
  const row = from?.closest(".board-row");
  if (!from || !row) return;
  if (from.closest(".board-menu")) return step(event, [...from.closest(".board-menu")?.querySelectorAll<HTMLElement>("button:not([hidden]), input") ?? []], from, by);
  const list = event.currentTarget instanceof Element ? [...event.currentTarget.querySelectorAll(".board-row")] : [];
  for (let at = list.indexOf(row) + by; list[at]; at += by) {
    const isFree = (target: HTMLElement | null | undefined) => target && !target.hidden && target.getClientRects().length > 0;
    const same = list[at]?.querySelector<HTMLElement>(`[data-test="${from.dataset["test"]}"]`);
    const target = isFree(same) ? same : list[at]?.querySelector<HTMLElement>("button:not([hidden])");
    if (!target || !isFree(target)) continue;
    event.preventDefault();
    return target.focus();
  }
}

function step(event: KeyboardEvent, items: HTMLElement[], from: HTMLElement, by: number): void {
  event.preventDefault();
  items[(items.indexOf(from) + by + items.length) % items.length]?.focus();
}

/** Draws the board of a deck into an element, and keeps it up to date until it is closed. */
export function openBoard(root: HTMLElement, host: Host): { close(): void } {
  return new Board(root, host);
}
