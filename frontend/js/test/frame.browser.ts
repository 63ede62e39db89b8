/** The slides frame in a real sandbox: what is shown, what is reported, and what never happens. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Patch } from "../slides/protocol.ts";
import { ARTEFACTS, openSite, type Site } from "./harness.ts";
import { CONFIG, five, slide, Stand } from "./stand.ts";

let site: Site;
before(async () => {
  site = await openSite(["slides.html", "parent.html"]);
});
after(() => site.close());

/** Themes that may use what the machine has. */
const SYSTEM_FONTS = new Set(["serif", "dracula"]);

test("a deck has columns, labels and no application role", async () => {
  const stand = await Stand.open(site);
  await stand.shows("One");
  assert.deepEqual(await stand.columns(), [["One"], ["Two", "Three", "Four"], ["Five"]]);
  const labels = await stand.frame.locator(".slides section[aria-label]").evaluateAll(
    (sections) => sections.map((section) => section.getAttribute("aria-label")),
  );
  assert.equal(labels[3], "Slide 4 of 5, Four");
  assert.equal(labels.length, 5);
  assert.equal(await stand.frame.locator("[role=application]").count(), 0);
  await stand.close();
});

test("s2: going is clamped and never reported", async () => {
  const stand = await Stand.open(site);
  for (const [index, title] of [[3, "Four"], [99, "Five"], [-4, "One"], [1, "Two"]] as const) {
    await stand.send({ type: "go", index, fragment: -1 });
    await stand.shows(title);
  }
  await stand.send({ type: "go", index: 1, fragment: 7 });
  await stand.frame.waitForFunction(() => document.querySelectorAll("section.present .fragment.visible").length === 2);
  assert.deepEqual(await stand.messages("slide"), []);
  await stand.close();
});

test("one step on or back on the page's button is the person's own movement", async () => {
  const stand = await Stand.open(site);
  await stand.send({ type: "go", index: 1, fragment: 7 });
  await stand.frame.waitForFunction(() => document.querySelectorAll("section.present .fragment.visible").length === 2);
  for (const type of ["prev", "next", "next"] as const) await stand.send({ type });
  await stand.shows("Three");
  assert.deepEqual(await stand.heard("slide", 3), [
    { type: "slide", index: 1, fragment: 0, by: "user", move: 1 },
    { type: "slide", index: 1, fragment: 1, by: "user", move: 2 },
    { type: "slide", index: 2, fragment: -1, by: "user", move: 3 },
  ]);
  await stand.close();
});

test("s4: whoever moves while something is on its way stays where they went, and says by which number", async () => {
  const stand = await Stand.open(site);
  await stand.page.locator("iframe").focus();
  await stand.page.keyboard.press("ArrowRight");
  await stand.shows("Two");
  // The page did not know of it yet.
  await stand.send({ type: "patch", patches: [{ op: "insert", index: 0, slide: { ...five()[0]!, html: "<h1>New</h1>" } }], at: { index: 1, fragment: -1 }, heard: 0 });
  const [moved, again] = await stand.heard("slide", 2);
  assert.deepEqual(moved, { type: "slide", index: 1, fragment: -1, by: "user", move: 1 });
  assert.deepEqual(again, { type: "slide", index: 2, fragment: -1, by: "user", move: 2 });
  await stand.shows("Two");
  await stand.send({ type: "go", index: 0, fragment: -1, heard: 1 });
  await stand.shows("Two");
  await stand.send({ type: "go", index: 3, fragment: -1, heard: 2 });
  await stand.shows("Three");
  await stand.close();
});

test("the person's own keys are reported with the flat slide number", async () => {
  const stand = await Stand.open(site);
  await stand.page.locator("iframe").focus();
  for (const key of ["ArrowRight", "Space", "Space", "Space"]) await stand.page.keyboard.press(key);
  await stand.shows("Three");
  const moves = await stand.heard("slide", 4);
  assert.deepEqual(moves, [
    { type: "slide", index: 1, fragment: -1, by: "user", move: 1 },
    { type: "slide", index: 1, fragment: 0, by: "user", move: 2 },
    { type: "slide", index: 1, fragment: 1, by: "user", move: 3 },
    { type: "slide", index: 2, fragment: -1, by: "user", move: 4 },
  ]);
  await stand.close();
});

