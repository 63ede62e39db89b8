/** A page with the module of a call, and a server that says what a test wants. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import type { Page as CallPage, Told } from "../call/page.ts";
import type { ToldSection } from "../call/rows.ts";
import { type Site, until } from "./harness.ts";

declare const TEST_FOLDER: string;
declare global {
  interface Window {
    begin(kind: CallPage["kind"], hasEditor: boolean): Promise<void>;
    hears(kind: Told[0], value: Told[1]): void;
    did: unknown[][];
    /** Takes back what was said last, if that can be. */
    undo?: () => void;
    page: CallPage;
  }
}

/** When pages are opened. */
export const NOW = Date.parse("2026-11-22T10:00:00Z");

/** A section as the server says it, and as the text has it. */
export function section(id: string, title: string, change: Partial<ToldSection> = {}): ToldSection {
  return {
    id, title, expected: true, reporter: null, claimedBy: null, state: "notStarted", changed: false, editedAt: null,
    editedBy: null, readyBy: null, problems: 0, minutes: null, first: 0, count: 1, ...change,
  };
}

/** What the render worker would say of a deck with these sections of three lines and one slide each. */
export function answer(
  sections: readonly ToldSection[], problems: [section: number, message: string][] = [], typed: Record<number, number> = {}, asksWho = false,
): string {
  let offset = 0;
  const slides = sections.map(({ title }, index) => {
    const from = offset;
    offset += 100 + (typed[index] ?? 0);
    return [title, index, index * 3, index * 3, from, offset];
  });
  const parts = sections.map(({ title, reporter, minutes, state }, index) =>
    [title, index, 1, reporter, minutes, true, state === "noReport", asksWho, index * 3 + 2]);
  const found = problems.map(([index, message]) => ["empty", [], message, index * 3 + 1, index * 3 + 2, 1, null]);
  return JSON.stringify([0, true, "Community call", slides, parts, found, null, null, null]);
}

export type Asked = { path: string; body: unknown };

export class CallDesk {
  readonly asked: Asked[] = [];
  readonly errors: string[] = [];
  /** What the server answers a change with. */
  status = 204;
  sections: ToldSection[] = [];

  private constructor(readonly page: Page) {}

  static async open(site: Site, kind: CallPage["kind"], options: BrowserContextOptions = {}, hash = ""): Promise<CallDesk> {
    const context = await site.browser.newContext({ viewport: { width: 1200, height: 800 }, permissions: ["clipboard-read", "clipboard-write"], timezoneId: "Europe/Berlin", ...options });
    const desk = new CallDesk(await context.newPage());
    await desk.prepare();
    // Timers run, but it stays the same moment: what was edited "26 min. ago" was, and who types goes on typing.
    await desk.page.addInitScript((now) => (Date.now = () => now), NOW);
    await desk.page.goto(`${site.url}/call.html${hash}`);
    await desk.page.waitForFunction(() => "begin" in window);
    if (options.locale?.startsWith("de")) await desk.page.evaluate(() => (document.documentElement.lang = "de"));
    await desk.page.evaluate((kind) => window.begin(kind, kind === "editor"), kind);
    await desk.tell("access", "edit");
    await desk.tell("name", "Ann");
    await desk.tell("connection", true);
    return desk;
  }

  private async prepare(): Promise<void> {
    const style = await readFile(join(TEST_FOLDER, "../../style.css"), "utf8");
    this.page.on("pageerror", ({ message }) => this.errors.push(message));
    await this.page.route("**/style.css", (route) => route.fulfill({ contentType: "text/css", body: style }));
    await this.page.route("**/api/**", (route) => {
      const request = route.request();
      const path = new URL(request.url()).pathname.replace("/api/decks/deck", "");
      if (request.method() === "GET") return route.fulfill({ json: { title: "Community call", callAtInstant: "2036-04-10T12:05:00Z", zone: "Europe/Berlin", messages: [] } });
      this.asked.push({ path, body: request.postDataJSON() as unknown });
      return route.fulfill({ status: this.status, body: "" });
    });
  }

  tell<Kind extends Told[0]>(kind: Kind, value: Extract<Told, [Kind, unknown]>[1]): Promise<void> {
    return this.page.evaluate(([kind, value]) => window.hears(kind, value), [kind, value] as [Told[0], Told[1]]);
  }

  /** The server says these sections, and the text has them, too. */
  async has(sections: ToldSection[], callAt: string | null = null): Promise<void> {
    await this.tell("answer", answer(sections));
    await this.serverHas(sections, callAt);
  }

  /** The server says these sections, of which the text may have no word yet. */
  async serverHas(sections: ToldSection[], callAt: string | null = null): Promise<void> {
    this.sections = sections;
    for (const one of sections) await this.tell("desk", JSON.stringify({ kind: "section", ...one }));
    const expected = sections.filter(({ expected }) => expected);
    const ready = expected.filter(({ state }) => state === "ready" || state === "presented");
    const order = sections.map(({ id }) => id);
    await this.tell("desk", JSON.stringify({ kind: "sections", order, ready: ready.length, expected: expected.length, callAt }));
  }

  /** One of them is another one now. */
  async becomes(id: string, change: Partial<ToldSection>): Promise<void> {
    await this.has(this.sections.map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  find(test: string): Locator {
    return this.page.locator(`[data-test="${test}"]`);
  }

  /** The row of a section. */
  row(id: string): Locator {
    return this.page.locator(`[data-section="${id}"]`);
  }

  /** Waits until an element says something. */
  async says(locator: Locator, wanted: string | RegExp): Promise<void> {
    const pattern = typeof wanted === "string" ? new RegExp(`^${wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`) : wanted;
    let text = "";
    const isSaid = async (): Promise<boolean> => pattern.test((text = ((await locator.textContent()) ?? "").trim()));
    if (!(await until(isSaid))) assert.match(text, pattern);
  }

  /** What the module did with the page, by name. */
  async did(name: string): Promise<unknown[][]> {
    return this.page.evaluate((name) => window.did.filter(([what]) => what === name).map(([, ...rest]) => rest), name);
  }

  /** The next change that the server is asked for. */
  async asks(act: () => Promise<unknown>): Promise<Asked> {
    const before = this.asked.length;
    await act();
    await until(() => this.asked.length > before);
    const asked = this.asked[before];
    assert.ok(asked, "the server was not asked");
    return asked;
  }

  /** What axe finds. */
  async faults(): Promise<string[]> {
    const axe = await readFile(createRequire(join(TEST_FOLDER, "call.html")).resolve("axe-core/axe.min.js"), "utf8");
    await this.page.evaluate(axe);
    return this.page.evaluate(async () => {
      type Axe = { run(root: Document): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      const { violations } = await (window as unknown as { axe: Axe }).axe.run(document);
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    });
  }

  async close(): Promise<void> {
    assert.deepEqual(this.errors, []);
    await this.page.context().close();
  }
}
