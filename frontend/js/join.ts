/** The page behind a link with a code: hands the code in, and goes where it leads. */

/** What the page can show; each is a text of the catalogue. */
type State = "opening" | "ended" | "sign_in" | "no_access" | "incomplete" | "failed" | "too_often";

/** A code that waits while somebody signs in; it never leaves this tab. */
type Waiting = { code: string; asked: boolean };

/** 32 bytes in base64url. */
const CODE = /^[A-Za-z0-9_-]{43}$/;
/** Where it waits. */
const KEY = "ondeck.join";
/** After that long without an answer it is better to say so. */
const PATIENCE_MS = 15_000;

class JoinPage {
  private readonly words: Record<string, string>;
  private readonly title = document.getElementById("title")!;
  private readonly more = document.getElementById("more")!;
  private readonly action = document.getElementById("action") as HTMLAnchorElement;

  constructor(private readonly page: HTMLElement) {
    this.words = JSON.parse(document.getElementById("texts")?.textContent || "{}") as Record<string, string>;
  }

  start(): void {
    // The server says why signing in did not work, and where to try again.
    if (this.page.dataset["state"] !== "opening") return;
    this.read();
    // Another link that is pasted over this one loads no page.
    addEventListener("hashchange", () => this.read());
  }

  private read(): void {
    const given = location.hash.slice(1);
    // Whoever looks over a shoulder, or at the history, finds no code.
    history.replaceState(null, "", location.pathname);
    const waiting = takeWaiting();
    if (CODE.test(given)) void this.open({ code: given, asked: false });
    else if (given === "" && waiting) void this.open(waiting);
    else this.show("incomplete");
  }

  private async open(waiting: Waiting): Promise<void> {
    this.show("opening");
    const answer = await redeem(waiting.code);
    if (typeof answer === "string") location.replace(answer);
    else if (answer === 404) this.show("ended");
    else if (answer === 401 && !waiting.asked && this.signIn) this.askToSignIn(waiting.code);
    else if (answer === 401 || answer === 403) this.show("no_access");
    else this.offerAgain(answer === 429 ? "too_often" : "failed", waiting);
  }

  /** Where people sign in, if they can. */
  private get signIn(): string {
    return this.page.dataset["signIn"] ?? "";
  }

  private askToSignIn(code: string): void {
    this.show("sign_in", `${this.signIn}?to=${encodeURIComponent(location.pathname)}`, "sign_in");
    this.action.onclick = () => wait({ code, asked: true });
  }

  private offerAgain(state: State, waiting: Waiting): void {
    this.show(state, location.pathname, "failed");
    this.action.onclick = (event) => {
      event.preventDefault();
      void this.open(waiting);
    };
  }

  private show(state: State, href = "", action = ""): void {
    this.action.onclick = null;
    this.action.setAttribute("href", href);
    this.action.textContent = this.words[`${action}_action`] ?? "";
    this.page.dataset["state"] = state;
    this.title.textContent = this.words[state] ?? state;
    this.more.textContent = this.words[`${state}_more`] ?? "";
    document.title = `${this.title.textContent} · Ondeck`;
  }
}

/** Where the code leads, or the status of the answer; 0 when there was none. */
async function redeem(code: string): Promise<string | number> {
  try {
    const answer = await fetch("/api/redeem", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!answer.ok) return answer.status;
    const { to } = (await answer.json()) as { to: unknown };
    const target = new URL(String(to), location.origin);
    return target.origin === location.origin ? target.href : 0;
  } catch {
    return 0;
  }
}

function wait(waiting: Waiting): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(waiting));
  } catch {
    // A browser without storage asks for the link again after signing in.
  }
}

/** What waited, once. */
function takeWaiting(): Waiting | null {
  try {
    const { code, asked } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Partial<Waiting>;
    sessionStorage.removeItem(KEY);
    return code && CODE.test(code) ? { code, asked: asked === true } : null;
  } catch {
    return null;
  }
}

const page = document.getElementById("join");
if (page) new JoinPage(page).start();