test("s1: an edit repaints one slide and keeps its fragment, images and element", async () => {
  const image = `<img alt="dot" src="data:image/gif;base64,R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==">`;
  const slides = five();
  slides[1] = slide(`<h1>Two</h1>${image}<p class="fragment">a</p><p class="fragment">b</p>`);
  const stand = await Stand.open(site, slides, {}, { index: 1, fragment: 0 });
  await stand.shows("Two");
  await stand.frame.waitForFunction(() => document.querySelector("img")?.complete);
  await stand.frame.evaluate(() => {
    document.querySelector(".present .present")?.setAttribute("data-probe", "1");
    (document.querySelector("img") as HTMLElement & { probe?: number }).probe = 1;
  });
  await stand.patch([{ op: "replace", index: 1, slide: slide(`<h1>Two!</h1>${image}<p class="fragment">a!</p><p class="fragment">b</p>`) }]);
  await stand.shows("Two!");
  assert.equal(await stand.visibleFragments(), 1);
  assert.equal(await stand.frame.evaluate(() => (document.querySelector("img") as HTMLElement & { probe?: number }).probe), 1);
  assert.equal(await stand.frame.locator("[data-probe]").count(), 1);
  assert.equal(await stand.frame.locator("[data-probe].present").count(), 1);
  assert.deepEqual(await stand.messages("slide"), []);
  await stand.close();
});

test("s1: an edit that takes fragments away leaves the last one that is there", async () => {
  const stand = await Stand.open(site, five(), {}, { index: 1, fragment: 1 });
  await stand.shows("Two");
  for (const [index, left] of [["a"], []].entries()) {
    const items = left.map((step) => `<li class="fragment">${step}</li>`).join("");
    await stand.patch([{ op: "replace", index: 1, slide: slide(`<h1>Two${index}</h1><ul>${items}</ul>`) }]);
    await stand.shows(`Two${index}`);
    assert.equal(await stand.visibleFragments(), left.length);
  }
  // The server says it as it was, once more.
  await stand.patch([{ op: "replace", index: 1, slide: slide(`<h1>Two</h1><p class="fragment">b</p>`) }], { index: 1, fragment: 1 });
  await stand.shows("Two");
  assert.equal(await stand.visibleFragments(), 1);
  assert.deepEqual(await stand.messages("slide"), []);
  await stand.close();
});

test("s3: structure changes elsewhere move nobody", async () => {
  const stand = await Stand.open(site, five(), {}, { index: 1, fragment: 0 });
  await stand.shows("Two");
  await stand.patch([
    { op: "insert", index: 0, slide: slide("<h1>Zero</h1>") },
    { op: "insert", index: 1, slide: slide("<h1>Half</h1>", false) },
    { op: "remove", index: 6 },
    { op: "replace", index: 0, slide: slide("<h1>Nil</h1>") },
  ]);
  await stand.frame.waitForFunction(() => document.querySelectorAll(".slides > section").length === 3);
  await stand.shows("Two");
  assert.equal(await stand.visibleFragments(), 1);
  assert.deepEqual(await stand.columns(), [["Nil", "Half"], ["One"], ["Two", "Three", "Four"]]);
  assert.deepEqual(await stand.messages("slide"), []);
  await stand.close();
});

test("columns split and join around the current slide", async () => {
  const stand = await Stand.open(site, five(), {}, { index: 2, fragment: -1 });
  await stand.shows("Three");
  await stand.patch([{ op: "replace", index: 2, slide: slide("<h1>Three</h1>") }]);
  await stand.frame.waitForFunction(() => document.querySelectorAll(".slides > section").length === 4);
  await stand.shows("Three");
  assert.deepEqual(await stand.columns(), [["One"], ["Two"], ["Three", "Four"], ["Five"]]);
  await stand.patch([{ op: "replace", index: 1, slide: slide("<h1>Two</h1>", false) }, { op: "replace", index: 2, slide: slide("<h1>Three</h1>", false) }]);
  await stand.frame.waitForFunction(() => document.querySelectorAll(".slides > section").length === 2);
  await stand.shows("Three");
  assert.deepEqual(await stand.columns(), [["One", "Two", "Three", "Four"], ["Five"]]);
  await stand.close();
});

