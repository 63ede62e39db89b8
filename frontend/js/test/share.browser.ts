/** The share dialog: what somebody sees of it, what its buttons ask the server for, and that everybody can use it. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import type { Link, Person, Sharing } from "../dialogs/share/api.ts";
import type { Options } from "../dialogs/share/view.ts";
import { ARTEFACTS, openSite, type Site, until } from "./harness.ts";

declare const TEST_FOLDER: string;
declare global {
  interface Window {
    openDialog(name: string, options: Options): void;
  }
}

let site: Site;
before(async () => {
  site = await openSite(["share.html"]);
});
after(() => site.close());

const ADA: Person = { subject: "user:ada", name: "Ada Lovelace", role: "owner", you: true };
const BOB: Person = { subject: "email:bob@example.org", name: null, role: "editor" };
const OPS: Person = { subject: "group:ops", name: null, role: "viewer" };
const LINKS: Link[] = [
  { role: "follow", url: "/l/follow-code", expiresAt: null },
  { role: "remote", url: "/r/remote-code", expiresAt: null },
  { role: "comment", url: "/join#comment-code", expiresAt: null },
  { role: "edit", url: "/join#edit-code", expiresAt: null },
  { role: "present", url: "/join#present-code", expiresAt: "2036-11-22T10:00:00Z" },
];

function owners(change: Partial<Sharing> = {}): Sharing {
  const levels: Sharing["levels"] = ["freely", "editable", "limited", "locked", "protected", "private"];
  return { access: "own", level: "freely", levels, people: [ADA, BOB, OPS], links: LINKS, ...change };
}

type Call = { method: string; path: string; body: unknown };
type Answer = { status: number; body: unknown };

/** A page whose server answers every question with how things are, unless a test says otherwise. */
class Desk {
  readonly calls: Call[] = [];
  readonly errors: string[] = [];
  /** Answers a change; what it does not answer is done and changes nothing. */
  answers: (call: Call) => Answer | undefined = () => undefined;

  private constructor(readonly page: Page, private sharing: Sharing) {}

  static async open(sharing: Sharing, options: Partial<Options> = {}, browser: BrowserContextOptions = {}): Promise<Desk> {
    const context = await site.browser.newContext({ viewport: { width: 1024, height: 800 }, permissions: ["clipboard-read", "clipboard-write"], ...browser });
    const desk = new Desk(await context.newPage(), sharing);
    await desk.prepare();
    await desk.page.goto(`${site.url}/share.html`);
    await desk.page.focus("#share");
    await desk.shows("openShare", options);
    await desk.page.waitForSelector(".share-section");
    return desk;
  }

  private async prepare(): Promise<void> {
    const style = await readFile(join(TEST_FOLDER, "../../style.css"), "utf8");
    this.page.on("pageerror", ({ message }) => this.errors.push(message));
    await this.page.route("**/style.css", (route) => route.fulfill({ contentType: "text/css", body: style }));
    await this.page.route("**/api/**", (route) => {
      const request = route.request();
      const call = { method: request.method(), path: new URL(request.url()).pathname.replace("/api/decks/deck", ""), body: request.postDataJSON() as unknown };
      this.calls.push(call);
      const { status, body } = this.answers(call) ?? { status: 200, body: this.sharing };
      if (status === 200 && (body as Sharing).access) this.sharing = body as Sharing;
      return status === 0 ? route.abort() : route.fulfill({ status, json: body });
    });
  }

  async shows(name: string, options: Partial<Options> = {}): Promise<void> {
    await this.page.waitForFunction(() => "openDialog" in window);
    await this.page.evaluate(([name, options]) => window.openDialog(name, options), [name, { deck: "deck", name: "Ann", isMember: true, canSignIn: false, ...options }] as const);
  }

  find(test: string): Locator {
    return this.page.locator(`[data-test="${test}"]`);
  }

  /** The next change that the server is asked for after something was done. */
  async asks(act: () => Promise<unknown>): Promise<Call> {
    const before = this.calls.length;
    await act();
    await until(() => this.calls.length > before);
    const call = this.calls[before];
    assert.ok(call, "the server was not asked");
    return call;
  }

