/** The first page in a browser, and the server that it speaks to: decks, series and calls in memory. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContextOptions, Locator, Page, Route } from "playwright-core";
import type { Proposal } from "../dialogs/new-call/api.ts";
import type { Deck, Series, Session } from "../home/api.ts";
import { type Site, until } from "./harness.ts";

declare const TEST_FOLDER: string;

/** As the server sends it with the page. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

/** When clocks begin, and when they stand still. */
const EARLIER = "2026-11-26T10:30:00Z";
export const NOW = "2026-11-26T10:48:30Z";

export const GUEST: Session = { kind: "guest", name: null, canCreate: true, signIn: null };
export const SERIES: Series = { id: "template", name: "Community Call", cadence: { every: "two-weeks", day: "thu" }, time: "14:05", zone: "Europe/Berlin", next: "2026-12-10T14:05" };

export function deck(id: string, change: Partial<Deck> = {}): Deck {
  return { id, title: `Deck ${id}`, updatedAt: "2026-11-25T09:00:00Z", followUrl: `/d/${id}/follow`, access: "own", mine: true, ready: 0, expected: 0, reporters: [], live: false, ...change };
}

export function call(id: string, date: string, change: Partial<Deck> = {}): Deck {
  return deck(id, {
    title: `Community Call ${date}`, series: "template", callAt: `${date}T14:05`, callAtInstant: `${date}T13:05:00Z`, zone: "Europe/Berlin",
    expected: 11, ready: 11, fileName: `community-call-${date}.md`, ...change,
  });
}

export const TODAY = call("today", "2026-11-26", { ready: 7, reporters: ["Ada Lovelace", "Grace Hopper", "Linus", "Annie Easley", "Mary Jackson", "Radia Perlman", "Edsger Dijkstra", "Barbara Liskov", "Ken", "Dennis Ritchie"] });
export const DECKS: Deck[] = [
  TODAY,
  call("past", "2026-11-12"),
  call("older", "2026-10-29", { ready: 10, access: "read", mine: false }),
  deck("template", { title: "Community Call Template", isTemplate: true }),
  deck("retro", { title: "Retrospective of the harbour team, with a title that is far too long for a phone held upright", updatedAt: "2026-11-26T10:46:00Z" }),
  deck("talk", { title: "How quays are built", live: true, mine: false, access: "read" }),
];

export const PROPOSAL: Proposal = {
  title: "Community Call 10 December 2026",
  fileName: "community-call-2026-12-10.md",
  sections: [{ title: "Team IaaS", reporter: "Ada Lovelace" }, { title: "Team Ops", reporter: null }, { title: "SIG Standardisation", reporter: "Grace Hopper" }],
  carried: [
    { id: 1, kind: "task", section: "Team IaaS", text: "Write the migration guide (Ada)", date: null },
    { id: 2, kind: "event", section: "Team Ops", text: "Maintenance of the second quay, 14 December", date: "2026-12-14" },
    { id: 3, kind: "slide", section: "Team Ops", text: "Where to find us", date: null },
    { id: 4, kind: "task", section: "Team Ops", text: "Order the new crane", date: null },
  ],
  from: { id: "today", title: "Community Call 2026-11-26" },
};

export type Call = { method: string; path: string; body: unknown };

export class Home {
  readonly calls: Call[] = [];
  readonly errors: string[] = [];
  decks = structuredClone(DECKS);
  series = [structuredClone(SERIES)];
  archive: Deck[] = [];
  bin: Deck[] = [];
  session = GUEST;
  proposal = PROPOSAL;
  /** Nobody answers. */
  isAway = false;
  /** Answers end in the middle. */
  isCut = false;

  private constructor(readonly page: Page, private readonly site: Site) {}

  static async open(site: Site, prepare: (home: Home) => void = () => undefined, browser: BrowserContextOptions = {}): Promise<Home> {
    const context = await site.browser.newContext({ viewport: { width: 1100, height: 900 }, permissions: ["clipboard-read", "clipboard-write"], timezoneId: "Europe/Berlin", locale: "en-GB", ...browser });
    const home = new Home(await context.newPage(), site);
    prepare(home);
    await home.prepare();
    await home.page.clock.install({ time: new Date(EARLIER) });
    // Before it is opened: a clock that jumps lets the page ask for its list again, and a test would go on meanwhile.
    await home.page.clock.pauseAt(new Date(NOW));
    await home.page.goto(`${site.url}/`);
    await home.page.locator("#home .skeleton").waitFor({ state: "detached" });
    return home;
  }

  find(test: string): Locator {
    return this.page.locator(`[data-test="${test}"]`);
  }

  row(id: string): Locator {
    return this.page.locator(`[data-test="deck"][data-id="${id}"]`);
  }

