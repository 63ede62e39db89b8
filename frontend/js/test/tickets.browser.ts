/** The server's own pictures in the slides frame: asked for with the ticket, and with nothing but the ticket's own spelling. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { ARTEFACTS, openSite, type Site, until } from "./harness.ts";
import { png } from "./pictures-page.ts";
import { slide, Stand } from "./stand.ts";

let site: Site;
before(async () => {
  await mkdir(ARTEFACTS, { recursive: true });
  site = await openSite(["slides.html", "parent.html"]);
});
after(() => site.close());

const TICKET = "s.guest:AAAAAAAAAAAAAAAAAAAAAA.bWFjbWFjbWFjbWFjbWFjbQ";
const name = (letter: string) => `/p/${letter.repeat(22)}.png`;

/** Answers as the server does: pictures for the ticket, nothing without. */
async function serve(page: Page): Promise<void> {
  await page.route("**/p/**", (route) => {
    const isOpen = new URL(route.request().url()).searchParams.get("t") === TICKET;
    return isOpen
      ? route.fulfill({ contentType: "image/png", body: png(40, 20) })
      : route.fulfill({ status: 403, body: "" });
  });
}

/** What was asked for below `/p/`, without the host. */
function asked(stand: Stand): string[] {
  return stand.requests.map((url) => url.replace(site.url, "")).filter((path) => path.includes("/p/"));
}

test("every own picture that a slide names is asked for with the ticket, and never without", async () => {
  const slides = [
    slide(
      `<h1>One</h1><img src="${name("a")}" alt="a"><video poster="${name("b")}"></video><img data-src="${name("c")}" alt="c">` +
        `<p style="background: url(${name("d")})">d</p><style>.e { background: url('${name("e")}') }</style><p class="e">e</p>`,
      true,
      [["data-background-image", name("f")]],
    ),
    slide(`<h1>Two</h1>`, true, [["data-background", name("g")], ["style", `border-image: url("${name("h")}") 1`]]),
  ];
  const config = { pictures: TICKET, logo: name("i"), options: { parallaxBackgroundImage: name("j") } };
  const stand = await Stand.start(site, slides, { config, prepare: serve });
  await stand.shows("One");
  await stand.send({ type: "go", index: 1, fragment: -1 });
  await stand.shows("Two");
  await stand.frame.waitForFunction(() => [...document.images].every(({ complete }) => complete));
  const wanted = "abcdefghij".split("").map((letter) => `${name(letter)}?t=${TICKET}`);
  await until(() => new Set(asked(stand)).size >= wanted.length);
  assert.deepEqual([...new Set(asked(stand))].sort(), wanted);
  assert.equal(await stand.frame.locator("img[data-missing]").count(), 0);
  await stand.close();
});

test("no other spelling gets the ticket", async () => {
  const own = name("a");
  const hostile = [
    `//elsewhere.example${own}`, `https://elsewhere.example${own}`, `${site.url}${own}`, `/p/../api/decks`, `/p/..${own}`,
    `${own}?x=1`, `${own}#x`, `${own}/`, ` ${own} x`, `/p/${"a".repeat(21)}.png`, `/p/${"a".repeat(23)}.png`, `/p/${"a".repeat(22)}.svg`,
    `/P/${"a".repeat(22)}.png`, `/p//${"a".repeat(22)}.png`, `\\p\\${"a".repeat(22)}.png`, `p/${"a".repeat(22)}.png`,
    `/p/${"%61".repeat(22)}.png`, `/p/${"a".repeat(22)}.png%00`, `/p/${"ä".repeat(22)}.png`, `/x${own}`,
  ];
  // What separates backgrounds is a part of any other address.
  const joined = [`https://elsewhere.example/x,${own}`, `${own},${own}`, `https://elsewhere.example/x, ${own}`];
  const html = [...hostile, ...joined].map((address) =>
    `<img src="${address}" alt="x"><img data-src="${address}" alt="x"><video poster="${address}"></video><p style="background:url('${address}')">x</p><style>.x{background:url(${address})}</style>`).join("");
  const background: [string, string][] = [["data-background-image", hostile.join(",")]];
  const stand = await Stand.start(site, [slide(`<h1>One</h1>${html}`, true, background)], {
    config: { pictures: TICKET, logo: `https://elsewhere.example${own}` },
    prepare: async (page) => {
      await page.route("**/*", (route) => {
        const url = new URL(route.request().url());
        const isOurs = url.origin === site.url && (url.pathname.startsWith("/assets/") || url.pathname.endsWith(".html"));
        return isOurs ? route.continue() : route.fulfill({ status: 404, body: "" });
      });
    },
    expectErrors: /404|Content Security Policy/,
  });
  await stand.shows("One");
  assert.deepEqual(stand.requests.filter((url) => url.includes(TICKET) || url.includes("?t=")), []);
  assert.doesNotMatch(await stand.frame.content(), /\?t=/);
  await stand.close();
});

