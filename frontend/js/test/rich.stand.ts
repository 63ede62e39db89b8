/** A page of the product with a slides frame that has loaded a deck. */

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

export const CONFIG: Config = { theme: null, options: {}, lang: "en", dir: null, role: "preview" };

/** One slide; `extra` replaces what is usual. */
export function slide(html: string, extra: Partial<SlideHtml> = {}): SlideHtml {
  return { column: true, attributes: [], notes: "", html, ...extra };
}

/** What a stand may begin with. */
export type Start = {
  config?: Partial<Config>;
  at?: Position;
  /** Called with the page before anything is loaded. */
  prepare?: (page: Page) => Promise<unknown>;
  /** Failures that the test brings about itself. */
  expectErrors?: RegExp;
};

export class Stand {
  private constructor(
    readonly page: Page,
    readonly frame: Frame,
    /** Addresses of everything that was asked for, in order. */
    readonly requests: string[],
    private readonly errors: string[],
  ) {}

  static async open(site: Site, slides: SlideHtml[], start: Start = {}): Promise<Stand> {
    const page = await site.browser.newPage({ viewport: { width: 960, height: 540 } });
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
    const stand = new Stand(page, frame, requests, errors);
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

  /** Puts another content on the first slide and waits until it is there: it must hold an element `wanted`. */
  async retype(html: string, wanted: string): Promise<void> {
    await this.patch([{ op: "replace", index: 0, slide: slide(html) }]);
    await this.frame.waitForSelector(wanted, { state: "attached", timeout: 5000 });
  }

  async messages(type: FromFrame["type"]): Promise<FromFrame[]> {
    return this.page.evaluate((wanted) => window.received.filter((message) => message.type === wanted), type);
  }

  async heard(type: FromFrame["type"], count = 1): Promise<FromFrame[]> {
    await this.page.waitForFunction(
      ([wanted, least]) => window.received.filter((message) => message.type === wanted).length >= Number(least),
      [type, count] as const,
      { timeout: 5000 },
    );
    return this.messages(type);
  }

  /** The texts of all elements that match. */
  texts(selector: string): Promise<string[]> {
    return this.frame.locator(selector).evaluateAll((found) => found.map(({ textContent }) => textContent ?? ""));
  }

  /** The ends of the addresses that were asked for, of those that match. */
  requested(pattern: RegExp): string[] {
    return this.requests.filter((url) => pattern.test(url)).map((url) => url.split("/").at(-1) ?? "");
  }

  async close(): Promise<void> {
    assert.deepEqual(await this.messages("error"), []);
    assert.deepEqual(this.errors, []);
    await this.page.close();
  }
}
