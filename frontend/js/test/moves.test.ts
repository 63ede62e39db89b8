/** A caret in text that somebody moves. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ChangeSet, Text } from "@codemirror/state";
import { movedTo } from "../editor/remote.ts";

const DECK = "# A\n\n---\n\n# B\n\nbody of b\n\n---\n\n# C\n";
const doc = Text.of(DECK.split("\n"));

/** Takes the text of B away and puts it behind C. */
function moveB(): ChangeSet {
  const from = DECK.indexOf("# B");
  const to = DECK.indexOf("# C");
  return ChangeSet.of([{ from, to }, { from: doc.length, insert: "\n---\n\n# B\n\nbody of b\n" }], doc.length);
}

test("a caret goes along with the slide that somebody moves", () => {
  const changes = moveB();
  const after = changes.apply(doc).toString();
  for (const place of ["# B", "body", "of b"]) {
    const caret = DECK.indexOf(place) + 2;
    assert.equal(movedTo(changes, doc, caret), after.indexOf(place) + 2, place);
  }
});

test("a caret elsewhere, and one in text that only goes, are left to the changes", () => {
  assert.equal(movedTo(moveB(), doc, 2), null);
  const gone = ChangeSet.of({ from: DECK.indexOf("# B"), to: DECK.indexOf("# C") }, doc.length);
  assert.equal(movedTo(gone, doc, DECK.indexOf("body")), null);
});
