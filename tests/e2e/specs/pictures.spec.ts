/** Pictures: from the clipboard onto everybody's slides, and only for those whom the deck is for. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import type { Person } from "../harness/person.ts";
import { TOP } from "../harness/server.ts";
import { expect, test } from "../harness/test.ts";

const DECK = "# Harbour\n\n\n\n---\n\n# Second\n";
const OWN = /!\[\]\((\/p\/[A-Za-z0-9_-]{22}\.(?:png|jpg|gif|webp))\)/;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** A photo of the examples, drawn as a PNG by the browser. */
async function photo(page: Page): Promise<number[]> {
  const jpeg = await readFile(join(TOP, "examples/harbour-day.jpg"));
  return page.evaluate(async (bytes) => {
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/jpeg" }), { resizeWidth: 320 });
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
    const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    return [...new Uint8Array(await (png as Blob).arrayBuffer())];
  }, [...jpeg]);
}

async function pastes(person: Person, bytes: number[]): Promise<void> {
  await person.editor.content.evaluate((content, values) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([new Uint8Array(values)], "harbour.png", { type: "image/png" }));
    content.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, bytes);
}

/** Pastes a photo below the first heading and gives its address. */
async function addsPhoto(person: Person): Promise<string> {
  await person.editor.caretAfter("# Harbour\n\n");
  await pastes(person, await photo(person.page));
  await expect.poll(() => person.editor.text()).toMatch(OWN);
  return OWN.exec(await person.editor.text())?.[1] ?? "";
}

/** How wide the only picture on the slides is, as it came; 0 until it has come. */
function picture(person: Person): Promise<number> {
  return person.slides.locator("section img[src^='/p/']").first()
    .evaluate((image) => (image as HTMLImageElement).naturalWidth);
}

/** Calls the server as a person's browser does, and gives the status. */
function calls(person: Person, method: string, path: string, json?: object): Promise<number> {
  return person.page.evaluate(async ({ method, path, json }) => {
    const body = json ? { body: JSON.stringify(json), headers: { "content-type": "application/json" } } : {};
    return (await fetch(path, { method, ...body })).status;
  }, { method, path, json });
}

test("a pasted picture is on everybody's slides, described, and stays", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await addsPhoto(ann);
  await expect(ann.page.getByRole("dialog", { name: "Picture settings" })).toBeVisible();
  await ann.keepPicture("pictures-settings");
  await ann.page.keyboard.press("Tab");
  await ann.editor.type("The harbour by day");
  await ann.page.keyboard.press("Enter");
  await expect.poll(() => bob.editor.text()).toContain("![The harbour by day](/p/");
  for (const one of [ann, bob]) await expect.poll(() => picture(one)).toBe(320);
  await ann.saved();
  await ann.page.reload();
  await ann.editor.ready();
  await ann.slides.shown();
  await ann.editor.caretAfter("![The har");
  await ann.page.getByTestId("open-palette").click();
  await ann.page.getByTestId("palette-field").fill("Picture settings");
  await expect(ann.page.getByTestId("palette-row").first()).toContainText("Picture settings");
  await ann.page.keyboard.press("Enter");
  await expect(ann.page.getByTestId("picture-settings").locator("[name=alt]")).toHaveValue("The harbour by day");
  await ann.page.keyboard.press("Escape");
  await expect(ann.editor.content).toBeFocused();
  await expect.poll(() => picture(ann)).toBe(320);
});

test("who follows by a link sees the picture, and once the link is another its ticket opens nothing", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const ann = await person("Ann");
  await ann.writes(deck);
  const address = await addsPhoto(ann);
  await ann.saved();
  // From now on nobody sees it but its owner, and who has a link.
  expect(await calls(ann, "PUT", `/api/decks/${deck}/level`, { level: "private" })).toBe(200);
  const { follow } = await ann.page.evaluate(
    async (id) => (await (await fetch(`/api/decks/${id}/links`)).json()) as { follow: string }, deck);
  const viewer = await person("Viewer", { ...PHONE, stranger: true });
  await viewer.opens(follow);
  await viewer.slides.shown();
  await expect.poll(() => picture(viewer)).toBe(320);
  await viewer.keepPicture("pictures-phone");
  const ticket = await viewer.page.locator("#app").getAttribute("data-pictures-ticket");
  expect(ticket).toMatch(/^l\.follow\./);
  const asks = (query: string) => fetch(`${server.url}${address}${query}`);
  expect((await asks(`?t=${ticket}`)).status).toBe(200);
  expect((await asks("")).status).toBe(403);
  expect(await calls(ann, "POST", `/api/decks/${deck}/links/follow/reset`)).toBe(200);
  await expect.poll(async () => (await asks(`?t=${ticket}`)).status).toBe(403);
  await expect(viewer.page.getByTestId("follow-page")).toHaveAttribute("data-state", "link-ended");
});

test("the text view shows the picture as well", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const ann = await person("Ann");
  await ann.writes(deck);
  await addsPhoto(ann);
  await ann.saved();
  const viewer = await person("Viewer", { stranger: true });
  await viewer.follows(deck);
  await viewer.press("t");
  const image = viewer.page.getByTestId("text").locator("img");
  await expect.poll(() => image.evaluate((one) => (one as HTMLImageElement).naturalWidth)).toBe(320);
});

test("what is no picture is refused in words, and the text stays as it is", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const ann = await person("Ann");
  await ann.writes(deck);
  await ann.editor.caretAfter("# Harbour\n\n");
  // It begins like a PNG, so only the server can tell.
  await pastes(ann, [...Buffer.from("\x89PNG\r\n\x1a\nand then nothing of the kind", "latin1")]);
  ann.expects(/Failed to load resource/);
  await expect(ann.page.locator(".cm-picture-failed")).toBeVisible();
  await ann.editor.type("typed on");
  await expect(ann.page.getByTestId("picture-retry")).toBeVisible();
  await ann.keepPicture("pictures-refused");
  await ann.page.getByTestId("picture-dismiss").click();
  await expect(ann.page.getByTestId("picture-chip")).toHaveCount(0);
  expect(await ann.editor.text()).toBe(DECK.replace("# Harbour\n\n", "# Harbour\n\ntyped on"));
});

test("a picture of another deck is found out and brought in", async ({ person, server }) => {
  const [one, two] = [await server.deck(DECK), await server.deck("# Other\n\n")];
  const ann = await person("Ann");
  await ann.writes(one);
  const address = await addsPhoto(ann);
  await ann.saved();
  await ann.writes(two);
  ann.expects(/Failed to load resource/);
  await ann.editor.caretAfter("# Other\n\n");
  await ann.editor.paste(`![harbour](${address})`);
  await expect(ann.page.locator(".cm-lintRange-warning").first()).toBeVisible();
  await ann.page.keyboard.press("Control+.");
  await expect.poll(() => ann.editor.text()).not.toContain(address);
  expect(await ann.editor.text()).toMatch(/!\[harbour\]\(\/p\/[A-Za-z0-9_-]{22}\.png\)/);
  await expect.poll(() => picture(ann)).toBe(320);
});
