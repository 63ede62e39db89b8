/** What a deck may ask of reveal.js: options and attributes, by what a person sees of them. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Config, SlideHtml } from "../slides/protocol.ts";
import { EXAMPLES, openSite, type Site, until } from "./harness.ts";
import { five, slide, Stand } from "./stand.ts";

let site: Site;
before(async () => {
  site = await openSite(["slides.html", "parent.html"]);
  assert.ok(EXAMPLES);
});
after(() => site.close());

type Options = Config["options"];

function open(options: Options, slides: SlideHtml[] = five(), config: Partial<Config> = {}): Promise<Stand> {
  return Stand.open(site, slides, { role: "presenter", options, ...config });
}

/** The colour of one pixel of what is on the screen, as `r,g,b`. */
async function pixel(stand: Stand, x: number, y: number): Promise<string> {
  const shot = await stand.page.screenshot({ clip: { x, y, width: 1, height: 1 } });
  return stand.page.evaluate(async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas").getContext("2d");
    canvas?.drawImage(image, 0, 0);
    return [...(canvas?.getImageData(0, 0, 1, 1).data ?? [])].slice(0, 3).join();
  }, `data:image/png;base64,${shot.toString("base64")}`);
}

/** Waits for a pixel: pictures arrive, transitions end. */
async function turns(stand: Stand, x: number, y: number, wanted: string): Promise<void> {
  let found = "";
  await until(async () => (found = await pixel(stand, x, y)) === wanted);
  assert.equal(found, wanted);
}

/** A single colour, two by two pixels, as raster pictures come. */
const RED = "data:image/gif;base64,R0lGODlhAgACAIAAAP8AAP///yH5BAAAAAAALAAAAAACAAIAAAIChFEAOw==";

const LOOKS: [string, Options, string, string][] = [
  ["controls", { controls: false }, ".controls", "hidden"],
  ["progress", { progress: false }, ".progress", "hidden"],
  ["slide number", { slideNumber: false }, ".slide-number", "hidden"],
  ["current of total", { slideNumber: "c/t" }, ".slide-number", "1/5"],
  ["h/v", { slideNumber: "h/v" }, ".slide-number", "1"],
  ["edges", { controlsLayout: "edges" }, ".controls[data-controls-layout=edges]", "shown"],
  ["no back arrows", { controlsBackArrows: "hidden" }, ".controls[data-controls-back-arrows=hidden]", "shown"],
  ["speed", { transitionSpeed: "slow" }, ".reveal[data-transition-speed=slow]", "shown"],
  ["transition", { transition: "convex" }, ".reveal.convex", "shown"],
  ["background transition", { backgroundTransition: "zoom" }, ".reveal[data-background-transition=zoom]", "shown"],
  ["linear", { navigationMode: "linear" }, ".reveal[data-navigation-mode=linear]", "shown"],
  ["display", { display: "flex" }, ".slides > .present[style*='flex']", "shown"],
  ["right to left", { rtl: true }, ".reveal.rtl", "shown"],
];

test("options for what stands around the slides are seen", async () => {
  for (const [name, options, selector, wanted] of LOOKS) {
    const stand = await open(options);
    const element = stand.frame.locator(selector).first();
    if (wanted === "hidden") assert.equal(await element.isVisible(), false, name);
    else if (wanted === "shown") assert.equal(await element.count(), 1, name);
    else assert.equal((await element.textContent())?.replace(/\s/g, ""), wanted, name);
    await stand.close();
  }
});

test("size, margin and scale of the slides", async () => {
  const cases: [Options, (box: { width: number; height: number }) => boolean][] = [
    [{ width: 480, height: 270, margin: 0 }, ({ width, height }) => Math.round(width) === 960 && Math.round(height) === 540],
    [{ margin: 0.5 }, ({ width }) => Math.round(width) === 480],
    [{ width: 200, height: 100, margin: 0, maxScale: 1 }, ({ width }) => Math.round(width) === 200],
    [{ width: 4000, height: 4000, margin: 0, minScale: 0.5 }, ({ width }) => Math.round(width) === 2000],
    [{ width: "50%", height: "100%", margin: 0 }, ({ width }) => Math.round(width) === 480],
    [{}, ({ width, height }) => Math.abs(width / height - 16 / 9) < 0.01],
  ];
  for (const [options, fits] of cases) {
    const stand = await open(options);
    const box = await stand.frame.locator(".slides").boundingBox();
    assert.ok(box && fits(box), `${JSON.stringify(options)}: ${JSON.stringify(box)}`);
    await stand.close();
  }
});

