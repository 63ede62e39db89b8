/** What a series is called: as its deck, without the date of that one call. */

/** "2026-11-26", "26.11.2026", "11/26/2026". */
const NUMBERS = String.raw`\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\s?\d{1,2}[-./]\s?(?:\d{4}|\d{2})`;
/** What stands between a name and its date. */
const BETWEEN = String.raw`[\s,;:|·–—(\[-]+`;

let pattern: RegExp | null = null;

export function withoutDate(title: string): string {
  pattern ??= datePattern();
  // A title that is nothing but a date is a name after all.
  return title.trim().replace(pattern, "").trim() || title.trim();
}

/** A date at the end, in numbers or in words, perhaps with its weekday. */
function datePattern(): RegExp {
  const months = names({ month: "long" }, 12, 31).concat(names({ month: "short" }, 12, 31));
  const days = names({ weekday: "long" }, 7, 1).concat(names({ weekday: "short" }, 7, 1));
  const month = `(?:${months.join("|")})\\.?`;
  const day = String.raw`\d{1,2}(?:st|nd|rd|th|\.)?`;
  const year = String.raw`(?:,?\s+\d{4})?`;
  const words = `${day}\\s+(?:of\\s+)?${month}${year}|${month}\\s+${day}${year}|${month}\\s+\\d{4}`;
  const preposition = "(?:(?:on|of|for|am|vom)(?:\\s+the)?\\s+)?";
  return new RegExp(`${BETWEEN}${preposition}(?:(?:${days.join("|")})\\.?,?\\s+)?(?:${NUMBERS}|${words})[)\\]]?$`, "iu");
}

/** Months or weekdays in the languages of the application; the longer ones first. */
function names(style: Intl.DateTimeFormatOptions, count: number, step: number): string[] {
  const made = ["en", "de"].flatMap((language) => {
    const format = new Intl.DateTimeFormat(language, { ...style, timeZone: "UTC" });
    // The first of January 2024 was a Monday.
    return Array.from({ length: count }, (_, index) => format.format(Date.UTC(2024, 0, 1 + index * step)).replace(".", ""));
  });
  return [...new Set(made)].sort((one, other) => other.length - one.length);
}
