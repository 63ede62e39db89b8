/** Following along: no account, no program to wait for, on the right slide, and nothing that is not theirs. */

import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import { exampleDeck } from "../harness/server.ts";
import { expect, test } from "../harness/test.ts";
import { Wire } from "../harness/wire.ts";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const DECK = `---
title: The call
---

# Welcome

Note:
secret-note one

---

# Team Ops

- one <!-- .element: class="fragment" -->
- two <!-- .element: class="fragment" -->

<aside class="notes">secret-note two</aside>

<!-- secret-comment -->

---

# Team Web

Report by <a href="https://example.org/web">@web</a>
`;
/** The most that following along may cost on the wire, in bytes. */
const WEIGHT = 400_000;

const state = (page: Page) => page.getByTestId("follow-state");

test("who comes late is on slide, fragment and blackout within a second", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const pia = await person("Pia");
  await pia.presents(deck);
  for (let step = 0; step < 2; step++) await pia.press("ArrowRight");
  await expect.poll(() => pia.slides.fragments()).toBe(1);
  await pia.press("b");
  const late = await person("Late");
  await late.follows(deck);
  await expect(late.slides.current).toContainText("Team Ops");
  await expect.poll(() => late.slides.fragments()).toBe(1);
  await expect(late.slides.locator(".blackout")).toBeVisible();
  await expect(state(late.page)).toHaveAttribute("data-state", "paused");
  await pia.press("b");
  await expect(state(late.page)).toHaveAttribute("data-state", "following");
});

test("the page is readable before and without any script", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const pia = await person("Pia");
  await pia.presents(deck);
  await pia.press("ArrowRight");
  const reader = await person("Reader", { javaScriptEnabled: false });
  await expect(async () => {
    await reader.opens(`/d/${deck}/follow`);
    await expect(reader.page.locator("[aria-current]")).toContainText("Team Ops", { timeout: 500 });
  }).toPass();
  await expect(reader.page.getByRole("region", { name: "Slide 2 of 3, Team Ops" })).toBeVisible();
  for (const name of ["Welcome", "Team Web"]) {
    await expect(reader.page.getByRole("heading", { name })).toBeVisible();
  }
  await reader.keepPicture("audience-without-script");
});

test("notes, comments, names and source never leave the server for the audience", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, wim] = [await person("Pia Presenter"), await person("Wim Writer")];
  const fay = await person("Fay");
  const heard: string[] = [];
  fay.page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => heard.push(payload.toString()));
  });
  const bodies: Promise<string>[] = [];
  fay.page.on("response", (answer) => {
    if (!/\/(assets)\//.test(answer.url())) bodies.push(answer.text().catch(() => ""));
  });
  await Promise.all([pia.presents(deck), wim.writes(deck)]);
  await fay.follows(deck);
  await pia.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Team Ops");
  await wim.editor.caretAfter("secret-note two");
  await wim.editor.type(" typed-secret");
  await wim.editor.caretAfter("secret-note one");
  await wim.editor.type(" typed-secret");
  await wim.editor.caretAfter("- two");
  await wim.editor.type(" seen by all");
  await expect(fay.slides.current).toContainText("seen by all");
  const everything = [...heard, ...(await Promise.all(bodies)), await fay.page.content()].join("\n");
  expect(everything).toContain("seen by all");
  for (const word of ["secret-note", "typed-secret", "secret-comment", "Pia", "Wim", "# Team Ops", ".element", deck]) {
    // The address that this test came by holds the id of the deck; what came after does not.
    expect(everything.includes(word), `the audience received ${word}`).toBe(false);
  }
});

test("following along live weighs little", async ({ person, server }) => {
  const withoutPictures = (await exampleDeck()).replace(/!\[.*\]\(.*\)|data-background(-image)?="[^"]*"/g, "");
  const deck = await server.deck(withoutPictures);
  const pia = await person("Pia");
  await pia.presents(deck);
  const links = await (await fetch(`${server.url}/api/decks/${deck}/links`)).json() as { follow: string };
  const wire = await Wire.to(server.address);
  const fay = await person("Fay");
  try {
    await fay.page.goto(wire.url + links.follow);
    await fay.slides.shown();
    await expect(state(fay.page)).toHaveAttribute("data-state", "following");
    let before = -1;
    await expect.poll(() => before === (before = wire.received), { intervals: [500] }).toBe(true);
    expect(wire.received).toBeLessThan(WEIGHT);
  } finally {
    await fay.page.close();
    wire.close();
  }
});