test("slides stand in the middle, or on top with `center: false`", async () => {
  for (const center of [true, false]) {
    const stand = await open({ center, margin: 0 });
    const box = await stand.frame.locator("section.present h1").first().boundingBox();
    const middle = (box?.y ?? 0) + (box?.height ?? 0) / 2;
    assert.equal(middle > 200, center, `${middle}`);
    await stand.close();
  }
});

test("keyboard, loop, fragments, overview and navigation mode", async () => {
  const press = async (options: Options, role: Config["role"], keys: string[], at = 0) => {
    const stand = await Stand.open(site, five(), { role, options }, { index: at, fragment: -1 });
    await stand.page.locator("iframe").focus();
    for (const key of keys) await stand.page.keyboard.press(key);
    await stand.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    const state = await stand.frame.evaluate(() => ({
      title: document.querySelector(".slides > .present:not(.stack) h1, .slides > .present > .present h1")?.textContent,
      overview: document.querySelector(".reveal")?.classList.contains("overview"),
    }));
    await stand.close();
    return state;
  };
  assert.equal((await press({ keyboard: false }, "follower", ["ArrowRight"])).title, "One");
  assert.equal((await press({ keyboard: true }, "follower", ["ArrowRight"])).title, "Two");
  assert.equal((await press({}, "presenter", ["ArrowRight"], 4)).title, "Five");
  assert.equal((await press({ loop: true }, "presenter", ["ArrowRight"], 4)).title, "One");
  assert.equal((await press({ fragments: false }, "presenter", ["ArrowDown"], 1)).title, "Three");
  assert.equal((await press({ fragments: true }, "presenter", ["ArrowDown"], 1)).title, "Two");
  assert.equal((await press({ navigationMode: "linear" }, "presenter", ["ArrowRight"], 2)).title, "Four");
  assert.equal((await press({}, "presenter", ["ArrowRight"], 2)).title, "Five");
  assert.equal((await press({ overview: false }, "presenter", ["o"])).overview, false);
  assert.equal((await press({ overview: true }, "presenter", ["o"])).overview, true);
});

test("only the presenter's deck moves by itself", async () => {
  const presenter = await open({ autoSlide: 100 });
  await presenter.heard("slide");
  await presenter.close();
  const follower = await open({ autoSlide: 100 }, five(), { role: "follower" });
  assert.equal(await follower.frame.locator(".playback").count(), 0);
  await follower.close();
});

test("what the page decides a deck cannot change", async () => {
  const stand = await open({ embedded: true, hash: true, history: true, help: true, shuffle: true, previewLinks: true, preloadIframes: true, fragmentInURL: true });
  await stand.shows("One");
  await stand.page.locator("iframe").focus();
  await stand.page.keyboard.press("ArrowRight");
  await stand.shows("Two");
  assert.ok(stand.frame.url().endsWith("/slides.html"));
  assert.deepEqual(await stand.columns(), [["One"], ["Two", "Three", "Four"], ["Five"]]);
  assert.equal(await stand.frame.locator(".reveal.embedded").count(), 0);
  await stand.close();
});

test("a parallax picture lies behind all slides and moves with them", async () => {
  const stand = await open({ parallaxBackgroundImage: "/examples/harbour-day.jpg", parallaxBackgroundSize: "2000px 1200px", parallaxBackgroundHorizontal: 100 });
  const position = () => stand.frame.evaluate(() => {
    const element = document.querySelector<HTMLElement>(".backgrounds");
    return element ? `${getComputedStyle(element).backgroundImage.includes("harbour-day")} ${element.style.backgroundPosition}` : "";
  });
  assert.match(await position(), /^true (-?0px|0px) -?0px$/);
  await stand.send({ type: "go", index: 1, fragment: -1 });
  await stand.shows("Two");
  assert.match(await position(), /^true -100px /);
  await stand.close();
});

test("backgrounds of every kind are seen", async () => {
  const at = (attributes: [string, string][]) => open({ controls: false, progress: false, slideNumber: false }, [slide("<h1>One</h1>", true, attributes)]);
  const cases: [[string, string][], string][] = [
    [[["data-background", "#00ff00"]], "0,255,0"],
    [[["data-background-color", "rgb(0, 0, 255)"]], "0,0,255"],
    [[["data-background-gradient", "linear-gradient(#ff0000, #ff0000)"]], "255,0,0"],
    [[["data-background-image", RED], ["data-background-opacity", "1"]], "255,0,0"],
    [[["data-background-image", RED], ["data-background-opacity", "0.2"]], "255,204,204"],
    [[["data-background-image", RED], ["data-background-size", "20px"], ["data-background-repeat", "no-repeat"], ["data-background-position", "900px 10px"], ["data-background-color", "#0000ff"]], "255,0,0"],
    [[["data-background-image", RED], ["data-background-size", "20px"], ["data-background-repeat", "no-repeat"], ["data-background-position", "10px 10px"], ["data-background-color", "#0000ff"]], "0,0,255"],
    [[["data-background-image", RED], ["data-background-size", "20px"], ["data-background-repeat", "repeat"], ["data-background-color", "#0000ff"]], "255,0,0"],
  ];
  for (const [attributes, wanted] of cases) {
    const stand = await at(attributes);
    await turns(stand, 910, 20, wanted);
    await stand.close();
  }
  const video = await at([["data-background-video", "https://127.0.0.1:1/a.mp4"], ["data-background-video-loop", ""], ["data-background-video-muted", ""]]);
  assert.equal(await video.frame.locator(".slide-background.present video[loop] source[src='https://127.0.0.1:1/a.mp4']").count(), 1);
  await video.page.close();
  const frame = await at([["data-background-iframe", "https://example.org"], ["data-background-interactive", ""]]);
  assert.equal(await frame.frame.locator("iframe").count(), 0);
  await frame.close();
});

