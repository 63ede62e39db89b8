/** The words of these pages, in the language that the server chose; the catalogue has them all. */

let words: Record<string, string> = {};

/** Reads the words that came with the page. */
export function readWords(): void {
  words = JSON.parse(document.getElementById("texts")?.textContent || "{}") as Record<string, string>;
}

/** A text with its values: `{0}`, `{1}` stand for them. */
export function t(key: string, ...values: (string | number)[]): string {
  const text = words[key] ?? key;
  return values.reduce<string>((filled, value, index) => filled.replaceAll(`{${index}}`, String(value)), text);
}