test("waiting, following, ended: the page says what is going on", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await fay.follows(deck);
  await expect(state(fay.page)).toHaveAttribute("data-state", "waiting");
  await fay.keepPicture("audience-waiting");
  await pia.presents(deck);
  await expect(state(fay.page)).toHaveAttribute("data-state", "following");
  await pia.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Team Ops");
  await pia.page.getByTestId("end").click();
  await expect(state(fay.page)).toHaveAttribute("data-state", "ended");
  await expect(fay.slides.current).toContainText("Team Ops");
  await fay.keepPicture("audience-ended");
});

test("a link that was reset has ended, for those who are there and for those who come", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const fay = await person("Fay");
  fay.expects(/404/);
  await fay.follows(deck);
  const reset = await fetch(`${server.url}/api/decks/${deck}/links/follow/reset`, { method: "POST" });
  expect(reset.ok).toBe(true);
  await expect(state(fay.page)).toHaveAttribute("data-state", "link-ended");
  await fay.keepPicture("audience-link-ended");
  const answer = await fay.page.reload();
  expect(answer?.status()).toBe(404);
  await expect(fay.page.getByText("This link has ended")).toBeVisible();
  const fox = await person("Fox");
  await fox.follows(deck);
  await expect(state(fox.page)).toHaveAttribute("data-state", "waiting");
});

test("a phone that slept is on the presenter's slide as soon as it wakes", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, phone] = [await person("Pia"), await person("Phone", PHONE)];
  phone.expects(/ERR_INTERNET_DISCONNECTED|WebSocket/);
  await Promise.all([pia.presents(deck), phone.follows(deck)]);
  await expect(state(phone.page)).toHaveAttribute("data-state", "following");
  await phone.page.context().setOffline(true);
  await pia.press("ArrowRight");
  await pia.press("ArrowRight");
  await pia.press("ArrowRight");
  await pia.press("ArrowRight");
  await expect(pia.slides.current).toContainText("Team Web");
  await phone.page.context().setOffline(false);
  await phone.page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(phone.slides.current).toContainText("Team Web");
  await phone.keepPicture("audience-phone");
});

test("the text view has everything in reading order and marks where the talk is", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay, wim] = [await person("Pia"), await person("Fay"), await person("Wim")];
  await Promise.all([pia.presents(deck), fay.follows(deck), wim.writes(deck)]);
  await fay.press("t");
  const current = fay.page.locator("[aria-current]");
  await expect(current).toContainText("Welcome");
  await pia.press("ArrowRight");
  await expect(current).toContainText("Team Ops");
  await wim.editor.caretAfter("- two");
  await wim.editor.type(" and three");
  await expect(current).toContainText("two and three");
  await fay.keepPicture("audience-text");
  await fay.press("t");
  await expect(fay.slides.current).toContainText("Team Ops");
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing on what the audience and the remote see, ${colorScheme}`, async ({ person, server }) => {
    const deck = await server.deck(await exampleDeck());
    const pia = await person("Pia");
    await pia.presents(deck);
    const fay = await person("Fay", { colorScheme });
    const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
    const check = async (name: string) => {
      // A page's policy lets no other script in; a test asks the browser itself.
      await fay.page.evaluate(await (await import("node:fs/promises")).readFile(axe, "utf8"));
      const found = await fay.page.evaluate(async () => {
        const { violations } = await (window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      });
      expect.soft(found, name).toEqual([]);
    };
    await fay.follows(deck);
    await expect(state(fay.page)).toHaveAttribute("data-state", "following");
    await check("follow");
    await fay.press("ArrowRight");
    await expect(state(fay.page)).toHaveAttribute("data-state", "roaming");
    await check("roaming");
    await fay.press("t");
    await check("text");
    const links = await (await fetch(`${server.url}/api/decks/${deck}/links`)).json() as { remote: string };
    await fay.opens(links.remote);
    await expect(fay.page.getByTestId("remote-next")).toBeVisible();
    await check("remote");
  });
}

test("who follows and does nothing costs the machine nothing", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await fay.page.clock.install();
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  await pia.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Team Ops");
  await fay.slides.still();
  const frame = await fay.slides.frame();
  await frame.evaluate(() => {
    const counted = { frames: 0 };
    Object.assign(window, { counted });
    const original = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) => {
      counted.frames++;
      return original(callback);
    };
  });
  // Much less than the silence of 45 s after which it looks whether the server is still there: what has passed by
  // itself since it heard of the slide counts as well.
  await fay.page.clock.runFor(20_000);
  expect(await frame.evaluate(() => (window as unknown as { counted: { frames: number } }).counted.frames)).toBe(0);
  const running = () => document.getAnimations().filter(({ playState }) => playState === "running").length;
  await expect.poll(() => fay.page.evaluate(running)).toBe(0);
  expect(await frame.evaluate(running)).toBe(0);
});
