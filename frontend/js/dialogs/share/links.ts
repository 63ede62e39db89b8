/** "Anyone with a link": copied, drawn, ended. */

import { element } from "../../follow/dom.ts";
import type { Link, LinkRole } from "./api.ts";
import { absolute, copy } from "../dialog.ts";
import { qrCode } from "./qr.ts";
import { button, choice, section, sure } from "./parts.ts";
import type { View } from "./view.ts";
import { moment, t } from "../words.ts";

/** The rows in their order; the phone remote is the presenter's page's. */
const ROWS = ["follow", "comment", "edit", "present"] as const;

const DAY = 24 * 60 * 60 * 1000;

export function linksSection(view: View): HTMLElement {
  const known = new Map(view.sharing.links.map((link) => [link.role, link]));
  const rows = ROWS.flatMap((role) => {
    const link = known.get(role);
    return link ? [row(view, link)] : [];
  });
  return section(
    t("by_link"),
    element("p", { class: "muted" }, t("by_link_hint")),
    element("ul", { class: "share-list" }, ...rows),
    ...(view.may("own") ? [] : [element("p", { class: "muted" }, t("owners_only"))]),
  );
}

function what(role: LinkRole): HTMLElement {
  return element("div", { class: "share-what" }, element("b", {}, t(role)), element("span", { class: "muted" }, t(`${role}_can`)));
}

function row(view: View, link: Link): HTMLElement {
  const { role } = link;
  const address = absolute(link.url);
  const toggle = (open: View["open"]) => view.redraw(open);
  const copies = button(`copy-${role}`, t("copy"), "", () => void copyLink(view, role, address));
  copies.setAttribute("aria-label", t("copy_link", t(role)));
  const isDrawn = view.open.qr === role;
  const draws = button(`qr-${role}`, t("qr"), "", () => toggle(isDrawn ? {} : { qr: role }));
  draws.setAttribute("aria-expanded", `${isDrawn}`);
  draws.setAttribute("aria-label", t("qr_of", t(role)));
  const made = element("li", { class: "share-row", "data-test": `link-${role}` }, what(role), element("div", { class: "row share-actions" }, copies, draws));
  const more = element("div", { class: "share-more" });
  if (view.may("own")) more.append(expiry(view, link));
  if (view.may(role === "follow" ? "present" : "own")) {
    const resets = button(`reset-${role}`, t("reset"), "quiet", () => {
      toggle({ resetting: role });
      view.dialog.focus(`sure-${role}`);
    });
    resets.setAttribute("aria-label", t("reset_of", t(role)));
    more.append(resets);
  }
  if (more.hasChildNodes()) made.append(more);
  if (view.open.dating === role) made.append(lastDay(view, role));
  if (view.open.resetting === role) made.append(resetting(view, role));
  if (view.open.byHand === role) made.append(byHand(role, address));
  if (isDrawn) made.append(qrCode(address, t(role)));
  return made;
}

async function copyLink(view: View, role: LinkRole, address: string): Promise<void> {
  if (await copy(address)) return view.dialog.say(t("copied"));
  view.redraw({ byHand: role });
  view.dialog.focus(`address-${role}`);
  view.dialog.say(t("copy_by_hand"));
}

function byHand(role: LinkRole, address: string): HTMLElement {
  const field = element("input", { class: "input mono", readonly: "", value: address, "data-key": `address-${role}`, "aria-label": t(role) });
  field.addEventListener("focus", () => field.select());
  return field;
}

function resetting(view: View, role: LinkRole): HTMLElement {
  const leave = () => {
    view.redraw({});
    view.dialog.focus(`reset-${role}`);
  };
  const act = () => void view.change(() => view.api.resetLink(role), t("was_reset")).then(() => view.dialog.focus(`copy-${role}`));
  return sure(`sure-${role}`, t("reset_means"), t("reset_sure"), act, leave, t("cancel"));
}

/** When a link ends, as a list: what holds is always one of its entries. */
function expiry(view: View, { role, expiresAt }: Link): HTMLElement {
  const options: [string, string][] = [["never", t("expiry_never")], ["day", t("expiry_day")], ["week", t("expiry_week")], ["date", t("expiry_date")]];
  if (expiresAt) {
    const isOver = Date.parse(expiresAt) <= Date.now();
    options.unshift(["until", t(isOver ? "expired" : "expiry_until", moment(expiresAt))]);
  }
  const now = view.open.dating === role ? "date" : expiresAt ? "until" : "never";
  return choice(`expiry-${role}`, t("expiry_of", t(role)), options, now, (value) => {
    if (value === "date") {
      view.redraw({ dating: role });
      return view.dialog.focus(`day-${role}`);
    }
    if (value === "until") return view.redraw({});
    const days = { day: 1, week: 7 }[value];
    expire(view, role, days ? new Date(Date.now() + days * DAY) : null);
  });
}

function expire(view: View, role: LinkRole, end: Date | null): void {
  const at = end?.toISOString() ?? null;
  void view.change(() => view.api.setExpiry(role, at), at ? t("expiry_set", moment(at)) : t("expiry_gone"));
}

function lastDay(view: View, role: LinkRole): HTMLElement {
  const field = element("input", { type: "date", class: "input", required: "", min: dayOf(new Date()), value: dayOf(new Date(Date.now() + 7 * DAY)), "data-key": `day-${role}`, "data-test": `day-${role}` });
  const form = element(
    "form",
    { class: "row share-date" },
    element("label", { class: "row" }, element("span", {}, t("last_day")), field),
    element("button", { class: "button", "data-test": `set-day-${role}` }, t("set")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [year, month, day] = field.value.split("-").map(Number);
    // The whole of that day, where the person is.
    if (year && month && day) expire(view, role, new Date(year, month - 1, day, 23, 59, 59));
  });
  return form;
}

/** A day as a date field wants it. */
function dayOf(date: Date): string {
  const two = (part: number) => `${part}`.padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
