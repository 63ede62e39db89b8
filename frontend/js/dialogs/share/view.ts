/** The share dialog: how things are, what is open in it, and how something is changed. */

import { element } from "../../follow/dom.ts";
import { ACCESSES, Refusal, SharingApi, type Access, type Level, type LinkRole, type PersonRole, type Sharing } from "./api.ts";
import type { Dialog } from "../dialog.ts";
import { t } from "../words.ts";
import { levelSection } from "./level.ts";
import { linksSection } from "./links.ts";
import { button } from "./parts.ts";
import { peopleSection } from "./people.ts";

/** What the page knows of its person. */
export interface Options {
  deck: string;
  /** What the person is called here; the server does not know the names of guests. */
  name: string;
  /** Signed in. */
  isMember: boolean;
  /** Not signed in, but could be. */
  canSignIn: boolean;
}

/** What is open in the dialog; all of it closes with a change. */
interface Open {
  qr?: LinkRole;
  /** The link of this role is shown as text, as it could not be copied. */
  byHand?: LinkRole;
  /** A day is chosen for the end of this link. */
  dating?: LinkRole;
  /** Ending this link has to be confirmed. */
  resetting?: LinkRole;
  /** Giving up the own role, for another or for none, has to be confirmed. */
  leaving?: { role: PersonRole | null };
  /** Chosen and not yet applied. */
  level?: Level;
  /** Being added. */
  adding?: { who: string; role: PersonRole };
}

export class View {
  open: Open = {};

  constructor(
    readonly options: Options,
    readonly api: SharingApi,
    readonly dialog: Dialog,
    public sharing: Sharing,
  ) {}

  may(access: Access): boolean {
    return ACCESSES.indexOf(this.sharing.access) >= ACCESSES.indexOf(access);
  }

  /** Draws everything as it is now, with something else open. */
  redraw(open: Open = this.open): void {
    this.open = open;
    const people = this.may("present") ? [peopleSection(this)] : [];
    this.dialog.show(linksSection(this), ...people, levelSection(this));
  }

  /** Makes a change and says what has become of it; `conflict` says what speaks against it. */
  async change(call: () => Promise<Sharing>, said: string, conflict?: string): Promise<void> {
    this.dialog.wait(true);
    try {
      this.sharing = await call();
      this.dialog.say(said);
      this.open = {};
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.dialog.complain(error.status === 409 && conflict ? conflict : error.message);
    } finally {
      this.dialog.wait(false);
      // Also when nothing came of it: a choice goes back to what holds.
      if (this.dialog.isOpen) this.redraw();
    }
  }
}

/** Reads who may do what, and shows it. */
export async function showSharing(options: Options, dialog: Dialog): Promise<void> {
  const api = new SharingApi(options.deck);
  dialog.show(element("p", { class: "muted" }, t("loading")));
  try {
    const view = new View(options, api, dialog, await api.read());
    view.redraw();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    dialog.show(button("try-again", t("try_again"), "", () => void showSharing(options, dialog)));
    dialog.complain(error.message);
  }
}
