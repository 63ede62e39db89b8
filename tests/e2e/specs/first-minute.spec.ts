/** The first minute of a newcomer who reads nothing. */

import { expect, test } from "../harness/test.ts";

const DECK = `---
title: Community call
lang: en
---

# Welcome

---

# Team Alpha

Report by @ada

- Nine ships sailed

---

# Team Beta

Report by

- 

---

# Goodbye
`;

test("a newcomer chooses a section, types a bullet, sees it, and is on the board as ready", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const host = await person("Host");
  await host.opens(`/d/${deck}/board`);
  const beta = host.page.getByTestId("board-row").filter({ has: host.page.getByRole("heading", { name: "Team Beta" }) });
  await expect(beta.getByTestId("state")).toHaveText("Not started");

  const zoe = await person("Guest", { stranger: true });
  await zoe.opens(`/d/${deck}`);
  await zoe.editor.ready();
  await zoe.slides.shown();
  const bar = zoe.page.getByTestId("introduction");
  await bar.getByTestId("name").fill("Zoë");
  await bar.getByTestId("name").press("Enter");

  const card = zoe.page.getByTestId("which");
  await expect(card).toBeVisible();
  await zoe.keepPicture("first-minute-which");
  await card.getByTestId("which-choice").filter({ hasText: "Team Beta" }).click();
  await expect(card).toHaveCount(0);
  await expect.poll(async () => (await zoe.editor.place()).before).toBe("- ");
  await expect(beta.getByTestId("board-reporter")).toHaveText("Zoë");

  await zoe.editor.type("The new pier is open");
  await expect(zoe.slides.current.locator("li")).toHaveText("The new pier is open");
  await expect(beta.getByTestId("state")).toHaveText("Drafting");
  await expect(zoe.page.getByTestId("mark-ready")).toHaveText("Mark ready");
  await zoe.keepPicture("first-minute-written");
  await zoe.page.getByTestId("mark-ready").click();
  await expect(zoe.page.getByTestId("mark-ready")).toHaveText("Ready");
  await expect(beta.getByTestId("state")).toHaveText("Ready");
  await expect(beta).toHaveAttribute("data-state", "ready");
  await host.keepPicture("first-minute-board");
});

test("whoever only looks is left alone", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const eve = await person("Guest", { stranger: true });
  await eve.opens(`/d/${deck}`);
  await eve.editor.ready();
  const card = eve.page.getByTestId("which");
  await expect(card).toBeVisible();
  await eve.page.getByTestId("just-looking").click();
  await expect(card).toHaveCount(0);
  await eve.page.reload();
  await eve.editor.ready();
  // By then the question would be there.
  await expect(eve.page.getByTestId("mark-ready")).toBeAttached();
  await expect(card).toHaveCount(0);
});
