/** Maths, code, diagrams and embeds in a real sandbox: what is seen, what is loaded, and what never happens. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Page, Route } from "playwright-core";
import type { SlideHtml } from "../slides/protocol.ts";
import { ARTEFACTS, openSite, type Site } from "./harness.ts";
import { slide, Stand, type Start } from "./stand.ts";

let site: Site;
before(async () => {
  site = await openSite(["slides.html", "parent.html"]);
  await mkdir(ARTEFACTS, { recursive: true });
});
after(() => site.close());

const open = (slides: SlideHtml[], start?: Start) => Stand.start(site, slides, start);

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function maths(tex: string, display = false): string {
  const [kind, first, last] = display ? ["display", "\\[", "\\]"] : ["inline", "\\(", "\\)"];
  return `<span class="math math-${kind}">${first}${escape(tex)}${last}</span>`;
}

function code(language: string, text: string, attributes = ""): string {
  return `<pre data-line="2"><code class="language-${language}" ${attributes}>${escape(text)}\n</code></pre>`;
}

const RUST = `/// Adds.\nfn add(a: u32) -> u32 {\n    let b = "x";\n    a + 1\n}`;
const FLOW = "graph LR\n  A[Start] --> B[End]";

/** Everything of the site that only some decks need. */
const RICH = /\/(katex|highlight|mermaid|KaTeX)/;
const DRAWN = "figure.diagram[data-drawn] > img";

/** The diagram's picture is there and has a size. */
async function drawn(stand: Stand, text?: string): Promise<void> {
  await stand.frame.waitForFunction(
    ([selector, wanted]) => [...document.querySelectorAll<HTMLImageElement>(selector)]
      .some((image) => image.naturalWidth > 0 && (!wanted || image.alt.includes(wanted))),
    [DRAWN, text ?? ""] as const,
    { timeout: 20_000 },
  );
}

test("a deck without any of it loads none of it", async () => {
  const stand = await open([slide("<h1>One</h1><p>text with <code>code</code></p><pre><code>plain\n</code></pre>")]);
  await stand.frame.waitForSelector("section.present");
  assert.deepEqual(stand.requested(RICH), []);
  await stand.close();
});

test("maths is rendered in the first paint, with fonts of the site", async () => {
  const stand = await open([slide(`<h1>One</h1><p>so ${maths("e^{i\\pi}")} and ${maths("\\sum_1^n x < y", true)}</p>`)]);
  const found = await stand.frame.evaluate(() => ({
    formulas: document.querySelectorAll(".math .katex").length,
    display: document.querySelectorAll(".math-display .katex-display").length,
    mathml: document.querySelector("math annotation")?.textContent,
    fonts: [...document.fonts].filter(({ family, status }) => family.includes("KaTeX") && status === "loaded").length,
  }));
  assert.equal(found.formulas, 2);
  assert.equal(found.display, 1);
  assert.equal(found.mathml, "e^{i\\pi}");
  assert.ok(found.fonts >= 2);
  assert.ok(stand.requested(RICH).every((name) => /^(katex|KaTeX)[\w-]+\.(js|css|woff2)$/.test(name)));
  assert.ok(stand.requests.every((url) => url.startsWith(site.url) || url.startsWith("data:")));
  await stand.page.screenshot({ path: `${ARTEFACTS}/maths.png` });
  await stand.close();
});

test("maths that cannot be read shows as it was written and says why", async () => {
  const stand = await open([slide(`<h1>One</h1>${maths("\\frac{a")}${maths("x".repeat(20_000))}${maths("ok")}`)]);
  const errors = stand.frame.locator(".katex-error");
  assert.equal(await errors.nth(0).textContent(), "\\frac{a");
  assert.match(await errors.nth(0).getAttribute("title") ?? "", /ParseError/);
  assert.match(await errors.nth(1).getAttribute("title") ?? "", /too long/);
  assert.equal(await stand.frame.locator(".katex").count(), 1);
  await stand.close();
});