test("a removed slide hands over to the next of its column, else the one before", async () => {
  const stand = await Stand.open(site, five(), {}, { index: 2, fragment: -1 });
  await stand.shows("Three");
  await stand.patch([{ op: "remove", index: 2 }]);
  await stand.shows("Four");
  await stand.patch([{ op: "remove", index: 2 }]);
  await stand.shows("Two");
  await stand.patch([{ op: "remove", index: 0 }, { op: "remove", index: 0 }, { op: "remove", index: 0 }]);
  await stand.frame.waitForFunction(() => document.querySelectorAll(".slides h1").length === 0);
  await stand.patch([{ op: "insert", index: 0, slide: slide("<h1>Anew</h1>") }]);
  await stand.shows("Anew");
  await stand.close();
});

test("a patch and its position are one step", async () => {
  const stand = await Stand.open(site);
  await stand.patch([{ op: "insert", index: 1, slide: slide("<h1>New</h1>") }], { index: 1, fragment: -1 });
  await stand.shows("New");
  await stand.patch([], { index: 5, fragment: -1 });
  await stand.shows("Five");
  assert.deepEqual(await stand.messages("slide"), []);
  await stand.close();
});

test("many seeded patches leave the right columns and one slide on show", async () => {
  const stand = await Stand.open(site);
  const slides = five();
  let seed = 7;
  const next = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let round = 0; round < 60; round++) {
    const patches: Patch[] = [];
    for (let count = next(4); count >= 0; count--) {
      const made = slide(`<h1>s${round}.${count}</h1><p class="fragment">x</p>`, next(2) === 0);
      const op = next(3);
      if (op === 0 || slides.length === 0) {
        const index = next(slides.length + 1);
        slides.splice(index, 0, made);
        patches.push({ op: "insert", index, slide: made });
      } else if (op === 1) {
        const index = next(slides.length);
        slides.splice(index, 1);
        patches.push({ op: "remove", index });
      } else {
        const index = next(slides.length);
        slides[index] = made;
        patches.push({ op: "replace", index, slide: made });
      }
    }
    await stand.patch(patches);
  }
  await stand.send({ type: "go", index: slides.length - 1, fragment: 9 });
  const title = (html: string) => /<h1[^>]*>(.*?)<\/h1>/.exec(html)?.[1] ?? "";
  await stand.shows(title(slides.at(-1)?.html ?? ""));
  const wanted: string[][] = [];
  for (const { column, html } of slides) {
    if (column || wanted.length === 0) wanted.push([]);
    wanted.at(-1)?.push(title(html));
  }
  assert.deepEqual(await stand.columns(), wanted);
  assert.deepEqual(await stand.messages("slide"), []);
  await stand.close();
});

test("a follower moves by itself only after it says so", async () => {
  const stand = await Stand.open(site, five(), { role: "follower" });
  await stand.send({ type: "follow", on: true });
  await stand.send({ type: "go", index: 2, fragment: -1 });
  await stand.shows("Three");
  assert.deepEqual(await stand.messages("roam"), []);
  await stand.page.locator("iframe").focus();
  await stand.page.keyboard.press("ArrowRight");
  await stand.heard("roam");
  await stand.shows("Five");
  assert.deepEqual(await stand.heard("slide"), [{ type: "slide", index: 4, fragment: -1, by: "user", move: 1 }]);
  await stand.page.keyboard.press("ArrowLeft");
  await stand.heard("slide", 2);
  assert.equal((await stand.messages("roam")).length, 1);
  await stand.close();
});

test("clicks tell the line, links tell their address, and nothing navigates", async () => {
  const slides = five();
  slides[0] = slide(`<h1 data-line="0">One</h1><p data-line="4"><a href="https://example.org/a?b=c">link</a> <span>text</span></p><p><a href="#there">in</a></p><p><a href="javascript:alert(1)">bad</a></p>`, true);
  slides[4] = slide(`<h1 id="there">Five</h1>`);
  const stand = await Stand.open(site, slides, { role: "presenter" });
  await stand.frame.locator("span", { hasText: "text" }).click();
  const clicks = await stand.heard("click");
  assert.deepEqual(clicks, [{ type: "click", index: 0, line: 4, ctrl: false, meta: false, shift: false, alt: false }]);
  await stand.frame.getByText("link", { exact: true }).click();
  const [link] = await stand.heard("link");
  assert.equal((link as { href: string }).href, "https://example.org/a?b=c");
  await stand.frame.getByText("bad", { exact: true }).click();
  await stand.frame.getByText("in", { exact: true }).click();
  await stand.shows("Five");
  assert.equal((await stand.messages("link")).length, 1);
  assert.ok(stand.frame.url().endsWith("/slides.html"));
  await stand.close();
});

