/** Prompts of a template: ghost text for those who write, nothing for those who watch. */

import { expect, test } from "../harness/test.ts";

const DECK = "# Call\n\nWelcome\n\n---\n\n# Team Ops\n\n- <!-- prompt: What is new? -->\n- <!-- prompt: What comes next? -->\n";

test("a prompt gives way to what is written there, for everybody, and one undo brings it back", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ann, ben] = [await person("Ann"), await person("Ben")];
  await ann.writes(deck);
  await ben.writes(deck);
  const ghosts = (page: typeof ann.page) => page.locator(".cm-prompt");
  await expect(ghosts(ann.page)).toHaveText(["What is new?", "What comes next?"]);
  await ghosts(ann.page).first().click();
  await ann.keepPicture("prompts");
  await expect(ann.slides.current.locator("h1")).toHaveText("Team Ops");
  await expect(ann.slides.current).not.toContainText("What is new?");
  // Somebody else's caret in the same prompt is in nobody's way.
  await ghosts(ben.page).first().click();
  await expect(ann.editor.carets).toHaveCount(1);
  // At once: what is typed with pauses is several steps.
  await ann.editor.insert("New hosts");
  await expect(ann.slides.current).toContainText("New hosts");
  await expect(ghosts(ben.page)).toHaveText(["What comes next?"]);
  await ben.editor.type("!");
  await ann.saved();
  await ben.saved();
  await expect.poll(() => server.source(deck)).toMatch(/- (?:New hosts!|!New hosts)\n- <!-- prompt/);
  await ann.page.keyboard.press("Control+z");
  await expect.poll(() => ben.editor.text()).toContain("What is new?");
  await expect.poll(() => ben.editor.text()).toContain("!");
});

test("what was carried over says so in the text, and not on the slide", async ({ person, server }) => {
  const deck = await server.deck("# Call\n\n- [ ] write the minutes <!-- carried 2024-04-11 -->\n");
  const ann = await person("Ann");
  await ann.writes(deck);
  await expect(ann.page.getByTestId("carried")).toContainText("carried from 11 Apr");
  await expect(ann.slides.current).not.toContainText("carried");
  await ann.keepPicture("carried");
  await ann.page.getByTestId("carried").getByRole("button", { name: "Keep" }).click();
  await expect.poll(() => ann.editor.text()).not.toContain("carried");
  await ann.page.keyboard.press("Control+z");
  await ann.page.getByTestId("carried").getByRole("button", { name: "Drop" }).click();
  await expect.poll(() => ann.editor.text()).not.toContain("minutes");
});
