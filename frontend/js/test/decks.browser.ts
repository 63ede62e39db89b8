/** The decks that come with the product, and those named in `DECKS`: how many slides do not fit. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import type { Config, SlideHtml } from "../slides/protocol.ts";
import { ARTEFACTS, EXAMPLES, openSite, type Site } from "./harness.ts";
import { slide, Stand } from "./stand.ts";

/** What may overflow, of all slides of all decks. */
const MAX_SHARE = 0.005;
/** A slide that always overflows: once it is reported, all before it have been measured. */
const OVERFLOWING = slide(`<p>${"much<br>".repeat(60)}</p>`);

type Rendered = Pick<Config, "theme" | "options" | "lang" | "dir"> & { path: string; slides: SlideHtml[] };

let site: Site;
before(async () => {
  site = await openSite(["slides.html", "parent.html"]);
  await mkdir(ARTEFACTS, { recursive: true });
});
after(() => site.close());

/** Decks as the worker would hand them to the frame. */
function render(paths: readonly string[]): Rendered[] {
  const { status, stdout, stderr, error } = spawnSync(
    "cargo",
    ["run", "--quiet", "--package", "deck", "--example", "html", "--", ...paths],
    { cwd: join(EXAMPLES, ".."), encoding: "utf8", maxBuffer: 1 << 28 },
  );
  if (error || status !== 0) throw new Error(`the decks cannot be rendered: ${error?.message ?? stderr}`);
  return stdout.trim().split("\n").map((line) => JSON.parse(line) as Rendered);
}

/** The slides of a deck that do not fit, once all fonts and pictures are there. */
async function overflowing({ path, slides, theme, options, lang, dir }: Rendered): Promise<number[]> {
  const stand = await Stand.open(site, [...slides, OVERFLOWING], { theme, options, lang, dir });
  await stand.frame.waitForFunction(() => [...document.images].every(({ complete }) => complete) && document.fonts.status === "loaded");
  const last = slides.length;
  await stand.page.waitForFunction(
    (wanted) => window.received.some((message) => message.type === "overflow" && message.slides.includes(wanted)),
    last,
  );
  if (process.env.SCREENSHOTS) await shoot(stand, path, last);
  const reports = await stand.messages("overflow");
  const found = reports.at(-1);
  await stand.page.close();
  return found?.type === "overflow" ? found.slides.filter((index) => index < last) : [];
}

async function shoot(stand: Stand, path: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await stand.send({ type: "go", index, fragment: 99 });
    await stand.frame.waitForFunction((wanted) => {
      const section = document.querySelector(".slides > .present:not(.stack), .slides > .present > .present");
      return section?.getAttribute("aria-label")?.startsWith(`Slide ${wanted} `);
    }, index + 1);
    await stand.page.screenshot({ path: join(ARTEFACTS, `${basename(path, ".md")}-${String(index + 1).padStart(3, "0")}.png`) });
  }
}

test("hardly any slide of the example decks overflows", async (context) => {
  const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith(".md"));
  const decks = render(names.map((name) => join(EXAMPLES, name)));
  let [slides, overflows] = [0, 0];
  for (const deck of decks) {
    const found = await overflowing(deck);
    context.diagnostic(`${basename(deck.path)}: ${found.length} of ${deck.slides.length} overflow ${found.map((index) => index + 1).join(", ")}`);
    slides += deck.slides.length;
    overflows += found.length;
  }
  assert.ok(slides > 40);
  assert.ok(overflows / slides <= MAX_SHARE, `${overflows} of ${slides}`);
});

const others = (process.env.DECKS ?? "").split(/\s+/).filter(Boolean);
test("decks named in DECKS are measured", { skip: others.length === 0 }, async (context) => {
  for (const deck of render(others) ?? []) {
    const found = await overflowing(deck);
    context.diagnostic(`${basename(deck.path)}: ${found.length} of ${deck.slides.length} overflow ${found.map((index) => index + 1).join(", ")}`);
  }
});
