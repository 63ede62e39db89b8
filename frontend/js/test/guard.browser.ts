/** The stray-edit guard in a real page: what it asks, and that each answer is one step that leaves others' text alone. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Sections } from "../editor.ts";
import { close, inOneMoment, open } from "./editor-page.ts";
import { ARTEFACTS } from "./harness.ts";

declare global {
  interface Window {
    /** Lets so many milliseconds pass. */
    pass(milliseconds: number): void;
    discussed?: { text: string; line: number; stored(): void };
  }
}

const DECK = "# Call\n\n---\n\n# Team IAM\n\n- roles are done\n- see [notes](https://example.org/notes)\n\n---\n\n# Team Ops\n\n- <!-- prompt: What is new? -->\n";
const SECTIONS: Sections = {
  mine: [2],
  sections: [
    { title: "Call", reporter: null, from: 0, to: 2, writeLine: 0 },
    { title: "Team IAM", reporter: "Ada", from: 3, to: 9, writeLine: 7 },
    { title: "Team Ops", reporter: null, from: 10, to: Number.MAX_SAFE_INTEGER, writeLine: 13 },
  ],
};

/** An editor whose time stands still, with the caret behind some text. */
async function start(after: string, { deck = DECK, sections = SECTIONS as Sections | null } = {}): Promise<Page> {
  const page = await open(deck);
  await page.evaluate(({ text, list }) => {
    let now = 0;
    let last = 0;
    const acts = new Map<number, { at: number; act(): void }>();
    window.timer = {
      setTimeout(act, milliseconds) {
        acts.set(++last, { at: now + milliseconds, act });
        return last;
      },
      clearTimeout: (timer) => acts.delete(timer),
      now: () => now,
    };
    window.pass = (milliseconds) => {
      now += milliseconds;
      for (const [timer, { at, act }] of [...acts]) {
        if (at > now || !acts.delete(timer)) continue;
        act();
      }
    };
    document.querySelector("#editor")?.replaceChildren();
    window.create(text);
    document.addEventListener("ondeck-discuss", (event) => { window.discussed = (event as CustomEvent).detail; });
    if (list) window.editor.setSections(list);
  }, { text: deck, list: sections });
  await inOneMoment(page);
  await goAfter(page, after);
  return page;
}

async function goAfter(page: Page, text: string): Promise<void> {
  const { line, column } = await page.evaluate((value) => {
    const before = window.editor.text().slice(0, window.editor.text().indexOf(value) + value.length).split("\n");
    return { line: before.length - 1, column: before.at(-1)?.length ?? 0 };
  }, text);
  await page.evaluate((number) => window.editor.goToLine(number, 0, true), line);
  await page.keyboard.press("Home");
  for (let step = 0; step < column; step++) await page.keyboard.press("ArrowRight");
}

function text(page: Page): Promise<string> {
  return page.evaluate(() => window.editor.text());
}

const note = (page: Page) => page.locator(".cm-stray [role=status]");

/** Lets the person pause until what was typed counts as done; a guard that comes later would not have seen the pause. */
async function rest(page: Page): Promise<void> {
  await note(page).waitFor({ state: "attached" });
  await page.evaluate(() => window.pass(2_000));
}

const button = (page: Page, answer: string) => page.locator(`[data-answer=${answer}]`);

test("the guard comes with the first edit, and says nothing to those who write their own section", async () => {
  const page = await open(DECK);
  const loaded = () => page.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("/guard-")));
  await page.evaluate((sections) => window.editor.setSections(sections), SECTIONS);
  assert.equal(await loaded(), false);
  await page.getByText("What is new?").click();
  await page.keyboard.type("a long item with the news of the week");
  await note(page).waitFor({ state: "attached" });
  assert.equal(await loaded(), true);
  assert.equal(await note(page).textContent(), "");
  await close(page);
});

test("a burst into another's section is asked about, without taking the focus, and undone in one step", async () => {
  const page = await start("roles are done");
  await page.keyboard.type(", and our news");
  await page.getByText("You are typing in Team IAM — meant here?").waitFor();
  await page.evaluate(() => window.remote([{ at: 0, delete: 0, insert: "<!-- hi -->\n" }]));
  const inside = (await text(page)).indexOf("our news");
  await page.evaluate((at) => window.remote([{ at, delete: 0, insert: "THEIRS " }]), inside);
  await page.keyboard.type("!");
  await mkdir(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: `${ARTEFACTS}/guard.png` });
  await button(page, "undo").click();
  const others = `<!-- hi -->\n${DECK.replace("are done", "are doneTHEIRS ")}`;
  assert.equal(await text(page), others);
  assert.equal(await note(page).textContent(), "");
  await page.keyboard.press("Control+z");
  assert.equal(await text(page), `<!-- hi -->\n${DECK.replace("are done", "are done, and THEIRS our news!")}`, "one step back");
  await page.keyboard.press("Control+z");
  assert.equal(await text(page), others, "and the history goes on");
  await page.keyboard.press("Control+y");
  await page.keyboard.press("Control+y");
  assert.equal(await text(page), others);
  await close(page);
});

