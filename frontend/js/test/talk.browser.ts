/** The discussion panel: what people say reaches the server once, stays over a reload, and stays text. */

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import type { Message } from "../call/discussion/api.ts";
import { pageTexts, readCatalogue } from "../texts.mjs";
import { ARTEFACTS, openSite, type Site } from "./harness.ts";

declare const TEST_FOLDER: string;
type Stage = {
  tell(news: unknown): void;
  turn(slide: number): void;
  texts(titles: string[], anchors: Record<string, number | null>): void;
  stored: number;
  counts: { all: number; unread: number; questions: number; slides: Record<number, { all: number; unread: number }> };
};
type Start = { text?: string; slide?: number; show?: "slide" | "all" | "questions" };
type TalkWindow = Window & { stage: Stage; open(start: Start): void; minutes(): void };

const ALERT = `<img src=x onerror="window.ran=true"><script>window.ran=true</script>`;

let site: Site;
let program = "";
let styles = "";
before(async () => {
  await mkdir(ARTEFACTS, { recursive: true });
  site = await openSite(["slides.html"]);
  const folder = join(TEST_FOLDER, "..");
  const read = (name: string) => readFile(join(folder, name), "utf8");
  const words = pageTexts(readCatalogue(await read("../src/i18n/catalogue.rs")).call);
  const define = { DIALOG_TEXTS: JSON.stringify(words) };
  const made = await build({ entryPoints: [join(TEST_FOLDER, "talk-page.ts")], bundle: true, format: "esm", target: "es2022", write: false, define });
  program = made.outputFiles[0]?.text ?? "";
  styles = `${await read("../style.css")}\n${await read("themes/call-discussion.css")}\n.call-panel{width:320px;height:100vh;margin-left:auto}`;
});
after(() => site.close());

function message(id: string, change: Partial<Message> = {}): Message {
  return {
    id, slide: "Team IaaS", anchor: "anchor-1", kind: "comment", principal: "guest:bob", name: "Bob",
    text: `words of ${id}`, at: Date.UTC(2026, 0, 5, 9, 30), starred: false, done: false, ...change,
  };
}

type Call = { method: string; path: string; body: Record<string, unknown> | null };

/** A page whose server keeps messages as the real one does. */
class Talk {
  readonly calls: Call[] = [];
  readonly errors: string[] = [];
  /** Whether the server can be reached. */
  reachable = true;
  /** What the server answers instead of what it would. */
  refuses: { status: number; detail: string } | null = null;
  /** Changes get their answers when this is done. */
  held: Promise<void> | null = null;

  private constructor(readonly page: Page, public messages: Message[]) {}

  static async open(messages: Message[] = [], start: Start = {}, browser: BrowserContextOptions & { access?: string; language?: string } = {}): Promise<Talk> {
    const context = await site.browser.newContext({ viewport: { width: 900, height: 700 }, permissions: ["clipboard-read", "clipboard-write"], ...browser });
    const talk = new Talk(await context.newPage(), messages);
    await talk.serve(browser.language ?? "en");
    await talk.page.goto(`${site.url}/talk.html?access=${browser.access ?? "edit"}`);
    await talk.show(start);
    return talk;
  }

  private async serve(language: string): Promise<void> {
    const html = `<!doctype html><html lang="${language}"><title>Talk</title><link rel="stylesheet" href="/talk.css"><body><main><h1 class="visually-hidden">A deck</h1></main><aside class="call-panel" aria-label="Talk"></aside><script type="module" src="/talk.js"></script>`;
    this.page.on("pageerror", ({ message }) => this.errors.push(message));
    await this.page.route("**/talk.html?*", (route) => route.fulfill({ contentType: "text/html", body: html }));
    await this.page.route("**/talk.css", (route) => route.fulfill({ contentType: "text/css", body: styles }));
    await this.page.route("**/talk.js", (route) => route.fulfill({ contentType: "text/javascript", body: program }));
    await this.page.route("**/api/**", async (route) => {
      if (!this.reachable) return route.abort();
      const request = route.request();
      const call = { method: request.method(), path: new URL(request.url()).pathname.replace("/api/decks/deck", ""), body: request.postDataJSON() as Call["body"] };
      this.calls.push(call);
      if (call.method !== "GET") await this.held;
      if (this.refuses && call.method !== "GET") return route.fulfill({ status: this.refuses.status, json: { detail: this.refuses.detail } });
      return route.fulfill(this.answer(call));
    });
  }

