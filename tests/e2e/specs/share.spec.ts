/** Who may do what with a deck: links, people, everybody else; and what happens in the others' browsers at once. */

import type { Page } from "@playwright/test";
import * as Y from "yjs";
import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

const DECK = "# Open Harbour\n\nann:\n";

type Sharing = {
  access: string;
  level: string;
  people: { subject: string; role: string; you?: boolean }[];
  links: { role: string; url: string; expiresAt: string | null }[];
};

/** Asks the server as the page of a person does. */
async function call<Answer>(page: Page, method: string, path: string, body?: unknown): Promise<{ status: number; answer: Answer }> {
  return page.evaluate(
    async ({ method, path, body }) => {
      const init: RequestInit = { method };
      if (body !== undefined) {
        init.body = typeof body === "string" ? body : JSON.stringify(body);
        init.headers = { "content-type": typeof body === "string" ? "text/markdown" : "application/json" };
      }
      const answer = await fetch(path, init);
      const text = await answer.text();
      return { status: answer.status, answer: (answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text) as Answer };
    },
    { method, path, body },
  );
}

/** A deck that somebody has made in their own browser, so that it is theirs; they are in its editor. */
async function ownDeck(person: Person, source = DECK): Promise<string> {
  await person.opens("/");
  await expect(person.page.getByTestId("no-decks")).toBeVisible();
  const { answer } = await call<{ id: string }>(person.page, "POST", "/api/decks", source);
  await person.writes(answer.id);
  return answer.id;
}

async function sharing(person: Person, deck: string): Promise<Sharing> {
  return (await call<Sharing>(person.page, "GET", `/api/decks/${deck}/sharing`)).answer;
}

async function link(person: Person, deck: string, role: string): Promise<string> {
  return (await sharing(person, deck)).links.find((one) => one.role === role)!.url;
}

async function source(person: Person, deck: string): Promise<string> {
  return (await call<string>(person.page, "GET", `/api/decks/${deck}/source`)).answer;
}

async function opensShare(person: Person): Promise<void> {
  await person.page.getByTestId("share").click();
  await expect(person.page.getByTestId("copy-follow")).toBeVisible();
}

/** Lets the link to edit end by itself as soon as may be: the server takes no end that is over when it hears of it. */
async function endsSoon(person: Person, deck: string): Promise<void> {
  for (let ahead = 1_000; ; ahead *= 2) {
    const expiresAt = new Date(Date.now() + ahead).toISOString();
    const { status, answer } = await call<{ detail?: string }>(person.page, "PUT", `/api/decks/${deck}/links/edit`, { expiresAt });
    if (status === 200) return;
    expect(answer.detail).toContain("over already");
  }
}

/** Chooses what the deck is for everybody else, and closes the dialog. */
async function chooses(person: Person, level: string): Promise<void> {
  const { page } = person;
  await opensShare(person);
  await page.getByTestId(`level-${level}`).check();
  await page.getByTestId("apply-level").click();
  await expect(page.getByTestId("said")).toContainText("For everybody else");
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("share-dialog")).toHaveCount(0);
}

/** Opens a link to write, and is in the editor. */
async function comesBy(person: Person, url: string): Promise<void> {
  await person.opens(url);
  await expect(person.page).toHaveURL(/\/d\/[\w-]+$/);
  await person.editor.ready();
  await person.saved();
}

/** Says who somebody is to the server. */
async function principal(person: Person): Promise<string> {
  return (await call<{ principal: string }>(person.page, "POST", "/api/session")).answer.principal;
}

const isReader = (person: Person) => expect(person.status).toHaveAttribute("data-status", "read-only");

