/** Reads the catalogue of the application's texts, and makes the file of one language out of it. */

const TOKEN = /\/\/[^\n]*|"(?:[^"\\]|\\.)*"|[\w-]+|[{}():,]/g;

/**
 * The sections of `frontend/src/i18n/catalogue.rs`: `{ texts: { saved: { en, de }, … }, problems, editor, follow, join }`.
 * A text about a number of things is a list of two.
 */
export function readCatalogue(source) {
  const body = source.slice(source.indexOf("catalogue! {") + "catalogue! {".length);
  const tokens = body.match(TOKEN).filter((token) => !token.startsWith("//"));
  let at = 0;
  const name = (token) => (token.startsWith('"') ? JSON.parse(token) : token);

  function value() {
    const token = tokens[at++];
    if (token.startsWith('"')) return JSON.parse(token);
    if (token !== "(") throw new Error(`${token} where a text was expected`);
    const several = [];
    while (tokens[at] !== ")") {
      if (tokens[at] === ",") at += 1;
      else several.push(value());
    }
    at += 1;
    return several;
  }

  function group() {
    const entries = {};
    while (tokens[at] !== "}") {
      if (at >= tokens.length) throw new Error("the catalogue is cut short");
      if (tokens[at] === ",") {
        at += 1;
        continue;
      }
      const key = name(tokens[at++]);
      const opening = tokens[at++];
      if (key in entries) throw new Error(`${key} stands twice in the catalogue`);
      if (opening !== ":" && opening !== "{") throw new Error(`${opening} behind ${key}`);
      entries[key] = opening === ":" ? value() : group();
    }
    at += 1;
    return entries;
  }

  return group();
}

/** The file of a language: the texts in the catalogue's order, as the application reads them, and the others by their keys. */
export function textsIn(catalogue, language) {
  const only = (section) =>
    Object.fromEntries(Object.entries(section).map(([key, languages]) => [key, languages[language]]));
  return JSON.stringify({
    texts: Object.values(only(catalogue.texts)).flat(),
    problems: only(catalogue.problems),
    editor: only(catalogue.editor),
  });
}

/** The texts of pages that the server makes, by language and key: they come with its HTML. */
export function pageTexts(section) {
  const languages = ["en", "de"].map((language) => [
    language,
    Object.fromEntries(Object.entries(section).map(([key, texts]) => [key, texts[language]])),
  ]);
  return Object.fromEntries(languages);
}

/** The server's template in a language: `[[key]]` stands for a text. */
export function inLanguage(template, language, texts) {
  return template.replace(/\[\[(\w+)\]\]/g, (_, key) => {
    if (key === "lang") return language;
    const text = texts[key];
    if (text === undefined) throw new Error(`the catalogue has no ${key}`);
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  });
}
