/** What people wait for, measured in browsers and never asserted: the figures go to a table and JSON. */

import { mkdir, writeFile } from "node:fs/promises";
import type { Frame } from "@playwright/test";
import type { Person } from "../harness/person.ts";
import { CURRENT } from "../harness/slides.ts";
import { test } from "../harness/test.ts";

const SAMPLES = 120;

/** A deck of 100 slides and about 76 kB, the largest shape that people have been seen to write. */
function bigDeck(): string {
  const words = "the quay the boat a rope some wind and many hands that keep it all afloat ".repeat(7);
  const slides = Array.from({ length: 100 }, (_, n) => {
    const lines = Array.from({ length: 5 }, (_, k) => `- point ${n + 1}.${k + 1}: ${words.slice(k * 9, k * 9 + 130)}`);
    return `# Slide ${n + 1}\n\n${lines.join("\n")}\n`;
  });
  return slides.map((slide, n) => (n === 0 ? slide : `\n${n % 3 === 0 ? "---" : "----"}\n\n${slide}`)).join("");
}

const SMALL = Array.from({ length: 8 }, (_, n) => `# Slide ${n + 1}\n\n- point ${n + 1}.1\n`).join("\n---\n\n");

/** Times in milliseconds of one clock: all pages run on this machine. */
type Painted = { key: string; at: number }[];

/** Writes down, after each frame in which it changed, what the watched slide says. */
async function watch(frame: Frame, selector: string): Promise<() => Promise<Painted>> {
  await frame.evaluate((selector) => {
    const painted: { key: string; at: number }[] = [];
    Object.assign(window, { painted });
    const channel = new MessageChannel();
    let key = "";
    channel.port1.onmessage = () => painted.push({ key, at: performance.timeOrigin + performance.now() });
    const look = () => {
      const now = document.querySelector(selector)?.textContent ?? "";
      if (now === key) return;
      key = now;
      requestAnimationFrame(() => channel.port2.postMessage(0));
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["class"],
    });
  }, selector);
  return () => frame.evaluate(() => (window as unknown as { painted: Painted }).painted);
}

/** When keys went down on somebody's page. */
async function keys(person: Person): Promise<() => Promise<number[]>> {
  await person.page.evaluate(() => {
    const times: number[] = [];
    Object.assign(window, { keyTimes: times });
    const note = (event: KeyboardEvent) => times.push(performance.timeOrigin + event.timeStamp);
    window.addEventListener("keydown", note, true);
  });
  return () => person.page.evaluate(() => (window as unknown as { keyTimes: number[] }).keyTimes);
}

function summary(name: string, delays: number[]): Record<string, string | number> {
  const sorted = [...delays].sort((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN) * 10) / 10;
  return { name, samples: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}

test("how long people wait", async ({ person, server }) => {
  const rows: Record<string, string | number>[] = [];
  for (const [shape, source] of [["small deck", SMALL], ["100 slides, 76 kB", bigDeck()]] as const) {
    const deck = await server.deck(source);
    const [ann, bob] = [await person("Ann"), await person("Bob")];
    await Promise.all([ann.writes(deck), bob.writes(deck)]);
    for (const one of [ann, bob]) await one.editor.caretAfter("- point 3.1");
    await ann.slides.current.getByText("point 3.1").waitFor();
    await bob.slides.current.getByText("point 3.1").waitFor();
    const watched = `:is(${CURRENT}) li`;
    const [own, other] = [await watch(await ann.slides.frame(), watched), await watch(await bob.slides.frame(), watched)];
    const pressed = await keys(ann);
    const before = ((await ann.slides.current.locator("li").first().textContent()) ?? "").length;
    for (let sample = 0; sample < SAMPLES; sample++) await ann.page.keyboard.type("x", { delay: 30 });
    await bob.slides.current.getByText(new RegExp(`x{${SAMPLES}}`)).waitFor();
    const times = await pressed();
    const delays = (painted: Painted) =>
      times.flatMap((time, sample) => {
        // The first picture that has this letter, alone or together with later ones.
        const shown = painted.find(({ key }) => key.length >= before + sample + 1);
        return shown ? [shown.at - time] : [];
      });
    rows.push(summary(`own keystroke → own preview, ${shape}`, delays(await own())));
    rows.push(summary(`keystroke → another preview, ${shape}`, delays(await other())));
    for (const one of [ann, bob]) await one.page.close();

    const [pia, fay] = [await person("Pia"), await person("Fay")];
    await Promise.all([pia.presents(deck), fay.follows(deck)]);
    const shown = await watch(await fay.slides.frame(), `:is(${CURRENT}) h1`);
    const moved = await keys(pia);
    const last = source === SMALL ? 7 : 40;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const forward = Math.floor(sample / last) % 2 === 0;
      const now = await fay.slides.current.getAttribute("aria-label");
      await pia.page.keyboard.press(forward ? "Space" : "p");
      await fay.page.locator(`iframe[data-test=slides]`).and(fay.slides.element).waitFor();
      await fay.slides.locator(`${CURRENT.split(", ").map((one) => `${one}:not([aria-label="${now}"])`).join(", ")}`).waitFor();
    }
    const painted = await shown();
    const presses = await moved();
    rows.push(summary(`presenter → follower, ${shape}`, presses.flatMap((time) => {
      const next = painted.find(({ at }) => at >= time);
      return next ? [next.at - time] : [];
    })));
    for (const one of [pia, fay]) await one.page.close();
  }
  console.table(rows);
  await mkdir("artifacts", { recursive: true });
  await writeFile("artifacts/bench.json", `${JSON.stringify(rows, null, 2)}\n`);
});