test("in the preview a plain click on a link is a click on its line", async () => {
  const stand = await Stand.open(site, [slide(`<h1>One</h1><p data-line="2"><a href="https://example.org/">link</a></p>`)]);
  await stand.frame.locator("a", { hasText: "link" }).click();
  assert.equal(((await stand.heard("click"))[0] as { line: number }).line, 2);
  assert.deepEqual(await stand.messages("link"), []);
  await stand.frame.locator("a", { hasText: "link" }).click({ modifiers: ["Control"] });
  await stand.heard("link");
  await stand.close();
});

test("keys of the page are handed over, blackout is the page's to decide", async () => {
  const stand = await Stand.open(site, five(), { role: "presenter" });
  await stand.page.locator("iframe").focus();
  await stand.page.keyboard.press("b");
  await stand.page.keyboard.press("s");
  const keys = await stand.heard("key", 2);
  assert.deepEqual(keys.map((message) => (message as { key: string }).key), ["b", "s"]);
  assert.equal(await stand.frame.locator(".blackout").isVisible(), false);
  await stand.send({ type: "blackout", on: true });
  await stand.frame.locator(".blackout").waitFor({ state: "visible" });
  await stand.send({ type: "blackout", on: false });
  await stand.frame.locator(".blackout").waitFor({ state: "hidden" });
  await stand.close();
});

test("content runs nothing, opens nothing and breaks nothing", async () => {
  const hostile = `<h1>One</h1><script>window.ran = true</script><img src=x onerror="window.ran=true"><iframe src="https://example.org"></iframe>` +
    `<form action="https://example.org"><input name=a><button>go</button></form><svg onload="window.ran=true"></svg><meta http-equiv="refresh" content="0;url=https://example.org">` +
    `<base href="https://example.org"><section><h2>nested</h2></section><a id="getElementById" name="body">x</a><span class="fragment" data-fragment-index="4000000000">f</span>`;
  const attributes: [string, string][] = [
    ["data-state", " a  b "], ["data-background-image", "https://127.0.0.1:1/50%.png"], ["class", "stack present mine"],
    ["onclick", "window.ran=true"], ["style", "color: red"], ["data-background-iframe", "https://example.org"], ["id", "body"],
  ];
  const stand = await Stand.open(site, [slide(hostile, true, attributes), ...five().slice(1)]);
  await stand.shows("One");
  const found = await stand.frame.evaluate(() => ({
    ran: window.ran,
    bad: document.querySelectorAll(".slides :is(script, iframe, form, input, button, svg, meta, base)").length,
    sections: document.querySelectorAll(".slides > section > section").length,
    classes: document.querySelector(".slides section")?.className.includes("mine"),
    handler: document.querySelector(".slides section")?.getAttribute("onclick"),
  }));
  assert.deepEqual(found, { ran: undefined, bad: 0, sections: 3, classes: true, handler: null });
  await stand.page.close();
});

test("a style applies to the deck, its ids included, and imports nothing", async () => {
  const css = `<style>@import url("https://example.org/x.css"); #mine { color: rgb(1, 2, 3) } .deep { color: #abc }</style>`;
  const stand = await Stand.open(site, [slide(`${css}<h1 id="mine">One</h1><p class="deep">p</p>`), slide("<h1>Two</h1>")]);
  await stand.shows("One");
  const colours = await stand.frame.evaluate(() => ["h1", ".deep"].map((selector) => {
    const element = document.querySelector(selector);
    return element ? getComputedStyle(element).color : null;
  }));
  assert.deepEqual(colours, ["rgb(1, 2, 3)", "rgb(170, 187, 204)"]);
  assert.doesNotMatch(await stand.frame.locator("style").first().innerHTML(), /import/);
  await stand.close();
});

test("the audience gets no notes", async () => {
  const noted = { ...slide(`<h1>One</h1><aside class="notes">secret</aside>`, true, [["data-notes", "secret"]]), notes: "<p>secret</p>" };
  const stand = await Stand.open(site, [noted], { role: "follower" });
  await stand.shows("One");
  assert.doesNotMatch(await stand.frame.content(), /secret/);
  await stand.close();
});

test("hidden slides are seen by their author alone", async () => {
  const slides = five();
  slides[0] = slide("<h1>One</h1>", true, [["data-visibility", "hidden"]]);
  const follower = await Stand.open(site, slides, { role: "follower" });
  await follower.shows("Two");
  await follower.send({ type: "go", index: 3, fragment: -1 });
  await follower.shows("Four");
  await follower.close();
  const preview = await Stand.open(site, slides);
  await preview.shows("One");
  await preview.close();
});

