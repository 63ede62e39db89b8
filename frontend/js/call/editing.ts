/** The editor's page during a call: whose section is where, what is ready, and the first way into it. */

import { t } from "../dialogs/words.ts";
import { change } from "./api.ts";
import { openBoard } from "./board.ts";
import { arrange, button, copy, element, say, show } from "./dom.ts";
import { mayEdit } from "./host.ts";
import type { Chip, PageHost, Told } from "./page.ts";
import { place, TalkPanel } from "./parts.ts";
import { initials } from "./row.ts";
import { type Call, isReported, isSameName, type Row, Rows } from "./rows.ts";
import { sectionAtLine } from "./text.ts";
import { Mine } from "./mine.ts";
import { lookUp } from "./when.ts";
import { whichSection } from "./which.ts";
import { reminder, stateOf, titleOf, writingWhere } from "./words.ts";

/** Where the editor asks for a place for a text that is none of a slide's. */
type Discuss = CustomEvent<{ text: string; line: number; stored(): void }>;

export class Editing {
  private call: Call | null = null;
  private line = 0;
  private chips = "";
  private told = "";
  private known = "";
  private readonly talk: TalkPanel;
  private readonly ready = button("", "mark-ready", () => void this.markReady(), "status-item mark-ready", "tick");
  private readonly which: () => void;
  private readonly mine: Mine;
  private board: { close(): void } | null = null;
  private readonly people = element("ul", { class: "call-people", "data-test": "people-list" });

  constructor(private readonly host: PageHost) {
    this.talk = new TalkPanel(host, false);
    show(this.ready, false);
    // The caret stays in the text: the next space is for that.
    this.ready.addEventListener("mousedown", (event) => event.preventDefault());
    place("status")?.append(this.ready);
    place("people")?.append(this.people);
    const card = place("card");
    const which = card && whichSection(card, host);
    this.which = () => which?.ask();
    this.mine = new Mine(host, this.which);
    new Rows(host, (call) => this.draw(call));
    document.addEventListener("ondeck-discuss", (event) => this.discuss(event as Discuss));
    host.page.commands.push(
      [t("board"), () => location.assign(`/d/${host.deck}/board`)],
      [t("discussion"), () => this.talk.toggle()],
    );
  }

  hear([kind, value]: Told): void {
    if (kind === "line") this.line = value;
    else if (kind === "tab") return this.choose(value);
    else if (kind === "name") return this.rename(value);
    else if (kind !== "loaded") return;
    else this.told = "";
    this.again();
  }

  private again(): void {
    if (this.call) this.draw(this.call);
  }

  private draw(call: Call): void {
    this.call = call;
    this.talk.settle();
    this.mark(call);
    this.tellEditor(call);
    this.drawReady(this.here());
    this.drawPeople(call);
    this.offerCommands(call);
    this.mine.look(call);
  }

  /** The row of the section that the caret is in. */
  private here(): Row | undefined {
    const section = sectionAtLine(this.host.text?.sections ?? [], this.line);
    return this.call?.rows?.find((row) => row.section === section);
  }

  /** Marks the outline's sections. */
  private mark({ rows }: Call): void {
    const chips: Chip[] = (this.host.text?.sections ?? []).map((_, index) => {
      const row = rows?.find(({ section }) => section === index);
      if (!row) return ["", "", "", ""];
      const isTold = row.state === "ready" || row.state === "presented" || row.state === "noReport";
      const isDone = row.state === "ready" || row.state === "presented";
      const state = isDone && row.changed ? "changed" : row.state;
      return [state, isTold && isReported(row) ? stateOf(row) : "", row.reporter ?? "", writingWhere(row)];
    });
    const key = JSON.stringify(chips);
    if (key === this.chips) return;
    this.chips = key;
    this.host.page.chips(chips);
  }

  /** Tells the editor which section is whose, so that it can ask whoever writes in another's. */
  private tellEditor({ rows }: Call): void {
    const editor = this.host.page.editor();
    const { text } = this.host;
    if (!editor?.setSections || !text || !rows) return;
    const sections = text.sections.map(({ title, reporter, line, writeLine }, index) => {
      const row = rows.find(({ section }) => section === index);
      const to = text.sections[index + 1]?.line ?? Number.MAX_SAFE_INTEGER;
      const isTaken = row !== undefined && this.isTaken(row);
      return { title, reporter: reporter ?? row?.reporter ?? null, from: line, to, writeLine, expected: row?.expected ?? false, isTaken };
    });
    const mine = rows.filter(({ isMine, section }) => isMine && section >= 0).map(({ section }) => section);
    const key = JSON.stringify([mine, sections]);
    if (key === this.told) return;
    this.told = key;
    editor.setSections({ mine, sections });
  }

