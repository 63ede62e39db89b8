/** Keys, the overview and the scroll view in the slides frame: what they show, and what counts as leaving the presenter. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openSite, type Site } from "./harness.ts";
import { CONFIG, slide, Stand } from "./stand.ts";

let site: Site;
before(async () => {
  site = await openSite(["slides.html", "parent.html"]);
});
after(() => site.close());

const PHONE = { width: 390, height: 780 };

/** Two columns of two and one of one; the second slide has two steps. */
function columns() {
  return [
    slide("<h1>One</h1>"),
    slide(`<h1>Two</h1><p class="fragment">a</p><p class="fragment">b</p>`, false),
    slide("<h1>Three</h1>"),
    slide("<h1>Four</h1>", false),
    slide("<h1>Five</h1>"),
  ];
}

async function places(stand: Stand) {
  return (await stand.messages("place")).map((message) => message.type === "place" && [message.index, message.fragment, message.fragments]);
}

/** Each key, pressed in the frame or handed over by the page, and the slide and steps that it leads to. */
const KEYS: readonly (readonly [from: readonly [number, number], key: string, title: string, steps?: number])[] = [
  [[0, -1], "ArrowRight", "Three"], [[0, -1], "l", "Three"], [[2, -1], "ArrowLeft", "One"], [[2, -1], "h", "One"],
  [[0, -1], "ArrowDown", "Two"], [[0, -1], "j", "Two"], [[3, -1], "ArrowUp", "Three"], [[3, -1], "k", "Three"],
  [[1, -1], " ", "Two", 1], [[1, -1], "n", "Two", 1], [[1, -1], "PageDown", "Two", 1],
  [[1, 0], "Shift+ ", "Two", 0], [[1, 0], "p", "Two", 0], [[1, 0], "PageUp", "Two", 0],
  [[1, -1], "Alt+ArrowRight", "Three"], [[1, -1], "Alt+n", "Three"],
  [[0, -1], "Shift+ArrowRight", "Five"], [[4, -1], "Shift+ArrowLeft", "One"], [[0, -1], "Shift+L", "Five"],
  [[2, -1], "Shift+J", "Four"], [[3, -1], "Shift+ArrowUp", "Three"],
  [[0, -1], "End", "Five"], [[4, -1], "Home", "One"],
];

test("all keys of the deck do the same in the frame and from the page", async () => {
  const stand = await Stand.open(site, columns(), { role: "follower" });
  const steps = (count: number) => stand.frame.waitForFunction(
    (wanted) => document.querySelectorAll("section.present:not(.stack) .fragment.visible").length === wanted, count);
  for (const [[index, fragment], pressed, title, count = 0] of KEYS) {
    const parts = pressed.split("+");
    const key = parts.at(-1) ?? "";
    for (const isForwarded of [false, true]) {
      await stand.send({ type: "go", index, fragment });
      await stand.shows(["One", "Two", "Three", "Four", "Five"][index] ?? "");
      if (isForwarded) {
        const [shift, alt] = [parts.includes("Shift"), parts.includes("Alt")];
        await stand.send({ type: "key", key: key.length === 1 ? key.toLowerCase() : key, shift, alt, ctrl: false });
      } else {
        await stand.page.locator("iframe").focus();
        await stand.page.keyboard.press(pressed === "Shift+ " ? "Shift+Space" : pressed);
      }
      await stand.shows(title).catch(() => assert.fail(`${pressed} from ${index}, forwarded: ${isForwarded}`));
      await steps(count);
    }
  }
  await stand.close();
});

test("without single keys only letters and signs are silent", async () => {
  const stand = await Stand.open(site, columns(), { role: "follower", singleKeys: false });
  await stand.page.locator("iframe").focus();
  for (const key of ["l", "n", "b", "?", "o", "g", "r"]) await stand.page.keyboard.press(key);
  await stand.page.keyboard.press("ArrowRight");
  await stand.shows("Three");
  assert.deepEqual(await stand.messages("key"), []);
  assert.deepEqual(await stand.messages("overview"), []);
  await stand.close();
});

