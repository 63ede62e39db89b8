/** The command palette. */

import { expect, test } from "../harness/test.ts";

test("the palette finds commands, slides, people, problems and decks", async ({ person, server }) => {
  const other = await server.deck("# Another deck entirely\n");
  const deck = await server.deck("# One\n\n---\n\n# Second slide\n\nwords\n---\n\n- three\n");
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await bob.editor.caretAfter("- three");
  await expect(ann.page.getByTestId("presence")).toHaveCount(1);
  const palette = ann.page.getByTestId("palette");
  const rows = ann.page.getByTestId("palette-row");
  const find = async (text: string) => {
    await ann.page.keyboard.press("Control+k");
    await expect(ann.page.getByTestId("palette-field")).toBeFocused();
    await ann.page.keyboard.type(text);
  };

  await ann.editor.select("words");
  await find("bld");
  await expect(rows.first()).toContainText("Bold");
  await expect(rows.first()).toContainText("Ctrl+B");
  await ann.keepPicture("palette");
  await ann.page.keyboard.press("Enter");
  await expect(palette).toBeHidden();
  await expect.poll(() => ann.editor.text()).toContain("**words**");

  await find("second");
  await expect(rows.first()).toHaveAttribute("aria-selected", "true");
  await ann.page.keyboard.press("Enter");
  await expect.poll(async () => (await ann.editor.place()).after).toBe("# Second slide");

  await find("bob");
  await expect(rows.first()).toContainText("Go to Bob");
  await ann.page.keyboard.press("Enter");
  await expect.poll(async () => (await ann.editor.place()).after).toBe("- three");

  await find("blank line");
  await expect(rows.first()).toContainText("Ln 8");
  await ann.page.keyboard.press("Escape");
  await expect(palette).toBeHidden();

  await find("e");
  // The decks come from the server, and last: until then the list is still growing.
  await expect(rows.filter({ hasText: "Another deck entirely" })).toHaveCount(1);
  await ann.page.keyboard.press("ArrowDown");
  await expect(rows.nth(1)).toHaveAttribute("aria-selected", "true");
  await ann.page.keyboard.press("ArrowUp");
  await ann.page.keyboard.press("ArrowUp");
  await expect(rows.last()).toHaveAttribute("aria-selected", "true");
  await ann.page.keyboard.press("Control+k");
  await expect(palette).toBeHidden();

  await find("no such thing at all");
  await expect(palette).toContainText("Nothing found");
  await ann.page.keyboard.press("Escape");

  await find("another deck");
  await expect(rows.first()).toContainText("Another deck entirely");
  await ann.page.keyboard.press("Enter");
  await expect(ann.page).toHaveURL(new RegExp(`/d/${other}$`));
});

test("the palette opens from the slides, and its modes have keys", async ({ person, server }) => {
  const deck = await server.deck("# One\n");
  const ann = await person("Ann");
  await ann.writes(deck);
  await (await ann.slides.frame()).locator("body").press("Control+k");
  await expect(ann.page.getByTestId("palette-field")).toBeFocused();
  await ann.page.keyboard.press("Escape");
  await ann.editor.caretAfter("# One");
  for (const [key, mode] of [["1", "edit"], ["3", "show"], ["2", "both"]] as const) {
    await ann.page.keyboard.press(`Control+Alt+${key}`);
    await expect(ann.page.getByTestId("edit-page")).toHaveAttribute("data-mode", mode);
  }
});
