/** What the one who drives has in front of them. */

import type { Person } from "../harness/person.ts";
import { Slides } from "../harness/slides.ts";
import { expect, test } from "../harness/test.ts";

const DECK = `---
title: The call
minutes:
  Team Ops: 5
  default: 2
---

# Welcome

Note:
Say hello.

---

# Team Ops

- one <!-- .element: class="fragment" -->
- two <!-- .element: class="fragment" -->

----

# Team Ops

details

---

# Team Web

Report by @web
`;

const held = (pia: Person) => pia.page.getByTestId("held");
const followState = (fay: Person) => fay.page.getByTestId("follow-state");

async function links(server: { url: string }, deck: string): Promise<{ follow: string; remote: string }> {
  return (await (await fetch(`${server.url}/api/decks/${deck}/links`)).json()) as { follow: string; remote: string };
}

test("the presenter sees what comes next, be it a fragment or a slide, and the notes", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const pia = await person("Pia");
  await pia.presents(deck);
  const next = new Slides(pia.page, "next-slide");
  const steps = () => next.current.locator(".fragment.visible").count();
  await expect(pia.page.getByTestId("notes")).toContainText("Say hello.");
  await expect(next.current).toContainText("Team Ops");
  await pia.press("ArrowRight");
  await expect(next.current).toContainText("one");
  await expect.poll(steps).toBe(1);
  await pia.press("ArrowRight");
  await expect.poll(steps).toBe(2);
  await pia.press("ArrowRight");
  await expect(next.current).toContainText("details");
  await pia.keepPicture("presenter-next");
});

test("the agenda says what was planned, where the talk is, and where a click goes", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  const rows = pia.page.getByTestId("agenda-row");
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(0)).toContainText("2");
  await expect(rows.nth(1)).toContainText("5");
  await expect(rows.nth(2)).toContainText("web");
  await expect(rows.nth(0)).toHaveAttribute("data-state", "now");
  await expect(pia.page.getByTestId("projected-end")).toBeVisible();
  await rows.nth(1).click();
  await expect(fay.slides.current).toContainText("Team Ops");
  await expect(rows.nth(1)).toHaveAttribute("data-state", "now");
  await expect(rows.nth(0)).toHaveAttribute("data-state", "done");
});

test("followers are counted, and those who look around", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay, fox] = [await person("Pia"), await person("Fay"), await person("Fox")];
  await Promise.all([pia.presents(deck), fay.follows(deck), fox.follows(deck)]);
  await expect(pia.page.getByTestId("followers")).toContainText("2 following");
  await expect(followState(fox)).toHaveAttribute("data-state", "following");
  await fox.press("ArrowRight");
  await expect(followState(fox)).toHaveAttribute("data-state", "roaming");
  await expect(pia.page.getByTestId("followers")).toContainText("1 roaming");
});

test("Hold freezes what the audience sees until it is released", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay, wim] = [await person("Pia"), await person("Fay"), await person("Wim")];
  await Promise.all([pia.presents(deck), fay.follows(deck), wim.writes(deck)]);
  await pia.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Team Ops");
  await pia.page.getByTestId("hold").click();
  await expect(held(pia)).toHaveText(/HELD/i);
  await wim.editor.caretAfter("- one");
  await wim.editor.insert(" not yet");
  await wim.editor.caretBefore("# Welcome");
  await wim.editor.insert("# Before all\n\n---\n\n");
  await expect(pia.page.getByTestId("held-count")).toContainText("2");
  for (const one of [pia, fay]) {
    await expect(one.slides.current, one.name).not.toContainText("not yet");
    await expect(one.page.getByTestId("slide-position"), one.name).toContainText("2/4");
  }
  await pia.keepPicture("presenter-held");
  // The talk goes on in what is frozen.
  for (let step = 0; step < 3; step++) await pia.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Team Web");
  await pia.press("ArrowLeft");
  await expect(fay.slides.current).toContainText("Team Ops");
  const late = await person("Late");
  await late.follows(deck);
  await expect(late.slides.current).toContainText("Team Ops");
  await expect(late.slides.current).not.toContainText("not yet");
  // A reload of the presenter's page shows what the audience has, not what is in the deck.
  await pia.page.reload();
  await pia.slides.shown();
  await expect(held(pia)).toHaveText(/HELD/i);
  await expect(pia.slides.current).not.toContainText("not yet");
  await pia.page.getByTestId("hold").click();
  for (const one of [pia, fay, late]) {
    await expect(one.slides.current, one.name).toContainText("Team Ops");
    await expect(one.page.getByTestId("slide-position"), one.name).toContainText("3/5");
  }
  await expect(held(pia)).toHaveText(/LIVE/i);
});