  private answer({ method, path, body }: Call): { status: number; json?: unknown; body?: string } {
    if (path === "/attendance") return { status: 200, json: { people: [{ principal: "guest:bob", name: "Bob" }] } };
    if (path === "/minutes") return { status: 200, body: "# Minutes: Call\n\n2024-04-25 · 48 min\n\n<b>no tag</b>" };
    const id = path.split("/")[2];
    if (method === "GET") return { status: 200, json: { messages: this.messages } };
    if (method === "POST") {
      const known = this.messages.find((one) => one.id === body?.["id"]);
      const added = known ?? message("", { ...(body as Partial<Message>), principal: "guest:me", at: Date.now() });
      if (!known) this.messages.push(added);
      return { status: known ? 200 : 201, json: added };
    }
    if (method === "DELETE") {
      this.messages = this.messages.filter((one) => one.id !== id);
      return { status: 204 };
    }
    const changed = this.messages.find((one) => one.id === id);
    assert.ok(changed);
    Object.assign(changed, body);
    return { status: 200, json: changed };
  }

  async show(start: Start): Promise<void> {
    await this.page.waitForSelector("[data-ready]");
    await this.page.evaluate((start) => (window as unknown as TalkWindow).open(start), start);
    await this.page.waitForSelector(".talk-groups");
  }

  act<T>(work: (stage: Stage, value: T) => void, value?: T): Promise<void> {
    return this.page.evaluate(`(${work.toString()})(window.stage, ${JSON.stringify(value ?? null)})`);
  }

  /** Somebody else says something, or changes it; several at once are one message right after the other. */
  said(...messages: Message[]): Promise<void> {
    this.messages = [...this.messages.filter(({ id }) => messages.every((message) => message.id !== id)), ...messages];
    const told = messages.map((message) => JSON.stringify({ kind: "said", message }));
    return this.act((stage, told) => told.forEach((json) => stage.tell({ kind: "desk", json })), told);
  }

  find(test: string): Locator {
    return this.page.locator(`[data-test="${test}"]`);
  }

  /** Waits until these messages, and no others, are listed. */
  async lists(...texts: string[]): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => JSON.stringify([...document.querySelectorAll(".talk-text")].map(({ textContent }) => textContent)) === wanted,
      JSON.stringify(texts),
    );
  }

  async says(test: string, text: string): Promise<void> {
    await this.page.waitForFunction(([test, text]) => document.querySelector(`[data-test="${test}"]`)?.textContent?.includes(text ?? ""), [test, text]);
  }

  async close(): Promise<void> {
    assert.deepEqual(this.errors, []);
    assert.equal(await this.page.evaluate(() => (window as unknown as { ran?: boolean }).ran), undefined);
    await this.page.context().close();
  }
}

test("what is typed and sent with Enter is said about the slide that is looked at", async () => {
  const talk = await Talk.open();
  await talk.says("talk-about", "About slide 2 · Team IaaS");
  await talk.find("talk-field").fill("Hello");
  await talk.find("talk-field").press("Shift+Enter");
  await talk.page.keyboard.type(ALERT);
  await talk.page.evaluate(() => document.addEventListener("keydown", ({ key }) => (document.title += key)));
  await talk.page.keyboard.type("b");
  await talk.page.keyboard.press("Backspace");
  await talk.find("talk-field").press("Enter");
  assert.equal(await talk.page.title(), "Talk", "no letter reaches the page");
  await talk.lists(`Hello\n${ALERT}`);
  const post = talk.calls.find(({ method }) => method === "POST");
  const { id, ...rest } = post?.body ?? {};
  assert.match(String(id), /^[\w-]{22}$/);
  assert.deepEqual(rest, { slide: "Team IaaS", anchor: "anchor-1", kind: "comment", name: "Ann", text: `Hello\n${ALERT}` });
  assert.equal(await talk.find("talk-field").inputValue(), "");
  await talk.close();
});

