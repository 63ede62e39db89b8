/** What the first page knows, and how it is drawn. */

import { readWords, t } from "../follow/words.ts";
import { beginSession, Failure, list, titleOf, type Deck, type Decks, type Place, type Session } from "./api.ts";
import { dueSeries, FILTERS, groups, nextCall, type Filter } from "./arrange.ts";
import { keep, kept } from "./cache.ts";
import { CallCard } from "./call-card.ts";
import { Deeds } from "./deeds.ts";
import { DialogModule } from "./dialogs.ts";
import { arrange, button, Drawn, element, icon, say } from "./dom.ts";
import { takesDrops } from "./importing.ts";
import { Me, signIn } from "./me.ts";
import { retell, Rows } from "./rows.ts";
import { Toasts } from "./toasts.ts";

/** So often the list is asked for again while somebody looks at it: who is ready, what is live. */
const REFRESH_MS = 30_000;
/** The first wait before an absent server is asked again; it doubles up to the time of a refresh. */
const FIRST_RETRY_MS = 2_000;
const SECOND_MS = 1_000;
/** So many ticks pass before it is said anew how long ago things were. */
const TICKS_OF_RETELLING = 20;

export class HomePage {
  private readonly main = document.getElementById("main")!;
  private readonly search = document.getElementById("search") as HTMLInputElement;
  private readonly heading = this.main.querySelector("h1")!;
  private readonly found = element("p", { class: "visually-hidden", role: "status", "data-test": "found" });
  private readonly toasts = new Toasts(document.getElementById("toasts")!);
  private readonly me: Me;
  private readonly makes: HTMLElement[];
  private readonly card: CallCard;
  private readonly deeds: Deeds;
  private readonly rows: Rows;
  private readonly troubles = new Drawn<string>((words) => this.drawTrouble(words));
  private readonly nothings = new Drawn<string[]>((nothing) => this.drawNothing(nothing));
  private readonly feet = new Drawn<boolean>((canCreate) => this.drawFoot(canCreate));
  private readonly filters = new Map<Filter, HTMLButtonElement>();
  private readonly toolbar = this.drawToolbar();
  private readonly binNote = element("p", { class: "muted bin-note", "data-test": "bin-note" });

  private session: Session | null = null;
  private home: Decks | null = null;
  private readonly elsewhere = new Map<Place, Deck[]>();
  private filter: Filter = "all";
  /** Why the list is not what the server has now. */
  private trouble: Failure | null = null;
  private tries = 0;
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isLeaving = false;

  constructor(private readonly page: HTMLElement) {
    readWords();
    this.binNote.textContent = t("bin_note");
    const complain = (words: string) => this.toasts.complain(words);
    this.deeds = new Deeds(new DialogModule(page.dataset["dialogs"] ?? "", complain), this.toasts, {
      reload: () => void this.load(),
      series: (id) => this.home?.series.find((one) => one.id === id) ?? null,
      title: (id) => titleOf(this.home?.decks.find((deck) => deck.id === id)),
    });
    this.me = new Me(complain);
    this.makes = this.deeds.buttons();
    this.card = new CallCard((template) => this.deeds.newCall(template));
    this.rows = new Rows(this.deeds, () => this.draw());
  }

  start(): void {
    this.search.addEventListener("input", () => this.draw());
    this.search.addEventListener("keydown", (event) => this.onSearchKey(event));
    document.addEventListener("keydown", (event) => this.onKey(event));
    document.addEventListener("visibilitychange", () => !document.hidden && void this.load());
    addEventListener("online", () => void this.load());
    addEventListener("pagehide", () => (this.isLeaving = true));
    addEventListener("pageshow", ({ persisted }) => {
      this.isLeaving = false;
      if (persisted) void this.load();
    });
    takesDrops(this.page, (isOver) => this.page.classList.toggle("dropping", isOver && this.deeds.canCreate), (files) => void this.deeds.take(files));
    setInterval(() => this.tick(), SECOND_MS);
    void this.load();
  }

  private get place(): Place {
    return this.filter === "archive" || this.filter === "bin" ? this.filter : "home";
  }

  /** Asks for everything that is shown. The last question counts, however late the others are answered. */
  private async load(): Promise<void> {
    const asked = ++this.asked;
    clearTimeout(this.timer);
    const place = this.place;
    try {
      const session = this.session ?? (await beginSession());
      const [home, other] = await Promise.all([list("home"), place === "home" ? null : list(place)]);
      if (asked !== this.asked) return;
      this.take(session, home);
      if (other) this.elsewhere.set(place, other.decks);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      // Questions that the browser gives up because another page comes say nothing about the server.
      if (asked !== this.asked || this.isLeaving) return;
      this.trouble = failure;
      this.tries += 1;
      this.home ??= kept();
    }
    this.drawHeader();
    this.draw();
    const wait = this.trouble ? Math.min(FIRST_RETRY_MS * 2 ** (this.tries - 1), REFRESH_MS) : REFRESH_MS;
    this.timer = setTimeout(() => (document.hidden ? undefined : void this.load()), wait);
  }

  private take(session: Session, home: Decks): void {
    [this.trouble, this.tries, this.home] = [null, 0, home];
    keep(home);
    if (this.session) return;
    this.session = session;
    this.deeds.canCreate = session.canCreate;
    this.me.know(session);
  }

  private show(filter: Filter): void {
    this.filter = filter;
    this.draw();
    if (this.place !== "home") void this.load();
  }

