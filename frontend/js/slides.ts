/** The slides frame: runs in a sandboxed frame of opaque origin and speaks to the page over one port. */

import { arrowOf, isPageKey, isSingle, nameOf, press } from "./slides/keys.ts";
import { Outbox } from "./slides/outbox.ts";
import { modifiers, type Position, type ToFrame } from "./slides/protocol.ts";
import { ID_PREFIX } from "./slides/sanitize.ts";
import { Stage } from "./slides/stage.ts";

const LINK_SCHEMES = new Set(["http:", "https:", "mailto:"]);
/** How often the page hears that the pointer moves, in milliseconds: its bar stays longer than that. */
const ACTIVE_EVERY = 1000;

class Frame {
  private readonly outbox: Outbox;
  private readonly stage: Stage;
  private following = false;
  private ready = false;
  private activeAt = 0;
  /** Messages are handled one after the other; loading a theme takes a while. */
  private work: Promise<void> = Promise.resolve();

  constructor(port: MessagePort, root: HTMLElement) {
    this.outbox = new Outbox(port);
    this.stage = new Stage(root, {
      moved: (position, move) => this.onMoved(position, move),
      placed: (position, fragments) => this.outbox.send({ type: "place", ...position, fragments }),
      overview: (open) => this.outbox.send({ type: "overview", open }),
      overflowed: (slides) => this.outbox.send({ type: "overflow", slides }),
    });
    port.onmessage = ({ data }: MessageEvent<ToFrame>) => {
      this.work = this.work
        .then(() => this.handle(data))
        .catch((cause: unknown) => this.outbox.error(cause));
    };
    window.addEventListener("error", ({ message }) => this.outbox.error(message));
    window.addEventListener("unhandledrejection", ({ reason }) => this.outbox.error(reason));
    document.addEventListener("click", this.onClick, true);
    document.addEventListener("auxclick", this.onClick, true);
    document.addEventListener("dragstart", (event) => event.preventDefault());
    document.addEventListener("keydown", this.onKey, true);
    document.addEventListener("pointermove", this.onActive, { passive: true });
    document.addEventListener("pointerdown", this.onActive, { passive: true });
  }

  private async handle(message: ToFrame): Promise<void> {
    const { stage } = this;
    switch (message.type) {
      case "deck":
        if (!this.ready) this.following = message.config.role === "follower";
        await stage.load(message.config, message.slides, message.at ?? null, message.heard);
        if (!this.ready) this.outbox.send({ type: "ready" });
        this.ready = true;
        return;
      case "patch":
        return stage.patch(message.config, message.patches, message.at ?? null, message.heard);
      case "go":
        return stage.go({ index: message.index, fragment: message.fragment ?? -1 }, message.heard);
      case "next":
        return stage.next();
      case "prev":
        return stage.prev();
      case "blackout":
        return stage.setBlackout(message.on);
      case "layout":
        return stage.layout();
      case "follow":
        this.following = message.on && stage.role === "follower";
        return;
      case "return":
        return stage.closeOverview();
      case "key":
        return press(message);
      default:
        throw new Error("unknown message");
    }
  }

  /** Whatever moves the slides and is not the page is the person: a key, a tap, a swipe. */
  private onMoved({ index, fragment }: Position, move: number): void {
    if (this.following) {
      this.following = false;
      this.outbox.send({ type: "roam" });
    }
    this.outbox.send({ type: "slide", index, fragment, by: "user", move });
  }

  /** The pointer is over the slides, where the page does not see it. */
  private readonly onActive = (event: PointerEvent): void => {
    const now = event.timeStamp;
    if (this.stage.role !== "follower" || (this.activeAt > 0 && now - this.activeAt < ACTIVE_EVERY)) return;
    this.activeAt = now;
    this.outbox.send({ type: "active" });
  };

  private readonly onClick = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const keys = modifiers(event);
    const link = target.closest("a[href], area[href]");
    if (link) {
      // Nothing in the frame ever navigates it, whatever the link is.
      event.preventDefault();
      if (link.closest(".slides") && this.follow(link, event)) {
        event.stopPropagation();
        return;
      }
    }
    if (event.type !== "click" || this.stage.isOverview()) return;
    const index = this.stage.indexAt(target);
    if (index < 0) return;
    const line = Number.parseInt(target.closest("[data-line]")?.getAttribute("data-line") ?? "", 10);
    this.outbox.send({ type: "click", index, line: Number.isNaN(line) ? null : line, ...keys });
  };

  /** Whether a click on a link was one: in the preview only with Ctrl, Cmd or the middle button. */
  private follow(link: Element, event: MouseEvent): boolean {
    const plain = !event.ctrlKey && !event.metaKey && event.button === 0;
    if (this.stage.role === "preview" && plain) return false;
    const href = link.getAttribute("href") ?? "";
    if (href.startsWith("#")) {
      const target = namedElement(href.slice(1));
      if (target) this.stage.visit(target);
      return true;
    }
    const url = resolve(href);
    if (url) this.outbox.send({ type: "link", href: url, ...modifiers(event) });
    return true;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.target instanceof HTMLInputElement) return;
    const key = nameOf(event);
    // What the page forwards was no key of the page's, and reveal.js knows what to do with it.
    if (!event.isTrusted) return;
    const command = event.ctrlKey || event.metaKey;
    const plain = !command && !event.altKey;
    if (plain && isSingle(key) && !this.stage.hasSingleKeys) return event.stopImmediatePropagation();
    const arrow = arrowOf(event);
    if (arrow) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return press({ key: arrow, shift: true, alt: false, ctrl: false });
    }
    // Ctrl or Cmd+K is the page's palette; without it K is reveal's own.
    if ((plain && (isPageKey(key) || key === "Escape")) || (command && key === "k")) {
      // Escape is reveal's as well: it closes what is open over the slides, or shows the overview.
      if (key !== "Escape") event.preventDefault();
      this.outbox.send({ type: "key", key, ...modifiers(event) });
    }
  };
}

function namedElement(name: string): Element | null {
  try {
    const id = decodeURIComponent(name.replace(/^\//, ""));
    return document.getElementById(ID_PREFIX + id);
  } catch {
    return null;
  }
}

function resolve(href: string): string | null {
  try {
    const url = new URL(href, document.baseURI);
    return LINK_SCHEMES.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** The first port that the page hands over is the only one that is ever listened to. */
function connect(event: MessageEvent<{ type?: string } | null>): void {
  const [port] = event.ports;
  if (event.source !== window.parent || event.data?.type !== "port" || !port) return;
  const root = document.querySelector<HTMLElement>(".reveal");
  if (!root) return;
  window.removeEventListener("message", connect);
  new Frame(port, root);
}

window.addEventListener("message", connect);
window.parent.postMessage({ type: "hello" }, "*");
