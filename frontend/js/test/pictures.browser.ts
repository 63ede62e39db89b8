/** Pictures in the editor: beside the text until they are in it, once, each at its own place. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import type { Problem } from "../editor.ts";
import { close } from "./editor-page.ts";
import { ARTEFACTS } from "./harness.ts";
import { Desk, given, ONE, png, TWO } from "./pictures-page.ts";

const DOT = given("dot.png", png(2, 2));

test("a pasted picture is a mark beside the text until it is there, and then one step of undo", async () => {
  const desk = await Desk.open("# One\n\n|\n");
  await desk.paste([DOT]);
  const sent = await desk.arrived(1);
  assert.deepEqual([sent.type, sent.body?.equals(png(2, 2))], ["image/png", true]);
  assert.deepEqual(await desk.chips(), ["dot.png"]);
  assert.equal(await desk.page.locator("[data-test=picture-chip] progress").count(), 1);
  assert.equal(await desk.text(), "# One\n\n\n");
  assert.deepEqual(await desk.page.evaluate(() => window.log), []);
  await mkdir(ARTEFACTS, { recursive: true });
  await desk.page.screenshot({ path: `${ARTEFACTS}/pictures-sending.png` });
  await desk.take(1, ONE);
  await desk.reads(`# One\n\n![](${ONE})\n`);
  await desk.hasChips(0);
  assert.equal(await desk.page.evaluate(() => window.log.length), 1);
  await desk.page.keyboard.press("Escape");
  await desk.page.keyboard.press("Control+z");
  await desk.reads("# One\n\n\n");
  await close(desk.page);
});

test("the place of a picture moves with what others and the person write meanwhile", async () => {
  const desk = await Desk.open("one |two\n");
  await desk.paste([DOT]);
  await desk.arrived(1);
  await desk.remote(0, 0, "zero\n");
  await desk.page.keyboard.type("and ");
  await desk.remote(5, 3, "ONE");
  await desk.take(1, ONE);
  // The person went on writing behind it, and is not disturbed.
  await desk.reads(`zero\nONE ![](${ONE})and two\n`);
  assert.equal(await desk.page.locator("[data-test=picture-settings]").count(), 0);
  await desk.page.keyboard.type("more ");
  await desk.reads(`zero\nONE ![](${ONE})and more two\n`);
  await close(desk.page);
});

test("others may take away the text around a picture that is on its way", async () => {
  const desk = await Desk.open("one\ntw|o\nthree\n");
  await desk.paste([DOT]);
  await desk.arrived(1);
  await desk.remote(2, 8, "");
  await desk.take(1, ONE);
  await desk.reads(`on![](${ONE})ree\n`);
  await close(desk.page);
});

test("several pictures stand in their order, whichever comes first", async () => {
  const desk = await Desk.open("|");
  await desk.paste([DOT, given("other.png", png(3, 3))]);
  await desk.arrived(2);
  assert.deepEqual(await desk.chips(), ["dot.png", "other.png"]);
  const first = desk.sent.findIndex(({ body }) => body?.equals(png(2, 2))) + 1;
  await desk.take(3 - first, TWO);
  await desk.reads(`![](${TWO})`);
  await desk.take(first, ONE);
  await desk.reads(`![](${ONE})\n![](${TWO})`);
  await close(desk.page);
});

test("a dropped picture comes where it was dropped", async () => {
  const desk = await Desk.open("|one\n\ntwo\n");
  assert.equal(await desk.drop([DOT], "two"), true);
  await desk.take(1, ONE);
  await desk.reads(`one\n\n![](${ONE})two\n`);
  await close(desk.page);
});

test("the button opens the picker, and a picture by its address is still to be had", async () => {
  const desk = await Desk.open("x |");
  const chosen = desk.page.waitForEvent("filechooser");
  await desk.page.evaluate(() => window.editor.run("image"));
  const chooser = await chosen;
  assert.equal(chooser.isMultiple(), true);
  await chooser.setFiles([{ name: "dot.png", mimeType: "image/png", buffer: png(2, 2) }]);
  await desk.take(1, ONE);
  await desk.reads(`x ![](${ONE})`);
  await desk.page.keyboard.press("Escape");
  await desk.page.keyboard.type(" ");
  await desk.page.evaluate(() => window.editor.run("image-address"));
  await desk.reads(`x ![](${ONE}) ![description](https://)`);
  await close(desk.page);
});

test("a picture that is refused says why, outlives typing, and can be tried again or dismissed", async () => {
  const desk = await Desk.open("one|");
  await desk.paste([DOT]);
  await desk.refuse(1, 409, "this deck is full: it has 200 pictures");
  await desk.page.waitForSelector(".cm-picture-failed");
  await desk.page.keyboard.type(" more");
  await desk.remote(0, 0, "top\n");
  assert.deepEqual(await desk.chips(), ["this deck is full: it has 200 pictures"]);
  await desk.page.screenshot({ path: `${ARTEFACTS}/pictures-failed.png` });
  await desk.press("picture-retry");
  await desk.take(2, ONE);
  await desk.reads(`top\none![](${ONE}) more`);
  await desk.paste([DOT]);
  await (await desk.arrived(3)).route.abort();
  await desk.page.waitForSelector(".cm-picture-failed");
  assert.deepEqual(await desk.chips(), ["The picture did not reach the server"]);
  await desk.press("picture-dismiss");
  await desk.hasChips(0);
  await desk.reads(`top\none![](${ONE}) more`);
  await close(desk.page);
});

test("a cancelled picture never comes", async () => {
  const desk = await Desk.open("one|");
  await desk.paste([DOT]);
  const { route } = await desk.arrived(1);
  await desk.press("picture-cancel");
  await desk.hasChips(0);
  await route.fulfill({ status: 201, json: { url: ONE } }).catch(() => undefined);
  await desk.page.keyboard.type("!");
  await desk.reads("one!");
  await close(desk.page);
});

test("an answer that is no picture of the server's is not written into the text", async () => {
  const desk = await Desk.open("one|");
  for (const [index, url] of ["https://elsewhere.example/x.png", "/p/short.png", `${ONE}?x`].entries()) {
    await desk.paste([DOT]);
    await desk.take(index + 1, url);
    await desk.page.waitForSelector(".cm-picture-failed");
    await desk.press("picture-dismiss");
    await desk.hasChips(0);
  }
  await desk.reads("one");
  await close(desk.page);
});

test("what would certainly be refused is not sent", async () => {
  const desk = await Desk.open("|");
  const cases: [string, Buffer, string, RegExp][] = [
    ["a.svg", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), "image/svg+xml", /SVG/],
    ["sneaky.png", Buffer.from("<?xml version='1.0'?><svg/>"), "image/png", /SVG/],
    ["a.heic", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0", "latin1"), "", /HEIC/],
    ["a.tiff", Buffer.from("II*\0"), "image/tiff", /not a picture/],
    ["big.gif", Buffer.from("GIF89a"), "image/gif", /10 MB/],
  ];
  for (const [name, bytes, type, wanted] of cases) {
    await desk.paste([given(name, bytes, type, name.startsWith("big") ? 10_000_000 : 0)]);
    await desk.page.waitForSelector(".cm-picture-failed");
    assert.match((await desk.chips())[0] ?? "", wanted);
    // Trying again would change nothing.
    assert.equal(await desk.page.locator("[data-test=picture-retry]").count(), 0);
    await desk.press("picture-dismiss");
    await desk.hasChips(0);
  }
  assert.equal(desk.sent.length, 0);
  await close(desk.page);
});

test("a photo that is too large is made smaller instead of refused", async () => {
  const desk = await Desk.open("|");
  await desk.paste([given("wide.png", png(9000, 20))]);
  const sent = await desk.arrived(1);
  assert.equal(sent.type, "image/webp");
  const size = await desk.page.evaluate(async (bytes) => {
    const { width, height } = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/webp" }));
    return [width, height];
  }, [...(sent.body ?? [])]);
  assert.deepEqual(size, [4096, 9]);
  await desk.take(1, ONE);
  await close(desk.page);
});

test("a picture that comes with text is only the look of the text", async () => {
  const desk = await Desk.open("|");
  await desk.paste([DOT], { "text/plain": "Quarter\t12", "text/html": "<table><tr><td>Quarter</td></tr></table>" });
  await desk.reads("Quarter\t12");
  assert.equal(desk.sent.length, 0);
  await desk.page.keyboard.type("\n");
  // A file manager gives the name, a browser the address.
  await desk.paste([DOT], { "text/plain": "/home/ann/dot.png" });
  await desk.take(1, ONE);
  await desk.paste([DOT], { "text/plain": "https://a.example/x.png", "text/html": "<img src='https://a.example/x.png'>" });
  await desk.take(2, TWO);
  await desk.reads(`Quarter\t12\n![](${ONE})\n![](${TWO})`);
  await close(desk.page);
});

test("where nobody may write no picture is taken", async () => {
  const desk = await Desk.open("one|\n\ntwo");
  await desk.paste([DOT]);
  await desk.arrived(1);
  await desk.page.evaluate(() => window.editor.setReadOnly(true));
  await desk.take(1, ONE);
  await desk.page.waitForSelector(".cm-picture-failed");
  assert.deepEqual(await desk.chips(), ["You can no longer edit this deck"]);
  await desk.paste([DOT]);
  // Without this the browser would leave the page for the file.
  assert.equal(await desk.drop([DOT], "two"), true);
  assert.equal(await desk.page.evaluate(() => window.editor.run("image")), false);
  assert.equal(await desk.page.evaluate(() => window.editor.run("picture-settings")), false);
  assert.equal(desk.sent.length, 1);
  // It is on the server: once the person may write again, it only has to be put in.
  await desk.page.evaluate(() => window.editor.setReadOnly(false));
  await desk.press("picture-retry");
  await desk.reads(`one![](${ONE})\n\ntwo`);
  assert.equal(desk.sent.length, 1);
  await close(desk.page);
});

test("whoever leaves while a picture is on its way is asked first", async () => {
  const desk = await Desk.open("|");
  const asks = () => desk.page.evaluate(() => !window.dispatchEvent(new Event("beforeunload", { cancelable: true })));
  assert.equal(await asks(), false);
  await desk.paste([DOT]);
  await desk.arrived(1);
  assert.equal(await asks(), true);
  await desk.take(1, ONE);
  await desk.reads(`![](${ONE})`);
  assert.equal(await asks(), false);
  await close(desk.page);
});

test("a new picture is described and sized by keyboard alone", async () => {
  const desk = await Desk.open("one\n\n|\n");
  const { page } = desk;
  await desk.paste([DOT]);
  await desk.take(1, ONE);
  await page.waitForSelector("[data-test=picture-settings]");
  await page.keyboard.press("Tab");
  await page.keyboard.type("A cat [asleep]");
  await page.screenshot({ path: `${ARTEFACTS}/pictures-settings.png` });
  await page.keyboard.press("Enter");
  await desk.reads(`one\n\n![A cat \\[asleep\\]](${ONE})\n`);
  await page.waitForSelector("[data-test=picture-settings]", { state: "detached" });
  // The focus is in the text again, behind the picture.
  await page.keyboard.type("!");
  await desk.reads(`one\n\n![A cat \\[asleep\\]](${ONE})!\n`);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await page.evaluate(() => window.editor.run("picture-settings")), true);
  assert.equal(await page.inputValue("[data-test=picture-settings] [name=alt]"), "A cat [asleep]");
  await page.check("[data-test=picture-settings] [value='60%']");
  await desk.reads(`one\n\n![A cat \\[asleep\\]](${ONE} =60%x)!\n`);
  await page.fill("[data-test=picture-settings] [name=width]", "400px");
  await page.keyboard.press("Escape");
  await desk.reads(`one\n\n![A cat \\[asleep\\]](${ONE} =400x)!\n`);
  await page.keyboard.press("Control+z");
  await desk.reads(`one\n\n![A cat \\[asleep\\]](${ONE} =60%x)!\n`);
  await close(page);
});

test("a decorative picture is one that says so, and can be undone", async () => {
  const desk = await Desk.open(`|![A cat](${ONE} "Tom" =30%x) end`);
  await desk.page.evaluate(() => window.editor.run("picture-settings"));
  await desk.page.check("[data-test=picture-settings] [name=decorative]");
  await desk.reads(`<img src="${ONE}" alt="" title="Tom" width="30%"> end`);
  await desk.page.uncheck("[data-test=picture-settings] [name=decorative]");
  await desk.page.fill("[data-test=picture-settings] [name=alt]", "Tom, a cat");
  await desk.press("picture-done");
  await desk.reads(`![Tom, a cat](${ONE} "Tom" =30%x) end`);
  await close(desk.page);
});

test("others' edits of a picture whose settings are open are kept, and its end closes them", async () => {
  const desk = await Desk.open(`one |![cat](${ONE})`);
  await desk.page.evaluate(() => window.editor.run("picture-settings"));
  await desk.remote(0, 3, "uno and");
  await desk.remote("uno and ![cat".length, 0, "s");
  await desk.page.check("[data-test=picture-settings] [value='100%']");
  await desk.reads(`uno and ![cats](${ONE} =100%x)`);
  await desk.remote(7, (await desk.text()).length - 7, "");
  await desk.page.waitForSelector("[data-test=picture-settings]", { state: "detached" });
  await close(desk.page);
});

test("a picture of elsewhere is brought in by one edit of its address", async () => {
  const url = "https://elsewhere.example/cat.png";
  const desk = await Desk.open(`|![cat](${url}) end\n`);
  const problem: Problem = {
    code: "image-elsewhere", message: "from elsewhere", severity: "info", from: 0, to: 1, args: [url],
    fix: { title: "Bring it into this deck", edits: [] },
  };
  await desk.page.evaluate((one) => window.editor.setProblems([one]), problem);
  assert.equal(await desk.page.evaluate(() => window.editor.run("fix")), true);
  const sent = await desk.arrived(1);
  assert.match(sent.url, /\/fetch$/);
  assert.deepEqual(JSON.parse(String(sent.body)), { url });
  await desk.remote(0, 0, "look: ");
  await desk.refuse(1, 403, "this server does not fetch pictures");
  await desk.page.waitForSelector(".cm-picture-failed");
  assert.deepEqual(await desk.chips(), ["this server does not fetch pictures"]);
  await desk.press("picture-retry");
  await desk.take(2, ONE);
  await desk.reads(`look: ![cat](${ONE}) end\n`);
  assert.deepEqual(await desk.page.evaluate(() => window.log), [{ at: 13, delete: url.length - 4, insert: ONE.slice(0, -4) }]);
  await desk.page.keyboard.press("Control+z");
  await desk.reads(`look: ![cat](${url}) end\n`);
  await close(desk.page);
});

test("a picture of another deck that is pasted is found out, and brought in", async () => {
  const desk = await Desk.open(`![old](${TWO})\n|`);
  const asked: string[] = [];
  await desk.page.route("**/api/decks/deck", (route) => route.fulfill({ json: { picturesTicket: "s.guest:x.mac" } }));
  await desk.page.route("**/p/**", (route) => {
    asked.push(`${route.request().method()} ${new URL(route.request().url()).search}`);
    return route.fulfill({ status: 403 });
  });
  // What the deck has already is not asked for.
  await desk.paste([], { "text/plain": `![](${TWO})` });
  await desk.paste([], { "text/plain": `\n![cat](${ONE}) from there` });
  await desk.page.waitForSelector(".cm-lintRange-warning");
  assert.deepEqual(asked, ["HEAD ?t=s.guest%3Ax.mac"]);
  // The deck's own problems come and go beside it.
  await desk.page.evaluate(() => window.editor.setProblems([{ code: "x", message: "m", severity: "info", from: 0, to: 1 }]));
  assert.equal(await desk.page.locator(".cm-lintRange-warning").count(), 1);
  assert.equal(await desk.page.evaluate(() => window.editor.run("fix")), true);
  assert.deepEqual(JSON.parse(String((await desk.arrived(1)).body)), { url: ONE });
  await desk.take(1, "/p/CCCCCCCCCCCCCCCCCCCCCC.png");
  await desk.reads(`![old](${TWO})\n![](${TWO})\n![cat](/p/CCCCCCCCCCCCCCCCCCCCCC.png) from there`);
  await desk.page.evaluate(() => window.editor.setProblems([]));
  await desk.page.waitForSelector(".cm-lintRange-warning", { state: "detached" });
  await close(desk.page);
});

test("an address that somebody changed meanwhile is left alone", async () => {
  const url = "https://elsewhere.example/cat.png";
  const desk = await Desk.open(`|![cat](${url})`);
  await desk.page.evaluate((address) => window.editor.setProblems([{
    code: "image-elsewhere", message: "m", severity: "info", from: 0, to: 1, args: [address], fix: { title: "", edits: [] },
  }]), url);
  await desk.page.evaluate(() => window.editor.run("fix"));
  await desk.arrived(1);
  await desk.remote(20, 0, "x");
  await desk.take(1, ONE);
  await desk.hasChips(0);
  assert.match(await desk.text(), /elsewhere|elsew/);
  await close(desk.page);
});
