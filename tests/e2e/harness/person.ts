/** Somebody with a browser of their own. */

import { expect, type Locator, type Page } from "@playwright/test";
import { Editor } from "./editor.ts";
import type { OndeckServer } from "./server.ts";
import { Slides } from "./slides.ts";

/** A key of the deck pages that needs no modifier. */
export type Key = "ArrowRight" | "ArrowLeft" | "ArrowDown" | "ArrowUp" | "r" | "b";

export class Person {
  readonly editor: Editor;
  readonly slides: Slides;
  readonly status: Locator;
  /** Everything the browser complained about. */
  readonly troubles: string[];
  private readonly expected: RegExp[];

  constructor(
    readonly name: string,
    readonly page: Page,
    private readonly server: OndeckServer,
    sameBrowser?: Person,
  ) {
    this.troubles = sameBrowser?.troubles ?? [];
    this.expected = sameBrowser?.expected ?? [];
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

  async press(key: Key): Promise<void> {
    await this.page.keyboard.press(key);
  }

  /** Keeps a picture of what this person sees. */
  async keepPicture(name: string): Promise<void> {
    await this.page.screenshot({ path: `artifacts/${name}.png`, animations: "disabled" });
  }
}
