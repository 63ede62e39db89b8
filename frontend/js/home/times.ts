/** Days, times and spans as people write them, in the language of the page. */

import { t } from "../follow/words.ts";
import type { Cadence, Deck, Series } from "./api.ts";
import { locale } from "./locale.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Below this the seconds are counted. */
const LAST_MINUTES = 10 * MINUTE;
const UNITS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, size: number])[] = [
  ["year", 365.25 * DAY],
  ["month", 30.4375 * DAY],
  ["day", DAY],
  ["hour", HOUR],
  ["minute", MINUTE],
];

/** "3 minutes ago"; nothing for what is no time. */
export function ago(time: string, now: number): string {
  const span = Date.parse(time) - now;
  if (Number.isNaN(span)) return "";
  const [unit, size] = UNITS.find(([, size]) => Math.abs(span) >= size) ?? (["second", 1000] as const);
  // Under a minute "now" says enough.
  const count = unit === "second" ? 0 : Math.round(span / size);
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(count, unit);
}

/** What is to be known of a call to tell its time. */
export type Timed = Pick<Deck, "callAt" | "callAtInstant" | "zone">;

/** When the call of a deck begins, in Unix milliseconds. Without a zone it is this device's. */
export function begins(deck: Timed): number {
  return Date.parse(deck.callAtInstant || deck.callAt || "");
}

/** The date of a call, short: "Thu 25 Apr", with the year when it is another one. */
export function day(civil: string, now: number): string {
  const date = new Date(`${civil.slice(0, 10)}T00:00Z`);
  const year = date.getUTCFullYear() === new Date(now).getFullYear() ? undefined : ("numeric" as const);
  return format(date, { weekday: "short", day: "numeric", month: "short", year, timeZone: "UTC" });
}

/** Day and time of a call where it is: "Thursday, 25 April 2024 at 14:05 CEST". With `now`, this year is left out. */
export function moment(deck: Timed, now?: number): string {
  const at = new Date(begins(deck));
  const isThisYear = now !== undefined && at.getFullYear() === new Date(now).getFullYear();
  return format(at, {
    weekday: "long", day: "numeric", month: "long", year: isThisYear ? undefined : "numeric", hour: "numeric", minute: "2-digit",
    timeZoneName: "short", ...zoneOf(deck),
  });
}

/** The time of a call on this device's clock, when that is another one. */
export function ownTime(deck: Timed): string {
  const style = { weekday: "short", hour: "numeric", minute: "2-digit" } as const;
  const at = new Date(begins(deck));
  const [there, here] = [format(at, { ...style, ...zoneOf(deck) }), format(at, style)];
  return there === here ? "" : here;
}

/** What a clock shows, as people write it: "14:05", "2:05 pm". */
export function clockTime(civil: string): string {
  return format(new Date(`1970-01-01T${civil}Z`), { hour: "numeric", minute: "2-digit", timeZone: "UTC" });
}

/** How long it is until a moment: "in 2 hr 14 min", in the last minutes "in 4:59". */
export function countdown(at: number, now: number, words: (key: string, ...values: string[]) => string = t): string {
  const span = at - now;
  if (span <= -MINUTE) return words("began", spell(-span));
  if (span <= 0) return words("begins_now");
  return words("begins_in", span < LAST_MINUTES ? clock(span) : spell(span));
}

/** "Every other Thursday, 14:05", with the zone when it is not this device's. */
export function rhythm({ cadence, time, zone }: Series): string {
  const said = cadenceWords(cadence);
  const place = zone === ownZone() ? "" : ` ${zone.replaceAll("_", " ")}`;
  return said ? t("rhythm", said, clockTime(time) + place) : "";
}

function cadenceWords({ every, day, week }: Cadence): string {
  const name = day ? weekday(day) : "";
  if (every === "week") return t("every_week", name);
  if (every === "two-weeks") return t("every_two_weeks", name);
  if (every === "month") return t(`month_${week === -1 ? "last" : (week ?? 1)}`, name);
  return "";
}

/** The name of a day: `thu` is "Thursday". */
export function weekday(day: string): string {
  const index = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].indexOf(day);
  // The first of January 2024 was a Monday.
  return index < 0 ? day : format(new Date(Date.UTC(2024, 0, 1 + index)), { weekday: "long", timeZone: "UTC" });
}

function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function zoneOf(deck: Timed): { timeZone?: string } {
  return deck.zone && deck.callAtInstant ? { timeZone: deck.zone } : {};
}

function format(date: Date, style: Intl.DateTimeFormatOptions): string {
  if (Number.isNaN(date.getTime())) return "";
  try {
    return new Intl.DateTimeFormat(locale(), style).format(date);
  } catch {
    // A zone that this browser does not know.
    return new Intl.DateTimeFormat(locale(), { ...style, timeZone: undefined }).format(date);
  }
}

/** The two largest units of a span, rounded down to whole minutes. */
function spell(span: number): string {
  const [days, hours, minutes] = [Math.floor(span / DAY), Math.floor((span % DAY) / HOUR), Math.floor((span % HOUR) / MINUTE)];
  if (days > 0) return [unit(days, "day"), ...(hours > 0 ? [unit(hours, "hour")] : [])].join(" ");
  if (hours > 0) return [unit(hours, "hour"), ...(minutes > 0 ? [unit(minutes, "minute")] : [])].join(" ");
  return unit(minutes, "minute");
}

function unit(count: number, unit: string): string {
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "short" }).format(count);
}

/** Minutes and seconds; what has begun of a second counts as one. */
function clock(span: number): string {
  const seconds = Math.ceil(span / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
