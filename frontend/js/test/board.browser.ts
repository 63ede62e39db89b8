/** The board: what it says of each section, what its buttons ask for, and that everybody can use it. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answer, CallDesk, NOW, section } from "./call-page.ts";
import { ARTEFACTS, openSite, type Site, workOf } from "./harness.ts";

let site: Site;
before(async () => {
  site = await openSite(["call.html"]);
});
after(() => site.close());

/** A call as it is half an hour before it begins. */
function sections() {
  return [
    section("w", "Welcome", { expected: false, state: "drafting" }),
    section("a", "Team Compute", { reporter: "Mira", state: "ready", readyBy: "Mira", minutes: 5, editedAt: NOW - 26 * 60_000, editedBy: "Mira" }),
    section("b", "Team Storage", { reporter: "Ann", claimedBy: "guest:me", state: "drafting", minutes: 4, editedAt: NOW - 3 * 60_000, editedBy: "Ann" }),
    section("c", "Team Network"),
    section("d", "SIG Documentation", { reporter: "Jonas", state: "ready", changed: true, editedAt: NOW - 5_000, editedBy: "Jonas", minutes: 2.5 }),
    section("e", "Project Lighthouse with a name that goes on and on", { state: "noReport", expected: false }),
    section("f", "Events", { state: "presented", reporter: "Femke" }),
  ];
}

test("each section says who writes it, how far it is, and when it was edited by whom", async () => {
  const desk = await CallDesk.open(site, "board");
  await desk.says(desk.find("board-nothing"), "Looking who writes what…");
  await desk.has(sections(), "2036-04-10T14:05");
  await desk.says(desk.find("board-count"), "2 of 5 ready".replace("2", "3"));
  await desk.says(desk.find("call-at"), /^Thursday, April 10, 2036 at 2:05 PM GMT\+2 · in [\d,]+ days/);
  assert.equal(await desk.find("board-bar").getAttribute("aria-valuenow"), "3");
  const state = (id: string) => desk.row(id).locator('[data-test="state"]');
  await desk.says(state("a"), "Ready");
  await desk.says(state("b"), "Drafting");
  await desk.says(state("c"), "Not started");
  await desk.says(state("d"), "Ready · changed since");
  await desk.says(state("e"), "No report");
  await desk.says(state("f"), "Presented");
  await desk.says(desk.row("a").locator('[data-test="edited"]'), "26 min. ago by Mira");
  await desk.says(desk.row("d").locator('[data-test="edited"]'), "now by Jonas");
  await desk.says(desk.row("d").locator('[data-test="minutes"]'), "2.5 min");
  await desk.says(desk.row("b").locator('[data-test="board-reporter"]'), "Ann (you)");
  await desk.says(desk.row("c").locator('[data-test="board-reporter"]'), "Nobody yet");
  await desk.says(desk.find("others"), "1 other section");
  assert.equal(await desk.row("w").isVisible(), false, "who has not to report is folded away");
  await desk.close();
});

test("rows change in place, keep the focus, and what became of a section is announced", async () => {
  const desk = await CallDesk.open(site, "board");
  await desk.has(sections());
  const write = desk.row("c").locator('[data-test="write-section"]');
  await write.focus();
  await desk.becomes("c", { state: "drafting", editedAt: NOW, editedBy: "Bob" });
  await desk.says(desk.row("c").locator('[data-test="state"]'), "Drafting");
  await desk.says(desk.find("board-said"), "Team Network: Drafting");
  assert.ok(await write.evaluate((button) => button === document.activeElement));
  // The order of the deck is the order of the rows.
  await desk.has([...desk.sections].reverse());
  const titles = () => desk.find("board-rows").locator('[data-test="board-title"]').allTextContents();
  assert.equal((await titles())[0], "Events");
  assert.ok(await write.evaluate((button) => button === document.activeElement), "a row that moves keeps the focus");
  await desk.close();
});

test("who types where is seen while they do", async () => {
  const desk = await CallDesk.open(site, "board");
  await desk.has(sections());
  await desk.tell("people", [["1", "Bob", 3, 305], ["2", "Eve", 4, 120]]);
  const writing = desk.row("c").locator('[data-test="board-writing"]');
  assert.equal(await desk.row("c").locator(".presence").count(), 1);
  await desk.says(writing, "");
  await desk.tell("answer", answer(desk.sections, [], { 3: 1 }));
  await desk.tell("people", [["1", "Bob", 3, 306], ["2", "Eve", 4, 120]]);
  await desk.says(writing, "Bob is writing");
  await desk.says(desk.row("a").locator('[data-test="board-writing"]'), "");
  await desk.close();
});

