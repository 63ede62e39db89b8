/** Builds dist/: the programs, texts, style sheets, the pages that the server fills in and the fonts, under content-hashed names. */

import { build, transform } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { inLanguage, pageTexts, readCatalogue, textsIn } from "./texts.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const modules = join(here, "node_modules");
const target = "es2022";

/** The fonts of each family: package, and the weights that the themes use. */
const FAMILIES = {
  Lato: ["@fontsource/lato", ["400", "400-italic", "700", "700-italic"]],
  "League Gothic": ["@fontsource/league-gothic", ["400"]],
  Montserrat: ["@fontsource/montserrat", ["700"]],
  "News Cycle": ["@fontsource/news-cycle", ["400", "700"]],
  "Open Sans": ["@fontsource/open-sans", ["400", "400-italic", "700", "700-italic"]],
  Quicksand: ["@fontsource/quicksand", ["400", "700"]],
  "Source Sans Pro": ["@fontsource/source-sans-pro", ["400", "400-italic", "600", "600-italic"]],
  Ubuntu: ["@fontsource/ubuntu", ["300", "300-italic", "700", "700-italic"]],
  "Inter Variable": ["@fontsource-variable/inter", ["index", "wght-italic"]],
  "JetBrains Mono Variable": ["@fontsource-variable/jetbrains-mono", ["index"]],
};

/** reveal's themes; which families each one needs is read from its style sheet. */
const THEMES = [
  "beige", "black", "blood", "dracula", "league", "moon", "night", "serif", "simple", "sky",
  "solarized", "white",
];

/** Those with light text; their code is light on dark as well. */
const DARK_THEMES = new Set(["black", "blood", "dracula", "league", "moon", "night"]);
const DARK_CODE = ":root{--slide-scheme:dark;--code-color:#e9ecf1;--code-background:#2a303c;" +
  // Links keep the theme's colour on dark slides and get another on light ones.
  "--dark-link:var(--r-link-color);--light-link:#16499f}" +
  // Two of them colour code themselves, for dark slides only.
  ".reveal .has-light-background code{color:var(--code-color);background:var(--code-background)}";

/** What cannot be read in a theme as it comes: its contrast is below what WCAG asks for. */
const MENDED = {
  blood: ":root{--r-link-color:#ff7b7b;--r-link-color-hover:#ffa3a3}",
  dracula: ".reveal section.has-light-background :is(blockquote,blockquote p){color:#171a21}",
  solarized: ":root{--r-main-color:#526970}",
};

/** Browsers fetch a subset only when a slide holds one of its characters. */
const SUBSETS = {
  latin:
    "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
  "latin-ext":
    "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF",
};

/** mermaid's rare formulas are left to the KaTeX that the frame has, instead of a second one within mermaid. */
const sharedKatex = {
  name: "shared-katex",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^katex$/ }, ({ importer }) =>
      importer.includes("/node_modules/mermaid/") ? { path: "katex", namespace: "shared" } : undefined);
    onLoad({ filter: /^katex$/, namespace: "shared" }, () =>
      ({ contents: "export default globalThis.ondeckKatex;" }));
  },
};

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

/** Writes a file under its content-hashed name and returns that name. */
async function emit(name, contents) {
  const hash = createHash("sha256").update(contents).digest("base64url");
  const [stem, extension] = [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf("."))];
  const hashed = `${stem}-${hash.replace(/[-_]/g, "").slice(0, 8)}${extension}`;
  await writeFile(join(dist, hashed), contents);
  return hashed;
}

async function minifyCss(css) {
  return (await transform(css, { loader: "css", minify: true, target })).code;
}

/**
 * Bundles a program; a script that is no module leaves what it exports in the global `name`. What stands in
 * `define` is put in as it is.
 */
