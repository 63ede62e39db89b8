/** The first page: what somebody sees of it and can do there, with a server in memory. */

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { ARTEFACTS, openSite, type Site } from "./harness.ts";
import { call, deck, DECKS, Home, PROPOSAL, TODAY } from "./home-page.ts";

let site: Site;
before(async () => {
  await mkdir(ARTEFACTS, { recursive: true });
  site = await openSite([]);
});
after(() => site.close());

test("the next call says when it is, how long that still is, and how far everybody is", async () => {
  const home = await Home.open(site);
  await home.says("call-title", "Community Call 2026-11-26");
  await home.says("call-when", "26 November 2026 at 14:05 CET");
  assert.equal(await home.find("own-time").count(), 0);
  await home.says("countdown", "in 2 hrs 16 mins");
  await home.says("ready", "7 of 11 ready");
  assert.equal(await home.find("reporter").count(), 8);
  for (const [test, path] of [["write", "/d/today#mine"], ["board", "/d/today/board"], ["present-call", "/d/today/present"]] as const) {
    assert.equal(await home.find(test).getAttribute("href"), path);
  }
  assert.equal(await home.find("follow-call").count(), 0);
  await home.page.clock.fastForward("02:11:40");
  await home.says("countdown", "in 4:50");
  await home.page.clock.runFor(10_000);
  await home.says("countdown", "in 4:40");
  await home.page.clock.fastForward("04:40");
  await home.says("countdown", "now");
  await home.close();
});

test("the call is where its series is, also for who is elsewhere", async () => {
  const home = await Home.open(site, undefined, { timezoneId: "America/New_York" });
  await home.says("call-when", "14:05 CET");
  await home.says("own-time", "Thu 08:05 where you are");
  await home.says("countdown", "in 2 hrs 16 mins");
  await home.close();
});

test("while somebody presents, following comes first, and the page hears of it by itself", async () => {
  const home = await Home.open(site);
  home.decks[0] = { ...TODAY, live: true, ready: 9 };
  await home.page.clock.runFor(31_000);
  await home.says("ready", "9 of 11 ready");
  assert.equal(await home.find("follow-call").getAttribute("href"), "/d/today/follow");
  assert.equal(await home.row("today").locator('[data-test="live"]').count(), 1);
  await home.page.screenshot({ path: `${ARTEFACTS}/home-live.png` });
  await home.close();
});

test("decks stand under their series by the date of the call", async () => {
  const home = await Home.open(site);
  assert.deepEqual(await home.order(), ["today", "past", "older", "template", "retro", "talk"]);
  await home.says("group", "Every other Thursday, 14:05");
  await home.says("group", "Other decks");
  await home.find("show-series").click();
  assert.deepEqual(await home.order(), ["today", "past", "older", "template"]);
  await home.find("show-mine").click();
  assert.deepEqual(await home.order(), ["today", "past", "template", "retro"]);
  await home.find("show-all").click();
  await home.find("search").fill("quay");
  assert.deepEqual(await home.order(), ["talk"]);
  await home.close();
});

test("a long series shows its last calls, and all of them when asked", async () => {
  const past = Array.from({ length: 20 }, (_, index) => call(`c${index}`, `2026-0${1 + Math.floor(index / 4)}-1${index % 4}`));
  const home = await Home.open(site, (home) => home.decks.push(...past));
  assert.equal(await home.find("deck").count(), 9);
  await home.find("more-template").click();
  assert.equal(await home.find("deck").count(), 26);
  await home.close();
});

test("who only reads is offered only what they may do", async () => {
  const home = await Home.open(site);
  await home.row("older").locator('[data-test="deck-menu"]').click();
  const items = await home.find("menu").locator("[role=menuitem]").evaluateAll((all) => all.map((item) => item.getAttribute("data-test")));
  assert.deepEqual(items, ["menu-open", "board-deck", "copy-follow", "duplicate-deck", "export-deck"]);
  await home.page.keyboard.press("Escape");
  await home.row("template").locator('[data-test="deck-menu"]').click();
  const owners = await home.find("menu").locator("[role=menuitem]").evaluateAll((all) => all.map((item) => item.getAttribute("data-test")));
  assert.deepEqual(owners, ["menu-open", "present-deck", "copy-follow", "new-call-deck", "series-deck", "duplicate-deck", "export-deck", "archive-deck", "delete-deck"]);
  await home.page.screenshot({ path: `${ARTEFACTS}/home-menu.png` });
  await home.close();
});

