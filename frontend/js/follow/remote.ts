/** The presenter's phone: two large buttons, the notes and the time. */

import { isSingle, nameOf } from "../slides/keys.ts";
import { isTaken, singleKeys } from "./keys.ts";
import { element, icon, say } from "./dom.ts";
import type { Press, Stage, State } from "./protocol.ts";
import { Session } from "./session.ts";
import { clock, spentOf, stateOf } from "./times.ts";
import { t } from "./words.ts";

const SECOND = 1000;
/** A hint that can be felt: two short knocks, in milliseconds. */
const KNOCK = [60, 40, 60];
/** How long a refused press is explained. */
const HINT_STAYS = 2500;

/** Presenters' clickers are keyboards. */
const KEYS: Record<string, Press> = {
  ArrowRight: "next", ArrowDown: "next", PageDown: "next", " ": "next", Enter: "next", n: "next", l: "next", j: "next",
  ArrowLeft: "previous", ArrowUp: "previous", PageUp: "previous", p: "previous", h: "previous", k: "previous",
  b: "blackout", v: "blackout", ".": "blackout", "/": "blackout",
};

/** Keys that scroll, downwards or upwards. Not those of clickers, which turn slides wherever the focus is. */
const SCROLLS: Record<string, 1 | -1> = { ArrowDown: 1, " ": 1, ArrowUp: -1 };

export class RemotePage {
  private readonly session: Session;
  private readonly state = element("p", { class: "remote-state", role: "status", "data-test": "remote-state" });
  private readonly place = element("span", { class: "slide-position", "data-test": "slide-position" });
  private readonly time = element("span", { class: "remote-time", "data-test": "remote-time" });
  private readonly sectionTime = element("span", { class: "remote-section" });
  private readonly notes = element("div", { class: "remote-notes", tabindex: "0", "data-test": "remote-notes" });
  private readonly nextTitle = element("small", {});
  private readonly hint = element("p", { class: "remote-hint", role: "alert" });
  private readonly blackout = element(
    "button",
    { type: "button", class: "icon-button", "aria-label": t("blackout"), title: t("blackout"), "data-test": "remote-blackout", onclick: () => this.press("blackout") },
    icon("dark"),
  );
  private stage: Stage | null = null;
  /** When the times in `stage` were true. */
  private stageAt = 0;
  private live: State | null = null;
  private hintTimer = 0;
  private clock = 0;
  private lock: WakeLockSentinel | null = null;

  constructor(private readonly app: HTMLElement) {
    this.session = new Session(`/r/${encodeURIComponent(app.dataset.code ?? "")}`, "", {
      deck: (_, state) => this.hear(state),
      patch: ({ state }) => this.hear(state),
      state: (state) => this.hear(state),
      stage: (stage) => this.onStage(stage),
      connection: () => this.render(),
    });
    this.build();
  }

  start(): void {
    this.session.start();
    document.addEventListener("keydown", (event) => this.onKey(event));
    document.addEventListener("visibilitychange", () => this.onVisible());
    this.onVisible();
    this.render();
  }

  private build(): void {
    const next = element(
      "button",
      { type: "button", class: "remote-next", "data-test": "remote-next", onclick: () => this.press("next") },
      element("b", {}, t("next")),
      this.nextTitle,
    );
    const previous = element(
      "button",
      { type: "button", class: "remote-previous", "data-test": "remote-previous", onclick: () => this.press("previous") },
      t("previous"),
    );
    this.notes.setAttribute("aria-label", t("notes"));
    this.notes.setAttribute("role", "region");
    this.app.classList.add("remote-page");
    this.app.replaceChildren(
      element(
        "header",
        { class: "remote-head" },
        element("h1", { class: "visually-hidden" }, this.app.dataset.title ?? ""),
        element("div", { class: "remote-times" }, this.time, this.sectionTime, this.place, this.blackout),
        this.state,
      ),
      element("main", { class: "remote-main" }, this.notes, previous, next),
      this.hint,
    );
  }

