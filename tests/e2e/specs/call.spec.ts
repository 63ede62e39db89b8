/** A whole call: eleven teams, one deck, an hour before; then it is presented, and what remains are the minutes. */

import type { Locator, Page } from "@playwright/test";
import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

const TEAMS = ["Anchor", "Beacon", "Crane", "Dock", "Engine", "Ferry", "Galley", "Harbour", "Island", "Jetty", "Keel"];

const TEMPLATE = [
  `---\ntitle: "{{title}}"\nlang: en\n---\n\n# {{title}}\n\n## {{date}}`,
  "# Agenda\n\n<!-- agenda -->",
  ...TEAMS.map((team) => `# Team ${team}\n\nReport by <!-- prompt: your name -->\n\n- <!-- prompt: What is new? -->`),
  "# Goodbye",
].join("\n\n---\n\n") + "\n";

/** What the section of a team looks like on the board. */
function row(page: Page, team: string): Locator {
  return page.getByTestId("board-row").filter({ has: page.getByRole("heading", { name: `Team ${team}`, exact: true }) });
}

/** Somebody takes the section of their team, writes one line where the caret stands, and is ready. */
async function reports(person: Person, deck: string, team: string): Promise<void> {
  await person.opens(`/d/${deck}`);
  await person.editor.ready();
  const introduction = person.page.getByTestId("introduction");
  await introduction.getByTestId("name").fill(`Rep ${team}`);
  await introduction.getByTestId("name").press("Enter");
  const card = person.page.getByTestId("which");
  await card.getByTestId("which-choice").filter({ hasText: `Team ${team}` }).click();
  await expect.poll(async () => (await person.editor.place()).before).toBe("- ");
  await person.editor.type(`${team} is repaired`);
  await expect(person.slides.current).toContainText(`${team} is repaired`);
  await person.page.getByTestId("mark-ready").click();
  await expect(person.page.getByTestId("mark-ready")).toHaveText("Ready");
}

test("eleven teams write into one deck, are ready, and are presented", async ({ person, server }) => {
  test.setTimeout(300_000);
  const template = await server.deck(TEMPLATE);
  const host = await person("Hanna");
  const ask = async (method: string, path: string, body: object): Promise<{ id: string }> => {
    const answer = await host.page.request.fetch(`${server.url}/api/decks/${template}${path}`, { method, data: body, headers: { origin: server.url } });
    expect(answer.ok(), await answer.text()).toBe(true);
    return (await answer.json()) as { id: string };
  };
  const cadence = { every: "week", day: "thu" };
  await ask("PUT", "/series", { name: "Harbour call", cadence, time: "14:05", zone: "Europe/Berlin" });
  const { id: deck } = await ask("POST", "/calls", { date: "2030-04-25" });

  await host.opens(`/d/${deck}/board`);
  await expect(host.page.getByTestId("board-count")).toHaveText("0 of 11 ready");
  for (const team of TEAMS) await expect(row(host.page, team).getByTestId("state")).toHaveText("Not started");

  const reporters = await Promise.all(TEAMS.map((team) => person(`Rep ${team}`, { stranger: true })));
  await Promise.all(reporters.map((reporter, index) => reports(reporter, deck, TEAMS[index]!)));
  await expect(host.page.getByTestId("board-count")).toHaveText("All 11 ready");
  for (const team of TEAMS) await expect(row(host.page, team).getByTestId("board-reporter")).toHaveText(`Rep ${team}`);
  const text = await server.source(deck);
  for (const team of TEAMS) expect(text).toContain(`- ${team} is repaired\n`);
  expect(text, "prompts gave way").not.toContain("prompt: What");
  await host.keepPicture("call-board");
  await Promise.all(reporters.slice(1).map((reporter) => reporter.page.close()));

  await host.presents(deck);
  const fay = await person("Fay");
  await fay.follows(deck);
  await host.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Team Keel");
  await host.press("ArrowRight");
  await expect(fay.slides.current).toContainText("Anchor is repaired");

  // Whoever writes late moves nobody, and the board says that it was not what was called ready.
  const late = reporters[0]!;
  await late.editor.type(", and painted");
  await expect(fay.slides.current).toContainText("Anchor is repaired, and painted");
  await expect(late.page.getByTestId("mark-ready")).toContainText("Changed since ready");

  // Somebody of the audience was there and wants to know more.
  await fay.page.getByTestId("ask").focus();
  await fay.page.getByTestId("ask").click();
  await fay.page.getByTestId("ask-text").fill("Which colour?");
  await fay.page.getByTestId("ask-name").fill("Fay Follower");
  await fay.page.getByTestId("ask-send").click();
  await expect(fay.page.getByTestId("ask-question")).toContainText("Which colour?");
  await fay.page.getByTestId("ask-there").check();
  await expect(fay.page.getByTestId("ask-panel")).toContainText("You are in the minutes as Fay Follower.");

  await expect(host.page.getByTestId("minutes")).toHaveCount(0);
  await host.page.getByTestId("end").click();
  await expect(fay.page.getByTestId("follow-state")).toHaveAttribute("data-state", "ended");
  await host.page.getByTestId("minutes").click();
  const minutes = host.page.getByTestId("minutes-text");
  await expect(minutes).toContainText("Questions");
  const written = await minutes.textContent() ?? "";
  expect(written).toMatch(/^# Minutes: Harbour call 2030-04-25\n\n2030-04-25 · \d+ min\n/);
  expect(written).toContain("## Attendance (1)\n\nFay Follower\n");
  for (const team of TEAMS) expect(written).toContain(`| Team ${team} | Rep ${team} | – | `);
  const of = (team: string) => new RegExp(`\\| Team ${team} \\| Rep ${team} \\| – \\| (.*) \\|`);
  expect(of("Anchor").exec(written)?.[1], "it was presented").toMatch(/^\d+:\d\d$/);
  expect(of("Beacon").exec(written)?.[1], "it was not").toBe("–");
  expect(written).toContain("### Open\n\n- Team Anchor: Which colour? (Fay Follower)\n");
  await host.keepPicture("call-minutes");
  const file = host.page.waitForEvent("download");
  await host.page.getByTestId("minutes-download").click();
  expect((await file).suggestedFilename()).toBe("minutes-2030-04-25.md");
});
