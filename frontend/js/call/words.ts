/** The words that a section is told of with. */

import { t } from "../dialogs/words.ts";
import type { Call, Row } from "./rows.ts";
import { isMissing } from "./rows.ts";
import { callTime, type When } from "./when.ts";

/** What people call a section. */
export function titleOf({ title }: { title: string }): string {
  return title || t("untitled");
}

/** "Ready", "Ready · changed since". */
export function stateOf({ state, changed }: Row): string {
  const name = { notStarted: "not_started", drafting: "drafting", ready: "ready", presented: "presented", noReport: "no_report" }[state];
  return changed ? t("changed_since", t(name)) : t(name);
}

/** "Ada is writing", of those who type in a section. */
export function writing({ writers }: Row): string {
  const names = [...new Set(writers.filter(({ isTyping }) => isTyping).map(({ name }) => name))];
  return names.length === 0 ? "" : t(names.length === 1 ? "is_writing" : "are_writing", list(names));
}

/** "Ada is writing Team Ops". */
export function writingWhere(row: Row): string {
  const names = [...new Set(row.writers.filter(({ isTyping }) => isTyping).map(({ name }) => name))];
  return names.length === 0 ? "" : t(names.length === 1 ? "is_writing_here" : "are_writing_here", list(names), titleOf(row));
}

export function list(words: readonly string[]): string {
  return new Intl.ListFormat(document.documentElement.lang, { type: "conjunction" }).format(words);
}

const UNITS = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3600], ["minute", 60]] as const;

/** "3 minutes ago", "in 2 hours"; under a minute "now" says enough. */
export function relative(at: number, now: number): string {
  const seconds = (at - now) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", Infinity];
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto", style: "short" });
  return format.format(Math.round(seconds / size), unit);
}

/** "3 min ago by Ada". */
export function lastEdit({ editedAt, editedBy }: Row, now: number): string {
  if (editedAt === null) return "";
  // The server's clock may be ahead of this one.
  const when = relative(Math.min(editedAt, now), now);
  return editedBy ? t("edited", when, editedBy) : when;
}

/** Minutes as people write them: "2", "2.5". */
export function minutesOf(minutes: number): string {
  return t("minutes", new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(minutes));
}

/** Where somebody writes a section. */
function linkOf(deck: string, row: Row): string {
  const path = row.text ? `/d/${deck}#line=${row.text.writeLine + 1}` : `/d/${deck}`;
  return new URL(path, location.origin).href;
}

/** A message to those of whom something is missing, for a chat or a mail. */
export function reminder(deck: string, { title, rows, when }: Pick<Call, "title" | "rows"> & { when: When | null }, only?: Row): string {
  const missing = only ? [only] : (rows ?? []).filter(isMissing);
  const call = title || t("the_call");
  const about = when ? t("remind_when", call, callTime(when)) : t("remind", call);
  const lines = missing.map((row) => {
    const name = row.reporter ? `${titleOf(row)} (${row.reporter})` : t("remind_nobody", titleOf(row));
    return `- ${name}: ${linkOf(deck, row)}`;
  });
  const [first] = missing;
  if (only && first) {
    const hello = first.reporter ? t("remind_hello", first.reporter) : t("remind_hello_all");
    return [hello, t(when ? "remind_one_when" : "remind_one", titleOf(first), call, when ? callTime(when) : ""), linkOf(deck, first), t("remind_how")].join("\n");
  }
  return [t("remind_hello_all"), about, ...lines, t("remind_how")].join("\n");
}
