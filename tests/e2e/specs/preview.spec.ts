/** The preview: follows one's own caret, repaints what changed, and obeys nobody else. */

import { expect, test } from "../harness/test.ts";

/** Ten slides in two columns and some, each with a word of its own. */
const DECK = Array.from({ length: 10 }, (_, n) => {
  const mark = n % 3 === 0 ? "---" : "----";
  return `${n > 0 ? `\n${mark}\n\n` : ""}# Slide number ${n + 1}\n\n- point ${n + 1}a\n- point ${n + 1}b\n`;
}).join("");

test("the preview shows the slide under one's own caret", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const ann = await person("Ann");
  await ann.writes(deck);
  await expect(ann.slides.current).toContainText("Slide number 1");
  await ann.editor.caretAfter("point 5a");
  await expect(ann.slides.current).toContainText("Slide number 5");
  await expect(ann.page.getByTestId("slide-number")).toHaveText("Slide 5/10");
  await expect(ann.page.locator("[data-test=outline-row][aria-current=true]")).toContainText("Slide number 5");

  await ann.editor.type(" and what is typed now");
  await expect(ann.slides.current).toContainText("point 5a and what is typed now");
  await ann.page.keyboard.press("Control+Home");
  await expect(ann.slides.current).toContainText("Slide number 1");
  await ann.page.getByTestId("outline-row").filter({ hasText: "Slide number 9" }).click();
  await expect(ann.slides.current).toContainText("Slide number 9");
  await ann.keepPicture("preview-caret");
});

test("only the slide that changed is painted again", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await ann.editor.caretAfter("point 2a");
  await expect(ann.slides.current).toContainText("Slide number 2");
  // Marks that no repaint would keep: on every slide's own content.
  const marks = () =>
    ann.slides.all.evaluateAll((sections) =>
      sections.flatMap((section, n) =>
        (section.firstElementChild as HTMLElement & { mark?: string })?.mark === "kept" ? [n + 1] : [],
      ),
    );
  await ann.slides.all.evaluateAll((sections) => {
    for (const section of sections) Object.assign(section.firstElementChild!, { mark: "kept" });
  });
  expect(await marks()).toHaveLength(10);

  await ann.editor.type("!");
  await expect(ann.slides.current).toContainText("point 2a!");
  expect(await marks()).toEqual([1, 3, 4, 5, 6, 7, 8, 9, 10]);
  await bob.editor.caretAfter("point 7b");
  await bob.editor.type("?");
  await expect(ann.slides.all.nth(6)).toContainText("point 7b?");
  expect(await marks()).toEqual([1, 3, 4, 5, 6, 8, 9, 10]);
  // A new slide in the middle moves the others, and paints none of them again.
  await bob.editor.caretAfter("point 4b");
  await bob.editor.insert("\n\n---\n\n# Quite new\n");
  await expect(ann.slides.all).toHaveCount(11);
  await expect(ann.slides.all.nth(4)).toContainText("Quite new");
  expect(await marks()).toEqual([1, 3, 4, 6, 7, 9, 10, 11]);
  await expect(ann.slides.current).toContainText("Slide number 2");
});

test("others never move one's preview", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await ann.editor.caretAfter("point 6a");
  await expect(ann.slides.current).toContainText("Slide number 6");
  const seen = await ann.slides.watch();

  await bob.editor.caretAfter("point 8a");
  await bob.editor.type(" typing elsewhere");
  await bob.editor.caretBefore("# Slide number 3");
  await bob.editor.insert("# Inserted before\n\n---\n\n");
  await bob.editor.replace("# Slide number 2\n\n- point 2a\n- point 2b\n\n----\n\n", "");
  await bob.editor.replace("# Slide number 1\n", "");
  await expect(ann.slides.all.nth(7)).toContainText("typing elsewhere");
  await expect(ann.slides.all.first()).not.toContainText("Slide number 1");
  await expect(ann.slides.current).toContainText("Slide number 6");
  expect(await seen(), "slides that were on the screen").toEqual(["Slide number 6"]);
});

