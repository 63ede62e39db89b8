/** The part of the server's HTTP interface that is about what is said beside slides. */

import { t } from "../../dialogs/words.ts";

export type Kind = "comment" | "question";

/** A message as the server has it. */
export interface Message {
  /** 22 characters, made by the writer. */
  id: string;
  /** Title of its slide when it was said. */
  slide: string;
  anchor: string | null;
  kind: Kind;
  principal: string;
  name: string;
  text: string;
  /** Unix milliseconds. */
  at: number;
  starred: boolean;
  done: boolean;
}

/** A message on its way. */
export type NewMessage = Pick<Message, "id" | "slide" | "anchor" | "kind" | "name" | "text">;

export type Change = { text: string } | { starred: boolean } | { done: boolean };

export interface Attendee {
  principal: string;
  name: string;
}

/** The most characters of a message. */
export const MOST_TEXT = 2000;

/** Why nothing came of a call, in words for people; `status` is 0 when the server cannot be reached. */
export class Refusal extends Error {
  constructor(readonly status: number, words: string) {
    super(words);
  }

  /** Whether the same may succeed a little later. */
  get passes(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export class TalkApi {
  private readonly path: string;

  constructor(deck: string) {
    this.path = `/api/decks/${encodeURIComponent(deck)}`;
  }

  async list(): Promise<Message[]> {
    return (await call<{ messages: Message[] }>("GET", `${this.path}/discussion`)).messages;
  }

  add(message: NewMessage): Promise<Message> {
    return call("POST", `${this.path}/discussion`, message);
  }

  change(id: string, change: Change): Promise<Message> {
    return call("PUT", `${this.path}/discussion/${encodeURIComponent(id)}`, change);
  }

  remove(id: string): Promise<null> {
    return call("DELETE", `${this.path}/discussion/${encodeURIComponent(id)}`);
  }

  async attendees(): Promise<Attendee[]> {
    return (await call<{ people: Attendee[] }>("GET", `${this.path}/attendance`)).people;
  }

  attend(name: string): Promise<unknown> {
    return call("POST", `${this.path}/attendance`, { name });
  }

  leave(): Promise<unknown> {
    return call("DELETE", `${this.path}/attendance`);
  }

  /** The minutes as Markdown. */
  async minutes(language: string): Promise<string> {
    const answer = await ask("GET", `${this.path}/minutes?lang=${encodeURIComponent(language)}`);
    return answer.text();
  }
}

async function call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await ask(method, path, body);
  return (answer.status === 204 ? null : await answer.json()) as Answer;
}

async function ask(method: string, path: string, body?: object): Promise<Response> {
  const init: RequestInit = { method };
  if (body) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json" };
  }
  const answer = await fetch(path, init).catch(() => null);
  if (!answer) throw new Refusal(0, t("talk_unreachable"));
  if (answer.ok) return answer;
  const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
  const known: Record<number, string> = { 401: "talk_signed_out", 403: "talk_forbidden", 409: "talk_full", 429: "talk_too_fast" };
  const key = known[answer.status];
  throw new Refusal(answer.status, key ? t(key) : t("talk_refused", problem.detail ?? `${answer.status}`));
}

/** An id that nobody else makes. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