test("the slide's own messages are listed, all of them on demand, and a removed slide keeps its name", async () => {
  const talk = await Talk.open([
    message("a"),
    message("b", { anchor: "anchor-2", slide: "Team Ops" }),
    message("c", { anchor: "gone", slide: "Old slide" }),
    message("d", { anchor: "gone", slide: "Team Ops" }),
  ]);
  await talk.lists("words of a");
  await talk.act((stage) => stage.turn(2));
  await talk.lists("words of b", "words of d");
  await talk.find("talk-show-all").click();
  await talk.lists("words of a", "words of b", "words of d", "words of c");
  assert.deepEqual(await talk.find("talk-jump").allTextContents(), ["2 · Team IaaS", "3 · Team Ops", "Removed slide: Old slide"]);
  await talk.find("talk-jump").first().click();
  await talk.says("talk-about", "Team IaaS");
  // The slide goes while one looks: its words stay, under its name.
  await talk.act((stage) => stage.texts(["Welcome", "Team Ops"], { "anchor-0": 0, "anchor-2": 1 }));
  await talk.page.getByText("Removed slide: Team IaaS").waitFor();
  await talk.page.screenshot({ path: `${ARTEFACTS}/talk-all.png` });
  await talk.close();
});

test("what others say is listed at once, announced once, and counted until it is seen", async () => {
  const talk = await Talk.open([message("a")]);
  await talk.lists("words of a");
  await talk.said(message("b", { at: Date.UTC(2026, 0, 5, 9, 31) }));
  await talk.lists("words of a", "words of b");
  await talk.says("talk-news", "New message from Bob");
  await talk.said(
    message("c", { anchor: "anchor-2", at: Date.UTC(2026, 0, 5, 9, 32) }),
    message("d", { anchor: "anchor-2", at: Date.UTC(2026, 0, 5, 9, 33), kind: "question" }),
  );
  await talk.says("talk-news", "2 new messages");
  await talk.says("talk-show-all", "All (2)");
  const counts = () => talk.page.evaluate(() => (window as unknown as TalkWindow).stage.counts);
  await talk.page.waitForFunction(() => (window as unknown as TalkWindow).stage.counts.unread === 2);
  assert.deepEqual(await counts(), { all: 4, unread: 2, questions: 1, slides: { 1: { all: 2, unread: 0 }, 2: { all: 2, unread: 2 } } });
  // A change of a message is no news.
  const news = await talk.find("talk-news").textContent();
  await talk.said(message("b", { at: Date.UTC(2026, 0, 5, 9, 31), text: "better words" }));
  await talk.lists("words of a", "better words");
  assert.equal(await talk.find("talk-news").textContent(), news);
  await talk.act((stage) => stage.turn(2));
  await talk.page.waitForFunction(() => (window as unknown as TalkWindow).stage.counts.unread === 0);
  await talk.page.reload();
  await talk.show({});
  await talk.page.waitForFunction(() => (window as unknown as TalkWindow).stage.counts.all === 4);
  assert.equal((await counts()).unread, 0, "what was read stays read");
  await talk.act((stage) => stage.tell({ kind: "desk", json: `{"kind":"unsaid","id":"a"}` }));
  await talk.lists("better words");
  await talk.close();
});

test("without a connection nothing is lost, over a reload neither, and all of it is sent once", async () => {
  const talk = await Talk.open();
  await talk.lists();
  talk.reachable = false;
  await talk.act((stage) => stage.tell({ kind: "connection", isConnected: false }));
  await talk.says("talk-state", "Offline");
  await talk.find("talk-field").fill("first");
  await talk.find("talk-field").press("Enter");
  await talk.find("talk-field").fill("second");
  await talk.find("talk-field").press("Enter");
  await talk.find("talk-field").fill("half a th");
  await talk.lists("first", "second");
  await talk.says("talk-waits", "Waiting to be sent");
  await talk.page.screenshot({ path: `${ARTEFACTS}/talk-offline.png` });
  await talk.page.reload();
  await talk.show({});
  await talk.lists("first", "second");
  assert.equal(await talk.find("talk-field").inputValue(), "half a th");
  talk.reachable = true;
  await talk.act((stage) => stage.tell({ kind: "connection", isConnected: false }));
  await talk.act((stage) => stage.tell({ kind: "connection", isConnected: true }));
  await talk.says("talk-state", "Back online. 2 messages were sent.");
  await talk.lists("first", "second");
  assert.deepEqual(talk.messages.map(({ text }) => text), ["first", "second"]);
  assert.equal(await talk.page.evaluate(() => localStorage.getItem("ondeck-talk:deck:guest:me")?.includes("pending\":[]")), true);
  await talk.close();
});

