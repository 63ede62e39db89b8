/** Questions from the audience: about the slide that is on, lost by nothing, and seen by who asked them alone. */

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Audience, type Start } from "./audience.ts";
import { ARTEFACTS, openSite, type Site } from "./harness.ts";

declare const TEST_FOLDER: string;

let site: Site;
before(async () => {
  await mkdir(ARTEFACTS, { recursive: true });
  site = await openSite(["slides.html"]);
});
after(() => site.close());

type Call = { method: string; path: string; body: Record<string, unknown> | null };
type Question = { id: string; slide: string; text: string; at: number; done: boolean };

/** Somebody of the audience before a server that keeps what they say. */
class Asker {
  readonly calls: Call[] = [];
  questions: Question[] = [];
  name: string | null = null;
  /** The status that the server answers changes with, 0 for none. */
  refuses: number | null = null;
  /** It does what it is told, but its answer is lost. */
  isMuffled = false;
  /** Its answers come when this is done. */
  held: Promise<void> | null = null;

  private constructor(readonly fay: Audience) {}

  static async open(start: Start = {}): Promise<Asker> {
    const asker = new Asker(await Audience.open(site, start));
    await asker.fay.sees("Gamma");
    await asker.fay.page.route(/\/l\/code\/(questions|own|attendance)$/, async (route) => {
      const request = route.request();
      const call = { method: request.method(), path: new URL(request.url()).pathname.slice("/l/code/".length), body: request.postDataJSON() as Call["body"] };
      asker.calls.push(call);
      if (asker.refuses === 0) return route.abort();
      if (asker.refuses !== null && call.method !== "GET") return route.fulfill({ status: asker.refuses, json: {} });
      if (call.method !== "GET") await asker.held;
      const json = asker.answer(call);
      if (asker.isMuffled && call.method !== "GET") return route.abort();
      return call.method === "DELETE" ? route.fulfill({ status: 204 }) : route.fulfill({ json });
    });
    return asker;
  }

  /** What the server does and says. */
  private answer({ method, path, body }: Call): unknown {
    if (path === "own") return { questions: this.questions, name: this.name };
    if (path === "attendance") {
      this.name = method === "DELETE" ? null : String(body?.["name"]);
      return { name: this.name };
    }
    const { id, slide, text } = body as unknown as Question;
    // What it knows it does not change.
    const known = this.questions.find((one) => one.id === id);
    if (known) return known;
    const question = { id, slide, text, at: 1, done: false };
    this.questions = [...this.questions, question];
    return question;
  }

  /** Opens the panel, and is in its text field. The bar with the button goes by itself, but not with the focus in it. */
  async opensPanel(): Promise<void> {
    await this.fay.find("ask").focus();
    await this.fay.find("ask").click();
    await this.fay.page.waitForFunction(() => document.activeElement?.getAttribute("data-test") === "ask-text");
  }

  async says(test: string, text: string): Promise<void> {
    await this.fay.find(test).filter({ hasText: text }).waitFor();
  }

  asked(): Call[] {
    return this.calls.filter(({ path }) => path === "questions");
  }
}

test("nothing is asked of the server before somebody opens the panel", async () => {
  const asker = await Asker.open();
  const { fay, calls } = asker;
  assert.deepEqual(calls, []);
  const answered = fay.page.waitForResponse(/own$/);
  await asker.opensPanel();
  await answered;
  assert.deepEqual(calls.map(({ path }) => path), ["own"]);
  await fay.close();
});

test("a question is about the slide on which it was begun, and its answer is seen", async () => {
  const asker = await Asker.open();
  const { fay } = asker;
  await asker.opensPanel();
  await asker.says("ask-about", "About slide 3/6 · Gamma");
  // Letters are for the text now, not for the deck.
  await fay.page.keyboard.type("o, why? <b>r</b>");
  await fay.find("ask-name").fill("Fay");
  fay.go(3);
  await fay.sees("Delta");
  await asker.says("ask-about", "Gamma");
  await fay.find("ask-send").click();
  await asker.says("ask-said", "Your question was sent");
  const [call] = asker.asked();
  const { id, ...rest } = call?.body ?? {};
  assert.match(String(id), /^[\w-]{22}$/);
  assert.deepEqual(rest, { text: "o, why? <b>r</b>", slide: "Gamma", number: 2, name: "Fay" });
  await asker.says("ask-question", "o, why? <b>r</b>");
  await asker.says("ask-question", "not answered yet");
  await asker.says("ask-about", "Delta");
  await fay.page.screenshot({ path: `${ARTEFACTS}/ask.png` });
  asker.questions[0]!.done = true;
  await fay.page.reload();
  // Who asked before is told without opening anything.
  await fay.page.waitForSelector("[data-test=ask][data-answered]");
  await asker.opensPanel();
  await fay.page.waitForSelector("[data-test=ask-question][data-done=true]");
  assert.equal(await fay.find("ask-name").inputValue(), "Fay");
  await fay.page.keyboard.press("Escape");
  assert.equal(await fay.find("ask-panel").isVisible(), false);
  assert.equal(await fay.page.evaluate(() => document.activeElement?.getAttribute("data-test")), "ask");
  await fay.close();
});

