/** The part of the server's HTTP interface that is about the sections of a call. */

import { t } from "../dialogs/words.ts";
import type { Host } from "./host.ts";

export type Change = { claim: boolean } | { ready: boolean } | { reporter: string };

/** What a page asks of its deck besides its text. */
export interface DeckView {
  title: string;
  /** RFC 3339. */
  callAtInstant?: string | null;
  zone?: string | null;
}

/** Asks for a change of a section; whether it was made. The person is told why it was not. */
export async function change(host: Host, section: string, wanted: Change): Promise<boolean> {
  const answer = await fetch(`${path(host)}/sections/${encodeURIComponent(section)}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...wanted, name: host.name() }),
  }).catch(() => null);
  if (answer?.ok) return true;
  const known: Record<number, string> = { 401: "signed_out", 403: "forbidden", 404: "no_section", 429: "too_fast" };
  host.say(t(answer ? known[answer.status] ?? "refused" : "unreachable"));
  return false;
}

/** The deck as the list of decks has it; `null` when the server cannot be reached. */
export async function view(host: Host): Promise<DeckView | null> {
  const answer = await fetch(path(host)).catch(() => null);
  return answer?.ok ? ((await answer.json()) as DeckView) : null;
}

function path({ deck }: Host): string {
  return `/api/decks/${encodeURIComponent(deck)}`;
}
