/** The pictures in docs/: the example deck with people in it. */

import { join } from "node:path";
import { exampleDeck, TOP } from "../harness/server.ts";
import { expect, test } from "../harness/test.ts";

/** A deck that asks for nothing: no theme, no style sheet, no sizes. */
const PLAIN = `---
title: Community Call
logo: /examples/quays.png
footer: Open Harbour, 3 December 2026
---

# Team Storage

Report by @mira :anchor:

- The second replica lives on **quay C**, 40 km away
    - failover in \`12 s\`, measured on Tuesday
    - [how to try it](https://example.org/failover)
- ==Read-only window== on 10 December, 20:00

| Quay | Free | Used |
|:-----|-----:|-----:|
| A    | 38 TB | 61% |
| C    | 97 TB |  3% |
`;

const TITLES = ["Docs evening", "Retrospective of release 6", "Onboarding for new operators"];

test("pictures for the documentation", async ({ person, server }) => {
  const picture = (name: string) => ({ path: join(TOP, "docs", `${name}.png`) });
  for (const title of TITLES) await server.deck(`---\ntitle: ${title}\n---\n\n# ${title}\n`);
  const deck = await server.deck(await exampleDeck());
  const mira = await person("Mira Okonkwo", { color: 5 });
  const jonas = await person("Jonas Lind", { color: 2 });
  const linh = await person("Linh Tran", { color: 9 });
  const noa = await person("Noa", { color: 4 });
  for (const one of [mira, jonas, linh]) await one.writes(deck);

  // In the middle of the screen, with something above and below.
  await mira.page.getByTestId("outline-row").nth(10).click();
  await mira.editor.caretAfter('"The three quays" =720x360)');
  await expect(mira.slides.current.locator("img")).toBeVisible();
  // Names show for two seconds after their people moved.
  await linh.editor.select("every new project gets a /56");
  await jonas.editor.caretAfter("The third route between the quays is live");
  await jonas.editor.type(" 🎉");
  await expect.poll(() => mira.editor.text()).toContain("is live 🎉");
  await expect(mira.editor.carets).toHaveCount(2);
  await mira.slides.still();
  await mira.page.screenshot(picture("editor"));

  await noa.opens("/");
  await expect(noa.page.getByTestId("deck")).toHaveCount(TITLES.length + 1);
  await noa.page.screenshot(picture("home"));

  const fay = await person("Fay");
  const fox = await person("Fox");
  await Promise.all([fay.follows(deck), fox.follows(deck)]);
  await noa.presents(deck);
  await expect(noa.page.getByTestId("followers")).toContainText("2");
  const shows = async (text: string) => {
    // Thirty-odd slides and their fragments, and then some.
    for (let step = 0; step < 60; step++) {
      const current = noa.slides.current;
      const before = `${await current.getAttribute("aria-label")} ${await noa.slides.fragments()}`;
      if ((await current.innerHTML()).includes(text)) return;
      await noa.page.keyboard.press("n");
      await expect
        .poll(async () => `${await current.getAttribute("aria-label")} ${await noa.slides.fragments()}`)
        .not.toBe(before);
    }
    throw new Error(`no slide with ${text}`);
  };
  await noa.slides.still();
  await noa.page.screenshot(picture("present"));
  await shows("two short routes");
  await expect(fay.slides.current.locator("img")).toBeVisible();
  await fay.slides.still();
  await fay.page.screenshot(picture("follow"));

  await fox.follows(await server.deck(PLAIN));
  await fox.slides.still();
  await fox.page.screenshot(picture("look"));
});
