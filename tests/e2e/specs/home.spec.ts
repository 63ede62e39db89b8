/** The first page: decks, new decks, and a server that is away. */

import { readFile } from "node:fs/promises";
import type { Person } from "../harness/person.ts";
import { exampleDeck, TOP } from "../harness/server.ts";
import { expect, test } from "../harness/test.ts";

const deckPath = /\/d\/[\w-]+$/;

/** Opens the dialog, chooses a kind of deck, fills it in and confirms. */
async function newDeck(person: Person, kind: string, fill?: [field: string, text: string]): Promise<string> {
  const { page } = person;
  await page.getByTestId("new-deck").click();
  await page.getByTestId(`new-${kind}`).check();
  if (fill) await page.getByTestId(fill[0]).fill(fill[1]);
  await page.getByTestId("create").click();
  await expect(page).toHaveURL(deckPath);
  await person.slides.shown();
  return new URL(page.url()).pathname.slice("/d/".length);
}

/** Drops a file on the page, as from a file manager. */
async function dropFile(person: Person, name: string, text: string): Promise<void> {
  const dataTransfer = await person.page.evaluateHandle(
    ({ name, text }) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name, { type: "text/markdown" }));
      return data;
    },
    { name, text },
  );
  await person.page.dispatchEvent("main", "dragover", { dataTransfer });
  await person.page.dispatchEvent("main", "drop", { dataTransfer });
}

/** Opens the menu of a deck's row and chooses from it. */
async function chooses(person: Person, deck: string, test: string): Promise<void> {
  await person.page.getByTestId("deck").filter({ hasText: deck }).getByTestId("deck-menu").click();
  await person.page.getByTestId("menu").getByTestId(test).click();
}

test("a newcomer finds an empty home and starts from the template", async ({ person }) => {
  const ann = await person("Ann");
  await ann.opens("/");
  await expect(ann.page.getByTestId("no-decks")).toContainText("No decks yet");
  await ann.keepPicture("home-empty");
  await ann.page.getByRole("button", { name: "Community-call template" }).click();
  await expect(ann.page).toHaveURL(deckPath);
  await ann.slides.shown();
  await expect(ann.slides.current).toContainText("Community Call");
  await expect(ann.page.getByTestId("outline-row").first()).toContainText("Community Call");
});

test("decks are made blank, from the template and by pasting", async ({ person, server }) => {
  const ann = await person("Ann");

  await ann.opens("/");
  const blank = await newDeck(ann, "blank", ["new-title", 'Our "first" deck: 100%']);
  await expect(ann.page.getByTestId("title")).toHaveText(/Our .first. deck: 100%/);
  await expect(ann.slides.current).toContainText("first");
  expect(await server.source(blank)).toContain('title: "Our \\"first\\" deck: 100%"');

  await ann.opens("/");
  const call = await newDeck(ann, "template", ["new-title", "Call of the quays"]);
  await expect(ann.page.getByTestId("title")).toContainText("Call of the quays");
  expect((await server.source(call)).match(/^---$/gm)?.length).toBeGreaterThan(5);

  await ann.opens("/");
  const text = "# Pasted\r\n\r\n---\r\n\r\n# Zwölf Boxkämpfer 🥊\r\n";
  const pasted = await newDeck(ann, "paste", ["new-source", text]);
  expect(await server.source(pasted)).toBe(text.replaceAll("\r\n", "\n"));
  await expect(ann.page.getByTestId("outline-row")).toHaveText([/Pasted/, /Zwölf Boxkämpfer 🥊/]);

  await ann.opens("/");
  await expect(ann.page.getByTestId("deck")).toHaveCount(3);
  await expect(ann.page.getByTestId("deck").first()).toContainText("Pasted");
  await ann.keepPicture("home-decks");
  await ann.page.getByTestId("deck").filter({ hasText: "first" }).getByTestId("open-deck").click();
  await expect(ann.page).toHaveURL(new RegExp(`/d/${blank}$`));
  await ann.slides.shown();
});

