/** The panel beside the preview: what is said about the slide that one looks at, or about all. */

import { t } from "../../dialogs/words.ts";
import { arrange, element, icon, say, show } from "../dom.ts";
import type { Host } from "../host.ts";
import { MOST_TEXT, type Message } from "./api.ts";
import { Compose } from "./compose.ts";
import { drawItem, type ItemActions, type ItemState, may, signature } from "./item.ts";
import { type Counts, type Talk, talkOf, type TalkNews } from "./talk.ts";
import type { Said, Thread } from "./threads.ts";

export type { Counts } from "./talk.ts";

/** What is listed. */
export type Show = "slide" | "all" | "questions";

/** What a discussion may begin with. */
export interface Start {
  /** Said at once, about `slide`. */
  text?: string;
  slide?: number;
  /** Called once the server has that text. */
  stored?(): void;
  show?: Show;
}

const SHOWS: readonly Show[] = ["slide", "all", "questions"];
/** New messages are said together that come within this time, in milliseconds. */
const GATHER = 700;
/** Whoever is this near the end of the list is taken along by what is new, in pixels. */
const NEAR_END = 48;

/** Opens the discussion in an empty element. It dispatches `close` when the person closes it. */
export function openDiscussion(host: HTMLElement, page: Host, start: Start = {}): { close(): void; focus(): void } {
  return new Panel(host, talkOf(page), start);
}

/** Tells how much is there and how much of it is new, now and whenever that changes. */
export function watchTalk(host: Host, hear: (counts: Counts) => void): () => void {
  const talk = talkOf(host);
  let told = "";
  return onChange(talk, () => {
    const counts = talk.counts();
    const all = JSON.stringify(counts);
    if (all === told) return;
    told = all;
    hear(counts);
  });
}

/** Only how much is new. */
export function unread(host: Host, tell: (count: number) => void): () => void {
  return watchTalk(host, (counts) => tell(counts.unread));
}

/** Calls back at most once a frame. */
function onChange(talk: Talk, act: () => void, hear: (news: TalkNews) => void = () => undefined): () => void {
  let due = 0;
  const stop = talk.watch((news) => {
    hear(news);
    due ||= window.setTimeout(() => {
      due = 0;
      act();
    });
  });
  return () => {
    clearTimeout(due);
    stop();
  };
}

const QUIET: ItemState = { isEditing: false, isRemoving: false, complaint: "" };

class Panel {
  private mode: Show;
  private readonly stop: () => void;
  private readonly compose: Compose;
  private readonly shows = new Map<Show, HTMLButtonElement>();
  private readonly state = element("p", { class: "talk-state", role: "status", "data-test": "talk-state" });
  private readonly groups = element("div", { class: "talk-groups", "data-test": "talk-groups", tabindex: "0", role: "region", "aria-label": t("talk_messages") });
  private readonly none = element("p", { class: "muted talk-none", "data-test": "talk-none" });
  private readonly news = element("p", { class: "visually-hidden", role: "status", "aria-live": "polite", "data-test": "talk-news" });
  private readonly readOnly = element("p", { class: "muted talk-none" }, t("talk_read_only"));
  private readonly here = element("input", { type: "checkbox", "data-test": "talk-attend" });
  private readonly hereCount = element("span", { class: "muted tabular", "data-test": "talk-attendance" });
  private readonly states = new Map<string, ItemState>();
  private readonly items = new Map<string, { signature: string; item: HTMLLIElement }>();
  private readonly sections = new Map<string, { section: HTMLElement; title: HTMLButtonElement; list: HTMLOListElement }>();
  private fresh: Message[] = [];
  private gathering = 0;
  private quieting = 0;

  constructor(private readonly element: HTMLElement, private readonly talk: Talk, start: Start) {
    this.mode = start.show ?? "slide";
    this.compose = new Compose(talk);
    this.build();
    this.stop = onChange(talk, () => this.render(), (news) => this.hear(news));
    element.addEventListener("keydown", keepFromPage);
    document.addEventListener("visibilitychange", this.looked);
    this.begin(start);
    void this.readAttendance();
    this.render();
    this.groups.scrollTop = this.groups.scrollHeight;
  }

  close(): void {
    this.stop();
    clearTimeout(this.gathering);
    clearTimeout(this.quieting);
    document.removeEventListener("visibilitychange", this.looked);
    this.element.removeEventListener("keydown", keepFromPage);
    this.element.replaceChildren();
  }

  focus(): void {
    this.compose.focus();
  }

  private begin({ text, slide = this.talk.slide, stored }: Start): void {
    if (may(this.talk, "comment") && this.mode !== "questions") this.compose.focus();
    if (!text) return;
    if ([...text.trim()].length > MOST_TEXT) {
      const about = { slide: this.talk.titles[slide] ?? "", anchor: this.talk.host.anchorOf(slide) };
      return this.compose.take(text, "comment", about);
    }
    if (slide !== this.talk.slide) this.mode = "all";
    this.talk.say(text.trim(), "comment", slide, stored && (() => stored()));
  }