test("G jumps to the number that everybody sees", async () => {
  const stand = await Stand.open(site, columns(), { role: "follower", words: { slide: "Folie {0} von {1}", jump: "Wohin?" } });
  await stand.page.locator("iframe").focus();
  await stand.page.keyboard.press("g");
  const field = stand.frame.getByLabel("Wohin?");
  // While it is typed nobody goes along.
  await field.pressSequentially("4");
  await stand.page.keyboard.press("Enter");
  await field.waitFor({ state: "detached" });
  await stand.heard("place", 2);
  assert.deepEqual((await places(stand)).map((place) => place && place[0]), [0, 3]);
  await stand.shows("Four");
  assert.equal(await stand.frame.locator("section.present:not(.stack)").getAttribute("aria-label"), "Folie 4 von 5, Four");
  await stand.close();
});

test("what is shown is told with its steps, whoever changed it", async () => {
  const stand = await Stand.open(site, columns(), { role: "presenter" }, { index: 1, fragment: 0 });
  await stand.shows("Two");
  await stand.send({ type: "go", index: 2, fragment: -1 });
  await stand.page.locator("iframe").focus();
  await stand.page.keyboard.press("ArrowRight");
  await stand.shows("Five");
  await stand.patch([{ op: "insert", index: 0, slide: slide("<h1>Zero</h1>") }]);
  await stand.heard("place", 4);
  assert.deepEqual(await places(stand), [[1, 0, 2], [2, -1, 0], [4, -1, 0], [5, -1, 0]]);
  const preview = await Stand.open(site, columns());
  assert.deepEqual(await preview.messages("place"), []);
  await preview.close();
  await stand.close();
});

test("only the title is said, once, and a slide that is renumbered is not said again", async () => {
  const stand = await Stand.open(site, columns(), { role: "follower" });
  await stand.send({ type: "go", index: 2, fragment: -1 });
  await stand.shows("Three");
  const status = stand.frame.locator("[role=status]");
  assert.equal(await status.textContent(), "Three");
  await stand.frame.evaluate(() => {
    const target = document.querySelector("[role=status]");
    if (target) new MutationObserver(() => (window.ran = true)).observe(target, { childList: true, characterData: true, subtree: true });
  });
  await stand.patch([{ op: "insert", index: 0, slide: slide("<h1>Zero</h1>") }]);
  await stand.heard("place", 3);
  assert.equal(await stand.frame.evaluate(() => window.ran), undefined);
  assert.equal(await stand.frame.locator("section[role=region]").count(), 6);
  assert.equal(await stand.frame.locator("[aria-live=polite]:not([role=status]), [role=application]").count(), 0);
  await stand.close();
});

test("slides under the same heading are said each, and by their numbers", async () => {
  const slides = ["Ops", "Ops", "Ops", "Docs"].map((name, index) => slide(`<h1>${name}</h1><p>${index}</p>`, index % 3 === 0));
  const stand = await Stand.open(site, slides, { role: "follower", words: { slide: "Folie {0} von {1}", jump: "" } });
  const status = stand.frame.locator("[role=status]");
  const says = (text: string) => status.filter({ hasText: new RegExp(`^${text}$`) }).waitFor({ state: "attached" });
  for (const [index, text] of [[1, "Ops"], [2, "Ops, Folie 3"], [1, "Ops, Folie 2"], [3, "Docs"], [0, "Ops"], [1, "Ops, Folie 2"]] as const) {
    await stand.send({ type: "go", index, fragment: -1 });
    await says(text);
  }
  // Another slide takes the number of the one that goes.
  await stand.send({ type: "go", index: 3, fragment: -1 });
  await says("Docs");
  await stand.patch([{ op: "insert", index: 4, slide: slide("<h1>Docs</h1><p>last</p>", false) }]);
  await stand.patch([{ op: "remove", index: 3 }]);
  await says("Docs, Folie 4");
  // The whole deck anew is no other slide.
  await stand.frame.evaluate(() => {
    const target = document.querySelector("[role=status]");
    if (target) new MutationObserver(() => (window.ran = true)).observe(target, { childList: true, characterData: true, subtree: true });
  });
  slides[3] = slide("<h1>Docs</h1><p>anew</p>");
  await stand.send({ type: "deck", config: { ...CONFIG, role: "follower" }, slides, at: { index: 3, fragment: -1 } });
  await stand.frame.waitForFunction(() => document.querySelector(".slides > .present p")?.textContent === "anew");
  assert.equal(await stand.frame.evaluate(() => window.ran), undefined);
  await stand.close();
});

