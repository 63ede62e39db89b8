/** A server with the product's headers and a browser, for the tests that need a real page. */

import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium, type Browser, type Page } from "playwright-core";

declare const TEST_FOLDER: string;

/** Where screenshots are kept. */
export const ARTEFACTS = join(TEST_FOLDER, "../test-results");

/** The scripts' own nonce; a real server draws one per response. */
export const NONCE = "dGVzdA";

export type Manifest = {
  "editor.js": string;
  "kept.js": string;
  "dialogs.js": string;
  "call.js": string;
  "slides.js": string;
  "slides.css": string;
  "fonts.css": string;
  "follow.js": string;
  "follow.css": string;
  "follow.html": string;
  "follow-de.html": string;
  "follow-texts.json": string;
  "home.js": string;
  "home.css": string;
  "home.html": string;
  "home-de.html": string;
  themes: Record<string, string>;
  rich: Record<string, string>;
};

export type Site = { url: string; manifest: Manifest; browser: Browser; close(): Promise<void> };

/** The decks that come with the product, and their pictures. */
export const EXAMPLES = join(TEST_FOLDER, "../../../examples");

const TYPES: Record<string, string> = {
  css: "text/css",
  jpg: "image/jpeg",
  png: "image/png",
  js: "text/javascript",
  woff2: "font/woff2",
};

/** Starts both; `pages` are HTML with placeholders for hashed names. */
export async function openSite(pages: string[]): Promise<Site> {
  const dist = join(TEST_FOLDER, "../dist");
  const manifest = JSON.parse(await readFile(join(dist, "manifest.json"), "utf8")) as Manifest;
  const html = new Map<string, string>();
  for (const name of pages) {
    html.set(`/${name}`, fill(await readFile(join(TEST_FOLDER, name), "utf8"), manifest));
  }
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const page = html.get(path);
    if (page !== undefined) servePage(server, response, path, page);
    else if (path.startsWith("/examples/")) void serveAsset(response, EXAMPLES, path.replace("/examples/", ""));
    else void serveAsset(response, dist, path.replace("/assets/", ""));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
  const url = originOf(server);
  return {
    url,
    manifest,
    browser,
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As long as Playwright waits for what happens in a page, in milliseconds. */
const PATIENCE = 30_000;

/** Waits until something is so on this side of a test, however many turns that takes on a slow machine; whether it is. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + PATIENCE; !(await isSo());) {
    if (Date.now() > end) return false;
    await pause(10);
  }
  return true;
}

/**
 * Gives what tells how long the page has worked so far, in milliseconds: what the machine did for others meanwhile
 * does not count.
 */
export async function workOf(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN) * 1000;
  };
}

/**
 * Stops a page's clock. It may only be stopped in the future, and on a slow machine that is over soon: then further
 * ahead.
 */
export async function stopTime(page: Page): Promise<void> {
  await page.clock.install();
  for (let ahead = 1_000; ; ahead *= 2) {
    const now = await page.evaluate(() => Date.now());
    try {
      return await page.clock.pauseAt(now + ahead);
    } catch (error) {
      if (!/fast-forward to the past/.test(String(error))) throw error;
    }
  }
}

function servePage(server: Server, response: ServerResponse, path: string, page: string): void {
  const origin = originOf(server);
  const policy = path === "/slides.html"
    ? `default-src 'none'; script-src 'nonce-${NONCE}'; style-src 'unsafe-inline' ${origin}; ` +
      `img-src ${origin} https: data: blob:; media-src https:; font-src ${origin}; ` +
      `connect-src 'none'; frame-src 'none'; worker-src 'none'; object-src 'none'; ` +
      `base-uri 'none'; form-action 'none'; frame-ancestors ${origin}; sandbox allow-scripts`
    : `default-src 'none'; script-src 'self' 'nonce-${NONCE}'; style-src 'self' 'nonce-${NONCE}'; ` +
      `img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src ${origin}; base-uri 'none'`;
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.setHeader("Content-Security-Policy", policy);
  response.end(page);
}

async function serveAsset(response: ServerResponse, dist: string, name: string): Promise<void> {
  const contents = /^[\w.-]+$/.test(name)
    ? await readFile(join(dist, name)).catch(() => null)
    : null;
  response.statusCode = contents ? 200 : 404;
  response.setHeader("Content-Type", TYPES[name.split(".").at(-1) ?? ""] ?? "text/plain");
  // An opaque origin may use a font only when it is everyone's.
  response.setHeader("Access-Control-Allow-Origin", "*");
  response.end(contents ?? "");
}

function fill(page: string, manifest: Manifest): string {
  return page
    .replaceAll("{{nonce}}", NONCE)
    .replaceAll("{{themes}}", addresses(manifest.themes))
    .replaceAll("{{rich}}", addresses(manifest.rich))
    .replace(/\{\{([\w.]+)\}\}/g, (_, name: string) => String(manifest[name as keyof Manifest]));
}

function addresses(files: Record<string, string>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(files).map(([name, file]) => [name, `/assets/${file}`])));
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
