/** What one keystroke costs the slides frame, in decks of 24, 100 and 300 slides. */

import { after, before, test } from "node:test";
import type { Config, FromFrame, SlideHtml, ToFrame } from "../slides/protocol.ts";
import { openSite, type Site } from "./harness.ts";

declare global {
  interface Window {
    received: FromFrame[];
    port?: MessagePort;
    painted: number[];
  }
}

const KEYSTROKES = 40;
const SIZES = [24, 100, 300];
const THEMES = [null, "white"];

let site: Site;
before(async () => {
  site = await openSite(["slides.html", "parent.html"]);
});
after(() => site.close());

/** Columns of five, each slide with bullets on two levels; the last one overflows, so that it is reported. */
function deck(count: number): SlideHtml[] {
  const slides = Array.from({ length: count }, (_, index) => slide(index, ""));
  const last = slide(count, "<br>much".repeat(50));
  return [...slides, last];
}

function slide(index: number, typed: string): SlideHtml {
  const bullets = Array.from({ length: 3 }, (_, at) =>
    `<li>Point ${at} of slide ${index} with <a href="https://example.org/${at}">a link</a>` +
    `<ul><li>below it <code>code</code></li><li>and <strong>more</strong></li></ul></li>`);
  const html = `<h1>Slide ${index}</h1><ul>${bullets.join("")}</ul><p>${typed}</p>`;
  return { column: index % 5 === 0, attributes: [], html, notes: "" };
}

/** From the message's arrival to the frame's next picture. */
function watchPaints(): void {
  window.painted = [];
  const handler = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
  if (!handler?.set) return;
  Object.defineProperty(MessagePort.prototype, "onmessage", {
    ...handler,
    set(this: MessagePort, listener: (event: MessageEvent) => void) {
      handler.set?.call(this, (event: MessageEvent<{ type?: string }>) => {
        const start = performance.now();
        listener(event);
        if (event.data.type !== "patch") return;
        const channel = new MessageChannel();
        channel.port1.addEventListener("message", () => window.painted.push(performance.now() - start));
        channel.port1.start();
        requestAnimationFrame(() => channel.port2.postMessage(0));
      });
    },
  });
}

for (const theme of THEMES) {
  for (const size of SIZES) {
    test(`a keystroke in ${size} slides on ${theme ?? "our own theme"}`, async () => {
      const page = await site.browser.newPage({ viewport: { width: 640, height: 360 } });
      await page.addInitScript(watchPaints);
      await page.goto(`${site.url}/parent.html`);
      await page.waitForFunction(() => window.port !== undefined);
      const frame = page.frames().find((candidate) => candidate.url().endsWith("/slides.html"));
      if (!frame) throw new Error("no frame");
      const config: Config = { theme, options: { center: true }, lang: null, dir: null, role: "preview" };
      const send = (message: ToFrame) => page.evaluate((value) => window.port?.postMessage(value), message);
      const at = { index: Math.floor(size / 2), fragment: -1 };
      await send({ type: "deck", config, slides: deck(size), at } as ToFrame);
      await page.waitForFunction(() => window.received.some(({ type }) => type === "ready"));
      const session = await page.context().newCDPSession(frame).catch(() => page.context().newCDPSession(page));
      await session.send("Performance.enable");
      const opened = Date.now();
      await page.waitForFunction(() => window.received.some(({ type }) => type === "overflow"), undefined, { timeout: 60_000 });
      const measured = Date.now() - opened;
      const metrics = async () => new Map((await session.send("Performance.getMetrics")).metrics
        .map(({ name, value }) => [name, value]));
      const start = await metrics();
      for (let typed = 1; typed <= KEYSTROKES; typed++) {
        const text = "typing some words here and there, on and on".slice(0, typed);
        await send({ type: "patch", patches: [{ op: "replace", index: at.index, slide: slide(at.index, text) }], at });
        await frame.waitForFunction((count) => window.painted.length >= count, typed);
      }
      const end = await metrics();
      const each = (name: string) =>
        (((end.get(name) ?? 0) - (start.get(name) ?? 0)) * 1000 / KEYSTROKES).toFixed(1);
      const painted = (await frame.evaluate(() => window.painted)).sort((a, b) => a - b);
      const at95 = painted[Math.floor(painted.length * 0.95)] ?? 0;
      const half = painted[Math.floor(painted.length / 2)] ?? 0;
      console.log(`all measured after ${measured} ms; ${theme ?? "ondeck"} ${size}: painted p50 ${half.toFixed(1)} p95 ${at95.toFixed(1)}; ` +
        `script ${each("ScriptDuration")} style ${each("RecalcStyleDuration")} ` +
        `layout ${each("LayoutDuration")} tasks ${each("TaskDuration")} ms`);
      await page.close();
    });
  }
}