  private build(): void {
    const closes = element("button", { type: "button", class: "icon-button", "data-test": "talk-close", "aria-label": t("close"), title: t("close"), onclick: () => this.element.dispatchEvent(new Event("close")) }, icon("close"));
    const chooser = element("div", { class: "talk-shows", role: "group", "aria-label": t("talk_show") });
    for (const mode of SHOWS) {
      const button = element("button", { type: "button", class: "talk-show", "data-test": `talk-show-${mode}`, onclick: () => this.turn(mode) });
      this.shows.set(mode, button);
      chooser.append(button);
    }
    this.here.addEventListener("change", () => void this.attend());
    const attendance = element("div", { class: "talk-attendance" }, element("label", { class: "check", title: t("talk_attend_hint") }, this.here, element("span", {}, t("talk_attend"))), this.hereCount);
    this.element.classList.add("talk");
    this.element.replaceChildren(
      element("div", { class: "talk-head" }, element("h2", { class: "grow" }, t("discussion")), closes),
      chooser,
      this.state,
      this.groups,
      this.news,
      this.readOnly,
      this.compose.element,
      attendance,
    );
  }

  private turn(mode: Show): void {
    this.mode = mode;
    this.render();
    this.groups.scrollTop = this.groups.scrollHeight;
  }

  private readonly looked = (): void => this.render();

  private hear(news: TalkNews): void {
    if (news.kind === "said") this.announce(news.message);
    if (news.kind !== "sent") return;
    say(this.state, t(news.count === 1 ? "talk_back_one" : "talk_back_several", `${news.count}`));
    clearTimeout(this.quieting);
    this.quieting = window.setTimeout(() => {
      this.quieting = 0;
      this.render();
    }, 6_000);
  }

  /** Says once what came, also when much comes at once. */
  private announce(message: Message): void {
    this.fresh.push(message);
    if (this.gathering) return;
    this.gathering = window.setTimeout(() => {
      const [first] = this.fresh;
      if (first) this.news.textContent = this.fresh.length === 1 ? t("talk_new_one", first.name || t("talk_guest")) : t("talk_new", `${this.fresh.length}`);
      this.fresh = [];
      this.gathering = 0;
    }, GATHER);
  }

  private async readAttendance(): Promise<void> {
    const attendance = await this.talk.attendance();
    if (!attendance) return;
    this.here.checked = attendance.isThere;
    const { names } = attendance;
    say(this.hereCount, names.length > 0 ? t(names.length === 1 ? "talk_there_one" : "talk_there", `${names.length}`) : "");
    this.hereCount.title = names.join(", ");
  }

  private async attend(): Promise<void> {
    const complaint = await this.talk.attend(this.here.checked);
    if (complaint) this.talk.host.say(complaint);
    await this.readAttendance();
  }

  private shown(threads: readonly Thread[]): Thread[] {
    if (this.mode === "slide") return threads.filter(({ slide }) => slide === this.talk.slide);
    if (this.mode === "all") return [...threads];
    const questions = threads.map((thread) => ({ ...thread, said: thread.said.filter(({ kind }) => kind === "question") }));
    return questions.filter(({ said }) => said.length > 0);
  }

  private render(): void {
    const isAtEnd = this.groups.scrollHeight - this.groups.scrollTop - this.groups.clientHeight < NEAR_END;
    const before = this.groups.childElementCount === 0 ? 0 : this.groups.scrollHeight;
    const shown = this.shown(this.talk.threads());
    this.renderShows();
    this.renderState();
    this.renderThreads(shown);
    const canWrite = may(this.talk, "comment");
    // What was being written outlives the message that it was to change.
    if (canWrite) for (const text of this.talk.takeOrphans()) this.compose.put(text, "comment", null);
    show(this.compose.element, canWrite);
    show(this.readOnly, !canWrite);
    this.compose.render();
    if (isAtEnd && this.groups.scrollHeight > before) this.groups.scrollTop = this.groups.scrollHeight;
    // What nobody looks at is not read.
    if (document.visibilityState === "visible") this.talk.read(shown.flatMap(({ said }) => said.filter((one): one is Message => !one.pending)));
  }

  private renderShows(): void {
    const counts = this.talk.counts();
    const unread = { slide: counts.slides[this.talk.slide]?.unread ?? 0, all: counts.unread, questions: counts.questions };
    for (const [mode, button] of this.shows) {
      const count = unread[mode];
      say(button, count > 0 ? `${t(`talk_show_${mode}`)} (${count})` : t(`talk_show_${mode}`));
      button.setAttribute("aria-pressed", `${mode === this.mode}`);
    }
  }

