/** The text view of the audience's page, and that everybody can use all of these pages. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { Audience, deck, LIVE, type Start } from "./audience.ts";
import { ARTEFACTS, openSite, type Site } from "./harness.ts";
import { slide } from "./stand.ts";

let site: Site;
let axe = "";
before(async () => {
  site = await openSite(["slides.html"]);
  axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
});
after(() => site.close());

const PHONE = { width: 320, height: 640 };

/** What axe finds in the page and its frame. */
async function problems(page: Page): Promise<string[]> {
  const found = [];
  for (const frame of page.frames()) {
    await frame.evaluate(axe);
    found.push(...await frame.evaluate(async (isPage) => {
      const runner = (window as unknown as { axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe;
      // The document around the slides is the page's; the frame has no outline of its own.
      const rules = isPage ? {} : { region: { enabled: false }, "page-has-heading-one": { enabled: false }, "landmark-one-main": { enabled: false } };
      const { violations } = await runner.run({ iframes: false, preload: false, rules });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
    }, frame === page.mainFrame()));
  }
  return found;
}

test("without scripts all slides are there to read, the current one marked and linked", async () => {
  const fay = await Audience.open(site, { javaScript: false, viewport: PHONE });
  assert.equal(await fay.page.locator(".text-slide").count(), 6);
  assert.equal(await fay.page.locator("[aria-current]").getAttribute("id"), "slide-3");
  assert.equal(await fay.page.getByRole("link", { name: "To the current slide" }).getAttribute("href"), "#slide-3");
  await fay.page.screenshot({ path: `${ARTEFACTS}/follow-no-script.png`, fullPage: true });
  await fay.close();
});

test("the text is what is live, keeps what is read in its place, and runs nothing", async () => {
  const long = deck(LIVE, ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"].map((name) => slide(`<h1>${name}</h1>${"<p>Line</p>".repeat(30)}`)));
  const fay = await Audience.open(site, { deck: long });
  await fay.slides();
  await fay.page.keyboard.press("t");
  const section = (name: string) => fay.page.locator(".text-slide", { hasText: name });
  await section("Gamma").waitFor();
  assert.equal(await section("Gamma").getAttribute("aria-current"), "true");
  const top = () => section("Delta").evaluate((element) => Math.round(element.getBoundingClientRect().top));
  await section("Delta").evaluate((element) => element.scrollIntoView());
  const before = await top();
  const hostile = `<h1>Zero</h1><img src=x onerror="window.ran=true"><script>window.ran=true</script><p onclick="window.ran=true" style="position:fixed">${"text ".repeat(200)}</p>`;
  fay.tell({ type: "patch", revision: "r1-2", patches: [{ op: "insert", index: 0, slide: slide(hostile) }], titles: ["Zero", ...long.titles], state: { ...LIVE, slide: 5 } });
  await section("Zero").waitFor();
  assert.equal(await top(), before);
  assert.equal(await section("Epsilon").getAttribute("aria-current"), "true");
  assert.equal(await section("Epsilon").getAttribute("aria-label"), "Slide 6 of 6, Epsilon");
  assert.equal(await fay.page.evaluate(() => window.ran), undefined);
  assert.equal(await fay.page.locator(".text-slide :is(script, [style], [onclick], [onerror])").count(), 0);
  await fay.find("text-size").click();
  await fay.find("text-size").click();
  assert.equal(await section("Zero").locator("p").evaluate((element) => getComputedStyle(element).fontSize), "24px");
  await fay.page.keyboard.press("t");
  await fay.sees("Epsilon");
  assert.deepEqual((await fay.heard("roam", 1)).length, 1);
  fay.errors.length = 0;
  await fay.close();
});

const VIEWS: readonly (readonly [name: string, start: Start])[] = [
  ["light", {}],
  ["dark", { dark: true }],
  ["phone", { viewport: PHONE, touch: true }],
  ["phone-dark", { viewport: { width: 390, height: 844 }, touch: true, dark: true, language: "de" }],
  ["landscape", { viewport: { width: 740, height: 360 }, touch: true }],
  ["forced", { forcedColors: true }],
];

for (const [name, start] of VIEWS) {
  test(`axe finds nothing on the slides, the text and the help, and nothing sticks out: ${name}`, async () => {
    const fay = await Audience.open(site, start);
    await fay.slides();
    await fay.isIn("following");
    await fay.page.screenshot({ path: `${ARTEFACTS}/follow-slides-${name}.png` });
    assert.deepEqual(await problems(fay.page), []);
    await fay.page.keyboard.press("t");
    await fay.page.locator(".text-slide h1").first().waitFor();
    await fay.page.screenshot({ path: `${ARTEFACTS}/follow-text-${name}.png` });
    assert.deepEqual(await problems(fay.page), []);
    await fay.page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
    assert.ok(await fay.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "200 % text sticks out");
    await fay.page.screenshot({ path: `${ARTEFACTS}/follow-text-200-${name}.png` });
    await fay.page.evaluate(() => (document.documentElement.style.fontSize = ""));
    await fay.page.keyboard.press("?");
    await fay.page.locator("dialog[open]").waitFor();
    assert.deepEqual(await problems(fay.page), []);
    await fay.page.screenshot({ path: `${ARTEFACTS}/follow-help-${name}.png` });
    await fay.close();
  });
}

for (const [name, start] of VIEWS) {
  test(`axe finds nothing whatever the page says of the presentation: ${name}`, async () => {
    const fay = await Audience.open(site, { ...start, deck: deck({ phase: "waiting", slide: 0, fragment: -1, blackout: false }) });
    await fay.slides();
    const check = async (state: string): Promise<void> => {
      await fay.isIn(state);
      await fay.page.screenshot({ path: `${ARTEFACTS}/follow-${state}-${name}.png` });
      assert.deepEqual(await problems(fay.page), [], state);
    };
    await check("waiting");
    fay.go(2, -1, true);
    await check("paused");
    fay.tell({ type: "state", state: { ...LIVE, phase: "away" } });
    await check("away");
    // An upright phone has no keys.
    if (!start.touch) {
      await fay.page.keyboard.press("End");
      await check("roaming");
    }
    fay.tell({ type: "state", state: { ...LIVE, phase: "ended" } });
    await check("ended");
    fay.reachable = false;
    await fay.closeSocket(1012);
    await fay.page.waitForSelector("[data-connection=waiting]");
    await check("ended");
    fay.reachable = true;
    await fay.page.evaluate(() => window.dispatchEvent(new Event("online")));
    await fay.page.waitForSelector("[data-connection=live]");
    await fay.closeSocket(4404);
    await check("link-ended");
    await fay.close();
  });
}

test("those who want no motion see none", async () => {
  const fay = await Audience.open(site, { reducedMotion: true });
  await fay.sees("Gamma");
  fay.go(4);
  await fay.sees("Epsilon");
  const durations = await fay.page.evaluate(() => [...document.querySelectorAll("*")].flatMap((element) =>
    getComputedStyle(element).transitionDuration.split(", ").map(Number.parseFloat)));
  assert.ok(Math.max(...durations) <= 0.001);
  await fay.close();
});

test("an idle page sets no timer but the one for silence and draws nothing", async () => {
  const fay = await Audience.open(site);
  await fay.sees("Gamma");
  const count = () => {
    const found = { frames: 0, intervals: 0 };
    const { requestAnimationFrame: frame, setInterval: interval } = window;
    window.requestAnimationFrame = (callback) => (found.frames++, frame(callback));
    window.setInterval = ((...given: Parameters<typeof interval>) => (found.intervals++, interval(...given))) as typeof interval;
    return new Promise<typeof found & { animations: number }>((resolve) =>
      setTimeout(() => resolve({ ...found, animations: document.getAnimations().filter(({ playState }) => playState === "running").length }), 1500));
  };
  const counts = await Promise.all([fay.page.evaluate(count), (await fay.slides()).evaluate(count)]);
  const nothing = { frames: 0, intervals: 0, animations: 0 };
  assert.deepEqual(counts, [nothing, nothing]);
  await fay.close();
});

test("until the slides are there the text is, and paper gets the text", async () => {
  const fay = await Audience.open(site, { isSlow: true });
  await fay.page.locator(".text-slide h1").first().waitFor();
  assert.equal(await fay.page.locator("#slide-3").getAttribute("aria-current"), "true");
  fay.release();
  await fay.sees("Gamma");
  assert.equal(await fay.page.locator(".text-view").isVisible(), false);
  await fay.page.emulateMedia({ media: "print" });
  assert.equal(await fay.page.locator(".text-slide").count(), 6);
  assert.equal(await fay.page.locator(".text-view").isVisible(), true);
  assert.equal(await fay.page.locator(".follow-bar, .follow-stage").first().isVisible(), false);
  await fay.page.screenshot({ path: `${ARTEFACTS}/follow-print.png` });
  await fay.close();
});
