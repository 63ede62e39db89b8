/** A modal dialog that lives from when it is opened until it is closed, and says what happens in it. */

import { element } from "../follow/dom.ts";
import { t } from "./words.ts";

export class Dialog {
  private readonly dialog: HTMLDialogElement;
  private readonly content = element("div", { class: "dialog-content" });
  private readonly said = element("p", { class: "dialog-said", role: "status", "data-test": "said" });
  private readonly complaint = element("p", { class: "dialog-said dialog-complaint", role: "alert", "data-test": "complaint" });

  constructor(title: string, test: string, kind: string) {
    const button = element("button", { type: "button", class: "icon-button dialog-close", "data-test": "close-dialog", onclick: () => this.close() }, "×");
    button.setAttribute("aria-label", t("close"));
    button.title = t("close");
    const head = element("div", { class: "dialog-head" }, element("h2", { class: "grow" }, title), button);
    const foot = element("div", { class: "dialog-foot" }, this.said, this.complaint);
    const body = element("div", { class: "dialog-body" }, head, this.content, foot);
    this.dialog = element("dialog", { class: `dialog ${kind}`, "aria-label": title, "data-test": test }, body);
    // A click beside the dialog is one on its backdrop.
    this.dialog.addEventListener("click", ({ target }) => {
      if (target === this.dialog) this.close();
    });
    this.dialog.addEventListener("close", () => this.dialog.remove());
    document.body.append(this.dialog);
    this.dialog.showModal();
  }

  get isOpen(): boolean {
    return this.dialog.open;
  }

  close(): void {
    this.dialog.close();
  }

  /** Puts these in the place of what was there; the focus stays on what has the same key. */
  show(...nodes: Node[]): void {
    const focused = this.content.contains(document.activeElement) ? document.activeElement : null;
    const key = focused?.closest("[data-key]")?.getAttribute("data-key");
    this.content.replaceChildren(...nodes);
    if (!focused) return;
    const again = key ? this.content.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) : null;
    (again ?? this.dialog.querySelector<HTMLElement>(".dialog-close"))?.focus();
  }

  /** Puts the focus on what has a key. */
  focus(key: string): void {
    this.content.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }

  /** While something is under way nothing else can be asked for. */
  wait(isBusy: boolean): void {
    this.content.setAttribute("aria-busy", `${isBusy}`);
    this.content.classList.toggle("busy", isBusy);
  }

  say(text: string): void {
    this.complaint.textContent = "";
    this.said.textContent = text;
  }

  complain(text: string): void {
    this.said.textContent = "";
    this.complaint.textContent = text;
  }
}

/** Puts a text on the clipboard, where the browser lets a page do that. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** The address of a path on this server, for sending around. */
export function absolute(path: string): string {
  return new URL(path, location.origin).href;
}