test("its buttons claim, mark ready, and take both back", async () => {
  const desk = await CallDesk.open(site, "board");
  await desk.has(sections());
  const press = (id: string, name: string) => desk.asks(() => desk.row(id).locator(`[data-test="${name}"]`).click());
  assert.deepEqual(await press("c", "claim"), { path: "/sections/c", body: { claim: true, name: "Ann" } });
  assert.deepEqual(await press("b", "claim"), { path: "/sections/b", body: { claim: false, name: "Ann" } });
  assert.deepEqual(await press("b", "set-ready"), { path: "/sections/b", body: { ready: true, name: "Ann" } });
  await desk.says(desk.row("a").locator('[data-test="set-ready"]'), "Not ready");
  assert.deepEqual(await press("a", "set-ready"), { path: "/sections/a", body: { ready: false, name: "Ann" } });
  await desk.says(desk.row("d").locator('[data-test="set-ready"]'), "Ready again");
  assert.deepEqual(await press("d", "set-ready"), { path: "/sections/d", body: { ready: true, name: "Ann" } });
  desk.status = 403;
  await press("c", "claim");
  await desk.page.waitForFunction(() => window.did.some(([what, text]) => what === "say" && text === "You may not do that any more."));
  await desk.close();
});

test("no report is an edit of the text that can be taken back", async () => {
  const desk = await CallDesk.open(site, "board");
  await desk.has(sections());
  await desk.row("c").locator('[data-test="more"]').click();
  await desk.row("c").locator('[data-test="no-report"]').click();
  assert.deepEqual(await desk.did("no-report"), [[3]]);
  assert.deepEqual(await desk.did("say"), [["Team Network: no report this week", true]]);
  await desk.page.evaluate(() => window.undo?.());
  assert.deepEqual(await desk.did("report"), [[3]]);
  await desk.row("e").locator('[data-test="more"]').click();
  await desk.says(desk.row("e").locator('[data-test="no-report"]'), "Report after all");
  await desk.row("e").locator('[data-test="no-report"]').click();
  assert.deepEqual(await desk.did("report"), [[3], [5]]);
  await desk.close();
});

test("how long a section may take is planned in its row", async () => {
  const desk = await CallDesk.open(site, "board");
  await desk.has(sections());
  const field = (id: string) => desk.row(id).locator('[data-test="plan"]');
  const open = (id: string) => desk.row(id).locator('[data-test="more"]').click();
  await open("b");
  assert.equal(await field("b").inputValue(), "4");
  await field("b").fill("6.5");
  // Whatever comes meanwhile leaves what is typed alone.
  await desk.becomes("b", { problems: 1 });
  await desk.page.screenshot({ path: `${ARTEFACTS}/board-plan.png` });
  await field("b").press("Enter");
  assert.deepEqual(await desk.did("plan"), [[2, 6.5]]);
  assert.equal(await field("b").isVisible(), false);
  await desk.becomes("b", { minutes: 6.5 });
  await desk.says(desk.row("b").locator('[data-test="minutes"]'), "6.5 min");
  // An empty field is no plan of its own; what is out of bounds is not written.
  await open("b");
  await field("b").fill("");
  await field("b").press("Enter");
  assert.deepEqual(await desk.did("plan"), [[2, 6.5], [2, null]]);
  await open("c");
  await field("c").fill("601");
  await field("c").press("Enter");
  assert.equal(await field("c").evaluate((input: HTMLInputElement) => input.validity.rangeOverflow), true);
  assert.equal((await desk.did("plan")).length, 2);
  // Also of what has not to report.
  await desk.find("others").click();
  await open("w");
  assert.equal(await desk.row("w").locator('[data-test="no-report"]').isVisible(), false);
  await field("w").fill("3");
  await field("w").press("Enter");
  assert.deepEqual((await desk.did("plan")).at(-1), [0, 3]);
  await desk.close();
});

