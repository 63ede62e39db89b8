/** What belongs to which slide, what is kept on the device, and what counts as read: without a page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "../call/discussion/api.ts";
import { fileOf } from "../call/discussion/minutes.ts";
import { Outbox, Seen, type Shelf } from "../call/discussion/outbox.ts";
import { type Said, threads } from "../call/discussion/threads.ts";

/** A store like the browser's, which may be full. */
class Memory implements Shelf {
  readonly kept = new Map<string, string>();
  isFull = false;

  getItem(name: string): string | null {
    return this.kept.get(name) ?? null;
  }

  setItem(name: string, value: string): void {
    if (this.isFull) throw new Error("full");
    this.kept.set(name, value);
  }

  removeItem(name: string): void {
    this.kept.delete(name);
  }
}

function said(id: string, anchor: string | null, slide: string, at = 1): Said {
  return { id, anchor, slide, at, kind: "comment", principal: "guest:x", name: "", text: id, starred: false, done: false };
}

test("messages follow their anchor, then their title, and those of removed slides come last", () => {
  const places: Record<string, number | null> = { a: 2, gone: null };
  const found = threads(
    [said("1", "gone", "Old"), said("2", "a", "Renamed", 5), said("3", "gone", "Two"), said("4", null, ""), said("5", "a", "x", 2), said("6", null, "Old")],
    ["One", "Two", "Three"],
    (anchor) => places[anchor] ?? null,
  );
  assert.deepEqual(found.map(({ slide, title, said }) => [slide, title, said.map(({ id }) => id).join()]), [
    [1, "Two", "3"],
    [2, "Three", "5,2"],
    [null, "Old", "1,6"],
    [null, "", "4"],
  ]);
});

test("what waits is kept for all tabs, and holds for this page where the browser keeps nothing", () => {
  const shelf = new Memory();
  const [one, other] = [new Outbox("deck", "guest:a", shelf), new Outbox("deck", "guest:a", shelf)];
  const pending = { id: "p", slide: "", anchor: null, kind: "comment" as const, name: "", text: "t", at: 1 };
  one.add(pending);
  one.setDraft({ text: "half", kind: "question", slide: "S", anchor: null });
  other.setEdit("m", "other words");
  assert.deepEqual([one.pending, other.draft?.text, one.edit("m")], [[pending], "half", "other words"]);
  other.refuse("p", "no");
  assert.equal(one.pending[0]?.refused, "no");
  other.refuse("p", undefined);
  assert.deepEqual(one.pending, [pending]);
  one.remove("p");
  one.setDraft(null);
  one.setEdit("m", null);
  assert.equal(shelf.kept.size, 0, "nothing is left behind");
  shelf.kept.set("ondeck-talk:deck:guest:a", "{broken");
  assert.deepEqual(new Outbox("deck", "guest:a", shelf).pending, []);
  shelf.isFull = true;
  one.add(pending);
  one.setDraft({ text: "more", kind: "comment", slide: "", anchor: null });
  assert.deepEqual([one.pending, one.draft?.text], [[pending], "more"]);
  const alone = new Outbox("deck", "guest:a", null);
  alone.add(pending);
  assert.deepEqual(alone.pending, [pending]);
});

test("the next person at a browser neither sees nor sends what another has left", () => {
  const shelf = new Memory();
  const [ann, bob] = [new Outbox("deck", "user:ann", shelf), new Outbox("deck", "guest:bob", shelf)];
  ann.add({ id: "p", slide: "", anchor: null, kind: "comment", name: "Ann", text: "t", at: 1 });
  ann.setDraft({ text: "half", kind: "comment", slide: "S", anchor: null });
  ann.setEdit("m", "other words");
  assert.deepEqual([bob.pending, bob.draft, bob.edit("m")], [[], null, undefined]);
  bob.setDraft({ text: "mine", kind: "comment", slide: "S", anchor: null });
  bob.setDraft(null);
  const again = new Outbox("deck", "user:ann", shelf);
  assert.deepEqual([again.pending.length, again.draft?.text, again.edit("m")], [1, "half", "other words"]);
});

test("the drafts of two tabs are two, and sending one leaves the other", () => {
  const shelf = new Memory();
  const [one, other] = [new Outbox("deck", "guest:a", shelf), new Outbox("deck", "guest:a", shelf)];
  const draft = (text: string) => ({ text, kind: "comment" as const, slide: "", anchor: null });
  one.setDraft(draft("one"));
  other.setDraft(null);
  assert.equal(new Outbox("deck", "guest:a", shelf).draft?.text, "one");
  other.setDraft(draft("other"));
  assert.equal(one.draft?.text, "one");
  one.setDraft(null);
  assert.equal(new Outbox("deck", "guest:a", shelf).draft?.text, "other");
  other.setDraft(null);
  assert.equal(shelf.kept.size, 0);
});

test("what was read stays read, and takes little room", () => {
  const shelf = new Memory();
  const all = Array.from({ length: 100 }, (_, at) => ({ id: `m${at}`, at }));
  const seen = new Seen("deck", shelf);
  seen.add(all.slice(50), all);
  assert.deepEqual([seen.has(all[49]!), seen.has(all[50]!)], [false, true]);
  seen.add(all.slice(0, 50), all);
  const again = new Seen("deck", shelf);
  assert.ok(all.every((message) => again.has(message)));
  assert.equal([...shelf.kept.values()].join(), `{"until":99,"ids":[]}`);
  assert.equal(again.has({ id: "new", at: 100 }), false);
});

test("ids are the server's, and files have the day of the call", () => {
  const ids = new Set(Array.from({ length: 100 }, newId));
  assert.equal(ids.size, 100);
  for (const id of ids) assert.match(id, /^[\w-]{22}$/);
  assert.equal(fileOf("# Minutes: 2020-01-01\n\n2024-04-25 · 48 min\n"), "minutes-2024-04-25.md");
  assert.equal(fileOf("# Minutes\n\n## Sections\n"), "minutes.md");
});
