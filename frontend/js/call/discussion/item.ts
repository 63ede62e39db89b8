/** One message in the panel: who said what and when, and what may be done about it. */

import { t } from "../../dialogs/words.ts";
import { element } from "../dom.ts";
import type { Message } from "./api.ts";
import type { Talk } from "./talk.ts";
import type { Said } from "./threads.ts";

/** What the panel knows of a message beside what it says. */
export interface ItemState {
  isEditing: boolean;
  isRemoving: boolean;
  /** Why the last thing that was tried did not work. */
  complaint: string;
}

export interface ItemActions {
  /** What is open in the item from now on. */
  open(state: Partial<ItemState>, focus?: string): void;
  change(change: Parameters<Talk["change"]>[1]): void;
  remove(): void;
  again(): void;
  takeBack(): void;
}

const RIGHTS = ["read", "comment", "edit", "present", "own"];

/** Whether somebody may do what takes so much. */
export function may(talk: Talk, access: string): boolean {
  return RIGHTS.indexOf(talk.host.access) >= RIGHTS.indexOf(access);
}

/** All that decides how an item looks: while it stays the same, the item does. */
export function signature(talk: Talk, said: Said, state: ItemState): string {
  return JSON.stringify([said, state, talk.host.access, said.pending ? false : talk.isUnread(said)]);
}

export function drawItem(talk: Talk, said: Said, state: ItemState, actions: ItemActions): HTMLLIElement {
  const item = element("li", { class: "talk-item", "data-test": "talk-item", "data-id": said.id });
  item.append(headOf(talk, said));
  if (state.isEditing && !said.pending) item.append(editing(talk, said, actions));
  else item.append(element("p", { class: "talk-text", dir: "auto", "data-test": "talk-text" }, said.text));
  if (said.pending) item.append(...pendingParts(said.refused, actions));
  else if (state.isRemoving) item.append(removing(actions));
  else if (!state.isEditing) item.append(acts(talk, said, actions));
  if (state.complaint) item.append(element("p", { class: "talk-complaint", role: "alert" }, state.complaint));
  item.classList.toggle("is-question", said.kind === "question");
  item.classList.toggle("is-done", said.done);
  item.classList.toggle("is-starred", said.starred);
  item.classList.toggle("is-pending", Boolean(said.pending));
  item.classList.toggle("is-unread", !said.pending && talk.isUnread(said));
  return item;
}

function headOf(talk: Talk, said: Said): HTMLElement {
  const name = element("b", { class: "talk-name", dir: "auto" }, said.name || t("talk_guest"));
  const head = element("div", { class: "talk-by" }, name);
  if (talk.isOwn(said)) head.append(element("span", { class: "muted" }, t("talk_you")));
  head.append(element("time", { class: "muted tabular", datetime: new Date(said.at).toISOString() }, moment(said.at, new Date())));
  if (said.kind === "question") {
    head.append(element("span", { class: "talk-kind", "data-test": "talk-kind" }, t(said.done ? "talk_answered" : "talk_question")));
  }
  return head;
}

/** "14:05" today, with the day before that. */
export function moment(at: number, now: Date): string {
  const date = new Date(at);
  const isToday = date.toDateString() === now.toDateString();
  const style: Intl.DateTimeFormatOptions = isToday
    ? { hour: "2-digit", minute: "2-digit" }
    : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(document.documentElement.lang || "en", style).format(date);
}

function act(key: string, label: string, of: string, work: () => void, pressed?: boolean): HTMLButtonElement {
  const made = element("button", { type: "button", class: "talk-act", "data-key": key, "data-test": `talk-${key}`, onclick: work }, label);
  // Buttons of many messages have to be told apart where they are only heard.
  made.setAttribute("aria-label", `${label}: ${of}`);
  if (pressed !== undefined) made.setAttribute("aria-pressed", `${pressed}`);
  return made;
}

/** The beginning of a message, to name it. */
function brief(said: Said): string {
  const text = said.text.replace(/\s+/g, " ");
  return `${said.name || t("talk_guest")}, ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`;
}

function acts(talk: Talk, said: Message, actions: ItemActions): HTMLElement {
  const of = brief(said);
  const made = element("div", { class: "talk-acts" });
  if (may(talk, "edit")) {
    if (said.kind === "question") made.append(act("done", t("talk_done"), of, () => actions.change({ done: !said.done }), said.done));
    else made.append(act("star", t("talk_star"), of, () => actions.change({ starred: !said.starred }), said.starred));
  }
  const isOwn = talk.isOwn(said) && may(talk, "comment");
  if (isOwn) made.append(act("edit", t("talk_edit"), of, () => actions.open({ isEditing: true, complaint: "" }, "edit-text")));
  if (isOwn || may(talk, "own")) made.append(act("remove", t("talk_remove"), of, () => actions.open({ isRemoving: true, complaint: "" }, "remove-sure")));
  return made;
}

function removing(actions: ItemActions): HTMLElement {
  const leave = () => actions.open({ isRemoving: false }, "remove");
  const made = element(
    "div",
    { class: "talk-acts" },
    element("span", { class: "talk-ask" }, t("talk_remove_ask")),
    element("button", { type: "button", class: "talk-act danger", "data-key": "remove-sure", "data-test": "talk-remove-sure", onclick: () => actions.remove() }, t("talk_remove")),
    element("button", { type: "button", class: "talk-act", "data-key": "remove-leave", onclick: leave }, t("cancel")),
  );
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    leave();
  });
  return made;
}

function editing(talk: Talk, said: Message, actions: ItemActions): HTMLElement {
  const field = element("textarea", { class: "input talk-field", rows: "3", "data-key": "edit-text", "data-test": "talk-edit-text", "aria-label": t("talk_edit") });
  field.value = talk.outbox.edit(said.id) ?? said.text;
  const leave = () => {
    talk.outbox.setEdit(said.id, null);
    actions.open({ isEditing: false, complaint: "" }, "edit");
  };
  const save = () => {
    const text = field.value.trim();
    if (!text || text === said.text) return leave();
    actions.change({ text });
  };
  field.addEventListener("input", () => talk.outbox.setEdit(said.id, field.value));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      // Only the change goes, not the panel.
      event.preventDefault();
      leave();
    } else if (sends(event)) {
      event.preventDefault();
      save();
    }
  });
  return element(
    "div",
    { class: "talk-editing" },
    field,
    element(
      "div",
      { class: "talk-acts" },
      element("button", { type: "button", class: "talk-act", "data-key": "edit-save", "data-test": "talk-edit-save", onclick: save }, t("talk_save")),
      element("button", { type: "button", class: "talk-act", "data-key": "edit-leave", onclick: leave }, t("cancel")),
    ),
  );
}

function pendingParts(refused: string | undefined, actions: ItemActions): HTMLElement[] {
  if (refused === undefined) return [element("p", { class: "muted talk-waits", "data-test": "talk-waits" }, t("talk_waits"))];
  return [
    element("p", { class: "talk-complaint", "data-test": "talk-refused" }, t("talk_not_sent", refused)),
    element(
      "div",
      { class: "talk-acts" },
      element("button", { type: "button", class: "talk-act", "data-key": "again", "data-test": "talk-again", onclick: () => actions.again() }, t("talk_again")),
      element("button", { type: "button", class: "talk-act", "data-key": "back", "data-test": "talk-back", onclick: () => actions.takeBack() }, t("talk_take_back")),
    ),
  ];
}

/** Enter sends, Shift+Enter does not, and neither does Enter that only ends a word being composed. */
export function sends(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.shiftKey && !event.altKey && !event.isComposing;
}
