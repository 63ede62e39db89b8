/** The part of the server's HTTP interface that is about who may do what. */

import { t } from "../words.ts";

export const LEVELS = ["freely", "editable", "limited", "locked", "protected", "private"] as const;
export type Level = (typeof LEVELS)[number];

export const PERSON_ROLES = ["owner", "editor", "viewer"] as const;
export type PersonRole = (typeof PERSON_ROLES)[number];

export type LinkRole = "follow" | "remote" | "comment" | "edit" | "present";

/** What one may do with a deck, in rising order. */
export const ACCESSES = ["none", "follow", "read", "comment", "edit", "present", "own"] as const;
export type Access = (typeof ACCESSES)[number];

export interface Person {
  /** `user:…`, `guest:…`, `email:…` or `group:…`. */
  subject: string;
  name: string | null;
  role: PersonRole;
  you?: boolean;
}

export interface Link {
  role: LinkRole;
  /** A path on this server. */
  url: string;
  /** RFC 3339; `null` when it does not end by itself. */
  expiresAt: string | null;
}

/** Who may do what with a deck, as far as the asker may know. */
export interface Sharing {
  access: Access;
  level: Level;
  levels: Level[];
  people: Person[];
  links: Link[];
}

/** Why nothing came of a call, in words for people. */
export class Refusal extends Error {
  constructor(readonly status: number, words: string) {
    super(words);
  }
}

/** The sharing of one deck; every change answers with how it is then. */
export class SharingApi {
  private readonly path: string;

  constructor(deck: string) {
    this.path = `/api/decks/${encodeURIComponent(deck)}`;
  }

  read(): Promise<Sharing> {
    return call("GET", `${this.path}/sharing`);
  }

  setLevel(level: Level): Promise<Sharing> {
    return call("PUT", `${this.path}/level`, { level });
  }

  setPerson(subject: string, role: PersonRole): Promise<Sharing> {
    return call("PUT", `${this.path}/people`, { subject, role });
  }

  removePerson(subject: string): Promise<Sharing> {
    return call("DELETE", `${this.path}/people/${encodeURIComponent(subject)}`);
  }

  resetLink(role: LinkRole): Promise<Sharing> {
    return call("POST", `${this.path}/links/${role}/reset`);
  }

  setExpiry(role: LinkRole, expiresAt: string | null): Promise<Sharing> {
    return call("PUT", `${this.path}/links/${role}`, { expiresAt });
  }

  /** The two links of a presentation, for who presents; the first call makes them. */
  links(): Promise<Record<"follow" | "remote", string>> {
    return call("GET", `${this.path}/links`);
  }
}

/** Calls the server; what it answers is read as JSON. */
export async function call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const init: RequestInit = { method };
  if (body) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json" };
  }
  const answer = await fetch(path, init).catch(() => null);
  const json: unknown = await answer?.json().catch(() => null);
  if (!answer) throw new Refusal(0, t("unreachable"));
  if (!answer.ok) throw new Refusal(answer.status, words(answer.status, json));
  return json as Answer;
}

/** What a status means; for the rest the server has words of its own. */
function words(status: number, problem: unknown): string {
  const known: Record<number, string> = { 401: "signed_out", 403: "forbidden", 404: "gone", 429: "too_fast" };
  const key = known[status];
  if (key) return t(key);
  const { detail, title } = (problem ?? {}) as { detail?: string; title?: string };
  return t("refused", detail || title || `${status}`).trim();
}
