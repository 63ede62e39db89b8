/** The closed set of messages between the page and the slides frame. */

/** One slide as rendered: `column` opens a new column, attributes belong to its section. */
export type SlideHtml = {
  column: boolean;
  attributes: [string, string][];
  html: string;
  notes: string;
};

/** Who looks at the frame: its author, the person who presents, or the audience. */
export type Role = "preview" | "presenter" | "follower";

export type Config = {
  theme: string | null;
  options: Record<string, boolean | number | string>;
  lang: string | null;
  dir: string | null;
  role: Role;
  reducedMotion?: boolean;
  /** Address of a small picture that stands on every slide. */
  logo?: string | null;
  /** Text that stands below every slide. */
  footer?: string | null;
  /** What opens the pictures of the deck; empty as long as there is nothing that does. */
  pictures?: string;
  /** Whether letters and signs are keys; for those who type them by accident or by voice they are not. */
  singleKeys?: boolean;
  /** All slides below each other, to be scrolled: on a phone that is held upright. */
  scroll?: boolean;
  /** What the frame says itself, in the page's language. */
  words?: Words;
};

/** `slide` is "Slide {0} of {1}"; `jump` asks for the number to jump to. */
export type Words = { slide: string; jump: string };

/** A flat slide number in document order, and the last fragment shown (-1: none). */
export type Position = { index: number; fragment: number };

export type Patch =
  | { op: "replace"; index: number; slide: SlideHtml }
  | { op: "insert"; index: number; slide: SlideHtml }
  | { op: "remove"; index: number };

/**
 * What the page tells the frame. `heard` is the number of the person's movement that the page heard of last: where it
 * wants to be counts only when nobody has moved since.
 */
export type ToFrame =
  | { type: "deck"; config: Config; slides: SlideHtml[]; at?: Position | null; heard?: number }
  | { type: "patch"; config?: Config; patches: Patch[]; at?: Position | null; heard?: number }
  | { type: "go"; index: number; fragment: number; heard?: number }
  | { type: "next" }
  | { type: "prev" }
  | { type: "blackout"; on: boolean }
  | { type: "layout" }
  | { type: "follow"; on: boolean }
  /** Closes what the person opened over the slides: they go back to the presenter. */
  | { type: "return" }
  /** A key that was pressed outside of the frame does what it would do in it. */
  | { type: "key"; key: string; shift: boolean; alt: boolean; ctrl: boolean };

/** Which modifier keys were down. */
export type Modifiers = { ctrl: boolean; meta: boolean; shift: boolean; alt: boolean };

/** What the frame tells the page. */
export type FromFrame =
  | { type: "ready" }
  /** The person moved, for the so-many-th time. */
  | { type: "slide"; index: number; fragment: number; by: "user"; move: number }
  | { type: "roam" }
  /** What is shown now, whoever changed it; the slide has so many steps. */
  | { type: "place"; index: number; fragment: number; fragments: number }
  | { type: "overview"; open: boolean }
  /** The person moves the pointer or touches the slides. */
  | { type: "active" }
  | ({ type: "click"; index: number; line: number | null } & Modifiers)
  | ({ type: "link"; href: string } & Modifiers)
  | ({ type: "key"; key: string } & Modifiers)
  | { type: "overflow"; slides: number[] }
  | { type: "error"; message: string };

export function modifiers(event: MouseEvent | KeyboardEvent): Modifiers {
  return {
    ctrl: event.ctrlKey,
    meta: event.metaKey,
    shift: event.shiftKey,
    alt: event.altKey,
  };
}