test("a reminder names what is missing, whose it is, where to write and when the call is", async () => {
  const desk = await CallDesk.open(site, "board");
  await desk.has(sections(), "2036-04-10T14:05");
  await desk.says(desk.find("call-at"), /2:05 PM GMT/);
  const clipboard = () => desk.page.evaluate(() => navigator.clipboard.readText());
  await desk.find("remind-all").click();
  await desk.page.waitForFunction(() => window.did.some(([what]) => what === "say"));
  assert.equal(await clipboard(), [
    "Hello everybody,",
    "for Community call on Thursday, April 10, 2036 at 2:05 PM GMT+2 these sections are not ready yet:",
    `- Team Storage (Ann): ${site.url}/d/deck#line=9`,
    `- Team Network (nobody yet, is it yours?): ${site.url}/d/deck#line=12`,
    "The link leads right to your place; when you are done, press “Mark ready”. Thank you!",
  ].join("\n"));
  await desk.row("b").locator('[data-test="more"]').click();
  await desk.row("b").locator('[data-test="remind"]').click();
  await desk.page.waitForFunction(() => window.did.filter(([what]) => what === "say").length === 2);
  assert.match(await clipboard(), /^Hello Ann,\n“Team Storage” is still missing in Community call, which is on Thursday, April 10, 2036 at 2:05 PM GMT\+2\. Please write it here:\nhttp.*#line=9\n/);
  await desk.close();
});

test("nobody is reminded before the text says where to write, and in which call", async () => {
  const desk = await CallDesk.open(site, "board");
  await desk.serverHas(sections());
  await desk.row("c").waitFor();
  assert.equal(await desk.find("remind-all").isVisible(), false);
  await desk.has(sections());
  await desk.find("remind-all").waitFor();
  await desk.close();
});

test("the arrow keys lead from row to row, Escape closes a row's menu", async () => {
  const desk = await CallDesk.open(site, "board");
  await desk.has(sections());
  await desk.row("a").locator('[data-test="write-section"]').focus();
  await desk.page.keyboard.press("ArrowDown");
  const focused = () => desk.page.evaluate(() => [document.activeElement?.closest<HTMLElement>(".board-row")?.dataset["section"], document.activeElement?.getAttribute("data-test")]);
  assert.deepEqual(await focused(), ["b", "write-section"]);
  await desk.row("b").locator('[data-test="more"]').focus();
  await desk.page.keyboard.press("Enter");
  await desk.row("b").locator('[data-test="remind"]').waitFor();
  await desk.page.keyboard.press("Tab");
  assert.deepEqual(await focused(), ["b", "remind"]);
  await desk.page.keyboard.press("ArrowDown");
  assert.deepEqual(await focused(), ["b", "no-report"]);
  await desk.page.keyboard.press("Escape");
  assert.deepEqual(await focused(), ["b", "more"]);
  assert.equal(await desk.row("b").locator('[data-test="remind"]').isVisible(), false);
  await desk.close();
});

test("who may only read sees the board and changes nothing; without the server nobody does", async () => {
  const desk = await CallDesk.open(site, "board");
  await desk.has(sections());
  await desk.tell("connection", false);
  await desk.page.waitForFunction(() => document.querySelector<HTMLButtonElement>('[data-test="set-ready"]')?.disabled);
  await desk.tell("connection", true);
  await desk.tell("access", "read");
  await desk.row("a").locator('[data-test="set-ready"]').waitFor({ state: "hidden" });
  assert.equal(await desk.page.locator(".board-acts button:visible, .board-claim:visible").count(), 0);
  await desk.close();
});

test("the section that the text has renamed a moment ago is still the same row", async () => {
  const desk = await CallDesk.open(site, "board");
  await desk.has(sections());
  const renamed = sections().map((one) => (one.id === "c" ? { ...one, title: "Team Networks" } : one));
  await desk.tell("answer", answer(renamed, [[3, "empty section"]]));
  await desk.says(desk.row("c").locator('[data-test="problems"]'), "1 problem");
  await desk.close();
});

test("fifty edits a second of eleven writers are on the board within 300 ms", async () => {
  const desk = await CallDesk.open(site, "board");
  const teams = Array.from({ length: 11 }, (_, index) => section(`t${index}`, `Team ${index}`, { reporter: `R${index}` }));
  await desk.has(teams);
  const work = await workOf(desk.page);
  for (let round = 0; round < 50; round++) {
    const told = { kind: "section", ...section(`t${round % 11}`, `Team ${round % 11}`, { reporter: "R", state: "drafting", editedAt: NOW, editedBy: `W${round}` }) };
    const before = await work();
    const text = await desk.page.evaluate(async ([json, told, id]) => {
      window.hears("answer", json);
      window.hears("desk", told);
      // It waits for nothing but its turn.
      await new Promise((resolve) => setTimeout(resolve));
      return document.querySelector(`[data-section="${id}"] [data-test="edited"]`)?.textContent;
    }, [answer(teams, [], { [round % 11]: round }), JSON.stringify(told), told.id] as const);
    const spent = (await work()) - before;
    assert.equal(text, `now by W${round}`);
    assert.ok(spent < 300, `${spent} ms`);
  }
  await desk.close();
});

test("it fits a phone, light and dark, German, too, and axe finds nothing", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const viewport of [{ width: 1200, height: 800 }, { width: 320, height: 640 }]) {
      const isSmall = viewport.width < 640;
      const desk = await CallDesk.open(site, "board", { viewport, colorScheme, hasTouch: isSmall, ...(isSmall ? { locale: "de" } : {}) });
      const name = `board-${colorScheme}-${viewport.width}`;
      await desk.has(sections(), "2036-04-10T14:05");
      await desk.tell("people", [["1", "Bob Marley", 3, 305], ["2", "Eve", 4, 120]]);
      await desk.tell("answer", answer(desk.sections, [[1, "x"]], { 3: 1 }));
      await desk.tell("people", [["1", "Bob Marley", 3, 306], ["2", "Eve", 4, 120]]);
      await desk.says(desk.row("a").locator('[data-test="problems"]'), /1 [Pp]roblem/);
      await desk.page.screenshot({ path: `${ARTEFACTS}/${name}.png`, animations: "disabled", fullPage: true });
      await desk.row("b").locator('[data-test="more"]').click();
      await desk.find("others").click();
      await desk.page.screenshot({ path: `${ARTEFACTS}/${name}-open.png`, animations: "disabled" });
      const wide = await desk.page.evaluate(() => Math.max(...[...document.querySelectorAll("html, main")].map((one) => one.scrollWidth)) - innerWidth);
      assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
      assert.deepEqual(await desk.faults(), [], name);
      await desk.close();
    }
  }
});
