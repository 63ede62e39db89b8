/** Writing together: ten people, one text, nobody disturbed. */

import type { Person } from "../harness/person.ts";
import { exampleDeck, type OndeckServer } from "../harness/server.ts";
import { expect, test } from "../harness/test.ts";

/** All have the same text, and it is the server's. */
async function agree(server: OndeckServer, deck: string, people: Person[]): Promise<string> {
  await Promise.all(people.map((one) => one.saved()));
  const text = await server.source(deck);
  for (const one of people) {
    await expect.poll(() => one.editor.text(), { message: one.name }).toBe(text);
  }
  return text;
}

/** A hundred and twenty numbered lines, far more than a screen shows. */
const LONG = Array.from({ length: 120 }, (_, n) => `line ${n + 1} of many`).join("\n");

test("ten people write into the same deck at once", async ({ person, server }) => {
  const names = ["Ada", "Ben", "Cem", "Dora", "Emil", "Fatma", "Gil", "Hana", "Ivo", "Jun"];
  const sections = names.map((name) => `# Team ${name}\n\nnews:\n`).join("\n---\n\n");
  const deck = await server.deck(sections);
  const people = await Promise.all(
    names.map(async (name, color) => {
      const one = await person(name, { color });
      await one.writes(deck);
      return one;
    }),
  );

  await Promise.all(
    people.map(async (one) => {
      await one.editor.caretAfter(`# Team ${one.name}\n\nnews:`);
      await one.editor.type(` ${one.name} was here and wrote this\nand this`);
    }),
  );

  const text = await agree(server, deck, people);
  for (const name of names) {
    expect(text).toContain(`# Team ${name}\n\nnews: ${name} was here and wrote this\nand this\n`);
  }

  for (const one of people) {
    const others = names.filter((name) => name !== one.name);
    await expect(one.page.getByTestId("avatar")).toHaveCount(5);
    await expect(one.page.getByTestId("avatars-more")).toHaveText("+4");
    // The editor draws what is near the screen; on one as tall as this that is everything.
    await one.page.setViewportSize({ width: 1440, height: 1600 });
    await expect(one.editor.carets).toHaveCount(others.length);
    const flags = await one.editor.carets.locator(".cm-peer-flag").allTextContents();
    expect(flags.sort()).toEqual(others.sort());
    const colours = await one.editor.carets.evaluateAll((carets) =>
      carets.map((caret) => getComputedStyle(caret).backgroundColor),
    );
    expect(new Set(colours).size, "everybody has a colour of their own").toBe(others.length);
  }
  await people[0]!.keepPicture("writing-ten-people");
});

test("ten people write into the same line at once", async ({ person, server }) => {
  const deck = await server.deck("start:\n");
  const names = ["Ada", "Ben", "Cem", "Dora", "Emil", "Fatma", "Gil", "Hana", "Ivo", "Jun"];
  const people = await Promise.all(
    names.map(async (name) => {
      const one = await person(name);
      await one.writes(deck);
      await one.editor.caretAfter("start:");
      return one;
    }),
  );
  const letters = "abcdefghij";
  await Promise.all(people.map((one, n) => one.editor.type(letters[n]!.repeat(20))));
  const text = await agree(server, deck, people);
  for (const letter of letters) expect(text.split(letter)).toHaveLength(letter === "a" ? 22 : 21);
  expect(text).toHaveLength("start:\n".length + 200);
});

test("neither caret nor viewport jumps when others write above", async ({ person, server }) => {
  const deck = await server.deck(LONG);
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await ann.editor.caretAfter("line 47 of");
  const before = await ann.editor.place();
  expect(before).toMatchObject({ before: "line 47 of", after: " many" });
  const ended = await ann.editor.watchHeightOf("line 47 of");

  await bob.editor.caretAfter("line 2 of many");
  await bob.editor.type("\nnew\nlines\nabove");
  await bob.editor.replace("line 5 of many\nline 6 of many\n", "");
  await bob.editor.caretAfter("line 10 of many");
  await bob.editor.paste("\npasted".repeat(200));
  // In the line above, so that it wraps, and into the very line of the caret.
  await bob.editor.caretAfter("line 46 of many");
  await bob.editor.type(" and a lot more, so that this line needs a second row on the screen of Ann");
  await bob.editor.caretBefore("line 47");
  await bob.editor.type("the ");
  const text = await agree(server, deck, [ann, bob]);
  expect(text).toContain("the line 47 of many");

  const after = await ann.editor.place();
  expect(after).toMatchObject({ before: "the line 47 of", after: " many" });
  const { frames, jump } = await ended();
  expect(frames).toBeGreaterThan(10);
  expect(jump, "pixels, in any frame").toBeLessThanOrEqual(1);
  await ann.editor.type("!");
  await expect.poll(() => server.source(deck)).toContain("the line 47 of! many");
});

