/** Several servers of the same decks: whoever was on one that dies goes on at another one. */

import { Nodes } from "../harness/nodes.ts";
import { expect, test as base } from "../harness/test.ts";

/** What browsers say while there is no server. */
const AWAY = [/ERR_CONNECTION_REFUSED/, /WebSocket connection to .* failed/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/];

const test = base.extend<{ cluster: Nodes }>({
  cluster: async ({}, use) => {
    const cluster = await Nodes.start(2);
    await use(cluster);
    await cluster.dispose();
  },
  server: async ({ cluster }, use) => use(cluster.nodes[0]!),
});

test("a server dies, and its people go on at the other one with every word", async ({ cluster, person }) => {
  const [one, other] = [cluster.nodes[0]!, cluster.nodes[1]!];
  const deck = await one.deck("# One\n\nann:\n\n---\n\n# Two\n\n---\n\n# Three\n");
  const doors = [await cluster.door(0), await cluster.door(1), await cluster.door(0)] as const;
  const ann = await person("Ann", { through: doors[0] });
  const pia = await person("Pia", { through: doors[1] });
  const fay = await person("Fay", { through: doors[2] });
  for (const somebody of [ann, fay]) somebody.expects(...AWAY);
  await Promise.all([ann.writes(deck), pia.presents(deck), fay.follows(deck)]);
  await pia.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Two");
  const seen = await fay.slides.watch();
  await ann.editor.caretAfter("ann:");
  await ann.editor.type(" before");
  await ann.saved();

  // The balancer does not know yet.
  for (const door of [doors[0], doors[2]]) door.leadsTo = [one.address];
  const typing = ann.editor.type(" while it dies");
  await one.kill();
  await typing;
  await expect(ann.status).toHaveAttribute("data-status", /offline|reconnecting/);
  await ann.editor.type(" and after");
  await expect(ann.page.getByTestId("connection-bar")).toContainText(/safe on this device/);
  await ann.keepPicture("nodes-one-died");
  // Nobody else notices.
  await pia.saved();

  for (const door of [doors[0], doors[2]]) door.leadsTo = [other.address];
  await ann.triesAgain();
  await ann.saved();
  const text = "# One\n\nann: before while it dies and after\n\n---\n\n# Two\n\n---\n\n# Three\n";
  expect(await ann.editor.text()).toBe(text);
  await expect.poll(() => other.source(deck)).toBe(text);
  await expect(ann.page.getByTestId("connection-bar")).toHaveCount(0);
  await ann.keepPicture("nodes-at-the-other");
  await pia.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Three");
  expect(await seen()).toEqual(["Two", "Three"]);

  // The first one comes back, and has what was written meanwhile.
  await one.startAgain();
  await expect.poll(() => one.source(deck)).toBe(text);
  const ned = await person("Ned", { through: await cluster.door(0) });
  await ned.writes(deck);
  await ned.editor.caretAfter("and after");
  await ned.editor.type("!");
  await expect.poll(() => ann.editor.text()).toContain("and after!");
});

test("two present on two servers: one drives, takes over, and both know who", async ({ cluster, person }) => {
  const deck = await cluster.nodes[0]!.deck("# One\n\n---\n\n# Two\n\n---\n\n# Three\n");
  const pia = await person("Pia", { through: await cluster.door(0) });
  const otto = await person("Otto", { through: await cluster.door(1) });
  const fay = await person("Fay", { through: await cluster.door(0) });
  await Promise.all([pia.presents(deck), fay.follows(deck)]);
  await expect(pia.page.getByTestId("held")).toHaveText(/LIVE/i);
  await otto.presents(deck);
  await expect(otto.page.getByTestId("baton")).toContainText("Pia");
  await pia.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Two");
  await otto.page.getByTestId("take-over").click();
  await expect(otto.page.getByTestId("held")).toHaveText(/LIVE/i);
  await expect(pia.page.getByTestId("baton")).toContainText("Otto");
  await pia.keepPicture("nodes-another-drives");
  await otto.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Three");
});