test("a click in the preview puts the caret on that line", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const ann = await person("Ann");
  await ann.writes(deck);
  await ann.editor.caretAfter("point 4a");
  await expect(ann.slides.current).toContainText("Slide number 4");
  const flashes = await ann.watches(".cm-flash");
  await ann.slides.current.getByText("point 4b").click();
  await expect.poll(flashes).toContain("- point 4b");
  await expect.poll(() => ann.editor.place()).toMatchObject({ before: "", after: "- point 4b" });
  await expect(ann.editor.content).toBeFocused();
  await ann.editor.type("x");
  await expect.poll(() => server.source(deck)).toContain("x- point 4b");

  // Looking around in the preview leaves the caret alone until there is a click.
  await ann.page.getByTestId("preview-next").click();
  await ann.page.getByTestId("preview-next").click();
  await expect(ann.slides.current).toContainText("Slide number 6");
  await expect(ann.page.getByTestId("back-to-cursor")).toBeVisible();
  expect((await ann.editor.place()).after).toBe("- point 4b");
  await ann.page.getByTestId("back-to-cursor").click();
  await expect(ann.slides.current).toContainText("Slide number 4");
  await ann.page.getByTestId("preview-previous").click();
  await expect(ann.slides.current).toContainText("Slide number 3");
  await ann.slides.current.getByRole("heading").click();
  await expect.poll(() => ann.editor.place()).toMatchObject({ after: "# Slide number 3" });
  await expect(ann.page.getByTestId("back-to-cursor")).toHaveCount(0);
});

test("a pinned slide stays", async ({ person, server }) => {
  const deck = await server.deck(DECK);
  const [ann, bob] = [await person("Ann"), await person("Bob")];
  await Promise.all([ann.writes(deck), bob.writes(deck)]);
  await ann.editor.caretAfter("point 3a");
  await expect(ann.slides.current).toContainText("Slide number 3");
  await ann.page.getByTestId("pin").click();
  const seen = await ann.slides.watch();
  await ann.editor.caretAfter("point 9a");
  await ann.editor.type("!");
  await expect(ann.slides.all.nth(8)).toContainText("point 9a!");
  await bob.editor.caretBefore("# Slide number 2");
  await bob.editor.insert("# One before\n\n----\n\n");
  await expect(ann.slides.all).toHaveCount(11);
  await expect(ann.slides.current).toContainText("Slide number 3");
  expect(await seen()).toEqual(["Slide number 3"]);
  await ann.page.getByTestId("pin").click();
  await expect(ann.slides.current).toContainText("Slide number 9");
});

test("a malformed deck shows what it can and says what it could not", async ({ person, server }) => {
  const deck = await server.deck(
    "---\ntitle: [broken\nslideOptions:\n  theme: neon\n---\n\n# First\n\nText\n---\n\n# Second <b>bold\n\n---\n\n<blink>Third</blink>\n\n| a | b\n|---\n\n```\nnever closed\n",
  );
  const ann = await person("Ann");
  await ann.writes(deck);
  await expect(ann.slides.all.first()).toBeAttached();
  await expect(ann.slides.locator(".slides")).toContainText("Second");
  await expect(ann.slides.locator(".slides")).toContainText("Third");
  await expect(ann.slides.locator(".slides")).toContainText("never closed");
  const problems = ann.page.getByTestId("problems");
  await expect(problems).toContainText(/\d problem/);
  await problems.click();
  await expect(ann.page.getByTestId("problem").first()).toBeVisible();
  await ann.keepPicture("preview-malformed");
  await ann.page.getByTestId("problem").last().click();
  await expect(ann.page.getByTestId("problem").first()).toBeHidden();
  await expect(ann.editor.content).toBeFocused();
  // Mending it mends the list.
  await ann.editor.replace("title: [broken", "title: whole");
  await expect(ann.page.getByTestId("title")).toHaveText("whole");
});

