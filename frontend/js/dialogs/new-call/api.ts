/** The part of the server's HTTP interface that is about the next call of a series. */

import { call } from "../share/api.ts";

/** Days for the next call, as `2024-04-25`; the first is what the series says. */
export interface Dates {
  date: string;
  dates: string[];
}

export const KINDS = ["task", "event", "slide"] as const;

/** Something of the last call that goes on. */
export interface Carried {
  id: number;
  kind: (typeof KINDS)[number];
  section: string;
  text: string;
  date: string | null;
}

/** What a call on a day would be. */
export interface Proposal {
  title: string;
  fileName: string;
  sections: { title: string; reporter: string | null }[];
  carried: Carried[];
  from: { id: string; title: string } | null;
}

/** What the person made of it. */
export interface Wish {
  date: string;
  time?: string;
  title?: string;
  keep: number[];
  reporters: { section: string; name: string }[];
}

export class CallsApi {
  private readonly path: string;

  constructor(template: string) {
    this.path = `/api/decks/${encodeURIComponent(template)}/calls`;
  }

  next(): Promise<Dates> {
    return call("GET", `${this.path}/next`);
  }

  proposal(date: string): Promise<Proposal> {
    return call("GET", `${this.path}/proposal?date=${encodeURIComponent(date)}`);
  }

  make(wish: Wish): Promise<{ id: string }> {
    return call("POST", this.path, wish);
  }
}