test("what the server does not take is said so, and goes back into the text field", async () => {
  const talk = await Talk.open();
  talk.refuses = { status: 403, detail: "no" };
  await talk.find("talk-field").fill("not for me");
  await talk.find("talk-field").press("Enter");
  await talk.says("talk-refused", "You may not do that any more");
  await talk.find("talk-back").click();
  await talk.lists();
  assert.equal(await talk.find("talk-field").inputValue(), "not for me");
  talk.refuses = null;
  await talk.find("talk-send").click();
  await talk.lists("not for me");
  await talk.close();
});

test("what is typed while a change is saved stays in the field and is a change of its own", async () => {
  const talk = await Talk.open([message("own", { principal: "guest:me", name: "Ann" })]);
  let answer = (): void => undefined;
  talk.held = new Promise((done) => (answer = done));
  await talk.find("talk-edit").click();
  await talk.find("talk-edit-text").fill("changed");
  await talk.find("talk-edit-text").press("Enter");
  await talk.find("talk-edit-text").fill("changed, and more");
  await talk.find("talk-edit-text").evaluate((field) => (field.dataset["before"] = ""));
  answer();
  // What is saved is drawn anew, with the field in it.
  await talk.page.waitForSelector("[data-test=talk-edit-text]:not([data-before])");
  assert.equal(await talk.find("talk-edit-text").inputValue(), "changed, and more");
  await talk.find("talk-edit-save").click();
  await talk.lists("changed, and more");
  assert.deepEqual(talk.calls.filter(({ method }) => method === "PUT").map(({ body }) => body?.["text"]), ["changed", "changed, and more"]);
  await talk.close();
});

test("a change of a message that somebody removes meanwhile goes into the text field", async () => {
  const talk = await Talk.open([message("own", { principal: "guest:me", name: "Ann" }), message("b")]);
  await talk.find("talk-field").fill("a draft");
  await talk.find("talk-edit").click();
  await talk.find("talk-edit-text").fill("much to say");
  talk.messages = talk.messages.filter(({ id }) => id !== "own");
  await talk.act((stage) => stage.tell({ kind: "desk", json: `{"kind":"unsaid","id":"own"}` }));
  await talk.lists("words of b");
  assert.equal(await talk.find("talk-field").inputValue(), "a draft\nmuch to say");
  await talk.page.reload();
  await talk.show({});
  await talk.lists("words of b");
  assert.equal(await talk.find("talk-field").inputValue(), "a draft\nmuch to say");
  await talk.close();
});

test("a message is starred, answered, changed and removed by whom it is for", async () => {
  const talk = await Talk.open([message("a"), message("q", { kind: "question", at: Date.UTC(2026, 0, 5, 10) }), message("own", { principal: "guest:me", name: "Ann", at: Date.UTC(2026, 0, 5, 11) })]);
  await talk.lists("words of a", "words of q", "words of own");
  await talk.find("talk-star").first().click();
  await talk.page.waitForSelector(`[data-id="a"] [aria-pressed="true"]`);
  await talk.find("talk-done").click();
  await talk.says("talk-kind", "Question · answered");
  // Others' words are not mine to change or remove; mine are.
  assert.deepEqual([await talk.find("talk-edit").count(), await talk.find("talk-remove").count()], [1, 1]);
  await talk.find("talk-edit").click();
  await talk.find("talk-edit-text").fill("changed wo");
  // What others say meanwhile takes nothing away, and neither does a reload.
  await talk.said(message("b", { at: Date.UTC(2026, 0, 5, 12) }));
  await talk.find("talk-item").nth(3).waitFor();
  assert.equal(await talk.page.evaluate(() => document.activeElement?.getAttribute("data-test")), "talk-edit-text");
  await talk.page.reload();
  await talk.show({});
  assert.equal(await talk.find("talk-edit-text").inputValue(), "changed wo");
  await talk.find("talk-edit-text").fill("changed words");
  await talk.find("talk-edit-text").press("Enter");
  await talk.lists("words of a", "words of q", "changed words", "words of b");
  await talk.find("talk-remove").click();
  await talk.find("talk-remove-sure").click();
  await talk.lists("words of a", "words of q", "words of b");
  const changes = talk.calls.filter(({ method }) => method === "PUT" || method === "DELETE");
  assert.deepEqual(changes.map(({ method, path, body }) => [method, path, body]), [
    ["PUT", "/discussion/a", { starred: true }],
    ["PUT", "/discussion/q", { done: true }],
    ["PUT", "/discussion/own", { text: "changed words" }],
    ["DELETE", "/discussion/own", null],
  ]);
  await talk.close();
});

