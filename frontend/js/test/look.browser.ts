/** How slides look: our own theme, its logo and footer, and that every theme can be read. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { ARTEFACTS, openSite, type Site } from "./harness.ts";
import { slide, Stand } from "./stand.ts";

let site: Site;
before(async () => {
  site = await openSite(["slides.html", "parent.html"]);
  await mkdir(ARTEFACTS, { recursive: true });
});
after(() => site.close());

const RICH = `<h2>Team Ops</h2><p>Text with <strong>bold</strong>, <em>italic</em>, <a href="https://example.org">a link</a>, <mark>marked</mark>, <code>code</code>, <kbd>Ctrl</kbd>, <del>struck</del> and a note<sup class="footnote-ref"><a href="#fn">[1]</a></sup></p>` +
  `<ul><li>A point<ul><li>below it <a href="https://example.org">linked</a></li></ul></li></ul>` +
  `<div class="alert alert-info"><p>A box with <a href="https://example.org">a link</a> and <code>code</code></p></div>` +
  `<div class="alert alert-danger"><h3>Danger</h3></div>`;
const MORE = `<h2>Table and code</h2><table><thead><tr><th>Quay</th><th>Ships</th></tr></thead><tbody><tr><td>A</td><td><a href="https://example.org">184</a></td></tr><tr><td>B</td><td>142</td></tr></tbody></table>` +
  `<pre><code class="language-js">const ships = await list(quay);\nships.forEach(berth);</code></pre><blockquote><p>The best time is before the call. <a href="https://example.org">More</a></p></blockquote>` +
  `<dl><dt>Term</dt><dd>what it means</dd></dl><section class="footnotes"><ol><li><p>A source</p></li></ol></section>`;

/** The worst contrasts of texts with what is behind them: `tag text ratio`, those below what WCAG asks for. */
function unreadable(stand: Stand): Promise<string[]> {
  return stand.frame.evaluate(() => {
    const parse = (colour: string): [number, number, number, number] => {
      const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      if (!canvas) throw new Error("no canvas");
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = (top: number[], below: number[]) => [0, 1, 2].map((at) => (top[at] ?? 0) * (top[3] ?? 1) + (below[at] ?? 0) * (1 - (top[3] ?? 1)));
    const behind = (element: Element | null): number[] => {
      if (!element) return [255, 255, 255];
      const own = parse(getComputedStyle(element).backgroundColor);
      if (own[3] === 1) return own;
      const parent = element.matches(".slides > section, .slides > section > section")
        ? document.querySelector(".slide-background.present:not(.stack)") ?? document.body
        : element.matches(".slide-background") ? document.body : element.parentElement;
      return over(own, behind(parent));
    };
    const luminance = (colour: number[]) => {
      const [r = 0, g = 0, b = 0] = colour.map((value) => {
        const share = value / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const section = document.querySelector(".slides > .present:not(.stack), .slides > .present > .present");
    const found: string[] = [];
    for (const element of section?.querySelectorAll("*") ?? []) {
      const text = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ textContent }) => textContent?.trim()).join("");
      if (!text || element.getClientRects().length === 0) continue;
      const ground = behind(element);
      const style = getComputedStyle(element);
      const [light = 0, dark = 0] = [luminance(over(parse(style.color), ground)), luminance(ground)].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      const wanted = Number.parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
      if (ratio < wanted) found.push(`${element.localName} "${text.slice(0, 20)}" ${ratio.toFixed(2)}`);
    }
    return found;
  });
}

test("text can be read on every theme", async () => {
  const problems: string[] = [];
  for (const theme of [null, ...Object.keys(site.manifest.themes)]) {
    const slides = [slide(RICH), slide(MORE), slide(RICH, true, [["data-background-color", "#0b3a2e"]]), slide(MORE, true, [["data-background-color", "#f4efe0"]])];
    const stand = await Stand.open(site, slides, { theme, role: "presenter", options: { controls: false } });
    await stand.frame.waitForFunction(() => document.fonts.status === "loaded");
    for (const index of slides.keys()) {
      await stand.send({ type: "go", index, fragment: -1 });
      await stand.frame.waitForFunction((wanted) => document.querySelector(".slides > .present")?.getAttribute("aria-label")?.startsWith(`Slide ${wanted} `), index + 1);
      problems.push(...(await unreadable(stand)).map((problem) => `${theme} ${index + 1}: ${problem}`));
      await stand.page.screenshot({ path: `${ARTEFACTS}/look-${theme ?? "none"}-${index + 1}.png` });
    }
    await stand.close();
  }
  assert.deepEqual(problems, []);
});

/** A picture as a file of its own would be. */
function picture(width: number, height: number, colour = "teal"): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${colour}"/></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
}