test("a section without a report is passed over by who presents and by who follows, and greyed for its author", async () => {
  const slides = five();
  const hidden: [string, string][] = [["data-visibility", "hidden"], ["data-no-report", "true"]];
  for (const index of [1, 2, 3]) slides[index] = { ...slides[index]!, attributes: hidden };
  for (const role of ["presenter", "follower"] as const) {
    const stand = await Stand.open(site, slides, { role });
    await stand.shows("One");
    await stand.send({ type: "next" });
    await stand.shows("Five");
    assert.deepEqual((await stand.heard("slide")).map((message) => "index" in message && message.index), [4]);
    await stand.send({ type: "prev" });
    await stand.shows("One");
    assert.deepEqual(await stand.columns(), [["One"], ["Five"]], "nor is it in the overview");
    // It reports after all: every slide has the number that it had.
    await stand.patch([1, 2, 3].map((index) => ({ op: "replace", index, slide: five()[index]! })));
    await stand.send({ type: "next" });
    await stand.shows("Two");
    assert.deepEqual(await stand.columns(), [["One"], ["Two", "Three", "Four"], ["Five"]]);
    await stand.patch([1, 2, 3].map((index) => ({ op: "replace", index, slide: slides[index]! })), { index: 4, fragment: -1 });
    await stand.shows("Five");
    await stand.close();
  }
  const author = await Stand.open(site, slides, {}, { index: 2, fragment: -1 });
  await author.shows("Three");
  assert.deepEqual(await author.columns(), [["One"], ["Two", "Three", "Four"], ["Five"]]);
  const opacity = () => author.frame.locator("section.present:not(.stack) h1").evaluateAll((titles) => titles.map((title) => getComputedStyle(title).opacity));
  assert.ok((await opacity()).includes("0.4"));
  await author.patch([1, 2, 3].map((index) => ({ op: "replace", index, slide: five()[index]! })));
  await author.frame.waitForFunction(() => !document.querySelector("[data-visibility=hidden]"));
  await author.shows("Three");
  await author.close();
});

test("every theme loads only its own fonts and looks right", async () => {
  await mkdir(ARTEFACTS, { recursive: true });
  const html = `<h1>Team Ops</h1><ul><li>A first point with a <a href="https://example.org">link</a></li><li>Second<ul><li>nested with <code>code</code></li></ul></li></ul><p>Some <strong>bold</strong>, <em>italic</em> and <mark>marked</mark> text</p><pre><code class="language-js">const answer = 42;</code></pre>`;
  for (const theme of [null, ...Object.keys(site.manifest.themes)]) {
    const page = await Stand.open(site, [slide(html), slide("<h1>Two</h1>", false), slide("<h1>Three</h1>")], { theme });
    await page.shows("Team Ops");
    // `fonts.ready` may be a promise of before the theme, so the faces themselves are asked.
    await page.frame.waitForFunction(() => {
      const states = [...document.fonts].map(({ status }) => status);
      return !states.includes("loading") && (states.includes("loaded") || document.querySelector<HTMLLinkElement>("#theme")?.href.match(/serif|dracula/));
    });
    const families = await page.frame.evaluate(() => [...document.fonts]
      .filter(({ status }) => status !== "unloaded")
      .map(({ family, status }) => `${family} ${status}`));
    assert.ok(families.every((family) => family.endsWith("loaded")), `${theme}: ${families}`);
    assert.ok(families.length > 0 || SYSTEM_FONTS.has(theme ?? ""), `${theme}`);
    await page.page.screenshot({ path: `${ARTEFACTS}/theme-${theme ?? "none"}.png` });
    await page.close();
  }
});

test("a theme changes without losing the place", async () => {
  const stand = await Stand.open(site, five(), {}, { index: 3, fragment: -1 });
  await stand.send({ type: "patch", config: { ...CONFIG, theme: "moon", options: { transition: "slide", slideNumber: "c/t" } }, patches: [] });
  await stand.frame.waitForFunction(() => document.querySelector<HTMLLinkElement>("#theme")?.href.includes("moon"));
  await stand.shows("Four");
  assert.equal(await stand.frame.locator("link#theme").count(), 1);
  await stand.close();
});