  async says(test: "said" | "complaint", text: string | RegExp): Promise<void> {
    const wanted = typeof text === "string" ? text : text.source;
    await this.page.waitForFunction(
      ([test, wanted]) => new RegExp(wanted).test(document.querySelector(`[data-test="${test}"]`)?.textContent ?? ""),
      [test, wanted] as const,
    );
  }

  async close(): Promise<void> {
    assert.deepEqual(this.errors, []);
    await this.page.context().close();
  }
}

test("an owner copies each link, draws it and ends it with a second click", async () => {
  const desk = await Desk.open(owners());
  for (const [role, path] of [["follow", "/l/follow-code"], ["comment", "/join#comment-code"], ["edit", "/join#edit-code"], ["present", "/join#present-code"]] as const) {
    await desk.find(`copy-${role}`).click();
    // What is said is the same each time: only the clipboard tells that it is done.
    await desk.page.waitForFunction(async (wanted) => (await navigator.clipboard.readText()) === wanted, site.url + path);
    await desk.says("said", "clipboard");
  }
  await desk.find("qr-edit").click();
  const code = desk.find("link-edit").locator("svg.qr");
  assert.equal(await code.getAttribute("aria-label"), "QR code: Edit");
  assert.ok(((await code.locator("path").getAttribute("d")) ?? "").length > 1000);
  await desk.find("qr-edit").click();
  await code.waitFor({ state: "detached" });

  const asked = desk.calls.length;
  await desk.find("reset-edit").click();
  await desk.find("sure-edit").waitFor();
  assert.match((await desk.find("link-edit").textContent()) ?? "", /stops working at once/);
  await desk.find("sure-edit-cancel").click();
  await desk.find("sure-edit").waitFor({ state: "detached" });
  assert.equal(desk.calls.length, asked, "nothing is ended by one click");
  await desk.find("reset-edit").click();
  const edit = { role: "edit", url: "/join#another", expiresAt: null } as const;
  desk.answers = () => ({ status: 200, body: owners({ links: [LINKS[0]!, edit] }) });
  assert.deepEqual(await desk.asks(() => desk.find("sure-edit").click()), { method: "POST", path: "/links/edit/reset", body: null });
  await desk.says("said", "old link has ended");
  await desk.find("copy-edit").click();
  await desk.page.waitForFunction(async () => (await navigator.clipboard.readText()).endsWith("/join#another"));
  assert.ok(!desk.calls.some(({ path }) => /code|another/.test(path)), "no code is part of an address that the server is asked for");
  await desk.close();
});

test("a link ends by itself when its owner wants that", async () => {
  const desk = await Desk.open(owners());
  const soon = Date.now();
  const day = await desk.asks(() => desk.find("expiry-edit").selectOption("day"));
  assert.deepEqual([day.method, day.path], ["PUT", "/links/edit"]);
  const end = Date.parse((day.body as Link).expiresAt ?? "");
  assert.ok(Math.abs(end - soon - 86_400_000) < 60_000);
  await desk.says("said", "The link ends");
  assert.deepEqual((await desk.asks(() => desk.find("expiry-present").selectOption("never"))).body, { expiresAt: null });
  await desk.says("said", "does not end by itself");
  await desk.find("expiry-follow").selectOption("date");
  await desk.find("day-follow").fill("2031-05-06");
  const date = (await desk.asks(() => desk.find("set-day-follow").click())).body as Link;
  assert.equal(new Date(date.expiresAt ?? "").getTime(), new Date(2031, 4, 6, 23, 59, 59).getTime());
  assert.match((await desk.find("expiry-present").textContent()) ?? "", /Ends Nov 22, 2036/);
  await desk.close();
});

