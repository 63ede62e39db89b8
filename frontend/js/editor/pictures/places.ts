/** Where pictures that are on their way will be: marks beside the text, never a part of it. */

import { StateEffect, StateField, type ChangeDesc, type EditorState } from "@codemirror/state";

/** How far it is: a share that is sent (`null`: nobody knows), or why it failed. */
export type Progress = { share: number | null } | { failure: string; isFinal: boolean };

/** A picture on its way, and its place; `from` and `to` differ where it takes the place of an address. */
export type Pending = { id: number; name: string; from: number; to: number; progress: Progress };

/** A picture sets out. */
export const begin = StateEffect.define<Pending>({
  map: (pending, changes) => moved(pending, changes),
});
/** It is further than before, or has failed. */
export const advance = StateEffect.define<{ id: number; progress: Progress }>();
/** It is in the text, or is given up. */
export const end = StateEffect.define<number>();

/** The pictures on their way of an editor. */
export const pendingField = StateField.define<readonly Pending[]>({
  create: () => [],
  update(pending, transaction) {
    if (pending.length === 0 && transaction.effects.length === 0) return pending;
    const ended = transaction.effects.flatMap((effect) => effect.is(end) ? [effect.value] : []);
    if (transaction.docChanged) {
      // What was taken up later stays behind what comes into the text at the same place.
      pending = pending.map((one) => moved(one, transaction.changes, ended.some((id) => id < one.id)));
    }
    for (const effect of transaction.effects) {
      if (effect.is(begin)) pending = [...pending, effect.value];
      else if (effect.is(advance)) {
        const { id, progress } = effect.value;
        pending = pending.map((one) => one.id === id ? { ...one, progress } : one);
      } else if (effect.is(end)) pending = pending.filter(({ id }) => id !== effect.value);
    }
    return pending;
  },
});

/** What is typed at the place of a picture goes behind it. */
function moved(pending: Pending, changes: ChangeDesc, isBehind = false): Pending {
  if (pending.from === pending.to) {
    const at = changes.mapPos(pending.from, isBehind ? 1 : -1);
    return { ...pending, from: at, to: at };
  }
  const from = changes.mapPos(pending.from, 1);
  return { ...pending, from, to: Math.max(from, changes.mapPos(pending.to, -1)) };
}

/** The pictures that are on their way or have failed. */
export function pendingIn(state: EditorState): readonly Pending[] {
  return state.field(pendingField, false) ?? [];
}