test("no style sheet reads the ticket, and one that asks for an address as it is written still finds it", async () => {
  const spies = [
    `img[src*="?t="]`, `img[src*="s.guest" i]`, String.raw`img[\73 rc*="t=s"]`, `img[/**/src *= "guest"]`, `*|img[*|src*="?t"]`,
    `section:has(img[src$="${TICKET.slice(-3)}"]) h1`, `[style*="?t="]`, `section[data-background-image*="?t="] h1`, `.slide-background-content[style*="?t="]`,
    `.brand img[src*="?t="]`, `[data-notes*="?t="] h1`, `[data-background-hash*="?t="]`,
  ];
  const rules = spies.flatMap((selector, index) => [
    `${selector} { list-style-image: url(https://spy.example/${index}); background: url(https://spy.example/${index}b) }`,
    `@media all { @supports (color: red) { ${selector} { background: url(https://spy.example/${index}c) } } }`,
    `h1, p { & ${selector}, ~ p ${selector} { background: url(https://spy.example/${index}d) } }`,
  ]);
  const css = `${rules.join("\n")}\n@scope (img[src*="?t="]) { :scope { background: url(https://spy.example/scope) } }` +
    `\nimg[src*="/p/aaa"] { outline: 3px solid rgb(1, 2, 3) } img[src^="data:"] { outline: 3px solid rgb(4, 5, 6) }` +
    // What asks for no address is as it was.
    `\nimg[alt="a"] { background: url(https://spy.example/control) }`;
  const html = `<style>${css}</style><h1>One</h1><p><img src="${name("a")}" alt="a"><img src="data:image/gif;base64,R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==" alt="d"></p>` +
    `<p style="background:url(${name("b")})">b</p>`;
  const noted = { ...slide(html, true, [["data-background-image", name("c")]]), notes: `<img src="${name("e")}" alt="e">` };
  const stand = await Stand.start(site, [noted], {
    config: { pictures: TICKET, logo: name("d") },
    prepare: async (page) => {
      await serve(page);
      await page.route("https://spy.example/**", (route) => route.fulfill({ contentType: "image/png", body: png(1, 1) }));
    },
  });
  await stand.shows("One");
  await stand.frame.waitForFunction(() => [...document.images].every(({ complete }) => complete));
  const outlines = await stand.frame.locator("p img").evaluateAll((images) => images.map((image) => getComputedStyle(image).outlineColor));
  assert.deepEqual(outlines, ["rgb(1, 2, 3)", "rgb(4, 5, 6)"]);
  assert.deepEqual(stand.requests.filter((url) => url.includes("spy.example")), ["https://spy.example/control"]);
  await stand.close();
});

test("a ticket that could mean something else is none", async () => {
  for (const ticket of [`x" onerror="y`, "x)}*{color:red", "a b", "x&y=z", "x#y", "x".repeat(300)]) {
    const stand = await Stand.start(site, [slide(`<h1>One</h1><img src="${name("a")}" alt="a">`)], { config: { pictures: ticket }, prepare: serve });
    await stand.shows("One");
    assert.deepEqual(asked(stand), [], ticket);
    await stand.close();
  }
});

test("without a ticket nothing is asked for, and with it everything comes", async () => {
  const slides = [
    slide(`<h1>One</h1><img src="${name("a")}" alt="a"><p style="background:url(${name("b")})">b</p>`, true, [["data-background-image", name("c")]]),
    slide("<h1>Two</h1>"),
  ];
  const stand = await Stand.start(site, slides, { config: { pictures: "" }, prepare: serve });
  await stand.shows("One");
  assert.deepEqual(asked(stand), []);
  const { CONFIG } = await import("./stand.ts");
  await stand.send({ type: "patch", config: { ...CONFIG, pictures: TICKET }, patches: [], at: null });
  await stand.frame.waitForFunction(() => document.querySelector("img")?.naturalWidth === 40);
  await stand.shows("One");
  assert.deepEqual([...new Set(asked(stand))].sort(), ["a", "b", "c"].map((letter) => `${name(letter)}?t=${TICKET}`));
  // The same ticket again loads nothing again, nor does an edit beside the picture.
  const before = asked(stand).length;
  await stand.send({ type: "patch", config: { ...CONFIG, pictures: TICKET }, patches: [], at: null });
  await stand.patch([{ op: "replace", index: 0, slide: { ...slides[0]!, html: slides[0]!.html.replace("One", "More") } }]);
  await stand.shows("More");
  assert.equal(asked(stand).length, before);
  await stand.close();
});

test("a picture that cannot be shown leaves its description in its place", async () => {
  const html = `<h1>One</h1><p><img src="${name("a")}" alt="The harbour at night"></p><p>and <img src="/p/gone.png" alt=""> text</p>`;
  const stand = await Stand.start(site, [slide(html)], {
    config: { pictures: "other" }, prepare: serve, expectErrors: /403/,
  });
  await stand.shows("One");
  await stand.frame.waitForSelector("img[alt='The harbour at night'][data-missing]");
  const box = await stand.frame.locator("img[data-missing]").first().boundingBox();
  assert.ok(box && box.width > 50 && box.height > 20, JSON.stringify(box));
  assert.equal(await stand.frame.locator("p > img[alt='']").isVisible(), false);
  await stand.page.screenshot({ path: `${ARTEFACTS}/pictures-missing.png` });
  // Whoever writes beside it does not see it come and go.
  const before = asked(stand).length;
  await stand.patch([{ op: "replace", index: 0, slide: slide(html.replace("One", "More")) }]);
  await stand.shows("More");
  assert.equal(await stand.frame.locator("img[data-missing]").count(), 2);
  assert.equal(asked(stand).length, before);
  await stand.close();
});
