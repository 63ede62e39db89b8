/** A page with the editor in it, with the product's CSP, for tests. */

import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Page } from "playwright-core";
import type { Edit, EditorHandle, Timer, Words } from "../editor.ts";
import { openSite, type Site } from "./harness.ts";

declare global {
  interface Window {
    editor: EditorHandle;
    create(text: string): void;
    remote(edits: Edit[]): void;
    loaded?: boolean;
    shared: string;
    log: Edit[];
    selected?: { anchor: number; head: number };
    command?: string;
    said: string[];
    words?: Partial<Words>;
    /** Where pictures go; without it the editor takes none. */
    pictures?: string;
    /** Takes the place of the page's timer, and runs out when a test says so. */
    timer?: Timer;
    timeIsUp?: () => void;
    waitedFor?: number;
    violations: string[];
  }
}

let site: Site;
before(async () => {
  site = await openSite(["editor.html"]);
});
after(() => site.close());

export async function open(text: string, { pictures }: { pictures?: string } = {}): Promise<Page> {
  const page = await site.browser.newPage({ viewport: { width: 720, height: 420 } });
  await page.goto(`${site.url}/editor.html`);
  await page.waitForFunction(() => window.loaded);
  await page.evaluate((address) => { if (address) window.pictures = address; }, pictures);
  await page.evaluate((value) => window.create(value), text);
  // A font that comes later moves the text within its lines by a pixel.
  await page.evaluate(async () => {
    await document.fonts.load("14px 'JetBrains Mono Variable'");
    await document.fonts.ready;
  });
  return page;
}

/** What the session believes and what the editor shows must be the same text. */
export async function close(page: Page): Promise<void> {
  const [shown, shared, violations] = await page.evaluate(() => [window.editor.text(), window.shared, window.violations]);
  assert.equal(shown, shared);
  assert.deepEqual(violations, []);
  await page.close();
}

/**
 * From now on all is typed within one moment, however long the machine takes: what is typed with pauses is several
 * steps of undo, and what takes too long to read is read later.
 */
export async function inOneMoment(page: Page): Promise<void> {
  await page.evaluate(() => {
    const now = Date.now();
    Date.now = () => now;
  });
}

/** Where the caret's line stands, after the view has measured. */
export function caretTop(page: Page): Promise<number> {
  return page.evaluate(() => new Promise<number>((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => {
      resolve(Math.round(document.querySelector(".cm-activeLine")?.getBoundingClientRect().top ?? -1));
    }));
  }));
}

export const LONG = Array.from({ length: 300 }, (_, index) => `line ${index}`).join("\n");