test("a slide that is moved keeps its element, and nobody sees another one", async () => {
  const stand = await Stand.open(site, columns(), { role: "follower" }, { index: 3, fragment: -1 });
  await stand.shows("Four");
  await stand.frame.evaluate(() => {
    document.querySelector(".present .present")?.setAttribute("data-probe", "1");
    const seen: string[] = [];
    Object.assign(window, { seen });
    new MutationObserver(() => seen.push(document.querySelector(".present:not(.stack) h1")?.textContent ?? ""))
      .observe(document.querySelector(".slides") as Element, { attributes: true, attributeFilter: ["class"], subtree: true });
  });
  const moved = columns()[3] ?? slide("");
  await stand.patch([{ op: "remove", index: 3 }, { op: "insert", index: 0, slide: { ...moved, column: true } }], { index: 0, fragment: -1 });
  await stand.frame.waitForSelector(".slides > [data-probe].present");
  await stand.shows("Four");
  await stand.patch([{ op: "insert", index: 5, slide: moved }, { op: "remove", index: 0 }], { index: 4, fragment: -1 });
  await stand.frame.waitForSelector(".stack [data-probe].present");
  await stand.shows("Four");
  assert.deepEqual(await stand.columns(), [["One", "Two"], ["Three"], ["Five", "Four"]]);
  assert.deepEqual(await stand.messages("slide"), []);
  await stand.close();
});

test("the overview leaves nobody until a slide is chosen", async () => {
  const stand = await Stand.open(site, columns(), { role: "follower" });
  await stand.send({ type: "follow", on: true });
  await stand.page.locator("iframe").focus();
  await stand.page.keyboard.press("o");
  await stand.heard("overview");
  await stand.page.keyboard.press("ArrowRight");
  await stand.send({ type: "go", index: 3, fragment: -1 });
  await stand.patch([{ op: "insert", index: 0, slide: slide("<h1>Zero</h1>") }], { index: 4, fragment: -1 });
  await stand.page.keyboard.press("ArrowLeft");
  await stand.page.keyboard.press("Escape");
  await stand.heard("overview", 2);
  await stand.shows("Four");
  assert.deepEqual([...(await stand.messages("roam")), ...(await stand.messages("slide"))], []);
  await stand.page.keyboard.press("o");
  await stand.heard("overview", 3);
  await stand.frame.locator("section", { hasText: "Five" }).last().click();
  await stand.heard("roam");
  await stand.shows("Five");
  await stand.send({ type: "follow", on: true });
  await stand.page.keyboard.press("o");
  await stand.heard("overview", 5);
  await stand.send({ type: "return" });
  await stand.heard("overview", 6);
  assert.equal((await stand.messages("roam")).length, 1);
  await stand.close();
});