test("a Markdown file becomes a deck by dropping or choosing it", async ({ person, server }) => {
  const ann = await person("Ann");
  await ann.opens("/");
  await expect(ann.page.getByTestId("no-decks")).toBeVisible();
  await dropFile(ann, "call.md", await exampleDeck());
  await expect(ann.page).toHaveURL(deckPath);
  await ann.slides.shown();
  await expect(ann.page.getByTestId("title")).toHaveText("Open Harbour Community Call");
  const id = new URL(ann.page.url()).pathname.slice("/d/".length);
  expect(await server.source(id)).toBe(await exampleDeck());

  await ann.opens("/");
  await ann.page.getByTestId("import-file").setInputFiles(`${TOP}/examples/showcase.md`);
  await expect(ann.page).toHaveURL(deckPath);
  await ann.slides.shown();
  await ann.opens("/");
  await expect(ann.page.getByTestId("deck")).toHaveCount(2);
});

test("a file that is not text is refused in words", async ({ person }) => {
  const ann = await person("Ann");
  await ann.opens("/");
  await expect(ann.page.getByTestId("no-decks")).toBeVisible();
  await dropFile(ann, "huge.md", "x".repeat(5_000_000));
  await ann.hears("huge.md");
  await dropFile(ann, "big.md", "x".repeat(2_000_000));
  await ann.hears(/big\.md.*1 MB/);
  ann.expects(/status of 413/);
  await expect(ann.page).toHaveURL(/\/$/);
});

test("a deck goes to the bin and comes back", async ({ person, server }) => {
  const id = await server.deck("# Keep me");
  await server.deck("# Another");
  const ann = await person("Ann");
  await ann.opens("/");
  const row = ann.page.getByTestId("deck").filter({ hasText: "Keep me" });
  const said = await ann.answersAtOnce("toast-action", () => chooses(ann, "Keep me", "delete-deck"));
  expect(said).toContain("Keep me");
  await expect.poll(() => server.decks()).toHaveLength(2);
  await expect(row).toBeVisible();
  expect(await server.source(id)).toBe("# Keep me");

  await chooses(ann, "Keep me", "delete-deck");
  await expect(row).toHaveCount(0);
  await expect(ann.page.getByTestId("deck")).toHaveCount(1);
  expect(await server.decks()).toHaveLength(1);
});

test("whoever has a deleted deck open is told, and keeps the text", async ({ person, server }) => {
  const id = await server.deck("# Keep me");
  const ann = await person("Ann");
  const bob = await person("Bob");
  // What his page loads last may ask for the deck when that is gone.
  bob.expects(/status of 404/);
  await bob.writes(id);
  await ann.opens("/");
  await chooses(ann, "Keep me", "delete-deck");
  await ann.hears("Keep me");
  const bar = bob.page.getByTestId("connection-bar");
  await expect(bar).toContainText("was deleted");
  expect(await bob.editor.text()).toBe("# Keep me");
  await bar.getByRole("button", { name: "Restore" }).click();
  await bob.saved();
  expect(await server.source(id)).toBe("# Keep me");
});

test("a deck can be taken home as a file", async ({ person, server }) => {
  await server.deck("# Take me\n\nhome 🏠\n");
  const ann = await person("Ann");
  await ann.opens("/");
  const download = ann.page.waitForEvent("download");
  await chooses(ann, "Take me", "export-deck");
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^take-me\.md$/i);
  expect(await readFile(await file.path(), "utf8")).toBe("# Take me\n\nhome 🏠\n");
});

test("a server that is away is said, and the list comes back with it", async ({ person, server }) => {
  await server.deck("# Still here");
  const ann = await person("Ann");
  ann.expects(/ERR_CONNECTION_REFUSED/);
  await ann.opens("/");
  await expect(ann.page.getByTestId("deck")).toHaveCount(1);
  // The dialogs come once somebody does something.
  const dialogs = ann.page.waitForResponse(/\/assets\/dialogs-/);
  await ann.page.mouse.move(200, 200);
  await dialogs;
  await server.stop();
  // Coming back to the tab asks for the list again.
  await ann.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await expect(ann.page.getByTestId("unreachable")).toContainText("Can't reach the server. Showing decks kept on this device.");
  await expect(ann.page.getByTestId("deck")).toHaveCount(1);
  await ann.keepPicture("home-unreachable");

  await ann.page.getByTestId("new-deck").click();
  await ann.page.getByTestId("create").click();
  await ann.hears("Can't reach the server");

  await server.startAgain();
  await ann.triesAgain();
  await expect(ann.page.getByTestId("unreachable")).toHaveCount(0);
  await expect(ann.page.getByTestId("deck")).toHaveCount(1);
});

