/** What the first page asks the server, and what it hears. */

import { t } from "../follow/words.ts";

/** What one may do with a deck, in rising order. */
const ACCESSES = ["none", "follow", "read", "comment", "edit", "present", "own"] as const;
export type Access = (typeof ACCESSES)[number];

/** A deck as the list has it; what only calls have may be missing. */
export interface Deck {
  id: string;
  title: string;
  updatedAt: string;
  followUrl: string;
  /** The template that its call was made from. */
  series?: string | null;
  isTemplate?: boolean;
  /** What a clock in the zone of the series shows when the call begins. */
  callAt?: string | null;
  /** The same moment, for clocks anywhere. */
  callAtInstant?: string | null;
  zone?: string | null;
  ready?: number;
  expected?: number;
  reporters?: string[];
  /** Somebody presents it now. */
  live?: boolean;
  archivedAt?: string | null;
  deletedAt?: string | null;
  access?: Access;
  mine?: boolean;
  fileName?: string;
}

export interface Cadence {
  every: "week" | "two-weeks" | "month" | "none";
  day?: string | null;
  /** 1 to 5, or -1 for the last of the month. */
  week?: number | null;
}

/** A series; its id is that of its template. */
export interface Series {
  id: string;
  name: string;
  cadence: Cadence;
  time: string;
  zone: string;
  next?: string | null;
}

export interface Decks {
  decks: Deck[];
  series: Series[];
}

/** Lists of decks that the server keeps apart. */
export type Place = "home" | "archive" | "bin";

/** Who the visitor is. */
export interface Session {
  kind: "guest" | "member" | "admin";
  name: string | null;
  canCreate: boolean;
  signIn: string | null;
}

/** After that long without an answer the server counts as away. */
const PATIENCE_MS = 10_000;

/** Nothing came of a call; `words` are the server's, and empty when it did not answer. */
export class Failure extends Error {
  constructor(readonly words: string) {
    super(words || t("unreachable"));
  }

  get isUnreachable(): boolean {
    return this.words === "";
  }
}

/** Calls the server; what it answers is read as JSON. */
export async function call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const init: RequestInit = { method, signal: AbortSignal.timeout(PATIENCE_MS) };
  if (body) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json" };
  }
  const answer = await fetch(path, init).catch(() => null);
  if (!answer) throw new Failure("");
  const json: unknown = await answer.json().catch(() => null);
  // What was cut off on its way is no answer: nothing there would look like no decks.
  if (answer.ok && json === null && answer.headers.get("content-type")?.includes("json")) throw new Failure("");
  if (answer.ok) return json as Answer;
  // A problem as servers describe it (RFC 9457).
  const { title, detail } = (json ?? {}) as { title?: string; detail?: string };
  throw new Failure(detail || title || `${answer.status}`);
}

export const beginSession = (): Promise<Session> => call("POST", "/api/session");
export const endSession = (): Promise<unknown> => call("DELETE", "/api/session");

/** The decks of a place, and the series that there are. */
export async function list(place: Place): Promise<Decks> {
  const answer = await call<Partial<Decks> | null>("GET", place === "home" ? "/api/decks" : `/api/decks?in=${place}`);
  return { decks: answer?.decks ?? [], series: answer?.series ?? [] };
}

const path = (deck: string): string => `/api/decks/${encodeURIComponent(deck)}`;

export const make = (deck: object): Promise<Deck> => call("POST", "/api/decks", deck);
export const duplicate = (deck: string): Promise<Deck> => call("POST", `${path(deck)}/duplicate`);
export const archive = (deck: string, archived: boolean): Promise<Deck> => call("PUT", `${path(deck)}/archived`, { archived });
export const remove = (deck: string): Promise<unknown> => call("DELETE", path(deck));
export const restore = (deck: string): Promise<Deck> => call("POST", `${path(deck)}/restore`);

/** The address that the audience may have; who may not hand it out gets one that asks for a right to read. */
export async function audienceLink(deck: Deck): Promise<string> {
  const links = await call<{ follow?: string }>("GET", `${path(deck.id)}/links`).catch(() => null);
  return new URL(links?.follow ?? deck.followUrl, location.origin).href;
}

/** Whether somebody may do so much with a deck; without word of it the server decides when it is asked. */
export function may(deck: Deck, access: Access): boolean {
  return deck.access === undefined || ACCESSES.indexOf(deck.access) >= ACCESSES.indexOf(access);
}

/** A title as people say it: without the variables that templates have; empty when there is none. */
export function titleOf(deck: Deck | undefined): string {
  return (deck?.title ?? "").replace(/\s*\{\{\w[^}]*\}\}/g, "").trim();
}