test("on a phone all slides are scrolled, the presenter's moves are scrolls, and only the person's leave", async () => {
  const stand = await Stand.start(site, columns(), { config: { role: "follower", scroll: true }, at: { index: 2, fragment: -1 }, screen: PHONE });
  await stand.send({ type: "follow", on: true });
  const shows = (title: string, steps = 0) => stand.frame.waitForFunction(([wanted, count]) => {
    const shown = document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest("section") ??
      document.elementsFromPoint(innerWidth / 2, innerHeight / 2).map((e) => e.querySelector("section")).find(Boolean);
    return document.body.classList.contains("reveal-scroll") && shown?.querySelector("h1")?.textContent === wanted &&
      shown.querySelectorAll(".fragment.visible").length === count && document.querySelectorAll("section.present").length === 1;
  }, [title, steps] as const);
  await shows("Three");
  await stand.send({ type: "go", index: 1, fragment: 0 });
  await shows("Two", 1);
  await stand.send({ type: "go", index: 3, fragment: -1 });
  await shows("Four");
  // Neither typing nor a new order moves it.
  await stand.patch([{ op: "replace", index: 3, slide: slide("<h1>Four!</h1><p>more</p>", false) }]);
  await shows("Four!");
  await stand.patch([{ op: "replace", index: 0, slide: slide(`<h1>One</h1><p class="fragment">a step</p>`) }]);
  await stand.frame.waitForSelector("section .fragment:text('a step')", { state: "attached" });
  await shows("Four!");
  await stand.patch([{ op: "insert", index: 0, slide: slide("<h1>Zero</h1>") }, { op: "remove", index: 2 }]);
  await shows("Four!");
  await stand.patch([{ op: "replace", index: 0, slide: slide("<h1>Null</h1>") }]);
  await shows("Four!");
  await stand.page.setViewportSize({ width: 390, height: 700 });
  await shows("Four!");
  assert.deepEqual([...(await stand.messages("roam")), ...(await stand.messages("slide"))], []);
  // Held the other way round it is a slide again, and back.
  await stand.send({ type: "patch", config: { ...CONFIG, role: "follower", scroll: false }, patches: [] });
  await stand.shows("Four!");
  assert.deepEqual(await stand.columns(), [["Null"], ["One"], ["Three", "Four!"], ["Five"]]);
  await stand.send({ type: "patch", config: { ...CONFIG, role: "follower", scroll: true }, patches: [] });
  await shows("Four!");
  await stand.page.mouse.move(195, 350);
  await stand.page.mouse.wheel(0, -700);
  await stand.heard("roam");
  await shows("Three");
  const moved = (await stand.heard("slide")).at(-1);
  assert.deepEqual(moved, { type: "slide", index: 2, fragment: -1, by: "user", move: 1 });
  await stand.close();
});

test("what still scrolls when the slides are put somewhere, as after a flick, takes nobody away", async () => {
  const slides = ["One", "Two", "Three"].map((title) => slide(`<h1>${title}</h1>`));
  const stand = await Stand.start(site, slides, { config: { role: "follower", scroll: true }, screen: PHONE });
  await stand.send({ type: "follow", on: true });
  const at = (pages: number) => stand.frame.waitForFunction((pages) => document.body.scrollTop === pages * document.body.offsetHeight, pages);
  const scroll = (pages: number) => stand.frame.evaluate((pages) => (document.body.scrollTop = pages * document.body.offsetHeight), pages);
  const timeIs = (now: number) => stand.frame.evaluate((now) => void (performance.now = () => now), now);
  await timeIs(10_000);
  await stand.send({ type: "go", index: 1, fragment: -1 });
  await at(1);
  for (const pages of [2, 0]) {
    await scroll(pages);
    await at(1);
  }
  assert.deepEqual([...(await stand.messages("roam")), ...(await stand.messages("slide"))], []);
  // No finger scrolls for a screen reader.
  await timeIs(11_000);
  await scroll(2);
  await stand.heard("roam");
  assert.deepEqual(await stand.heard("slide"), [{ type: "slide", index: 2, fragment: -1, by: "user", move: 1 }]);
  await at(2);
  await stand.close();
});

test("what is new on the slide fades in within 150 ms, but not what is typed on or for those who want no motion", async () => {
  const fading = async (stand: Stand, html: string) => {
    // Written down as it begins: on a slow machine it has ended before a test can look.
    const begun = await stand.frame.evaluateHandle(() => {
      const begun: (string | number | null | undefined)[][] = [];
      const { animate } = Element.prototype;
      Element.prototype.animate = function (frames, options) {
        begun.push([this.textContent, typeof options === "object" ? Number(options.duration) : options]);
        return animate.call(this, frames, options);
      };
      return begun;
    });
    await stand.patch([{ op: "replace", index: 0, slide: slide(html) }]);
    await stand.frame.waitForFunction((wanted) => document.querySelector("section.present")?.innerHTML === wanted, html);
    return begun.evaluate((begun) => begun);
  };
  const stand = await Stand.start(site, [slide("<h1>One</h1><p>Some text</p>")], { config: { role: "follower" } });
  assert.deepEqual(await fading(stand, "<h1>One</h1><p>Some texts</p>"), []);
  assert.deepEqual(await fading(stand, "<h1>One</h1><p>Some texts</p><p>Something new</p>"), [["Something new", 150]]);
  await stand.close();
  const still = await Stand.start(site, [slide("<h1>One</h1>")], { config: { role: "follower", reducedMotion: true } });
  assert.deepEqual(await fading(still, "<h1>One</h1><p>Something new</p>"), []);
  await still.close();
});