test("hostile maths is harmless", async () => {
  const bomb = Array.from({ length: 30 }, (_, n) => `\\def\\m${"abcdefghijklmnopqrstuvwxyzABCD"[n]}{${
    n === 0 ? "x" : `\\m${"abcdefghijklmnopqrstuvwxyzABCD"[n - 1]}`.repeat(2)}}`).join("") + "\\mD";
  const formulas = [
    "\\href{javascript:window.ran=true}{x}", "\\url{javascript:window.ran=true}",
    "\\includegraphics{https://example.org/x.png}", "\\htmlStyle{position:fixed;inset:0}{x}", "\\htmlId{body}{x}",
    bomb, "{".repeat(4000), "\\rule{99999em}{99999em}", "<img src=x onerror=window.ran=true>", "\\text{</span><b>b</b>}",
  ];
  const stand = await open([slide(`<h1>One</h1><p>${formulas.map((tex) => maths(tex)).join(" ")}</p>`)]);
  const found = await stand.frame.evaluate(() => ({
    ran: window.ran,
    bad: document.querySelectorAll(".math :is(a, img, b, [id], [onerror], script)").length,
    widest: Math.max(...[...document.querySelectorAll(".math .rule")].map((rule) => rule.clientWidth)),
    here: document.querySelectorAll(".math[data-rendered]").length,
  }));
  assert.deepEqual({ ...found, widest: found.widest < 3000 }, { ran: undefined, bad: 0, widest: true, here: formulas.length });
  assert.deepEqual(stand.requests.filter((url) => url.includes("example.org")), []);
  await stand.close();
});

test("code has the colours of its language, and none in a language that nobody knows", async () => {
  const stand = await open([slide(`<h1>One</h1>${code("rust", RUST)}${code("klingon", "a <b>")}<pre><code>c\n</code></pre>`)]);
  assert.deepEqual(await stand.texts(".hljs-keyword"), ["fn", "let"]);
  assert.deepEqual(await stand.texts("pre code"), [`${RUST}`, "a <b>", "c\n"]);
  assert.equal(await stand.frame.locator("pre[data-line='2']").count(), 2);
  await stand.page.screenshot({ path: `${ARTEFACTS}/code.png` });
  await stand.close();
});

test("rare languages cost only those who show them", async () => {
  const programs = (stand: Stand) => stand.requested(RICH).map((name) => name.replace(/-[^-]+$/, "")).sort();
  const common = await open([slide(`<h1>One</h1>${code("rs", RUST)}`)]);
  assert.deepEqual(await common.texts(".hljs-keyword"), ["fn", "let"]);
  assert.deepEqual(programs(common), ["highlight"]);
  await common.close();
  const rare = await open([slide(`<h1>One</h1>${code("haskell", "main = case x of")}${code("Gradle", "def x = 1")}`)]);
  assert.deepEqual(await rare.texts(".hljs-keyword"), ["case", "of", "def"]);
  assert.deepEqual(programs(rare), ["highlight", "highlight-more"]);
  await rare.close();
});

test("lines are numbered from where the fence says, and colours go on across them", async () => {
  const text = "/* a\n   b */\nlet x;";
  const stand = await open([slide(`<h1>One</h1>${code("js wrap", text, 'data-line-numbers="" data-ln-start-from="7"')}`)]);
  const rows = await stand.frame.locator(".hljs-ln tr").evaluateAll((found) => found.map((row) => [
    row.querySelector(".hljs-ln-numbers")?.getAttribute("data-line-number"),
    row.querySelector(".hljs-ln-code")?.innerHTML,
  ]));
  assert.deepEqual(rows, [
    ["7", '<span class="hljs-comment">/* a</span>'],
    ["8", '<span class="hljs-comment">   b */</span>'],
    ["9", '<span class="hljs-keyword">let</span> x;'],
  ]);
  assert.equal(await stand.frame.locator(".fragment, .has-highlights").count(), 0);
  await stand.close();
});

/** The marked lines of the block that is on show, by number. */
async function marked(stand: Stand): Promise<string[]> {
  return stand.frame.evaluate(() => {
    const blocks = [...document.querySelectorAll("section.present pre > code")];
    const shown = blocks.filter((block) => !block.classList.contains("fragment") || block.classList.contains("visible"));
    return [...shown.at(-1)?.querySelectorAll(".highlight-line .hljs-ln-numbers") ?? []]
      .map((cell) => cell.getAttribute("data-line-number") ?? "");
  });
}

const STEPS = `<h1>One</h1>${code("rust", RUST, 'data-line-numbers="1|3-4,5|"')}<p class="fragment">last</p>`;

