/** The rows of the list: a deck is a link first, and has a menu with all that can be done with it. */

import { t } from "../follow/words.ts";
import { may, titleOf, type Deck, type Series } from "./api.ts";
import type { Filter, Group } from "./arrange.ts";
import { liveBadge, ready } from "./call-card.ts";
import { arrange, button, Drawn, element, icon, iconButton } from "./dom.ts";
import { openMenu, type MenuItem } from "./menu.ts";
import { ago, day, rhythm } from "./times.ts";

/** What the page does for a row. */
export interface Deeds {
  canCreate: boolean;
  copyLink(deck: Deck): void;
  duplicate(deck: Deck): void;
  archive(deck: Deck, archived: boolean): void;
  remove(deck: Deck): void;
  restore(deck: Deck): void;
  newCall(template: string): void;
  series(template: string): void;
}

/** So many calls of a series are shown at first: those of the last weeks. */
const FEW = 6;

/** A deck, and where its row stands. */
interface RowOf {
  deck: Deck;
  filter: Filter;
  dated: boolean;
  year: number;
}

export class Rows {
  private readonly rows = new Drawn<RowOf>((row) => drawRow(row, this.deeds));
  private readonly heads = new Drawn<{ series: Series | null; maySet: boolean; mayMake: boolean }>((head) => this.drawHead(head));
  private readonly mores = new Drawn<{ key: string; count: number }>(({ key, count }) => button(`more-${key}`, "button quiet decks-more", () => this.showWhole(key), t("show_all_of", count)));
  private readonly places = new Map<string, { section: HTMLElement; list: HTMLElement }>();
  /** Groups that are shown whole. */
  private readonly whole = new Set<string>();

  constructor(private readonly deeds: Deeds, private readonly changed: () => void) {}

  /** The sections of the list, one a group. */
  draw(groups: Group[], filter: Filter, isSearch: boolean, now: number): HTMLElement[] {
    return groups.map((group) => this.drawGroup(group, filter, { hasHead: groups.length > 1 || group.series !== null, isSearch, now }));
  }

  private drawGroup({ series, decks }: Group, filter: Filter, { hasHead, isSearch, now }: { hasHead: boolean; isSearch: boolean; now: number }): HTMLElement {
    const key = series?.id ?? "";
    const { section, list } = this.place(key);
    section.setAttribute("aria-label", series?.name ?? t(hasHead ? "other_decks" : "decks"));
    const template = decks.find(({ isTemplate }) => isTemplate);
    const head = { series, maySet: template !== undefined && may(template, "own"), mayMake: this.deeds.canCreate && template !== undefined && may(template, "edit") };
    const isWhole = isSearch || !series || this.whole.has(key) || decks.length <= FEW + 2;
    const shown = isWhole ? decks : decks.filter((deck, index) => index < FEW || deck.isTemplate);
    const dated = shown.some(({ callAt }) => callAt);
    const year = new Date(now).getFullYear();
    arrange(list, ...shown.map((deck) => this.rows.get(`${filter} ${deck.id}`, { deck, filter, dated, year })));
    const more = isWhole ? null : this.mores.get(key, { key, count: decks.length });
    arrange(section, hasHead ? this.heads.get(key, head) : null, list, more);
    return section;
  }

  private place(key: string): { section: HTMLElement; list: HTMLElement } {
    const known = this.places.get(key);
    if (known) return known;
    const made = { section: element("section", { class: "deck-group", "data-test": "group" }), list: element("ul", { class: "decks", "data-test": "deck-list" }) };
    this.places.set(key, made);
    return made;
  }

  private showWhole(key: string): void {
    this.whole.add(key);
    this.changed();
  }

  private drawHead({ series, maySet, mayMake }: { series: Series | null; maySet: boolean; mayMake: boolean }): HTMLElement {
    const words = element("div", { class: "group-words" }, element("h2", {}, series?.name ?? t("other_decks")));
    const head = element("div", { class: "group-head" }, words);
    if (!series) return head;
    const said = rhythm(series);
    if (said) words.append(element("p", { class: "muted" }, said));
    if (mayMake) head.append(button("new-call", "button", () => this.deeds.newCall(series.id), icon("add"), t("new_call")));
    if (maySet) head.append(iconButton("series-settings", "settings", t("series_settings"), () => this.deeds.series(series.id)));
    return head;
  }
}

