/** The test function of all stories: a server of one's own, and people with browsers. */

import { test as base, expect, type BrowserContextOptions } from "@playwright/test";
import { Person, type Place } from "./person.ts";
import { OndeckServer } from "./server.ts";

export { expect } from "@playwright/test";

/** What a test may want to be different about somebody's browser. */
export type Wishes = BrowserContextOptions & {
  /** One of the ten colours of people. */
  color?: number;
  /** Comes for the first time and has not said who they are. */
  stranger?: boolean;
  /** Comes to the server by another address than its own. */
  through?: Place;
};

type Fixtures = {
  /** A server with an empty data directory. */
  server: OndeckServer;
  /** Lets somebody come with a browser of their own. */
  person: (name: string, wishes?: Wishes) => Promise<Person>;
};

export const test = base.extend<Fixtures>({
  server: async ({}, use) => {
    const server = await OndeckServer.start();
    await use(server);
    await server.dispose();
    expect(server.warnings, "the server's log").toBe("");
  },

  person: async ({ browser, server }, use) => {
    const people: Person[] = [];
    await use(async (name, wishes = {}) => {
      const { color = people.length, stranger = false, through = server, ...options } = wishes;
      const context = await browser.newContext(options);
      await context.addInitScript(prepare, stranger ? null : { name, color });
      await context.addInitScript(writeDownMessages);
      const person = new Person(name, await context.newPage(), through);
      people.push(person);
      return person;
    });
    for (const person of people) {
      await person.page.context().close();
      expect.soft(person.surprises, `what ${person.name}'s browser complained about`).toEqual([]);
    }
  },
});

/** Runs in every frame before the page: messages go by themselves, perhaps before a test could look; see `Person.hears`. */
function writeDownMessages(): void {
  if (window.top !== window) return;
  const known = new WeakSet<Element>();
  const said: string[] = [];
  Object.assign(window, { saidInPassing: said });
  new MutationObserver(() => {
    for (const toast of document.querySelectorAll("[data-test=toast]")) {
      if (known.has(toast)) continue;
      known.add(toast);
      said.push(toast.textContent ?? "");
    }
  }).observe(document, { childList: true, subtree: true });
}

/** Runs in every frame before the page: who this is, and a louder voice for blocked content. */
function prepare(profile: { name: string; color: number } | null): void {
  document.addEventListener("securitypolicyviolation", (event) => {
    const { effectiveDirective, blockedURI, sourceFile, lineNumber, sample, target } = event;
    console.error(`blocked by the policy: ${effectiveDirective} ${blockedURI} ${sourceFile}:${lineNumber} ${sample} ${(target as Element).outerHTML?.slice(0, 200)}`);
  });
  // The slides frame has an opaque origin, which has no storage.
  if (!profile || location.protocol === "about:" || window.top !== window) return;
  // Only strangers are asked which section is theirs.
  const [, deck] = /^\/d\/([^/]+)/.exec(location.pathname) ?? [];
  if (deck) localStorage.setItem(`ondeck.section.${deck}`, "1");
  if (localStorage.getItem("ondeck.profile")) return;
  localStorage.setItem("ondeck.profile", JSON.stringify(profile));
  localStorage.setItem("ondeck.introduced", "1");
}
