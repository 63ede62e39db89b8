/** The audience's page: the slides on the whole screen, where the presenter is, or all of them as text. */

import { ticket } from "../slides/pictures.ts";
import type { FromFrame, Position } from "../slides/protocol.ts";
import { Ask } from "./ask.ts";
import { Bar, labelOf } from "./bar.ts";
import type { Deck } from "./deck.ts";
import { element, say } from "./dom.ts";
import { Frame } from "./frame.ts";
import { Help } from "./help.ts";
import { isSingle, nameOf } from "../slides/keys.ts";
import { isDeckKey, isTaken, SCROLL_KEYS, singleKeys } from "./keys.ts";
import type { PatchMessage, State } from "./protocol.ts";
import { Session } from "./session.ts";
import { Follower } from "./state.ts";
import { TextView } from "./text.ts";
import { t } from "./words.ts";

/** The server forgets a presentation to which nobody came back for so long, in milliseconds. */
const AWAITED_FOR = 15 * 60_000;

export class FollowPage {
  private readonly follower = new Follower();
  private readonly session: Session;
  private readonly frame: Frame;
  private readonly text: TextView;
  private readonly bar: Bar;
  private readonly main: HTMLElement;
  private readonly help: Help;
  private readonly ask: Ask;
  private readonly notice = element("p", { class: "notice", role: "status" });
  /** For the eyes: the bar says the same, as a status. */
  private readonly curtain = element("p", { class: "curtain", "aria-hidden": "true" });
  private readonly pill = element("button", {
    type: "button", class: "pill", "data-test": "return", onclick: () => this.comeBack(),
  });
  private readonly pillPlace = element("span", {});
  private readonly stage = element("div", { class: "follow-stage" });
  /** Where the slides are on this screen. */
  private shown: Position = { index: 0, fragment: -1 };
  private isText = false;
  /** What the frame was told last. */
  private told = "";
  private awaiting = 0;

  constructor(private readonly app: HTMLElement) {
    const { code = "", revision = "" } = app.dataset;
    const main = app.querySelector<HTMLElement>(".text-view");
    const holder = app.querySelector<HTMLElement>(".text-slides");
    if (!main || !holder) throw new Error("the page has no text");
    this.main = main;
    const pictures = app.dataset.picturesTicket ?? "";
    ticket.use(pictures);
    this.text = new TextView(holder);
    this.frame = new Frame(pictures, { connected: () => this.load(), heard: (message) => this.heard(message) });
    this.help = new Help((on) => this.frame.setSingleKeys(on));
    this.bar = new Bar({
      text: () => this.setText(!this.isText),
      ask: () => this.ask.toggle(),
      help: () => this.help.toggle(),
      fullscreen: toggleFullscreen,
    });
    const base = `/l/${encodeURIComponent(code)}`;
    this.ask = new Ask(base, () => this.here(), (isOpen, answered) => {
      this.bar.setAsk(isOpen, answered);
      if (!isOpen && this.ask.element.contains(document.activeElement)) this.bar.ask.focus();
    });
    this.session = new Session(base, revision, {
      deck: (deck, state) => this.onDeck(deck, state),
      patch: (message) => this.onPatch(message),
      state: (state) => this.onState(state),
      connection: () => this.onConnection(),
      opened: () => this.tellRoaming(),
    });
    this.build();
  }

  start(): void {
    this.frame.setSingleKeys(singleKeys());
    this.session.start();
    this.render();
  }

  private build(): void {
    this.app.dataset.test = "follow-page";
    this.app.classList.add("follow-page");
    this.pill.append(this.pillPlace, element("b", {}, t("return_key")));
    this.stage.append(this.frame.element);
    this.stage.setAttribute("role", "region");
    this.stage.setAttribute("aria-label", t("slides"));
    this.app.prepend(this.notice, this.stage);
    this.app.append(this.curtain, element("div", { class: "follow-foot" }, this.pill, this.bar.element), this.ask.element, this.help.dialog);
    document.addEventListener("keydown", (event) => this.onKey(event));
    document.addEventListener("pointerdown", () => this.bar.wake());
    window.addEventListener("beforeprint", () => this.text.open(true));
    window.addEventListener("afterprint", () => this.text.open(this.isText));
  }

  /** The slide that the person looks at, for a question about it. */
  private here(): { slide: string; number: number; label: string } {
    const { deck } = this.session;
    const number = this.shown.index;
    return { slide: deck?.titles[number] ?? "", number, label: deck?.place(number) ?? `${number + 1}` };
  }

  private onDeck(deck: Deck, state: State): void {
    this.hear(state);
    this.text.load(deck, this.app.dataset.revision ?? "");
    this.load();
    this.render();
  }

  private onPatch(message: PatchMessage): void {
    const { deck } = this.session;
    if (!deck) return;
    this.hear(message.state);
    this.frame.patch(message.config, message.patches, this.follower.place);
    this.text.patch(message.patches, deck);
    this.render();
  }

  private onState(state: State): void {
    this.hear(state);
    this.place();
    this.render();
  }

