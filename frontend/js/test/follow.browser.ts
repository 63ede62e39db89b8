/** The audience's page: it is where the presenter is, until the person looks around. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { Audience, deck, LIVE, named } from "./audience.ts";
import { ARTEFACTS, openSite, type Site, stopTime } from "./harness.ts";

let site: Site;
before(async () => {
  await mkdir(ARTEFACTS, { recursive: true });
  site = await openSite(["slides.html"]);
});
after(() => site.close());

test("whoever comes late is on the slide and the step of the presenter", async () => {
  const fay = await Audience.open(site, { deck: deck({ ...LIVE, slide: 3, fragment: 1 }) });
  await fay.sees("Delta", 2);
  await fay.isIn("following");
  await fay.waits("slide-position", "4/6 · Delta");
  assert.equal(await fay.page.title(), "Community call · Ondeck");
  assert.deepEqual(fay.sockets, ["r1-1"]);
  await fay.page.screenshot({ path: `${ARTEFACTS}/follow-late.png` });
  // Nothing that this deck does not need: no maths, no other theme, no font twice over.
  const needed = /^(code|deck|favicon\.svg|slides\.html|(follow|slides|theme-ondeck)-\w+\.(js|css)|inter-latin-wght-normal-\w+\.woff2)$/;
  assert.deepEqual(fay.files.filter((name) => !needed.test(name)), []);
  await fay.close();
});

test("slides, steps and edits arrive, each with its position, and move nothing else", async () => {
  const fay = await Audience.open(site);
  await fay.sees("Gamma");
  fay.go(3, 0);
  await fay.sees("Delta", 1);
  // Somebody puts a slide before it, and the presenter goes on, in one message.
  fay.tell({
    type: "patch",
    revision: "r1-2",
    patches: [{ op: "insert", index: 0, slide: named("Zero") }],
    titles: ["Zero", ...fay.deck.titles],
    sections: ["Zero", ...fay.deck.titles].map((title, index) => [title, index, 1]),
    state: { ...LIVE, slide: 4, fragment: 0 },
  });
  await fay.waits("slide-position", "5/7 · Delta");
  await fay.sees("Delta", 1);
  assert.deepEqual(await fay.heard("roam", 1), [{ type: "roam", on: false }]);
  await fay.close();
});

test("a person's own key looks around, R returns, and the server hears of both", async () => {
  const fay = await Audience.open(site);
  await fay.sees("Gamma");
  await fay.page.keyboard.press("ArrowRight");
  await fay.sees("Delta");
  await fay.isIn("roaming");
  await fay.waits("return", "Presenter: 3 · Gamma");
  fay.go(1);
  await fay.waits("return", "Presenter: 2 · Beta");
  await fay.sees("Delta");
  await fay.page.screenshot({ path: `${ARTEFACTS}/follow-roaming.png` });
  await fay.page.keyboard.press("r");
  await fay.sees("Beta");
  await fay.isIn("following");
  fay.go(4);
  await fay.sees("Epsilon");
  assert.deepEqual((await fay.heard("roam", 3)).map((message) => message.type === "roam" && message.on), [false, true, false]);
  await fay.close();
});

test("before, after and without a presenter the page says so, and the slides are the person's", async () => {
  const fay = await Audience.open(site, { deck: deck({ phase: "waiting", slide: 0, fragment: -1, blackout: false }) });
  await fay.sees("Alpha");
  await fay.isIn("waiting");
  await fay.page.screenshot({ path: `${ARTEFACTS}/follow-waiting.png` });
  await fay.page.keyboard.press("ArrowRight");
  await fay.sees("Beta");
  await fay.isIn("waiting");
  fay.go(3, 0);
  await fay.sees("Delta", 1);
  await fay.isIn("following");
  fay.tell({ type: "state", state: { ...LIVE, phase: "away", slide: 3, fragment: 0 } });
  await fay.isIn("away");
  await fay.waits("follow-state", "Waiting for presenter");
  await fay.sees("Delta", 1);
  fay.tell({ type: "state", state: { ...LIVE, phase: "ended", slide: 0 } });
  await fay.isIn("ended");
  await fay.sees("Delta", 1);
  await fay.page.screenshot({ path: `${ARTEFACTS}/follow-ended.png` });
  await fay.page.keyboard.press("Alt+ArrowRight");
  await fay.sees("Epsilon");
  await fay.isIn("ended");
  await fay.close();
});

test("in the dark nothing is seen, and whoever looks around has light", async () => {
  const fay = await Audience.open(site, { deck: deck({ ...LIVE, blackout: true }) });
  const frame = await fay.slides();
  const dark = frame.locator(".blackout");
  await dark.waitFor({ state: "visible" });
  await fay.isIn("paused");
  await fay.page.keyboard.press("ArrowRight");
  await fay.isIn("roaming");
  await dark.waitFor({ state: "hidden" });
  await fay.page.keyboard.press("r");
  await dark.waitFor({ state: "visible" });
  fay.go(2);
  await dark.waitFor({ state: "hidden" });
  await fay.close();
});

test("after an outage the page asks for what it lacks, and says meanwhile that it does", async () => {
  const fay = await Audience.open(site);
  await fay.sees("Gamma");
  fay.reachable = false;
  await fay.closeSocket(1012);
  await fay.page.getByText("Reconnecting…").waitFor();
  await fay.page.screenshot({ path: `${ARTEFACTS}/follow-reconnecting.png` });
  await fay.page.keyboard.press("ArrowRight");
  await fay.sees("Delta");
  fay.reachable = true;
  fay.deck.state = { ...LIVE, slide: 4 };
  const before = fay.sockets.length;
  await fay.page.evaluate(() => window.dispatchEvent(new Event("online")));
  await fay.page.getByText("Reconnecting…").waitFor({ state: "detached" }).catch(() => undefined);
  await fay.waits("return", "Presenter: 5 · Epsilon");
  assert.equal(fay.sockets[before], "r1-1");
  assert.deepEqual((await fay.heard("roam", 2)).at(-1), { type: "roam", on: true });
  await fay.close();
});

test("when the server starts anew, who looks around stays there and the dark stays dark until the presenter is back", async () => {
  const waiting = { phase: "waiting", slide: 0, fragment: -1, blackout: false } as const;
  const [fay, gus] = [await Audience.open(site), await Audience.open(site, { deck: deck({ ...LIVE, blackout: true }) })];
  await fay.sees("Gamma");
  await fay.page.keyboard.press("End");
  await fay.isIn("roaming");
  await gus.isIn("paused");
  const dark = (await gus.slides()).locator(".blackout");
  await dark.waitFor({ state: "visible" });
  for (const page of [fay, gus]) {
    page.deck = { ...deck(waiting), revision: "r2-1" };
    await page.closeSocket(1012);
    await page.socketOpened(2);
  }
  await gus.isIn("away");
  await gus.waits("follow-state", "Waiting for presenter");
  // A slide comes before theirs: theirs stays.
  const titles = ["Zero", ...gus.deck.titles];
  gus.tell({
    type: "patch", revision: "r2-2", state: waiting, titles, sections: titles.map((title, index) => [title, index, 1]),
    patches: [{ op: "insert", index: 0, slide: named("Zero") }],
  });
  await gus.waits("slide-position", "4/7 · Gamma");
  await gus.sees("Gamma");
  assert.equal(await dark.isVisible(), true);
  assert.deepEqual((await fay.heard("roam", 3)).map((message) => message.type === "roam" && message.on), [false, true, true]);
  fay.go(1, -1, true);
  await fay.waits("return", "Presenter: 2 · Beta");
  await fay.sees("Zeta");
  await fay.isIn("roaming");
  gus.go(5);
  await gus.sees("Epsilon");
  await dark.waitFor({ state: "hidden" });
  for (const page of [fay, gus]) await page.close();
});

test("what does not follow from what the page has is asked for as a whole", async () => {
  const fay = await Audience.open(site);
  await fay.sees("Gamma");
  const slides = ["Nu", "Xi", "Omikron", "Pi"].map(named);
  fay.deck = { ...deck({ ...LIVE, slide: 3 }, slides), revision: "r1-9" };
  fay.tell({ type: "patch", revision: "r1-9", patches: [], state: LIVE });
  await fay.sees("Pi");
  await fay.waits("slide-position", "4/4 · Pi");
  assert.deepEqual(fay.sockets, ["r1-1", null]);
  await fay.close();
});

test("a deck that comes as a whole leaves those who look around where they are", async () => {
  const fay = await Audience.open(site);
  await fay.sees("Gamma");
  await fay.page.keyboard.press("End");
  await fay.sees("Zeta");
  fay.deck = { ...deck({ ...LIVE, slide: 1 }), revision: "r2-1" };
  await fay.closeSocket(1012);
  await fay.page.evaluate(() => window.dispatchEvent(new Event("online")));
  await fay.waits("return", "Presenter: 2 · Beta");
  await fay.sees("Zeta");
  await fay.isIn("roaming");
  await fay.close();
});

test("a phone that slept is right at once, though its old connection is dead", async () => {
  const fay = await Audience.open(site, { touch: true, viewport: { width: 844, height: 390 } });
  await fay.sees("Gamma");
  // However long the answer takes.
  await stopTime(fay.page);
  await fay.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await fay.heard("ping");
  await fay.page.clock.resume();
  fay.go(1);
  await fay.sees("Beta");
  assert.equal(fay.sockets.length, 1);
  await fay.close();
});

test("a link that has ended says so and asks no more", async () => {
  const fay = await Audience.open(site);
  await fay.sees("Gamma");
  await fay.closeSocket(4404);
  await fay.isIn("link-ended");
  await fay.page.screenshot({ path: `${ARTEFACTS}/follow-link-ended.png` });
  await fay.page.evaluate(() => window.dispatchEvent(new Event("online")));
  assert.equal(fay.sockets.length, 1);
  await fay.close();
  const gone = await Audience.open(site, { isGone: true });
  await gone.isIn("link-ended");
  await gone.close();
});

test("letters are no keys for those who say so, and the others still are", async () => {
  const fay = await Audience.open(site);
  await fay.sees("Gamma");
  await fay.page.keyboard.press("?");
  const box = fay.find("single-keys");
  await fay.page.screenshot({ path: `${ARTEFACTS}/follow-help.png` });
  await box.uncheck();
  await fay.page.keyboard.press("Escape");
  await fay.page.locator("dialog[open]").waitFor({ state: "detached" });
  await fay.page.keyboard.press("t");
  await fay.page.keyboard.press("l");
  assert.equal(await fay.page.locator("[data-text]").count(), 0);
  await fay.page.keyboard.press("ArrowRight");
  await fay.sees("Delta");
  await fay.page.reload();
  await fay.sees("Gamma");
  await fay.page.locator("iframe").focus();
  await fay.page.keyboard.press("t");
  await fay.page.keyboard.press("ArrowRight");
  await fay.sees("Delta");
  assert.equal(await fay.page.locator("[data-text]").count(), 0);
  await fay.close();
});

test("keys in the slides are the page's as well, and its bar comes with the pointer", async () => {
  const fay = await Audience.open(site);
  await fay.sees("Gamma");
  await fay.page.locator("iframe").focus();
  await fay.page.keyboard.press("ArrowRight");
  await fay.isIn("roaming");
  await fay.page.keyboard.press("r");
  await fay.isIn("following");
  await fay.sees("Gamma");
  const bar = fay.page.locator(".follow-bar");
  await bar.evaluate((element) => element.classList.remove("open"));
  await fay.page.mouse.move(500, 300);
  await fay.page.mouse.move(520, 300);
  await fay.page.locator(".follow-bar.open").waitFor();
  await fay.close();
});

test("a phone held upright scrolls the slides, and a scroll looks around", async () => {
  const fay = await Audience.open(site, { touch: true, viewport: { width: 390, height: 844 } });
  const frame = await fay.slides();
  await frame.waitForSelector("body.reveal-scroll");
  await fay.waits("slide-position", "3/6 · Gamma");
  fay.go(3, 1);
  await fay.waits("slide-position", "4/6 · Delta");
  await frame.waitForFunction(() => document.querySelectorAll("section.present .fragment.visible").length === 2);
  await fay.isIn("following");
  await fay.page.screenshot({ path: `${ARTEFACTS}/follow-portrait.png` });
  const fingers = await fay.page.context().newCDPSession(fay.page);
  await fingers.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: 195, y: 100 }] });
  for (let y = 120; y <= 700; y += 20) {
    await fingers.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x: 195, y }] });
  }
  await fingers.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await fay.isIn("roaming");
  await fay.page.screenshot({ path: `${ARTEFACTS}/follow-portrait-roaming.png` });
  await fay.find("return").tap();
  await fay.isIn("following");
  await fay.waits("slide-position", "4/6 · Delta");
  await fay.close();
});

test("pictures of the deck are asked for with the page's ticket, on the slides and in the text", async () => {
  const own = (letter: string) => `/p/${letter.repeat(22)}.png`;
  const slides = ["Alpha", "Beta", "Gamma"].map(named);
  slides[2] = { ...named("Gamma"), html: `<h1>Gamma</h1><p><img src="${own("a")}" alt="a"><img src="https://elsewhere.example${own("b")}" alt="b"></p>` };
  const fay = await Audience.open(site, { deck: deck(LIVE, slides), ticket: "l.follow.3.bWFj" });
  await fay.page.route("**/p/**", (route) => route.fulfill({ status: 404 }));
  await fay.sees("Gamma");
  const shown = await fay.slides();
  assert.deepEqual(await shown.locator("section.present img").evaluateAll((images) => images.map((image) => image.getAttribute("src"))),
    [`${own("a")}?t=l.follow.3.bWFj`, `https://elsewhere.example${own("b")}`]);
  await fay.page.keyboard.press("t");
  const sources = () => fay.page.locator(".text-slide img").evaluateAll((images) => images.map((image) => image.getAttribute("src")));
  assert.deepEqual(await sources(), [`${own("a")}?t=l.follow.3.bWFj`, `https://elsewhere.example${own("b")}`]);
  fay.tell({
    type: "patch", revision: "r1-2", state: LIVE,
    patches: [{ op: "replace", index: 2, slide: { ...slides[2], html: `<h1>Gamma</h1><img src="${own("c")}" alt="c">` } }],
  });
  await fay.page.locator(".text-slide img[alt=c]").waitFor();
  assert.deepEqual(await sources(), [`${own("c")}?t=l.follow.3.bWFj`]);
  await fay.close();
});