test("a text that is moved here from the deck is sent at once, and then the deck may forget it", async () => {
  const talk = await Talk.open([], { text: " chat from the slide \n", slide: 2 });
  await talk.lists("chat from the slide");
  await talk.page.waitForFunction(() => (window as unknown as TalkWindow).stage.stored === 1);
  assert.equal(talk.messages[0]?.anchor, "anchor-2");
  await talk.close();
});

test("a draft stays with its slide until its writer wants it elsewhere", async () => {
  const talk = await Talk.open();
  await talk.find("talk-field").fill("about IaaS");
  await talk.act((stage) => stage.turn(2));
  await talk.find("talk-here-instead").waitFor();
  await talk.says("talk-about", "Team IaaS");
  await talk.find("talk-here-instead").click();
  await talk.says("talk-about", "Team Ops");
  await talk.find("talk-as-question").check();
  await talk.find("talk-send").click();
  await talk.lists("about IaaS");
  assert.deepEqual([talk.messages[0]?.slide, talk.messages[0]?.kind], ["Team Ops", "question"]);
  await talk.close();
});

test("who only reads has no text field, and the presenter sees the questions", async () => {
  const reader = await Talk.open([message("a")], {}, { access: "read" });
  await reader.lists("words of a");
  assert.equal(await reader.find("talk-field").isVisible(), false);
  assert.equal(await reader.find("talk-star").count(), 0);
  await reader.close();
  const presenter = await Talk.open([message("a"), message("q", { kind: "question", anchor: "anchor-2" })], { show: "questions" }, { access: "own", colorScheme: "dark", language: "de" });
  await presenter.lists("words of q");
  assert.deepEqual(await presenter.find("talk-jump").allTextContents(), ["3 · Team Ops"]);
  assert.equal(await presenter.find("talk-remove").count(), 1, "whose deck it is may remove any");
  await presenter.page.screenshot({ path: `${ARTEFACTS}/talk-questions.png` });
  await presenter.close();
});

test("minutes are shown as text, copied, and kept as a file", async () => {
  const talk = await Talk.open();
  await talk.page.evaluate(() => (window as unknown as TalkWindow).minutes());
  await talk.says("minutes-text", "<b>no tag</b>");
  await talk.find("minutes-copy").click();
  await talk.page.getByText("The minutes are on the clipboard").waitFor();
  assert.match(await talk.page.evaluate(() => navigator.clipboard.readText()), /^# Minutes: Call/);
  await talk.page.screenshot({ path: `${ARTEFACTS}/minutes.png` });
  const [file] = await Promise.all([talk.page.waitForEvent("download"), talk.find("minutes-download").click()]);
  assert.equal(file.suggestedFilename(), "minutes-2024-04-25.md");
  await talk.find("minutes-language").selectOption("de");
  await talk.page.waitForFunction(() => document.querySelector("[data-test=minutes-text]")?.getAttribute("lang") === "de");
  await talk.close();
});

test("everybody can use it: axe finds nothing", async () => {
  const axe = await readFile(join(TEST_FOLDER, "../node_modules/axe-core/axe.min.js"), "utf8");
  for (const colorScheme of ["light", "dark"] as const) {
    const talk = await Talk.open([message("a"), message("q", { kind: "question" }), message("own", { principal: "guest:me" })], { show: "all" }, { colorScheme, access: "own" });
    await talk.find("talk-item").nth(2).waitFor();
    await talk.page.evaluate(axe);
    const found = await talk.page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    });
    assert.deepEqual(found, []);
    await talk.close();
  }
});