test("a page that comes while the server is away shows what the device knows, and comes back by itself", async ({ person, server }) => {
  await server.deck("# Known here");
  const ann = await person("Ann");
  ann.expects(/ERR_FAILED/);
  await ann.opens("/");
  await expect(ann.page.getByTestId("deck")).toHaveCount(1);
  // The page itself still comes, as from a cache in between; nothing else does.
  await ann.page.route("**/api/**", (route) => route.abort());
  await ann.page.reload();
  await expect(ann.page.getByTestId("unreachable")).toContainText("kept on this device");
  await expect(ann.page.getByTestId("deck")).toContainText("Known here");
  await ann.page.unroute("**/api/**");
  await expect(ann.page.getByTestId("unreachable")).toHaveCount(0);
  await expect(ann.page.getByTestId("deck")).toContainText("Known here");
});

test("several files are imported at once, and a bad one says why", async ({ person, server }) => {
  const ann = await person("Ann");
  await ann.opens("/");
  const file = (name: string, text: string | Uint8Array) => ({ name, mimeType: "text/markdown", buffer: Buffer.from(text) });
  await expect(ann.page.getByTestId("no-decks")).toBeVisible();
  await ann.page.getByTestId("import-file").setInputFiles([
    file("one.md", "# One\n"),
    file("picture.md", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)),
    file("two.md", "# Zwei\n"),
    file("nothing.md", " \n"),
  ]);
  await ann.hears(/picture\.md.*no text in UTF-8/);
  await ann.hears(/nothing\.md.*empty/);
  await ann.hears("2 decks were imported");
  await expect(ann.page.getByTestId("deck")).toHaveCount(2);
  expect(await server.decks()).toHaveLength(2);
});

test("the search narrows the list while one types, and Enter opens the first", async ({ person, server }) => {
  const call = await server.deck("# Community Call Äpfel");
  await server.deck("# Retrospective");
  const ann = await person("Ann");
  await ann.opens("/");
  await expect(ann.page.getByTestId("deck")).toHaveCount(2);
  await ann.page.keyboard.press("/");
  await expect(ann.page.getByTestId("search")).toBeFocused();
  await ann.page.keyboard.type("apf COMM");
  await expect(ann.page.getByTestId("deck")).toHaveText([/Äpfel/]);
  await expect(ann.page.getByTestId("found")).toHaveText("1 deck found");
  await ann.page.keyboard.type("zzz");
  await expect(ann.page.getByTestId("nothing-found")).toContainText("apf COMMzzz");
  await ann.keepPicture("home-nothing-found");
  await ann.page.keyboard.press("Escape");
  await expect(ann.page.getByTestId("deck")).toHaveCount(2);
  await ann.page.keyboard.type("call");
  await expect(ann.page.getByTestId("deck")).toHaveCount(1);
  await ann.page.keyboard.press("Enter");
  await expect(ann.page).toHaveURL(new RegExp(`/d/${call}$`));
});

test("the menu of a row is a menu: arrows, letters, Escape", async ({ person, server }) => {
  await server.deck("# One");
  const ann = await person("Ann");
  await ann.opens("/");
  const opener = ann.page.getByTestId("deck-menu");
  await opener.focus();
  await ann.page.keyboard.press("Enter");
  await expect(ann.page.getByTestId("menu-open")).toBeFocused();
  await ann.keepPicture("home-menu");
  await ann.page.keyboard.press("ArrowDown");
  await expect(ann.page.getByTestId("present-deck")).toBeFocused();
  await ann.page.keyboard.press("End");
  await expect(ann.page.getByTestId("delete-deck")).toBeFocused();
  await ann.page.keyboard.press("e");
  await expect(ann.page.getByTestId("export-deck")).toBeFocused();
  await ann.page.keyboard.press("Escape");
  await expect(ann.page.getByTestId("menu")).toHaveCount(0);
  await expect(opener).toBeFocused();
});

test("the first page speaks German to who reads it", async ({ person }) => {
  const ann = await person("Ann", { locale: "de-DE" });
  await ann.opens("/");
  await expect(ann.page.getByTestId("no-decks")).toContainText("Noch keine Decks");
  await expect(ann.page.locator("html")).toHaveAttribute("lang", "de");
  await ann.page.getByTestId("new-deck").click();
  await expect(ann.page.getByTestId("new-deck-dialog")).toContainText("Neues Deck");
});
