/** The dialogs that a page opens when somebody asks for one; the application loads them when it has nothing else to do. */

import { Dialog } from "./dialogs/dialog.ts";
import { showHelp } from "./dialogs/help.ts";
import { showNewCall, type Options as NewCallOptions } from "./dialogs/new-call/view.ts";
import { showNewDeck, type Kind, type NewDeck } from "./dialogs/new-deck.ts";
import { showLinks } from "./dialogs/presentation.ts";
import { showSeries, type Options as SeriesOptions } from "./dialogs/series/view.ts";
import { SharingApi } from "./dialogs/share/api.ts";
import { showSharing, type Options } from "./dialogs/share/view.ts";
import { showSlideSettings, type Attributes } from "./dialogs/slide-settings.ts";
import { t } from "./dialogs/words.ts";

let opened: Dialog | undefined;

/** One dialog at a time, however often its button is pressed. */
function open(title: string, test: string, fill: (dialog: Dialog) => void, kind = ""): void {
  if (opened?.isOpen) return;
  opened = new Dialog(title, test, kind);
  fill(opened);
}

/** Who may do what with a deck. */
export function openShare(options: Options): void {
  open(t("share_deck"), "share-dialog", (dialog) => void showSharing(options, dialog), "share");
}

/** The links of a presentation. */
export function openLinks({ deck }: Options): void {
  open(t("links"), "qr", (dialog) => void showLinks(new SharingApi(deck), dialog));
}

/** A new deck; `done` gets what the person chose, beginning with `kind`. */
export function openNewDeck({ done, kind = "blank" }: { done: (deck: NewDeck) => void; kind?: Kind }): void {
  open(t("new_deck"), "new-deck-dialog", (dialog) => showNewDeck(dialog, done, kind));
}

/** The next call of a series. */
export function openNewCall(options: NewCallOptions): void {
  open(t("new_call"), "new-call-dialog", (dialog) => void showNewCall(dialog, options), "share");
}

/** What makes a deck the template of a series. */
export function openSeries(options: SeriesOptions): void {
  open(t(options.series ? "series_settings" : "make_series"), "series-dialog", (dialog) => showSeries(dialog, options));
}

/** What a slide's own comment sets; `keep` gets all of it. */
export function openSlideSettings({ attributes, done }: { attributes: Attributes; done: (attributes: Attributes) => void }): void {
  open(t("slide_settings"), "slide-settings-dialog", (dialog) => showSlideSettings(dialog, attributes, done));
}

/** The keys of the presenter's page. */
export function openHelp({ singleKeys, done }: { singleKeys: boolean; done: (on: boolean) => void }): void {
  open(t("keys"), "help", (dialog) => showHelp(dialog, singleKeys, done));
}
