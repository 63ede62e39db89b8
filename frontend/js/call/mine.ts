/** `#mine` in the address leads somebody to the section that they write. */

import type { PageHost } from "./page.ts";
import { mayEdit } from "./host.ts";
import type { Call } from "./rows.ts";

const HASH = "#mine";

export class Mine {
  private isAsked = location.hash === HASH;
  private hasTyped = false;
  private readonly stop = new AbortController();

  /** `ask` asks who has no section which one is theirs. */
  constructor(private readonly host: PageHost, private readonly ask: () => void) {
    if (!this.isAsked) return;
    document.addEventListener("beforeinput", (event) => this.see(event.target), { capture: true, signal: this.stop.signal });
    // It may be a key that this program was loaded for.
    const first = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (entry.name === "keydown") this.see((entry as PerformanceEventTiming).target);
      }
    });
    first.observe({ type: "first-input", buffered: true });
    this.stop.signal.addEventListener("abort", () => first.disconnect());
  }

  /** Leads there as soon as it is known where that is. */
  look({ rows }: Call): void {
    const { host } = this;
    if (!this.isAsked || !rows || !host.text || !host.page.editor() || !mayEdit(host)) return;
    this.isAsked = false;
    this.stop.abort();
    history.replaceState(history.state, "", location.pathname + location.search);
    if (this.hasTyped) return;
    const mine = rows.find(({ claimedBy, text }) => claimedBy === host.principal && text !== null);
    if (mine?.text) host.writeAt(mine.text.writeLine);
    else this.ask();
  }

  /** Whoever writes already is not led away. */
  private see(target: EventTarget | null): void {
    if (target instanceof Element && target.closest(".cm-content")) this.hasTyped = true;
  }
}