const LOGO = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAECAIAAAA8r+mnAAAAFElEQVR4nGNgYPhPApIoLQ1lMAAAmQ8n2Xkp0EsAAAAASUVORK5CYII=";
const PARAGRAPHS = `<ul>${"<li>A point that fills a line of the slide, so that there are many</li>".repeat(9)}</ul>`;

/** A deck as people write it without a theme. */
const TOUR = [
  slide(`<h1>Open Harbour Community Call</h1><h2>What the teams did, and what comes next</h2><h3>3 December 2026</h3>`),
  slide(`<h1>Team Ops</h1><h2>Report by @mira</h2><ul><li>The third route is live: <a href="https://example.org">the plan</a><ul><li>Two nights without an alarm</li><li>One of them <strong>stormy</strong></li></ul></li><li>Billing moves to <code>quay-b</code></li><li>Next week: fire drill, <mark>bring boots</mark></li></ul>`, false),
  slide(`<h2>Full to the brim</h2>${PARAGRAPHS}`, false),
  slide(`<h1>Numbers</h1><table><thead><tr><th>Quay</th><th align="right">Machines</th><th align="center">Uptime</th></tr></thead><tbody><tr><td>A</td><td align="right">184</td><td align="center">99.98%</td></tr><tr><td>B</td><td align="right">142</td><td align="center">99.99%</td></tr></tbody></table><blockquote><p>The best time to write your slide is before the call.</p></blockquote>`),
  slide(`<p><img src="/examples/quays.png" alt="quays"></p>`),
  slide(`<h1>The quays</h1><p><img src="/examples/quays.png" alt="quays"></p><ul><li>Three islands</li><li>Four routes</li></ul>`),
  slide(`<h1>Thank you!</h1><h2>Next call in two weeks</h2>`, true, [["data-background-image", "/examples/harbour-night.jpg"]]),
  slide(`<h1>By day</h1><ul><li>Text on a picture is readable</li><li>with <a href="https://example.org">links</a> and <code>code</code></li></ul>`, true, [["data-background", "/examples/harbour-day.jpg"]]),
  slide(`<h1>A colour</h1><p>and a <a href="https://example.org">link</a></p>`, true, [["data-background-color", "#1b5b7c"]]),
  slide(`<h1>Questions?</h1>`),
];

function colour(stand: Stand, selector: string): Promise<string> {
  return stand.frame.evaluate((wanted) => {
    const element = document.querySelector(`.slides > .present:not(.stack) ${wanted}, .slides > .present > .present ${wanted}`);
    return element ? getComputedStyle(element).color : "none";
  }, selector);
}

