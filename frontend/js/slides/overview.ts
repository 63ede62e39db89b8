/** Looking at the overview is leaving nobody: what the page wants meanwhile waits until it is closed. */

import type { Position } from "./protocol.ts";

export class Overview {
  /** The slide from which it was opened; `null` while it is closed. */
  from: HTMLElement | null = null;
  private then: Position | null = null;

  open(from: HTMLElement): void {
    this.from = from;
    this.then = null;
  }

  /** Takes a wish of the page's, if it has to wait; says whether it has to. */
  hold(at: Position | null): boolean {
    if (this.from && at) this.then = at;
    return this.from !== null;
  }

  /** Where it was opened, and what the page has wanted last: for those who choose nothing. */
  close(): { from: HTMLElement | null; then: Position | null } {
    const { from, then } = this;
    this.from = null;
    this.then = null;
    return { from, then };
  }
}
