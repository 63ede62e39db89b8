/** Which decks are shown, in which groups and order. Pure: the page only draws it. */

import type { Deck, Decks, Series } from "./api.ts";
import { begins } from "./times.ts";

/** What one may look at. */
export const FILTERS = ["all", "series", "mine", "archive", "bin"] as const;
export type Filter = (typeof FILTERS)[number];

/** Decks that belong together; those without a series are the last group. */
export interface Group {
  series: Series | null;
  decks: Deck[];
}

/** A call is the next one until so long after its beginning: until then it may well go on. */
const CALL_LASTS_MS = 2 * 60 * 60_000;

/** The call that everybody is preparing, or is in. */
export function nextCall(decks: Deck[], now: number): Deck | null {
  const calls = decks.filter((deck) => !deck.isTemplate && begins(deck) + CALL_LASTS_MS > now);
  calls.sort((one, other) => Number(other.live ?? false) - Number(one.live ?? false) || begins(one) - begins(other));
  return calls[0] ?? null;
}

/** The series whose next call nobody has made yet: the one that is due first. */
export function dueSeries({ decks, series }: Decks): Series | null {
  const isMade = ({ id, next }: Series) => decks.some((deck) => deck.series === id && deck.callAt?.slice(0, 10) === next?.slice(0, 10));
  const due = series.filter((one) => one.next && !isMade(one));
  return due.sort((one, other) => (one.next! < other.next! ? -1 : 1))[0] ?? null;
}

/** The decks of a list under a filter that hold the words of a search, by series. */
export function groups({ decks, series }: Decks, filter: Filter, search: string): Group[] {
  const names = new Map(series.map((one) => [one.id, one]));
  const own = (deck: Deck) => names.get(deck.isTemplate ? deck.id : (deck.series ?? "")) ?? null;
  const shown = decks.filter((deck) => {
    const one = own(deck);
    if (filter === "series" && !one) return false;
    if (filter === "mine" && !(deck.mine ?? true)) return false;
    return matches([deck.title, one?.name ?? "", deck.callAt?.slice(0, 10) ?? ""].join(" "), search);
  });
  // In the bin and the archive what was put there last is looked for; series have no order there.
  if (filter === "archive" || filter === "bin") return grouped([{ series: null, decks: shown.sort(byChange) }]);
  const ordered = [...series].sort((one, other) => one.name.localeCompare(other.name));
  const all = ordered.map((one) => ({ series: one, decks: shown.filter((deck) => own(deck) === one).sort(byCall) }));
  const rest = { series: null, decks: shown.filter((deck) => !own(deck)).sort(byCall) };
  return grouped([...all, rest]);
}

function grouped(all: Group[]): Group[] {
  return all.filter(({ decks }) => decks.length > 0);
}

/** Every word of a search stands somewhere, whatever its case and accents. */
export function matches(text: string, search: string): boolean {
  const plain = fold(text);
  return fold(search).split(/\s+/).every((word) => plain.includes(word));
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The latest call first; what is no call by its last change; the template is the last. */
function byCall(one: Deck, other: Deck): number {
  const last = Number(one.isTemplate ?? false) - Number(other.isTemplate ?? false);
  const calls = Number(Boolean(other.callAt)) - Number(Boolean(one.callAt));
  // What clocks show sorts as text.
  return last || calls || descending(one.callAt ?? "", other.callAt ?? "") || byChange(one, other);
}

function byChange(one: Deck, other: Deck): number {
  return changed(other) - changed(one);
}

function changed(deck: Deck): number {
  return Date.parse(deck.deletedAt ?? deck.archivedAt ?? deck.updatedAt);
}

function descending(one: string, other: string): number {
  return one === other ? 0 : one < other ? 1 : -1;
}
