/** Fit: what does not fit its slide is made smaller, no further than it must be, and equally everywhere. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Config, SlideHtml } from "../slides/protocol.ts";
import { openSite, type Site } from "./harness.ts";
import { CONFIG, type Screen, slide, Stand } from "./stand.ts";

let site: Site;
before(async () => {
  site = await openSite(["slides.html", "parent.html"]);
});
after(() => site.close());

/** A slide with a title and so many points. */
function points(count: number, attributes: [string, string][] = [], more = ""): SlideHtml {
  const items = Array.from({ length: count }, (_, at) => `<li>Point ${at}: something that one line of a slide can hold</li>`);
  return slide(`<h1>Points</h1><ul>${items.join("")}</ul>${more}`, true, attributes);
}

type Seen = { text: number; bottom: number; top: number; own: string };

/** What a person sees of the current slide, in units of the slide. */
function seen(stand: Stand, selector = "li"): Promise<Seen> {
  return stand.frame.evaluate((wanted) => {
    const section = document.querySelector<HTMLElement>("section.present:not(.stack)");
    const slides = document.querySelector<HTMLElement>(".slides");
    const element = section?.querySelector<HTMLElement>(wanted);
    if (!section || !slides || !element) throw new Error(`no ${wanted}`);
    const box = slides.getBoundingClientRect();
    const scale = box.height / slides.offsetHeight;
    const zoom = (at: Element | null): number =>
      at && at !== section ? (Number(getComputedStyle(at).zoom) || 1) * zoom(at.parentElement) : 1;
    const content = [...section.querySelectorAll("*")].filter((child) => child.getClientRects().length > 0 && !child.matches("style"));
    return {
      text: Math.round(Number.parseFloat(getComputedStyle(element).fontSize) * zoom(element) * 10) / 10,
      top: Math.round((Math.min(...content.map((child) => child.getBoundingClientRect().top)) - box.top) / scale),
      bottom: Math.round((Math.max(...content.map((child) => child.getBoundingClientRect().bottom)) - box.top) / scale),
      own: section.style.fontSize,
    };
  }, selector);
}

test("text is stepped down by two pixels, from 32 to 24, only as far as it must be", async () => {
  const stand = await Stand.open(site, [points(3)]);
  const sizes: number[] = [];
  for (let count = 3; count <= 16; count++) {
    await stand.patch([{ op: "replace", index: 0, slide: points(count) }]);
    await stand.frame.waitForFunction((wanted) => document.querySelectorAll(".present li").length === wanted, count);
    const { text, top, bottom } = await seen(stand);
    sizes.push(text);
    if (text > 24) assert.ok(top >= 0 && bottom <= 540, `${count} points: ${top}..${bottom} at ${text}`);
  }
  assert.deepEqual([...new Set(sizes)], [32, 30, 28, 26, 24]);
  assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a));
  await stand.close();
});

test("the size is the same whatever the deck looked like before, and on the way back", async () => {
  const counts = [3, 9, 12, 8, 30, 10, 4];
  const fresh: number[] = [];
  for (const count of counts) {
    const stand = await Stand.open(site, [points(count)]);
    fresh.push((await seen(stand)).text);
    await stand.close();
  }
  const stand = await Stand.open(site, [points(1)]);
  const typed: number[] = [];
  for (const count of counts) {
    await stand.patch([{ op: "replace", index: 0, slide: points(count) }]);
    await stand.frame.waitForFunction((wanted) => document.querySelectorAll(".present li").length === wanted, count);
    typed.push((await seen(stand)).text);
  }
  assert.deepEqual(typed, fresh);
  await stand.close();
});

test("every screen and every role has the same size and the same lines", async () => {
  const text = "A longer line of words that has to break somewhere, and the place must be the same for everybody who looks at it. ";
  const slides = [5, 8, 9, 10, 11, 12].map((count) => points(count, [], `<p>${text}</p>`));
  for (const one of slides) one.notes = "<p>note</p>".repeat(30);
  const screens: Screen[] = [
    { width: 960, height: 540 }, { width: 1920, height: 1080 }, { width: 1024, height: 768 },
    { width: 360, height: 640, density: 3 }, { width: 700, height: 400, density: 1.25 },
  ];
  const roles: Config["role"][] = ["preview", "presenter", "follower"];
  const results = new Set<string>();
  for (const [at, screen] of screens.entries()) {
    const role = roles[at % roles.length] ?? "preview";
    const stand = await Stand.open(site, slides, { role }, null, screen);
    const found: string[] = [];
    for (const index of slides.keys()) {
      await stand.send({ type: "go", index, fragment: -1 });
      await stand.frame.waitForFunction((wanted) => document.querySelector(".present")?.getAttribute("aria-label")?.startsWith(`Slide ${wanted} `), index + 1);
      found.push(await stand.frame.evaluate(() => {
        const section = document.querySelector<HTMLElement>("section.present");
        return `${section?.style.fontSize} ${section?.offsetHeight}`;
      }));
    }
    results.add(found.join("; "));
    await stand.close();
  }
  assert.equal(results.size, 1, [...results].join("\n"));
});

