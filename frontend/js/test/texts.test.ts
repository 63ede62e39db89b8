/** The catalogue of the application's texts: nothing is missing in any language, nothing is there that nobody asks for. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { GUARD_ENGLISH } from "../editor/guard/words";
import { ENGLISH } from "../editor/words";
import { inLanguage, pageTexts, readCatalogue, textsIn } from "../texts.mjs";

declare const TEST_FOLDER: string;
const REPOSITORY = join(TEST_FOLDER, "../../..");

async function catalogue() {
  return readCatalogue(await readFile(join(REPOSITORY, "frontend/src/i18n/catalogue.rs"), "utf8"));
}

/** The values that a text stands around, such as `{0}`, once each. */
function values(text: string | string[]): string[] {
  const found = [text].flat().flatMap((one) => one.match(/\{\d\}/g) ?? []);
  return [...new Set(found)].sort();
}

test("each text is there in both languages, with the same values", async () => {
  const { texts } = await catalogue();
  assert.ok(Object.keys(texts).length > 100);
  for (const [name, { en, de }] of Object.entries(texts)) {
    assert.ok([en, de].flat().every((text) => text.length > 0), `${name} is empty`);
    assert.equal([en].flat().length, [de].flat().length, `${name} is a number of things in one language only`);
    assert.deepEqual(values(de), values(en), `${name} names other values`);
  }
});

test("the file of a language holds the texts in the catalogue's order and the others by key", async () => {
  const read = readCatalogue(
    'catalogue! { texts { a { en: "A // b", de: "Ä" } // why\n b { en: ("x", "y"), de: ("\\"u\\"", "v",), } } ' +
      'problems { "no-alt" { de: "fehlt" } } editor { go { de: "los" } } }',
  );
  assert.deepEqual(JSON.parse(textsIn(read, "de")), {
    texts: ["Ä", '"u"', "v"],
    problems: { "no-alt": "fehlt" },
    editor: { go: "los" },
  });
  assert.throws(() => readCatalogue('catalogue! { texts { a { en: "A" } a { en: "B" } } }'), /twice/);
});

test("every word of the editor that is translated is one that the editor asks for", async () => {
  const { editor } = await catalogue();
  assert.ok(Object.keys(editor).length > 20);
  const words = { ...ENGLISH, ...GUARD_ENGLISH };
  for (const key of Object.keys(editor)) assert.ok(key in words, key);
  for (const key of Object.keys(words)) {
    // These two come from the application's own texts; "go" is the same in German.
    if (!["placeholder", "fix", "go"].includes(key)) assert.ok(key in editor, `${key} is not translated`);
  }
});

test("every kind of problem in a deck is told in every language", async () => {
  const { problems } = await catalogue();
  const source = await readFile(join(REPOSITORY, "crates/deck/src/lint.rs"), "utf8");
  const names = /pub enum Code \{([^}]*)\}/.exec(source)?.[1]?.match(/\w+/g) ?? [];
  const kinds = names.map((name) => name.replace(/\B[A-Z]/g, "-$&").toLowerCase());
  assert.ok(kinds.length > 10);
  assert.deepEqual(Object.keys(problems).sort(), kinds.sort());
});

test("every text of the follow pages is there in both languages and is asked for", async () => {
  const { follow } = await catalogue();
  const folder = join(TEST_FOLDER, "../follow");
  const files = [join(TEST_FOLDER, "../follow.html"), ...(await readdir(folder)).map((name) => join(folder, name))];
  const source = (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
  // What the page shows names its own text.
  const states = ["waiting", "following", "roaming", "paused", "away", "ended", "link_ended"];
  for (const [key, { en, de }] of Object.entries(follow)) {
    assert.ok(en.length > 0 && de.length > 0, `${key} is empty`);
    assert.deepEqual(values(de), values(en), `${key} names other values`);
    assert.ok(states.includes(key) || source.includes(`"${key}"`) || source.includes(`[[${key}]]`), `nobody asks for ${key}`);
  }
  for (const [, key = ""] of source.matchAll(/\bt\("(\w+)"/g)) assert.ok(key in follow, `${key} is missing`);
});

test("every text of the page behind a link is there in both languages and is asked for", async () => {
  const { join: texts } = await catalogue();
  const files = ["../join.html", "../join.ts", "../../../server/src/routes/pages/join.rs"];
  const source = (await Promise.all(files.map((file) => readFile(join(TEST_FOLDER, file), "utf8")))).join("\n");
  const named = Object.keys(texts).filter((key) => !/_(more|action)$/.test(key));
  for (const [key, { en, de }] of Object.entries(texts)) {
    assert.ok(en.length > 0 && de.length > 0, `${key} is empty`);
    // What is said in small letters, or on a button, belongs to a state.
    const state = key.replace(/_(more|action)$/, "");
    assert.ok(named.includes(state), `${key} belongs to nothing`);
    assert.ok(source.includes(`"${state}"`) || source.includes(`[[${key}]]`), `nobody asks for ${key}`);
  }
});

test("every text of the dialogs is there in both languages and is asked for", async () => {
  const { dialogs } = await catalogue();
  const folder = join(TEST_FOLDER, "../dialogs");
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const files = [join(TEST_FOLDER, "../dialogs.ts"), ...names.map((name) => join(folder, name))];
  const source = (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
  // Roles, levels, kinds of decks and of what is carried over, and rhythms name their own texts.
  const named = /^(level_\w+|(follow|comment|edit|present)(_can)?|owner|editor|viewer|(blank|template|paste)_hint|carried_(task|event|slide)|carry_(all|none)|(every|week)_\w+)$/;
  for (const [key, { en, de }] of Object.entries(dialogs)) {
    assert.ok(en.length > 0 && de.length > 0, `${key} is empty`);
    assert.deepEqual(values(de), values(en), `${key} names other values`);
    assert.ok(named.test(key) || source.includes(`"${key}"`), `nobody asks for ${key}`);
  }
  for (const [, key = ""] of source.matchAll(/\bt\("(\w+)"/g)) assert.ok(key in dialogs, `${key} is missing`);
});

test("every text of the first page is there in both languages and is asked for", async () => {
  const { home } = await catalogue();
  const folder = join(TEST_FOLDER, "../home");
  const files = [join(TEST_FOLDER, "../home.html"), ...(await readdir(folder)).map((name) => join(folder, name))];
  const source = (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
  // Filters and rhythms name their own texts.
  const named = /^((show|none)_(all|series|mine|archive|bin)|month_\w+)$/;
  for (const [key, { en, de }] of Object.entries(home)) {
    assert.ok(en.length > 0 && de.length > 0, `${key} is empty`);
    assert.deepEqual(values(de), values(en), `${key} names other values`);
    assert.ok(named.test(key) || source.includes(`"${key}"`) || source.includes(`[[${key}]]`), `nobody asks for ${key}`);
  }
  for (const [, key = ""] of source.matchAll(/\bt\("(\w+)"/g)) assert.ok(key in home, `${key} is missing`);
});

test("a template gets the words of its language as text", () => {
  const template = `<html lang="[[lang]]">[[go]]{{text}}`;
  assert.equal(inLanguage(template, "de", { go: "a < b & c" }), `<html lang="de">a &lt; b &amp; c{{text}}`);
  assert.throws(() => inLanguage("[[missing]]", "en", {}), /missing/);
  const read = readCatalogue(`catalogue! { texts { } problems { } editor { } follow { go { en: "go", de: "los" } } }`);
  assert.deepEqual(pageTexts(read.follow), { en: { go: "go" }, de: { go: "los" } });
});
