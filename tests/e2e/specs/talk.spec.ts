/** What is said beside the slides: writers among each other, questions from the audience, and what remains of it. */

import type { Locator, Page } from "@playwright/test";
import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

const DECK = `---
title: The call
---

# Welcome

---

# Team Ops

Report by @ada

- [ ] Write the docs
`;
/** Runs, if anything takes it for HTML. */
const MARKUP = `<img src=x onerror="window.ran=1"><script>window.ran=1</script>`;

async function talks(person: Person): Promise<Locator> {
  await person.page.getByTestId("talk").click();
  const panel = person.page.getByTestId("call-panel");
  await expect(panel.getByTestId("talk-field")).toBeVisible();
  return panel;
}

/** Opens the panel for questions. The bar that it is opened with goes by itself, but not with the focus in it. */
async function wantsToAsk(person: Person): Promise<void> {
  await person.page.getByTestId("ask").focus();
  await person.page.getByTestId("ask").click();
}

async function says(panel: Locator, text: string): Promise<void> {
  await panel.getByTestId("talk-field").fill(text);
  await panel.getByTestId("talk-field").press("Enter");
}

/** The minutes as the server writes them. */
async function minutes(person: Person, deck: string): Promise<string> {
  const answer = await person.page.request.get(`${person.url}/api/decks/${deck}/minutes?lang=en`);
  return answer.text();
}

/** Something that this page's person asks of the server. */
async function asks(page: Page, method: string, path: string, body: object): Promise<number> {
  return page.evaluate(
    async ([method, path, body]) => (await fetch(path, { method, body, headers: { "content-type": "application/json" } })).status,
    [method, path, JSON.stringify(body)] as const,
  );
}

const nothingRan = (page: Page) => expect(page.evaluate(() => "ran" in window)).resolves.toBe(false);

test("what one says the other sees at once, also after a reload, and what is starred is in the minutes", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ada, bob] = [await person("Ada"), await person("Bob")];
  await Promise.all([ada.writes(deck), bob.writes(deck)]);
  const [hers, his] = [await talks(ada), await talks(bob)];
  await says(hers, `We move on *Monday* ${MARKUP}`);
  const message = his.getByTestId("talk-item").filter({ hasText: "We move on" });
  await expect(message).toContainText(MARKUP);
  await expect(message).toContainText("Ada");
  await bob.page.reload();
  await bob.saved();
  const again = await talks(bob);
  await expect(again.getByTestId("talk-text")).toHaveText(`We move on *Monday* ${MARKUP}`);
  await again.getByTestId("talk-star").click();
  await expect(hers.getByTestId("talk-star")).toHaveAttribute("aria-pressed", "true");
  const text = await minutes(bob, deck);
  expect(text).toContain("- We move on \\*Monday\\* \\<img src=x");
  expect(text).toContain("- [ ] Write the docs");
  await bob.keepPicture("talk");
  await Promise.all([nothingRan(ada.page), nothingRan(bob.page)]);
});

test("somebody of the audience asks, is answered, and is in the minutes because they want to be", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ada, fay] = [await person("Ada"), await person("Fay")];
  await ada.writes(deck);
  const panel = await talks(ada);
  await fay.follows(deck);
  await wantsToAsk(fay);
  await fay.page.getByTestId("ask-text").fill(`Why? ${MARKUP}`);
  await fay.page.getByTestId("ask-name").fill("Fay Follower");
  await fay.page.getByTestId("ask-send").click();
  await expect(fay.page.getByTestId("ask-question")).toContainText(`Why? ${MARKUP}`);
  await fay.page.getByTestId("ask-there").check();
  await expect(fay.page.getByTestId("ask-panel")).toContainText("You are in the minutes as Fay Follower.");
  await panel.getByTestId("talk-show-questions").click();
  await expect(panel.getByTestId("talk-text")).toHaveText(`Why? ${MARKUP}`);
  await panel.getByTestId("talk-done").click();
  await expect(panel.getByTestId("talk-kind")).toContainText("answered");
  await fay.page.reload();
  await expect(fay.page.getByTestId("ask")).toHaveAttribute("data-answered", "");
  await fay.keepPicture("talk-audience");
  const text = await minutes(ada, deck);
  expect(text).toContain("## Attendance (1)");
  expect(text).toMatch(/### Answered\n\n- Welcome: Why\?/);
  await Promise.all([nothingRan(ada.page), nothingRan(fay.page)]);
});

test("nothing of the discussion, of names or of others' questions reaches the audience", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ada, fay, gus] = [await person("Ada"), await person("Fay"), await person("Gus")];
  const heard: string[] = [];
  const bodies: Promise<string>[] = [];
  fay.page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => heard.push(payload.toString()));
  });
  fay.page.on("response", (answer) => {
    if (!/\/(assets)\//.test(answer.url())) bodies.push(answer.text().catch(() => ""));
  });
  await ada.presents(deck);
  await Promise.all([fay.follows(deck), gus.follows(deck)]);
  const said = { id: "a".repeat(22), slide: "Team Ops", name: "secret-ada", text: "secret-said" };
  expect(await asks(ada.page, "POST", `/api/decks/${deck}/discussion`, said)).toBe(201);
  expect(await asks(ada.page, "POST", `/api/decks/${deck}/attendance`, { name: "secret-there" })).toBe(200);
  expect(await asks(ada.page, "PUT", `/api/decks/${deck}/discussion/${said.id}`, { starred: true })).toBe(200);
  await wantsToAsk(gus);
  await gus.page.getByTestId("ask-text").fill("secret-asked");
  await gus.page.getByTestId("ask-name").fill("secret-gus");
  await gus.page.getByTestId("ask-send").click();
  await expect(gus.page.getByTestId("ask-question")).toContainText("secret-asked");
  await wantsToAsk(fay);
  await fay.page.getByTestId("ask-text").fill("my own question");
  await fay.page.getByTestId("ask-send").click();
  await expect(fay.page.getByTestId("ask-question")).toHaveCount(1);
  await ada.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Team Ops");
  const everything = [...heard, ...(await Promise.all(bodies)), await fay.page.content()].join("\n");
  expect(everything).toContain("my own question");
  expect(everything).not.toContain("secret-");
});

test("who came by a link to comment talks beside the slides and changes nothing on them", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const ada = await person("Ada");
  await ada.writes(deck);
  expect(await asks(ada.page, "PUT", `/api/decks/${deck}/level`, { level: "private" })).toBe(200);
  const sharing = await ada.page.evaluate(async (path) => (await fetch(path)).json(), `/api/decks/${deck}/sharing`) as { links: { role: string; url: string }[] };
  const link = sharing.links.find(({ role }) => role === "comment")?.url ?? "";
  const carl = await person("Carl");
  await carl.opens(link);
  await carl.page.waitForURL(`**/d/${deck}`);
  await expect(carl.page.getByTestId("talk")).toBeVisible();
  const his = await talks(carl);
  await says(his, "A word from Carl");
  await expect(his.getByTestId("talk-text")).toHaveText("A word from Carl");
  await expect(his.getByTestId("talk-star")).toHaveCount(0);
  const hers = await talks(ada);
  await expect(hers.getByTestId("talk-text")).toHaveText("A word from Carl");
  await hers.getByTestId("talk-remove").click();
  await hers.getByTestId("talk-remove-sure").click();
  await expect(his.getByTestId("talk-text")).toHaveCount(0);
});