test("line steps are fragments, for whoever looks", async () => {
  for (const role of ["presenter", "follower"] as const) {
    const stand = await open([slide(STEPS), slide("<h1>Two</h1>")], { config: { role } });
    assert.deepEqual(await marked(stand), ["1"]);
    await stand.send({ type: "next" });
    await stand.heard("slide", 1);
    assert.deepEqual(await marked(stand), ["3", "4", "5"]);
    await stand.send({ type: "next" });
    await stand.heard("slide", 2);
    assert.deepEqual(await marked(stand), []);
    await stand.send({ type: "next" });
    await stand.send({ type: "next" });
    const positions = (await stand.heard("slide", 4)).map((message) => message.type === "slide" && [message.index, message.fragment]);
    assert.deepEqual(positions, [[0, 0], [0, 1], [0, 2], [1, -1]], role);
    await stand.close();
  }
});

test("a change of the code keeps the step", async () => {
  const stand = await open([slide(STEPS)], { config: { role: "presenter" }, at: { index: 0, fragment: 0 } });
  await stand.retype(STEPS.replace("a + 1", "a + 2").replace("One", "<b>One</b>"), "h1 b");
  assert.deepEqual(await marked(stand), ["3", "4", "5"]);
  assert.match((await stand.texts("pre > code.visible"))[0] ?? "", /a \+ 2/);
  assert.deepEqual(await stand.messages("slide"), []);
  await stand.close();
});

test("a step scrolls to its lines", async () => {
  const long = Array.from({ length: 80 }, (_, line) => `line ${line + 1}`).join("\n");
  const stand = await open([slide(`<h1>One</h1>${code("text", long, 'data-line-numbers="1|70|2"')}`)], { config: { role: "presenter" } });
  const inSight = (line: number) => stand.frame.waitForFunction((wanted) => {
    const block = [...document.querySelectorAll("pre > code")].filter((candidate) => candidate.matches(":not(.fragment), .visible")).at(-1);
    const row = block?.querySelector(`tr:nth-child(${wanted})`)?.getBoundingClientRect();
    const box = block?.getBoundingClientRect();
    return row && box && row.top >= box.top && row.bottom <= box.bottom;
  }, line);
  await inSight(1);
  for (const line of [70, 2]) {
    await stand.send({ type: "next" });
    await inSight(line);
  }
  await stand.send({ type: "prev" });
  await inSight(70);
  await stand.close();
});

test("code in notes makes no steps", async () => {
  const noted = { ...slide("<h1>One</h1>"), notes: code("rust", RUST, 'data-line-numbers="1|2|3"') };
  const stand = await open([noted, slide("<h1>Two</h1>")], { config: { role: "presenter" } });
  assert.equal(await stand.frame.locator(".fragment").count(), 0);
  await stand.close();
});

test("steps that nobody could step through are bounded", async () => {
  const steps = Array.from({ length: 5000 }, (_, step) => step + 1).join("|");
  const stand = await open([slide(`<h1>One</h1>${code("text", "x\n".repeat(900), `data-line-numbers="${steps}"`)}`)]);
  assert.ok(await stand.frame.locator("pre tr").count() <= 3000);
  await stand.close();
});

test("a program that cannot be had leaves the source, and the same steps", async () => {
  const html = STEPS + maths("a^2") + code("mermaid", FLOW);
  const prepare = (page: Page) => page.route(/\/(katex|highlight|mermaid)-/, (route) => route.abort());
  const stand = await open([slide(html)], { prepare, expectErrors: /ERR_FAILED/ });
  assert.deepEqual(await stand.texts(".math"), ["\\(a^2\\)"]);
  assert.equal(await stand.frame.locator(".fragment").count(), 3);
  await stand.frame.waitForSelector("figure.diagram > pre", { state: "visible" });
  await stand.retype(html.replace("last", "<b>end</b>"), "p b");
  assert.equal(await stand.frame.locator("pre > code").count(), 4);
  await stand.close();
});

test("a program that comes late is put to use then", async () => {
  const held: Route[] = [];
  const prepare = (page: Page) => page.route(/\/(katex|highlight)-[^/]*js$/, (route) => {
    held.push(route);
  });
  const stand = await open([slide(STEPS + maths("a^2"))], { prepare });
  assert.deepEqual(await stand.texts(".math"), ["\\(a^2\\)"]);
  assert.equal(await stand.frame.locator(".hljs-keyword").count(), 0);
  for (const route of held) await route.continue();
  await stand.frame.waitForSelector(".math .katex");
  await stand.frame.waitForSelector(".hljs-keyword");
  assert.equal(await stand.frame.locator(".hljs-keyword").count(), 6);
  assert.equal(await stand.frame.locator(".fragment").count(), 3);
  assert.deepEqual(await marked(stand), ["1"]);
  await stand.close();
});

