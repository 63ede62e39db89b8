/** The messages between the server and a page that follows or steers a presentation. */

import type { Config, Patch, SlideHtml } from "../slides/protocol.ts";

/** Whether somebody presents, and what everybody is shown. */
export type State = {
  phase: "waiting" | "live" | "away" | "ended";
  slide: number;
  fragment: number;
  blackout: boolean;
};

/** How a deck looks, without what each page decides by itself. */
export type DeckConfig = Pick<Config, "theme" | "options" | "lang" | "dir" | "logo" | "footer">;

/** Title, first slide and number of slides. */
export type Section = [title: string, first: number, count: number];

export type DeckMessage = {
  type: "deck";
  revision: string;
  title: string;
  config: DeckConfig;
  slides: SlideHtml[];
  sections: Section[];
  titles: string[];
  state: State;
};

export type PatchMessage = {
  type: "patch";
  revision: string;
  /** What the patches apply to; without it, the revision before theirs. */
  from?: string;
  title?: string;
  config?: DeckConfig;
  patches: Patch[];
  sections?: Section[];
  titles?: string[];
  state: State;
};

/** What the phone in the presenter's hand is told. */
export type Stage = {
  driver: string | null;
  notes: string;
  /** The title of the next slide; empty on the last one. */
  next: string;
  /** Milliseconds since the beginning. */
  elapsed: number;
  section: { title: string; spent: number; minutes: number | null };
  /** Whether the presenter's page is open. */
  reachable: boolean;
};

export type FromServer =
  | DeckMessage
  | PatchMessage
  | { type: "state"; state: State }
  | ({ type: "stage" } & Stage)
  | { type: "ping" }
  | { type: "pong" };

export type Press = "next" | "previous" | "blackout";

export type ToServer =
  | { type: "roam"; on: boolean }
  | { type: "ping" }
  | { type: "press"; key: Press };

/** The only WebSocket protocol that both speak. */
export const SUBPROTOCOL = "ondeck-live.1";

/** The server closes with this when the link is no longer one. */
export const LINK_ENDED = 4404;
