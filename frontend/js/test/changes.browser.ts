/** What others changed while one was away: marked, readable, and gone again. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { close, LONG, open } from "./editor-page.ts";
import { ARTEFACTS } from "./harness.ts";

/** The words that are marked as changed, and the lines that have a bar. */
function changedShown(page: Page): Promise<{ words: string[]; lines: string[] }> {
  return page.evaluate(() => {
    const texts = (selector: string) => [...document.querySelectorAll(selector)].map((element) => element.textContent ?? "");
    return { words: texts("mark.cm-changed"), lines: texts(".cm-lineNumbers .cm-changed-line") };
  });
}

/** Shows the first occurrences of words as changed by others. */
function showChanges(page: Page, ...words: string[]): Promise<void> {
  return page.evaluate((list) => {
    window.editor.showChanges(list.map((word) => {
      const from = window.editor.text().indexOf(word);
      return { from, to: from + word.length };
    }));
  }, words);
}

test("what others changed is marked until the next own edit, and not by theirs", async () => {
  const page = await open("# One\n\nalpha beta\ngamma\n\n---\n\n# Two\n");
  await showChanges(page, "gamma\n", "beta");
  assert.deepEqual(await changedShown(page), { words: ["beta", "gamma"], lines: ["3", "4"] });
  await page.evaluate(() => window.remote([{ at: 0, delete: 0, insert: "new\n" }]));
  assert.deepEqual(await changedShown(page), { words: ["beta", "gamma"], lines: ["4", "5"] });
  await page.evaluate(() => window.editor.goToLine(0, 0, true));
  assert.deepEqual((await changedShown(page)).words, ["beta", "gamma"], "a caret that moves edits nothing");
  await page.keyboard.type("x");
  assert.deepEqual(await changedShown(page), { words: [], lines: [] });
  await close(page);
});

test("what others took out is a mark beside its line", async () => {
  const page = await open("one\ntwo\nthree\n");
  await page.evaluate(() => window.editor.showChanges([{ from: 4, to: 4 }, { from: 99, to: 120 }]));
  assert.deepEqual(await changedShown(page), { words: [], lines: ["2", "4"] });
  await close(page);
});

test("the marks go when their time is over, counted from the last call", async () => {
  const page = await open("one two\n");
  await page.evaluate(() => {
    const acts = new Map<number, () => void>();
    let last = 0;
    window.timer = {
      setTimeout(act, milliseconds) {
        window.waitedFor = milliseconds;
        acts.set(++last, act);
        return last;
      },
      clearTimeout: (timer) => acts.delete(timer),
    };
    window.timeIsUp = () => {
      if (acts.size !== 1) throw new Error(`${acts.size} timers`);
      for (const act of acts.values()) act();
    };
    document.querySelector("#editor")?.replaceChildren();
    window.create("one two\n");
  });
  await showChanges(page, "one");
  await showChanges(page, "two");
  assert.deepEqual((await changedShown(page)).words, ["two"]);
  assert.equal(await page.evaluate(() => window.waitedFor), 10_000);
  await page.evaluate(() => window.timeIsUp?.());
  assert.deepEqual(await changedShown(page), { words: [], lines: [] });
  await close(page);
});

test("showing changes scrolls to the first and moves neither caret nor focus", async () => {
  const page = await open(LONG);
  await page.evaluate(() => window.editor.goToLine(0, 0, false));
  const before = await page.evaluate(() => window.editor.selection());
  await showChanges(page, "line 250", "line 150");
  await page.waitForFunction(() => document.querySelector("mark.cm-changed") !== null);
  const seen = await page.evaluate(() => {
    const mark = document.querySelector("mark.cm-changed")!.getBoundingClientRect();
    const pane = document.querySelector(".cm-scroller")!.getBoundingClientRect();
    return { text: document.querySelector("mark.cm-changed")!.textContent, inside: mark.top >= pane.top && mark.bottom <= pane.bottom };
  });
  assert.deepEqual(seen, { text: "line 150", inside: true });
  assert.deepEqual(await page.evaluate(() => window.editor.selection()), before);
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
  await close(page);
});

for (const scheme of ["light", "dark"] as const) {
  test(`changed words can be read on their ground, and their bars seen, in ${scheme}`, async () => {
    const page = await open("# Heading\n\nwords `code` [link](https://example.org) **bold** <!-- note -->\n");
    await page.evaluate((scheme) => {
      const root = document.documentElement.style;
      root.colorScheme = scheme;
      const dark = scheme === "dark";
      // The application's own tokens, as style.css has them.
      const tokens: Record<string, [string, string]> = {
        "--bg": ["#ffffff", "#14171d"], "--fg": ["#171a21", "#e9ecf1"], "--muted": ["#565e6c", "#a4adbb"],
        "--accent": ["#1c5bd0", "#82b1ff"], "--accent-subtle": ["#e7effd", "#1b2a45"],
      };
      for (const [name, values] of Object.entries(tokens)) root.setProperty(name, values[dark ? 1 : 0]);
    }, scheme);
    await page.evaluate(() => window.editor.showChanges([{ from: 0, to: window.editor.text().length }]));
    const contrasts = await page.evaluate(() => {
      const canvas = document.createElement("canvas").getContext("2d")!;
      const light = (colour: string, ground = "#000") => {
        canvas.fillStyle = ground;
        canvas.fillRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => {
          const part = value / 255;
          return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
      };
      const ratio = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const marked = [...document.querySelectorAll("mark.cm-changed, mark.cm-changed *")];
      const ground = light(getComputedStyle(document.querySelector("mark.cm-changed")!).backgroundColor);
      const page = light(getComputedStyle(document.querySelector(".cm-editor")!).backgroundColor);
      const bar = light(getComputedStyle(document.querySelector(".cm-changed-line")!).borderLeftColor);
      return {
        words: Math.min(...marked.map((element) => ratio(light(getComputedStyle(element).color), ground))),
        bar: ratio(bar, page),
      };
    });
    assert.ok(contrasts.words >= 4.5, `words: ${contrasts.words}`);
    assert.ok(contrasts.bar >= 3, `bar: ${contrasts.bar}`);
    await mkdir(ARTEFACTS, { recursive: true });
    await page.screenshot({ path: `${ARTEFACTS}/editor-changes-${scheme}.png` });
    await close(page);
  });
}