  private hear(state: State): void {
    this.live = state;
    this.render();
  }

  private onStage(stage: Stage): void {
    this.stage = stage;
    this.stageAt = Date.now();
    this.render();
  }

  /** Why a press would do nothing, if it would. */
  private get obstacle(): string {
    if (this.session.state === "ended") return t("link_ended");
    // A phone that has just woken shows what was; a press would be for what it shows.
    if (this.session.state !== "live") return t("reconnecting");
    if (!this.stage?.driver) return t("nobody_presents");
    return this.stage.reachable ? "" : t("unreachable");
  }

  private press(key: Press): void {
    const { obstacle } = this;
    if (obstacle || !this.session.send({ type: "press", key })) return this.refuse(obstacle || t("reconnecting"));
    this.explain("");
  }

  /** A press that does nothing is seen and felt, and never done later. */
  private refuse(why: string): void {
    navigator.vibrate?.(KNOCK);
    this.explain(t("not_sent", why));
  }

  private explain(text: string): void {
    clearTimeout(this.hintTimer);
    this.hint.textContent = text;
    if (text) this.hintTimer = window.setTimeout(() => this.explain(""), HINT_STAYS);
  }

  private onKey(event: KeyboardEvent): void {
    const key = nameOf(event);
    const press = KEYS[key];
    if (!press || event.repeat || event.altKey || isTaken(event) || (isSingle(key) && !singleKeys())) return;
    if (scrolls(this.notes, event)) return;
    event.preventDefault();
    this.press(press);
  }

  /** The screen stays on while the page is looked at, and the clock runs only then. */
  private onVisible(): void {
    clearInterval(this.clock);
    if (document.visibilityState !== "visible") return;
    this.clock = window.setInterval(() => this.renderTimes(), SECOND);
    this.renderTimes();
    void this.keepAwake();
  }

  private async keepAwake(): Promise<void> {
    if (this.lock && !this.lock.released) return;
    try {
      this.lock = (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      // A phone that saves its battery refuses; the presenter touches it now and then anyway.
      this.lock = null;
    }
  }

  private render(): void {
    const { stage, obstacle } = this;
    this.app.dataset.ready = String(!obstacle);
    this.app.toggleAttribute("data-dark", this.live?.blackout ?? false);
    this.blackout.setAttribute("aria-pressed", String(this.live?.blackout ?? false));
    say(this.state, obstacle || (this.live?.blackout ? t("screens_dark") : t("drives", stage?.driver ?? "")));
    say(this.notes, stage?.notes || t("no_notes"));
    this.notes.toggleAttribute("data-empty", !stage?.notes);
    say(this.nextTitle, stage ? stage.next || t("end_of_deck") : "");
    const { deck } = this.session;
    say(this.place, deck && this.live ? deck.place(this.live.slide) : "");
    this.renderTimes();
  }

  private renderTimes(): void {
    const { stage } = this;
    if (!stage) return;
    const runs = stage.driver !== null ? Date.now() - this.stageAt : 0;
    say(this.time, clock(stage.elapsed + runs));
    const { spent, minutes } = stage.section;
    const now = spent + runs;
    say(this.sectionTime, spentOf(now, minutes));
    this.sectionTime.dataset.state = minutes === null ? "" : stateOf(now, minutes);
  }
}

/** Whether a key is meant for the notes: they have the focus, and there is more of them in its direction. */
function scrolls(notes: HTMLElement, { key, shiftKey, target }: KeyboardEvent): boolean {
  const down = key === " " && shiftKey ? -1 : SCROLLS[key];
  if (!down || target !== notes) return false;
  const { scrollTop, scrollHeight, clientHeight } = notes;
  // Where the screen has more points than pixels, the end is less than one away.
  return down > 0 ? scrollTop + clientHeight < scrollHeight - 1 : scrollTop > 0;
}
