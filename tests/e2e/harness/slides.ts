/** The slides in their sandboxed frame, as a person sees them. */

import { expect, type Frame, type FrameLocator, type Locator, type Page } from "@playwright/test";

/** The one slide on the screen, also where all are below each other; other columns keep a `present` slide of their own. */
export const CURRENT =
  ".slides > section.present:not(.stack), .slides > section.stack.present > section.present, .scroll-page section.present";

export class Slides {
  /** The frame's element on the page. */
  readonly element: Locator;
  /** The slide on the screen. */
  readonly current: Locator;
  /** All slides, in order. */
  readonly all: Locator;
  private readonly inside: FrameLocator;

  constructor(
    private readonly page: Page,
    private readonly test = "slides",
  ) {
    const selector = `iframe[data-test="${test}"]`;
    this.element = page.locator(selector);
    this.inside = page.frameLocator(selector);
    this.current = this.inside.locator(CURRENT);
    this.all = this.inside.locator(".slides section:not(.stack)");
  }

  locator(selector: string): Locator {
    return this.inside.locator(selector);
  }

  async shown(): Promise<void> {
    await expect(this.element).toHaveAttribute("data-shown", "true");
    await expect(this.current).toBeVisible();
  }

  /** The frame itself, to look inside without the page. */
  async frame(): Promise<Frame> {
    const element = await this.page.waitForSelector(`iframe[data-test="${this.test}"]`);
    const frame = await element.contentFrame();
    if (!frame) throw new Error("the slides frame is gone");
    return frame;
  }

  /** Waits for fonts, images, transitions: until the slide looks as it will look. */
  async still(): Promise<void> {
    await (await this.frame()).evaluate(async () => {
      await document.fonts.ready;
      await Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)));
      const endless = (animation: Animation) => animation.effect?.getTiming().iterations === Infinity;
      const ends = document.getAnimations().filter((animation) => !endless(animation));
      await Promise.allSettled(ends.map((animation) => animation.finished));
    });
  }

  /** How many fragments of the current slide are visible. */
  async fragments(): Promise<number> {
    return this.current.locator(".fragment.visible").count();
  }

  /** Writes down every slide that comes on the screen from now on, and gives what reads the list. */
  async watch(): Promise<() => Promise<string[]>> {
    const watch = await (await this.frame()).evaluateHandle((selector) => {
      const seen: string[] = [];
      const look = () => {
        const title = document.querySelector(`:is(${selector}) :is(h1, h2)`)?.textContent ?? "";
        if (seen.at(-1) !== title) seen.push(title);
      };
      const again = () => {
        look();
        requestAnimationFrame(again);
      };
      again();
      return { seen, look };
    }, CURRENT);
    // What is there by now counts, also when its frame is not drawn yet.
    return () => watch.evaluate(async ({ seen, look }) => {
      await new Promise(requestAnimationFrame);
      look();
      return seen;
    });
  }
}
