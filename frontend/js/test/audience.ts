/** A page that follows a presentation, or steers it, and the server that it speaks to. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Frame, Locator, Page, WebSocketRoute } from "playwright-core";
import type { DeckMessage, FromServer, State, ToServer } from "../follow/protocol.ts";
import type { SlideHtml } from "../slides/protocol.ts";
import { type Site, until } from "./harness.ts";
import { slide } from "./stand.ts";

declare const TEST_FOLDER: string;

export const LIVE: State = { phase: "live", slide: 2, fragment: -1, blackout: false };

const NAMES = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta"];

/** Six slides with a section each; the fourth has three steps. */
export function deck(state: State = LIVE, slides: SlideHtml[] = NAMES.map(named)): DeckMessage {
  const titles = slides.map(({ html }) => /<h1[^>]*>(.*?)<\/h1>/.exec(html)?.[1] ?? "");
  return {
    type: "deck",
    revision: "r1-1",
    title: "Community call",
    config: { theme: null, options: {}, lang: "en", dir: null },
    slides,
    sections: titles.map((title, index) => [title, index, 1]),
    titles,
    state,
  };
}

export function named(name: string): SlideHtml {
  const steps = name === "Delta" ? `<ul>${["a", "b", "c"].map((step) => `<li class="fragment">${step}</li>`).join("")}</ul>` : "";
  return slide(`<h1>${name}</h1><p>Text of ${name}, with a <a href="https://example.org/">link</a></p>${steps}`);
}

/** How a page is opened. */
export type Start = {
  kind?: "follow" | "remote";
  deck?: DeckMessage;
  language?: "en" | "de";
  viewport?: { width: number; height: number };
  dark?: boolean;
  reducedMotion?: boolean;
  forcedColors?: boolean;
  touch?: boolean;
  javaScript?: boolean;
  /** Whether the server says anything to a socket by itself. */
  isMute?: boolean;
  /** The slides frame comes only when it is released. */
  isSlow?: boolean;
  /** What opens the pictures of the deck. */
  ticket?: string;
  /** The link is none. */
  isGone?: boolean;
  /** The page's time stands still: nothing in it ends or begins by itself. */
  isTimeless?: boolean;
};