/** Each would run `fired(n)` on a page without protections. */
const ATTACKS = [
  (run: string) => `<script>${run}</script>`,
  (run: string) => `<img src="x:" onerror="${run}">`,
  (run: string) => `<svg onload="${run}"></svg>`,
  (run: string) => `<svg><animate onbegin="${run}" attributeName="x" dur="1s"></animate></svg>`,
  (run: string) => `<details open ontoggle="${run}"><summary>x</summary></details>`,
  (run: string) => `<video><source onerror="${run}"></video>`,
  (run: string) => `<iframe srcdoc="&lt;script&gt;parent.${run}&lt;/script&gt;"></iframe>`,
  (run: string) => `<iframe src="javascript:parent.${run}"></iframe>`,
  (run: string) => `<style onload="${run}">p{}</style>`,
  (run: string) => `<input autofocus onfocus="${run}">`,
];

test("a script in a deck never runs", async ({ person, server }) => {
  const marks = ATTACKS.map((attack, n) => attack(`fired(${n})`));
  const clicks = ['<a href="javascript:fired(100)">click me</a>', "[me too](javascript:fired(101))"];
  const fired = new Set<string>();
  const listen = (text: string) => {
    const found = /^FIRED (\d+)/.exec(text)?.[1];
    if (found) fired.add(found);
  };
  const prepare = () => Object.assign(window, { fired: (n: number) => console.log(`FIRED ${n}`) });

  // The control: without protections each of them does fire.
  const control = await person("Control");
  control.expects(/./);
  await control.page.addInitScript(prepare);
  control.page.on("console", (message) => listen(message.text()));
  await control.page.goto("about:blank");
  await control.page.setContent(`<body>${marks.join("\n")}${clicks[0]}</body>`);
  await control.page.getByText("click me").click();
  const all = [...ATTACKS.keys(), 100].map(String);
  await expect.poll(() => all.filter((n) => !fired.has(n))).toEqual([]);

  fired.clear();
  const slides = [...marks, ...clicks, '<meta http-equiv="refresh" content="0;url=/?refreshed"><base href="/based/">'];
  const more = `<!-- .slide: data-background-iframe="javascript:fired(200)" onclick="fired(201)" -->\n`;
  const deck = await server.deck(
    slides.map((html, n) => `# Attack ${n}\n\n${more}\n${html}\n`).join("\n---\n\n") + "\n---\n\n# The end\n",
  );
  const pages = [];
  for (const [name, act] of [["Ann", "writes"], ["Pia", "presents"], ["Fay", "follows"]] as const) {
    const one = await person(name);
    one.expects(/blocked by the policy|Content Security Policy|ERR_UNKNOWN_URL_SCHEME/);
    await one.page.addInitScript(prepare);
    one.page.on("console", (message) => listen(message.text()));
    await one[act](deck);
    await expect(one.slides.all.last()).toContainText("The end");
    pages.push(one);
  }
  const [ann] = pages;
  for (const [text, n] of [["click me", ATTACKS.length], ["me too", ATTACKS.length + 1]] as const) {
    await ann!.editor.caretAfter(`# Attack ${n}`);
    await expect(ann!.slides.current).toContainText(`Attack ${n}`);
    // A Markdown link to a script is no link: its source is shown.
    await ann!.slides.current.getByText(text).click({ modifiers: ["Control"] });
  }
  // Once more through the live path: typed, not loaded.
  await ann!.editor.caretAfter("# The end");
  await ann!.editor.insert(`\n\n${marks.join("\n\n")}\n\n# Typed`);
  for (const one of pages) {
    await expect(one.slides.all.last()).toContainText("Typed");
    expect(one.page.frames().map((frame) => new URL(frame.url()).pathname).sort().at(-1)).toBe("/slides.html");
    expect(one.page.context().pages()).toHaveLength(1);
  }
  expect([...fired], "attacks that ran").toEqual([]);
  await ann!.keepPicture("preview-attacks");
});
