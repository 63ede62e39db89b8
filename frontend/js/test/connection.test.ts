/** The follower's connection: when it gives up, when it tries again, and that it never does for nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../follow/connection.ts";

/** A connection whose world is a list of what it did. */
function watched(random = () => 1) {
  const did: string[] = [];
  let timer: number | null = null;
  const connection = new Connection({
    open: () => did.push("open"),
    drop: () => did.push("drop"),
    ping: () => did.push("ping"),
    timer: (milliseconds) => (timer = milliseconds),
    random,
    changed: () => undefined,
  });
  connection.start();
  return {
    connection,
    timer: () => timer,
    /** What it did since the last time. */
    did: () => did.splice(0),
  };
}

test("each failure doubles the longest wait, from half a second to thirty", () => {
  const { connection, timer, did } = watched();
  const waits = [];
  for (let failure = 0; failure < 9; failure++) {
    connection.closed(1006);
    waits.push(timer());
    connection.elapsed();
    assert.equal(connection.state, "opening");
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(did().filter((what) => what === "open").length, 10);
  connection.heard();
  connection.closed(1012);
  assert.equal(timer(), 500);
});

test("the wait is anything from nothing to the longest", () => {
  const { connection, timer } = watched(() => 0.25);
  connection.closed(1006);
  assert.equal(timer(), 125);
});

test("being looked at and being online end the wait at once", () => {
  const { connection, did } = watched();
  connection.closed(1006);
  did();
  connection.woke();
  assert.deepEqual(did(), ["open"]);
});

test("a connection that slept answers within two seconds or is opened anew", () => {
  const { connection, timer, did } = watched();
  connection.heard();
  did();
  connection.woke();
  assert.deepEqual([connection.state, timer(), did()], ["probing", 2000, ["ping"]]);
  connection.woke();
  assert.deepEqual(did(), []);
  connection.heard();
  assert.deepEqual([connection.state, timer()], ["live", 45_000]);
  connection.woke();
  connection.elapsed();
  assert.deepEqual([connection.state, did()], ["opening", ["ping", "drop", "open"]]);
});

test("opening that began before the phone slept begins again", () => {
  const { connection, did } = watched();
  did();
  connection.woke();
  assert.deepEqual(did(), ["drop", "open"]);
});

test("silence of 45 seconds is a lost connection", () => {
  const { connection, timer, did } = watched();
  connection.heard();
  assert.equal(timer(), 45_000);
  did();
  connection.elapsed();
  assert.deepEqual([connection.state, did()], ["waiting", ["drop"]]);
});

test("a link that has ended is not asked for again", () => {
  const { connection, timer, did } = watched();
  connection.heard();
  connection.closed(4404);
  did();
  connection.woke();
  connection.closed(1006);
  connection.restart();
  connection.elapsed();
  connection.heard();
  assert.deepEqual([connection.state, timer(), did()], ["ended", null, []]);
});
