/** A server process of a test's own: started, stopped, killed and started again on the same port. */

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The top of the repository. */
export const TOP = fileURLToPath(new URL("../../..", import.meta.url));

const BINARY = process.env["ONDECK_BIN"] ?? join(TOP, "target/release/ondeck");

/** Its only line on standard output. */
const READY = /^Ondeck \S+ is ready at (http:\/\/\S+)$/;

/** A deck as the HTTP interface tells of it. */
export type DeckInfo = { id: string; title: string; followUrl: string };

export class OndeckServer {
  private process: ChildProcess | null = null;
  private listen = "127.0.0.1:0";
  private log = "";
  url = "";

  private constructor(
    private readonly dataDir: string,
    /** Options of `ondeck serve`, besides those that every test needs. */
    public options: string[],
  ) {}

  /** Starts one with an empty data directory. */
  static async start(options: string[] = []): Promise<OndeckServer> {
    if (!existsSync(BINARY)) {
      throw new Error(`there is no ${BINARY}\nhint: cargo xtask build, or set ONDECK_BIN`);
    }
    const server = new OndeckServer(await mkdtemp(join(tmpdir(), "ondeck-e2e-")), options);
    await server.startAgain();
    return server;
  }

  /** Starts it with the same data, on the same port from the second time on. */
  async startAgain(): Promise<void> {
    const place = ["--listen", this.listen, "--data-dir", this.dataDir];
    const child = spawn(BINARY, ["serve", ...place, ...this.options], {
      env: { ...process.env, ONDECK_LOG: "warn" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    child.stderr?.on("data", (text: Buffer) => (this.log += text.toString()));
    const ready = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout! }).once("line", resolve);
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}\n${this.log}`)));
    });
    const url = READY.exec(ready)?.[1];
    if (!url) throw new Error(`unexpected: ${ready}`);
    this.url = url;
    this.listen = url.slice("http://".length);
  }

  /** `host:port` */
  get address(): string {
    return this.listen;
  }

  /** Warnings and errors that it logged. */
  get warnings(): string {
    return this.log;
  }

  /** What Ctrl-C and an init system do; gives the exit code. */
  async stop(): Promise<number | null> {
    return this.end("SIGTERM");
  }

  /** What a crash or a power cut does. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** `ondeck backup`; gives the file. */
  async backUp(): Promise<string> {
    const file = join(this.dataDir, `backup-${Date.now()}.sqlite`);
    await promisify(execFile)(BINARY, ["backup", file, "--data-dir", this.dataDir]);
    return file;
  }

  /** `ondeck restore`, which asks that the server is stopped. */
  async restore(backup: string): Promise<void> {
    await promisify(execFile)(BINARY, ["restore", backup, "--data-dir", this.dataDir]);
  }

  /** Makes a deck out of Markdown and gives its id. */
  async deck(source: string): Promise<string> {
    const answer = await fetch(`${this.url}/api/decks`, {
      method: "POST",
      headers: { "content-type": "text/markdown" },
      body: source,
    });
    if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as DeckInfo).id;
  }

  /** All decks, without those in the bin. */
  async decks(): Promise<DeckInfo[]> {
    const answer = await fetch(`${this.url}/api/decks`);
    return ((await answer.json()) as { decks: DeckInfo[] }).decks;
  }

  /** The live text of a deck. */
  async source(deck: string): Promise<string> {
    const answer = await fetch(`${this.url}/api/decks/${deck}/source`);
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return answer.text();
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.process;
    this.process = null;
    if (!child || child.exitCode !== null) return child?.exitCode ?? null;
    const exited = once(child, "exit") as Promise<[number | null]>;
    child.kill(signal);
    return (await exited)[0];
  }
}

/** The deck that new installations begin with. */
export async function exampleDeck(): Promise<string> {
  return readFile(join(TOP, "examples/community-call.md"), "utf8");
}