test("a diagram is a picture", async () => {
  const stand = await open([slide(`<h1>One</h1>${code("mermaid", FLOW)}`)], { config: { role: "follower" } });
  await drawn(stand, "Start, End");
  const found = await stand.frame.evaluate(() => ({
    source: document.querySelector<HTMLImageElement>("figure img")?.src.slice(0, 18),
    line: document.querySelector("figure")?.getAttribute("data-line"),
    rest: document.querySelectorAll(".slides :is(svg, foreignObject), .diagram-scratch > *").length,
    errors: document.querySelectorAll(".diagram-error").length,
  }));
  assert.deepEqual(found, { source: "data:image/svg+xml", line: "2", rest: 0, errors: 0 });
  assert.deepEqual(stand.requested(RICH).map((name) => name.split("-")[0]), ["mermaid"]);
  await stand.page.screenshot({ path: `${ARTEFACTS}/diagram.png` });
  await stand.close();
});

test("every kind of diagram is drawn", async () => {
  const sources = [
    "sequenceDiagram\n  Alice->>Bob: Hello", "classDiagram\n  Animal <|-- Duck", "stateDiagram-v2\n  [*] --> Still",
    "erDiagram\n  A ||--o{ B : has", "gantt\n  title T\n  section S\n  Task :a1, 2024-01-01, 30d", 'pie title Pets\n  "Dogs" : 3\n  "Cats" : 2',
    "gitGraph\n  commit\n  branch b\n  commit", "mindmap\n  root((m))\n    a\n    b", "timeline\n  title T\n  2024 : a",
    "journey\n  title T\n  section S\n    Work: 5: Me", "graph LR\n  A[\"$$x^2$$\"] --> B",
  ];
  const stand = await open(sources.map((source) => slide(`<h1>One</h1>${code("mermaid", source)}`)));
  await stand.frame.waitForFunction(
    (count) => document.querySelectorAll("figure.diagram[data-drawn]").length === count,
    sources.length,
    { timeout: 60_000 },
  );
  assert.deepEqual(await stand.texts(".diagram-error"), []);
  assert.equal(await stand.frame.locator(DRAWN).count(), sources.length);
  for (const index of sources.keys()) {
    await stand.send({ type: "go", index, fragment: -1 });
    await stand.frame.locator("section.present img").waitFor();
    await stand.page.screenshot({ path: `${ARTEFACTS}/diagram-${index}.png` });
  }
  await stand.close();
});

test("the last good picture stays while a diagram is being written", async () => {
  const html = (source: string, text: string) => `<h1>One</h1>${code("mermaid", source)}<p id="t">${text}</p>`;
  const stand = await open([slide(html(FLOW, "a"))]);
  await drawn(stand, "Start, End");
  await stand.frame.evaluate(() => {
    (document.querySelector("figure img") as HTMLElement & { probe?: number }).probe = 1;
  });
  // A change elsewhere keeps the very element.
  await stand.retype(html(FLOW, "<b>b</b>"), "p b");
  assert.equal(await stand.frame.evaluate(() => (document.querySelector("figure img") as HTMLElement & { probe?: number }).probe), 1);
  await stand.retype(html("graph LR\n  A[Start --> B", "c"), ".diagram-error");
  assert.match((await stand.texts(".diagram-error"))[0] ?? "", /^Parse error on line \d$/);
  await drawn(stand, "Start, End");
  assert.equal(await stand.frame.locator("figure > pre").isVisible(), false);
  await stand.retype(html("graph LR\n  A[Start] --> C[Goal]", "d"), "p");
  await drawn(stand, "Start, Goal");
  assert.equal(await stand.frame.locator(".diagram-error").count(), 0);
  // Another diagram above it is not taken for it.
  const two = `<h1>One</h1>${code("mermaid", "nonsense")}<em>e</em>${code("mermaid", "graph LR\n  A[Start] --> C[Goal]")}`;
  await stand.retype(two, "em");
  await stand.frame.waitForSelector(".diagram-error", { timeout: 20_000 });
  assert.deepEqual(await stand.frame.locator("figure.diagram").evaluateAll((figures) =>
    figures.map((figure) => figure.querySelector("img")?.alt ?? "")), ["", "Diagram: Start, Goal"]);
  await stand.close();
});

