/** What this page does: make decks and calls, put decks away, and take that back. */

import { copy } from "../dialogs/dialog.ts";
import { t } from "../follow/words.ts";
import { archive, audienceLink, duplicate, Failure, make, remove, restore, titleOf, type Deck, type Series } from "./api.ts";
import type { DialogModule } from "./dialogs.ts";
import { button, element, icon } from "./dom.ts";
import { importFiles } from "./importing.ts";
import type { Deeds as RowDeeds } from "./rows.ts";
import type { Toasts } from "./toasts.ts";

/** What the page tells of its list. */
export interface Known {
  reload(): void;
  series(id: string): Series | null;
  title(id: string): string;
}

/** What the application looks for in the deck that somebody has just made. */
const NEW_KEY = "ondeck.new";
/** What can be imported, for the browser's dialog. */
const ACCEPTED = ".md,.markdown,.txt,text/markdown,text/plain";

export class Deeds implements RowDeeds {
  /** Without word from the server it decides when it is asked. */
  canCreate = true;
  /** Take the offers away to bring decks back that are in the bin. */
  private readonly offers = new Map<string, () => void>();

  constructor(private readonly dialogs: DialogModule, private readonly toasts: Toasts, private readonly known: Known) {}

  /** The ways to new decks, for the header. */
  buttons(): HTMLElement[] {
    const input = element("input", { type: "file", class: "visually-hidden", multiple: "", accept: ACCEPTED, tabindex: "-1", "aria-hidden": "true", "data-test": "import-file" });
    input.addEventListener("change", () => {
      void this.take([...(input.files ?? [])]);
      input.value = "";
    });
    const label = (words: string) => element("span", { class: "home-label" }, words);
    return [
      button("import", "button", () => input.click(), icon("import"), label(t("import"))),
      input,
      button("new-deck", "button primary", () => this.newDeck("blank"), icon("add"), label(t("new_deck"))),
    ];
  }

  /** The same for who has none yet. */
  beginnings(): HTMLElement {
    return element("div", { class: "row" },
      button("from-template", "button primary", () => void this.create({ template: "community-call" }), t("from_template")),
      button("paste", "button", () => this.newDeck("paste"), t("paste")));
  }

  newCall(template: string): void {
    const name = this.known.series(template)?.name ?? this.known.title(template);
    void this.dialogs.open((dialogs) => dialogs.openNewCall({ template, name, done: (deck) => open(deck.id) }));
  }

  series(template: string): void {
    const [series, title] = [this.known.series(template), this.known.title(template)];
    void this.dialogs.open((dialogs) => dialogs.openSeries({ deck: template, title, series, done: (words) => {
      this.toasts.say(words);
      this.known.reload();
    } }));
  }

  /** Files become decks: one is opened, several are on the list then. */
  async take(files: File[]): Promise<void> {
    if (!this.canCreate || files.length === 0) return;
    const made = await importFiles(files, (words) => this.toasts.complain(words));
    if (made.length === 1 && files.length === 1) return open(made[0]!.id);
    if (made.length > 0) this.toasts.say(made.length === 1 ? t("imported_one") : t("imported", made.length));
    this.known.reload();
  }

  copyLink(deck: Deck): void {
    void copyLater(audienceLink(deck)).then((done) => (done ? this.toasts.say(t("copied_link")) : this.toasts.complain(t("not_copied"))));
  }

  duplicate(deck: Deck): void {
    void this.attempt(async () => {
      const { id, title } = await duplicate(deck.id);
      this.toasts.offer(t("duplicated", title || t("untitled")), t("open"), () => location.assign(`/d/${id}`));
    });
  }

  archive(deck: Deck, archived: boolean): void {
    void this.attempt(async () => {
      await archive(deck.id, archived);
      const words = t(archived ? "archived" : "unarchived", titleOf(deck) || t("untitled"));
      this.toasts.offer(words, t("undo"), () => void this.attempt(() => archive(deck.id, !archived)));
    });
  }

  remove(deck: Deck): void {
    void this.attempt(async () => {
      await remove(deck.id);
      this.offers.set(deck.id, this.toasts.offer(t("deleted", titleOf(deck) || t("untitled")), t("undo"), () => this.restore(deck)));
    });
  }

  restore(deck: Deck): void {
    void this.attempt(async () => {
      await restore(deck.id);
      this.offers.get(deck.id)?.();
      this.offers.delete(deck.id);
      this.toasts.say(t("restored", titleOf(deck) || t("untitled")));
    });
  }

  private newDeck(kind: "blank" | "paste"): void {
    void this.dialogs.open((dialogs) => dialogs.openNewDeck({ kind, done: (deck) => void this.create(deck) }));
  }

  private async create(deck: object): Promise<void> {
    try {
      open((await make(deck)).id);
    } catch (failure) {
      this.say(failure, "not_made");
    }
  }

  /** Does something, and shows what became of it. */
  private async attempt(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (failure) {
      this.say(failure, "not_done");
    }
    this.known.reload();
  }

  private say(failure: unknown, key: string): void {
    if (!(failure instanceof Failure)) throw failure;
    this.toasts.complain(failure.isUnreachable ? failure.message : t(key, failure.words));
  }
}

/** Puts a text on the clipboard that is still on its way: some browsers want to be asked while the button is pressed. */
async function copyLater(text: Promise<string>): Promise<boolean> {
  try {
    const item = text.then((words) => new Blob([words], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": item })]);
    return true;
  } catch {
    return copy(await text);
  }
}

/** Goes to a deck that was just made. */
function open(deck: string): void {
  try {
    sessionStorage.setItem(NEW_KEY, deck);
  } catch {
    // Then it opens like any other.
  }
  location.assign(`/d/${deck}`);
}
