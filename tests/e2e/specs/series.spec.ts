/** A series and its calls: from the template to the next call, and what happens to decks afterwards. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

const TEMPLATE = `---
title: "Harbour Call {{date}}"
---

# Harbour Call

---

# Team Quay

- <!-- prompt: What is new? -->

---

# Team Crane

- <!-- prompt: What is new? -->
`;

const LAST = `---
title: Harbour Call before
---

# Harbour Call

---

# Team Quay

Report by Ada Lovelace

- [ ] Paint the second quay
- [x] Sweep the first quay
- Regatta on 31 December 2099

---

# Team Crane

- [ ] Grease the old crane
`;

/** What a page of the server may ask it. */
async function call<Answer>(person: Person, method: string, path: string, body?: object | string): Promise<Answer> {
  return person.page.evaluate(
    async ([method, path, body]) => {
      const kind = typeof body === "string" ? "text/markdown" : "application/json";
      const answer = await fetch(path, { method, headers: body === undefined ? {} : { "content-type": kind }, body: typeof body === "object" ? JSON.stringify(body) : body });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return (answer.status === 204 ? null : await answer.json()) as Answer;
    },
    [method, path, body] as const,
  );
}

/** A deck of one's own. */
async function makes(person: Person, source: string): Promise<string> {
  return (await call<{ id: string }>(person, "POST", "/api/decks", source)).id;
}

/** Somebody with a home page. */
async function atHome(person: Person): Promise<Person> {
  await person.opens("/");
  await expect(person.page.getByTestId("me")).toBeVisible();
  return person;
}

/** Chooses from the menu of a deck's row. */
async function chooses(person: Person, deck: string, test: string): Promise<void> {
  await person.page.locator(`[data-test=deck][data-id="${deck}"]`).getByTestId("deck-menu").click();
  await person.page.getByTestId("menu").getByTestId(test).click();
}

/** A template with a weekly series in UTC. */
async function series(person: Person): Promise<string> {
  const template = await makes(person, TEMPLATE);
  const when = { cadence: { every: "week", day: "thu" }, time: "14:05", zone: "UTC" };
  await call(person, "PUT", `/api/decks/${template}/series`, { name: "Harbour Call", ...when });
  return template;
}

/** A call of a series on a day. */
async function callOn(person: Person, template: string, at: string, source = LAST): Promise<string> {
  const deck = await makes(person, source);
  await call(person, "PUT", `/api/decks/${deck}/call`, { at, series: template });
  return deck;
}

test("a deck becomes a series, and its next call is due", async ({ person }) => {
  const ann = await atHome(await person("Ann"));
  const template = await makes(ann, TEMPLATE);
  await atHome(ann);
  await chooses(ann, template, "series-deck");
  await ann.page.getByTestId("series-name").fill("Harbour Call");
  await ann.page.getByTestId("series-every").selectOption("two-weeks");
  await ann.page.getByTestId("series-day").selectOption("thu");
  await ann.page.getByTestId("series-time").fill("14:05");
  await ann.page.getByTestId("series-zone").fill("Europe/Berlin");
  await ann.keepPicture("series-settings");
  await ann.page.getByTestId("save-series").click();
  await expect(ann.page.getByTestId("group")).toContainText(/Every other Thursday, (14:05|2:05 PM)/);
  await expect(ann.page.getByTestId("template")).toBeVisible();
  await expect(ann.page.getByTestId("next-call")).toContainText("not prepared yet");
  await ann.keepPicture("series-due");

  await ann.page.getByTestId("series-settings").click();
  await expect(ann.page.getByTestId("series-every")).toHaveValue("two-weeks");
  await ann.page.getByTestId("end-series").click();
  await ann.page.getByTestId("end-series-sure").click();
  await expect(ann.page.getByTestId("template")).toHaveCount(0);
  await expect(ann.page.getByTestId("deck")).toHaveCount(1);
});

test("a new call brings over what one leaves ticked of the last one", async ({ person, server }) => {
  const ann = await atHome(await person("Ann"));
  const template = await series(ann);
  await callOn(ann, template, "2026-01-08T14:05");
  await atHome(ann);
  await ann.page.getByTestId("new-call").click();
  const dialog = ann.page.getByTestId("new-call-dialog");
  await expect(dialog.getByTestId("call-reporter").first()).toHaveValue("Ada Lovelace");
  await expect(dialog.getByTestId("carried-item")).toHaveCount(3);
  await expect(dialog.getByTestId("carried")).toContainText("Paint the second quay");
  await expect(dialog.getByTestId("carried")).toContainText("Regatta");
  await expect(dialog.getByTestId("carried")).not.toContainText("Sweep");
  await expect(dialog.getByTestId("call-file")).toHaveText(/^harbour-call-.*\.md$/);
  await ann.keepPicture("series-new-call");
  await dialog.locator("label", { hasText: "Grease the old crane" }).getByRole("checkbox").uncheck();
  await expect(dialog.getByTestId("carried-count")).toContainText("2 of 3");
  await dialog.getByTestId("create-call").click();
  await expect(ann.page).toHaveURL(/\/d\/[\w-]+$/);
  const made = new URL(ann.page.url()).pathname.slice("/d/".length);
  const text = await server.source(made);
  expect(text).toContain("- [ ] Paint the second quay <!-- carried 2026-01-08 -->");
  expect(text).toContain("Regatta on 31 December 2099");
  expect(text).not.toContain("Grease");
  expect(text).not.toContain("{{");

  await atHome(ann);
  await expect(ann.page.getByTestId("deck")).toHaveCount(3);
  await expect(ann.page.getByTestId("call-title")).toContainText("Harbour Call");
  await expect(ann.page.getByTestId("write")).toHaveAttribute("href", `/d/${made}#mine`);
  await expect(ann.page.getByTestId("board")).toHaveAttribute("href", `/d/${made}/board`);
  await ann.keepPicture("series-next-call");
});

