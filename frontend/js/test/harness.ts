/** A server with the product's headers and a browser, for the tests that need a real page. */

import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";

declare const TEST_FOLDER: string;

/** Where screenshots are kept. */
export const ARTEFACTS = join(TEST_FOLDER, "../test-results");

/** The scripts' own nonce; a real server draws one per response. */
export const NONCE = "dGVzdA";

export type Manifest = {
  "editor.js": string;
  "kept.js": string;
  "slides.js": string;
  "slides.css": string;
  "fonts.css": string;
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
