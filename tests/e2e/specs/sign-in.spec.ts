/** Signing in with a real provider, and links with a code. */

import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import type { BrowserContext, Page } from "@playwright/test";
import { test as base, expect } from "../harness/test.ts";
import { SignInProvider } from "../harness/provider.ts";
import { OndeckServer } from "../harness/server.ts";

type Session = { kind: string; principal: string; name: string | null; canCreate: boolean };

const test = base.extend<{ provider: SignInProvider; flags: string[] }>({
  /** Options of the server besides those for the provider. */
  flags: [[], { option: true }],

  provider: async ({}, use) => {
    const provider = await SignInProvider.start();
    await use(provider);
    await provider.dispose();
  },

  server: async ({ provider, flags }, use) => {
    const server = await OndeckServer.start([...provider.flags, ...flags]);
    await use(server);
    await server.dispose();
    expect(server.warnings, "the server's log").toBe("");
  },

  // The provider's own pages ask for a font of another site; tests ask nobody outside this machine.
  person: async ({ person }, use) => {
    await use(async (name, wishes) => {
      const somebody = await person(name, wishes);
      const elsewhere = (url: URL): boolean => url.hostname !== "127.0.0.1";
      await somebody.page.context().route(elsewhere, (route) => route.fulfill({ contentType: "text/css", body: "" }));
      return somebody;
    });
  },
});

/** What a page of the server may ask it. */
async function call<T>(page: Page, method: string, path: string, body?: unknown): Promise<{ status: number; json: T }> {
  return page.evaluate(
    async ([method, path, body]) => {
      const headers: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
      const answer = await fetch(path, { method, headers, body });
      const text = await answer.text();
      return { status: answer.status, json: text ? JSON.parse(text) : null };
    },
    [method, path, body === undefined ? undefined : JSON.stringify(body)] as const,
  );
}

async function session(page: Page): Promise<Session> {
  return (await call<Session>(page, "POST", "/api/session")).json;
}

async function cookie(context: BrowserContext) {
  return (await context.cookies()).find(({ name }) => name === "ondeck");
}

test("who signs in is known by the name that the provider gives, until they sign out", async ({ person, provider }) => {
  const ada = await person("Ada");
  const context = ada.page.context();
  // A small page of the server, so that nothing else asks for a session meanwhile.
  await ada.opens("/join");
  const guest = await session(ada.page);
  expect(guest.kind).toBe("guest");
  const before = await cookie(context);
  await ada.opens("/auth/login?to=/join");
  await provider.signsIn(ada.page, "ada");
  expect(ada.page.url()).toBe(`${ada.url}/join`);
  expect(await session(ada.page)).toMatchObject({ kind: "member", name: "Ada Lovelace" });

  const after = await cookie(context);
  expect(after).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/", secure: false });
  expect(after!.value).toMatch(/^[\w-]{43}$/);
  expect(after!.value).not.toBe(before!.value);
  const old = await fetch(`${ada.url}/api/session`, {
    method: "POST",
    headers: { cookie: `ondeck=${before!.value}`, origin: ada.url },
  });
  expect(((await old.json()) as Session).principal).not.toBe(guest.principal);

  expect((await call(ada.page, "DELETE", "/api/session")).status).toBe(204);
  expect(await cookie(context)).toBeUndefined();
  expect(await session(ada.page)).toMatchObject({ kind: "guest", name: null });
});

test("what a guest made is theirs after they sign in", async ({ person, provider }) => {
  const ada = await person("Ada");
  await ada.opens("/join");
  await session(ada.page);
  const { id } = (await call<{ id: string }>(ada.page, "POST", "/api/decks", { title: "Mine" })).json;
  await ada.opens(`/auth/login?to=${encodeURIComponent("/join")}`);
  await provider.signsIn(ada.page, "ada");
  const sharing = await call<{ access: string; people: unknown[] }>(ada.page, "GET", `/api/decks/${id}/sharing`);
  expect(sharing.json.access).toBe("own");
  expect(sharing.json.people).toMatchObject([{ role: "owner", name: "Ada Lovelace", you: true }]);
});

test.describe("with groups", () => {
  test.use({ flags: ["--access", "guests-edit", "--member-group", "staff", "--admin-group", "ops"] });

  test("groups of the provider say who is a member, who runs the server, and who is a guest with a name", async ({ person, provider }) => {
    for (const [account, expected] of [
      ["ada", { kind: "admin", name: "Ada Lovelace", canCreate: true }],
      ["bert", { kind: "member", name: "Bert Brecht", canCreate: true }],
      ["carl", { kind: "guest", name: "Carl Corner", canCreate: false }],
    ] as const) {
      const somebody = await person(account);
      await somebody.opens("/auth/login?to=/join");
      await provider.signsIn(somebody.page, account);
      expect(await session(somebody.page)).toMatchObject(expected);
    }
  });
});

