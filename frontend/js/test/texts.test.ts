/** The catalogue of the application's texts: nothing is missing in any language, nothing is there that nobody asks for. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { ENGLISH } from "../editor/words";
import { readCatalogue, textsIn } from "../texts.mjs";

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
  for (const key of Object.keys(editor)) assert.ok(key in ENGLISH, key);
  for (const key of Object.keys(ENGLISH)) {
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