export class Audience {
  readonly sent: ToServer[] = [];
  readonly errors: string[] = [];
  /** The names of the files that were asked for. */
  readonly files: string[] = [];
  /** What each socket asked to have. */
  readonly sockets: (string | null)[] = [];
  /** Whether the server can be reached. */
  reachable = true;
  deck: DeckMessage;
  release: () => void = () => undefined;
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));
  private socket: WebSocketRoute | null = null;

  private constructor(readonly page: Page, private readonly start: Start) {
    this.deck = start.deck ?? deck();
  }

  static async open(site: Site, start: Start = {}): Promise<Audience> {
    const context = await site.browser.newContext({
      viewport: start.viewport ?? { width: 1280, height: 720 },
      colorScheme: start.dark ? "dark" : "light",
      reducedMotion: start.reducedMotion ? "reduce" : "no-preference",
      forcedColors: start.forcedColors ? "active" : "none",
      hasTouch: start.touch ?? false,
      isMobile: start.touch ?? false,
      javaScriptEnabled: start.javaScript ?? true,
    });
    const page = await context.newPage();
    const audience = new Audience(page, start);
    await audience.serve(site);
    if (start.isTimeless) {
      await page.clock.install({ time: 0 });
      // It goes on until then, and nothing opens a page for an hour.
      await page.clock.pauseAt(3_600_000);
    }
    await page.goto(`${site.url}/${start.kind === "remote" ? "r" : "l"}/code`, { waitUntil: start.isSlow ? "domcontentloaded" : "load" });
    return audience;
  }

  /** The slides, as soon as they are shown. */
  async slides(): Promise<Frame> {
    await this.page.waitForSelector("iframe[data-shown=true]");
    const frame = this.page.frames().find((candidate) => candidate.url().endsWith("/slides.html"));
    assert.ok(frame);
    return frame;
  }

  /** Waits until this slide, and no other, is the one that is shown. */
  async sees(title: string, steps = 0): Promise<void> {
    const frame = await this.slides();
    await frame.waitForFunction(
      ([wanted, count]) => {
        const leaf = [...document.querySelectorAll("section.present:not(.stack)")]
          .filter((section) => !section.parentElement?.matches("section:not(.present)"));
        return leaf.length === 1 && leaf[0]?.querySelector("h1")?.textContent === wanted &&
          leaf[0].querySelectorAll(".fragment.visible").length === count;
      },
      [title, steps] as const,
    );
  }

  find(test: string): Locator {
    return this.page.locator(`[data-test=${test}]`);
  }

  async isIn(state: string): Promise<void> {
    await this.page.waitForSelector(`[data-test=follow-page][data-state=${state}]`);
  }

  async waits(test: string, text: string): Promise<void> {
    await this.find(test).filter({ hasText: text }).waitFor();
  }

  tell(message: FromServer): void {
    this.socket?.send(JSON.stringify(message));
  }

  go(slide: number, fragment = -1, blackout = false): void {
    this.deck.state = { phase: "live", slide, fragment, blackout };
    this.tell({ type: "state", state: this.deck.state });
  }

  async closeSocket(code: number): Promise<void> {
    await this.socket?.close({ code, reason: "" });
  }

  async heard(type: ToServer["type"], count = 1): Promise<ToServer[]> {
    const found = () => this.sent.filter((message) => message.type === type);
    assert.ok(await until(() => found().length >= count), `the page did not send ${count} × ${type}`);
    return found();
  }

  async socketOpened(count: number): Promise<void> {
    await until(() => this.sockets.length >= count);
    assert.equal(this.sockets.length, count);
  }

  async close(): Promise<void> {
    assert.deepEqual(this.errors, []);
    await this.page.context().close();
  }

  private async serve(site: Site): Promise<void> {
    const { page, start } = this;
    page.on("request", (request) => this.files.push(request.url().split("/").at(-1) ?? ""));
    page.on("pageerror", ({ message }) => this.errors.push(message));
    page.on("console", (message) => {
      if (message.type() === "error" && !/ERR_|404|status of (429|5)/.test(message.text())) this.errors.push(message.text());
    });
    await page.route("**/assets/favicon.svg", (route) => route.fulfill({ body: "<svg xmlns='http://www.w3.org/2000/svg'/>", contentType: "image/svg+xml" }));
    const html = await this.html(site);
    await page.route(/\/[lr]\/code$/, (route) => route.fulfill({
      body: html,
      contentType: "text/html; charset=utf-8",
      headers: {
        "content-security-policy":
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; font-src 'self'; " +
          "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      },
    }));
    await page.route(/\/[lr]\/code\/deck$/, (route) => {
      if (start.isGone) return route.fulfill({ status: 404, body: "" });
      if (!this.reachable) return route.abort();
      return route.fulfill({ json: this.deck });
    });
    if (start.isSlow) await page.route("**/slides.html", (route) => this.released.then(() => route.continue()));
    await page.routeWebSocket(/\/[lr]\/code\/live/, (socket) => this.accept(socket));
  }

  private accept(socket: WebSocketRoute): void {
    const have = new URL(socket.url()).searchParams.get("have");
    this.sockets.push(have);
    if (!this.reachable) return void socket.close({ code: 1006 }).catch(() => undefined);
    if (this.start.isGone) return void socket.close({ code: 4404, reason: "" });
    this.socket = socket;
    socket.onMessage((data) => {
      const message = JSON.parse(String(data)) as ToServer;
      this.sent.push(message);
      if (message.type === "ping" && !this.start.isMute) this.tell({ type: "pong" });
    });
    if (this.start.isMute) return;
    if (have === this.deck.revision) this.tell({ type: "state", state: this.deck.state });
    else this.tell(this.deck);
  }

  /** The page as the server makes it of the template. */
  private async html(site: Site): Promise<string> {
    const { language = "en", kind = "follow" } = this.start;
    const dist = join(TEST_FOLDER, "../dist");
    const file = site.manifest[language === "de" ? "follow-de.html" : "follow.html"];
    const texts = JSON.parse(await readFile(join(dist, site.manifest["follow-texts.json"]), "utf8")) as Record<string, unknown>;
    const current = this.deck.state.slide;
    const text = this.deck.slides.map(({ html }, index) =>
      `<section id="slide-${index + 1}" class="text-slide" aria-label="Slide ${index + 1} of ${this.deck.slides.length}, ${this.deck.titles[index]}"` +
      `${index === current ? ' aria-current="true"' : ""}>${html.replaceAll(/ class="[^"]*"/g, "")}</section>`);
    const values: Record<string, string> = {
      title: this.deck.title,
      lang: "en",
      dir: "ltr",
      current: String(current + 1),
      revision: this.deck.revision,
      kind,
      code: "code",
      pictures_ticket: this.start.ticket ?? "",
      follow_js: `/assets/${site.manifest["follow.js"]}`,
      follow_css: `/assets/${site.manifest["follow.css"]}`,
      texts: JSON.stringify(texts[language]).replaceAll("<", "\\u003c"),
      text: kind === "remote" ? "" : text.join(""),
    };
    return (await readFile(join(dist, file), "utf8")).replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "");
  }
}
