/** The board: whose section is empty, who writes, who is ready, while it happens. */

import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

const DECK = `---
title: Community call
lang: en
---

# Welcome

---

# Team Alpha

Report by @ada

- 

---

# Team Beta

Report by

- 

----

## Beta plans

- 

---

# Goodbye
`;

/** Opens the board of a deck. */
async function looks(person: Person, deck: string): Promise<void> {
  await person.opens(`/d/${deck}/board`);
  await expect(row(person.page, "Team Alpha")).toBeVisible();
}

function row(page: Page, title: string): Locator {
  return page.getByTestId("board-row").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
}

function state(page: Page, title: string): Locator {
  return row(page, title).getByTestId("state");
}

/** Presses something in the menu of a row. */
async function choose(page: Page, title: string, test: string): Promise<void> {
  await row(page, title).getByTestId("more").click();
  await row(page, title).getByTestId(test).click();
}

/** What is on the clipboard, as somebody pastes it; a page may not read it. */
async function pasted(page: Page): Promise<string> {
  const field = await page.evaluateHandle(() => {
    const field = document.createElement("textarea");
    document.body.append(field);
    field.focus();
    return field;
  });
  await page.keyboard.press("ControlOrMeta+V");
  return field.evaluate(({ value }) => value);
}

/** The tick of a section in the editor's outline. */
function tick(page: Page, title: string): Locator {
  return page.getByTestId("outline-row").filter({ has: page.getByText(title, { exact: true }) }).first().getByTestId("ready-tick");
}

test("a section is not started, drafting, ready, and changed since", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ada, bob] = [await person("Ada"), await person("Bob")];
  await Promise.all([ada.writes(deck), looks(bob, deck)]);
  await expect(bob.page.getByTestId("board-count")).toHaveText("0 of 2 ready");
  await expect(state(bob.page, "Team Alpha")).toHaveText("Not started");
  await expect(bob.page.getByTestId("others")).toHaveText("2 other sections");

  await ada.editor.caretAfter("Report by @ada\n\n- ");
  await ada.editor.type("Nine ships sailed");
  await expect(state(bob.page, "Team Alpha")).toHaveText("Drafting");
  await expect(state(bob.page, "Team Beta")).toHaveText("Not started");
  await expect(row(bob.page, "Team Alpha").getByTestId("board-writing").or(row(bob.page, "Team Alpha").getByTestId("edited")).first()).toContainText("Ada");

  await ada.page.getByTestId("mark-ready").click();
  await expect(state(bob.page, "Team Alpha")).toHaveText("Ready");
  await expect(bob.page.getByTestId("board-count")).toHaveText("1 of 2 ready");
  await expect(bob.page.getByTestId("board-said")).toContainText("Team Alpha: Ready");
  await expect(tick(ada.page, "Team Alpha")).toHaveAttribute("data-state", "ready");
  await bob.keepPicture("board");

  await ada.editor.type(" home");
  await expect(state(bob.page, "Team Alpha")).toHaveText("Ready · changed since");
  await expect(ada.page.getByTestId("mark-ready")).toHaveText("Changed since ready · Ready again");
  await row(bob.page, "Team Alpha").getByTestId("set-ready").click();
  await expect(state(bob.page, "Team Alpha")).toHaveText("Ready");
  await expect(ada.page.getByTestId("mark-ready")).toHaveText("Ready");
});

test("a section that is renamed and moved stays what it was", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ada, bob] = [await person("Ada"), await person("Bob")];
  await Promise.all([ada.writes(deck), looks(bob, deck)]);
  await row(bob.page, "Team Beta").getByTestId("claim").click();
  await expect(row(bob.page, "Team Beta").getByTestId("board-reporter")).toHaveText("Bob (you)");
  await row(bob.page, "Team Beta").getByTestId("set-ready").click();
  await expect(state(bob.page, "Team Beta")).toHaveText("Ready");
  await ada.editor.replace("# Team Beta", "# Team Better");
  await expect(row(bob.page, "Team Better").getByTestId("board-reporter")).toHaveText("Bob (you)");
  await expect(state(bob.page, "Team Better")).toContainText("Ready");
  const moved = ada.page.getByTestId("outline-row").filter({ has: ada.page.getByText("Team Better", { exact: true }) });
  await moved.focus();
  await ada.page.keyboard.press("Alt+Shift+ArrowUp");
  await expect(bob.page.getByTestId("board-rows").getByTestId("board-title").first()).toHaveText("Team Better");
  await expect(row(bob.page, "Team Better").getByTestId("board-reporter")).toHaveText("Bob (you)");
  await expect(state(bob.page, "Team Better")).toContainText("Ready");
  await row(bob.page, "Team Better").getByTestId("claim").click();
  await expect(row(bob.page, "Team Better").getByTestId("board-reporter")).toHaveText("Nobody yet");
});