test("people get roles by address and group, and the last owner stays", async () => {
  const desk = await Desk.open(owners());
  assert.match((await desk.find("people-list").textContent()) ?? "", /Ada Lovelace \(you\).*bob@example\.org.*Not signed in yet.*ops.*Group/);
  await desk.find("add-who").fill("Eve@Example.org");
  await desk.find("add-role").selectOption("viewer");
  assert.deepEqual((await desk.asks(() => desk.page.keyboard.press("Tab").then(() => desk.find("add-person").click()))).body, { subject: "email:eve@example.org", role: "viewer" });
  await desk.says("said", "Eve@Example.org was added");
  await desk.find("add-who").fill("press");
  assert.deepEqual((await desk.asks(() => desk.find("add-who").press("Enter"))).body, { subject: "group:press", role: "editor" });

  const bob = desk.page.locator('[data-subject="email:bob@example.org"]');
  assert.deepEqual((await desk.asks(() => bob.locator('[data-test="role"]').selectOption("owner"))).body, { subject: BOB.subject, role: "owner" });
  const removal = await desk.asks(() => bob.locator('[data-test="remove-person"]').click());
  assert.deepEqual([removal.method, removal.path], ["DELETE", "/people/email%3Abob%40example.org"]);
  await desk.says("said", "no role any more");

  const asked = desk.calls.length;
  const ada = desk.page.locator('[data-subject="user:ada"]');
  await ada.locator('[data-test="remove-person"]').click();
  await desk.says("complaint", "A deck needs an owner");
  await ada.locator('[data-test="role"]').selectOption("viewer");
  await desk.page.waitForFunction(() => document.querySelector<HTMLSelectElement>('[data-subject="user:ada"] select')?.value === "owner");
  assert.equal(desk.calls.length, asked);
  await desk.close();
});

test("one of two owners gives the role up only when they mean it", async () => {
  const desk = await Desk.open(owners({ people: [ADA, { ...BOB, role: "owner" }] }));
  const ada = desk.page.locator('[data-subject="user:ada"]');
  const asked = desk.calls.length;
  await ada.locator('[data-test="role"]').selectOption("editor");
  await desk.find("leave-cancel").click();
  await desk.find("leave").waitFor({ state: "detached" });
  assert.equal(desk.calls.length, asked);
  await ada.locator('[data-test="remove-person"]').click();
  desk.answers = () => ({ status: 409, body: { detail: "no" } });
  assert.equal((await desk.asks(() => desk.find("leave").click())).method, "DELETE");
  // The server knows better than this page who owns the deck.
  await desk.says("complaint", "A deck needs an owner");
  await desk.close();
});

test("a level holds when it is applied, not when the arrow keys pass it by", async () => {
  const desk = await Desk.open(owners());
  const names = await desk.page.locator(".share-level-name").allTextContents();
  assert.deepEqual(names, ["freely", "editable", "limited", "locked", "protected", "private"]);
  const asked = desk.calls.length;
  await desk.find("level-freely").focus();
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown"]) await desk.page.keyboard.press(key);
  assert.equal(await desk.page.evaluate(() => document.activeElement?.getAttribute("value")), "locked");
  assert.equal(desk.calls.length, asked);
  desk.answers = () => ({ status: 200, body: owners({ level: "locked" }) });
  assert.deepEqual((await desk.asks(() => desk.find("apply-level").click())).body, { level: "locked" });
  await desk.says("said", "Everybody may read");
  assert.equal(await desk.find("apply-level").count(), 0);
  await desk.close();
});

test("who does not own the deck sees what they are told and changes nothing else", async () => {
  const desk = await Desk.open(owners({ access: "present", links: LINKS.slice(0, 2) }));
  assert.equal(await desk.page.locator(".share-row[data-test^=link-]").count(), 1);
  assert.equal(await desk.find("reset-follow").count(), 1);
  for (const test of ["expiry-follow", "role", "remove-person", "add-who", "level-freely", "link-comment"]) assert.equal(await desk.find(test).count(), 0, test);
  assert.match((await desk.find("level").textContent()) ?? "", /Everybody may write/);
  const editor = await Desk.open(owners({ access: "edit", links: LINKS.slice(0, 1), people: [] }));
  assert.equal(await editor.find("reset-follow").count(), 0);
  assert.equal(await editor.page.locator(".share-section").count(), 2, "people are not theirs to see");
  await editor.close();
  await desk.close();
});

test("what goes wrong is said in words, and what holds stays on the screen", async () => {
  const desk = await Desk.open(owners());
  for (const [status, words] of [[0, "can't be reached"], [401, "session has ended"], [403, "may not do that any more"], [429, "too often"], [422, "no such group"]] as const) {
    desk.answers = () => ({ status, body: { title: "Refused", detail: "no such group" } });
    await desk.asks(() => desk.find("expiry-edit").selectOption("week"));
    await desk.says("complaint", words);
    assert.equal(await desk.find("expiry-edit").inputValue(), "never");
  }
  await desk.page.keyboard.press("Escape");
  desk.answers = () => ({ status: 0, body: null });
  await desk.shows("openShare");
  await desk.find("try-again").waitFor();
  await desk.says("complaint", "can't be reached");
  desk.answers = () => undefined;
  await desk.find("try-again").click();
  await desk.find("copy-edit").waitFor();
  await desk.close();
});