test("our own look: a title stands out, lists are on the left, text on pictures and colours is light", async () => {
  const screens = [{ width: 1280, height: 720 }, { width: 1024, height: 768 }, { width: 390, height: 844, density: 2 }];
  for (const screen of screens) {
    const stand = await Stand.open(site, TOUR, { footer: "Open Harbour · Community Call", logo: LOGO, role: "presenter" }, null, screen);
    for (const index of TOUR.keys()) {
      await stand.send({ type: "go", index, fragment: -1 });
      await stand.frame.waitForFunction((wanted) => {
        const section = document.querySelector(".slides > .present:not(.stack), .slides > .present > .present");
        return section?.getAttribute("aria-label")?.startsWith(`Slide ${wanted} `) && [...section.querySelectorAll("img")].every(({ complete }) => complete);
      }, index + 1);
      await stand.page.screenshot({ path: `${ARTEFACTS}/tour-${screen.width}-${String(index).padStart(2, "0")}.png` });
    }
    await stand.close();
  }
  const stand = await Stand.open(site, TOUR);
  const sizes = await stand.frame.evaluate(() => [...document.querySelectorAll<HTMLElement>("h1")].slice(0, 2).map((one) => Number.parseFloat(getComputedStyle(one).fontSize)));
  assert.ok(Number(sizes[0]) > 1.3 * Number(sizes[1]), `${sizes}`);
  for (const index of [6, 7, 8]) {
    await stand.send({ type: "go", index, fragment: -1 });
    await stand.frame.waitForFunction((wanted) => document.querySelector(".slides > .present")?.getAttribute("aria-label")?.startsWith(`Slide ${wanted} `), index + 1);
    assert.equal(await colour(stand, "h1"), "rgb(255, 255, 255)", `slide ${index + 1}`);
  }
  await stand.send({ type: "go", index: 9, fragment: -1 });
  await stand.shows("Questions?");
  assert.notEqual(await colour(stand, "h1"), "rgb(255, 255, 255)");
  await stand.close();
});

test("text turns light with the picture that is typed behind it", async () => {
  const stand = await Stand.open(site, [slide("<h1>One</h1>")]);
  for (const [attributes, wanted] of [[[["data-background-image", "/examples/harbour-day.jpg"]], "rgb(255, 255, 255)"], [[], "rgb(23, 26, 33)"]] as [[string, string][], string][]) {
    await stand.patch([{ op: "replace", index: 0, slide: slide("<h1>One</h1>", true, attributes) }]);
    await stand.frame.waitForFunction((count) => document.querySelectorAll("section.has-picture").length === count, attributes.length);
    assert.equal(await colour(stand, "h1"), wanted);
  }
  await stand.close();
});

test("logo and footer stand below every slide but those with a picture behind or the state no-footer", async () => {
  const slides = [
    slide(`<h1>One</h1>`), slide(`<h1>Two</h1>`, true, [["data-background-image", "/examples/harbour-day.jpg"]]),
    slide(`<h1>Three</h1>`, true, [["data-state", "calm no-footer"]]), slide(`<h1>Four</h1>${PARAGRAPHS}`),
  ];
  for (const theme of [null, "white"]) {
    const stand = await Stand.open(site, slides, { theme, footer: "Open <b>Harbour</b>", logo: LOGO });
    const brand = stand.frame.locator(".brand");
    const shown: boolean[] = [];
    for (const [index, title] of ["One", "Two", "Three", "Four"].entries()) {
      await stand.send({ type: "go", index, fragment: -1 });
      await stand.shows(title);
      shown.push(await brand.isVisible());
    }
    assert.deepEqual(shown, [true, false, false, true], `${theme}`);
    assert.equal(await brand.textContent(), "Open <b>Harbour</b>");
    const [last, bar] = [await stand.frame.locator(".present li").last().boundingBox(), await brand.boundingBox()];
    assert.ok(last && bar && last.y + last.height <= bar.y + 1, `${theme}: ${last?.y} ${last?.height} ${bar?.y}`);
    // Nothing of it is left when the front matter no longer says so.
    await stand.send({ type: "patch", config: { theme, options: {}, lang: null, dir: null, role: "preview" }, patches: [] });
    await brand.waitFor({ state: "hidden" });
    await stand.close();
  }
});

test("a logo is a picture of the web, of the server or a raster image, and nothing else", async () => {
  const wanted: [string, boolean][] = [
    [LOGO, true], ["/examples/quays.png", true], ["javascript:alert(1)", false], ["file:///etc/passwd", false],
    [picture(8, 8), false], ["data:text/html,<b>", false], ["", false],
  ];
  for (const [logo, passes] of wanted) {
    const stand = await Stand.open(site, [slide("<h1>One</h1>")], { logo, footer: "f" });
    assert.equal(await stand.frame.locator(".brand img[src]").count(), passes ? 1 : 0, logo);
    await stand.close();
  }
});
