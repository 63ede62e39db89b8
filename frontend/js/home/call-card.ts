/** The card on top: the call that comes next, how long it still is, and how far everybody is. */

import { t } from "../follow/words.ts";
import { may, titleOf, type Deck, type Series } from "./api.ts";
import { arrange, button, Drawn, element, icon, initials, linkButton, say } from "./dom.ts";
import { begins, clockTime, countdown, day, moment, ownTime } from "./times.ts";

/** This many reporters are shown; the rest is a number. */
const FACES = 8;
const COLORS = 10;

/** A call that should be made. */
interface Due {
  template: string;
  name: string;
  when: string;
  mayMake: boolean;
}

export class CallCard {
  readonly element = element("section", { class: "call-card", "aria-label": t("next_call"), "data-test": "next-call" });
  private readonly count = element("span", { class: "call-countdown tabular", role: "timer", "data-test": "countdown" });
  private readonly drawn = new Drawn<Deck>((deck) => this.draw(deck));
  private readonly drawnDue = new Drawn<Due>((due) => this.drawDue(due));
  private shown: Deck | null = null;

  /** `make` makes the next call of a series. */
  constructor(private readonly make: (template: string) => void) {}

  /** Shows a call. */
  show(deck: Deck, now: number): void {
    this.shown = deck;
    this.element.classList.toggle("call-live", deck.live ?? false);
    arrange(this.element, this.drawn.get("call", deck));
    this.tick(now);
  }

  /** Shows that a call is due which nobody has made; some may make it. */
  showDue(series: Series, mayMake: boolean, now: number): void {
    this.shown = null;
    this.element.classList.remove("call-live");
    const when = `${day(series.next!, now)}, ${clockTime(series.next!.slice(11, 16))}`;
    arrange(this.element, this.drawnDue.get("due", { template: series.id, name: series.name, when, mayMake }));
  }

  /** Another second has gone by. */
  tick(now: number): void {
    if (!this.shown) return;
    say(this.count, this.shown.live ? "" : countdown(begins(this.shown), now));
  }

  private drawDue({ template, name, when, mayMake }: Due): HTMLElement {
    const words = element("div", { class: "call-words" },
      element("p", { class: "call-kind" }, t("next_call")),
      element("h2", { class: "call-title", "data-test": "call-title" }, name),
      element("p", { class: "muted" }, t("not_made_yet", when)));
    const made = element("div", { class: "call" }, words);
    if (mayMake) made.append(element("div", { class: "row call-actions" }, button("new-call-due", "button primary", () => this.make(template), icon("add"), t("new_call"))));
    return made;
  }

  private draw(deck: Deck): HTMLElement {
    const title = titleOf(deck) || t("untitled");
    const head = element("p", { class: "call-kind" }, t("next_call"));
    if (deck.live) head.append(liveBadge());
    const own = ownTime(deck);
    const words = element("div", { class: "call-words" },
      head,
      element("h2", { class: "call-title" }, element("a", { href: `/d/${deck.id}`, "data-test": "call-title", "data-key": "call-title" }, title)),
      element("p", { class: "call-when" },
        element("time", { datetime: deck.callAtInstant ?? deck.callAt ?? "", "data-test": "call-when" }, moment(deck)),
        ...(own ? [element("span", { class: "muted", "data-test": "own-time" }, t("own_time", own))] : [])));
    const top = element("div", { class: "call-top" }, words, this.count);
    return element("div", { class: "call" }, top, ...readiness(deck), actions(deck));
  }
}

export function liveBadge(): HTMLElement {
  return element("span", { class: "badge badge-live", "data-test": "live" }, t("live"));
}

/** "7 of 11 ready", as words; nothing when no section has to be. */
export function ready({ ready = 0, expected = 0 }: Deck): string {
  return expected > 0 ? t("ready_of", ready, expected) : "";
}

function readiness(deck: Deck): HTMLElement[] {
  const words = ready(deck);
  const people = deck.reporters ?? [];
  if (!words && people.length === 0) return [];
  const bar = element("progress", { class: "call-bar", max: `${deck.expected ?? 0}`, value: `${deck.ready ?? 0}`, "aria-label": words, "data-test": "ready-bar" });
  const part = words ? [bar, element("span", { class: "tabular", "data-test": "ready" }, words)] : [];
  return [element("div", { class: "call-ready" }, ...part, faces(people))];
}

function faces(people: string[]): HTMLElement {
  const face = (name: string) => {
    const made = element("li", { class: `avatar person-${colorOf(name)}`, title: name, "data-test": "reporter" });
    made.append(element("span", { "aria-hidden": "true" }, initials(name)), element("span", { class: "visually-hidden" }, name));
    return made;
  };
  const list = element("ul", { class: "people call-people", "aria-label": t("reporters") }, ...people.slice(0, FACES).map(face));
  const rest = people.slice(FACES);
  if (rest.length > 0) list.append(element("li", { class: "avatar avatar-more", title: rest.join(", ") }, `+${rest.length}`));
  return list;
}

function actions(deck: Deck): HTMLElement {
  const [path, isLive] = [`/d/${deck.id}`, deck.live ?? false];
  const all: HTMLElement[] = [];
  if (isLive) all.push(linkButton("follow-call", "button primary", deck.followUrl, icon("eye"), t("follow")));
  if (may(deck, "edit")) all.push(linkButton("write", isLive ? "button" : "button primary", `${path}#mine`, icon("edit"), t("write_my_section")));
  all.push(linkButton("board", "button", `${path}/board`, icon("board"), t("board")));
  if (may(deck, "present")) all.push(linkButton("present-call", "button", `${path}/present`, icon("play"), t("present")));
  return element("div", { class: "row call-actions" }, ...all);
}

/** Everybody keeps one colour as long as they keep their name. */
function colorOf(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)!) % 9973;
  return sum % COLORS;
}