test("a diagram that never was right shows as its source", async () => {
  const stand = await open([slide(`<h1>One</h1>${code("mermaid", "no diagram at all")}`)]);
  await stand.frame.waitForSelector(".diagram-error", { timeout: 20_000 });
  assert.equal(await stand.frame.locator("figure > pre").isVisible(), true);
  assert.equal(await stand.frame.locator(".diagram-scratch > *").count(), 0);
  await stand.close();
});

test("a diagram has the colours of its slide, also after the slide has changed", async () => {
  const stand = await open([slide(`<h1>One</h1>${code("mermaid", FLOW)}`)]);
  await stand.frame.waitForSelector("figure[data-drawn='light']", { timeout: 20_000 });
  const dark = slide(`<h1>One</h1>${code("mermaid", FLOW)}`, true, [["data-background-color", "#101020"]]);
  await stand.patch([{ op: "replace", index: 0, slide: dark }]);
  await stand.frame.waitForSelector("figure[data-drawn='dark']", { timeout: 20_000 });
  await stand.close();
});

test("hostile diagrams are harmless", async () => {
  const sources = [
    'graph LR\n  A[x] --> B\n  click A "javascript:window.ran=true"\n  click B call alert()',
    'graph LR\n  A["<img src=x onerror=window.ran=true>"] --> B["<script>window.ran=true</script>"]',
    '%%{init: {"securityLevel": "loose", "themeCSS": "@import url(https://example.org/x.css); * { background: url(https://example.org/x.png) }"}}%%\ngraph LR\n  A["<iframe src=https://example.org></iframe>"] --> B',
    'graph LR\n  A@{ img: "https://example.org/x.png" } --> B',
  ];
  const stand = await open(sources.map((source) => slide(`<h1>One</h1>${code("mermaid", source)}`)), { expectErrors: /Failed to load resource|violates the following Content Security Policy/ });
  await stand.frame.waitForFunction((count) => document.querySelectorAll("figure[data-drawn]").length === count, sources.length, { timeout: 20_000 });
  const found = await stand.frame.evaluate(() => ({
    ran: window.ran,
    bad: document.querySelectorAll(".slides :is(script, iframe, svg, figure a), body > iframe").length,
  }));
  assert.deepEqual(found, { ran: undefined, bad: 0 });
  assert.deepEqual(stand.requests.filter((url) => url.includes("example.org/x.css")), []);
  await stand.close();
});

test("a diagram in another language shows as code with a note", async () => {
  const stand = await open([slide(`<h1>One</h1>${code("graphviz", "digraph { a -> b }")}`)]);
  assert.deepEqual(await stand.texts("pre + .code-note"), ["Diagram language “graphviz” is not drawn"]);
  assert.deepEqual(stand.requested(RICH), []);
  await stand.close();
});

test("an embed is a card that loads nothing and tells the page when it is clicked", async () => {
  const href = "https://www.youtube.com/watch?v=aqz-KE-bpKQ";
  const stand = await open(
    [slide(`<h1>One</h1><p><a class="embed youtube" data-embed="aqz-KE-bpKQ" href="${href}">YouTube: aqz-KE-bpKQ</a></p>`)],
    { config: { role: "follower" } },
  );
  const card = stand.frame.locator("a.embed");
  const box = await card.boundingBox();
  assert.ok(box && Math.abs(box.width / box.height - 16 / 9) < 0.05);
  assert.deepEqual(await stand.texts("a.embed > span"), ["", "YouTube: aqz-KE-bpKQ", "youtube.com"]);
  await card.click();
  const [link] = await stand.heard("link");
  assert.equal(link?.type === "link" && link.href, href);
  assert.ok(stand.requests.every((url) => url.startsWith(site.url) || url.startsWith("data:")));
  await stand.page.screenshot({ path: `${ARTEFACTS}/embed.png` });
  await stand.close();
});

test("a quote has the colour that it asks for, if it is one", async () => {
  const quote = (color: string) => `<blockquote><p>q <span class="color" data-color="${color}"></span></p></blockquote>`;
  const stand = await open([slide(`<h1>One</h1>${quote("rgb(1, 2, 3)")}${quote("red; position: fixed")}`)]);
  const edges = await stand.frame.locator("blockquote").evaluateAll((quotes) => quotes.map((found) => (found as HTMLElement).style.borderInlineStartColor));
  assert.deepEqual(edges, ["rgb(1, 2, 3)", ""]);
  await stand.close();
});

