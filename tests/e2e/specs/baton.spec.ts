/** One drives: the baton is offered, taken, taken back and held. */

import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

const DECK = `# Welcome

---

# Team Ops

Report by @otto

----

# Team Ops

News of Ops

---

# Team Web

Report by @web

---

# Goodbye
`;

async function drives(one: Person): Promise<void> {
  await expect(one.page.getByTestId("held"), one.name).toHaveText(/LIVE/i);
}

test("the reporter of a section is offered the baton when it begins", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, otto, wim] = [await person("Pia"), await person("Otto"), await person("Wim")];
  const fay = await person("Fay");
  await Promise.all([pia.presents(deck), otto.writes(deck), wim.writes(deck), fay.follows(deck)]);
  await drives(pia);
  const wimsOffers = await wim.watches("[data-test=offer]");
  const offer = await otto.answersAtOnce("offer-accept", () => pia.press("ArrowRight"));
  expect(offer).toContain("Team Ops");
  await otto.slides.shown();
  await drives(otto);
  await expect(pia.page.getByTestId("baton")).toContainText("Otto");
  await otto.press("ArrowDown");
  await expect(fay.slides.current).toContainText("News of Ops");
  expect(await wimsOffers()).toEqual([]);
  // Whoever began takes it back whenever they like.
  await pia.page.getByTestId("take-over").click();
  await drives(pia);
  await expect(otto.page.getByTestId("baton")).toContainText("Pia");
  await pia.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Team Web");
});

test("an offer may be ignored and goes by itself", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, otto] = [await person("Pia"), await person("Otto")];
  await Promise.all([pia.presents(deck), otto.writes(deck)]);
  await drives(pia);
  const offers = await otto.watches("[data-test=offer]");
  await pia.press("ArrowRight");
  await expect.poll(offers).toHaveLength(1);
  await otto.keepPicture("baton-offer");
  await expect(otto.page.getByTestId("offer")).toHaveCount(0);
  await drives(pia);
});

test("of two who take the baton at once one has it, and both know who", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, one, two] = [await person("Pia"), await person("Una"), await person("Duo")];
  const fay = await person("Fay");
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  await drives(pia);
  await Promise.all([one.presents(deck), two.presents(deck)]);
  const take = (who: Person) => who.page.getByTestId("take-over");
  await Promise.all([expect(take(one)).toBeVisible(), expect(take(two)).toBeVisible()]);
  await Promise.all([take(one).click(), take(two).click()]);
  const isDriving = async (who: Person) => (await who.page.getByTestId("baton").count()) === 0;
  await expect.poll(async () => [await isDriving(one), await isDriving(two)].filter(Boolean).length).toBe(1);
  const [winner, loser] = (await isDriving(one)) ? [one, two] : [two, one];
  await drives(winner);
  await expect(loser.page.getByTestId("baton")).toContainText(winner.name);
  await expect(pia.page.getByTestId("baton")).toContainText(winner.name);
  await winner.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Team Ops");
});

test("when the driver is gone the slide is held, and who returns goes on", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay, pat] = [await person("Pia"), await person("Fay"), await person("Pat")];
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  await pia.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Team Ops");
  await pat.presents(deck);
  await pia.opens("/");
  const state = fay.page.getByTestId("follow-state");
  // For ten seconds nobody notices, and nobody gets the baton by being there.
  await expect(pat.page.getByTestId("baton")).toContainText("Pia");
  await expect(state).toHaveAttribute("data-state", "away");
  await expect(state).toContainText("Waiting for presenter");
  await expect(fay.slides.current).toContainText("Team Ops");
  await fay.keepPicture("baton-away");
  await pia.presents(deck);
  await drives(pia);
  await expect(state).toHaveAttribute("data-state", "following");
  await expect(pia.slides.current).toContainText("Team Ops");
});
