/** "People": who has a role by name. */

import { element } from "../../follow/dom.ts";
import { PERSON_ROLES, type Person, type PersonRole } from "./api.ts";
import { button, choice, section, sure } from "./parts.ts";
import type { View } from "./view.ts";
import { t } from "../words.ts";

const ROLES = () => PERSON_ROLES.map((role) => [role, t(role)] as const);

/** What lets nobody be told from anybody else by colour alone: the beginning of a name. */
const INITIALS = 2;

export function peopleSection(view: View): HTMLElement {
  const people = view.sharing.people;
  const nodes: Node[] = [];
  if (!people.some(({ role }) => role === "owner")) nodes.push(note(t("nobody_owns")));
  else if (people.length === 0) nodes.push(note(t("nobody")));
  if (people.length > 0) nodes.push(element("ul", { class: "share-list", "data-test": "people-list" }, ...people.map((person) => row(view, person))));
  if (view.may("own")) nodes.push(view.options.isMember || view.options.canSignIn ? adding(view) : note(t("no_sign_in")));
  return section(t("people"), ...nodes);
}

function note(text: string): HTMLElement {
  return element("p", { class: "muted" }, text);
}

/** What somebody is called, and what else tells who that is. */
export function called(person: Person, ownName: string): { name: string; detail: string } {
  const at = person.subject.indexOf(":");
  const [kind, rest] = [person.subject.slice(0, at), person.subject.slice(at + 1)];
  if (kind === "email") return { name: person.name ?? rest, detail: person.name ? rest : t("not_here_yet") };
  if (kind === "group") return { name: person.name ?? rest, detail: t("group") };
  const name = person.name ?? (person.you ? ownName : t("guest"));
  return { name, detail: kind === "guest" && name !== t("guest") ? t("guest") : "" };
}

function row(view: View, person: Person): HTMLElement {
  const { name, detail } = called(person, view.options.name);
  const sign = element("span", { class: "share-sign", "aria-hidden": "true" }, initials(name));
  const title = element("b", { class: "ellipsis" }, name, ...(person.you ? [` (${t("you")})`] : []));
  const who = element("div", { class: "share-what" }, title, ...(detail ? [element("span", { class: "muted ellipsis" }, detail)] : []));
  const made = element("li", { class: "share-row share-person", "data-test": "person", "data-subject": person.subject }, sign, who);
  if (!view.may("own")) {
    made.append(element("span", { class: "muted" }, t(person.role)));
    return made;
  }
  const key = person.subject;
  const roles = choice(`role-${key}`, t("role_of", name), ROLES(), person.role, (role) => give(view, person, role as PersonRole));
  roles.dataset["test"] = "role";
  const remove = button(`remove-${key}`, "×", "quiet share-remove", () => give(view, person, null));
  remove.setAttribute("aria-label", t("remove", name));
  remove.title = t("remove", name);
  remove.dataset["test"] = "remove-person";
  made.append(roles, remove);
  if (person.you && view.open.leaving) made.append(leaving(view, person, view.open.leaving.role));
  return made;
}

/** Gives somebody another role, or none. Who would lose the say over the deck is asked first. */
function give(view: View, person: Person, role: PersonRole | null): void {
  const owners = view.sharing.people.filter((one) => one.role === "owner");
  const isLast = person.role === "owner" && owners.length === 1;
  if (isLast) {
    view.dialog.complain(t("last_owner"));
    return view.redraw({});
  }
  if (!person.you || person.role !== "owner") return carryOut(view, person, role);
  view.redraw({ leaving: { role } });
  view.dialog.focus("leave");
}

function carryOut(view: View, person: Person, role: PersonRole | null): void {
  const { name } = called(person, view.options.name);
  const call = () => (role ? view.api.setPerson(person.subject, role) : view.api.removePerson(person.subject));
  void view.change(call, role ? t("role_set", name, t(role)) : t("removed", name), t("last_owner"));
}

function leaving(view: View, person: Person, role: PersonRole | null): HTMLElement {
  return sure("leave", t("leave_means"), t("leave_sure"), () => carryOut(view, person, role), () => view.redraw({}), t("cancel"));
}

function adding(view: View): HTMLElement {
  const { who, role } = view.open.adding ?? { who: "", role: "editor" as PersonRole };
  const field = element("input", { class: "input", value: who, maxlength: "200", autocomplete: "off", autocapitalize: "none", spellcheck: "false", "data-key": "add-who", "data-test": "add-who" });
  const roles = choice("add-role", t("add_role"), ROLES(), role, () => remember());
  const remember = () => {
    view.open.adding = { who: field.value, role: roles.value as PersonRole };
  };
  field.addEventListener("input", remember);
  const form = element(
    "form",
    { class: "share-add" },
    element("label", { class: "field" }, element("span", {}, t("add_who")), field),
    roles,
    element("button", { class: "button", "data-key": "add", "data-test": "add-person" }, t("add")),
    element("p", { class: "muted" }, t("add_hint")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = field.value.trim();
    if (!name) return view.dialog.complain(t("add_empty"));
    void view
      .change(() => view.api.setPerson(subjectOf(name), roles.value as PersonRole), t("added", name))
      .then(() => view.dialog.focus("add-who"));
  });
  return form;
}

/** Whom a person means who types an address or a word. */
export function subjectOf(name: string): string {
  return name.includes("@") ? `email:${name.toLowerCase()}` : `group:${name}`;
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? "")][0] ?? "");
  return letters.join("").toLocaleUpperCase().slice(0, INITIALS);
}
