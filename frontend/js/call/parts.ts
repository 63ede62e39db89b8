/** What the pages of a deck have of a call besides the board: the discussion's button and panel. */

import { t } from "../dialogs/words.ts";
import { openDiscussion, watchTalk } from "./discussion/panel.ts";
import { button, element, say, show } from "./dom.ts";
import type { PageHost } from "./page.ts";

/** What a discussion may begin with. */
export interface Draft {
  text?: string;
  slide?: number;
  stored?(): void;
  show?: "slide" | "all" | "questions";
}

/** A place that the application left for something; nothing is there on pages without it. */
export function place(name: string): HTMLElement | null {
  return document.getElementById(`call-${name}`);
}

/** The panel at the side of the page, and the button that opens it. */
export class TalkPanel {
  private opened: { panel: HTMLElement; talk: { close(): void; focus?(): void } } | null = null;
  private readonly count = element("span", { class: "talk-count tabular", "data-test": "talk-count" });
  private readonly button = button(t("discussion"), "talk", () => this.toggle(), "button talk-button", "talk");
  private place: HTMLElement | null = null;

  constructor(private readonly host: PageHost, private readonly asks: boolean) {
    this.button.append(this.count);
    this.button.setAttribute("aria-expanded", "false");
    show(this.count, false);
    watchTalk(host, ({ unread, questions }) => this.tell(unread, questions));
    this.settle();
  }

  /** The application draws its bars again now and then: the button goes where the place is. */
  settle(): void {
    const there = place("talk");
    if (there && there !== this.place) {
      this.place = there;
      there.append(this.button);
    }
  }

  toggle(draft: Draft = this.asks ? { show: "questions" } : {}): void {
    if (this.opened) this.close();
    else this.open(draft);
  }

  open(draft: Draft): void {
    this.close();
    const panel = element("aside", { class: "call-panel", "data-test": "call-panel" });
    panel.setAttribute("aria-label", t("discussion"));
    panel.addEventListener("close", () => this.close(true));
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.close(true);
    });
    // The presenter's controls stay free: there it stands in the place of notes and agenda.
    (document.querySelector(".present-aside") ?? place("panel") ?? document.body).append(panel);
    const talk: { close(): void; focus?(): void } = openDiscussion(panel, this.host, draft);
    this.opened = { panel, talk };
    this.button.setAttribute("aria-expanded", "true");
    this.opened.talk.focus?.();
  }

  private close(isByHand = false): void {
    if (!this.opened) return;
    const { panel, talk } = this.opened;
    this.opened = null;
    talk.close();
    panel.remove();
    this.button.setAttribute("aria-expanded", "false");
    if (isByHand) this.button.focus();
  }

  private tell(unread: number, questions: number): void {
    const count = this.asks ? questions : unread;
    say(this.count, count > 0 ? `${count}` : "");
    show(this.count, count > 0);
    const words = this.asks ? t("open_questions", `${questions}`) : t("unread", `${unread}`);
    this.button.title = count > 0 ? `${t("discussion")} · ${words}` : t("discussion");
    this.button.setAttribute("aria-label", this.button.title);
  }
}
