/** Presenting: everybody is on the presenter's slide, whatever is written meanwhile. */

import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

const NAMES = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta"];
const slide = (name: string) =>
  name === "Delta"
    ? "# Delta\n\n- first <!-- .element: class=\"fragment\" -->\n- second <!-- .element: class=\"fragment\" -->\n- third <!-- .element: class=\"fragment\" -->\n"
    : `# ${name}\n\ntext of ${name}\n`;
const DECK = `${NAMES.map(slide).join("\n---\n\n")}\nNote:\nOnly for Pia: the ${"Eta"} note\n`;

/** All of them look at this slide, with so many fragments. */
async function allSee(people: Person[], name: string, fragments = 0): Promise<void> {
  for (const one of people) {
    await expect(one.slides.current, one.name).toContainText(name);
    await expect.poll(() => one.slides.fragments(), { message: one.name }).toBe(fragments);
  }
}

async function go(pia: Person, name: string): Promise<void> {
  for (let step = 0; step < NAMES.length; step++) {
    if ((await pia.slides.current.textContent())?.includes(name)) return;
    const before = await pia.slides.current.textContent();
    await pia.press("ArrowRight");
    await expect(pia.slides.current).not.toHaveText(before ?? "");
  }
}

test("followers are on the presenter's slide and fragment", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay, fox] = [await person("Pia"), await person("Fay"), await person("Fox")];
  await Promise.all([fay.follows(deck), fox.follows(deck)]);
  await expect(fay.page.getByTestId("follow-state")).toHaveAttribute("data-state", "waiting");
  await pia.presents(deck);
  await expect(fay.page.getByTestId("follow-state")).toHaveAttribute("data-state", "following");
  await expect(pia.page.getByTestId("followers")).toContainText("2");
  const all = [pia, fay, fox];
  await allSee(all, "Alpha");
  await pia.press("ArrowRight");
  await allSee(all, "Beta");
  await go(pia, "Delta");
  await allSee(all, "Delta", 0);
  await pia.press("ArrowRight");
  await allSee(all, "Delta", 1);
  await pia.page.getByTestId("present-next").click();
  await allSee(all, "Delta", 2);
  await pia.press("ArrowLeft");
  await allSee(all, "Delta", 1);
  await pia.keepPicture("presenting-presenter");
  await fay.keepPicture("presenting-follower");

  // Whoever comes late is there at once.
  const late = await person("Late");
  await late.follows(deck);
  await allSee([late], "Delta", 1);
  await expect(late.page.getByTestId("slide-position")).toContainText("4/7");
  await expect(pia.page.getByTestId("followers")).toContainText("3");
});

test("no screen moves when slides come, go and move before it", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay, fox, wim] = [
    await person("Pia"), await person("Fay"), await person("Fox"), await person("Wim"),
  ];
  await Promise.all([pia.presents(deck), fay.follows(deck), fox.follows(deck), wim.writes(deck)]);
  const all = [pia, fay, fox];
  await go(pia, "Delta");
  await pia.press("ArrowRight");
  await allSee(all, "Delta", 1);
  const seen = await Promise.all(all.map((one) => one.slides.watch()));
  const position = (text: string) =>
    Promise.all(all.map((one) => expect(one.page.getByTestId("slide-position")).toContainText(text)));
  await position("4/7");

  await wim.editor.caretBefore("# Beta");
  await wim.editor.insert("# Inserted\n\nquite new\n\n---\n\n");
  await position("5/8");
  await wim.editor.replace("# Alpha\n\ntext of Alpha\n\n---\n\n", "");
  await position("4/7");
  // Moved: Gamma goes from before the slide to after it.
  await wim.editor.replace("# Gamma\n\ntext of Gamma\n\n---\n\n", "");
  await position("3/6");
  await wim.editor.caretBefore("# Zeta");
  await wim.editor.insert("# Gamma\n\ntext of Gamma\n\n---\n\n");
  await position("3/7");
  await wim.editor.caretBefore("- first");
  await wim.editor.type("new line\n\n");
  await expect(fay.slides.current).toContainText("new line");
  await allSee(all, "Delta", 1);
  for (const read of seen) expect(await read(), "slides that were on the screen").toEqual(["Delta"]);

  // And on it goes in the new order.
  await pia.press("ArrowRight");
  await allSee(all, "Delta", 2);
  await pia.press("ArrowRight");
  await pia.press("ArrowRight");
  await allSee(all, "Epsilon");
  await pia.press("ArrowRight");
  await allSee(all, "Gamma");
  await fay.keepPicture("presenting-reordered");
});

test("a deck that is pasted over itself, or over another, leaves all on one slide", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay, wim] = [await person("Pia"), await person("Fay"), await person("Wim")];
  await Promise.all([pia.presents(deck), fay.follows(deck), wim.writes(deck)]);
  await go(pia, "Gamma");
  await allSee([pia, fay], "Gamma");
  await wim.editor.select(DECK);
  await wim.editor.paste(`# New first\n\n---\n\n${DECK}`);
  await expect(fay.page.getByTestId("slide-position")).toContainText("4/8");
  await allSee([pia, fay], "Gamma");

  // Nothing of it is left: then it is the presenter's page that says where they are.
  await wim.editor.select(`# New first\n\n---\n\n${DECK}`);
  await wim.editor.paste("# One\n\n---\n\n# Two\n\n---\n\n# Three\n");
  const shown = async (one: Person) => {
    const position = (await one.page.getByTestId("slide-position").textContent())?.match(/\d\/3/)?.[0];
    return `${position} ${(await one.slides.current.textContent())?.trim()}`;
  };
  await expect.poll(() => shown(pia)).toMatch(/^\d\/3 (One|Two|Three)$/);
  await expect.poll(async () => (await shown(fay)) === (await shown(pia))).toBe(true);
});

