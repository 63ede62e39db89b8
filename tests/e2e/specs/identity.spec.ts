/** A slide that is presented is the same slide, whatever is written around it, in it and to it. */

import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const DECK = `# Welcome

---

# Alpha

first line of Alpha

second line of Alpha

----

# Beta

first line of Beta

second line of Beta

----

# Gamma

text of Gamma

---

# Goodbye
`;
const BETA = "----\n\n# Beta\n\nfirst line of Beta\n\nsecond line of Beta\n\n";

/** Three screens, and one who writes while the talk goes on. */
type Talk = { pia: Person; fay: Person; phone: Person; wim: Person; screens: Person[] };

async function talk(person: (name: string, wishes?: object) => Promise<Person>, deck: string): Promise<Talk> {
  const [pia, fay, wim] = [await person("Pia"), await person("Fay"), await person("Wim")];
  const phone = await person("Phone", PHONE);
  await Promise.all([pia.presents(deck), fay.follows(deck), phone.follows(deck), wim.writes(deck)]);
  const screens = [pia, fay, phone];
  await pia.press("ArrowRight");
  await expect(pia.slides.current).toContainText("Alpha");
  await pia.press("ArrowDown");
  await all(screens, "Beta");
  await numbered(screens, "3/5");
  return { pia, fay, phone, wim, screens };
}

async function all(screens: Person[], text: string): Promise<void> {
  for (const one of screens) await expect(one.slides.current, one.name).toContainText(text);
}

async function numbered(screens: Person[], position: string): Promise<void> {
  for (const one of screens) {
    await expect(one.page.getByTestId("slide-position"), one.name).toContainText(position);
  }
}

/** Nothing but these titles was on any screen meanwhile. */
async function withoutMoving(screens: Person[], act: () => Promise<void>, titles = ["Beta"]): Promise<void> {
  const seen = await Promise.all(screens.map((one) => one.slides.watch()));
  await act();
  for (const [index, read] of seen.entries()) expect(await read(), screens[index]?.name).toEqual(titles);
}

test("slides that come, go and change places elsewhere move no screen", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const { wim, screens } = await talk(person, deck);
  await withoutMoving(screens, async () => {
    await wim.editor.caretBefore("# Alpha");
    await wim.editor.insert("# New\n\nquite new\n\n---\n\n");
    await numbered(screens, "4/6");
    await wim.editor.replace("# New\n\nquite new\n\n---\n\n", "");
    await numbered(screens, "3/5");
    await wim.editor.replace("----\n\n# Gamma\n\ntext of Gamma\n\n", "");
    await numbered(screens, "3/4");
    await wim.editor.caretBefore("# Alpha");
    await wim.editor.insert("# Gamma\n\ntext of Gamma\n\n----\n\n");
    await numbered(screens, "4/5");
  });
});

test("a slide that is edited is repainted in place", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const { wim, screens } = await talk(person, deck);
  await withoutMoving(screens, async () => {
    await wim.editor.caretAfter("second line of Beta");
    await wim.editor.type(" and more");
    await all(screens, "and more");
    await wim.editor.replace("first line of Beta\n\n", "");
    for (const one of screens) await expect(one.slides.current).not.toContainText("first line");
    await numbered(screens, "3/5");
  });
});

test("of a slide that is split the upper half stays, and merged it is whole again", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const { wim, screens } = await talk(person, deck);
  await withoutMoving(screens, async () => {
    await wim.editor.caretBefore("second line of Beta");
    await wim.editor.type("----\n\n");
    for (const one of screens) await expect(one.slides.current).not.toContainText("second line");
    await all(screens, "first line of Beta");
    await numbered(screens, "3/6");
    await wim.editor.replace("----\n\nsecond line of Beta", "second line of Beta");
    await all(screens, "second line of Beta");
    await numbered(screens, "3/5");
  });
  // The separator above it goes: it is a part of the slide before.
  await wim.editor.replace("----\n\n# Beta", "# Beta");
  await all(screens, "first line of Beta");
  await all(screens, "first line of Alpha");
  await numbered(screens, "2/4");
});

test("a slide that is moved in the outline takes everybody along", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const { wim, screens } = await talk(person, deck);
  const row = wim.page.getByTestId("outline-row").filter({ hasText: "Beta" });
  const moves = async (key: string, to: string): Promise<void> => {
    // The row is drawn anew where it is now, and gets the focus back.
    await expect(row).toBeFocused();
    await wim.page.keyboard.press(key);
    await numbered(screens, to);
  };
  await withoutMoving(screens, async () => {
    await row.focus();
    await moves("Alt+Shift+ArrowDown", "4/5");
    await moves("Alt+Shift+ArrowUp", "3/5");
    await moves("Alt+Shift+ArrowUp", "2/5");
  });
});

test("a slide that is cut and pasted elsewhere is bound again", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const { wim, screens } = await talk(person, deck);
  await wim.editor.replace(BETA, "");
  // Meanwhile the next one of its section is shown.
  await all(screens, "text of Gamma");
  await numbered(screens, "3/4");
  await wim.editor.caretBefore("# Goodbye");
  await wim.editor.insert(`${BETA.replace("----\n\n", "").replace("second", "2nd")}---\n\n`);
  await all(screens, "2nd line of Beta");
  await numbered(screens, "4/5");
});

test("a deletion that is undone brings everybody back", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const { wim, screens } = await talk(person, deck);
  await wim.editor.replace(BETA, "");
  await all(screens, "text of Gamma");
  await wim.page.keyboard.press("Control+z");
  await all(screens, "second line of Beta");
  await numbered(screens, "3/5");
});

test("a slide that is removed gives way to the next of its section, and the presenter hears of it", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const { pia, fay, wim, screens } = await talk(person, deck);
  await wim.editor.replace("----\n\n# Gamma\n\ntext of Gamma\n\n", "");
  await numbered(screens, "3/4");
  await withoutMoving(screens, async () => {
    // The last one of its section: then it is the one before.
    await wim.editor.replace(BETA, "");
    await all(screens, "first line of Alpha");
    await numbered(screens, "2/3");
  }, ["Beta", "Alpha"]);
  await pia.hears("Slide removed by Wim");
  await pia.keepPicture("identity-removed");
  // Who follows is told no names.
  expect(await fay.page.locator("body").innerHTML()).not.toContain("Wim");
});

test("a slide that is emptied and written anew stays the one", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const { wim, screens } = await talk(person, deck);
  await wim.editor.replace("# Beta\n\nfirst line of Beta\n\nsecond line of Beta", "");
  await numbered(screens, "3/5");
  await wim.editor.type("# Quite different\n\nfrom before");
  await all(screens, "from before");
  await numbered(screens, "3/5");
});
