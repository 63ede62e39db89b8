/** The links of a presentation, for the audience and for the presenter's phone, with their QR codes. */

import { element } from "../follow/dom.ts";
import { Refusal, type SharingApi } from "./share/api.ts";
import { absolute, copy, type Dialog } from "./dialog.ts";
import { t } from "./words.ts";

type Role = "follow" | "remote";

/** Fills a dialog with them, and does what its buttons are for. */
export async function showLinks(api: SharingApi, dialog: Dialog, said = ""): Promise<void> {
  try {
    const links = await api.links();
    dialog.show(
      part(api, dialog, "follow", t("audience_link"), t("follow_hint"), links.follow),
      part(api, dialog, "remote", t("remote_link"), t("remote_hint"), links.remote),
    );
    dialog.say(said);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    dialog.complain(error.message);
  }
}

function part(api: SharingApi, dialog: Dialog, role: Role, title: string, hint: string, path: string): HTMLElement {
  const address = absolute(path);
  const picture = element("img", { class: "qr", src: `${path}/qr.svg`, alt: t("qr_of", title), width: "144", height: "144" });
  const copies = element("button", { type: "button", class: "button", "data-key": `copy-link-${role}`, "data-test": `copy-link-${role}` }, t("copy"));
  copies.addEventListener("click", () => void copy(address).then((done) => dialog.say(done ? t("copied") : "")));
  const resets = element("button", { type: "button", class: "button quiet", "data-key": `reset-${role}`, "data-test": `reset-${role}` }, t("reset"));
  resets.setAttribute("aria-label", t("reset_of", title));
  resets.addEventListener("click", () => void reset(api, dialog, role));
  return element(
    "section",
    { class: "link-part", "aria-label": title },
    picture,
    element(
      "div",
      { class: "link-text" },
      element("h3", {}, title),
      element("p", { class: "muted" }, hint),
      element("a", { class: "link-address", href: path, target: "_blank", rel: "noopener", "data-test": `${role}-link` }, address),
      element("div", { class: "row" }, copies, resets),
    ),
  );
}

async function reset(api: SharingApi, dialog: Dialog, role: Role): Promise<void> {
  try {
    await api.resetLink(role);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return dialog.complain(error.message);
  }
  await showLinks(api, dialog, t("was_reset"));
}