test("slides opt out, and a theme of reveal.js is left alone until it overflows", async () => {
  const off = await Stand.open(site, [points(16, [["data-fit", "off"]])]);
  assert.equal((await seen(off)).text, 32);
  await off.close();
  const white = await Stand.open(site, [points(7)], { theme: "white" });
  assert.equal((await seen(white)).text, 42);
  await white.patch([{ op: "replace", index: 0, slide: points(13) }]);
  await white.frame.waitForFunction(() => document.querySelectorAll(".present li").length === 13);
  const { text, bottom } = await seen(white);
  assert.ok(text < 42 && text >= 42 * 0.75, `${text}`);
  assert.ok(bottom <= 700, `${bottom}`);
  await white.close();
});

test("a deck that sets its own sizes keeps them, and is made smaller as a whole when it overflows", async () => {
  const style = `<style>.slides li { font-size: 28px } .slides h1 { font-size: 40px }</style>`;
  const first = (count: number) => ({ ...points(count), html: style + points(count).html });
  const stand = await Stand.open(site, [first(4)]);
  assert.equal((await seen(stand)).text, 28);
  assert.equal((await seen(stand, "h1")).text, 40);
  await stand.patch([{ op: "replace", index: 0, slide: first(11) }]);
  await stand.frame.waitForFunction(() => document.querySelectorAll(".present li").length === 11);
  const [item, title] = [await seen(stand), await seen(stand, "h1")];
  assert.ok(item.text < 28 && item.text >= 21, `${item.text}`);
  assert.equal(Math.round(title.text / item.text * 100), Math.round(40 / 28 * 100));
  assert.ok(item.bottom <= 540);
  assert.equal(item.own, "");
  await stand.close();
});

test("a style sheet on another slide changes the fit of this one", async () => {
  const stand = await Stand.open(site, [points(12), slide("<h1>Styles</h1>")]);
  assert.ok((await seen(stand)).text < 32);
  await stand.patch([{ op: "replace", index: 1, slide: slide("<h1>Styles</h1><style>.slides li { font-size: 20px }</style>") }]);
  await stand.frame.waitForFunction(() => document.querySelector(".present li")?.getBoundingClientRect().height !== undefined && getComputedStyle(document.querySelector(".present li") as Element).fontSize === "20px");
  const { text, bottom } = await seen(stand);
  assert.equal(text, 20);
  assert.ok(bottom <= 540);
  await stand.close();
});

test("fragments count as if they were visible, notes do not count", async () => {
  const items = (name: string) => Array.from({ length: 10 }, (_, at) => `<li class="${name}">Point ${at} of a slide with fragments</li>`).join("");
  const sizes: number[] = [];
  for (const name of ["", "fragment", "fragment fade-up"]) {
    const one = slide(`<h1>One</h1><ul>${items(name)}</ul>`);
    one.notes = "<p>a long note</p>".repeat(name === "fragment" ? 50 : 0);
    const stand = await Stand.open(site, [one], { role: "presenter" });
    sizes.push((await seen(stand)).text);
    await stand.close();
  }
  assert.equal(new Set(sizes).size, 1, `${sizes}`);
});

/** A picture as a file of its own would be, of a size. */
function picture(width: number, height: number): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="teal"/></svg>`;
  return `<img alt="teal" src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}">`;
}

test("a picture gives way to the text below it, and a picture alone takes the slide", async () => {
  const stand = await Stand.open(site, [slide(`<h1>One</h1><p>${picture(1600, 1200)}</p><ul><li>what it shows</li><li>and more</li></ul>`), slide(`<p>${picture(1600, 1200)}</p>`)]);
  await stand.frame.waitForFunction(() => document.querySelector("img")?.complete && document.querySelector("section.present")?.hasAttribute("data-fit-pictures"));
  const both = await seen(stand);
  assert.equal(both.text, 32);
  assert.ok(both.bottom <= 540 && both.top >= 0, `${both.top}..${both.bottom}`);
  await stand.send({ type: "go", index: 1, fragment: -1 });
  await stand.frame.waitForFunction(() => document.querySelector(".present img[alt=teal]")?.closest("[data-look=picture]"));
  const height = await stand.frame.evaluate(() => document.querySelector<HTMLElement>(".present img")?.offsetHeight);
  assert.ok(Number(height) > 470 && Number(height) <= 540, `${height}`);
  await stand.close();
});

test("what stands somewhere by position neither shrinks the text nor moves", async () => {
  const placed = `<div style="position: absolute; left: 20px; top: 900px; width: 100px" id="placed">far below</div>`;
  const stand = await Stand.open(site, [slide(`<h1>One</h1><ul><li>a</li></ul>${placed}`)], { theme: "white" });
  assert.equal((await seen(stand)).text, 42);
  await stand.patch([{ op: "replace", index: 0, slide: points(11, [], placed) }]);
  await stand.frame.waitForFunction(() => document.querySelectorAll(".present li").length === 11);
  assert.ok((await seen(stand)).text < 42);
  assert.equal(await stand.frame.evaluate(() => document.querySelector<HTMLElement>("#user-content-placed")?.offsetTop), 900);
  await stand.close();
});