test("a guest with an edit link writes without an account, in a deck that nobody else sees", async ({ person }) => {
  const [ann, bob, cy] = [await person("Ann"), await person("Bob"), await person("Cy")];
  const deck = await ownDeck(ann);
  await chooses(ann, "private");
  await comesBy(bob, await link(ann, deck, "edit"));
  expect(bob.page.url(), "the code does not stay in the address").toBe(`${bob.url}/d/${deck}`);
  await bob.editor.caretAfter("ann:");
  await bob.editor.type(" and Bob");
  await expect.poll(() => ann.editor.text()).toContain("ann: and Bob");
  // An edit link is not one to present.
  await expect(bob.page.getByTestId("present")).toBeHidden();
  // The link was for once: the browser is known now.
  await bob.writes(deck);

  cy.expects(/status of 403/);
  await cy.opens(`/d/${deck}`);
  await expect(cy.page.getByTestId("no-access")).toContainText("You have no access to this deck");
  await cy.keepPicture("share-no-access");
  await cy.opens("/");
  await expect(cy.page.getByTestId("no-decks")).toBeVisible();
});

test("a link to present opens the presenter's page", async ({ person }) => {
  const [ann, pia] = [await person("Ann"), await person("Pia")];
  const deck = await ownDeck(ann);
  await chooses(ann, "private");
  await pia.opens(await link(ann, deck, "present"));
  await expect(pia.page).toHaveURL(new RegExp(`/d/${deck}/present$`));
  await pia.slides.shown();
  await expect(pia.page.getByTestId("present-page")).toBeVisible();
});

test("a link that is reset closes the other browser at once, and opens nothing any more", async ({ person }) => {
  const [ann, bob, cy] = [await person("Ann"), await person("Bob"), await person("Cy")];
  const deck = await ownDeck(ann);
  await chooses(ann, "private");
  const old = await link(ann, deck, "edit");
  await comesBy(bob, old);

  await opensShare(ann);
  await ann.page.getByTestId("reset-edit").click();
  await expect(ann.page.getByTestId("link-edit")).toContainText("stops working at once");
  await ann.keepPicture("share-reset");
  await ann.page.getByTestId("sure-edit").click();
  await expect(ann.page.getByTestId("said")).toContainText("The old link has ended");
  // Not when the server looks again by itself, which is once a minute.
  await expect(bob.page.getByTestId("connection-bar")).toContainText("You can no longer edit this deck.");
  await bob.keepPicture("share-shut");

  bob.expects(/status of 403/);
  await bob.page.reload();
  await expect(bob.page.getByTestId("no-access")).toBeVisible();
  cy.expects(/status of 404/);
  await cy.opens(old);
  await expect(cy.page.locator("#join")).toHaveAttribute("data-state", "ended");
  const fresh = await link(ann, deck, "edit");
  expect(fresh).not.toBe(old);
  await comesBy(cy, fresh);
});

test("a link that has ended by itself opens nothing", async ({ person }) => {
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  const deck = await ownDeck(ann);
  await chooses(ann, "private");
  await opensShare(ann);
  await ann.page.getByTestId("expiry-edit").selectOption("week");
  await expect(ann.page.getByTestId("said")).toContainText("The link ends");
  const inAWeek = (await sharing(ann, deck)).links.find(({ role }) => role === "edit")!.expiresAt!;
  expect(Math.abs(Date.parse(inAWeek) - Date.now() - 7 * 86_400_000)).toBeLessThan(120_000);
  await comesBy(bob, await link(ann, deck, "edit"));

  ann.expects(/status of 400/);
  await endsSoon(ann, deck);
  const ended = await link(ann, deck, "edit");
  const cy = await person("Cy");
  // It may come in the moment in which the link ends.
  cy.expects(/status of 40[34]/);
  await expect(async () => {
    await cy.page.context().clearCookies();
    await cy.page.goto("about:blank");
    await cy.opens(ended);
    await expect(cy.page.locator("#join")).toHaveAttribute("data-state", "ended", { timeout: 2_000 });
  }).toPass();
  // Nor does it go on for who had come by it.
  bob.expects(/status of 403/);
  await bob.page.reload();
  await expect(bob.page.getByTestId("no-access")).toBeVisible();
});

