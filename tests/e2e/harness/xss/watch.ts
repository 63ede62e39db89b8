/** Sees everything that an attack can do in a browser, in every frame of every page. */

import type { BrowserContext, Frame, Page } from "@playwright/test";
import { CORPUS, EVIL } from "./corpus.ts";

/** One pixel. */
const PICTURE = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");
/** What a deck may name, wherever it is (`img-src` and `media-src` of the slides). */
const NAMED_BY_DECKS = new Set(["image", "media"]);
/** What the slides frame loads from its own server. */
const FRAME_LOADS = /^\/(assets\/|p\/|slides\.html$)/;
const SECRET = "kept-from-decks";

export class Watch {
  /** Numbers of the attacks whose programs ran. */
  readonly fired = new Set<number>();
  /** Everything else that no deck may bring about. */
  readonly seen: string[] = [];
  /** Pictures of other servers that were asked for. */
  readonly pictures: string[] = [];
  private readonly settled = new WeakSet<Frame>();

  private constructor(private readonly own: string) {}

  /** Call it before the first page is loaded. */
  static async over(context: BrowserContext, own: string): Promise<Watch> {
    const watch = new Watch(new URL(own).origin);
    await context.exposeBinding("fired", (_, what: number) => watch.fired.add(what));
    await context.exposeBinding("spied", (_, what: string) => watch.seen.push(`read ${what}`));
    await context.addInitScript(prepare, SECRET);
    await context.route(
      (url) => url.protocol.startsWith("http") && url.origin !== watch.own,
      async (route) => {
        const request = route.request();
        const kind = request.resourceType();
        if (NAMED_BY_DECKS.has(kind) || isShape(request.url())) watch.pictures.push(request.url());
        else watch.seen.push(`request for ${kind} ${request.url()}`);
        await route.fulfill({ body: PICTURE, contentType: "image/gif", headers: { "access-control-allow-origin": "*" } });
      },
    );
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (request.url().includes(SECRET)) watch.seen.push(`told ${request.url()}`);
      if (url.origin !== watch.own || request.isNavigationRequest()) return;
      const isSlides = new URL(request.frame().url() || watch.own).pathname === "/slides.html";
      if (isSlides && !FRAME_LOADS.test(url.pathname) && request.resourceType() !== "image") {
        watch.seen.push(`request of the slides for ${request.resourceType()} ${url.pathname}`);
      }
    });
    for (const page of context.pages()) watch.page(page);
    context.on("page", (page) => watch.page(page));
    return watch;
  }

  /** From now on nothing on this page may go anywhere. */
  settle(page: Page): void {
    for (const frame of page.frames()) this.settled.add(frame);
  }

  /** Whether what decks run cannot even have touched the pages. */
  async isWhole(page: Page): Promise<boolean> {
    const whole = page.frames().map((frame) =>
      frame.evaluate(() => {
        const { canary } = window as unknown as { canary?: string };
        return canary === "alive" && (({}) as { polluted?: unknown }).polluted === undefined;
      }),
    );
    return (await Promise.all(whole)).every(Boolean);
  }

  private page(page: Page): void {
    page.on("dialog", (dialog) => {
      this.seen.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("popup", (popup) => this.seen.push(`window ${popup.url()}`));
    page.on("download", (download) => this.seen.push(`download ${download.url()}`));
    page.on("framenavigated", (frame) => {
      if (this.settled.has(frame)) this.seen.push(`went to ${frame.url()}`);
    });
    page.on("frameattached", (frame) => {
      const parent = frame.parentFrame();
      if (parent && this.settled.has(parent)) this.seen.push(`frame in ${parent.url()}`);
    });
  }
}

/** Runs in every frame before anything else does. */
function prepare(secret: string): void {
  const { spied } = window as unknown as { spied(what: string): void };
  Object.assign(window, { canary: "alive" });
  const cookies = Object.getOwnPropertyDescriptor(Document.prototype, "cookie")!;
  const isOpaque = location.origin === "null" || self.origin === "null";
  if (window.top === window && !isOpaque && location.protocol.startsWith("http")) {
    document.cookie = `secret=${secret}; path=/`;
    localStorage.setItem("secret", secret);
  }
  // No page of ours reads cookies, and the slides read nothing.
  Object.defineProperty(Document.prototype, "cookie", {
    ...cookies,
    get(this: Document) {
      spied("cookies");
      return cookies.get?.call(this) as string;
    },
  });
  if (window.top === window) return;
  for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches", "name", "opener"]) {
    Object.defineProperty(window, name, {
      configurable: true,
      get() {
        spied(name);
        return undefined;
      },
    });
  }
}

