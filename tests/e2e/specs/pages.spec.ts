/** Every page: what it weighs, how it looks small and dark, and that everybody can use it. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { get } from "node:http";
import type { Page } from "@playwright/test";
import { exampleDeck } from "../harness/server.ts";
import { expect, test } from "../harness/test.ts";
import { Wire } from "../harness/wire.ts";

const MEGABYTE = 1_000_000;

test("an unknown deck is a page with a way home", async ({ person }) => {
  const ann = await person("Ann");
  ann.expects(/status of 404/);
  for (const path of ["/d/nosuchdecknosuchdeck00", "/d/x/follow", "/d/x/present", "/no/such/page"]) {
    const answer = await ann.page.goto(new URL(path, ann.url).href);
    expect(answer?.status(), path).toBe(404);
    await expect(ann.page.getByTestId("not-found"), path).toContainText("There is no such deck");
  }
  await ann.keepPicture("pages-not-found");
  await ann.page.getByRole("link", { name: "All decks" }).click();
  await expect(ann.page.getByTestId("no-decks")).toBeVisible();
});

test("every page works and complains about nothing", async ({ person, server }) => {
  const deck = await server.deck(await exampleDeck());
  const ann = await person("Ann");
  await ann.opens("/");
  await expect(ann.page.getByTestId("deck")).toHaveCount(1);
  await expect(ann.page).toHaveTitle("Ondeck");
  await ann.writes(deck);
  await expect(ann.page).toHaveTitle("Open Harbour Community Call · Ondeck");
  for (const mode of ["edit", "show", "both"]) await ann.page.getByTestId(`mode-${mode}`).click();
  const slides = await ann.slides.all.count();
  expect(slides).toBeGreaterThan(24);
  await expect(ann.page.getByTestId("outline-row")).toHaveCount(slides);
  await ann.keepPicture("pages-editor");
  await ann.presents(deck);
  await ann.follows(deck);
});

for (const scheme of ["light", "dark"] as const) {
  test(`the pages fit a phone, ${scheme}`, async ({ person, server }) => {
    const deck = await server.deck(await exampleDeck());
    const size = { width: 390, height: 844 };
    const ann = await person("Ann", { viewport: size, colorScheme: scheme, hasTouch: true, isMobile: true });
    const fits = () => ann.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await ann.opens("/");
    await expect(ann.page.getByTestId("deck")).toBeVisible();
    expect(await fits(), "home").toBeLessThanOrEqual(0);
    await ann.keepPicture(`pages-phone-home-${scheme}`);

    await ann.opens(`/d/${deck}`);
    await ann.editor.ready();
    await expect(ann.status).toBeVisible();
    await ann.saved();
    expect(await fits(), "editor").toBeLessThanOrEqual(0);
    await ann.keepPicture(`pages-phone-write-${scheme}`);
    await ann.page.getByTestId("tab-slide").click();
    await ann.slides.shown();
    await ann.keepPicture(`pages-phone-slide-${scheme}`);

    await ann.follows(deck);
    expect(await fits(), "follow").toBeLessThanOrEqual(0);
    await ann.keepPicture(`pages-phone-follow-${scheme}`);
    await ann.presents(deck);
    expect(await fits(), "present").toBeLessThanOrEqual(0);
    await ann.keepPicture(`pages-phone-present-${scheme}`);
  });
}

test("the pages are dark for those who want it", async ({ person, server }) => {
  const deck = await server.deck(await exampleDeck());
  const ann = await person("Ann", { colorScheme: "dark" });
  await ann.opens("/");
  await expect(ann.page.getByTestId("deck")).toBeVisible();
  await ann.keepPicture("pages-dark-home");
  await ann.writes(deck);
  const background = await ann.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(background).toBe("rgb(20, 23, 29)");
  await ann.keepPicture("pages-dark-editor");
  await ann.presents(deck);
  await ann.keepPicture("pages-dark-present");
});

test("the first visit is light", async ({ person, server }) => {
  // Programs, style sheets and fonts count; how large a deck's pictures are is up to its authors.
  const withoutPictures = (await exampleDeck()).replace(/!\[.*\]\(.*\)|data-background(-image)?="[^"]*"/g, "");
  const deck = await server.deck(withoutPictures);
  const wire = await Wire.to(server.address);
  const ann = await person("Ann");
  try {
    await ann.page.goto(`${wire.url}/d/${deck}`);
    await ann.editor.ready();
    await ann.slides.shown();
    await ann.saved();
    // Fonts, the colours of code, whatever else comes after the first paint.
    let before = -1;
    const nothingNew = () => before === (before = wire.received);
    await expect.poll(nothingNew, { intervals: [500] }).toBe(true);
    console.log(`first visit of the editor: ${(wire.received / 1000).toFixed(0)} kB over the wire`);
    expect(wire.received).toBeLessThan(MEGABYTE);
  } finally {
    await ann.page.close();
    wire.close();
  }
  const shell = await (await fetch(`${server.url}/d/${deck}`)).text();
  const app = /\/assets\/frontend-\w+_bg\.wasm/.exec(shell)?.[0] ?? "";
  const bytes = await packedSize(server.url + app);
  console.log(`the application: ${(bytes / 1000).toFixed(0)} kB of WASM, packed`);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(300_000);
});

/** Size of a file as it travels. */
async function packedSize(url: string): Promise<number> {
  const { headers } = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    get(url, { headers: { "accept-encoding": "br" } }, (answer) => resolve(answer.resume())).on("error", reject);
  });
  expect(headers["content-encoding"]).toBe("br");
  return Number(headers["content-length"]);
}

