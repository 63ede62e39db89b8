/** reveal.js's scroll view: on a phone that is held upright all slides stand below each other. */

import type { RevealApi } from "reveal.js";

/** What reveal.js has and its types leave out. */
type Api = RevealApi & { toggleScrollView(on: boolean): void; isScrollView(): boolean };

/** Where reveal.js keeps a scroll position over reloads; a frame of opaque origin may not even ask for it. */
const NOTHING_KEPT = { getItem: () => null, setItem: () => undefined };

/** What shows that a hand is on the slides. */
const BY_HAND = ["touchstart", "touchmove", "pointerdown", "wheel", "keydown"] as const;
/** Momentum and snapping go on for at most so long without a sign, in milliseconds. */
const MOMENTUM = 1000;

/**
 * reveal.js gives every slide a page as high as the screen, and one more for each of its steps; so
 * the position on the screen is a number of pages.
 */
export class ScrollView {
  private comesToRestBy = 0;

  constructor(private readonly reveal: Api, private readonly root: HTMLElement) {
    for (const type of BY_HAND) {
      window.addEventListener(type, () => (this.comesToRestBy = 0), { capture: true, passive: true });
    }
  }

  /**
   * Whether what scrolls now is the rest of a movement from before the slides were put where they are: a finger that
   * flicks and then taps "Return" has not looked around again.
   */
  get isComingToRest(): boolean {
    return performance.now() < this.comesToRestBy;
  }

  get isOn(): boolean {
    return this.reveal.isScrollView();
  }

  enter(): void {
    if (this.isOn) return;
    Object.defineProperty(window, "sessionStorage", { value: NOTHING_KEPT, configurable: true });
    // Swipes scroll now; reveal.js would make a step of each and stop the scrolling.
    this.root.setAttribute("data-prevent-swipe", "");
    this.reveal.toggleScrollView(true);
  }

  /** Leaves copies of the slides behind, which are to be replaced by the slides themselves. */
  leave(): void {
    if (!this.isOn) return;
    this.root.removeAttribute("data-prevent-swipe");
    this.reveal.toggleScrollView(false);
  }

  /** Scrolls to a step of a slide, at once. */
  go(section: HTMLElement, fragment: number): void {
    const viewport = document.body;
    const { before, all } = this.count(section, fragment);
    // Steps came or went: where a page begins is known only when there are so many.
    if (viewport.scrollHeight !== all * viewport.offsetHeight) this.reveal.layout();
    viewport.scrollTop = before * viewport.offsetHeight;
    this.comesToRestBy = performance.now() + MOMENTUM;
    this.sync();
  }

  /** Brings reveal.js up to what there is to scroll, and to where it is scrolled. */
  sync(): void {
    // It forgets which slide it had made the current one.
    for (const element of this.root.querySelectorAll(".scroll-page .present")) element.classList.remove("present");
    this.reveal.layout();
    // What it had hidden for being far away is on the page to be scrolled to, for everybody.
    for (const slide of this.root.querySelectorAll(".scroll-page section[hidden]")) {
      slide.removeAttribute("hidden");
      slide.removeAttribute("aria-hidden");
    }
  }

  /** How many pages there are, and how many before a step of a slide. */
  private count(section: HTMLElement, fragment: number): { before: number; all: number } {
    let [before, all] = [0, 0];
    for (const slide of this.root.querySelectorAll<HTMLElement>(".scroll-page section")) {
      const steps = stepsOf(slide);
      if (slide === section) before = all + (steps > 0 ? fragment + 1 : 0);
      all += steps + 1;
    }
    return { before, all };
  }
}

/** How many steps a slide has: fragments with the same number are one. */
export function stepsOf(section: Element): number {
  let last = -1;
  let unnumbered = 0;
  for (const element of section.querySelectorAll(".fragment")) {
    const index = element.getAttribute("data-fragment-index");
    if (index === null) unnumbered++;
    else last = Math.max(last, Number.parseInt(index, 10) || 0);
  }
  return last + 1 + unnumbered;
}