  /** Chooses from the menu of a row. Messages stay while the clock stands still, so they are closed first. */
  async chooses(id: string, test: string): Promise<void> {
    for (const close of await this.find("close-toast").all()) await close.click();
    await this.row(id).locator('[data-test="deck-menu"]').click();
    await this.find("menu").locator(`[data-test="${test}"]`).click();
  }

  /** Waits for a text. */
  async says(test: string, text: string): Promise<void> {
    await this.find(test).filter({ hasText: text }).first().waitFor();
  }

  /** Waits until the server was asked for something, and gives the last such question. */
  async asked(method: string, path: string): Promise<Call> {
    const found = () => this.calls.filter((call) => call.method === method && call.path === path).at(-1);
    await until(() => found() !== undefined);
    return found() ?? assert.fail(`the server was not asked: ${method} ${path}`);
  }

  async order(): Promise<(string | null)[]> {
    return this.find("deck").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-id")));
  }

  async close(): Promise<void> {
    assert.deepEqual(this.errors, []);
    await this.page.context().close();
  }

  private async prepare(): Promise<void> {
    const { page, site } = this;
    page.on("pageerror", ({ message }) => this.errors.push(message));
    page.on("console", (message) => {
      if (message.type() === "error" && !/Failed to load resource/.test(message.text())) this.errors.push(message.text());
    });
    const [style, fonts] = [await readFile(join(TEST_FOLDER, "../../style.css"), "utf8"), await readFile(join(TEST_FOLDER, "../dist", site.manifest["fonts.css"]), "utf8")];
    await page.route("**/assets/style.css", (route) => route.fulfill({ contentType: "text/css", body: fonts + style.replace(/@font-face \{[^}]*\}/g, "") }));
    await page.route(`${site.url}/`, async (route) => {
      const isGerman = (await route.request().headerValue("accept-language"))?.startsWith("de");
      const template = await readFile(join(TEST_FOLDER, "../dist", site.manifest[isGerman ? "home-de.html" : "home.html"]), "utf8");
      const files = { style_css: "style.css", home_css: site.manifest["home.css"], home_js: site.manifest["home.js"], dialogs_js: site.manifest["dialogs.js"] };
      const body = template.replace(/\{\{(\w+)\}\}/g, (_, name: keyof typeof files) => `/assets/${files[name]}`);
      await route.fulfill({ contentType: "text/html; charset=utf-8", headers: { "content-security-policy": POLICY }, body });
    });
    await page.route("**/d/**", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Deck</title>" }));
    await page.route("**/api/**", (route) => this.answer(route));
  }

  private async answer(route: Route): Promise<void> {
    if (this.isAway) return route.abort();
    if (this.isCut) return route.fulfill({ contentType: "application/json", body: '{"decks": [' });
    const request = route.request();
    const url = new URL(request.url());
    const call = { method: request.method(), path: url.pathname.replace("/api", "") + url.search, body: request.postDataJSON() as unknown };
    this.calls.push(call);
    const json = this.does(call);
    await (typeof json === "number" ? route.fulfill({ status: json, json: { detail: "no" } }) : route.fulfill({ json }));
  }

  private does({ method, path, body }: Call): object | number {
    const series = this.series;
    if (path === "/session") return this.session;
    if (path === "/decks?in=archive") return { decks: this.archive, series };
    if (path === "/decks?in=bin") return { decks: this.bin, series };
    if (path === "/decks" && method === "GET") return { decks: this.decks, series };
    if (path === "/decks") return deck("made");
    const [, , id = "", what = ""] = path.split("/");
    const found = [...this.decks, ...this.archive, ...this.bin].find((one) => one.id === id)!;
    if (path.endsWith("/calls/next")) return { date: "2026-12-10", dates: ["2026-12-10", "2026-12-24", "2027-01-07"], title: "", fileName: "" };
    if (path.includes("/calls/proposal")) return path.endsWith("12-10") ? this.proposal : { ...PROPOSAL, title: "Another title", fileName: "another.md" };
    if (what === "calls") return (body as { date: string }).date === "2026-12-24" || (body as { keep: number[] }).keep.includes(99) ? 409 : deck("made");
    if (what === "links") return { follow: "/l/code", remote: "/r/code" };
    if (what === "series") return {};
    if (what === "duplicate") return this.puts({ ...found, id: "copy", title: `${found.title} (copy)` }, this.decks);
    if (what === "archived") return this.puts({ ...found, archivedAt: (body as { archived: boolean }).archived ? NOW : null }, (body as { archived: boolean }).archived ? this.archive : this.decks);
    if (what === "restore") return this.puts({ ...found, deletedAt: null }, this.decks);
    if (method === "DELETE") return this.puts({ ...found, deletedAt: NOW }, this.bin);
    return 404;
  }

  private puts(deck: Deck, place: Deck[]): Deck {
    for (const all of [this.decks, this.archive, this.bin]) {
      const at = all.findIndex(({ id }) => id === deck.id);
      if (at >= 0) all.splice(at, 1);
    }
    place.push(deck);
    return deck;
  }
}
