/** What the dialogs make of what they are given, without a page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutDate } from "../dialogs/series/names.ts";

import { called, subjectOf } from "../dialogs/share/people.ts";
import { splitBackground, withAttribute } from "../dialogs/slide-settings.ts";

declare global {
  // The build puts the texts in; here a key is its own text.
  var DIALOG_TEXTS: Record<string, Record<string, string>>;
}
globalThis.DIALOG_TEXTS = {};
globalThis.document ??= { documentElement: { lang: "en" } } as Document;

test("a background is a colour or an image, whichever it looks like", () => {
  const split = (value: string) => splitBackground([["class", "x"], ["data-background", value]])[1]?.[0];
  for (const value of ["https://example.org/x", "//example.org/x", "x.PNG", "pictures/x.jpeg?v=1#top"]) assert.equal(split(value), "data-background-image", value);
  for (const value of ["#1c5bd0", "rebeccapurple", "rgb(1 2 3)"]) assert.equal(split(value), "data-background-color", value);
  assert.equal(split("linear-gradient(red, blue)"), "data-background");
});

test("an attribute is changed in its place, put at the end, or taken away", () => {
  const given: [string, string][] = [["a", "1"], ["b", "2"]];
  assert.deepEqual(withAttribute(given, "a", "3"), [["a", "3"], ["b", "2"]]);
  assert.deepEqual(withAttribute(given, "c", "3"), [["a", "1"], ["b", "2"], ["c", "3"]]);
  assert.deepEqual(withAttribute(given, "a", ""), [["b", "2"]]);
  assert.deepEqual(withAttribute(given, "c", ""), given);
});

test("a series is called as its deck, without the date of one call", () => {
  for (const [title, wanted] of [
    ["Community Call 2026-11-26", "Community Call"], ["Community Call – 26 November 2026", "Community Call"],
    ["Community Call (Nov 26, 2026)", "Community Call"], ["Community Call, Thursday, 26 November", "Community Call"],
    ["Runde vom 26. März 2026", "Runde"], ["Runde 26.11.2026", "Runde"], ["Call 11/26/2026", "Call"],
    ["Community Call", "Community Call"], ["2026-11-26", "2026-11-26"], ["Version 2.1", "Version 2.1"], ["Team 42", "Team 42"],
    ["Call for the 1st of May", "Call"], ["Review May", "Review May"],
  ] as const) assert.equal(withoutDate(title), wanted);
});

test("an address is a person's, a word is the name of a group", () => {
  assert.equal(subjectOf("Ada@Example.org"), "email:ada@example.org");
  assert.equal(subjectOf("Ops"), "group:Ops");
});

test("somebody is called by their name, else by what is known of them", () => {
  const name = (subject: string, known: string | null = null, you = false) => called({ subject, name: known, role: "viewer", you }, "Ann");
  assert.deepEqual(name("email:bob@example.org"), { name: "bob@example.org", detail: "not_here_yet" });
  assert.deepEqual(name("email:bob@example.org", "Bob"), { name: "Bob", detail: "bob@example.org" });
  assert.deepEqual(name("group:ops"), { name: "ops", detail: "group" });
  assert.deepEqual(name("user:x", "Ada", true), { name: "Ada", detail: "" });
  assert.deepEqual(name("guest:x"), { name: "guest", detail: "" });
  assert.deepEqual(name("guest:x", null, true), { name: "Ann", detail: "guest" });
});