test("everything is reached with the keyboard alone", async ({ person, server }) => {
  const deck = await server.deck("# One\n\n---\n\n# Two\n");
  const ann = await person("Ann");
  await ann.opens("/");
  await expect(ann.page.getByTestId("deck")).toBeVisible();
  const reached = await tabThrough(ann.page);
  expect(reached).toEqual(
    expect.arrayContaining(["search", "import", "new-deck", "me", "show-bin", "open-deck", "deck-menu"]),
  );
  await ann.page.getByTestId("new-deck").focus();
  await ann.page.keyboard.press("Enter");
  await expect(ann.page.getByRole("dialog")).toBeVisible();
  await ann.page.keyboard.press("Escape");
  await expect(ann.page.getByRole("dialog")).toBeHidden();
  await expect(ann.page.getByTestId("new-deck")).toBeFocused();
  await ann.page.getByTestId("open-deck").focus();
  await ann.page.keyboard.press("Enter");
  await expect(ann.page).toHaveURL(new RegExp(`/d/${deck}$`));
  await ann.slides.shown();
  await ann.saved();

  const editor = await tabThrough(ann.page);
  expect(editor).toEqual(
    expect.arrayContaining([
      "toggle-outline", "me", "open-palette", "mode-edit", "share", "present", "outline-row", "bold", "splitter", "preview-next", "pin",
    ]),
  );
  const splitter = ann.page.getByTestId("splitter");
  await splitter.focus();
  const before = Number(await splitter.getAttribute("aria-valuenow"));
  await ann.page.keyboard.press("ArrowRight");
  await expect(splitter).toHaveAttribute("aria-valuenow", `${before + 2}`);
});

/** The `data-test` of everything that Tab reaches, once around the page. */
async function tabThrough(page: Page): Promise<string[]> {
  const reached: string[] = [];
  for (let step = 0; step < 40; step++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const focused = document.activeElement;
      // In the source a Tab is for the text; Escape lets the next one leave.
      if (focused?.hasAttribute("data-test-editor")) return "source";
      return focused?.getAttribute("data-test") ?? focused?.tagName ?? "";
    });
    reached.push(name);
    if (name === "source") await page.keyboard.press("Escape");
  }
  return reached;
}

test("axe finds nothing serious", async ({ person, server }) => {
  const deck = await server.deck(await exampleDeck());
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const bob = await person("Bob");
  await bob.writes(deck);
  for (const colorScheme of ["light", "dark"] as const) {
    const ann = await person("Ann", { colorScheme });
    const check = async (name: string) => {
      await ann.page.evaluate(axe);
      const found = await ann.page.evaluate(async () => {
        type Axe = { run(root: Document, options: object): Promise<{ violations: Violation[] }> };
        type Violation = { id: string; impact: string; nodes: { html: string }[] };
        // What is inside the slides is the author's.
        const { violations } = await (window as unknown as { axe: Axe }).axe.run(document, { iframes: false });
        return violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      });
      expect.soft(found, `${name}, ${colorScheme}`).toEqual([]);
    };
    await ann.opens("/");
    await expect(ann.page.getByTestId("deck")).toBeVisible();
    await check("home");
    await ann.page.getByTestId("deck-menu").click();
    await check("menu of a deck");
    await ann.page.keyboard.press("Escape");
    await ann.page.getByTestId("new-deck").click();
    await check("new deck");
    await ann.writes(deck);
    await expect(ann.page.getByTestId("avatar").first()).toBeVisible();
    await check("editor");
    await ann.page.getByTestId("toolbar-more").click();
    await check("toolbar menu");
    await ann.page.keyboard.press("Escape");
    await ann.page.getByTestId("outline-row").first().focus();
    await ann.page.keyboard.press("Shift+F10");
    await check("slide menu");
    await ann.page.getByTestId("move-to").click();
    await check("places");
    await ann.page.keyboard.press("Escape");
    await ann.page.getByTestId("slide-settings").click();
    await check("slide settings");
    await ann.page.keyboard.press("Escape");
    await ann.page.getByTestId("open-palette").click();
    await check("palette");
    await ann.page.keyboard.press("Escape");
    await ann.follows(deck);
    await check("follow");
    await ann.presents(deck);
    await check("present");
  }
});