test("what could not be sent stays, over a reload as well, and is one question when it is sent again", async () => {
  const asker = await Asker.open();
  const { fay } = asker;
  await asker.opensPanel();
  asker.refuses = 0;
  await fay.find("ask-text").fill("Is this on?");
  await fay.find("ask-send").click();
  await asker.says("ask-said", "Not sent: no connection");
  await fay.page.reload();
  await asker.opensPanel();
  assert.equal(await fay.find("ask-text").inputValue(), "Is this on?");
  asker.refuses = 429;
  await fay.find("ask-send").click();
  await asker.says("ask-said", "Too many at once");
  asker.refuses = null;
  await fay.find("ask-send").click();
  await asker.says("ask-said", "was sent");
  const ids = new Set(asker.asked().map(({ body }) => body?.["id"]));
  assert.deepEqual([ids.size, asker.questions.length], [1, 1]);
  assert.equal(await fay.find("ask-text").inputValue(), "");
  await fay.find("ask-text").fill("Another one");
  await fay.find("ask-send").click();
  await fay.find("ask-question").nth(1).waitFor();
  await fay.close();
});

test("what is typed while a question is on its way stays, and is another question", async () => {
  const asker = await Asker.open();
  const { fay } = asker;
  let answer = (): void => undefined;
  asker.held = new Promise((done) => (answer = done));
  await asker.opensPanel();
  await fay.find("ask-text").fill("Why?");
  await fay.find("ask-text").press("Control+Enter");
  await fay.find("ask-text").fill("Why? And when?");
  // One at a time is on its way.
  await fay.find("ask-text").press("Control+Enter");
  answer();
  await asker.says("ask-said", "was sent");
  assert.equal(await fay.find("ask-text").inputValue(), "Why? And when?");
  await fay.page.reload();
  await asker.opensPanel();
  assert.equal(await fay.find("ask-text").inputValue(), "Why? And when?");
  await fay.find("ask-send").click();
  await fay.find("ask-question").nth(1).waitFor();
  assert.deepEqual(asker.questions.map(({ text }) => text), ["Why?", "Why? And when?"]);
  assert.equal(await fay.find("ask-text").inputValue(), "");
  await fay.close();
});

test("a question that is changed after its answer was lost is sent as it is now, over a reload as well", async () => {
  const asker = await Asker.open();
  const { fay } = asker;
  await asker.opensPanel();
  asker.isMuffled = true;
  await fay.find("ask-text").fill("Is this on?");
  await fay.find("ask-send").click();
  await asker.says("ask-said", "Not sent: no connection");
  await fay.page.reload();
  await asker.opensPanel();
  asker.isMuffled = false;
  await fay.find("ask-text").fill("Is that on?");
  await fay.find("ask-send").click();
  await asker.says("ask-said", "was sent");
  assert.deepEqual(asker.questions.map(({ text }) => text), ["Is this on?", "Is that on?"]);
  assert.equal(new Set(asker.questions.map(({ id }) => id)).size, 2);
  await fay.close();
});

test("a question that is sent again as it was is one, whatever was typed and taken back between", async () => {
  const asker = await Asker.open();
  const { fay } = asker;
  await asker.opensPanel();
  asker.isMuffled = true;
  await fay.find("ask-text").fill("Is this on?");
  await fay.find("ask-send").click();
  await asker.says("ask-said", "Not sent: no connection");
  asker.isMuffled = false;
  await fay.find("ask-text").fill("Is this on? Hello?");
  await fay.find("ask-text").fill("Is this on?");
  await fay.find("ask-send").click();
  await asker.says("ask-said", "was sent");
  assert.equal(asker.questions.length, 1);
  for (const { body } of asker.asked()) assert.deepEqual(Object.keys(body ?? {}).sort(), ["id", "name", "number", "slide", "text"]);
  await fay.close();
});

test("who is there says so by name and can take it back", async () => {
  const asker = await Asker.open({ language: "de", dark: true, viewport: { width: 360, height: 640 } });
  const { fay } = asker;
  await asker.opensPanel();
  await fay.find("ask-there").click();
  await asker.says("ask-said", "Nennen Sie zuerst Ihren Namen");
  assert.equal(await fay.find("ask-there").isChecked(), false);
  await fay.find("ask-name").fill("Fay");
  await fay.find("ask-there").check();
  await asker.says("ask-said", "Sie stehen auf der Liste");
  await fay.page.getByText("Sie stehen als Fay im Protokoll.").waitFor();
  await fay.page.screenshot({ path: `${ARTEFACTS}/ask-phone.png` });
  await fay.find("ask-there").uncheck();
  await asker.says("ask-said", "nicht mehr auf der Liste");
  assert.deepEqual(asker.calls.filter(({ path }) => path === "attendance").map(({ method }) => method), ["POST", "DELETE"]);
  await fay.close();
});

test("everybody can use the panel: axe finds nothing", async () => {
  const axe = await readFile(join(TEST_FOLDER, "../node_modules/axe-core/axe.min.js"), "utf8");
  for (const dark of [false, true]) {
    const asker = await Asker.open({ dark });
    asker.questions = [{ id: "q", slide: "Beta", text: "Why?", at: 1, done: true }, { id: "r", slide: "Beta", text: "When?", at: 2, done: false }];
    await asker.opensPanel();
    await asker.fay.find("ask-question").nth(1).waitFor();
    await asker.fay.page.evaluate(axe);
    const found = await asker.fay.page.evaluate(async () => {
      type Axe = { run(root: string): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      const { violations } = await (window as unknown as { axe: Axe }).axe.run("body > #app");
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    });
    assert.deepEqual(found, []);
    await asker.fay.close();
  }
});
