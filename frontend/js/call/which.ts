/** "Which section is yours?": leads somebody who comes for the first time to where they write. */

import { t } from "../dialogs/words.ts";
import { change } from "./api.ts";
import { arrange, button, element, say } from "./dom.ts";
import { type Host, mayEdit } from "./host.ts";
import { type Call, isSameName, type Row, Rows } from "./rows.ts";
import { stateOf, titleOf } from "./words.ts";

/** What a deck remembers of this question, in this browser. */
const KEY = "ondeck.section.";

class Card {
  private readonly list = element("ul", { class: "which-list", "data-test": "which-list" });
  private readonly card: HTMLElement;
  private readonly model: Rows;
  private readonly choices = new Map<string, HTMLLIElement>();
  private rows: Row[] = [];
  private isOpen = false;
  /** The person wants to be asked, whatever they have said or have. */
  private isWanted = false;
  /** The section that somebody chose and has not been led to yet. */
  private chosen: string | null = null;

  constructor(private readonly root: HTMLElement, private readonly host: Host, private isDone: boolean) {
    const look = button(t("just_looking"), "just-looking", () => this.leave(), "button quiet");
    this.card = element("section", { class: "which", "data-test": "which" },
      element("h2", { id: "which-title" }, t("which")), element("p", { class: "muted" }, t("which_hint")), this.list, look);
    this.card.setAttribute("aria-labelledby", "which-title");
    this.card.addEventListener("keydown", (event) => this.onKey(event));
    this.model = new Rows(host, (call) => this.draw(call));
  }

  close(): void {
    this.model.close();
    this.chosen = null;
    this.hide();
  }

  /** Asks once more. */
  ask(): void {
    this.isWanted = true;
    this.draw(this.model.call);
    if (this.isOpen) this.buttons()[0]?.focus({ preventScroll: true });
  }

  private hide(): void {
    this.isOpen = this.isWanted = false;
    this.card.remove();
  }

  private draw({ rows, callAt }: Call): void {
    if (!rows || !mayEdit(this.host)) return;
    this.lead(rows);
    const { isWanted } = this;
    const expected = rows.filter(({ expected }) => expected);
    // In a deck of one author every section is expected; only where several report there is something to ask.
    const isShared = callAt !== null || expected.some(({ reporter, text }) => reporter !== null || text?.asksWho);
    // Who has a section, or none to choose from, is not asked. A name that is like theirs is no choice yet.
    const isAsked = isShared && !this.isDone && !rows.some((row) => this.isClaimed(row));
    if (expected.length === 0 || !(isWanted || isAsked)) {
      if (this.isOpen) this.hide();
      return;
    }
    this.rows = [...expected.filter((row) => this.isLikely(row)), ...expected.filter((row) => !this.isLikely(row))];
    arrange(this.list, this.rows.map((row) => this.choice(row)));
    if (this.isOpen) return;
    this.isOpen = true;
    // The heading is announced when it comes into a region that was there before.
    this.root.setAttribute("aria-live", "polite");
    this.root.append(this.card);
    // A newcomer's hands are nowhere yet: then the arrow keys are for this.
    const { activeElement } = document;
    if (!activeElement || activeElement === document.body) this.buttons()[0]?.focus({ preventScroll: true });
  }

  private isClaimed({ claimedBy }: Row): boolean {
    return claimedBy === this.host.principal;
  }

  private isLikely(row: Row): boolean {
    return this.isClaimed(row) || isSameName(row.reporter, this.host.name());
  }

  private choice(row: Row): HTMLLIElement {
    const { id } = row;
    let item = this.choices.get(id);
    if (!item) {
      const choose = element("button", { type: "button", class: "which-choice", "data-test": "which-choice", onclick: () => this.choose(id) });
      choose.append(element("b", { class: "ellipsis" }), element("span", { class: "which-who muted ellipsis" }), element("span", { class: "which-yours", "data-test": "which-yours" }), element("span", { class: "board-state" }));
      this.choices.set(id, item = element("li", {}, choose));
    }
    const [title, who, yours, state] = item.querySelectorAll("b, span");
    item.dataset["state"] = row.state;
    if (title && who && yours && state) {
      say(title, titleOf(row));
      say(who, row.reporter ?? "");
      say(yours, this.isClaimed(row) ? t("yours") : this.isLikely(row) ? t("yours_ask") : "");
      say(state, stateOf({ ...row, changed: false }));
    }
    return item;
  }

  private choose(id: string): void {
    this.done();
    this.chosen = id;
    this.lead(this.rows);
    void change(this.host, id, { claim: true });
    // Whoever has begun to write by themselves is not led away.
    if (this.chosen) document.addEventListener("beforeinput", () => (this.chosen = null), { capture: true, once: true });
  }

  /** Leads to the chosen section: on a slow device the list is there before the text is read, or the editor is. */
  private lead(rows: readonly Row[]): void {
    const text = rows.find(({ id }) => id === this.chosen)?.text;
    if (text && this.host.writeAt(text.writeLine)) this.chosen = null;
  }

  private leave(): void {
    this.chosen = null;
    this.done();
    document.querySelector<HTMLElement>("[data-test-editor]")?.focus();
  }

  private done(): void {
    this.isDone = true;
    remember(this.host.deck);
    this.hide();
  }

  private buttons(): HTMLElement[] {
    return [...this.card.querySelectorAll<HTMLElement>("button")];
  }

  private onKey(event: KeyboardEvent): void {
    const buttons = this.buttons();
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (event.key === "Escape") this.leave();
    else if (to === undefined) return;
    else buttons[(to + buttons.length) % buttons.length]?.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}

function remember(deck: string): void {
  try {
    localStorage.setItem(KEY + deck, "1");
  } catch {
    // A browser that keeps nothing asks again.
  }
}

function isRemembered(deck: string): boolean {
  try {
    return localStorage.getItem(KEY + deck) !== null;
  } catch {
    return false;
  }
}

/** Asks once for each deck and browser, as soon as there is something to choose from, and whenever it is told to. */
export function whichSection(root: HTMLElement, host: Host): { close(): void; ask(): void } {
  return new Card(root, host, isRemembered(host.deck));
}