test("a stretched element takes the room that is left when the text has been fitted", async () => {
  const stand = await Stand.open(site, [points(8, [], `<div class="r-stretch" style="background: teal">rest</div>`)]);
  const room = await stand.frame.evaluate(() => {
    const element = document.querySelector<HTMLElement>(".r-stretch");
    return { height: element?.offsetHeight ?? 0, slide: element?.parentElement?.offsetHeight ?? 0 };
  });
  assert.ok(room.height >= 100, `${room.height}`);
  assert.ok(Math.abs(room.slide - 540) <= 2, `${room.slide}`);
  await stand.close();
});

test("no slide is ever seen unfitted", async () => {
  const slides = [slide("<h1>One</h1>"), points(12), points(16), slide("<h1>Four</h1>")];
  const stand = await Stand.open(site, slides, { role: "presenter", options: { transition: "slide" } });
  await stand.frame.evaluate(() => {
    const w = window as Window & { bad?: string[] };
    w.bad = [];
    const look = () => {
      const section = document.querySelector<HTMLElement>("section.present:not(.stack)");
      const list = section?.querySelectorAll("li").length ?? 0;
      if (section && list > 10 && section.style.fontSize === "") w.bad?.push(`${list}`);
      requestAnimationFrame(look);
    };
    look();
  });
  await stand.page.locator("iframe").focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight", "ArrowRight"]) await stand.page.keyboard.press(key);
  await stand.shows("Four");
  await stand.patch([{ op: "replace", index: 3, slide: points(13) }]);
  await stand.frame.waitForFunction(() => document.querySelectorAll(".present li").length === 13);
  assert.deepEqual(await stand.frame.evaluate(() => (window as Window & { bad?: string[] }).bad), []);
  await stand.close();
});

test("the author is told which slides do not fit, once for every change", async () => {
  const stand = await Stand.open(site, [points(3), points(40), points(4), points(50)]);
  assert.deepEqual(await stand.heard("overflow"), [{ type: "overflow", slides: [1, 3] }]);
  await stand.patch([{ op: "remove", index: 0 }, { op: "replace", index: 1, slide: points(5) }]);
  assert.deepEqual((await stand.heard("overflow", 2)).at(-1), { type: "overflow", slides: [0, 2] });
  await stand.patch([{ op: "replace", index: 0, slide: points(2) }, { op: "replace", index: 2, slide: points(2) }]);
  assert.deepEqual((await stand.heard("overflow", 3)).at(-1), { type: "overflow", slides: [] });
  await stand.close();
  const follower = await Stand.open(site, [points(40)], { role: "follower" });
  await follower.shows("Points");
  await follower.frame.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve, { timeout: 500 })));
  assert.deepEqual(await follower.messages("overflow"), []);
  await follower.close();
});

test("a slide that is typed on lies where reveal.js would put it", async () => {
  for (const theme of [null, "white", "serif"]) {
    const stand = await Stand.open(site, [points(2), points(3)], { ...CONFIG, theme });
    for (const count of [1, 4, 9, 2]) {
      await stand.patch([{ op: "replace", index: 0, slide: points(count) }]);
      await stand.frame.waitForFunction((wanted) => document.querySelectorAll(".present li").length === wanted, count);
      const typed = await stand.frame.evaluate(() => document.querySelector<HTMLElement>("section.present")?.style.top);
      await stand.send({ type: "layout" });
      await stand.send({ type: "go", index: 0, fragment: -1 });
      await stand.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
      const laidOut = await stand.frame.evaluate(() => document.querySelector<HTMLElement>("section.present")?.style.top);
      assert.equal(typed, laidOut, `${theme} ${count}`);
    }
    await stand.close();
  }
});

test("a deck that loops fits its first slide before it is shown again, and slides as large as the window fit anew", async () => {
  const loop = await Stand.open(site, [points(12), slide("<h1>Two</h1>")], { role: "presenter", options: { loop: true } }, { index: 1, fragment: -1 });
  await loop.page.locator("iframe").focus();
  await loop.page.keyboard.press("ArrowRight");
  await loop.shows("Points");
  assert.ok((await seen(loop)).text < 32);
  await loop.close();
  const stand = await Stand.open(site, [points(9)], { options: { width: "100%", height: "100%", margin: 0 } });
  const before = (await seen(stand)).text;
  await stand.page.setViewportSize({ width: 960, height: 1000 });
  await stand.frame.waitForFunction(() => document.querySelector<HTMLElement>(".slides")?.offsetHeight === 1000 && document.querySelector<HTMLElement>("section.present")?.style.fontSize === "");
  assert.ok(before < 32);
  assert.equal((await seen(stand)).text, 32);
  await stand.close();
});
