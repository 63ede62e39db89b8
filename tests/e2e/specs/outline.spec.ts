/** The outline: where one is, who else is where, and the order of slides and sections. */

import type { Page } from "@playwright/test";
import { expect, test } from "../harness/test.ts";

const DECK = `---
title: Call
---

# Welcome

---

# Team Alpha

Report by @ada

- first

----

## Alpha news

- second

----

## Alpha plans

---

# Team Beta

- third

---

# Goodbye
`;

const ORDER = ["Welcome", "Team Alpha", "Alpha news", "Alpha plans", "Team Beta", "Goodbye"];

function row(page: Page, title: string) {
  return page.getByTestId("outline-row").filter({ has: page.getByText(title, { exact: true }) });
}

/** The titles in the order of the rows, folded ones included. */
function titles(page: Page) {
  return page.getByTestId("outline-row").evaluateAll((rows) =>
    rows.map((one) => one.querySelector(".ellipsis")?.textContent ?? ""),
  );
}

test("the outline is a tree that the keyboard walks through", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const ann = await person("Ann");
  await ann.writes(deck);
  expect(await titles(ann.page)).toEqual(ORDER);
  const alpha = row(ann.page, "Team Alpha");
  await expect(alpha).toHaveAttribute("aria-level", "1");
  await expect(alpha).toHaveAttribute("aria-expanded", "true");
  await expect(row(ann.page, "Alpha news")).toHaveAttribute("aria-level", "2");
  await expect(row(ann.page, "Team Beta")).not.toHaveAttribute("aria-expanded");
  await expect(alpha.getByTestId("reporter")).toHaveText("@ada");

  await row(ann.page, "Welcome").focus();
  const press = async (key: string, title: string) => {
    await ann.page.keyboard.press(key);
    await expect(row(ann.page, title), key).toBeFocused();
  };
  await press("ArrowDown", "Team Alpha");
  await press("ArrowRight", "Alpha news");
  await press("ArrowDown", "Alpha plans");
  await press("ArrowLeft", "Team Alpha");
  await press("ArrowLeft", "Team Alpha");
  await expect(alpha).toHaveAttribute("aria-expanded", "false");
  await expect(row(ann.page, "Alpha news")).toBeHidden();
  await press("ArrowDown", "Team Beta");
  await press("End", "Goodbye");
  await press("Home", "Welcome");
  await press("t", "Team Alpha");
  await press("ArrowRight", "Team Alpha");
  await expect(row(ann.page, "Alpha news")).toBeVisible();
  // One tab stop, whatever the size of the deck.
  await expect(ann.page.locator('[data-test="outline-row"][tabindex="0"]')).toHaveCount(1);

  await ann.page.keyboard.press("ArrowDown");
  await ann.page.keyboard.press("Enter");
  await expect(ann.editor.content).toBeFocused();
  expect((await ann.editor.place()).after).toBe("## Alpha news");
  await expect(row(ann.page, "Alpha news")).toHaveAttribute("aria-current", "true");
});

test("a slide is renamed in place", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await row(ann.page, "Alpha news").focus();
  await ann.page.keyboard.press("F2");
  const field = ann.page.getByTestId("rename-field");
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("Alpha news");
  await field.fill("dropped");
  await ann.page.keyboard.press("Escape");
  await expect(row(ann.page, "Alpha news")).toBeFocused();
  expect(await server.source(deck)).toContain("## Alpha news\n");

  await ann.page.keyboard.press("F2");
  await field.fill("What is new");
  await ann.page.keyboard.press("Enter");
  await expect(row(ann.page, "What is new")).toBeFocused();
  await expect(row(bob.page, "What is new")).toBeVisible();
  await ann.saved();
  expect(await server.source(deck)).toContain("## What is new\n\n- second");

  // The same by mouse.
  await row(ann.page, "Goodbye").hover();
  await row(ann.page, "Goodbye").getByTestId("row-menu").click();
  await ann.page.getByTestId("rename").click();
  await field.fill("See you");
  await ann.page.keyboard.press("Enter");
  await expect.poll(() => server.source(deck)).toContain("# See you\n");
});

test("slides and sections move by key, and one undo takes it back", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  const order = async (expected: string[]) => {
    for (const one of [ann, bob]) await expect.poll(() => titles(one.page), one.name).toEqual(expected);
  };
  await row(ann.page, "Alpha plans").focus();
  await ann.page.keyboard.press("Alt+Shift+ArrowUp");
  await order(["Welcome", "Team Alpha", "Alpha plans", "Alpha news", "Team Beta", "Goodbye"]);
  await expect(row(ann.page, "Alpha plans")).toBeFocused();
  await ann.page.keyboard.press("Control+z");
  await order(ORDER);
  expect(await server.source(deck)).toBe(DECK);

  // A section goes with all its slides.
  await row(ann.page, "Team Alpha").focus();
  await ann.page.keyboard.press("Alt+Shift+ArrowDown");
  await order(["Welcome", "Team Beta", "Team Alpha", "Alpha news", "Alpha plans", "Goodbye"]);
  await expect(row(ann.page, "Team Alpha")).toBeFocused();
  await ann.page.keyboard.press("Control+z");
  await order(ORDER);
  await ann.saved();
  expect(await server.source(deck)).toBe(DECK);
});

