/** The words of the stray-edit guard, in English where the page has no translation. */

/** The English words by the key under which the page translates them; `$` stands for what they speak of. */
export const GUARD_ENGLISH = {
  strayElsewhere: "You are typing in $ — meant here?",
  straySplice: "This splits `$` — meant here?",
  strayChat: "This looks like chat, which the audience would see — meant here?",
  strayUndoOne: "Undo this edit",
  strayUndo: "Undo these $ edits",
  strayMove: "Move to my section",
  strayDiscuss: "Move to discussion",
  strayBelongs: "It belongs here",
  strayNote: "Question about your edits",
};

export type GuardWords = typeof GUARD_ENGLISH;