test("a sign-in that somebody else began, or that came back before, is refused with a sentence", async ({ person, provider }) => {
  const [ada, eve] = [await person("Ada"), await person("Eve")];
  for (const somebody of [ada, eve]) somebody.expects(/status of 403/);
  const refused = async (page: Page): Promise<void> => {
    await expect(page.getByTestId("join-title")).toHaveText("Signing in did not work");
    await expect(page.getByTestId("join-action")).toHaveText("Try again");
  };

  // Eve gives Ada an address with which Ada would be signed in as Eve.
  await eve.opens("/auth/login");
  const callback = await provider.staysAfterSigningIn(eve.page, "bert");
  expect(callback).toContain(`${eve.url}/auth/callback?`);
  await ada.page.goto(callback);
  await refused(ada.page);
  expect(await session(ada.page)).toMatchObject({ kind: "guest", name: null });
  // It counts once, also in the right browser.
  await eve.page.goto(callback);
  await refused(eve.page);

  // A state that nobody made.
  await ada.opens("/auth/callback?code=c&state=guessed");
  await refused(ada.page);

  // And then it works, once.
  const back = ada.page.waitForRequest("**/auth/callback?*");
  await ada.page.getByTestId("join-action").click();
  await provider.signsIn(ada.page, "ada");
  await ada.page.goto((await back).url());
  await refused(ada.page);
  expect(await session(ada.page)).toMatchObject({ kind: "member", name: "Ada Lovelace" });
});

test("a sign-in that is cancelled at the provider changes nothing", async ({ person, provider }) => {
  const ada = await person("Ada");
  ada.expects(/status of 403/);
  await ada.opens("/auth/login?to=/join");
  await ada.page.waitForURL(`${provider.url}/**`);
  await ada.page.getByRole("link", { name: "Cancel" }).click();
  await expect(ada.page.getByTestId("join-title")).toHaveText("Signing in did not work");
  expect(await session(ada.page)).toMatchObject({ kind: "guest" });
});

test.describe("for members", () => {
  test.use({ flags: ["--access", "members", "--member-group", "staff"] });

  test("a link to write asks who one is, keeps its code over that, and opens the deck", async ({ person, provider }) => {
    const [ada, bert, carl] = [await person("Ada"), await person("Bert"), await person("Carl")];
    for (const somebody of [bert, carl]) somebody.expects(/status of 401/);
    await ada.opens("/auth/login?to=/join");
    await provider.signsIn(ada.page, "ada");
    const { id } = (await call<{ id: string }>(ada.page, "POST", "/api/decks", { title: "Ours" })).json;
    await call(ada.page, "PUT", `/api/decks/${id}/level`, { level: "private" });
    const { links } = (await call<{ links: { role: string; url: string }[] }>(ada.page, "GET", `/api/decks/${id}/sharing`)).json;
    const link = links.find(({ role }) => role === "edit")!.url;

    for (const [somebody, account] of [[bert, "bert"], [carl, "carl"]] as const) {
      await somebody.opens(link);
      await expect(somebody.page.getByTestId("join-title")).toHaveText("Sign in to open this deck");
      expect(new URL(somebody.page.url()).hash).toBe("");
      await somebody.page.getByTestId("join-action").click();
      await provider.signsIn(somebody.page, account);
    }
    await bert.page.waitForURL(`**/d/${id}`);
    await bert.editor.ready();
    // Who is known but no member is told so, and not sent round in circles.
    await expect(carl.page.getByTestId("join-title")).toHaveText("Your account may not open this deck");
    expect(await carl.page.evaluate(() => sessionStorage.length)).toBe(0);
  });
});

test("a link says what is wrong with it", async ({ person, server }) => {
  const fay = await person("Fay");
  fay.expects(/status of (404|429|503)/, /ERR_FAILED/);
  const title = fay.page.getByTestId("join-title");
  const code = "A".repeat(43);
  await fay.opens("/join");
  await expect(title).toHaveText("This link is not complete");
  await fay.opens(`/join#${code.slice(1)}`);
  await expect(title).toHaveText("This link is not complete");
  await fay.opens(`/join#${code}`);
  await expect(title).toHaveText("This link has ended");
  expect(fay.page.url()).toBe(`${server.url}/join`);

  // The server is away for a moment; the link is not lost.
  await fay.page.route("**/api/redeem", (route) => route.abort());
  await fay.opens(`/join#${code}`);
  await expect(title).toHaveText("The server cannot be reached");
  await fay.page.unroute("**/api/redeem");
  await fay.page.getByTestId("join-action").click();
  await expect(title).toHaveText("This link has ended");
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing on the page behind a link, on a phone, ${colorScheme}`, async ({ person }) => {
    const fay = await person("Fay", { colorScheme, viewport: { width: 360, height: 640 }, locale: "de-DE" });
    fay.expects(/status of (401|403|404)/, /ERR_FAILED/);
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    await fay.page.route("**/api/redeem", (route) => route.fulfill({ status: 401, body: "{}" }));
    for (const [path, state] of [
      ["/join", "incomplete"],
      [`/join#${"A".repeat(43)}`, "sign_in"],
      ["/auth/callback?state=x", "not_signed_in"],
    ] as const) {
      await fay.opens(path);
      await expect(fay.page.getByTestId("join")).toHaveAttribute("data-state", state);
      await expect(fay.page.locator("html")).toHaveAttribute("lang", "de");
      await fay.page.evaluate(axe);
      const found = await fay.page.evaluate(async () => {
        type Axe = { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        const { violations } = await (window as unknown as { axe: Axe }).axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      });
      expect(found, state).toEqual([]);
      const wide = await fay.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect(wide, `${state} is wider than the phone`).toBe(false);
      await fay.keepPicture(`join-${state}-${colorScheme}`);
    }
  });
}
