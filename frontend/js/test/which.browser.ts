/** The editor's side of a call: "which section is yours?", what is ready, and what the editor and the outline are told. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answer, CallDesk, section } from "./call-page.ts";
import { ARTEFACTS, openSite, type Site } from "./harness.ts";

let site: Site;
before(async () => {
  site = await openSite(["call.html"]);
});
after(() => site.close());

function sections() {
  return [
    section("w", "Welcome", { expected: false, state: "drafting" }),
    section("a", "Team Compute", { reporter: "Mira", state: "ready" }),
    section("b", "Team Storage"),
    section("c", "Team Network", { reporter: "Jonas", claimedBy: "guest:jonas", state: "drafting" }),
  ];
}

test("a newcomer chooses their section by the keyboard and stands where they write", async () => {
  const desk = await CallDesk.open(site, "editor");
  await desk.has(sections());
  await desk.find("which").waitFor();
  const choices = await desk.find("which-choice").allTextContents();
  assert.deepEqual(choices, ["Team ComputeMiraReady", "Team StorageNot started", "Team NetworkJonasDrafting"]);
  await desk.page.keyboard.press("ArrowDown");
  const asked = await desk.asks(() => desk.page.keyboard.press("Enter"));
  assert.deepEqual(asked, { path: "/sections/b", body: { claim: true, name: "Ann" } });
  assert.deepEqual(await desk.did("write"), [[8]]);
  await desk.find("which").waitFor({ state: "detached" });
  // Asked once for each deck and browser.
  await desk.page.reload();
  await desk.page.waitForFunction(() => "begin" in window);
  await desk.page.evaluate(() => window.begin("editor", true));
  await desk.tell("access", "edit");
  await desk.has(sections());
  await desk.find("mark-ready").waitFor({ state: "attached" });
  assert.equal(await desk.find("which").count(), 0);
  await desk.close();
});

test("whoever chooses before the text is read is led to it as soon as it is, unless they write already", async () => {
  for (const writes of [false, true]) {
    const desk = await CallDesk.open(site, "editor");
    await desk.serverHas(sections());
    await desk.asks(() => desk.find("which-choice").nth(1).click());
    await desk.find("which").waitFor({ state: "detached" });
    assert.deepEqual(await desk.did("write"), []);
    if (writes) await desk.page.evaluate(() => document.body.dispatchEvent(new InputEvent("beforeinput", { bubbles: true })));
    await desk.has(sections());
    await desk.becomes("b", { claimedBy: "guest:me", reporter: "Ann" });
    await desk.page.waitForFunction(() => window.did.some(([what]) => what === "chips"));
    assert.deepEqual(await desk.did("write"), writes ? [] : [[8]]);
    await desk.close();
  }
});

test("whoever just looks, reads, or has a section is not asked again", async () => {
  const desk = await CallDesk.open(site, "editor");
  await desk.has(sections());
  await desk.find("which").waitFor();
  await desk.page.keyboard.press("Escape");
  await desk.find("which").waitFor({ state: "detached" });
  assert.deepEqual(desk.asked, []);
  await desk.close();
  const mine = await CallDesk.open(site, "editor");
  await mine.has(sections().map((one) => (one.id === "b" ? { ...one, claimedBy: "guest:me", reporter: "Ann" } : one)));
  await mine.find("mark-ready").waitFor({ state: "attached" });
  assert.equal(await mine.find("which").count(), 0);
  await mine.close();
  const reader = await CallDesk.open(site, "editor");
  await reader.tell("access", "read");
  await reader.has(sections());
  assert.equal(await reader.find("which").count(), 0);
  await reader.close();
});

test("a section with one's name comes first and is asked for, and only choosing it claims it", async () => {
  const desk = await CallDesk.open(site, "editor");
  await desk.has(sections());
  await desk.find("which").waitFor();
  await desk.tell("name", "jonas");
  const free = sections().map((one) => (one.id === "c" ? { ...one, claimedBy: null } : one));
  await desk.has(free);
  await desk.says(desk.find("which-choice").first(), "Team NetworkJonasYours?Drafting");
  assert.equal(await desk.find("which-choice").count(), 3);
  assert.deepEqual(desk.asked, []);
  const asked = await desk.asks(() => desk.find("which-choice").first().click());
  assert.deepEqual(asked, { path: "/sections/c", body: { claim: true, name: "jonas" } });
  await desk.find("which").waitFor({ state: "detached" });
  await desk.close();
});

test("the palette asks once more, also whoever was just looking", async () => {
  const desk = await CallDesk.open(site, "editor");
  await desk.has(sections());
  await desk.find("just-looking").click();
  await desk.find("which").waitFor({ state: "detached" });
  await desk.page.evaluate(() => window.page.commands.find(([label]) => label === "Which section is yours?")?.[1]());
  await desk.find("which").waitFor();
  await desk.becomes("b", { claimedBy: "guest:me", reporter: "Ann" });
  await desk.says(desk.find("which-choice").first(), "Team StorageAnnYoursNot started");
  await desk.page.keyboard.press("Escape");
  await desk.find("which").waitFor({ state: "detached" });
  await desk.close();
});

test("#mine leads to the own section, or asks which one that is, and not who writes already", async () => {
  const own = () => sections().map((one) => (one.id === "b" ? { ...one, claimedBy: "guest:me", reporter: "Ann" } : one));
  const desk = await CallDesk.open(site, "editor", {}, "#mine");
  await desk.has(own());
  await desk.page.waitForFunction(() => location.hash === "");
  assert.deepEqual(await desk.did("write"), [[8]]);
  assert.equal(await desk.find("which").count(), 0);
  await desk.close();
  const newcomer = await CallDesk.open(site, "editor", {}, "#mine");
  await newcomer.page.evaluate(() => localStorage.setItem("ondeck.section.deck", "1"));
  await newcomer.has(sections());
  await newcomer.find("which").waitFor();
  assert.equal(await newcomer.page.evaluate(() => location.hash), "");
  await newcomer.close();
  const writer = await CallDesk.open(site, "editor", {}, "#mine");
  await writer.page.evaluate(() => {
    const text = document.createElement("div");
    text.className = "cm-content";
    text.contentEditable = "true";
    document.body.append(text);
    text.focus();
  });
  await writer.page.keyboard.type("x");
  await writer.has(own());
  await writer.page.waitForFunction(() => location.hash === "");
  assert.deepEqual(await writer.did("write"), []);
  await writer.close();
});

test("nobody is asked in a deck in which nobody reports", async () => {
  const desk = await CallDesk.open(site, "editor");
  const alone = sections().map((one) => ({ ...one, reporter: null, claimedBy: null }));
  await desk.has(alone);
  await desk.find("mark-ready").waitFor({ state: "attached" });
  assert.equal(await desk.find("which").count(), 0);
  // The lines for their names wait to be filled in.
  await desk.tell("answer", answer(alone, [], {}, true));
  await desk.find("which").waitFor();
  await desk.has(alone);
  await desk.find("which").waitFor({ state: "detached" });
  // A call that is announced has reporters to come.
  await desk.has(alone, "2036-04-10T14:05");
  await desk.find("which").waitFor();
  await desk.close();
});

test("somebody who is typing keeps the focus when they are asked", async () => {
  const desk = await CallDesk.open(site, "editor");
  await desk.page.evaluate(() => {
    const field = document.createElement("input");
    document.body.append(field);
    field.focus();
  });
  await desk.has(sections());
  await desk.find("which").waitFor();
  assert.equal(await desk.page.evaluate(() => document.activeElement?.localName), "input");
  await desk.close();
});

test("the section of the caret is marked ready, and said to have changed since", async () => {
  const desk = await CallDesk.open(site, "editor");
  await desk.has(sections());
  await desk.page.keyboard.press("Escape");
  const ready = desk.find("mark-ready");
  await desk.tell("line", 1);
  await ready.waitFor({ state: "hidden" });
  await desk.tell("line", 7);
  await desk.says(ready, "Mark ready");
  assert.deepEqual(await desk.asks(() => ready.click()), { path: "/sections/b", body: { ready: true, name: "Ann" } });
  await desk.becomes("b", { state: "ready" });
  await desk.says(ready, "Ready");
  assert.deepEqual(await desk.asks(() => ready.click()), { path: "/sections/b", body: { ready: false, name: "Ann" } });
  await desk.becomes("b", { state: "ready", changed: true });
  await desk.says(ready, "Changed since ready · Ready again");
  assert.deepEqual(await desk.asks(() => ready.click()), { path: "/sections/b", body: { ready: true, name: "Ann" } });
  await desk.becomes("b", { state: "presented", changed: false });
  await ready.waitFor({ state: "hidden" });
  await desk.becomes("b", { state: "presented", changed: true });
  await desk.says(ready, "Changed since presented · Ready again");
  const [chips] = ((await desk.did("chips")).at(-1) ?? []) as string[][][];
  assert.deepEqual(chips?.[2]?.slice(0, 2), ["changed", "Presented · changed since"]);
  assert.deepEqual(await desk.asks(() => ready.click()), { path: "/sections/b", body: { ready: true, name: "Ann" } });
  await desk.close();
});

test("the outline hears of states, reporters and writers, the editor of sections and whose they are", async () => {
  const desk = await CallDesk.open(site, "editor");
  await desk.has(sections().map((one) => (one.id === "b" ? { ...one, claimedBy: "guest:me", reporter: "Ann" } : one)));
  await desk.tell("people", [["1", "Bob", 3, 305]]);
  await desk.tell("answer", answer(desk.sections, [], { 3: 1 }));
  await desk.tell("people", [["1", "Bob", 3, 306]]);
  await desk.page.waitForFunction(() => JSON.stringify(window.did.filter(([what]) => what === "chips").at(-1)).includes("writing"));
  assert.deepEqual((await desk.did("chips")).at(-1), [[
    ["drafting", "", "", ""],
    ["ready", "Ready", "Mira", ""],
    ["notStarted", "", "Ann", ""],
    ["drafting", "", "Jonas", "Bob is writing Team Network"],
  ]]);
  const last = (await desk.did("sections")).at(-1)?.[0] as { mine: number[]; sections: { title: string; from: number; to: number; isTaken: boolean }[] };
  assert.deepEqual(last.mine, [2]);
  assert.deepEqual(last.sections.map(({ title, from }) => [title, from]), [["Welcome", 0], ["Team Compute", 3], ["Team Storage", 6], ["Team Network", 9]]);
  assert.deepEqual(last.sections.map(({ isTaken }) => isTaken), [false, false, false, true]);
  // Ready with somebody's name is somebody's; that name on another device is the person's own.
  await desk.becomes("a", { readyBy: "Mira" });
  await desk.tell("name", "jonas");
  await desk.page.waitForFunction(() => {
    const told = window.did.filter(([what]) => what === "sections").at(-1)?.[1] as { sections: { isTaken: boolean }[] };
    return told.sections.map(({ isTaken }) => isTaken).join() === "false,true,false,false";
  });
  await desk.close();
});

test("whoever gets a name has it on what they claimed before", async () => {
  const desk = await CallDesk.open(site, "editor");
  await desk.has(sections().map((one) => (one.id === "b" ? { ...one, claimedBy: "guest:me", reporter: "Guest" } : one)));
  await desk.find("mark-ready").waitFor({ state: "attached" });
  const asked = await desk.asks(() => desk.tell("name", "Ada"));
  assert.deepEqual(asked, { path: "/sections/b", body: { claim: true, name: "Ada" } });
  await desk.close();
});

test("the card fits a phone, light and dark, and axe finds nothing", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const viewport of [{ width: 1200, height: 800 }, { width: 320, height: 640 }]) {
      const desk = await CallDesk.open(site, "editor", { viewport, colorScheme, hasTouch: viewport.width < 640 });
      const name = `which-${colorScheme}-${viewport.width}`;
      await desk.has([...sections(), ...Array.from({ length: 9 }, (_, index) => section(`t${index}`, `Team number ${index}`))]);
      await desk.find("which").waitFor();
      await desk.page.screenshot({ path: `${ARTEFACTS}/${name}.png`, animations: "disabled" });
      const wide = await desk.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
      assert.deepEqual(await desk.faults(), [], name);
      await desk.close();
    }
  }
});