  private tick(): void {
    const now = Date.now();
    this.card.tick(now);
    if (Math.floor(now / SECOND_MS) % TICKS_OF_RETELLING === 0) retell(this.main, now);
  }

  private onKey(event: KeyboardEvent): void {
    const isTyping = (event.target as Element).closest("input, textarea, select, dialog, [popover]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    event.preventDefault();
    this.search.focus();
    this.search.select();
  }

  private onSearchKey(event: KeyboardEvent): void {
    const first = this.main.querySelector<HTMLElement>("a.deck-link");
    if (event.key === "Escape" && this.search.value) this.searchFor("");
    else if (event.key === "ArrowDown" && first) first.focus();
    else if (event.key === "Enter" && this.search.value.trim() && first) first.click();
    else return;
    event.preventDefault();
  }

  private searchFor(words: string): void {
    this.search.value = words;
    this.draw();
  }

  private drawHeader(): void {
    arrange(document.getElementById("actions")!, ...(this.deeds.canCreate ? this.makes : []), this.me.element);
  }

  private drawToolbar(): HTMLElement {
    for (const filter of FILTERS) this.filters.set(filter, button(`show-${filter}`, "", () => this.show(filter)));
    return element("div", { class: "segments home-filters", role: "group" }, ...this.filters.values());
  }

  private draw(): void {
    // Nobody's menu is drawn away from under the pointer.
    const menu = this.main.querySelector("[role=menu]");
    if (menu) return menu.addEventListener("toggle", () => this.draw(), { once: true });
    const [now, words] = [Date.now(), this.search.value.trim()];
    const home = this.home;
    const decks = this.place === "home" ? home?.decks : (this.elsewhere.get(this.place) ?? (this.trouble ? [] : undefined));
    const shown = home && decks && groups({ decks, series: home.series }, this.filter, words);
    const count = shown?.reduce((sum, group) => sum + group.decks.length, 0);
    say(this.found, words && count !== undefined ? (count === 1 ? t("found_one") : t("found", count)) : "");
    this.toolbar.setAttribute("aria-label", t("filter"));
    for (const [filter, chosen] of this.filters) {
      say(chosen, t(filter === "all" ? "show_all_decks" : `show_${filter}`));
      chosen.setAttribute("aria-pressed", `${filter === this.filter}`);
    }
    arrange(
      this.main,
      this.heading,
      this.trouble && this.troubles.get("trouble", this.trouble.isUnreachable && home ? t("unreachable_kept") : this.trouble.message),
      words || this.place !== "home" ? null : this.drawCard(now),
      home && (this.deeds.canCreate || home.decks.length > 0) ? this.toolbar : null,
      this.filter === "bin" ? this.binNote : null,
      ...(shown && count ? this.rows.draw(shown, this.filter, words !== "", now) : [this.nothing(decks !== undefined, words)]),
      this.found,
      home && this.feet.get("foot", this.deeds.canCreate),
    );
    retell(this.main, now);
  }

  private drawCard(now: number): HTMLElement | null {
    if (!this.home) return null;
    const next = nextCall(this.home.decks, now);
    const due = next ? null : dueSeries(this.home);
    if (next) this.card.show(next, now);
    else if (due) this.card.showDue(due, this.deeds.canCreate, now);
    return next || due ? this.card.element : null;
  }

  private drawTrouble(words: string): HTMLElement {
    const again = button("retry", "button", () => void this.load(), t("try_again"));
    const kind = this.home ? "home-trouble" : "empty";
    return element("div", { class: kind, role: "alert", "data-test": "unreachable" }, icon("away"), element("p", {}, words), again);
  }

  /** What stands where no deck is. */
  private nothing(isKnown: boolean, search: string): HTMLElement | null {
    if (!isKnown) return this.trouble ? null : this.nothings.get("nothing", ["waiting"]);
    if (search) return this.nothings.get("nothing", ["search", search]);
    const isBare = this.filter === "all" && this.home?.decks.length === 0;
    return this.nothings.get("nothing", isBare ? [this.deeds.canCreate ? "newcomer" : "guest"] : ["filter", this.filter]);
  }

  private drawNothing([kind, value = ""]: string[]): HTMLElement {
    switch (kind) {
      case "waiting":
        return element("div", { class: "skeleton", "aria-hidden": "true" }, element("i"), element("i"), element("i"));
      case "search": {
        const all = button("clear-search", "button", () => this.searchFor(""), t("clear_search"));
        return element("div", { class: "empty", "data-test": "nothing-found" }, element("p", {}, t("nothing_found", value)), all);
      }
      case "newcomer":
        return element("div", { class: "empty", "data-test": "no-decks" }, element("p", {}, t("no_decks")), this.deeds.beginnings());
      case "guest":
        return element("p", { class: "empty", "data-test": "no-decks" }, t("nothing_shared"));
      default:
        return element("p", { class: "empty", "data-test": "nothing-here" }, t(`none_${value}`));
    }
  }

  private drawFoot(canCreate: boolean): HTMLElement {
    if (canCreate) return element("p", { class: "drop-hint muted" }, t("drop_hint"));
    const door = signIn(this.session, "button primary");
    const words = element("p", { class: "muted" }, t(door ? "sign_in_to_create" : "members_create"));
    return element("div", { class: "row members-create", "data-test": "members-create" }, words, ...(door ? [door] : []));
  }
}