async function bundle(entry, format, name, define) {
  const result = await build({
    entryPoints: [join(here, entry)],
    bundle: true,
    minify: true,
    format,
    globalName: name,
    define,
    plugins: [sharedKatex],
    target,
    write: false,
    legalComments: "none",
    charset: "utf8",
    absWorkingDir: here,
  });
  return result.outputFiles[0].contents;
}

const fonts = new Set();

/** The `@font-face` rules of a family; its files are emitted once, whoever asks. */
async function fontFaces(family) {
  const [name, styles] = FAMILIES[family];
  const rules = [];
  for (const style of styles) {
    for (const [subset, range] of Object.entries(SUBSETS)) {
      const rule = await fontFace(family, name, style, subset, range);
      if (rule) rules.push(rule);
    }
  }
  return rules.join("\n");
}

async function fontFace(family, name, style, subset, range) {
  const variable = name.startsWith("@fontsource-variable/");
  const italic = style.endsWith("-italic") ? "italic" : "normal";
  const weight = variable ? "wght" : style.replace("-italic", "");
  const file = `${basename(name)}-${subset}-${weight}-${italic}.woff2`;
  const contents = await readFile(join(modules, name, "files", file)).catch(() => null);
  if (!contents && subset === "latin") throw new Error(`${name} has no ${file}`);
  // Not every family has the extended subset.
  if (!contents) return null;
  const hashed = await emit(file, contents);
  fonts.add(hashed);
  const weights = variable ? await variableWeights(name) : weight;
  return `@font-face{font-family:"${family}";font-style:${italic};font-weight:${weights};` +
    `font-display:swap;src:url(${hashed}) format("woff2");unicode-range:${range}}`;
}

async function variableWeights(name) {
  const css = await readFile(join(modules, name, "index.css"), "utf8");
  return /font-weight: (\d+ \d+)/.exec(css)[1];
}

async function revealTheme(name) {
  const source = await readFile(join(modules, "reveal.js/dist/theme", `${name}.css`), "utf8");
  // Google's imports and the embedded WOFF files give way to fonts of our own.
  let bare = source.replace(/@import\s*"[^"]*";/g, "").replace(/@font-face\{[^}]*\}/g, "");
  if (DARK_THEMES.has(name)) bare += DARK_CODE;
  bare += MENDED[name] ?? "";
  const families = Object.keys(FAMILIES).filter((family) => bare.includes(family));
  const faces = await Promise.all(families.map(fontFaces));
  return emit(`theme-${name}.css`, await minifyCss([...faces, bare].join("\n")));
}

async function ondeckTheme() {
  const faces = await Promise.all(["Inter Variable", "JetBrains Mono Variable"].map(fontFaces));
  const source = await readFile(join(here, "themes/ondeck.css"), "utf8");
  return emit("theme-ondeck.css", await minifyCss([...faces, source].join("\n")));
}

async function slidesCss() {
  const parts = await Promise.all([
    readFile(join(modules, "reveal.js/dist/reset.css"), "utf8"),
    readFile(join(modules, "reveal.js/dist/reveal.css"), "utf8"),
    readFile(join(here, "themes/slides.css"), "utf8"),
    readFile(join(here, "themes/rich.css"), "utf8"),
  ]);
  return emit("slides.css", await minifyCss(parts.join("\n")));
}

/** The application's own two families, for its style sheet to import by link. */
async function appFonts() {
  const faces = await Promise.all(["Inter Variable", "JetBrains Mono Variable"].map(fontFaces));
  return emit("fonts.css", await minifyCss(faces.join("\n")));
}

/** KaTeX's style sheet with fonts of our own names, in the one format that every browser reads. */
async function katexCss() {
  const folder = join(modules, "katex/dist");
  let css = await readFile(join(folder, "katex.css"), "utf8");
  for (const [source, path] of css.matchAll(/src: url\((fonts\/[^)]+\.woff2)\)[^;]*;/g)) {
    const hashed = await emit(basename(path), await readFile(join(folder, path)));
    fonts.add(hashed);
    css = css.replace(source, `src: url(${hashed}) format("woff2");`);
  }
  if (css.includes("fonts/")) throw new Error("KaTeX's style sheet names fonts in another way than expected");
  return emit("katex.css", await minifyCss(css));
}

