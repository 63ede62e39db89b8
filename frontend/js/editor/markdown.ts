/** The deck's language in the editor: Markdown with front matter, and code in some languages. */

import {
  defineLanguageFacet,
  HighlightStyle,
  indentNodeProp,
  Language,
  languageDataProp,
  ParseContext,
  StreamLanguage,
  syntaxHighlighting,
} from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import type { Parser } from "@lezer/common";
import { parser as css } from "@lezer/css";
import { tags } from "@lezer/highlight";
import { configureNesting, parser as htmlParser } from "@lezer/html";
import { GFM, parseCode, parser as commonmark, Subscript, Superscript } from "@lezer/markdown";
import { parser as yaml } from "@lezer/yaml";
import { deckSyntax } from "./grammar.ts";

// The packages that wrap these parsers complete and close tags, and bring all of JavaScript's
// grammar for scripts that no deck may have: they would double the editor's size.
const style = css.configure({ top: "Styles" });
const html = htmlParser.configure({
  dialect: "noMatch",
  wrap: configureNesting([{ tag: "style", parser: css }], [{ name: "style", parser: style }]),
});

/** The languages of code blocks that are coloured; others are plain, or the editor would grow too big. */
const CODE: Record<string, Parser> = { css, html, xml: html, yaml, yml: yaml };

/** Those that are loaded with the first block of their kind, by the names of their modes. */
const LOADED: Record<string, Mode> = {
  js: "javascript",
  javascript: "javascript",
  jsx: "javascript",
  ts: "typescript",
  typescript: "typescript",
  json: "json",
  bash: "shell",
  sh: "shell",
  shell: "shell",
};

/** Where their program is, beside this one; the build fills it in. */
declare const MODES: string;
type Mode = keyof typeof import("../modes.ts");
const parsers = new Map<Mode, Parser>();
let loading: Promise<unknown> | null = null;

/** Until it is loaded such a block is plain; it stays so if it cannot be loaded. */
function loaded(mode: Mode): Parser | null {
  const parser = parsers.get(mode);
  if (parser || loading === FAILED) return parser ?? null;
  const program = MODES;
  loading ??= import(program).then((modes: typeof import("../modes.ts")) => {
    for (const name of ["javascript", "typescript", "json", "shell"] as const) {
      parsers.set(name, StreamLanguage.define<unknown>(modes[name]).parser);
    }
  }, () => {
    loading = FAILED;
  });
  return ParseContext.getSkippingParser(loading);
}

const FAILED = Promise.resolve();

/** An info string goes on behind the language: `js=5`, `js!`. */
function codeParser(info: string): Parser | null {
  const name = /^[\w+#-]*/.exec(info)?.[0].toLowerCase() ?? "";
  if (Object.hasOwn(LOADED, name)) return loaded(LOADED[name]!);
  return Object.hasOwn(CODE, name) ? (CODE[name] ?? null) : null;
}

const quiet = { color: "var(--muted)" };
const string = { color: "light-dark(#12704a, #5fd29a)" };
const colours = HighlightStyle.define([
  { tag: tags.heading, fontWeight: "700" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strikethrough, textDecoration: "line-through" },
  { tag: tags.inserted, textDecoration: "underline" },
  { tag: tags.special(tags.content), backgroundColor: "color-mix(in srgb, var(--warn, #f0b94d) 20%, transparent)" },
  { tag: [tags.link, tags.url], color: "var(--accent)" },
  { tag: tags.monospace, ...string },
  { tag: [tags.processingInstruction, tags.meta, tags.contentSeparator], ...quiet },
  { tag: [tags.quote, tags.comment], ...quiet },
  { tag: [tags.tagName, tags.angleBracket, tags.keyword, tags.operatorKeyword], color: "light-dark(#7d3ba6, #c9a2ff)" },
  {
    tag: [tags.attributeName, tags.propertyName, tags.definition(tags.propertyName)],
    color: "light-dark(#8a5200, #f0b94d)",
  },
  { tag: [tags.attributeValue, tags.string], ...string },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.color], color: "light-dark(#ab247e, #f7a2ef)" },
  { tag: tags.special(tags.string), color: "light-dark(#ab247e, #f7a2ef)" },
]);

const facet = defineLanguageFacet({ commentTokens: { block: { open: "<!--", close: "-->" } } });
const parser = commonmark.configure([
  GFM,
  Subscript,
  Superscript,
  parseCode({ codeParser, htmlParser: html }),
  ...deckSyntax,
  { props: [indentNodeProp.add({ Document: () => null }), languageDataProp.add({ Document: facet })] },
]);

/** Language and colours. */
export const deckLanguage: Extension = [new Language(facet, parser, [], "markdown"), syntaxHighlighting(colours)];