test("what one reads stays in place when the own caret is elsewhere", async ({ person, server }) => {
  const deck = await server.deck(LONG);
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await ann.editor.caretAfter("line 1 of");
  await ann.editor.scrollTo(1200);
  const before = await ann.editor.firstLine();
  expect(before.text).toMatch(/^line \d+ of many$/);

  await bob.editor.caretAfter("line 3 of many");
  await bob.editor.type("\nabove\nabove\nabove");
  await bob.editor.caretAfter("line 119 of many");
  await bob.editor.type("\nbelow");
  await agree(server, deck, [ann, bob]);
  const after = await ann.editor.firstLine();
  expect(after.text).toBe(before.text);
  expect(Math.abs(after.y - before.y)).toBeLessThanOrEqual(1);
});

test("undo takes back one's own edits only", async ({ person, server }) => {
  const deck = await server.deck("top\n\nbottom\n");
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  // Each is one step, however slowly letters would be typed.
  await ann.editor.caretAfter("top");
  await ann.editor.insert(" from Ann");
  await bob.editor.caretAfter("bottom");
  await bob.editor.insert(" from Bob");
  await agree(server, deck, [ann, bob]);
  await bob.editor.caretBefore("top");
  await bob.editor.insert("the ");
  expect(await agree(server, deck, [ann, bob])).toBe("the top from Ann\n\nbottom from Bob\n");

  await ann.page.keyboard.press("Control+z");
  await expect.poll(() => server.source(deck)).toBe("the top\n\nbottom from Bob\n");
  await ann.page.keyboard.press("Control+z");
  await agree(server, deck, [ann, bob]);
  expect(await server.source(deck)).toBe("the top\n\nbottom from Bob\n");
  await ann.page.keyboard.press("Control+Shift+Z");
  await expect.poll(() => server.source(deck)).toBe("the top from Ann\n\nbottom from Bob\n");
  await bob.page.keyboard.press("Control+z");
  await bob.page.keyboard.press("Control+z");
  await expect.poll(() => server.source(deck)).toBe("top from Ann\n\nbottom\n");
  await agree(server, deck, [ann, bob]);
});

test("emoji, combining marks and other scripts come out right", async ({ person, server }) => {
  const deck = await server.deck("🎈 start\n\nend 🏁\n");
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  const words = ["👩‍👩‍👧‍👦", "e\u0301a\u0308", "漢字かな", "한국어", "नमस्ते", "שלום", "🇩🇪", "𝔘𝔫𝔦"];
  await ann.editor.caretAfter("start");
  await bob.editor.caretBefore("end");
  for (const word of words) {
    await Promise.all([ann.editor.insert(` ${word}`), bob.editor.insert(`${word} `)]);
  }
  const all = words.join(" ");
  expect(await agree(server, deck, [ann, bob])).toBe(`🎈 start ${all}\n\n${all} end 🏁\n`);
  await expect(ann.slides.current).toContainText("👩‍👩‍👧‍👦");

  // Backspace takes whole characters, however many units they have.
  await ann.editor.caretAfter("🎈");
  await ann.page.keyboard.press("Backspace");
  await bob.editor.caretAfter("🏁");
  await bob.page.keyboard.press("Backspace");
  expect(await agree(server, deck, [ann, bob])).toBe(` start ${all}\n\n${all} end \n`);
  await ann.keepPicture("writing-scripts");
});

