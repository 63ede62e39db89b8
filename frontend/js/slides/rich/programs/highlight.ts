/** Colours of code, as a script of its own: highlight.js with the languages that most code on slides is in. */

import hljs from "highlight.js/lib/core";
import type { LanguageFn } from "highlight.js";
import bash from "highlight.js/lib/languages/bash";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import markdown from "highlight.js/lib/languages/markdown";
import nginx from "highlight.js/lib/languages/nginx";
import python from "highlight.js/lib/languages/python";
import rust from "highlight.js/lib/languages/rust";
import shell from "highlight.js/lib/languages/shell";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

// A language comes after those that are written inside of it.
add({
  bash, diff, dockerfile, go, ini, java, javascript, json, nginx, python, rust, shell, typescript, xml, yaml, markdown,
});
// Close enough to be read with colours, and often written.
hljs.registerAliases(["vue", "svelte"], { languageName: "xml" });
hljs.registerAliases(["hcl", "terraform", "tf"], { languageName: "ini" });

/** Further languages, by their names. */
export function add(languages: Record<string, LanguageFn>): void {
  for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);
}

/** Other names for a language. */
export function alias(names: string[], languageName: string): void {
  hljs.registerAliases(names, { languageName });
}

/** The code as HTML, or `null` for a language that is not known. */
export function highlight(language: string, code: string): string | null {
  if (!hljs.getLanguage(language)) return null;
  return hljs.highlight(code, { language, ignoreIllegals: true }).value;
}