/** Says anew how long ago things were. */
export function retell(place: Element, now: number): void {
  for (const time of place.querySelectorAll<HTMLTimeElement>("time[data-ago]")) {
    const words = ago(time.dateTime, now);
    if (time.textContent !== words) time.textContent = words;
  }
}

function drawRow(row: RowOf, deeds: Deeds): HTMLElement {
  const { deck, filter, dated } = row;
  const title = titleOf(deck) || t("untitled");
  const made = element("li", { class: dated ? "deck deck-dated" : "deck", "data-test": "deck", "data-id": deck.id });
  if (filter === "bin") {
    made.append(element("div", { class: "deck-link" }, ...words(row, title)));
    if (may(deck, "own")) made.append(button("restore-deck", "button", () => deeds.restore(deck), t("restore")));
    return made;
  }
  made.append(element("a", { class: "deck-link", href: `/d/${deck.id}`, "data-test": "open-deck", "data-key": `open-${deck.id}` }, ...words(row, title)));
  const label = t("menu_of", title);
  const menu: HTMLButtonElement = iconButton("deck-menu", "more", label, () => openMenu(menu, label, entries(deck, deeds)));
  menu.dataset["key"] = `menu-${deck.id}`;
  menu.setAttribute("aria-haspopup", "menu");
  menu.setAttribute("aria-expanded", "false");
  made.append(menu);
  return made;
}

function words({ deck, filter, dated, year }: RowOf, title: string): HTMLElement[] {
  const name = element("span", { class: "deck-name" }, element("span", { class: "deck-title", "data-test": "deck-title" }, title));
  if (deck.live) name.append(liveBadge());
  if (deck.isTemplate) name.append(element("span", { class: "badge", "data-test": "template" }, t("template")));
  const changed = (filter === "bin" && deck.deletedAt) || deck.updatedAt;
  const date = deck.callAt ? day(deck.callAt, Date.UTC(year, 6)) : "";
  return [
    ...(dated ? [element("span", { class: "deck-date tabular muted", "data-test": "deck-date" }, date)] : []),
    name,
    element("span", { class: "deck-ready tabular", "data-test": "deck-ready" }, deck.isTemplate ? "" : ready(deck)),
    element("time", { class: "muted", datetime: changed, "data-ago": "" }, ago(changed, Date.now())),
  ];
}

/** What can be done with a deck by who asks. */
function entries(deck: Deck, deeds: Deeds): MenuItem[] {
  const path = `/d/${deck.id}`;
  const [edits, presents, owns] = [may(deck, "edit"), may(deck, "present"), may(deck, "own")];
  const isArchived = Boolean(deck.archivedAt);
  const all: (MenuItem | false)[] = [
    { test: "menu-open", label: t("open"), href: path },
    presents && { test: "present-deck", label: t("present"), href: `${path}/present` },
    !deck.isTemplate && { test: "board-deck", label: t("board"), href: `${path}/board` },
    { test: "copy-follow", label: t("copy_follow"), act: () => deeds.copyLink(deck) },
    deeds.canCreate && Boolean(deck.isTemplate) && edits && { test: "new-call-deck", label: t("new_call"), act: () => deeds.newCall(deck.id), begins: true },
    owns && !deck.series && { test: "series-deck", label: t(deck.isTemplate ? "series_settings" : "make_series"), act: () => deeds.series(deck.id), begins: !deck.isTemplate },
    deeds.canCreate && { test: "duplicate-deck", label: t("duplicate"), act: () => deeds.duplicate(deck), begins: true },
    { test: "export-deck", label: t("export"), href: `/api/decks/${deck.id}/source`, download: deck.fileName ?? `${fileName(titleOf(deck) || t("untitled"))}.md`, begins: !deeds.canCreate },
    owns && { test: "archive-deck", label: t(isArchived ? "unarchive" : "archive"), act: () => deeds.archive(deck, !isArchived), begins: true },
    owns && { test: "delete-deck", label: t("delete"), act: () => deeds.remove(deck) },
  ];
  return all.filter((item) => item !== false);
}

/** A title as the name of a file. */
export function fileName(title: string): string {
  return title.replace(/[^\p{L}\p{N}\-_.]+/gu, " ").trim().split(/\s+/).join("-");
}