test("a deck is copied, put away, thrown away, and comes back", async () => {
  const home = await Home.open(site);
  await home.chooses("retro", "duplicate-deck");
  await home.row("copy").waitFor();
  await home.says("toast", "Retrospective of the harbour team, with a title that is far too long for a phone held upright (copy)");

  await home.chooses("copy", "archive-deck");
  await home.row("copy").waitFor({ state: "detached" });
  assert.deepEqual((await home.asked("PUT", "/decks/copy/archived")).body, { archived: true });
  await home.find("show-archive").click();
  assert.deepEqual(await home.order(), ["copy"]);
  await home.chooses("copy", "archive-deck");
  await home.says("nothing-here", "Nothing is archived");

  await home.find("show-all").click();
  await home.chooses("copy", "delete-deck");
  await home.row("copy").waitFor({ state: "detached" });
  await home.find("show-bin").click();
  await home.says("bin-note", "after 30 days");
  await home.row("copy").waitFor();
  assert.equal(await home.find("open-deck").count(), 0, "a deck in the bin cannot be opened");
  await home.page.screenshot({ path: `${ARTEFACTS}/home-bin.png` });
  const offer = home.find("toast").filter({ hasText: "is in the bin" });
  await offer.waitFor();
  await home.find("restore-deck").click();
  await home.says("nothing-here", "The bin is empty");
  await offer.waitFor({ state: "detached" });
  await home.find("show-all").click();
  await home.row("copy").waitFor();
  await home.close();
});

test("the audience's link is what is copied", async () => {
  const home = await Home.open(site);
  await home.chooses("today", "copy-follow");
  await home.says("toast", "clipboard");
  assert.equal(await home.page.evaluate(() => navigator.clipboard.readText()), `${site.url}/l/code`);
  await home.close();
});

test("a new call takes the day, who reports, and of the last call what one leaves ticked", async () => {
  const home = await Home.open(site);
  await home.find("new-call").click();
  await home.says("call-file", "community-call-2026-12-10.md");
  assert.equal(await home.find("day").count(), 3);
  assert.equal(await home.find("call-name").inputValue(), PROPOSAL.title);
  await home.says("carried-count", "4 of 4");
  await home.find("carried-item").nth(2).uncheck();
  await home.says("carried-count", "3 of 4");
  const reporters = home.find("call-reporter");
  assert.deepEqual(await reporters.evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value)), ["Ada Lovelace", "", "Grace Hopper"]);
  await reporters.nth(1).fill("Linus");
  await reporters.nth(2).fill("");
  await home.page.screenshot({ path: `${ARTEFACTS}/home-new-call.png` });

  // There is a call on the day that is chosen first; what was chosen besides stays.
  await home.find("day").nth(1).check();
  await home.says("call-file", "another.md");
  await home.find("create-call").click();
  await home.says("complaint", "There is a call on that day already");
  await home.find("day").nth(0).check();
  await home.says("call-file", "community-call-2026-12-10.md");
  await home.says("carried-count", "3 of 4");
  await home.find("create-call").click();
  await home.page.waitForURL("**/d/made");
  const made = home.calls.filter(({ method, path }) => method === "POST" && path.endsWith("/calls"));
  assert.deepEqual(made.at(-1)?.body, {
    date: "2026-12-10",
    keep: [1, 3, 4],
    reporters: [{ section: "Team IaaS", name: "Ada Lovelace" }, { section: "Team Ops", name: "Linus" }],
  });
  await home.close();
});

test("when the last call has changed meanwhile, one looks again", async () => {
  const home = await Home.open(site, (home) => (home.proposal = { ...PROPOSAL, carried: PROPOSAL.carried.map((item) => ({ ...item, id: 99 })) }));
  await home.find("new-call").click();
  await home.find("carried-item").nth(1).uncheck();
  home.proposal = { ...PROPOSAL, carried: PROPOSAL.carried.slice(1) };
  await home.find("create-call").click();
  await home.says("complaint", "The last call has changed");
  await home.says("carried-count", "2 of 3");
  await home.find("create-call").click();
  await home.page.waitForURL("**/d/made");
  assert.deepEqual(((await home.asked("POST", "/decks/template/calls")).body as { keep: number[] }).keep, [2, 3]);
  await home.close();
});

