/** What a follower's page is doing, out of what the server says and what the person did. */

import type { Position } from "../slides/protocol.ts";
import type { State } from "./protocol.ts";

/** What the page says about itself. */
export type Showing =
  | "waiting" | "following" | "roaming" | "paused" | "away" | "ended" | "link-ended";

export class Follower {
  /** What the server said last; before that, that nobody presents. */
  state: State = { phase: "waiting", slide: 0, fragment: -1, blackout: false };
  private roams = false;
  /** The server has forgotten the presentation: it began anew, and the presenter has yet to come back. */
  isAwaited = false;
  linkEnded = false;

  /** The server said where everybody is. */
  hear(state: State): void {
    // A server that has just started knows of no presentation until the presenter is back: until then the
    // presenter is away, and nobody's screen changes.
    this.isAwaited = state.phase === "waiting" && isOn(this.state);
    this.state = this.isAwaited ? { ...this.state, phase: "away" } : state;
    // Whoever looked around in the last presentation is taken along by the next one.
    if (!isOn(this.state)) this.roams = false;
  }

  /** The person moved by themselves; says whether that was leaving the presenter. */
  roam(): boolean {
    // While nobody presents there is nobody to leave.
    if (this.roams || !isOn(this.state) || this.linkEnded) return false;
    this.roams = true;
    return true;
  }

  /** Back to the presenter; says whether the person was away. */
  comeBack(): boolean {
    const was = this.roams;
    this.roams = false;
    return was;
  }

  /** Nobody came back to present: the server is right. */
  giveUp(): void {
    if (!this.isAwaited) return;
    this.isAwaited = this.roams = false;
    this.state = { phase: "waiting", slide: 0, fragment: -1, blackout: false };
  }

  get isRoaming(): boolean {
    return this.roams;
  }

  get showing(): Showing {
    if (this.linkEnded) return "link-ended";
    const { phase, blackout } = this.state;
    if (phase === "waiting" || phase === "ended") return phase;
    if (this.roams) return "roaming";
    if (phase === "away") return "away";
    return blackout ? "paused" : "following";
  }

  /** Whether the slides move with the presenter. */
  get follows(): boolean {
    return isOn(this.state) && !this.roams && !this.linkEnded;
  }

  get isDark(): boolean {
    return this.follows && this.state.blackout;
  }

  /** Where the slides have to be; `null` where they are, or where the person likes. */
  get place(): Position | null {
    // What was said last is a number, and the slides may have got others since.
    return this.follows && !this.isAwaited ? this.last : null;
  }

  /** Where the presenter was when the server said so last. */
  get last(): Position {
    return { index: this.state.slide, fragment: this.state.fragment };
  }
}

function isOn({ phase }: State): boolean {
  return phase === "live" || phase === "away";
}