test("the countdown goes to the call by the clock of its series", async ({ person }) => {
  const ann = await atHome(await person("Ann", { timezoneId: "America/New_York" }));
  const template = await series(ann);
  await callOn(ann, template, "2099-01-08T14:05");
  await ann.page.clock.install({ time: new Date("2099-01-08T11:00:00Z") });
  await atHome(ann);
  await ann.page.clock.pauseAt(new Date("2099-01-08T12:00:30Z"));
  await expect(ann.page.getByTestId("countdown")).toContainText("in 2 hr");
  await expect(ann.page.getByTestId("call-when")).toContainText("UTC");
  await expect(ann.page.getByTestId("own-time")).toContainText("9:05");
  await ann.page.clock.fastForward("01:59:30");
  await expect(ann.page.getByTestId("countdown")).toHaveText("in 5:00");
  await ann.page.clock.runFor(61_000);
  await expect(ann.page.getByTestId("countdown")).toHaveText("in 3:59");
});

test("decks are copied, archived, thrown away, and found again", async ({ person, server }) => {
  const ann = await atHome(await person("Ann"));
  const deck = await makes(ann, "---\ntitle: Tides\n---\n\n# Tides\n");
  await atHome(ann);
  await chooses(ann, deck, "duplicate-deck");
  await expect(ann.page.getByTestId("deck")).toHaveCount(2);
  const copy = (await server.decks()).find(({ id }) => id !== deck)!;
  expect(await server.source(copy.id)).toContain("# Tides");

  await chooses(ann, copy.id, "archive-deck");
  await expect(ann.page.getByTestId("deck")).toHaveCount(1);
  await ann.page.getByTestId("show-archive").click();
  await expect(ann.page.locator(`[data-test=deck][data-id="${copy.id}"]`)).toBeVisible();
  await chooses(ann, copy.id, "archive-deck");
  await expect(ann.page.getByTestId("nothing-here")).toBeVisible();

  await ann.page.getByTestId("show-all").click();
  await expect(ann.page.getByTestId("deck")).toHaveCount(2);
  await chooses(ann, copy.id, "delete-deck");
  await expect(ann.page.getByTestId("deck")).toHaveCount(1);
  await ann.page.getByTestId("show-bin").click();
  await expect(ann.page.getByTestId("bin-note")).toContainText("30 days");
  await ann.keepPicture("series-bin");
  await ann.page.getByTestId("restore-deck").click();
  await expect(ann.page.getByTestId("nothing-here")).toBeVisible();
  await ann.page.getByTestId("show-all").click();
  await expect(ann.page.getByTestId("deck")).toHaveCount(2);
});

test("the filters show series, and what is one's own", async ({ person, server }) => {
  const ann = await atHome(await person("Ann"));
  const template = await series(ann);
  await callOn(ann, template, "2026-01-08T14:05");
  await callOn(ann, template, "2026-01-15T14:05");
  await server.deck("# Everybody's");
  await atHome(ann);
  await expect(ann.page.getByTestId("deck")).toHaveCount(4);
  const dates = ann.page.getByTestId("deck-date");
  await expect(dates.first()).toContainText("15");
  await expect(dates.nth(1)).toContainText("8");
  await ann.page.getByTestId("show-series").click();
  await expect(ann.page.getByTestId("deck")).toHaveCount(3);
  await ann.page.getByTestId("show-mine").click();
  await expect(ann.page.getByTestId("deck")).toHaveCount(3);
  await ann.page.getByTestId("show-all").click();
  await ann.page.getByTestId("search").fill("everybody");
  await expect(ann.page.getByTestId("deck")).toHaveCount(1);
});

test("who presents is LIVE on everybody's first page", async ({ person, server }) => {
  const deck = await server.deck("# One\n\n---\n\n# Two\n");
  const [pia, ann] = [await person("Pia"), await person("Ann")];
  await pia.presents(deck);
  await pia.press("ArrowRight");
  await expect(pia.slides.current).toContainText("Two");
  await expect(async () => {
    await atHome(ann);
    await expect(ann.page.getByTestId("live")).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await ann.keepPicture("series-live");
});

test("axe finds nothing in the dialogs of a series", async ({ person }) => {
  const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const ann = await atHome(await person("Ann", { colorScheme: "dark" }));
  const template = await series(ann);
  await callOn(ann, template, "2026-01-08T14:05");
  await atHome(ann);
  const check = async (): Promise<void> => {
    await ann.page.evaluate(axe);
    const found = await ann.page.evaluate(async () => {
      type Axe = { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      const { violations } = await (window as unknown as { axe: Axe }).axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    });
    expect(found).toEqual([]);
  };
  await check();
  await ann.page.getByTestId("new-call").click();
  await expect(ann.page.getByTestId("carried-item").first()).toBeVisible();
  await check();
});
