/** The toolbar over the source, and the settings of a slide. */

import { expect, test } from "../harness/test.ts";

test("the toolbar writes Markdown", async ({ person, server }) => {
  const deck = await server.deck("# One\n\nplain words\n");
  const ann = await person("Ann");
  await ann.writes(deck);
  await ann.editor.select("plain");
  await ann.page.getByTestId("bold").click();
  await expect(ann.editor.content).toBeFocused();
  expect(await ann.editor.text()).toContain("**plain** words");
  await ann.page.getByTestId("toolbar-more").click();
  await ann.page.locator("#toolbar-more").getByTestId("undo").click();
  expect(await ann.editor.text()).toContain("\nplain words");
  await ann.editor.caretAfter("plain words");
  await ann.page.getByTestId("bullets").click();
  await expect.poll(() => ann.editor.text()).toContain("- plain words");
  await ann.page.getByTestId("new-slide").click();
  await expect.poll(() => ann.editor.text()).toContain("----\n\n# One");
});

test("every tool has a name, a key to see, and room for a finger", async ({ person, server }) => {
  const deck = await server.deck("# One\n");
  const ann = await person("Ann");
  await ann.writes(deck);
  const tools = ann.page.locator(".toolbar > button");
  for (const tool of await tools.all()) {
    await expect(tool).toHaveAttribute("aria-label", /\S/);
    await expect(tool).toHaveAttribute("title", /\S/);
    const box = await tool.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(24);
  }
  await expect(ann.page.getByTestId("bold")).toHaveAttribute("title", "Bold (Ctrl+B)");
  // One tab stop; arrows go on from there.
  await expect(ann.page.locator('.toolbar > button[tabindex="0"]')).toHaveCount(1);
  await ann.page.getByTestId("bold").focus();
  await ann.page.keyboard.press("ArrowRight");
  await expect(ann.page.getByTestId("italic")).toBeFocused();
  await ann.page.keyboard.press("End");
  await ann.page.keyboard.press("ArrowRight");
  await expect(ann.page.getByTestId("bold")).toBeFocused();
});

test("the settings of a slide are its comment", async ({ person, server }) => {
  const deck = await server.deck("# One\n\n---\n\n# Two\n\n<!-- .slide: data-background=\"#123456\" data-state=\"x\" -->\n\n- text\n");
  const ann = await person("Ann");
  await ann.writes(deck);
  await ann.editor.caretAfter("- text");
  await expect(ann.page.getByTestId("slide-number")).toHaveText("Slide 2/2");
  await ann.page.getByTestId("slide-settings").click();
  await expect(ann.page.getByTestId("data-background-color")).toHaveValue("#123456");
  await ann.page.getByTestId("data-background-color").fill("navy");
  await ann.page.getByTestId("data-transition").selectOption("zoom");
  await ann.page.getByTestId("data-visibility").check();
  await ann.keepPicture("slide-settings");
  await ann.page.getByTestId("keep-settings").click();
  await expect.poll(() => server.source(deck)).toContain(
    '# Two\n\n<!-- .slide: data-background-color="navy" data-state="x" data-transition="zoom" data-visibility="hidden" -->\n\n- text\n',
  );
  await ann.page.keyboard.press("Control+z");
  await expect.poll(() => server.source(deck)).toContain('data-background="#123456" data-state="x" -->');

  // A slide without a comment gets one.
  await ann.editor.caretAfter("# One");
  await expect(ann.page.getByTestId("slide-number")).toHaveText("Slide 1/2");
  await ann.page.getByTestId("slide-settings").click();
  await ann.page.getByTestId("data-fit").check();
  await ann.page.getByTestId("keep-settings").click();
  await expect.poll(() => server.source(deck)).toContain('<!-- .slide: data-fit="off" -->\n\n# One\n');
});