  private hear(state: State): void {
    this.follower.hear(state);
    if (!this.follower.isAwaited) {
      window.clearTimeout(this.awaiting);
      this.awaiting = 0;
    } else this.awaiting ||= window.setTimeout(() => {
      this.follower.giveUp();
      this.render();
    }, AWAITED_FOR);
  }

  private onConnection(): void {
    if (this.session.state === "ended") this.follower.linkEnded = true;
    this.render();
  }

  /** Brings the whole deck into the frame, as soon as both are there. */
  private load(): void {
    const { deck } = this.session;
    if (!deck || !this.frame.isConnected) return;
    // Whoever looks around goes on where they were.
    this.frame.load(deck.config, deck.slides, this.follower.place ?? this.shown);
    this.tellFrame();
  }

  /** Brings the slides to where the presenter is, if that is where they belong. */
  private place(): void {
    const { place } = this.follower;
    if (place) this.frame.send({ type: "go", ...place });
  }

  /** Until now there was the text to read. */
  private showSlides(): void {
    this.app.toggleAttribute("data-shown", true);
    this.main.hidden = !this.isText;
    this.text.open(this.isText);
    this.bar.wake();
  }

  private heard(message: FromFrame): void {
    switch (message.type) {
      case "ready":
        return this.showSlides();
      case "place":
        this.shown = { index: message.index, fragment: message.fragment };
        return this.render();
      case "roam":
        if (this.follower.roam()) this.tellRoaming();
        return this.render();
      case "key":
        this.act(message.key);
        return;
      case "active":
      case "click":
        return this.bar.wake();
      case "overview":
        this.app.toggleAttribute("data-overview", message.open);
    }
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (isTaken(event)) return;
    const key = nameOf(event);
    if (isSingle(key) && !singleKeys()) return;
    if (this.act(key)) return event.preventDefault();
    if (!isDeckKey(key) || (this.isText && SCROLL_KEYS.has(key))) return;
    // In the text view there is no overview to open and no slide to jump to.
    if (this.isText) return key === "Escape" ? this.setText(false) : undefined;
    event.preventDefault();
    // What is typed next is the number to jump to.
    if (key === "g") this.frame.element.focus();
    const { shiftKey: shift, altKey: alt, ctrlKey: ctrl } = event;
    this.frame.send({ type: "key", key, shift, alt, ctrl });
  };

  /** What a key does that is the page's own; says whether it is. */
  private act(key: string): boolean {
    switch (key) {
      case "r":
        this.comeBack();
        return true;
      case "t":
        this.setText(!this.isText);
        return true;
      case "f":
        toggleFullscreen();
        return true;
      case "?":
      case "F1":
        this.help.toggle();
        return true;
      default:
        return false;
    }
  }

  private comeBack(): void {
    if (!this.follower.comeBack()) return;
    this.tellRoaming();
    this.frame.send({ type: "return" });
    if (this.follower.follows) this.frame.send({ type: "go", ...this.follower.last });
    if (this.isText) this.text.goTo(this.follower.state.slide);
    this.render();
    this.frame.element.focus();
  }

  private setText(isOpen: boolean): void {
    this.isText = isOpen;
    this.app.toggleAttribute("data-text", isOpen);
    this.main.hidden = !isOpen && this.app.hasAttribute("data-shown");
    this.text.open(isOpen);
    this.bar.setText(isOpen);
    this.render();
    if (isOpen) this.text.goTo(this.shown.index);
  }

  /** A new connection knows nothing of where this page is. */
  private tellRoaming(): void {
    this.session.send({ type: "roam", on: this.follower.isRoaming });
  }

  private tellFrame(): void {
    this.frame.send({ type: "follow", on: this.follower.follows });
    this.frame.send({ type: "blackout", on: this.follower.isDark });
  }

  private render(): void {
    const { follower, session } = this;
    const { showing, isDark, follows } = follower;
    const { deck } = session;
    const told = `${follows} ${isDark}`;
    if (told !== this.told) {
      this.told = told;
      this.tellFrame();
    }
    this.app.dataset.state = showing;
    this.app.dataset.connection = session.state;
    this.app.toggleAttribute("data-dark", isDark);
    this.bar.show(showing, deck ? deck.place(this.shown.index) : "");
    this.text.mark(follower.state.phase === "waiting" ? this.shown.index : follower.state.slide);
    this.pill.hidden = showing !== "roaming";
    this.bar.ask.hidden = showing === "link-ended";
    this.ask.moved();
    if (deck && showing === "roaming") {
      const { slide } = follower.state;
      const section = deck.sectionOf(slide);
      say(this.pillPlace, t("presenter_at", `${slide + 1}${section && ` · ${section}`}`));
    }
    const isOut = session.state === "waiting" || (session.state === "opening" && deck !== null);
    say(this.notice, isOut && showing !== "link-ended" ? t("reconnecting") : "");
    // What leaves the person with nothing to do is said in the middle of the screen.
    say(this.curtain, showing === "link-ended" || (showing === "ended" && !this.isText) ? t(labelOf(showing)) : "");
    if (deck) document.title = deck.title ? `${deck.title} · Ondeck` : "Ondeck";
  }
}

function toggleFullscreen(): void {
  if (!document.fullscreenEnabled) return;
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  // Refused without a gesture; then the screen stays as it is.
  done.catch(() => undefined);
}