/** The scripts and the style sheet that the frame loads only for decks that need them. */
async function rich() {
  const script = (name, global) => bundle(`slides/rich/programs/${name}.ts`, "iife", global)
    .then((code) => emit(`${name}.js`, code));
  return {
    "katex.js": await script("katex", "ondeckKatex"),
    "katex.css": await katexCss(),
    "highlight.js": await script("highlight", "ondeckHighlight"),
    "highlight-more.js": await script("highlight-more", "ondeckHighlightMore"),
    "mermaid.js": await script("mermaid", "ondeckMermaid"),
  };
}

const catalogue = readCatalogue(await readFile(join(here, "../src/i18n/catalogue.rs"), "utf8"));

/** The application's texts in a language that is not part of the WASM. */
function texts(language) {
  return emit(`texts-${language}.json`, textsIn(catalogue, language));
}

/** What the server makes the pages of followers and of the phone remote of. */
async function follow() {
  const words = pageTexts(catalogue.follow);
  const template = await readFile(join(here, "follow.html"), "utf8");
  const faces = await fontFaces("Inter Variable");
  const css = await readFile(join(here, "themes/follow.css"), "utf8");
  return {
    "follow.js": await bundle("follow.ts", "esm").then((code) => emit("follow.js", code)),
    "follow.css": await emit("follow.css", await minifyCss(`${faces}\n${css}`)),
    "follow.html": await emit("follow.html", inLanguage(template, "en", words.en)),
    "follow-de.html": await emit("follow-de.html", inLanguage(template, "de", words.de)),
    "follow-texts.json": await emit("follow-texts.json", JSON.stringify(words)),
  };
}

/** What the server makes the page behind a link with a code of; its colours and letters are those of the followers' page. */
async function joinPage() {
  const words = pageTexts(catalogue.join);
  const template = await readFile(join(here, "join.html"), "utf8");
  const css = await readFile(join(here, "themes/join.css"), "utf8");
  return {
    "join.js": await bundle("join.ts", "esm").then((code) => emit("join.js", code)),
    "join.css": await emit("join.css", await minifyCss(css)),
    "join.html": await emit("join.html", inLanguage(template, "en", words.en)),
    "join-de.html": await emit("join-de.html", inLanguage(template, "de", words.de)),
    "join-texts.json": await emit("join-texts.json", JSON.stringify(words)),
  };
}

/** What the server makes the first page of; its colours and letters are the application's. */
async function homePage() {
  const words = pageTexts(catalogue.home);
  const template = await readFile(join(here, "home.html"), "utf8");
  const css = await readFile(join(here, "themes/home.css"), "utf8");
  const page = (language) => {
    // `<` cannot end the script element early when it is written as an escape.
    const texts = JSON.stringify(words[language]).replaceAll("<", "\\u003c");
    return inLanguage(template, language, words[language]).replace("{{texts}}", () => texts);
  };
  return {
    "home.js": await bundle("home.ts", "esm").then((code) => emit("home.js", code)),
    "home.css": await emit("home.css", await minifyCss(css)),
    "home.html": await emit("home.html", page("en")),
    "home-de.html": await emit("home-de.html", page("de")),
  };
}

/** What a call adds to the pages of its deck; talk's styles are a file of their own. */
async function callFiles() {
  const sheets = ["call", "call-discussion"].map((name) => readFile(join(here, `themes/${name}.css`), "utf8"));
  const css = await emit("call.css", await minifyCss((await Promise.all(sheets)).join("\n")));
  const define = { DIALOG_TEXTS: JSON.stringify(pageTexts(catalogue.call)), CALL_CSS: JSON.stringify(css) };
  return { "call.js": await emit("call.js", await bundle("call.ts", "esm", undefined, define)), "call.css": css };
}