test("who writes in a slide that is moved goes along, and the audience beside it stays", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await Promise.all([ann.writes(deck), bob.writes(deck), pia.presents(deck), fay.follows(deck)]);
  const live = async () => {
    for (const one of [pia, fay]) await expect(one.slides.current.locator("h1, h2"), one.name).toHaveText("Alpha news");
  };
  await pia.press("ArrowRight");
  await expect(pia.slides.current).toContainText("Team Alpha");
  await pia.press("ArrowDown");
  await live();

  await bob.editor.caretAfter("# Alpha plans");
  await row(ann.page, "Alpha plans").focus();
  await ann.page.keyboard.press("Alt+Shift+ArrowUp");
  const moved = ["Welcome", "Team Alpha", "Alpha plans", "Alpha news", "Team Beta", "Goodbye"];
  await expect.poll(() => titles(bob.page)).toEqual(moved);
  await bob.editor.type(" of Bob");
  await expect.poll(() => server.source(deck)).toContain("# Alpha plans of Bob\n");
  await live();
});

test("slides and sections move by drag", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await row(ann.page, "Alpha news").dragTo(row(ann.page, "Team Beta"), { targetPosition: { x: 80, y: 24 } });
  const moved = ["Welcome", "Team Alpha", "Alpha plans", "Team Beta", "Alpha news", "Goodbye"];
  for (const one of [ann, bob]) await expect.poll(() => titles(one.page), one.name).toEqual(moved);
  await row(ann.page, "Goodbye").dragTo(row(ann.page, "Welcome"), { targetPosition: { x: 80, y: 3 } });
  const last = ["Goodbye", "Welcome", "Team Alpha", "Alpha plans", "Team Beta", "Alpha news"];
  for (const one of [ann, bob]) await expect.poll(() => titles(one.page), one.name).toEqual(last);
  await expect(ann.page.locator(".drop-before, .drop-after")).toHaveCount(0);
});

test("the menu of a row does all that drag and keys do", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const ann = await person("Ann");
  await ann.writes(deck);
  const choose = async (title: string, name: string) => {
    await row(ann.page, title).first().focus();
    await ann.page.keyboard.press("Shift+F10");
    await ann.page.locator("#outline-menu").getByTestId(name).click();
  };
  await choose("Team Beta", "move-up");
  await expect.poll(() => titles(ann.page)).toEqual(
    ["Welcome", "Team Beta", "Team Alpha", "Alpha news", "Alpha plans", "Goodbye"],
  );
  await choose("Team Beta", "move-to");
  await ann.keepPicture("outline-move-to");
  await ann.page.getByTestId("place").filter({ hasText: "Goodbye" }).click();
  await expect.poll(() => titles(ann.page)).toEqual(
    ["Welcome", "Team Alpha", "Alpha news", "Alpha plans", "Goodbye", "Team Beta"],
  );
  await choose("Alpha news", "duplicate");
  await expect(row(ann.page, "Alpha news")).toHaveCount(2);

  const duplicated = await ann.editor.text();
  await ann.answersAtOnce("toast-action", () => choose("Goodbye", "delete"));
  await expect.poll(() => ann.editor.text(), "taken back").toBe(duplicated);
  await choose("Goodbye", "delete");
  await expect(row(ann.page, "Goodbye")).toHaveCount(0);

  await choose("Alpha plans", "new-slide-after");
  await expect(ann.editor.content).toBeFocused();
  await ann.editor.type("fresh");
  await expect.poll(() => server.source(deck)).toContain("fresh");
});

test("the outline shows who is where and what is wrong there", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ann, bob] = [await person("Ann"), await person("Bob Baker", { color: 3 })];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await bob.editor.caretAfter("- third");
  const beta = row(ann.page, "Team Beta");
  await expect(beta.getByTestId("presence")).toHaveAttribute("title", "Bob Baker");
  await expect(beta.getByTestId("presence")).toContainText("BB");
  await bob.editor.caretAfter("- second");
  await expect(row(ann.page, "Alpha news").getByTestId("presence")).toBeVisible();
  await expect(beta.getByTestId("presence")).toHaveCount(0);

  await bob.editor.insert("\n---\n\nafter the heading");
  const dot = ann.page.getByTestId("lint-dot");
  await expect(dot.first()).toContainText("1 problem");
  await ann.keepPicture("outline-marks");
});