/** What a page or a person would do to elements, one after the other; runs in the frame. */
export function stir({ selector, ctrl }: { selector: string; ctrl: boolean }): number {
  const EVENTS = [
    "click", "auxclick", "contextmenu", "dblclick", "mouseover", "mouseenter", "mousemove", "mousedown", "mouseup",
    "mouseout", "pointerover", "pointerenter", "pointerdown", "pointermove", "pointerup", "pointerrawupdate",
    "gotpointercapture", "wheel", "scroll", "scrollend", "keydown", "keyup", "focus", "focusin", "blur", "input",
    "beforeinput", "change", "select", "selectstart", "copy", "cut", "paste", "beforecopy", "drag", "dragstart",
    "drop", "touchstart", "touchend", "submit", "reset", "invalid", "search", "toggle", "beforetoggle", "close",
    "animationstart", "animationend", "animationiteration", "transitionrun", "transitionend", "webkitAnimationEnd",
    "load", "error", "play", "message", "popstate", "beforematch", "command", "contentvisibilityautostatechange",
  ];
  const elements = [...document.querySelectorAll(selector)];
  for (const element of elements) {
    // Following a link to another page is what links are for.
    const link = element.closest<HTMLAnchorElement | HTMLAreaElement>("a[href], area[href]");
    const leads = /^(https?|mailto):$/.test(link?.protocol ?? "");
    for (const type of EVENTS) {
      if (leads && /click$/.test(type)) continue;
      const options = { bubbles: true, cancelable: true };
      const event = type === "click" ? new MouseEvent(type, { ...options, ctrlKey: ctrl }) : new Event(type, options);
      element.dispatchEvent(event);
    }
    if (element instanceof HTMLFormElement) element.requestSubmit();
  }
  return elements.length;
}

/** What nothing that people write may become, whatever would come of it; runs in the frame. */
export function leftovers({ selector, own }: { selector: string; own: string }): string[] {
  const FORBIDDEN =
    "script, iframe, object, embed, form, input, meta, base, link, frame, frameset, portal, template, foreignObject iframe";
  const found: string[] = [];
  for (const root of document.querySelectorAll(selector)) {
    for (const element of root.querySelectorAll("*")) {
      const bad = [...element.attributes].filter(({ name, value }) =>
        /^on/i.test(name) || /^(srcdoc|formaction|ping|is)$/i.test(name) ||
        (/^(href|xlink:href|action|data)$/i.test(name) && /^[\s\0-\x20]*(java|vb|live)script:/i.test(value)),
      );
      if (bad.length > 0 || (element.matches(FORBIDDEN) && !(own && element.matches(own)))) {
        found.push(element.outerHTML.slice(0, 200));
      }
    }
  }
  return found;
}

/** What a clip path refers to is a picture to the policy (`img-src`), and something else to Playwright. */
function isShape(url: string): boolean {
  return CORPUS[numberIn(url) ?? -1]?.text.includes(`clip-path:url(${url}`) ?? false;
}

/** The number of the attack that an address belongs to. */
export function numberIn(url: string): number | null {
  const number = new RegExp(`^${EVIL}/(\\d+)`).exec(url)?.[1];
  return number === undefined ? null : Number(number);
}
