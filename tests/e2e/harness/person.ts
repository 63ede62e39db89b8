/** Somebody with a browser of their own. */

import { expect, type Locator, type Page } from "@playwright/test";
import { Editor } from "./editor.ts";
import { Slides } from "./slides.ts";

/** What a browser says of an attempt to connect that a page has given up: on a slow machine one may take too long. */
const GIVEN_UP = /WebSocket is closed before the connection is established/;

/** Where somebody's browser finds the server. */
export type Place = { readonly url: string };

/** A key of the deck pages that needs no modifier. */
export type Key = "ArrowRight" | "ArrowLeft" | "ArrowDown" | "ArrowUp" | "r" | "b" | "t";

export class Person {
  readonly editor: Editor;
  readonly slides: Slides;
  readonly status: Locator;
  /** Everything the browser complained about. */
  readonly troubles: string[];
  private readonly expected: RegExp[];
  /** So many questions were answered at once. */
  private answers = 0;

  constructor(
    readonly name: string,
    readonly page: Page,
    private readonly server: Place,
    sameBrowser?: Person,
  ) {
    this.troubles = sameBrowser?.troubles ?? [];
    this.expected = sameBrowser?.expected ?? [GIVEN_UP];
    this.editor = new Editor(page);
    this.slides = new Slides(page);
    this.status = page.getByTestId("status");
    page.on("pageerror", (error) => this.troubles.push(`${error}`));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        this.troubles.push(message.text());
      }
    });
  }

  /** Another tab of the same browser. */
  async opensTab(): Promise<Person> {
    return new Person(this.name, await this.page.context().newPage(), this.server, this);
  }

  /** Complaints that belong to what the test does. */
  expects(...troubles: RegExp[]): void {
    this.expected.push(...troubles);
  }

  /** Complaints that nobody expected. */
  get surprises(): string[] {
    return this.troubles.filter((text) => !this.expected.some((known) => known.test(text)));
  }

  /** Where the server is. */
  get url(): string {
    return this.server.url;
  }

  async opens(path: string): Promise<void> {
    await this.page.goto(this.server.url + path);
  }

  /** Opens a deck to write in it. */
  async writes(deck: string): Promise<void> {
    await this.opens(`/d/${deck}`);
    await this.editor.ready();
    await this.slides.shown();
    await this.saved();
  }

  /** Opens a deck to present it. */
  async presents(deck: string): Promise<void> {
    await this.opens(`/d/${deck}/present`);
    await this.slides.shown();
    await this.saved();
  }

  /** Opens a deck to follow the presentation. */
  async follows(deck: string): Promise<void> {
    await this.opens(`/d/${deck}/follow`);
    await this.slides.shown();
  }

  async saved(): Promise<void> {
    await expect(this.status).toHaveAttribute("data-status", "saved");
  }

  /**
   * Asks for another try to reach the server now. The page also tries by itself, perhaps in this very moment: then the
   * button has gone, and nothing is left to ask for.
   */
  async triesAgain(): Promise<void> {
    await this.page.evaluate(() => document.querySelector<HTMLElement>("[data-test=retry]")?.click());
  }

  /** The page has said something in a message, which may have gone again since. */
  async hears(text: string | RegExp): Promise<void> {
    const wanted = typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text);
    const said = () => this.page.evaluate(() => (window as unknown as { saidInPassing: string[] }).saidInPassing);
    await expect.poll(said, { message: `what ${this.name} was told` }).toContainEqual(wanted);
  }

  /**
   * Does something that makes the page ask, and presses the button that it asks with as soon as that is there: it goes
   * by itself, on a slow machine before a test could find and press it. Gives all that the page asked.
   */
  async answersAtOnce(test: string, act: () => Promise<unknown>): Promise<string> {
    let asked: string | null = null;
    // The answer may lead to another page.
    const tell = `asked${++this.answers}`;
    await this.page.exposeFunction(tell, (text: string) => void (asked = text));
    await this.page.evaluate(([selector, tell]) => {
      const buttons = () => [...document.querySelectorAll<HTMLElement>(selector)];
      const before = new Set(buttons());
      const observer = new MutationObserver(() => {
        const button = buttons().find((one) => !before.has(one));
        if (!button) return;
        observer.disconnect();
        (window as unknown as Record<string, (text: string) => void>)[tell]?.(button.parentElement?.textContent ?? "");
        // Whoever has put it there may not be done yet.
        setTimeout(() => button.click());
      });
      observer.observe(document, { childList: true, subtree: true });
    }, [`[data-test="${test}"]`, tell] as const);
    await act();
    await expect.poll(() => asked, { message: `what ${this.name} was asked` }).not.toBeNull();
    return asked ?? "";
  }

  /** Writes down the texts of what matches a selector from now on, also of what is there for a moment only. */
  async watches(selector: string): Promise<() => Promise<string[]>> {
    const watch = await this.page.evaluateHandle((selector) => {
      const known = new WeakSet<Element>();
      const seen: string[] = [];
      const look = () => {
        for (const element of document.querySelectorAll(selector)) {
          if (known.has(element)) continue;
          known.add(element);
          seen.push(element.textContent ?? "");
        }
      };
      new MutationObserver(look).observe(document, { attributes: true, childList: true, subtree: true });
      look();
      return seen;
    }, selector);
    return () => watch.evaluate((seen) => [...seen]);
  }

  /**
   * Stops the page's clock, which was installed. It may only be stopped in the future, and on a slow machine that is
   * over soon: then further ahead.
   */
  async stopsTime(): Promise<void> {
    for (let ahead = 1_000; ; ahead *= 2) {
      const now = await this.page.evaluate(() => Date.now());
      try {
        return await this.page.clock.pauseAt(now + ahead);
      } catch (error) {
        if (!/fast-forward to the past/.test(String(error))) throw error;
      }
    }
  }

  async press(key: Key): Promise<void> {
    await this.page.keyboard.press(key);
  }

  /** Keeps a picture of what this person sees. */
  async keepPicture(name: string): Promise<void> {
    await this.page.screenshot({ path: `artifacts/${name}.png`, animations: "disabled" });
  }
}
