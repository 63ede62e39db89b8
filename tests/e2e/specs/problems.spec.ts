/** What is wrong with a deck, and the click that mends it. */

import { expect, test } from "../harness/test.ts";

const TRAP = "# One\n\nwords\n---\n\n# Two\n";

test("a problem is found, shown and mended", async ({ person, server }) => {
  const deck = await server.deck(TRAP);
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  const problems = ann.page.getByTestId("problems");
  await expect(problems).toContainText("1 problem");
  await problems.click();
  await expect(ann.page.getByTestId("problem")).toContainText("Ln 4");
  await expect(ann.page.getByTestId("problem")).toContainText("needs a blank line above it");
  await ann.keepPicture("problems-list");
  await ann.page.getByTestId("fix-problem").click();
  await expect.poll(() => bob.editor.text()).toBe("# One\n\nwords\n\n---\n\n# Two\n");
  await expect(problems).toContainText("0 problems");
  await expect(ann.page.getByTestId("outline-row")).toHaveCount(2);
});

test("a problem leads to its line", async ({ person, server }) => {
  const deck = await server.deck(TRAP);
  const ann = await person("Ann");
  await ann.writes(deck);
  await ann.page.getByTestId("problems").click();
  await ann.page.getByTestId("problem").click();
  await expect(ann.editor.content).toBeFocused();
  expect((await ann.editor.place()).after).toBe("---");
  await ann.page.keyboard.press("Control+.");
  await expect.poll(() => server.source(deck)).toContain("words\n\n---\n");
});

test("problems are told in German to those who read German", async ({ person, server }) => {
  const deck = await server.deck(TRAP);
  const ann = await person("Ann", { locale: "de-DE" });
  await ann.writes(deck);
  await ann.page.getByTestId("problems").click();
  await expect(ann.page.getByTestId("problem")).toContainText("braucht eine Leerzeile darüber");
  await expect(ann.page.getByTestId("fix-problem")).toHaveText("Beheben");
});

test("a slide that does not fit is a problem", async ({ person, server }) => {
  const lines = Array.from({ length: 60 }, (_, n) => `- line ${n} of far too many lines`);
  const deck = await server.deck(`# Fine\n\n---\n\n# Full\n\n${lines.join("\n")}\n`);
  const ann = await person("Ann");
  await ann.writes(deck);
  await expect(ann.page.getByTestId("problems")).toContainText("1 problem");
  await ann.page.getByTestId("problems").click();
  await expect(ann.page.getByTestId("problem")).toContainText("This slide does not fit, even with the smallest text");
  await expect(ann.page.getByTestId("problem")).toContainText("Ln 5");
});
