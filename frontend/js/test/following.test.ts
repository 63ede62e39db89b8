/** What a follower's page says it does, and what it makes of the server's patches. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Deck } from "../follow/deck.ts";
import type { DeckMessage, PatchMessage, State } from "../follow/protocol.ts";
import { Follower } from "../follow/state.ts";
import { clock, stateOf } from "../follow/times.ts";

const LIVE: State = { phase: "live", slide: 4, fragment: 1, blackout: false };

test("a follower is where the presenter is until they look around, and never returns by themselves", () => {
  const follower = new Follower();
  assert.deepEqual([follower.showing, follower.place], ["waiting", null]);
  assert.equal(follower.roam(), false);
  follower.hear(LIVE);
  assert.deepEqual([follower.showing, follower.place], ["following", { index: 4, fragment: 1 }]);
  assert.equal(follower.roam(), true);
  assert.equal(follower.roam(), false);
  follower.hear({ ...LIVE, slide: 9, blackout: true });
  assert.deepEqual([follower.showing, follower.place, follower.isDark], ["roaming", null, false]);
  assert.equal(follower.comeBack(), true);
  assert.equal(follower.comeBack(), false);
  assert.deepEqual([follower.showing, follower.isDark, follower.place?.index], ["paused", true, 9]);
});

test("a presenter who is away holds the slide, and the next presentation takes everybody along", () => {
  const follower = new Follower();
  follower.hear({ ...LIVE, phase: "away" });
  assert.deepEqual([follower.showing, follower.place?.index], ["away", 4]);
  follower.roam();
  follower.hear({ ...LIVE, phase: "ended" });
  assert.deepEqual([follower.showing, follower.place, follower.roam()], ["ended", null, false]);
  follower.hear(LIVE);
  assert.equal(follower.showing, "following");
  follower.linkEnded = true;
  assert.deepEqual([follower.showing, follower.follows], ["link-ended", false]);
});

test("a server that starts anew changes nobody's screen, and no presentation that began lets go by itself", () => {
  const waiting: State = { phase: "waiting", slide: 0, fragment: -1, blackout: false };
  const follower = new Follower();
  follower.hear(waiting);
  assert.deepEqual([follower.showing, follower.follows], ["waiting", false]);
  follower.hear({ ...LIVE, blackout: true });
  follower.hear(waiting);
  // No slide to go to: what was number 4 may have got another number.
  assert.deepEqual([follower.showing, follower.isDark, follower.follows, follower.place], ["away", true, true, null]);
  assert.deepEqual(follower.last, { index: 4, fragment: 1 });
  follower.hear(waiting);
  assert.deepEqual([follower.showing, follower.isDark], ["away", true]);
  assert.equal(follower.roam(), true, "who looks around meanwhile is not taken along");
  follower.hear({ ...LIVE, slide: 7 });
  assert.deepEqual([follower.showing, follower.place], ["roaming", null]);
  follower.hear(waiting);
  assert.deepEqual([follower.showing, follower.isRoaming], ["roaming", true]);
  follower.hear({ ...LIVE, slide: 7 });
  assert.equal(follower.showing, "roaming");
  follower.hear(waiting);
  follower.hear({ ...waiting, phase: "ended" });
  assert.deepEqual([follower.showing, follower.isRoaming, follower.isDark], ["ended", false, false]);
  follower.hear(waiting);
  assert.equal(follower.showing, "waiting");
  follower.hear({ ...LIVE, blackout: true });
  follower.giveUp();
  assert.equal(follower.isDark, true, "the server knows the presentation");
  follower.hear(waiting);
  follower.giveUp();
  assert.deepEqual([follower.showing, follower.isDark], ["waiting", false], "nobody came back");
});

function deck(revision: string): Deck {
  const slides = ["A", "B", "C"].map((html) => ({ column: true, attributes: [], html, notes: "" }));
  const message: DeckMessage = {
    type: "deck", revision, title: "T", config: { theme: null, options: {}, lang: null, dir: null }, slides,
    sections: [["Team Ops", 0, 2], ["", 2, 1]], titles: ["A", "B", "C"], state: LIVE,
  };
  return new Deck(message);
}

function patch(revision: string, from?: string): PatchMessage {
  return { type: "patch", revision, patches: [], state: LIVE, ...(from ? { from } : {}) };
}

test("a patch is applied once and in order, or everything is asked for anew", () => {
  const mine = deck("r1-9");
  assert.equal(mine.judge(patch("r1-10")), "apply");
  assert.equal(mine.judge(patch("r1-9")), "skip");
  assert.equal(mine.judge(patch("r1-3")), "skip");
  assert.equal(mine.judge(patch("r1-11")), "gap");
  assert.equal(mine.judge(patch("r1-12", "r1-9")), "apply");
  assert.equal(mine.judge(patch("r1-12", "r1-8")), "gap");
  assert.equal(mine.judge(patch("r2-10")), "gap");
  assert.deepEqual([mine.isOlderThan("r1-10"), mine.isOlderThan("r1-9"), mine.isOlderThan("r2-1")], [true, false, true]);
});

test("a place is a number, the number of slides and the section", () => {
  const mine = deck("r1-1");
  assert.deepEqual([0, 1, 2].map((slide) => mine.place(slide)), ["1/3 · Team Ops", "2/3 · Team Ops", "3/3 · C"]);
  mine.apply({ ...patch("r1-2"), patches: [{ op: "remove", index: 0 }], sections: [["Ops", 0, 1], ["", 1, 1]], titles: ["B", "C"] });
  assert.deepEqual([mine.place(0), mine.revision, mine.slides.map(({ html }) => html)], ["1/2 · Ops", "r1-2", ["B", "C"]]);
});

test("a section is amber when its minutes are over and red when it is a fifth more", () => {
  assert.deepEqual([0, 299_999, 300_000, 359_999, 360_000].map((spent) => stateOf(spent, 5)), ["", "", "warn", "warn", "over"]);
  assert.deepEqual([-5, 0, 65_000, 3_727_000].map(clock), ["0:00", "0:00", "1:05", "1:02:07"]);
});
