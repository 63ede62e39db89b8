/** What the editor offers to complete: settings, attributes, languages, containers and emoji. */

import {
  acceptCompletion,
  autocompletion,
  snippet,
  startCompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import { Prec, StateEffect, StateField, type EditorState, type Extension } from "@codemirror/state";
import { keymap, type EditorView } from "@codemirror/view";
import { outlineField } from "./outline.ts";
import {
  ATTRIBUTE_VALUES,
  CONTAINERS,
  ELEMENT_ATTRIBUTES,
  FRAGMENTS,
  LANGUAGES,
  SETTINGS,
  SETTING_VALUES,
  SLIDE_ATTRIBUTES,
} from "./vocabulary.ts";

/** What the deck knows: themes, slide options with a description each, emoji with their characters. */
export type Vocabulary = { themes: string[]; options: [string, string][]; emoji: [string, string][] };

/** More of them help nobody, and are slow to draw. */
const MOST_EMOJI = 40;
/** A comment is looked for this far above the caret. */
const LONGEST_COMMENT = 1000;

/** Syntax in which a colon begins no emoji. */
const NOT_PROSE = [
  "InlineCode", "FencedCode", "FrontMatter", "URL", "Comment", "CommentBlock", "Maths", "HTMLBlock", "HTMLTag",
];

/** Replaces what the deck knows. */
export const setVocabulary = StateEffect.define<Vocabulary>();
const vocabularyField = StateField.define<Vocabulary>({
  create: () => ({ themes: [], options: [], emoji: [] }),
  update: (vocabulary, { effects }) => effects.find((effect) => effect.is(setVocabulary))?.value ?? vocabulary,
});

/** Offers words that begin like what is typed; nothing once a word is complete, so that Enter stays Enter. */
function offer(context: CompletionContext, typed: string, words: Completion[], least = 1): CompletionResult | null {
  if (!context.explicit && typed.length < least) return null;
  const lower = typed.toLowerCase();
  const options = words.filter(({ label }) => label.toLowerCase().startsWith(lower));
  if (options.length === 0 || options.some(({ label }) => label === typed)) return null;
  return { from: context.pos - typed.length, options, filter: false };
}

/** Inserts a word and what follows it, and at once offers what comes next. */
function thenMore(before: string, after = ""): Completion["apply"] {
  return (view: EditorView, _completion: Completion, from: number, to: number) => {
    view.dispatch({
      changes: { from, to, insert: before + after },
      selection: { anchor: from + before.length },
      userEvent: "input.complete",
    });
    startCompletion(view);
  };
}

const plain = (label: string): Completion => ({ label });

function settings(context: CompletionContext): CompletionResult | null {
  const { state, pos } = context;
  const { doc } = state;
  const line = doc.lineAt(pos);
  if (!isInFrontMatter(state, line.number)) return null;
  const before = line.text.slice(0, pos - line.from);
  const value = /^\s*(\w+):[ \t]+["']?([\w-]*)$/.exec(before);
  if (value) return offer(context, value[2] ?? "", valuesOf(context, value[1] ?? "").map(plain));
  const key = /^(\s*)(\w*)$/.exec(before);
  if (!key || line.text.slice(before.length).trim() !== "") return null;
  const [, space = "", typed = ""] = key;
  if (!space) {
    const above = doc.sliceString(0, line.from).split("\n");
    return offer(context, typed, SETTINGS
      .filter((name) => !above.some((other) => other.startsWith(`${name}:`)))
      .map((label) => ({ label, apply: label === "slideOptions" ? "slideOptions:\n  " : thenMore(`${label}: `) })));
  }
  let above = line.number - 1;
  while (above > 1 && /^\s|^$/.test(doc.line(above).text)) above--;
  if (!doc.line(Math.max(1, above)).text.startsWith("slideOptions:")) return null;
  return offer(context, typed, state.field(vocabularyField).options
    .map(([label, detail]) => ({ label, detail, apply: thenMore(`${label}: `) })));
}

/** Also while it is begun: then what it is has neither a colon nor an end. */
function isInFrontMatter(state: EditorState, number: number): boolean {
  const { frontMatterEnd, opensWithRule } = state.field(outlineField);
  if (frontMatterEnd > 0) return number > 1 && number < frontMatterEnd;
  if (!opensWithRule || number === 1) return false;
  for (let line = number; line > 1; line--) {
    const { text } = state.doc.line(line);
    if (text.trim() === "---" && line < number) return false;
    if (text.trim() === "" && line < number) return false;
  }
  return state.doc.line(1).text.trimEnd() === "---";
}

function valuesOf({ state }: CompletionContext, key: string): readonly string[] {
  return key === "theme" ? state.field(vocabularyField).themes : (SETTING_VALUES.get(key) ?? []);
}

function attributes(context: CompletionContext): CompletionResult | null {
  const { state, pos } = context;
  const before = state.sliceDoc(Math.max(0, pos - LONGEST_COMMENT), pos);
  const comment = before.slice(before.lastIndexOf("<!--") + 4);
  if (before.length - comment.length < 4 || comment.includes("-->") || isWithin(context, "FencedCode")) return null;
  const start = /^\s*(\.\w*)$/.exec(comment);
  if (start) {
    const kinds = [".slide:", ".element:"].map((label) => ({ label, apply: thenMore(`${label} `) }));
    return offer(context, start[1] ?? "", kinds);
  }
  const kind = /^\s*\.(slide|element):/.exec(comment)?.[1];
  if (!kind) return null;
  const value = /([\w-]+)=(["'])([^"'<>]*)$/.exec(comment);
  if (value) {
    const [, name = "", , typed = ""] = value;
    const values = kind === "element" && name === "class" ? FRAGMENTS : ATTRIBUTE_VALUES.get(name);
    return offer(context, typed, (values ?? []).map(plain), 0);
  }
  const name = /\s([\w-]*)$/.exec(comment);
  const quotes = comment.split(/["']/).length - 1;
  if (!name || quotes % 2 !== 0) return null;
  const names = kind === "slide" ? SLIDE_ATTRIBUTES : ELEMENT_ATTRIBUTES;
  return offer(context, name[1] ?? "", names
    .filter((label) => !comment.includes(` ${label}=`))
    .map((label) => ({ label, apply: thenMore(`${label}="`, '"') })));
}

function languages(context: CompletionContext): CompletionResult | null {
  const { state, pos } = context;
  const line = state.doc.lineAt(pos);
  const typed = /^[ \t>]*(?:[-*+][ \t]+)?(?:`{3,}|~{3,})([\w-]*)$/.exec(line.text.slice(0, pos - line.from))?.[1];
  if (typed === undefined || line.to > pos) return null;
  const block = nodeAround(context, "FencedCode");
  // On the line that closes a block there is no language.
  if (block && block.from < line.from) return null;
  return offer(context, typed, LANGUAGES.map(plain));
}

function containers(context: CompletionContext): CompletionResult | null {
  const { state, pos } = context;
  const line = state.doc.lineAt(pos);
  const typed = /^:::[ \t]*(\w*)$/.exec(line.text.slice(0, pos - line.from))?.[1];
  if (typed === undefined || line.to > pos || isWithin(context, "FencedCode")) return null;
  return offer(context, typed, CONTAINERS.map((label) => ({ label, apply: snippet(`${label}\n\${}\n:::`) })));
}

function emoji(context: CompletionContext): CompletionResult | null {
  const found = context.matchBefore(/(?:^|[^\w:/])?:[a-z0-9_+-]+$/i);
  if (!found) return null;
  const typed = found.text.slice(found.text.indexOf(":") + 1).toLowerCase();
  const before = context.state.sliceDoc(Math.max(0, context.pos - typed.length - 2), context.pos - typed.length - 1);
  if (/[\w:/]/.test(before) || typed.length < (context.explicit ? 1 : 2)) return null;
  if (NOT_PROSE.some((name) => isWithin(context, name))) return null;
  const all = context.state.field(vocabularyField).emoji;
  const starts = all.filter(([name]) => name.startsWith(typed));
  const others = all.filter(([name]) => !name.startsWith(typed) && name.includes(`_${typed}`));
  const options = [...starts, ...others].slice(0, MOST_EMOJI)
    .map(([name, character]) => ({ label: `:${name}:`, displayLabel: `${character} :${name}:` }));
  return options.length > 0 ? { from: context.pos - typed.length - 1, options, filter: false } : null;
}

function nodeAround({ state, pos }: CompletionContext, name: string) {
  let node = syntaxTree(state).resolveInner(pos, -1);
  while (node.name !== name && node.parent) node = node.parent;
  return node.name === name ? node : null;
}

function isWithin(context: CompletionContext, name: string): boolean {
  return nodeAround(context, name) !== null;
}

/** Enter and Tab accept, Escape closes. */
export const completion: Extension = [
  vocabularyField,
  autocompletion({
    override: [settings, attributes, languages, containers, emoji],
    icons: false,
  }),
  Prec.highest(keymap.of([{ key: "Tab", run: acceptCompletion }])),
];
