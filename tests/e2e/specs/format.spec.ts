/** Decks that people bring along: everything in them is seen by the audience, and nothing more is loaded. */

import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

const DECK = `---
title: Harbour talk
footer: Open Harbour
---

<style>
.slides h1 { color: rgb(27, 91, 124); }
</style>

# Harbour talk :anchor:

- bare domain example.org, "quotes" -- and README.md
- <font color="#aa0000">red</font>, ==marked==, H~2~O, a footnote[^1]

[^1]: at the foot of the slide

---

# Maths

Waiting: $\\frac{a}{b}$

---

# Code

\`\`\`js [1|2-3]
const quay = "B";
const ships = await list(quay);
ships.forEach(berth);
\`\`\`

---

# Diagram

\`\`\`mermaid
graph LR
  Text --> Slides
\`\`\`

---

<!-- .slide: data-background-color="#102030" -->

# Night

note: only for the presenter
`;

async function go(pia: Person, title: string): Promise<void> {
  for (let step = 0; step < 8; step++) {
    if ((await pia.slides.current.locator("h1").textContent())?.includes(title)) return;
    const shown = pia.slides.current;
    const before = `${await shown.getAttribute("aria-label")} ${await pia.slides.fragments()}`;
    await pia.press("ArrowRight");
    await expect
      .poll(async () => `${await shown.getAttribute("aria-label")} ${await pia.slides.fragments()}`)
      .not.toBe(before);
  }
}

test("everything in a deck is seen by those who follow", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [pia, fay] = [await person("Pia"), await person("Fay")];
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  const slide = fay.slides.current;

  await expect(slide.locator("h1")).toHaveText("Harbour talk ⚓");
  await expect(slide.locator("h1")).toHaveCSS("color", "rgb(27, 91, 124)");
  await expect(slide.locator("li").first()).toHaveText("bare domain example.org, “quotes” – and README.md");
  await expect(slide.locator('a[href="http://example.org"]')).toBeVisible();
  await expect(slide.locator("font")).toHaveCSS("color", "rgb(170, 0, 0)");
  await expect(slide.locator(".footnotes")).toContainText("at the foot of the slide");
  await expect(fay.slides.locator("body")).toContainText("Open Harbour");
  await fay.slides.still();
  await fay.keepPicture("format-text");

  await go(pia, "Maths");
  await expect(slide.locator(".katex .mfrac").first()).toBeVisible();
  await fay.keepPicture("format-maths");

  await go(pia, "Code");
  await expect(slide.locator("code .hljs-keyword").first()).toBeVisible();
  await expect(slide.locator("tr.highlight-line").first()).toContainText("const quay");
  await pia.press("ArrowRight");
  await expect.poll(() => fay.slides.fragments()).toBe(1);
  await expect(slide.locator("code.fragment.visible tr.highlight-line")).toHaveCount(2);
  await fay.keepPicture("format-code");

  await go(pia, "Diagram");
  await expect(slide.locator("figure.diagram img")).toBeVisible();
  await fay.slides.still();
  await fay.keepPicture("format-diagram");

  await go(pia, "Night");
  await expect(fay.slides.locator(".backgrounds .slide-background.present")).toHaveCSS("background-color", "rgb(16, 32, 48)");
  await expect(slide.locator("h1")).toHaveText("Night");
  expect(await (await fay.slides.frame()).content()).not.toContain("only for the presenter");
});

test("a deck without maths, code and diagrams loads none of their programs", async ({ person, server }) => {
  const deck = await server.deck("# Plain\n\n- text\n");
  const ann = await person("Ann");
  const asked: string[] = [];
  ann.page.on("request", (request) => asked.push(request.url()));
  await ann.writes(deck);
  await ann.slides.still();
  expect(asked.filter((url) => /katex|highlight|mermaid/.test(url))).toEqual([]);
  await ann.editor.caretAfter("- text");
  await ann.editor.type(" $a^2$");
  await expect(ann.slides.current.locator(".katex")).toBeVisible();
  expect(asked.some((url) => /katex/.test(url))).toBe(true);
});