test("a background follows the text: typed, changed and taken away", async () => {
  const stand = await open({ controls: false, progress: false, slideNumber: false }, [slide("<h1>One</h1>")]);
  await turns(stand, 910, 20, "255,255,255");
  for (const [attributes, wanted] of [[[["data-background-color", "#0000ff"]], "0,0,255"], [[["data-background", "#00ff00"]], "0,255,0"], [[], "255,255,255"]] as [[string, string][], string][]) {
    await stand.patch([{ op: "replace", index: 0, slide: slide("<h1>One</h1>", true, attributes) }]);
    await turns(stand, 910, 20, wanted);
  }
  await stand.close();
});

test("fragments come one after the other, in the order they ask for", async () => {
  const html = `<h1>One</h1><p class="fragment" data-fragment-index="2">b</p><p class="fragment" data-fragment-index="1">a</p><p class="fragment fade-out" data-fragment-index="3">c</p>`;
  const stand = await open({ transition: "none" }, [slide(html)], { reducedMotion: true });
  const visible = () => stand.frame.evaluate(() => [...document.querySelectorAll("p.fragment")]
    .filter((one) => getComputedStyle(one).opacity !== "0" && getComputedStyle(one).visibility !== "hidden").map(({ textContent }) => textContent).join(""));
  await stand.page.locator("iframe").focus();
  const seen = [await visible()];
  for (let step = 0; step < 3; step++) {
    await stand.page.keyboard.press("ArrowRight");
    await stand.heard("slide", step + 1);
    seen.push(await visible());
  }
  assert.deepEqual(seen, ["c", "ac", "bac", "ba"]);
  await stand.close();
});

test("auto-animate moves what two slides share, and not for those who want no motion", async () => {
  const slides = [
    slide(`<h1>One</h1><div data-id="box" style="width: 50px; height: 50px; background: teal"></div>`, true, [["data-auto-animate", ""]]),
    slide(`<h1>Two</h1><div data-id="box" style="width: 400px; height: 50px; background: teal"></div>`, true, [["data-auto-animate", ""]]),
  ];
  for (const reducedMotion of [false, true]) {
    const stand = await open({}, slides, { reducedMotion });
    await stand.page.locator("iframe").focus();
    await stand.page.keyboard.press("ArrowRight");
    await stand.shows("Two");
    assert.equal(await stand.frame.locator("[data-auto-animate-target]").count() > 0, !reducedMotion);
    await stand.close();
  }
});

test("a state is on the page while its slide is shown", async () => {
  const slides = [slide("<h1>One</h1>", true, [["data-state", "calm"]]), slide("<h1>Two</h1>")];
  const stand = await open({}, slides);
  await stand.frame.locator(".reveal-viewport.calm").waitFor();
  await stand.send({ type: "go", index: 1, fragment: -1 });
  await stand.shows("Two");
  assert.equal(await stand.frame.locator(".reveal-viewport.calm").count(), 0);
  await stand.close();
});

test("language and direction reach the text, and lists stand on the right in a right-to-left deck", async () => {
  for (const theme of [null, "white"]) {
    const stand = await open({ controls: false }, [slide(`<h1>שלום</h1><ul><li>אחת</li></ul>`)], { theme, lang: "he", dir: "rtl" });
    assert.equal(await stand.frame.locator("html[lang=he][dir=rtl]").count(), 1);
    const [text, list] = await stand.frame.evaluate(() => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector(".present li") as Node);
      return [range.getBoundingClientRect().right, document.querySelector(".present ul")?.getBoundingClientRect().right ?? 0];
    });
    assert.ok(Number(list) - Number(text) < 60, `${theme}: text ends at ${text}, list at ${list}`);
    await stand.close();
  }
});
