/** The deck's language in the editor: Markdown with front matter, and code in some languages. */

import {
  defineLanguageFacet,
  HighlightStyle,
  indentNodeProp,
  Language,
  languageDataProp,
  StreamLanguage,
  syntaxHighlighting,
} from "@codemirror/language";
import { javascript, json, typescript } from "@codemirror/legacy-modes/mode/javascript";
import { shell } from "@codemirror/legacy-modes/mode/shell";
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
const stream = (...[parser]: Parameters<typeof StreamLanguage.define>) => StreamLanguage.define(parser).parser;
const [scripts, typed, data, bash] = [stream(javascript), stream(typescript), stream(json), stream(shell)];

/** The languages of code blocks that are coloured; others are plain, or the editor would grow too big. */
const CODE: Record<string, Parser> = {
  js: scripts,
  javascript: scripts,
  jsx: scripts,
  ts: typed,
  typescript: typed,
  css,
  html,
  xml: html,
  json: data,
  yaml,
  yml: yaml,
  bash,
  sh: bash,
  shell: bash,
};

/** An info string goes on behind the language: `js=5`, `js!`. */
function codeParser(info: string): Parser | null {
  const name = /^[\w+#-]*/.exec(info)?.[0].toLowerCase() ?? "";
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
