/** Who this browser's person is: the avatar, what one is called, and the way in and out. */

import { t } from "../follow/words.ts";
import { endSession, type Session } from "./api.ts";
import { forget } from "./cache.ts";
import { arrange, button, element, initials } from "./dom.ts";

/** What the application keeps of somebody who is not signed in, under the same key. */
const KEY = "ondeck.profile";
const COLORS = 10;
/** As long as names may be everywhere. */
const MAX_NAME = 40;
/** What would break a line, or turn it around. */
const INVISIBLE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

interface Profile {
  name: string;
  color: number;
}

/** The button with the initials, and its popover. */
export class Me {
  readonly element = element("div", { class: "home-me" });
  private readonly avatar = element("button", { type: "button", popovertarget: "me", "data-test": "me" });
  private readonly popover = element("div", { id: "me", class: "popover popover-me", popover: "auto" });
  private profile = read();
  private session: Session | null = null;

  constructor(private readonly complain: (text: string) => void) {
    this.element.append(this.avatar, this.popover);
    this.draw();
  }

  /** The server has said who it is. */
  know(session: Session): void {
    this.session = session;
    this.draw();
  }

  /** The name of a member, which is the server's to say; empty for guests, who choose one. */
  private get member(): string {
    return this.session && this.session.kind !== "guest" ? (this.session.name ?? "") : "";
  }

  private get name(): string {
    return this.member || this.profile.name || t("guest");
  }

  private draw(): void {
    const label = t("you_are", this.name);
    this.avatar.className = `avatar avatar-me person-${this.profile.color}`;
    this.avatar.title = label;
    this.avatar.setAttribute("aria-label", label);
    this.avatar.textContent = initials(this.name);
    const who = this.member ? element("p", { class: "me-name", "data-test": "member-name" }, label) : this.nameForm(label);
    arrange(this.popover, who, this.swatches(), this.door());
  }

  private nameForm(label: string): HTMLElement {
    const input = element("input", { class: "input", name: "name", maxlength: `${MAX_NAME}`, autocomplete: "name", placeholder: t("your_name"), "data-test": "name" });
    input.value = this.profile.name;
    const save = element("button", { class: "button primary align-end", "data-test": "save-name" }, t("save"));
    const form = element("form", { class: "row" }, element("label", { class: "field grow" }, element("span", {}, label), input), save);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.popover.hidePopover();
      this.change({ ...this.profile, name: cleaned(input.value) });
    });
    return form;
  }

  private swatches(): HTMLElement {
    const swatch = (color: number): HTMLElement => {
      const made = button(`color-${color}`, `swatch person-${color}`, () => this.change({ ...this.profile, color }));
      made.setAttribute("aria-label", `${t("color")} ${color + 1}`);
      made.setAttribute("aria-pressed", `${color === this.profile.color}`);
      return made;
    };
    const all = Array.from({ length: COLORS }, (_, color) => swatch(color));
    return element("div", { class: "swatches", role: "group", "aria-label": t("color") }, ...all);
  }

  private door(): HTMLElement | null {
    if (this.member) return button("sign-out", "button me-door", () => void this.signOut(), t("sign_out"));
    return signIn(this.session, "button me-door");
  }

  private async signOut(): Promise<void> {
    try {
      await endSession();
      forget();
      location.reload();
    } catch {
      this.complain(t("unreachable"));
    }
  }

  private change(profile: Profile): void {
    this.profile = profile;
    keep(profile);
    this.draw();
  }
}

/** A link to where one signs in to come back here, for who can and has not. */
export function signIn(session: Session | null, kind: string): HTMLElement | null {
  if (session?.kind !== "guest" || !session.signIn) return null;
  return element("a", { class: kind, href: `${session.signIn}?to=${encodeURIComponent("/")}`, "data-test": "sign-in" }, t("sign_in"));
}

function read(): Profile {
  try {
    const { name, color } = JSON.parse(localStorage.getItem(KEY) ?? "") as Partial<Profile>;
    if (typeof color === "number") return { name: cleaned(`${name ?? ""}`), color: Math.abs(Math.trunc(color)) % COLORS };
  } catch {
    // Nothing is kept, or nothing that can be read.
  }
  // The colour is drawn at the first visit and kept.
  const profile = { name: "", color: Math.floor(Math.random() * COLORS) };
  keep(profile);
  return profile;
}

function keep(profile: Profile): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(profile));
  } catch {
    // A browser that refuses goes without.
  }
}

function cleaned(name: string): string {
  const plain = [...name.replace(INVISIBLE, "")].slice(0, MAX_NAME).join("").trim();
  return plain === t("guest") ? "" : plain;
}
