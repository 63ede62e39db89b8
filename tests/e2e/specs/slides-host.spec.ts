/** Slides under a host name of their own, which shares nothing with the app but the machine. */

import type { OndeckServer } from "../harness/server.ts";
import { expect, test } from "../harness/test.ts";
import { Watch } from "../harness/xss/watch.ts";

const DECK = "# One\n\n---\n\n# Two\n\n```js\nlet answer = 42;\n```\n\n$x^2$\n";

/** Starts it again so that slides have the other of the machine's two names. */
async function withTwoNames(server: OndeckServer): Promise<string> {
  const slides = server.url.replace("127.0.0.1", "localhost");
  await server.stop();
  server.options = ["--public-url", server.url, "--slides-url", slides];
  await server.startAgain();
  return slides;
}

test("slides under a name of their own are written, presented and followed as ever", async ({ person, server }) => {
  const slides = await withTwoNames(server);
  const deck = await server.deck(DECK);
  const [ann, pia, fay] = [await person("Ann"), await person("Pia"), await person("Fay")];
  await Promise.all([ann.writes(deck), pia.presents(deck), fay.follows(deck)]);
  for (const one of [ann, pia, fay]) {
    expect((await one.slides.frame()).url(), one.name).toBe(`${slides}/slides.html`);
    expect(await (await one.slides.frame()).evaluate(() => self.origin), one.name).toBe("null");
  }
  await pia.press("ArrowRight");
  for (const one of [pia, fay]) await expect(one.slides.current).toContainText("Two");
  // Style sheets, fonts and the programs for code and formulas come from there as well.
  await expect(fay.slides.current.locator(".katex")).toBeVisible();
  await expect(fay.slides.current.locator("code [class^=hljs]").first()).toBeVisible();
  const fonts = await (await fay.slides.frame()).evaluate(async () => {
    await document.fonts.ready;
    return [...document.fonts].filter(({ status }) => status === "loaded").length;
  });
  expect(fonts).toBeGreaterThan(0);
  await ann.editor.caretAfter("# Two");
  await ann.editor.insert(" and more");
  for (const one of [ann, pia, fay]) await expect(one.slides.locator(".slides")).toContainText("Two and more");
});

test("under the name of the slides there is no app, and nobody is anybody", async ({ person, server }) => {
  const slides = await withTwoNames(server);
  const deck = await server.deck(DECK);
  const fay = await person("Fay");
  fay.expects(/404|400/);
  const watch = await Watch.over(fay.page.context(), server.url);
  for (const path of ["/", `/d/${deck}`, `/d/${deck}/follow`, "/api/decks", `/api/decks/${deck}/source`, "/healthz", "/join"]) {
    const answer = await fay.page.request.get(slides + path, { headers: { accept: "text/html", cookie: "ondeck=x" } });
    expect(answer.status(), path).toBe(404);
    expect(answer.headers()["set-cookie"], path).toBeUndefined();
  }
  expect((await fay.page.request.get(`${slides}/slides.html`)).status()).toBe(200);
  expect([...watch.fired]).toEqual([]);
});

test("nobody but a frame of ours is handed a port to the page", async ({ person, server }) => {
  await withTwoNames(server);
  const deck = await server.deck(DECK);
  const fay = await person("Fay");
  await fay.follows(deck);
  const ports = await fay.page.evaluate(() => new Promise((resolve) => {
    window.addEventListener("message", ({ ports }) => resolve(ports.length), { once: true });
    window.postMessage({ type: "hello" }, "*");
  }));
  expect(ports).toBe(0);
});