test("who writes on the slide that is shown is named to the presenter", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, wim] = [await person("Pia"), await person("Wim")];
  await Promise.all([pia.presents(deck), wim.writes(deck)]);
  await wim.editor.caretAfter("# Welcome");
  await wim.editor.type(" all");
  await expect(pia.page.getByTestId("editing-now")).toContainText("Wim is editing this slide");
  await wim.editor.caretAfter("# Team Web");
  await expect(pia.page.getByTestId("editing-now")).toHaveCount(0);
});

test("a reload resumes on the same slide", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  await pia.press("ArrowRight");
  await pia.press("ArrowRight");
  await expect.poll(() => fay.slides.fragments()).toBe(1);
  const seen = await fay.slides.watch();
  await pia.page.reload();
  await pia.slides.shown();
  await expect(held(pia)).toHaveText(/LIVE/i);
  await expect.poll(() => pia.slides.fragments()).toBe(1);
  expect(await seen()).toEqual(["Team Ops"]);
  await expect(followState(fay)).toHaveAttribute("data-state", "following");
});

test("the overview is the presenter's own, and a choice in it is everybody's", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  await pia.page.getByTestId("overview").click();
  await expect(pia.slides.locator(".reveal.overview")).toBeVisible();
  await expect(fay.slides.locator(".reveal.overview")).toHaveCount(0);
  await pia.keepPicture("presenter-overview");
  await pia.slides.all.filter({ hasText: "Team Web" }).click();
  await expect(fay.slides.current).toContainText("Team Web");
});

test("every key of the deck works, and single keys can be switched off", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  const shows = async (text: string) => expect(fay.slides.current).toContainText(text);
  await pia.page.keyboard.press("End");
  await shows("Team Web");
  await pia.page.keyboard.press("Home");
  await shows("Welcome");
  await pia.page.keyboard.press("l");
  await shows("Team Ops");
  // Alt passes the fragments by.
  await pia.page.keyboard.press("Alt+ArrowDown");
  await shows("details");
  await pia.page.keyboard.press("k");
  await shows("one");
  await pia.page.keyboard.press("b");
  await expect(fay.slides.locator(".blackout")).toBeVisible();
  await pia.page.keyboard.press(".");
  await expect(fay.slides.locator(".blackout")).toBeHidden();
  await pia.page.keyboard.press("?");
  const help = pia.page.getByTestId("help");
  await expect(help).toBeVisible();
  await pia.keepPicture("presenter-keys");
  await help.getByTestId("single-keys").click();
  await pia.page.keyboard.press("Escape");
  await pia.page.keyboard.press("b");
  await pia.page.keyboard.press("Home");
  await shows("Welcome");
  await expect(fay.slides.locator(".blackout")).toBeHidden();
});

test("the audience's link is on the wall in seconds: copied or as a picture", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const pia = await person("Pia");
  await pia.presents(deck);
  await pia.page.getByTestId("copy-follow").click();
  const dialog = pia.page.getByTestId("qr");
  await expect(dialog.locator("img").first()).toBeVisible();
  const drawn = () => dialog.locator("img").first().evaluate((image: HTMLImageElement) => image.naturalWidth);
  await expect.poll(drawn).toBeGreaterThan(0);
  await expect(dialog).toContainText((await links(server, deck)).follow);
  await pia.keepPicture("presenter-link");
});