test("when the shown slide itself is deleted all go to the same neighbour", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay, wim] = [await person("Pia"), await person("Fay"), await person("Wim")];
  await Promise.all([pia.presents(deck), fay.follows(deck), wim.writes(deck)]);
  await go(pia, "Gamma");
  await allSee([pia, fay], "Gamma");
  await wim.editor.replace("# Gamma\n\ntext of Gamma\n\n---\n\n", "");
  await expect(fay.page.getByTestId("slide-position")).toContainText("/6");
  await expect(fay.slides.current).not.toContainText("Gamma");
  await expect(fay.slides.current).toContainText(/Beta|Delta/);
  const shown = (await fay.slides.current.getByRole("heading").textContent()) ?? "";
  await expect(pia.slides.current).toContainText(shown);
});

test("a follower looks around and returns", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  const state = fay.page.getByTestId("follow-state");
  await go(pia, "Beta");
  await allSee([fay], "Beta");
  await fay.press("ArrowRight");
  await fay.slides.element.focus();
  await expect(fay.slides.current).toContainText("Gamma");
  await expect(state).toHaveAttribute("data-state", "roaming");
  await expect(fay.page.getByTestId("return")).toContainText("2 · Beta");
  await pia.press("ArrowLeft");
  await expect(pia.slides.current).toContainText("Alpha");
  await expect(fay.page.getByTestId("return")).toContainText("1 · Alpha");
  await expect(fay.slides.current).toContainText("Gamma");
  await fay.keepPicture("presenting-roaming");

  await fay.press("r");
  await expect(fay.slides.current).toContainText("Alpha");
  await expect(state).toHaveAttribute("data-state", "following");
  await pia.press("ArrowRight");
  await allSee([fay], "Beta");
});

test("keys inside the slides frame roam and return as well", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  await allSee([fay], "Alpha");
  await fay.slides.current.click();
  await fay.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Beta");
  await expect(fay.page.getByTestId("follow-state")).toHaveAttribute("data-state", "roaming");
  await fay.press("r");
  await expect(fay.slides.current).toContainText("Alpha");
  await expect(fay.page.getByTestId("follow-state")).toHaveAttribute("data-state", "following");
  // The presenter's own frame drives, too.
  await pia.slides.current.click();
  await pia.press("ArrowRight");
  await allSee([pia, fay], "Beta");
});

test("blackout makes all screens dark and bright again", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  await allSee([fay], "Alpha");
  const dark = fay.slides.locator(".blackout");
  await expect(dark).toBeHidden();
  await pia.press("b");
  await expect(dark).toBeVisible();
  await expect(pia.page.getByTestId("blackout")).toHaveAttribute("aria-pressed", "true");
  const late = await person("Late");
  await late.follows(deck);
  await expect(late.slides.locator(".blackout")).toBeVisible();
  await pia.page.getByTestId("blackout").click();
  await expect(dark).toBeHidden();
  await expect(late.slides.locator(".blackout")).toBeHidden();
});

test("a presenter who reloads goes on where they were", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  await go(pia, "Delta");
  await pia.press("ArrowRight");
  await pia.press("ArrowRight");
  await allSee([pia, fay], "Delta", 2);
  const seen = await fay.slides.watch();
  await pia.page.reload();
  await pia.slides.shown();
  await allSee([pia, fay], "Delta", 2);
  await expect(pia.page.getByTestId("baton")).toHaveCount(0);
  expect(await seen()).toEqual(["Delta"]);
  await pia.press("ArrowRight");
  await allSee([pia, fay], "Delta", 3);
  await pia.press("ArrowRight");
  await allSee([pia, fay], "Epsilon");
});

test("another presenter takes over, and ends it", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay, pat] = [await person("Pia"), await person("Fay"), await person("Pat")];
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  await go(pia, "Gamma");
  await allSee([pia, fay], "Gamma");
  await pat.presents(deck);
  await expect(pat.page.getByTestId("baton")).toContainText("Pia");
  await allSee([pat], "Gamma");
  // Without the baton one only moves one's own view.
  await pat.press("ArrowLeft");
  await expect(pat.slides.current).toContainText("Beta");
  await pia.press("ArrowRight");
  await allSee([pia, fay], "Delta");
  await pat.page.getByTestId("take-over").click();
  await expect(pia.page.getByTestId("baton")).toContainText("Pat");
  await expect(pat.page.getByTestId("baton")).toHaveCount(0);
  // It goes on from what was shown, not from where Pat had looked around.
  await allSee([pat, fay], "Delta");
  await pat.press("ArrowLeft");
  await allSee([pat, fay], "Gamma");
  await pat.keepPicture("presenting-taken-over");
  await pat.page.getByTestId("end").click();
  await expect(fay.page.getByTestId("follow-state")).toHaveAttribute("data-state", "ended");
});

test("the presenter sees notes and the next slide, the audience gets no notes", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  const next = pia.page.frameLocator("[data-test=next-slide]").locator(".slides section.present:not(.stack)");
  await expect(next).toContainText("Beta");
  await pia.press("ArrowRight");
  await expect(next).toContainText("Gamma");
  for (let step = 0; step < 8; step++) await pia.press("ArrowRight");
  await allSee([pia, fay], "Eta");
  await expect(pia.page.getByTestId("notes")).toContainText("Only for Pia");
  expect(await fay.slides.locator("body").innerHTML()).not.toContain("Only for Pia");
});
