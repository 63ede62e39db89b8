/** What a call adds to the pages of its deck; the application loads it when the deck is on the screen. */

import { openBoard } from "./call/board.ts";
import { button } from "./call/dom.ts";
import { openMinutes } from "./call/discussion/minutes.ts";
import { Editing } from "./call/editing.ts";
import { PageHost, type Page, type Told } from "./call/page.ts";
import { place, TalkPanel } from "./call/parts.ts";
import { textEdits } from "./call/plain.ts";
import { t } from "./dialogs/words.ts";

export { openDiscussion } from "./call/discussion/panel.ts";
export { openBoard, openMinutes };
export { whichSection } from "./call/which.ts";

/** The name of the style sheet; `build.mjs` puts it in. */
declare const CALL_CSS: string;

/** Puts everything where the page has a place for it. What it gives back is to be told what happens. */
export async function begin(page: Page): Promise<(kind: Told[0], value: Told[1]) => void> {
  await styles();
  const host = new PageHost(page);
  page.textEdits = textEdits;
  const hear = start(host);
  return (kind, value) => {
    const told = [kind, value] as Told;
    host.hear(told);
    hear(told);
  };
}

function start(host: PageHost): (told: Told) => void {
  switch (host.page.kind) {
    case "editor": {
      const editing = new Editing(host);
      return (told) => editing.hear(told);
    }
    case "board": {
      const root = place("board");
      if (root) openBoard(root, host);
      return () => undefined;
    }
    case "present":
      return presenting(host);
  }
}

/** The presenter's page: what the audience asks, and the minutes once the presentation is over. */
function presenting(host: PageHost): (told: Told) => void {
  const talk = new TalkPanel(host, true);
  const minutes = button(t("open_minutes"), "minutes", () => openMinutes(host), "button primary", "minutes");
  return ([kind, value]) => {
    talk.settle();
    if (kind !== "ended") return;
    if (value) place("talk")?.append(minutes);
    else minutes.remove();
  };
}

/** Nothing is drawn before it can look as it should. */
function styles(): Promise<void> {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = new URL(CALL_CSS, import.meta.url).href;
  return new Promise((resolve) => {
    sheet.addEventListener("load", () => resolve());
    // Unstyled it is still of use.
    sheet.addEventListener("error", () => resolve());
    document.head.append(sheet);
  });
}