  /** Whether a section is somebody else's for sure: claimed, or ready with a name that is not the person's own. */
  private isTaken({ claimedBy, reporter, state, readyBy, isMine }: Row): boolean {
    const name = this.host.name();
    // The same name is the same person on another device.
    if (isMine || isSameName(reporter, name) || isSameName(readyBy, name)) return false;
    return claimedBy !== null || reporter !== null && readyBy !== null && state === "ready";
  }

  private drawReady(row: Row | undefined): void {
    const isShown = row !== undefined && row.expected && mayEdit(this.host) && (row.state !== "presented" || row.changed);
    show(this.ready, isShown);
    if (!row || !isShown) return;
    const isReady = row.state === "ready" || row.state === "presented";
    this.ready.dataset["state"] = isReady ? (row.changed ? "changed" : "ready") : "";
    const words = isReady ? (row.changed ? t(row.state === "ready" ? "changed_ready_again" : "presented_ready_again") : t("is_ready")) : t("mark_ready");
    const label = this.ready.querySelector("span");
    if (label) say(label, words);
    const title = t("of_section", isReady && !row.changed ? t("not_ready") : words, titleOf(row));
    if (this.ready.title !== title) {
      this.ready.title = title;
      this.ready.setAttribute("aria-label", title);
      this.ready.setAttribute("aria-pressed", `${isReady}`);
    }
  }

  private async markReady(): Promise<void> {
    const row = this.here();
    if (!row) return;
    const ready = row.state !== "ready" || row.changed;
    if (await change(this.host, row.id, { ready })) this.host.say(t(ready ? "said_ready" : "said_not_ready", titleOf(row)));
  }

  private async claim(): Promise<void> {
    const row = this.here();
    if (row) await change(this.host, row.id, { claim: row.claimedBy !== this.host.principal });
  }

  private toggleReport(): void {
    const row = this.here();
    if (!row || row.section < 0) return;
    const [does, undoes] = row.state === "noReport" ? ["report", "no-report"] as const : ["no-report", "report"] as const;
    this.host.command(does, row.section);
    this.host.say(t(does === "report" ? "reports" : "skipped", titleOf(row)), () => this.host.command(undoes, row.section));
  }

  /** What the palette offers for the section of the caret, once there is one. */
  private offerCommands({ rows }: Call): void {
    const { commands } = this.host.page;
    const known = rows && mayEdit(this.host) ? "edit" : "read";
    if (known === this.known) return;
    this.known = known;
    commands.splice(2);
    if (known === "read") return;
    commands.push(
      [t("which"), this.which],
      [t("mark_ready"), () => void this.markReady()],
      [t("claim"), () => void this.claim()],
      [t("skip"), () => this.toggleReport()],
      [t("remind_all"), () => void this.copyReminder()],
      [t("move_to_discussion"), () => this.host.page.editor()?.run?.("discuss")],
    );
  }

  private async copyReminder(): Promise<void> {
    if (!this.call) return;
    const { call, host } = this;
    const when = await lookUp(host, call.callAt);
    host.say(t((await copy(reminder(host.deck, { ...call, when }))) ? "reminder_copied" : "not_copied"));
  }

  /** Who is called otherwise is so in what they have claimed, too. */
  private rename(name: string): void {
    for (const { id, claimedBy, reporter } of this.call?.rows ?? []) {
      if (claimedBy === this.host.principal && reporter !== name) void change(this.host, id, { claim: true });
    }
  }

  private discuss({ detail: { text, line, stored } }: Discuss): void {
    const { text: deck } = this.host;
    const section = deck?.sections[sectionAtLine(deck.sections, line)];
    const slide = slideAtLine(this.host, line) ?? section?.first ?? 0;
    this.talk.open({ text, slide, stored });
  }

  /** On a phone: the board and the people have a pane of their own. */
  private choose(tab: string): void {
    const root = place("board");
    if (tab === "board" && root && !this.board) this.board = openBoard(root, this.host);
    if (tab !== "board") {
      this.board?.close();
      this.board = null;
    }
    this.again();
  }

  private drawPeople({ rows }: Call): void {
    if (this.people.getClientRects().length === 0) return;
    const everybody = (rows ?? []).flatMap((row) => row.writers.map((writer) => ({ row, writer })));
    const items = everybody.map(({ row, writer }) => {
      const face = element("span", { class: `avatar person-${writer.color}`, "aria-hidden": "true" }, initials(writer.name));
      const where = element("span", { class: "muted" }, writer.isTyping ? t("writing_in", titleOf(row)) : titleOf(row));
      const go = element("button", { type: "button", class: "menu-item", onclick: () => this.host.goToLine(row.text?.line ?? 0) }, face, element("b", {}, writer.name), where);
      return element("li", {}, go);
    });
    arrange(this.people, items.length > 0 ? items : [element("li", { class: "muted" }, t("nobody_else"))]);
  }
}

function slideAtLine(host: PageHost, line: number): number | undefined {
  const above = host.text?.lines.filter((first) => first <= line).length ?? 0;
  return above > 0 ? above - 1 : undefined;
}
