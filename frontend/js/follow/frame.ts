/** The slides frame on a page: its element, and the port to it. */

import type { Config, FromFrame, Patch, Position, SlideHtml, ToFrame } from "../slides/protocol.ts";
import { element } from "./dom.ts";
import type { DeckConfig } from "./protocol.ts";
import { t } from "./words.ts";

/** The schemes that a link on a slide may lead to. */
const LINKS = /^(https?:\/\/|mailto:)/;

/** A phone that is held upright shows the slides below each other. */
const PORTRAIT = "(max-width: 640px) and (orientation: portrait)";

export class Frame {
  readonly element = element("iframe", {
    class: "slides-frame",
    // They may have a host name of their own, which the server knows.
    src: document.getElementById("app")?.dataset["slides"] || "/slides.html",
    title: t("slides"),
    sandbox: "allow-scripts",
    referrerpolicy: "no-referrer",
    allow: "fullscreen",
    "data-test": "slides",
    "data-shown": "false",
    "data-slide": "0",
  });
  private port: MessagePort | null = null;
  /** The person's movement that was heard of last. */
  private heard = 0;
  private config: DeckConfig | null = null;
  private singleKeys = true;
  /** What opens the pictures of the deck. */
  private readonly pictures: string;
  private readonly portrait = matchMedia(PORTRAIT);
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)");

  constructor(
    pictures: string,
    private readonly on: {
      /** The frame has a port and knows nothing yet. */
      connected(): void;
      heard(message: FromFrame): void;
    },
  ) {
    this.pictures = pictures;
    window.addEventListener("message", this.onHello);
    this.portrait.addEventListener("change", () => this.configure());
    this.still.addEventListener("change", () => this.configure());
  }

  get isConnected(): boolean {
    return this.port !== null;
  }

  load(config: DeckConfig, slides: SlideHtml[], at: Position | null): void {
    this.config = config;
    this.send({ type: "deck", config: this.complete(config), slides, at });
  }

  patch(config: DeckConfig | undefined, patches: Patch[], at: Position | null): void {
    if (config) this.config = config;
    this.send({ type: "patch", patches, at, ...(config ? { config: this.complete(config) } : {}) });
  }

  setSingleKeys(on: boolean): void {
    if (on === this.singleKeys) return;
    this.singleKeys = on;
    this.configure();
  }

  send(message: ToFrame): void {
    this.port?.postMessage({ ...message, heard: this.heard });
  }

  /** What the page decides about the look has changed. */
  private configure(): void {
    if (this.config) this.patch(this.config, [], null);
  }

  private complete(config: DeckConfig): Config {
    return {
      ...config,
      role: "follower",
      reducedMotion: this.still.matches,
      singleKeys: this.singleKeys,
      pictures: this.pictures,
      scroll: this.portrait.matches,
      words: { slide: t("slide_of"), jump: t("jump") },
    };
  }

  private readonly onHello = (event: MessageEvent<{ type?: string } | null>): void => {
    const { contentWindow } = this.element;
    if (!contentWindow || event.source !== contentWindow || event.data?.type !== "hello") return;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<FromFrame>) => this.hear(data);
    this.port?.close();
    this.port = port1;
    this.heard = 0;
    contentWindow.postMessage({ type: "port" }, "*", [port2]);
    this.on.connected();
  };

  private hear(message: FromFrame): void {
    if (message.type === "slide") this.heard = message.move;
    if (message.type === "ready") this.element.dataset.shown = "true";
    if (message.type === "place" || message.type === "slide") this.element.dataset.slide = String(message.index);
    if (message.type === "link") openLink(message.href);
    else this.on.heard(message);
  }
}

/** Links on slides come from strangers: a new tab that knows nothing of this one. */
function openLink(href: string): void {
  if (LINKS.test(href)) window.open(href, "_blank", "noopener,noreferrer");
}
