/** What somebody of the audience says to those who present: questions, and that they are there. */

import { t } from "./words.ts";

/** An own question, as the server has it. */
export type Question = { id: string; slide: string; text: string; at: number; done: boolean };

/** Everything that is one's own. `name`: as whom one is there, if so. */
export type Own = { questions: Question[]; name: string | null };

/**
 * What stands in the form. The id stays the same until the server has the question: sent twice it is one.
 * `tried`: the words that the server may have under this id already, because they were sent.
 */
export type Draft = { id: string; text: string; tried?: string };

/** The name is the same for all talks of this browser. */
const NAME = "ondeck.follow-name";

/** Why nothing came of it, in words. */
export class NotDone extends Error {}

export class Asking {
  constructor(private readonly base: string) {}

  own(): Promise<Own> {
    return this.call("GET", "own");
  }

  ask({ id, text }: Draft, about: { slide: string; number: number }): Promise<Question> {
    return this.call("POST", "questions", { id, text, ...about, name: this.name });
  }

  attend(name: string): Promise<unknown> {
    return this.call("POST", "attendance", { name });
  }

  leave(): Promise<unknown> {
    return this.call("DELETE", "attendance");
  }

  get name(): string {
    return read(NAME);
  }

  set name(name: string) {
    keep(NAME, name);
  }

  /** What was typed and not sent: it is there again after a reload. */
  get draft(): Draft {
    try {
      const { id, text, tried } = JSON.parse(read(`ondeck.ask.${this.base}`)) as Draft;
      if (id && text) return tried === undefined ? { id, text } : { id, text, tried };
    } catch {
      // There is none.
    }
    return { id: newId(), text: "" };
  }

  set draft(draft: Draft) {
    keep(`ondeck.ask.${this.base}`, draft.text && JSON.stringify(draft));
  }

  /** Whether this browser has asked something here before. */
  get hasAsked(): boolean {
    return read(`ondeck.asked.${this.base}`) !== "";
  }

  set hasAsked(is: boolean) {
    keep(`ondeck.asked.${this.base}`, is ? "yes" : "");
  }

  private async call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const init: RequestInit = { method };
    if (body) {
      init.body = JSON.stringify(body);
      init.headers = { "content-type": "application/json" };
    }
    const answer = await fetch(`${this.base}/${path}`, init).catch(() => null);
    if (!answer) throw new NotDone(t("ask_unreachable"));
    if (answer.ok) return (answer.status === 204 ? null : await answer.json()) as Answer;
    const words: Record<number, string> = { 404: "link_ended", 409: "ask_full", 413: "ask_too_long", 429: "ask_too_fast" };
    throw new NotDone(t(words[answer.status] ?? "ask_refused"));
  }
}

/** 22 characters that nobody else makes. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function read(name: string): string {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

function keep(name: string, value: string): void {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // A browser that keeps nothing forgets it with the page.
  }
}