test("a viewer cannot type, and neither can a modified client", async ({ person }) => {
  const [ann, vic] = [await person("Ann"), await person("Vic")];
  const deck = await ownDeck(ann);
  await chooses(ann, "locked");
  await vic.opens(`/d/${deck}`);
  await vic.editor.ready();
  await vic.slides.shown();
  await isReader(vic);
  await vic.keepPicture("share-reader");
  for (const test of ["toolbar", "share", "present"]) await expect(vic.page.getByTestId(test), test).toBeHidden();
  const row = vic.page.getByTestId("outline-row").first();
  await expect(row).toHaveAttribute("draggable", "false");
  await row.focus();
  await vic.page.keyboard.press("F2");
  await expect(vic.page.getByTestId("rename-field")).toHaveCount(0);
  await vic.page.keyboard.press("Delete");
  await vic.editor.caretAfter("ann:");
  await vic.editor.type(" vic");
  await vic.editor.paste(" vic");
  expect(await vic.editor.text()).toBe(DECK);

  // What a Yjs client of one's own making would send, with the cookie of this browser.
  const doc = new Y.Doc();
  doc.getText("source").insert(0, "vic was here");
  const update = [...Y.encodeStateAsUpdate(doc)];
  await vic.page.evaluate(
    ({ deck, update }) =>
      new Promise<void>((resolve) => {
        const socket = new WebSocket(`${location.origin.replace("http", "ws")}/sync/${deck}?role=present`);
        socket.binaryType = "arraybuffer";
        socket.onopen = () => {
          socket.send(new Uint8Array([0, 2, update.length, ...update]));
          // By the time this question is answered, the update was heard.
          socket.send(new Uint8Array([0, 0, 1, 0]));
        };
        socket.onclose = () => resolve();
        socket.onmessage = ({ data }) => {
          const [kind, step] = new Uint8Array(data as ArrayBuffer);
          if (kind === 0 && step === 1) resolve();
        };
      }),
    { deck, update },
  );
  expect(await source(ann, deck)).toBe(DECK);
  expect(await ann.editor.text()).toBe(DECK);
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" alone");
  await expect.poll(() => vic.editor.text()).toBe("# Open Harbour\n\nann: alone\n");
});

test("who loses the right to write in the middle of it reads on, and writes again when they may", async ({ person }) => {
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  const deck = await ownDeck(ann);
  await bob.writes(deck);
  await bob.editor.caretAfter("ann:");
  await bob.editor.type(" one");
  await bob.saved();
  await chooses(ann, "locked");
  await isReader(bob);
  await bob.hears("From now on you can only read this deck");
  await expect(bob.page.getByTestId("toolbar")).toBeHidden();
  await bob.editor.type(" two");
  expect(await bob.editor.text()).toBe("# Open Harbour\n\nann: one\n");
  await ann.editor.caretAfter("ann: one");
  await ann.editor.type(" (Ann)");
  await expect.poll(() => bob.editor.text()).toContain("ann: one (Ann)");

  await chooses(ann, "freely");
  await bob.saved();
  await expect(bob.page.getByTestId("toolbar")).toBeVisible();
  await bob.editor.caretAfter("(Ann)");
  await bob.editor.type(" three");
  await expect.poll(() => ann.editor.text()).toContain("(Ann) three");
  expect(bob.page.url(), "the same page all the time").toBe(`${bob.url}/d/${deck}`);
});

test("the six levels are told in plain words, and hold for everybody else at once", async ({ person }) => {
  const [ann, gus] = [await person("Ann"), await person("Gus")];
  const deck = await ownDeck(ann);
  gus.expects(/status of 403/);
  const may = { freely: "writes", editable: "reads", limited: "nothing", locked: "reads", protected: "nothing", private: "nothing" };
  await opensShare(ann);
  await expect(ann.page.locator(".share-level-name")).toHaveText(Object.keys(may));
  await ann.page.keyboard.press("Escape");
  for (const [level, can] of Object.entries(may).slice(1)) {
    await chooses(ann, level);
    await gus.opens(`/d/${deck}`);
    if (can === "nothing") await expect(gus.page.getByTestId("no-access"), level).toBeVisible();
    else await isReader(gus);
  }
  await chooses(ann, "freely");
  await gus.writes(deck);
});