test("a call may be on any other day, and have another title", async () => {
  const home = await Home.open(site);
  await home.chooses("template", "new-call-deck");
  await home.says("call-file", "community-call");
  await home.find("day-any").check();
  await home.find("day-other").fill("2026-12-17");
  await home.find("day-other").dispatchEvent("change");
  await home.says("call-file", "another.md");
  await home.find("call-name").fill("Extraordinary call");
  await home.find("create-call").click();
  await home.page.waitForURL("**/d/made");
  const { body } = await home.asked("POST", "/decks/template/calls");
  assert.equal((body as { date: string }).date, "2026-12-17");
  assert.equal((body as { title: string }).title, "Extraordinary call");
  await home.close();
});

test("a deck becomes a series, is set, and ends", async () => {
  const home = await Home.open(site);
  await home.chooses("retro", "series-deck");
  await home.find("series-name").fill("Retro");
  await home.find("series-zone").fill("berlin");
  await home.find("series-name").focus();
  assert.equal(await home.find("series-zone").inputValue(), "Europe/Berlin");
  await home.find("series-every").selectOption("month");
  await home.find("series-week").selectOption("-1");
  await home.find("series-day").selectOption("fri");
  await home.find("series-time").fill("15:30");
  await home.find("series-zone").fill("Nowhere");
  await home.find("save-series").click();
  await home.says("complaint", "Nowhere");
  await home.find("series-zone").fill("Europe/Berlin");
  await home.page.screenshot({ path: `${ARTEFACTS}/home-series.png` });
  await home.find("save-series").click();
  await home.says("toast", "“Retro” is a series");
  const { body } = await home.asked("PUT", "/decks/retro/series");
  assert.deepEqual(body, { name: "Retro", cadence: { every: "month", day: "fri", week: -1 }, time: "15:30", zone: "Europe/Berlin" });

  await home.find("series-settings").click();
  assert.equal(await home.find("series-every").inputValue(), "two-weeks");
  await home.find("save-series").click();
  await home.says("toast", "is saved");
  await home.find("series-settings").click();
  await home.find("end-series").click();
  await home.find("end-series-sure").click();
  await home.asked("DELETE", "/decks/template/series");
  await home.close();
});

test("a series whose next call nobody has made says so", async () => {
  const home = await Home.open(site, (home) => (home.decks = DECKS.filter(({ id }) => id !== "today")));
  await home.says("next-call", "10 Dec, 14:05 · not prepared yet");
  await home.find("new-call-due").click();
  await home.find("new-call-dialog").waitFor();
  await home.close();
});

test("members only: guests see what is shared with them, and the way in", async () => {
  const home = await Home.open(site, (home) => {
    home.session = { kind: "guest", name: null, canCreate: false, signIn: "/auth/login" };
    home.decks = [];
    home.series = [];
  });
  await home.says("no-decks", "No deck is shared with you yet");
  await home.says("members-create", "Sign in to make decks");
  assert.equal(await home.find("members-create").locator("a").getAttribute("href"), "/auth/login?to=%2F");
  assert.equal(await home.find("new-deck").count(), 0);
  await home.close();
});

test("the name of a guest is kept for all pages, that of a member is the server's", async () => {
  const guest = await Home.open(site);
  await guest.find("me").click();
  await guest.find("name").fill("  Ada Lovelace ");
  await guest.find("save-name").click();
  assert.equal(await guest.find("me").textContent(), "AL");
  const kept = await guest.page.evaluate(() => JSON.parse(localStorage.getItem("ondeck.profile") ?? "null") as { name: string });
  assert.equal(kept.name, "Ada Lovelace");
  await guest.close();

  const member = await Home.open(site, (home) => (home.session = { kind: "member", name: "Grace Hopper", canCreate: true, signIn: null }));
  await member.find("me").click();
  await member.says("member-name", "You're Grace Hopper");
  await member.find("sign-out").click();
  await member.asked("DELETE", "/session");
  await member.close();
});