  private renderState(): void {
    const { talk } = this;
    const waiting = talk.outbox.pending.filter(({ refused }) => refused === undefined).length;
    if (!talk.isConnected) say(this.state, waiting > 0 ? t("talk_offline_waiting", `${waiting}`) : t("talk_offline"));
    else if (!talk.isLoaded) say(this.state, t("talk_loading"));
    else if (!this.quieting) say(this.state, "");
    show(this.state, this.state.textContent !== "");
    this.state.classList.toggle("is-offline", !talk.isConnected);
  }

  private renderThreads(shown: readonly Thread[]): void {
    const isAlone = this.mode === "slide";
    const keys = new Set<string>();
    const wanted: Element[] = shown.map((thread) => {
      const key = thread.slide === null ? `removed ${thread.title}` : `${thread.slide}`;
      const { section, title, list } = this.sectionOf(key);
      const { slide } = thread;
      show(title, !isAlone);
      say(title, titleOf(thread));
      title.disabled = slide === null;
      title.onclick = () => slide !== null && this.talk.host.goToSlide(slide);
      section.setAttribute("aria-label", titleOf(thread));
      arrange(list, thread.said.map((said) => {
        keys.add(said.id);
        return this.itemOf(said);
      }));
      return section;
    });
    say(this.none, this.talk.isLoaded ? t(`talk_none_${this.mode}`) : "");
    arrange(this.groups, wanted.length > 0 ? wanted : [this.none]);
    for (const id of this.items.keys()) if (!keys.has(id)) this.items.delete(id);
  }

  private sectionOf(key: string): { section: HTMLElement; title: HTMLButtonElement; list: HTMLOListElement } {
    const known = this.sections.get(key);
    if (known) return known;
    const title = element("button", { type: "button", class: "talk-jump", "data-test": "talk-jump" });
    const list = element("ol", { class: "talk-list" });
    const section = element("section", { class: "talk-thread", "data-test": "talk-thread" }, element("h3", {}, title), list);
    const made = { section, title, list };
    this.sections.set(key, made);
    return made;
  }

  /** The item of a message: a new one only when something about it changed, and then the focus goes along. */
  private itemOf(said: Said): HTMLLIElement {
    const state = this.stateOf(said);
    const known = this.items.get(said.id);
    const now = signature(this.talk, said, state);
    if (known?.signature === now) return known.item;
    const item = drawItem(this.talk, said, state, this.actions(said));
    const focused = known?.item.contains(document.activeElement) ? document.activeElement : null;
    known?.item.replaceWith(item);
    this.items.set(said.id, { signature: now, item });
    const key = focused?.closest("[data-key]")?.getAttribute("data-key");
    if (key) focusOn(item, key);
    return item;
  }

  private stateOf(said: Said): ItemState {
    const known = this.states.get(said.id);
    if (known) return known;
    // A change that was not finished before a reload is open again.
    return { ...QUIET, isEditing: !said.pending && this.talk.outbox.edit(said.id) !== undefined };
  }

  private actions(said: Said): ItemActions {
    const { talk } = this;
    const open = (state: Partial<ItemState>, focus?: string) => {
      this.states.set(said.id, { ...this.stateOf(said), ...state });
      this.render();
      const item = this.items.get(said.id)?.item;
      if (item && focus) focusOn(item, focus);
    };
    const done = (complaint: string | null, then: Partial<ItemState>, focus?: string) => {
      if (complaint) return open({ complaint });
      open({ ...then, complaint: "" }, focus);
    };
    return {
      open,
      change: (change) => void talk.change(said.id, change).then((complaint) => {
        if (!("text" in change)) return done(complaint, {});
        // What was typed while it was on its way is a change that is not done.
        const typed = talk.outbox.edit(said.id);
        if (complaint || (typed !== undefined && typed.trim() !== change.text)) return done(complaint, {});
        talk.outbox.setEdit(said.id, null);
        done(null, { isEditing: false }, "edit");
      }),
      remove: () => void talk.remove(said.id).then((complaint) => {
        done(complaint, { isRemoving: false });
        if (!complaint) this.compose.focus();
      }),
      again: () => talk.again(said.id),
      takeBack: () => {
        const pending = talk.takeBack(said.id);
        if (pending) this.compose.take(pending.text, pending.kind, pending);
      },
    };
  }
}

/** What is typed is no key of the page: there letters turn slides and darken screens. */
function keepFromPage(event: KeyboardEvent): void {
  const isPlain = !event.ctrlKey && !event.metaKey && event.key !== "Escape" && !/^F\d/.test(event.key);
  if (isPlain && event.target instanceof Element && event.target.matches("textarea, input")) event.stopPropagation();
}

function focusOn(item: HTMLElement, key: string): void {
  const target = item.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  target?.focus();
  if (target instanceof HTMLTextAreaElement) target.setSelectionRange(target.value.length, target.value.length);
}

function titleOf({ slide, title }: Thread): string {
  if (slide === null) return t("talk_removed_slide", title || t("talk_untitled"));
  return title ? `${slide + 1} · ${title}` : t("talk_about_untitled", `${slide + 1}`);
}