/** The texts on a slide whose contrast with what is behind them is too low, and the lowest of all. */
async function contrasts(stand: Stand): Promise<{ low: string[]; lowest: number }> {
  return stand.frame.evaluate(() => {
    const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (color: string) => channels(color).slice(0, 3)
      .map((value) => value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
      .reduce((sum, value, index) => sum + value * ([0.2126, 0.7152, 0.0722][index] ?? 0), 0);
    const behind = (element: Element): string => {
      const color = getComputedStyle(element).backgroundColor;
      return (channels(color)[3] ?? 1) > 0.9 || !element.parentElement ? color : behind(element.parentElement);
    };
    const walker = document.createTreeWalker(document.querySelector("section.present") ?? document.body, NodeFilter.SHOW_TEXT);
    const [low, all]: [string[], number[]] = [[], []];
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (!element?.closest("pre, .alert") || !walker.currentNode.textContent?.trim()) continue;
      const [dark = 0, light = 0] = [getComputedStyle(element).color, behind(element)].map(luminance).sort((a, b) => a - b);
      const contrast = (light + 0.05) / (dark + 0.05);
      all.push(contrast);
      if (contrast < 4.5) low.push(`${element.className} ${walker.currentNode.textContent} ${contrast.toFixed(2)}`);
    }
    return { low, lowest: Math.min(...all) };
  });
}

test("code and containers can be read on every theme, on light and on dark slides", async () => {
  const samples = [
    code("rust", '#[derive(Debug)]\n/// A *doc*.\nstruct Point<T> { x: u32 }\nimpl Point { fn new() -> Self { let s = "t"; vec![0xff]; true } }', 'data-line-numbers=""'),
    code("html", '<!-- c --><a href="x" id=y>text &amp; more</a>'),
    code("css", "a:hover, #b, .c { color: #fff !important; }"),
    code("diff", "@@ -1 +1 @@\n-old\n+new"),
    code("yaml", "key: value # comment\nlist: [1, true]"),
    code("bash", 'echo "$HOME" | grep -v x'),
  ].join("");
  const alerts = ["info", "success", "warning", "danger"]
    .map((kind) => `<div class="alert alert-${kind}"><p>text <a href="https://example.org">link</a> <code>code</code></p></div>`).join("");
  const backgrounds: [string, string][][] = [[], [["data-background-color", "#ffffff"]], [["data-background-color", "#000000"]]];
  const slides = backgrounds.flatMap((attributes) => [samples, alerts].map((html) => slide(`<h1>One</h1>${html}`, true, attributes)));
  for (const theme of [null, ...Object.keys(site.manifest.themes)]) {
    const stand = await open(slides, { config: { theme } });
    for (const index of slides.keys()) {
      await stand.send({ type: "go", index, fragment: -1 });
      await stand.frame.waitForFunction((wanted) => document.querySelector("section.present")?.getAttribute("aria-label")?.startsWith(`Slide ${wanted} `), index + 1);
      const { low } = await contrasts(stand);
      assert.deepEqual(low, [], `${theme}, slide ${index + 1}`);
    }
    await stand.close();
  }
});

test("typing beside maths and code renders neither anew", async () => {
  const formulas = Array.from({ length: 30 }, (_, n) => maths(`\\frac{a_{${n}}}{\\sqrt{b^2 + ${n}}}`)).join(" ");
  const html = (word: string) => `<h1>One</h1><p>${word}</p><p>${formulas}</p>${code("rust", RUST.repeat(10))}`;
  const stand = await open([slide(html("w"))]);
  const asked = stand.requests.length;
  // Whatever KaTeX and highlight.js made goes through a template's or an element's `innerHTML`, once for each block.
  await stand.frame.evaluate(() => {
    const { set } = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML") ?? {};
    document.documentElement.dataset.formulas = "0";
    Object.defineProperty(HTMLTemplateElement.prototype, "innerHTML", {
      set(this: Element, html: string) {
        document.documentElement.dataset.formulas = String(Number(document.documentElement.dataset.formulas) + 1);
        set?.call(this, html);
      },
    });
  });
  for (const word of ["wo", "wor", "word"]) {
    await stand.retype(html(`<b class="${word}">${word}</b>`), `b.${word}`);
    assert.equal(await stand.frame.locator(".katex").count(), 30);
  }
  assert.equal(await stand.frame.evaluate(() => document.documentElement.dataset.formulas), "0");
  assert.equal(stand.requests.length, asked);
  await stand.close();
});
