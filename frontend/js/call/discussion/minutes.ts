/** The dialog with the minutes of a call, to copy or to keep as a file. */

import { Dialog } from "../../dialogs/dialog.ts";
import { t } from "../../dialogs/words.ts";
import { copy, element } from "../dom.ts";
import type { Host } from "../host.ts";
import { Refusal, TalkApi } from "./api.ts";

const LANGUAGES = [["en", "English"], ["de", "Deutsch"]] as const;

let opened: Dialog | undefined;

/** Shows the minutes in the language of the page; another one can be chosen. */
export function openMinutes(host: Host): void {
  if (opened?.isOpen) return;
  opened = new Dialog(t("talk_minutes"), "minutes-dialog", "minutes");
  void fill(opened, new TalkApi(host.deck), document.documentElement.lang === "de" ? "de" : "en");
}

async function fill(dialog: Dialog, api: TalkApi, language: string): Promise<void> {
  if (!dialog.isOpen) return;
  dialog.wait(true);
  try {
    show(dialog, api, language, await api.minutes(language));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    dialog.show(element("button", { type: "button", class: "button", onclick: () => void fill(dialog, api, language) }, t("talk_again")));
    dialog.complain(error.message);
  } finally {
    dialog.wait(false);
  }
}

function show(dialog: Dialog, api: TalkApi, language: string, text: string): void {
  const minutes = element("pre", { class: "minutes-text", tabindex: "0", lang: language, "data-test": "minutes-text" }, text);
  minutes.setAttribute("aria-label", t("talk_minutes"));
  const choice = element("select", { class: "input", "aria-label": t("talk_language"), "data-key": "language", "data-test": "minutes-language" });
  for (const [value, name] of LANGUAGES) {
    const option = element("option", { value, lang: value }, name);
    option.selected = value === language;
    choice.append(option);
  }
  choice.addEventListener("change", () => void fill(dialog, api, choice.value));
  const copies = async () => {
    if (await copy(text)) dialog.say(t("talk_minutes_copied"));
    else dialog.complain(t("talk_not_copied"));
  };
  dialog.show(
    minutes,
    element(
      "div",
      { class: "row minutes-acts" },
      choice,
      element("span", { class: "grow" }),
      element("button", { type: "button", class: "button", "data-key": "copy", "data-test": "minutes-copy", onclick: () => void copies() }, t("talk_copy")),
      element("button", { type: "button", class: "button primary", "data-key": "download", "data-test": "minutes-download", onclick: () => download(fileOf(text), text) }, t("talk_download")),
    ),
  );
}

/** `minutes-2024-04-25.md`, if the minutes say which day it was. */
export function fileOf(text: string): string {
  const day = /^\d{4}-\d{2}-\d{2}/m.exec(text.split("\n", 4).slice(1).join("\n"))?.[0];
  return day ? `minutes-${day}.md` : "minutes.md";
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/markdown;charset=utf-8" }));
  element("a", { href: url, download: name }).click();
  // The browser has read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
