/** The bar below the slides: what the page does, where it is, and its few buttons. */

import { element, icon, type IconName, say } from "./dom.ts";
import type { Showing } from "./state.ts";
import { t } from "./words.ts";

/** The bar goes away after this, in milliseconds. */
const STAYS = 4000;
/** How large the text of the text view may be, in per cent; after the last comes the first. */
const SIZES = [100, 125, 150, 200];

export type BarActions = {
  text(): void;
  ask(): void;
  help(): void;
  fullscreen(): void;
};

export class Bar {
  readonly element: HTMLElement;
  private readonly label = element("span", {});
  private readonly state: HTMLElement;
  private readonly place = element("span", { class: "slide-position", "data-test": "slide-position" });
  private readonly text: HTMLButtonElement;
  private readonly size: HTMLButtonElement;
  /** Opens the panel for questions. */
  readonly ask: HTMLButtonElement;
  private timer = 0;
  private step = 0;

  constructor(actions: BarActions) {
    this.state = element(
      "span",
      { class: "follow-state", role: "status", "data-test": "follow-state" },
      element("span", { class: "status-dot", "aria-hidden": "true" }),
      this.label,
    );
    this.text = button(t("text_view"), "text-view", actions.text, icon("text"));
    this.size = button(t("text_size"), "text-size", () => this.enlarge(), "Aa");
    this.size.hidden = true;
    this.ask = button(t("ask"), "ask", actions.ask, icon("ask"));
    this.ask.setAttribute("aria-expanded", "false");
    this.element = element(
      "footer",
      { class: "follow-bar open", "aria-label": t("bar") },
      this.state,
      this.place,
      this.ask,
      this.text,
      this.size,
      button(t("keys"), "help-button", actions.help, "?"),
      ...(document.fullscreenEnabled ? [button(t("fullscreen"), "fullscreen", actions.fullscreen, icon("full"))] : []),
    );
    for (const event of ["pointermove", "pointerdown", "focusin"]) {
      this.element.addEventListener(event, () => this.wake());
    }
  }

  show(showing: Showing, place: string): void {
    if (this.state.dataset.state !== showing) {
      this.state.dataset.state = showing;
      this.wake();
    }
    say(this.label, t(labelOf(showing)));
    say(this.place, place);
  }

  /** Whether the panel is open, and how many own questions were answered. */
  setAsk(isOpen: boolean, answered: number): void {
    const label = answered > 0 ? `${t("ask")} · ${t("ask_count", answered)}` : t("ask");
    this.ask.setAttribute("aria-expanded", `${isOpen}`);
    this.ask.setAttribute("aria-label", label);
    this.ask.title = label;
    this.ask.toggleAttribute("data-answered", answered > 0 && !isOpen);
    this.wake();
  }

  setText(isOpen: boolean): void {
    const label = t(isOpen ? "slides_view" : "text_view");
    this.text.setAttribute("aria-label", label);
    this.text.title = label;
    const name: IconName = isOpen ? "slides" : "text";
    this.text.replaceChildren(icon(name));
    this.size.hidden = !isOpen;
    this.wake();
  }

  /** Comes, and goes by itself; nothing runs afterwards. */
  wake(): void {
    clearTimeout(this.timer);
    this.element.classList.add("open");
    this.timer = window.setTimeout(() => this.element.classList.remove("open"), STAYS);
  }

  private enlarge(): void {
    this.step = (this.step + 1) % SIZES.length;
    document.documentElement.style.setProperty("--text-size", `${SIZES[this.step]}%`);
  }
}

export function labelOf(showing: Showing): string {
  return showing.replace("-", "_");
}

function button(label: string, test: string, act: () => void, content: Node | string): HTMLButtonElement {
  return element(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, "data-test": test, onclick: act },
    content,
  );
}
