/** Short messages at the edge of the page, some with one action. */

import { t } from "../follow/words.ts";
import { button, element, iconButton } from "./dom.ts";

/** How long a message stays. */
const STAY_MS = 6_000;
/** What went wrong, and what can be taken back, takes longer to read and to decide. */
const STAY_LONGER_MS = 10_000;

export class Toasts {
  constructor(private readonly place: HTMLElement) {}

  say(text: string): void {
    this.push(text, STAY_MS);
  }

  complain(text: string): void {
    this.push(text, STAY_LONGER_MS);
  }

  /** Says something that can be answered with one action. Returns what takes it away. */
  offer(text: string, label: string, act: () => void): () => void {
    const answer = button("toast-action", "button quiet", () => {
      answer.closest(".toast")?.remove();
      act();
    }, label);
    return this.push(text, STAY_LONGER_MS, answer);
  }

  private push(text: string, stay: number, ...actions: HTMLElement[]): () => void {
    const close = iconButton("close-toast", "close", t("close"), () => toast.remove());
    const toast = element("div", { class: "toast", "data-test": "toast" }, element("span", {}, text), ...actions, close);
    this.place.append(toast);
    // Whoever points at it, or is in it, is not done.
    const leave = (): void => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, STAY_MS);
      else toast.remove();
    };
    setTimeout(leave, stay);
    return () => toast.remove();
  }
}
