/** The phone remote: a press is done at once or not at all, and never later. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Audience } from "./audience.ts";
import type { Stage } from "../follow/protocol.ts";
import { ARTEFACTS, openSite, type Site } from "./harness.ts";

let site: Site;
before(async () => {
  site = await openSite(["slides.html"]);
});
after(() => site.close());

const STAGE: Stage = {
  driver: "Ada", notes: "Say hello\nand thank Ops", next: "Delta", elapsed: 754_000,
  section: { title: "Team Ops", spent: 130_000, minutes: 5 }, reachable: true,
};

async function open(start: Partial<Parameters<typeof Audience.open>[1]> = {}, stage: Partial<Stage> = {}): Promise<Audience> {
  const pia = await Audience.open(site, { kind: "remote", touch: true, isTimeless: true, viewport: { width: 390, height: 844 }, ...start });
  await pia.socketOpened(1);
  pia.tell({ type: "stage", ...STAGE, ...stage });
  return pia;
}

async function presses(pia: Audience, count: number): Promise<string[]> {
  return (await pia.heard("press", count)).map((message) => (message.type === "press" ? message.key : ""));
}

test("next takes the lower 60 % of the screen, previous a fifth, and the rest is notes and time", async () => {
  for (const viewport of [{ width: 390, height: 844 }, { width: 320, height: 568 }, { width: 740, height: 360 }]) {
    const pia = await open({ viewport });
    await pia.waits("remote-state", "Ada is presenting");
    await pia.waits("remote-notes", "thank Ops");
    const next = await pia.find("remote-next").boundingBox();
    const previous = await pia.find("remote-previous").boundingBox();
    assert.ok(next && previous);
    assert.ok(Math.abs(next.height - viewport.height * 0.6) <= 1, `${next.height}`);
    assert.ok(Math.abs(next.y + next.height - viewport.height) <= 1);
    assert.ok(Math.abs((previous.height * previous.width) / (viewport.height * viewport.width) - 0.2) < 0.01);
    assert.equal(next.width, viewport.width);
    await pia.page.screenshot({ path: `${ARTEFACTS}/remote-${viewport.width}.png` });
    await pia.close();
  }
});

test("taps and the keys of a clicker are presses, each once", async () => {
  const pia = await open();
  await pia.waits("remote-state", "Ada is presenting");
  await pia.find("remote-next").tap();
  await pia.find("remote-previous").tap();
  await pia.find("remote-blackout").tap();
  await pia.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (const key of ["PageDown", "ArrowLeft", "b"]) await pia.page.keyboard.press(key);
  assert.deepEqual(await presses(pia, 6), ["next", "previous", "blackout", "next", "previous", "blackout"]);
  await pia.close();
});

test("in notes that go on the keys scroll, and at their ends and elsewhere they are presses", async () => {
  const notes = Array.from({ length: 60 }, (_, line) => `Line ${line}`).join("\n");
  const pia = await open({ isTimeless: false }, { notes });
  await pia.waits("remote-notes", "Line 59");
  const region = pia.find("remote-notes");
  // Set by hand: a scroll by a key takes its time, and here it is only asked whose the key is.
  const at = (share: number) => region.evaluate((notes, share) => (notes.scrollTop = share * notes.scrollHeight), share);
  await pia.page.evaluate(() => window.addEventListener("keydown", (event) => {
    window.ran = event.defaultPrevented;
    event.preventDefault();
  }));
  const PLACES = [
    [0, { ArrowDown: false, PageDown: true, Space: false, ArrowUp: true, PageUp: true, "Shift+Space": true }],
    [0.5, { ArrowDown: false, PageUp: true, Space: false, "Shift+Space": false, ArrowRight: true, ArrowLeft: true, n: true }],
    [1, { ArrowDown: true, PageDown: true, Space: true, ArrowUp: false, PageUp: true, "Shift+Space": false }],
  ] as const;
  let count = 0;
  for (const [share, keys] of PLACES) {
    await region.focus();
    await at(share);
    for (const [key, isPress] of Object.entries(keys)) {
      await pia.page.keyboard.press(key);
      assert.equal(await pia.page.evaluate(() => window.ran), isPress, `${key} at ${share}`);
      count += Number(isPress);
    }
    assert.equal((await presses(pia, count)).length, count);
  }
  await at(0);
  await region.blur();
  await pia.page.keyboard.press("PageDown");
  assert.equal((await presses(pia, count + 1)).at(-1), "next");
  await pia.close();
  const pam = await open({ isTimeless: false }, { notes });
  await pam.waits("remote-notes", "Line 59");
  await pam.find("remote-notes").focus();
  await pam.page.keyboard.press("ArrowDown");
  await pam.page.waitForFunction(() => (document.querySelector(".remote-notes")?.scrollTop ?? 0) > 0);
  await pam.close();
});

test("a press without a connection is refused, seen and felt, and not done later", async () => {
  const pia = await open();
  await pia.waits("remote-state", "Ada is presenting");
  await pia.page.evaluate(() => {
    window.ran = false;
    navigator.vibrate = () => (window.ran = true);
  });
  pia.reachable = false;
  await pia.closeSocket(1006);
  await pia.waits("remote-state", "Reconnecting…");
  await pia.find("remote-next").tap();
  await pia.page.getByText("Not sent. Reconnecting…").waitFor();
  assert.equal(await pia.page.evaluate(() => window.ran), true);
  await pia.page.screenshot({ path: `${ARTEFACTS}/remote-refused.png` });
  pia.reachable = true;
  await pia.page.evaluate(() => window.dispatchEvent(new Event("online")));
  await pia.waits("remote-state", "Ada is presenting");
  assert.deepEqual(pia.sent.filter(({ type }) => type === "press"), []);
  await pia.close();
});

test("a phone that woke takes no press until it knows what is shown", async () => {
  const pia = await open({ isMute: true });
  await pia.waits("remote-state", "Ada is presenting");
  await pia.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await pia.heard("ping");
  await pia.find("remote-next").tap();
  await pia.page.getByText("Not sent.").waitFor();
  pia.tell({ type: "pong" });
  await pia.waits("remote-state", "Ada is presenting");
  await pia.find("remote-next").tap();
  assert.deepEqual(await presses(pia, 1), ["next"]);
  await pia.close();
});

test("without the presenter's page there is nothing to steer", async () => {
  const pia = await open({}, { reachable: false });
  await pia.waits("remote-state", "The presenter's page is not open");
  await pia.find("remote-next").tap();
  await pia.page.getByText("Not sent. The presenter's page is not open").waitFor();
  pia.tell({ type: "stage", ...STAGE, driver: null });
  await pia.waits("remote-state", "Nobody is presenting");
  assert.deepEqual(pia.sent.filter(({ type }) => type === "press"), []);
  await pia.close();
});

test("the time of a section turns amber, then red", async () => {
  const pia = await open();
  const section = pia.page.locator(".remote-section");
  for (const [spent, state] of [[130_000, ""], [300_000, "warn"], [361_000, "over"]] as const) {
    pia.tell({ type: "stage", ...STAGE, section: { ...STAGE.section, spent } });
    await pia.page.waitForFunction((wanted) => document.querySelector<HTMLElement>(".remote-section")?.dataset.state === wanted, state);
  }
  assert.match((await section.textContent()) ?? "", /^6:01 \/ 5:00$/);
  await pia.close();
});

for (const [name, dark] of [["light", false], ["dark", true]] as const) {
  test(`axe finds nothing on the remote: ${name}`, async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    // What looks for faults takes its time.
    const pia = await open({ dark, isTimeless: false });
    await pia.waits("remote-state", "Ada is presenting");
    const find = async () => {
      await pia.page.evaluate(axe);
      return pia.page.evaluate(async () => {
        const runner = (window as unknown as { axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe;
        return (await runner.run({ preload: false })).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
      });
    };
    assert.deepEqual(await find(), []);
    await pia.page.screenshot({ path: `${ARTEFACTS}/remote-${name}.png` });
    pia.tell({ type: "stage", ...STAGE, reachable: false });
    await pia.waits("remote-state", "not open");
    await pia.find("remote-next").tap();
    assert.deepEqual(await find(), []);
    pia.tell({ type: "stage", ...STAGE });
    pia.go(2, -1, true);
    await pia.waits("remote-state", "dark");
    assert.deepEqual(await find(), [], "while the screens are dark");
    pia.tell({ type: "stage", ...STAGE, driver: null, section: { ...STAGE.section, spent: 400_000 } });
    await pia.waits("remote-state", "Nobody is presenting");
    assert.deepEqual(await find(), [], "while nobody presents, after too long a section");
    await pia.closeSocket(4404);
    await pia.page.waitForSelector("[data-connection=ended], [data-ready=false]");
    assert.deepEqual(await find(), [], "when the link has ended");
    await pia.close();
  });
}