test("without the server the list is what the device knows, and comes back by itself", async () => {
  const home = await Home.open(site);
  home.isAway = true;
  await home.page.clock.runFor(31_000);
  await home.says("unreachable", "Can't reach the server. Showing decks kept on this device.");
  await home.row("retro").waitFor();
  await home.page.screenshot({ path: `${ARTEFACTS}/home-away.png` });
  await home.page.reload();
  await home.says("unreachable", "kept on this device");
  await home.row("retro").waitFor();
  home.isAway = false;
  await home.page.clock.runFor(5_000);
  await home.find("unreachable").waitFor({ state: "detached" });
  await home.close();
});

test("an answer that is cut off on its way empties no list", async () => {
  const home = await Home.open(site);
  home.isCut = true;
  await home.page.clock.runFor(31_000);
  await home.says("unreachable", "Showing decks kept on this device");
  await home.row("retro").waitFor();
  home.isCut = false;
  await home.page.clock.runFor(5_000);
  await home.find("unreachable").waitFor({ state: "detached" });
  await home.close();
});

test("a title is text, whatever it holds", async () => {
  const home = await Home.open(site, (home) => {
    home.decks = [deck("x", { title: "<img src=x onerror=alert(1)>" }), call("y", "2026-12-10", { title: "<script>1</script>", reporters: ["<b>X</b>"] })];
  });
  await home.says("deck", "<img src=x onerror=alert(1)>");
  assert.equal(await home.page.locator("main img, main script, main b").count(), 0);
  await home.close();
});

test("what somebody points at or is in stays as it is when the list is asked for again", async () => {
  const home = await Home.open(site);
  await home.row("past").locator("a").focus();
  await home.page.evaluate(() => Object.assign(document.activeElement!, { mark: true }));
  home.decks.unshift(deck("new", { updatedAt: "2026-11-26T10:48:50Z" }));
  await home.page.clock.runFor(31_000);
  await home.row("new").waitFor();
  assert.ok(await home.page.evaluate(() => (document.activeElement as Element & { mark?: true }).mark));
  await home.close();
});

test("a menu stays open while the list is asked for again, and a row that goes leaves the focus to its neighbour", async () => {
  const home = await Home.open(site);
  await home.row("past").locator('[data-test="deck-menu"]').click();
  await home.find("delete-deck").waitFor();
  home.decks = home.decks.map((deck) => ({ ...deck, updatedAt: "2026-11-26T10:48:00Z" }));
  await home.page.clock.runFor(31_000);
  await home.page.keyboard.press("End");
  assert.equal(await home.page.evaluate(() => document.activeElement?.getAttribute("data-test")), "delete-deck");
  await home.page.keyboard.press("Enter");
  await home.row("past").waitFor({ state: "detached" });
  assert.equal(await home.page.evaluate(() => document.activeElement?.closest("[data-id]")?.getAttribute("data-id")), "older");
  await home.close();
});

for (const [name, browser] of [
  ["wide", {}],
  ["dark", { colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
  ["phone-dark", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: "dark" }],
  ["narrow", { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true }],
  // 200 % of a small window.
  ["large", { viewport: { width: 512, height: 384 }, deviceScaleFactor: 2 }],
  ["german", { locale: "de-DE", viewport: { width: 390, height: 844 } }],
  ["forced", { forcedColors: "active" }],
] as const) {
  test(`nothing is out of reach or out of sight: ${name}`, async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    const home = await Home.open(site, undefined, browser);
    const check = async (what: string) => {
      const over = await home.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(over <= 0, `${what} is ${over} px too wide`);
      await home.page.screenshot({ path: `${ARTEFACTS}/home-${name}-${what}.png`, fullPage: what === "list", animations: "disabled" });
      await home.page.evaluate(axe);
      const found = await home.page.evaluate(async () => {
        type Axe = { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        const { violations } = await (window as unknown as { axe: Axe }).axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      });
      assert.deepEqual(found, [], what);
    };
    await home.page.clock.resume();
    await check("list");
    await home.row("today").locator('[data-test="deck-menu"]').click();
    await check("menu");
    await home.page.keyboard.press("Escape");
    await home.find("me").click();
    await check("me");
    await home.page.keyboard.press("Escape");
    await home.find("new-call").click();
    await home.find("carried-item").first().waitFor();
    await check("new-call");
    await home.page.keyboard.press("Escape");
    await home.find("series-settings").click();
    await home.find("series-name").waitFor();
    await check("series");
    await home.close();
  });
}