test("an input method composes undisturbed while others write in the same line", async ({ person, server }) => {
  const deck = await server.deck("日本: \nabove\n");
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await ann.editor.caretAfter("日本: ");
  const ime = await ann.page.context().newCDPSession(ann.page);
  const compose = (text: string) =>
    ime.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  await compose("に");
  await compose("にほ");
  await bob.editor.caretBefore("日本");
  await bob.editor.type("Bob, ");
  await bob.editor.caretBefore("above");
  await bob.editor.type("even ");
  await bob.saved();
  await compose("にほん");
  await compose("にほんご");
  await ime.send("Input.insertText", { text: "日本語" });
  expect(await agree(server, deck, [ann, bob])).toBe("Bob, 日本: 日本語\neven above\n");
  await ann.editor.type("!");
  expect(await agree(server, deck, [ann, bob])).toBe("Bob, 日本: 日本語!\neven above\n");
});

test("a paste of 200 kB arrives whole, with line ends made one kind", async ({ person, server }) => {
  const deck = await server.deck("begin\nend\n");
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  const line = "- ein Stück Text mit Ümläuten, 漢字 und 🎈, immer wieder\r\n";
  const big = `# Big\r\n\r\n${line.repeat(Math.ceil(200_000 / line.length))}`;
  await ann.editor.caretAfter("begin\n");
  await ann.editor.paste(big);
  // It travels in pieces; a caret between two of them would be within the text.
  const length = "begin\nend\n".length + big.replaceAll("\r\n", "\n").length;
  await expect.poll(async () => (await bob.editor.text()).length).toBe(length);
  await bob.editor.caretBefore("end");
  await bob.editor.type("the ");
  await expect(ann.status).toHaveAttribute("data-status", "saved", { timeout: 30_000 });
  const text = await agree(server, deck, [ann, bob]);
  expect(text).toBe(`begin\n${big.replaceAll("\r\n", "\n")}the end\n`);
  // Positions are still right after it.
  await bob.editor.caretAfter("the end");
  await bob.editor.type(", really");
  expect(await agree(server, deck, [ann, bob])).toMatch(/\nthe end, really\n$/);
});

test("a selection is seen by others, and a name that changes too", async ({ person, server }) => {
  const deck = await server.deck("# Select this please\n\nand this\n");
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await ann.editor.select("this please");
  await expect(bob.page.locator(".cm-peer-tint").first()).toBeVisible();
  await expect(bob.editor.carets.locator(".cm-peer-flag")).toHaveText("Ann");

  await ann.page.getByTestId("me").click();
  await ann.page.locator("#me").getByTestId("name").fill("Annette Longname-Doublename");
  await ann.page.locator("#me").getByTestId("save-name").click();
  await expect(bob.editor.carets.locator(".cm-peer-flag")).toHaveText("Annette Longname-Doublename");
  await expect(bob.page.getByTestId("avatar")).toHaveText("AL");
  // The name is remembered.
  await ann.page.reload();
  await ann.editor.ready();
  await expect(bob.page.getByTestId("avatar")).toHaveAttribute("aria-label", "Go to Annette Longname-Doublename");
});

test("a click on somebody goes to their caret", async ({ person, server }) => {
  const deck = await server.deck(await exampleDeck());
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await bob.editor.caretAfter("Release party");
  await expect(ann.page.getByTestId("avatar")).toHaveText("B");
  await bob.editor.type("!");
  await expect.poll(() => ann.editor.text()).toContain("Release party!");
  await ann.page.getByTestId("avatar").click();
  await expect.poll(async () => {
    const { before, after } = await ann.editor.place();
    return before + after;
  }).toContain("Release party");
  await expect(ann.editor.carets).toBeVisible();
});

test("a stranger can write at once and then say who they are", async ({ person, server }) => {
  const deck = await server.deck("# Hello\n\nwho:\n");
  const ann = await person("Ann");
  const stranger = await person("Guest", { stranger: true });
  await Promise.all([ann.writes(deck), stranger.writes(deck)]);
  await expect(stranger.page.getByTestId("introduction")).toBeVisible();
  await stranger.editor.caretAfter("who:");
  await stranger.editor.type(" me");
  await expect.poll(() => ann.editor.text()).toContain("who: me");
  await expect(ann.editor.carets.locator(".cm-peer-flag")).toHaveText("Guest");
  await stranger.page.getByTestId("introduction").getByTestId("name").fill("Zoë");
  await stranger.page.getByTestId("introduction").getByTestId("save-name").click();
  await expect(stranger.page.getByTestId("introduction")).toHaveCount(0);
  await expect(ann.editor.carets.locator(".cm-peer-flag")).toHaveText("Zoë");
});
