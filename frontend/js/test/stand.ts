/** A page with the slides frame on it, and what tests ask of both. */

import assert from "node:assert/strict";
import type { Frame, Page } from "playwright-core";
import type { Config, FromFrame, Patch, Position, SlideHtml, ToFrame } from "../slides/protocol.ts";
import type { Site } from "./harness.ts";

declare global {
  interface Window {
    received: FromFrame[];
    port?: MessagePort;
    ran?: boolean;
  }
}

/** How large the page is, and how fine its pixels. */
export type Screen = { width: number; height: number; density?: number };

/** What a stand may begin with. */
export type Start = {
  config?: Partial<Config>;
  at?: Position | null;
  screen?: Screen;
  /** Called with the page before anything is loaded. */
  prepare?: (page: Page) => Promise<unknown>;
  /** Failures that the test brings about itself. */
  expectErrors?: RegExp;
};

export const CONFIG: Config = { theme: null, options: {}, lang: "en", dir: null, role: "preview" };

export function slide(html: string, column = true, attributes: [string, string][] = []): SlideHtml {
  return { column, attributes, html, notes: "" };
}

/** Five slides: one, a column of three, one. */
export function five(): SlideHtml[] {
  return [
    slide(`<h1 data-line="0">One</h1>`),
    slide(`<h1 data-line="0">Two</h1><ul data-line="2"><li data-line="2" class="fragment">a</li><li data-line="3" class="fragment">b</li></ul>`),
    slide(`<h1 data-line="0">Three</h1>`, false),
    slide(`<h1 data-line="0">Four</h1>`, false),
    slide(`<h1 data-line="0">Five</h1>`),
  ];
}

/** A page with a frame that has loaded a deck. */
export class Stand {
  private constructor(
    readonly page: Page,
    readonly frame: Frame,
    readonly errors: string[],
    /** Addresses of everything that was asked for, in order. */
    readonly requests: string[],
  ) {}

  static open(
    site: Site,
    slides = five(),
    config: Partial<Config> = {},
    at: Position | null = null,
    screen?: Screen,
  ): Promise<Stand> {
    return Stand.start(site, slides, { config, at, ...(screen ? { screen } : {}) });
  }

  static async start(site: Site, slides: SlideHtml[], start: Start = {}): Promise<Stand> {
    const { width, height, density = 1 } = start.screen ?? { width: 960, height: 540 };
    const page = await site.browser.newPage({ viewport: { width, height }, deviceScaleFactor: density });
    const [requests, errors]: [string[], string[]] = [[], []];
    const note = (message: string) => {
      if (!start.expectErrors?.test(message)) errors.push(message);
    };
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", ({ message }) => note(message));
    page.on("console", (message) => {
      if (message.type() === "error") note(message.text());
    });
    await start.prepare?.(page);
    await page.goto(`${site.url}/parent.html`);
    await page.waitForFunction(() => window.port !== undefined);
    const frame = page.frames().find((candidate) => candidate.url().endsWith("/slides.html"));
    assert.ok(frame);
    const stand = new Stand(page, frame, errors, requests);
    await stand.send({ type: "deck", config: { ...CONFIG, ...start.config }, slides, at: start.at ?? null });
    await page.waitForFunction(() => window.received.some(({ type }) => type === "ready"));
    return stand;
  }

  async send(message: ToFrame): Promise<void> {
    await this.page.evaluate((value) => window.port?.postMessage(value), message);
  }

  patch(patches: Patch[], at?: Position): Promise<void> {
    return this.send({ type: "patch", patches, ...(at ? { at } : {}) });
  }

  /** Waits until a slide shows, which also means that everything sent before it has been handled. */
  async shows(title: string): Promise<void> {
    await this.frame.waitForFunction(
      (wanted) => {
        const leaf = [...document.querySelectorAll("section.present:not(.stack)")]
          .filter((section) => !section.parentElement?.matches("section:not(.present)"));
        return leaf.length === 1 && leaf[0]?.querySelector("h1")?.textContent === wanted;
      },
      title,
    );
  }

  /** Columns as lists of titles. */
  columns(): Promise<string[][]> {
    return this.frame.evaluate(() =>
      [...document.querySelectorAll(".slides > section")].map((section) => {
        const inner = [...section.querySelectorAll(":scope > section")];
        return (inner.length > 0 ? inner : [section])
          .map((leaf) => leaf.querySelector("h1")?.textContent ?? "");
      }),
    );
  }

  async messages(type: FromFrame["type"]): Promise<FromFrame[]> {
    return this.page.evaluate((wanted) => window.received.filter((message) => message.type === wanted), type);
  }

  async heard(type: FromFrame["type"], count = 1): Promise<FromFrame[]> {
    await this.page.waitForFunction(
      ([wanted, least]) => window.received.filter((message) => message.type === wanted).length >= Number(least),
      [type, count] as const,
    );
    return this.messages(type);
  }

  /** Puts another content on the first slide and waits until it is there: it must hold an element `wanted`. */
  async retype(html: string, wanted: string): Promise<void> {
    await this.patch([{ op: "replace", index: 0, slide: slide(html) }]);
    await this.frame.waitForSelector(wanted, { state: "attached" });
  }

  /** The texts of all elements that match. */
  texts(selector: string): Promise<string[]> {
    return this.frame.locator(selector).evaluateAll((found) => found.map(({ textContent }) => textContent ?? ""));
  }

  /** The ends of the addresses that were asked for, of those that match. */
  requested(pattern: RegExp): string[] {
    return this.requests.filter((url) => pattern.test(url)).map((url) => url.split("/").at(-1) ?? "");
  }

  visibleFragments(): Promise<number> {
    return this.frame.locator("section.present .fragment.visible").count();
  }

  async close(): Promise<void> {
    assert.deepEqual(await this.messages("error"), []);
    assert.deepEqual(this.errors, []);
    await this.page.close();
  }
}