test("a deck has two owners; the last one stays", async ({ person }) => {
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  const deck = await ownDeck(ann);
  await bob.writes(deck);
  const people = `/api/decks/${deck}/people`;
  await call(ann.page, "PUT", people, { subject: await principal(bob), role: "owner" });
  await chooses(ann, "private");
  await opensShare(bob);
  await expect(bob.page.getByTestId("person")).toHaveCount(2);
  await bob.keepPicture("share-owners");

  // Ann gives it up, and sees what others see: nothing.
  await opensShare(ann);
  const own = ann.page.locator(`[data-subject="${await principal(ann)}"]`);
  await expect(own).toContainText("you");
  await own.getByTestId("remove-person").click();
  await expect(own).toContainText("You would no longer decide");
  ann.expects(/status of 403/);
  await ann.page.getByTestId("leave").click();
  await expect(ann.page.getByTestId("connection-bar")).toContainText("You can no longer edit this deck.");

  await bob.page.keyboard.press("Escape");
  await opensShare(bob);
  await expect(bob.page.getByTestId("person")).toHaveCount(1);
  await bob.page.getByTestId("remove-person").click();
  await expect(bob.page.getByTestId("complaint")).toContainText("A deck needs an owner");
  // The server says so, too.
  bob.expects(/status of 409/);
  expect((await call(bob.page, "DELETE", `${people}/${encodeURIComponent(await principal(bob))}`)).status).toBe(409);
  expect((await sharing(bob, deck)).people).toMatchObject([{ role: "owner", you: true }]);
});

test("an editor sees no more of the sharing than is theirs, and changes nothing of it", async ({ person }) => {
  const [ann, ed] = [await person("Ann"), await person("Ed")];
  const deck = await ownDeck(ann);
  await chooses(ann, "private");
  await comesBy(ed, await link(ann, deck, "edit"));
  const seen = await sharing(ed, deck);
  expect(seen.links.map(({ role }) => role)).toEqual(["follow"]);
  expect(seen.people ?? []).toEqual([]);
  await opensShare(ed);
  await expect(ed.page.getByTestId("link-edit")).toHaveCount(0);
  await expect(ed.page.getByTestId("level")).toContainText("Nobody");
  ed.expects(/status of 403/);
  for (const [method, path, body] of [
    ["PUT", "level", { level: "freely" }],
    ["PUT", "people", { subject: await principal(ed), role: "owner" }],
    ["POST", "links/edit/reset", undefined],
    ["POST", "links/follow/reset", undefined],
    ["PUT", "links/follow", { expiresAt: null }],
  ] as const) expect((await call(ed.page, method, `/api/decks/${deck}/${path}`, body)).status, path).toBe(403);
});

test("a presenter's page without the right to present says so and leads to the deck", async ({ person }) => {
  const [ann, ed] = [await person("Ann"), await person("Ed")];
  const deck = await ownDeck(ann);
  await chooses(ann, "private");
  await comesBy(ed, await link(ann, deck, "edit"));
  await ed.opens(`/d/${deck}/present`);
  await expect(ed.page.getByTestId("not-presenting")).toContainText("You can't present this deck");
  await ed.page.getByRole("link", { name: "Back to the deck" }).click();
  await ed.editor.ready();
});

test("the dialog is found with the keyboard and in the palette", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const ann = await person("Ann");
  await ann.writes(deck);
  await ann.page.getByTestId("share").focus();
  await ann.page.keyboard.press("Enter");
  await expect(ann.page.getByTestId("share-dialog")).toBeVisible();
  await expect(ann.page.getByTestId("copy-follow")).toBeVisible();
  await ann.keepPicture("share-dialog");
  await ann.page.keyboard.press("Escape");
  await expect(ann.page.getByTestId("share")).toBeFocused();
  await ann.page.getByTestId("open-palette").click();
  await ann.page.getByTestId("palette-field").fill("share");
  await expect(ann.page.getByTestId("palette-row").first()).toContainText("Share");
  await ann.page.keyboard.press("Enter");
  await expect(ann.page.getByTestId("share-dialog")).toBeVisible();
});
