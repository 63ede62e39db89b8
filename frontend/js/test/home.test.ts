/** The first page: which call is next, which decks are shown, and how times are said. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Deck, Series } from "../home/api.ts";
import { dueSeries, groups, matches, nextCall } from "../home/arrange.ts";
import { initials } from "../home/dom.ts";
import { fileName } from "../home/rows.ts";
import { ago, countdown, day, moment, ownTime } from "../home/times.ts";
import { readWords } from "../follow/words.ts";

const WORDS = { begins_in: "in {0}", begins_now: "now", began: "began {0} ago" };
const NOW = Date.parse("2026-11-26T12:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

before(() => {
  // The page of a browser, as far as words and times look at it.
  Object.assign(globalThis, { navigator: { languages: ["en"] }, document: { documentElement: { lang: "en" }, getElementById: () => ({ textContent: JSON.stringify(WORDS) }) } });
  readWords();
});

const SERIES: Series = { id: "t", name: "Community Call", cadence: { every: "week", day: "thu" }, time: "14:05", zone: "Europe/Berlin", next: "2026-12-03T14:05" };

function deck(id: string, change: Partial<Deck> = {}): Deck {
  return { id, title: id, updatedAt: "2026-11-20T10:00:00Z", followUrl: `/d/${id}/follow`, ...change };
}

function call(id: string, date: string, change: Partial<Deck> = {}): Deck {
  return deck(id, { series: "t", callAt: `${date}T14:05`, callAtInstant: `${date}T13:05:00Z`, zone: "Europe/Berlin", ...change });
}

const TEMPLATE = deck("t", { isTemplate: true });

test("the next call is the nearest that is not over; who is live comes first", () => {
  const calls = [call("later", "2026-12-03"), call("today", "2026-11-26"), call("past", "2026-11-19"), TEMPLATE, deck("other")];
  assert.equal(nextCall(calls, NOW)?.id, "today");
  assert.equal(nextCall(calls, Date.parse("2026-11-26T14:30Z"))?.id, "today");
  assert.equal(nextCall(calls, Date.parse("2026-11-26T15:30Z"))?.id, "later");
  assert.equal(nextCall([call("a", "2026-11-26"), call("b", "2026-11-27", { live: true })], NOW)?.id, "b");
  assert.equal(nextCall([deck("other"), call("past", "2026-11-19")], NOW), null);
});

test("a series is due while nobody has made its next call", () => {
  assert.equal(dueSeries({ decks: [TEMPLATE], series: [SERIES] })?.id, "t");
  assert.equal(dueSeries({ decks: [call("made", "2026-12-03")], series: [SERIES] }), null);
  assert.equal(dueSeries({ decks: [], series: [{ ...SERIES, next: null }] }), null);
});

test("decks stand by series and by the date of their call, the template last", () => {
  const decks = [TEMPLATE, call("old", "2026-11-19"), deck("loose"), call("new", "2026-12-03"), deck("newer", { updatedAt: "2026-11-21T10:00:00.5Z" })];
  const order = (filter: "all" | "series" | "mine") => groups({ decks, series: [SERIES] }, filter, "").map(({ decks }) => decks.map(({ id }) => id));
  assert.deepEqual(order("all"), [["new", "old", "t"], ["newer", "loose"]]);
  assert.deepEqual(order("series"), [["new", "old", "t"]]);
});

test("a call whose series is gone is a deck like any other", () => {
  assert.deepEqual(groups({ decks: [call("a", "2026-11-19")], series: [] }, "all", "").map(({ series }) => series), [null]);
});

test("mine are those that the server calls mine", () => {
  const decks = [deck("a", { mine: true }), deck("b", { mine: false })];
  assert.deepEqual(groups({ decks, series: [] }, "mine", "").flatMap(({ decks }) => decks.map(({ id }) => id)), ["a"]);
});

test("a search finds all words anywhere, whatever case and accents", () => {
  assert.ok(matches("Community Call Äpfel 2026-11-26", "apfel CALL"));
  assert.ok(matches("Community Call", ""));
  assert.ok(!matches("Community Call", "call retro"));
  const found = groups({ decks: [call("a", "2026-11-26"), TEMPLATE], series: [SERIES] }, "all", "community 11-26");
  assert.deepEqual(found.flatMap(({ decks }) => decks.map(({ id }) => id)), ["a"]);
});

test("the countdown says the two largest units, and seconds in the last minutes", () => {
  const says = (span: number) => countdown(NOW + span, NOW);
  assert.equal(says(3 * 24 * HOUR + 5 * HOUR), "in 3 days 5 hrs");
  assert.equal(says(24 * HOUR), "in 1 day");
  assert.equal(says(2 * HOUR + 14 * MINUTE + 59_000), "in 2 hrs 14 mins");
  assert.equal(says(12 * MINUTE), "in 12 mins");
  assert.equal(says(10 * MINUTE - 1), "in 10:00");
  assert.equal(says(4 * MINUTE + 58_001), "in 4:59");
  assert.equal(says(1), "in 0:01");
  assert.equal(says(0), "now");
  assert.equal(says(-MINUTE), "began 1 min ago");
});

test("a call is where its series is, whatever clock one looks at", () => {
  const berlin = call("a", "2026-11-26");
  assert.match(moment(berlin), /Thursday.*26.*November.*2026.*14:05.*(GMT\+1|CET)/);
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  assert.equal(ownTime({ ...berlin, zone: here }), "");
  assert.equal(ownTime({ ...berlin, zone: "Pacific/Kiritimati" }) !== "", here !== "Pacific/Kiritimati");
  assert.match(moment({ ...berlin, zone: "Nowhere/None" }), /2026/);
});

test("days of another year say it", () => {
  assert.match(day("2026-11-26T14:05", NOW), /^Thu,? 26 Nov$/);
  assert.match(day("2027-01-07T14:05", NOW), /2027/);
});

test("what is under a minute ago is now", () => {
  assert.equal(ago("2026-11-26T11:59:30Z", NOW), "now");
  assert.equal(ago("2026-11-26T11:00:00Z", NOW), "1 hour ago");
  assert.equal(ago("nonsense", NOW), "");
});

test("names have one or two letters, files plain names", () => {
  assert.deepEqual(["Ada Lovelace", "bob", "Ann van der Berg", "ß", ""].map(initials), ["AL", "B", "AB", "SS", ""]);
  assert.equal(fileName("Take: me / home!"), "Take-me-home");
});