const dialogWords = { DIALOG_TEXTS: JSON.stringify(pageTexts(catalogue.dialogs)) };

// First what the editor loads when it needs it: it finds them beside itself.
const guard = await bundle("guard.ts", "esm").then((code) => emit("guard.js", code));
const modes = await bundle("modes.ts", "esm").then((code) => emit("modes.js", code));
const besideEditor = { GUARD: JSON.stringify(`./${guard}`), MODES: JSON.stringify(`./${modes}`) };

const [editor, kept, dialogs, slides, german, css, appCss, followFiles, joinFiles, homeFiles, callJs, richFiles, ondeck, ...themes] = await Promise.all([
  bundle("editor.ts", "esm", undefined, besideEditor).then((code) => emit("editor.js", code)),
  bundle("kept.ts", "esm").then((code) => emit("kept.js", code)),
  bundle("dialogs.ts", "esm", undefined, dialogWords).then((code) => emit("dialogs.js", code)),
  bundle("slides.ts", "iife").then((code) => emit("slides.js", code)),
  texts("de"),
  slidesCss(),
  appFonts(),
  follow(),
  joinPage(),
  homePage(),
  callFiles(),
  rich(),
  ondeckTheme(),
  ...THEMES.map(revealTheme),
]);

const manifest = {
  "editor.js": editor,
  "guard.js": guard,
  "modes.js": modes,
  "kept.js": kept,
  "dialogs.js": dialogs,
  "slides.js": slides,
  "slides.css": css,
  "texts-de.json": german,
  "fonts.css": appCss,
  ...followFiles,
  ...joinFiles,
  ...homeFiles,
  ...callJs,
  rich: richFiles,
  themes: Object.fromEntries([
    ...THEMES.map((name, index) => [name, themes[index]]),
    ["ondeck", ondeck],
  ]),
  fonts: [...fonts].sort(),
};
/** The font of the application and of every page, as far as Latin goes. */
const INTER = manifest.fonts.filter((name) => name.startsWith("inter-latin-wght-normal"));

/** What following live costs a browser that has nothing yet: these files. */
const FOLLOWING = [
  manifest["follow.html"], manifest["follow.js"], manifest["follow.css"], manifest["slides.js"], manifest["slides.css"],
  manifest.themes.ondeck,
  ...manifest.fonts.filter((name) => /^(inter|jetbrains-mono)-latin-wght-normal/.test(name)),
  // A frame of an opaque origin shares no cache with the page: the font of both comes twice.
  ...INTER,
];
/** The most that following live may cost: a few seconds on a slow phone. */
const FOLLOWING_LIMIT = 400_000;
/** What the first page costs, with its dialogs, which come once somebody does something. */
const HOME = [manifest["home.html"], manifest["home.js"], manifest["home.css"], "../../style.css", manifest["dialogs.js"], ...INTER];
/** The most that the first page may cost: nobody waits for a list. */
const HOME_LIMIT = 150_000;

/** Prints what files weigh, in bytes as the server sends them, and refuses more than a limit. */
async function weigh(what, files, limit) {
  const weights = await Promise.all(files.map(async (name) => {
    const contents = await readFile(join(dist, name));
    return [basename(name), name.endsWith(".woff2") ? contents.length : brotliCompressSync(contents).length];
  }));
  const weight = weights.reduce((sum, [, size]) => sum + size, 0);
  console.log(`${what}: ${(weight / 1000).toFixed(1)} kB (${weights.map(([name, size]) => `${name} ${(size / 1000).toFixed(1)}`).join(", ")})`);
  if (weight > limit) throw new Error(`${what} takes more than ${limit / 1000} kB`);
}

await weigh("following live", FOLLOWING, FOLLOWING_LIMIT);
await weigh("the first page", HOME, HOME_LIMIT);

await writeFile(join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
