/** The stray-edit guard: it asks whoever writes in the wrong place, and what others wrote stays. */

import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

const DECK =
  "# Call\n\nWelcome\n\n---\n\n# Team IAM\n\nReport by Ben\n\n- roles, see [the notes](https://example.org/notes/page)\n\n" +
  "---\n\n# Team Ops\n\nReport by Ann\n\n- <!-- prompt: What is new? -->\n";

const note = (one: Person) => one.page.getByTestId("stray").getByRole("status");
const answer = (one: Person, name: string) => one.page.getByTestId(`stray-${name}`);

/** The page has told the editor whose sections there are. */
async function knowsSections(one: Person): Promise<void> {
  await expect(one.page.locator(".cm-editor")).toHaveAttribute("data-test-mine", "1");
}

test("what breaks an address is taken back, and what another wrote meanwhile stays", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ann, ben] = [await person("Ann"), await person("Ben")];
  await ann.writes(deck);
  await ben.writes(deck);
  await ben.editor.caretAfter("org/no");
  await ben.editor.paste("April 16 at the usual place");
  await expect(note(ben)).toHaveText("This splits https://example.org/notes/page — meant here?");
  await expect(ben.editor.content, "the focus stays in the text").toBeFocused();
  await ben.keepPicture("guard-splice");
  await expect.poll(() => ann.editor.text()).toContain("usual place");
  await ann.editor.caretAfter("usual");
  await ann.editor.type(" THEIRS");
  await expect.poll(() => ben.editor.text()).toContain("usual THEIRS place");
  await answer(ben, "undo").click();
  await expect.poll(() => ben.editor.text()).toBe(DECK.replace("org/no", "org/no THEIRS"));
  await ben.page.keyboard.press("Control+z");
  await expect.poll(() => ben.editor.text()).toContain("noApril 16 at the usual THEIRS place");
  await ben.saved();
  await expect.poll(() => ann.editor.text()).toBe(await ben.editor.text());
});

test("who writes in another team's section is asked, and takes it to their own", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ann, ben] = [await person("Ann"), await person("Ben")];
  await ann.writes(deck);
  await ben.writes(deck);
  await knowsSections(ann);
  await ann.editor.caretAfter("page)");
  await ann.editor.type("\nNew hosts since Monday");
  await expect(note(ann)).toHaveText("You are typing in Team IAM — meant here?");
  await ben.editor.caretAfter("roles");
  await ben.editor.type(" and rights");
  await expect.poll(() => ann.editor.text()).toContain("roles and rights");
  await ann.keepPicture("guard-elsewhere");
  await answer(ann, "move").click();
  const moved = DECK.replace("roles", "roles and rights").replace("<!-- prompt: What is new? -->", "New hosts since Monday");
  await expect.poll(() => ann.editor.text()).toBe(moved);
  await expect.poll(() => ben.editor.text()).toBe(moved);
  await ann.page.keyboard.press("Control+z");
  await expect.poll(() => ann.editor.text()).toBe(DECK.replace("roles", "roles and rights").replace("page)", "page)\n- New hosts since Monday"));
});

test("whoever writes their own part is asked nothing", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const ann = await person("Ann");
  await ann.writes(deck);
  await knowsSections(ann);
  await ann.page.locator(".cm-prompt").click();
  await ann.editor.type("New hosts since Monday\nand new disks\nand a lot of other news");
  await ann.saved();
  await expect(note(ann)).toHaveText("");
  await expect(answer(ann, "undo")).toHaveCount(0);
});

test("selected text goes to the discussion, and from the slide once that has it", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const ann = await person("Ann");
  await ann.writes(deck);
  await knowsSections(ann);
  await ann.editor.select("Welcome");
  await ann.page.keyboard.press("Control+Alt+m");
  await expect(ann.page.getByTestId("talk-text")).toHaveText("Welcome");
  await expect.poll(() => ann.editor.text()).toBe(DECK.replace("Welcome\n", ""));
});
