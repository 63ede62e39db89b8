/** A real OpenID Connect provider of a test's own, in a process of its own, and people who sign in with it. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";

const PROGRAM = fileURLToPath(new URL("provider.mjs", import.meta.url));
const READY = /^provider at (http:\/\/\S+)$/;
const SECRET = "known to the server and the provider";

/** Who can sign in; see `provider.mjs`. */
export type Account = "ada" | "bert" | "carl";

export class SignInProvider {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    readonly url: string,
  ) {}

  static async start(): Promise<SignInProvider> {
    const folder = await mkdtemp(join(tmpdir(), "ondeck-provider-"));
    await writeFile(join(folder, "secret"), SECRET);
    const child = spawn(process.execPath, [PROGRAM], {
      env: { ...process.env, CLIENT_SECRET: SECRET },
      // It warns that it is not set up for production, and it is not.
      stdio: ["ignore", "pipe", "ignore"],
    });
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout! }).once("line", resolve);
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the provider ended with ${code}`)));
    });
    const url = READY.exec(line)?.[1];
    if (!url) throw new Error(`unexpected: ${line}`);
    return new SignInProvider(child, folder, url);
  }

  /** What a server needs to know to let people sign in here. */
  get flags(): string[] {
    return [
      "--oidc-issuer", this.url,
      "--oidc-client-id", "ondeck",
      "--oidc-client-secret-file", join(this.folder, "secret"),
      "--oidc-scopes", "openid profile email groups",
    ];
  }

  /** Signs in on the provider's pages, which are open. */
  async signsIn(page: Page, account: Account): Promise<void> {
    await this.says(page, account);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL((url) => url.origin !== this.url);
  }

  /** The same, but the browser stays: gives the address with which it would come back. */
  async staysAfterSigningIn(page: Page, account: Account): Promise<string> {
    await this.says(page, account);
    const consent = page.getByRole("button", { name: "Continue" });
    await consent.waitFor();
    const action = await page.locator("form").first().getAttribute("action");
    const { request } = page.context();
    const step = { form: { prompt: "consent" }, maxRedirects: 0 };
    let answer = await request.post(new URL(action!, this.url).href, step);
    let next = new URL(answer.headers()["location"]!, this.url);
    while (next.origin === this.url) {
      answer = await request.get(next.href, { maxRedirects: 0 });
      next = new URL(answer.headers()["location"]!, this.url);
    }
    return next.href;
  }

  /** Says who they are. */
  private async says(page: Page, account: Account): Promise<void> {
    await page.waitForURL(`${this.url}/**`);
    await page.locator("input[name=login]").fill(account);
    await page.locator("input[name=password]").fill("anything");
    await page.getByRole("button", { name: "Sign-in" }).click();
  }

  async dispose(): Promise<void> {
    const ended = once(this.process, "exit");
    this.process.kill();
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