test("a reminder says what is missing and leads there", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const bob = await person("Bob");
  await looks(bob, deck);
  await bob.page.getByTestId("remind-all").click();
  await bob.hears("clipboard");
  const lines = (await pasted(bob.page)).split("\n");
  expect(lines[0]).toBe("Hello everybody,");
  expect(lines[1]).toBe("for Community call these sections are not ready yet:");
  expect(lines[2]).toMatch(/^- Team Alpha \(ada\): http:\/\/\S+#line=\d+$/);
  expect(lines[3]).toMatch(/^- Team Beta \(nobody yet, is it yours\?\): http:\/\/\S+#line=\d+$/);
  const link = /http\S+/.exec(lines[2] ?? "")?.[0] ?? "";
  await bob.page.goto(link);
  await bob.editor.ready();
  await expect.poll(async () => (await bob.editor.place()).before).toBe("- ");
});

test("no report this week leaves the section out for the audience, until it reports after all", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay, bob] = [await person("Pia"), await person("Fay"), await person("Bob")];
  await Promise.all([pia.presents(deck), fay.follows(deck), looks(bob, deck)]);
  await choose(bob.page, "Team Alpha", "no-report");
  await expect(state(bob.page, "Team Alpha")).toHaveText("No report");
  await expect(bob.page.getByTestId("board-count")).toHaveText("0 of 1 ready");
  await expect.poll(() => server.source(deck)).toContain('data-no-report="true"');
  await expect(pia.slides.all).toHaveCount(4);
  await pia.press("ArrowRight");
  await expect(pia.slides.current).toContainText("Team Beta");
  await expect(fay.slides.current).toContainText("Team Beta");

  await choose(bob.page, "Team Alpha", "no-report");
  await expect(state(bob.page, "Team Alpha")).toHaveText("Not started");
  await expect.poll(() => server.source(deck)).toBe(DECK);
  await expect(fay.slides.current).toContainText("Team Beta");
  await pia.press("ArrowLeft");
  await expect(fay.slides.current).toContainText("Team Alpha");
});

test("how long a section may take is planned on the board, and the presenter's agenda keeps to it", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, bob] = [await person("Pia"), await person("Bob")];
  await Promise.all([pia.presents(deck), looks(bob, deck)]);
  const plans = async (minutes: string) => {
    await row(bob.page, "Team Alpha").getByTestId("more").click();
    await row(bob.page, "Team Alpha").getByTestId("plan").fill(minutes);
    await bob.page.keyboard.press("Enter");
  };
  const agenda = pia.page.getByTestId("agenda-row").filter({ hasText: "Team Alpha" });
  await plans("2.5");
  await expect(row(bob.page, "Team Alpha").getByTestId("minutes")).toHaveText("2.5 min");
  await expect(agenda).toContainText("2:30");
  await expect.poll(() => server.source(deck)).toBe(DECK.replace("lang: en\n", "lang: en\nminutes:\n  Team Alpha: 2.5\n"));
  await plans("");
  await expect(agenda).not.toContainText("2:30");
  await expect.poll(() => server.source(deck)).toBe(DECK);
});

test("the board fits a phone, in the dark, too, and axe finds nothing", async ({ person, server }) => {
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const deck = await server.deck(DECK);
  const ada = await person("Ada", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: "dark" });
  await looks(ada, deck);
  await ada.keepPicture("board-phone");
  expect(await ada.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await ada.page.evaluate(axe);
  const found = await ada.page.evaluate(async () => {
    type Axe = { run(root: Document): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    const { violations } = await (window as unknown as { axe: Axe }).axe.run(document);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
  expect(found).toEqual([]);
  await ada.opens(`/d/${deck}`);
  await ada.editor.ready();
  await ada.page.getByTestId("tab-board").click();
  await expect(row(ada.page, "Team Alpha")).toBeVisible();
  await ada.page.getByTestId("tab-people").click();
  await expect(ada.page.getByTestId("people-list")).toContainText("Nobody else");
  await ada.page.getByTestId("tab-board").click();
  await row(ada.page, "Team Alpha").getByTestId("write-section").click();
  await expect(ada.editor.content).toBeVisible();
  await expect.poll(async () => (await ada.editor.place()).before).toBe("- ");
});