test("the caret stays in sight when the note takes room from the last lines", async () => {
  const deck = DECK.replace("- roles are done", `${"- one\n".repeat(40)}- roles are done`);
  const sections = { mine: [2], sections: SECTIONS.sections.map((section, index) => ({
    ...section, from: section.from + (index > 1 ? 40 : 0), to: section.to + (index > 0 ? 40 : 0), writeLine: section.writeLine + (index > 0 ? 40 : 0),
  })) };
  const page = await start("roles are done", { deck, sections });
  await page.evaluate(() => {
    const scroller = document.querySelector(".cm-scroller");
    const line = document.querySelector(".cm-activeLine");
    if (scroller && line) scroller.scrollTop += line.getBoundingClientRect().bottom - scroller.getBoundingClientRect().bottom;
  });
  await page.keyboard.type(", and our ne");
  await button(page, "undo").waitFor();
  await page.waitForFunction(() => {
    const line = document.querySelector(".cm-activeLine")?.getBoundingClientRect().bottom ?? Infinity;
    return line <= (document.querySelector(".cm-scroller")?.getBoundingClientRect().bottom ?? 0) + 1;
  });
  await close(page);
});

test("what was written elsewhere moves to the own section, and one undo moves it back", async () => {
  const page = await start("roles are done");
  await page.keyboard.press("Enter");
  await page.keyboard.type("our news of today");
  await button(page, "move").click();
  const moved = DECK.replace("<!-- prompt: What is new? -->", "our news of today");
  assert.equal(await text(page), moved);
  await page.keyboard.type("!");
  assert.equal(await text(page), moved.replace("today", "today!"), "one goes on writing there");
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  assert.equal(await text(page), DECK.replace("are done", "are done\n- our news of today"));
  await close(page);
});

test("the note is reached and left with the keyboard, and an answer is for good", async () => {
  const page = await start("roles are done");
  await page.keyboard.type(", and our news");
  await button(page, "belongs").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.className.includes("cm-content")), true);
  await page.keyboard.press("F6");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Undo this edit");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement?.className.includes("cm-content")), true);
  await page.keyboard.press("F6");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("F6");
  await button(page, "belongs").press("Enter");
  assert.equal(await note(page).textContent(), "");
  await page.keyboard.type(" and much more of our news");
  assert.equal(await note(page).textContent(), "");
  await close(page);
});

test("what breaks an address is asked about once the typing rests, also without sections", async () => {
  const page = await start("example.org/no", { sections: null });
  await page.keyboard.type("April 16 at noon");
  await note(page).waitFor({ state: "attached" });
  assert.equal(await note(page).textContent(), "");
  await rest(page);
  assert.equal(await note(page).textContent(), "This splits https://example.org/notes — meant here?");
  assert.equal(await button(page, "move").count(), 0);
  await button(page, "undo").click();
  assert.equal(await text(page), DECK);
  await close(page);
});

test("talk moves to the discussion, and goes once that has it", async () => {
  const page = await start("org/notes)");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.keyboard.type("can you check this?");
  await rest(page);
  assert.match(await note(page).textContent() ?? "", /^This looks like chat/);
  await page.screenshot({ path: `${ARTEFACTS}/guard-chat.png` });
  await button(page, "discuss").click();
  const discussed = await page.evaluate(() => ({ ...window.discussed, stored: undefined }));
  const before = await text(page);
  assert.deepEqual(discussed, { text: "can you check this?", line: before.split("\n").indexOf("can you check this?"), stored: undefined });
  await page.evaluate(() => window.remote([{ at: 0, delete: 0, insert: "<!-- hi -->\n" }]));
  await page.evaluate(() => { window.discussed?.stored(); window.discussed?.stored(); });
  assert.equal((await text(page)).replace(/\n+/g, "\n"), `<!-- hi -->\n${DECK}`.replace(/\n+/g, "\n"));
  await page.keyboard.press("Control+z");
  assert.ok((await text(page)).includes("can you check this?"));
  await close(page);
});

test("selected text moves to the discussion, with its line if nothing else is on it", async () => {
  const page = await start("- ");
  assert.equal(await page.evaluate(() => window.editor.run("discuss")), false, "nothing is selected");
  await page.keyboard.press("Shift+End");
  await page.keyboard.press("Control+Alt+m");
  await page.waitForFunction(() => window.discussed);
  assert.equal(await page.evaluate(() => window.discussed?.text), "roles are done");
  assert.equal(await text(page), DECK, "nothing goes before it is stored");
  await page.evaluate(() => window.discussed?.stored());
  assert.equal(await text(page), DECK.replace("- roles are done\n", ""));
  await page.keyboard.press("Control+z");
  assert.equal(await text(page), DECK);
  await close(page);
});

test("nothing is asked while an input method composes", async () => {
  const page = await start("roles are done");
  // The guard is there before the composition begins.
  await page.keyboard.type(".");
  await note(page).waitFor({ state: "attached" });
  const session = await page.context().newCDPSession(page);
  const compose = (value: string) => session.send("Input.imeSetComposition", { text: value, selectionStart: value.length, selectionEnd: value.length });
  for (const value of ["に", "にほんごに", "にほんごにほんごにほんごにほんご"]) await compose(value);
  await rest(page);
  assert.equal(await note(page).textContent(), "");
  await session.send("Input.insertText", { text: "日本語日本語日本語日本語" });
  await page.waitForFunction(() => document.querySelector(".cm-content")?.textContent?.includes("日本語"));
  await page.waitForFunction(() => {
    window.pass(2_000);
    return document.querySelector(".cm-stray [role=status]")?.textContent !== "";
  });
  await button(page, "undo").click();
  assert.equal(await text(page), DECK);
  await close(page);
});

test("whoever may not write any more is not asked", async () => {
  const page = await start("roles are done");
  await page.keyboard.type(", and our news");
  await button(page, "undo").waitFor();
  await page.evaluate(() => window.editor.setReadOnly(true));
  assert.equal(await button(page, "undo").count(), 0);
  await close(page);
});
