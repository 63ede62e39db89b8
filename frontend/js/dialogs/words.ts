/** The words of these dialogs, in the language of the page; the build takes them from the catalogue. */

/** By language and key; `build.mjs` puts it in. */
declare const DIALOG_TEXTS: Record<string, Record<string, string>>;

/** A text with its values: `{0}`, `{1}` stand for them. */
export function t(key: string, ...values: string[]): string {
  const words = DIALOG_TEXTS[document.documentElement.lang] ?? DIALOG_TEXTS["en"] ?? {};
  // In one pass: a value may itself look like a place for another.
  return (words[key] ?? key).replace(/\{(\d)\}/g, (_, index) => values[Number(index)] ?? "");
}

/** A moment as people write it: "22 Nov 2026, 10:00". */
export function moment(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const style = { dateStyle: "medium", timeStyle: "short" } as const;
  return new Intl.DateTimeFormat(document.documentElement.lang, style).format(date);
}