test("a phone is the remote: it drives the presenter's page and shows the notes", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  const phone = await person("Phone", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  await phone.opens((await links(server, deck)).remote);
  const notes = phone.page.getByTestId("remote-notes");
  await expect(notes).toContainText("Say hello.");
  const next = phone.page.getByTestId("remote-next");
  const [button, screen] = [await next.boundingBox(), phone.page.viewportSize()];
  expect(button!.height / screen!.height).toBeGreaterThan(0.55);
  await next.tap();
  await expect(fay.slides.current).toContainText("Team Ops");
  await expect(notes).not.toContainText("Say hello.");
  await next.tap();
  await expect.poll(() => fay.slides.fragments()).toBe(1);
  await phone.page.getByTestId("remote-previous").tap();
  await expect.poll(() => fay.slides.fragments()).toBe(0);
  await phone.keepPicture("presenter-remote");
  // A phone without a connection never sends later what was pressed now.
  phone.expects(/ERR_INTERNET_DISCONNECTED|WebSocket/);
  await phone.page.context().setOffline(true);
  await pia.press("Home" as "ArrowRight");
  await expect(fay.slides.current).toContainText("Welcome");
  await phone.page.context().setOffline(false);
  await expect(notes).toContainText("Say hello.");
  await expect(fay.slides.current).toContainText("Welcome");
  // The page that it drives goes away.
  await pia.opens("/");
  await expect(phone.page.getByTestId("remote-state")).toContainText("not open");
});

test("a presenter who loses the network hears of it at once", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const pia = await person("Pia");
  pia.expects(/ERR_INTERNET_DISCONNECTED/);
  await pia.presents(deck);
  await pia.page.clock.install();
  // The page's own time stands still: nothing that only a timer finds out counts.
  await pia.stopsTime();
  await pia.page.context().setOffline(true);
  await expect(pia.status).not.toHaveAttribute("data-status", "saved");
  await pia.page.clock.resume();
  await pia.page.context().setOffline(false);
  await pia.saved();
});

test("the agenda shows the section that is on, however many there are", async ({ person, server }) => {
  const sections = Array.from({ length: 40 }, (_, number) => `# Team ${number + 1}\n\nwords`);
  const deck = await server.deck(sections.join("\n\n---\n\n"));
  const pia = await person("Pia");
  await pia.presents(deck);
  const rows = pia.page.getByTestId("agenda-row");
  await expect(rows.nth(39)).not.toBeInViewport();
  await pia.page.keyboard.press("Shift+ArrowRight");
  await expect(rows.nth(39)).toHaveAttribute("data-state", "now");
  await expect(rows.nth(39)).toBeInViewport();
});

for (const width of [320, 390]) {
  test(`the remote's buttons stay within reach under a long title, ${width} pixels wide`, async ({ person, server }) => {
    const title = "A very long title of a slide that says everything at once, and then some more of it. ".repeat(3);
    const deck = await server.deck(`# ${title}\n\nwords\n\n---\n\n# Next\n`);
    const [pia, phone] = [await person("Pia"), await person("Pia")];
    await pia.presents(deck);
    await phone.page.setViewportSize({ width, height: 640 });
    await phone.opens((await links(server, deck)).remote);
    for (const button of ["remote-next", "remote-previous"]) {
      await expect(phone.page.getByTestId(button)).toBeInViewport({ ratio: 1 });
    }
    expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await phone.page.getByTestId("remote-next").click();
    await expect(pia.slides.current).toContainText("Next");
  });
}

test("who has looked into a column goes from section to section all the same", async ({ person, server }) => {
  const deck = await server.deck("# One\n\n---\n\n# Two\n\n----\n\n# Under two\n\n---\n\n# Three\n");
  const pia = await person("Pia");
  await pia.presents(deck);
  const seen = async (key: "ArrowRight" | "ArrowLeft" | "ArrowDown", words: string) => {
    await pia.press(key);
    await expect(pia.slides.current).toContainText(words);
  };
  await seen("ArrowRight", "Two");
  await seen("ArrowDown", "Under two");
  await seen("ArrowLeft", "One");
  // Not the slide of the column where one has been last: it would pass "Two" by.
  await seen("ArrowRight", "Two");
  await expect(pia.slides.current).not.toContainText("Under");
});