test("everything is done by keyboard, and the focus goes back to where it came from", async () => {
  const desk = await Desk.open(owners());
  await desk.find("copy-follow").waitFor();
  const reached = new Set<string>();
  for (let step = 0; step < 40; step++) {
    await desk.page.keyboard.press("Tab");
    reached.add((await desk.page.evaluate(() => document.activeElement?.getAttribute("data-test"))) ?? "");
  }
  for (const test of ["copy-follow", "qr-edit", "expiry-present", "reset-edit", "role", "remove-person", "add-who", "add-role", "add-person", "level-freely", "close-dialog"]) assert.ok(reached.has(test), test);
  await desk.find("reset-edit").press("Enter");
  const focused = () => desk.page.evaluate(() => document.activeElement?.getAttribute("data-test") ?? document.activeElement?.id);
  assert.equal(await focused(), "sure-edit");
  await desk.page.keyboard.press("Escape");
  assert.equal(await focused(), "reset-edit");
  await desk.page.keyboard.press("Escape");
  await desk.find("share-dialog").waitFor({ state: "detached" });
  assert.equal(await focused(), "share");
  await desk.close();
});

test("it fits a phone, light and dark, and axe finds nothing", async () => {
  const axe = await readFile(createRequire(join(TEST_FOLDER, "share.html")).resolve("axe-core/axe.min.js"), "utf8");
  for (const colorScheme of ["light", "dark"] as const) {
    for (const viewport of [{ width: 1024, height: 1100 }, { width: 320, height: 640 }]) {
      const touches = viewport.width < 640;
      const desk = await Desk.open(owners(), {}, { viewport, colorScheme, hasTouch: touches });
      const name = `share-${colorScheme}-${viewport.width}`;
      await desk.find("qr-edit").click();
      await desk.page.screenshot({ path: `${ARTEFACTS}/${name}.png`, animations: "disabled" });
      await desk.find("reset-present").click();
      await desk.find("level-private").check();
      await desk.find("expiry-follow").selectOption("week");
      await desk.says("said", "The link ends");
      await desk.find("level-private").check();
      await desk.page.screenshot({ path: `${ARTEFACTS}/${name}-below.png`, animations: "disabled" });
      const wide = await desk.page.evaluate(() => {
        const dialog = document.querySelector("dialog")!;
        return Math.max(dialog.scrollWidth - dialog.clientWidth, document.documentElement.scrollWidth - innerWidth);
      });
      assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
      await desk.page.evaluate(axe);
      const found = await desk.page.evaluate(async () => {
        type Axe = { run(root: Document): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        const { violations } = await (window as unknown as { axe: Axe }).axe.run(document);
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      });
      assert.deepEqual(found, [], name);
      await desk.close();
    }
  }
});

test("the presenter's links: an address to click, a picture, and another one when it is ended", async () => {
  const desk = await Desk.open(owners());
  await desk.page.keyboard.press("Escape");
  await desk.page.route("**/qr.svg", (route) => route.fulfill({ contentType: "image/svg+xml", body: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>' }));
  let links = { follow: "/l/one", remote: "/r/one" };
  desk.answers = ({ path }) => (path === "/links" ? { status: 200, body: links } : undefined);
  await desk.shows("openLinks");
  assert.equal(await desk.find("follow-link").textContent(), `${site.url}/l/one`);
  assert.equal(await desk.find("qr").locator("img").first().getAttribute("src"), "/l/one/qr.svg");
  links = { follow: "/l/two", remote: "/r/one" };
  await desk.asks(() => desk.find("reset-follow").click());
  await desk.says("said", "old link has ended");
  assert.equal(await desk.find("follow-link").getAttribute("href"), "/l/two");
  await desk.page.screenshot({ path: `${ARTEFACTS}/share-presenter.png` });
  await desk.close();
});
