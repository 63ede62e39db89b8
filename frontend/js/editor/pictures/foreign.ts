/** Pictures of another deck that are pasted here: their addresses open nothing for those who see this deck. */

import { StateEffect, StateField, type EditorState } from "@codemirror/state";
import { ViewPlugin, type EditorView, type ViewUpdate } from "@codemirror/view";
import { remote } from "../remote.ts";
import { end } from "./places.ts";
import { picturesAddress } from "./uploads.ts";

const OWN = /\/p\/[A-Za-z0-9_-]{22}\.(?:png|jpg|gif|webp)/g;

/** An address has turned out to be another deck's. */
export const foundForeign = StateEffect.define<string>();

export const foreignField = StateField.define<readonly string[]>({
  create: () => [],
  update: (known, { effects }) => {
    const found = effects.flatMap((effect) => effect.is(foundForeign) ? [effect.value] : []);
    return found.length === 0 ? known : [...known, ...found];
  },
});

/** Lines, counted from 0, that name a picture of another deck, and its address. */
export function foreignIn(state: EditorState): { line: number; address: string }[] {
  const known = state.field(foreignField, false) ?? [];
  if (known.length === 0) return [];
  const lines = state.doc.toString().split("\n");
  return lines.flatMap((text, line) =>
    known.filter((address) => text.includes(address)).map((address) => ({ line, address })));
}

/** Asks the server about addresses that the person brings into the text, as those would who only see the slides. */
class Watch {
  private readonly asked = new Set<string>();
  private ticket: Promise<string> | null = null;
  private readonly abort = new AbortController();

  constructor(private readonly view: EditorView) {}

  update({ transactions }: ViewUpdate): void {
    for (const transaction of transactions) {
      if (!transaction.docChanged || transaction.annotation(remote)) continue;
      // What was just sent is this deck's.
      if (transaction.effects.some((effect) => effect.is(end))) continue;
      transaction.changes.iterChanges((_fromA, _toA, _fromB, _toB, inserted) => {
        const text = inserted.sliceString(0, inserted.length, "\n");
        if (text.includes("/p/")) this.look(text, transaction.startState);
      });
    }
  }

  destroy(): void {
    this.abort.abort();
  }

  private look(text: string, before: EditorState): void {
    const addresses = [...text.matchAll(OWN)].map(([address]) => address).filter((address) => !this.asked.has(address));
    if (addresses.length === 0) return;
    const old = before.doc.toString();
    for (const address of addresses) {
      this.asked.add(address);
      if (!old.includes(address)) void this.ask(address);
    }
  }

  private async ask(address: string): Promise<void> {
    this.ticket ??= this.fetchTicket();
    const ticket = await this.ticket;
    const { signal } = this.abort;
    // Not as who the person is: they may see what others may not.
    const ask = () => fetch(`${address}?t=${encodeURIComponent(ticket)}`, { method: "HEAD", credentials: "omit", signal });
    const answer = ticket === "" ? null : await ask().catch(() => null);
    if (answer?.status === 403 || answer?.status === 404) this.view.dispatch({ effects: foundForeign.of(address) });
  }

  private async fetchTicket(): Promise<string> {
    const deck = this.view.state.facet(picturesAddress).replace(/\/pictures$/, "");
    const answer = await fetch(deck, { signal: this.abort.signal }).catch(() => null);
    const view = (await answer?.json().catch(() => null)) as { picturesTicket?: unknown } | null;
    return typeof view?.picturesTicket === "string" ? view.picturesTicket : "";
  }
}

/** Finds pictures of other decks for as long as an editor lives. */
export const foreignPictures = [foreignField, ViewPlugin.fromClass(Watch)];
