/** Every word that the editor shows to people, in English where the page has no translation. */

import { EditorState, Facet, type Extension } from "@codemirror/state";

/** The English words by the key under which the page translates them. */
export const ENGLISH = {
  placeholder: "# Title of the first slide",
  fix: "Fix",
  error: "Error",
  warning: "Warning",
  info: "Note",
  noProblems: "No problems",
  find: "Find",
  replace: "Replace",
  next: "next",
  previous: "previous",
  all: "all",
  matchCase: "match case",
  regexp: "regexp",
  byWord: "by word",
  replaceOne: "replace",
  replaceAll: "replace all",
  close: "close",
  currentMatch: "current match",
  onLine: "on line",
  replacedMatch: "replaced match on line $",
  replacedMatches: "replaced $ matches",
  goToLine: "Go to line",
  go: "go",
  completions: "Completions",
  selectionDeleted: "Selection deleted",
  controlCharacter: "Control character",
  altText: "description",
  linkText: "text",
  column: "Column",
  cell: "Cell",
  picture: "Picture",
  adding: "Adding $",
  cancel: "Cancel",
  retry: "Retry",
  dismiss: "Dismiss",
  pictureAdded: "Picture added",
  pictureDescribe: "Tab describes it",
  pictureFailed: "The picture did not reach the server",
  pictureReadOnly: "You can no longer edit this deck",
  pictureLarge: "This picture is larger than 10 MB. Make it smaller first",
  pictureSvg: "SVG pictures cannot be added. Save it as PNG first",
  pictureHeic: "This browser cannot read HEIC photos. Save it as JPEG first; iPhones do so with Settings, Camera, Formats, Most Compatible",
  pictureKind: "This is not a picture. PNG, JPEG, GIF and WebP can be added",
  pictureSettings: "Picture settings",
  alt: "Alt text",
  altHint: "What it shows, for those who cannot see it",
  decorative: "Decorative: nothing to be said of it",
  size: "Size",
  sizeAuto: "As it is",
  sizeSmall: "Small",
  sizeMedium: "Medium",
  sizeFull: "Full",
  width: "Width",
  done: "Done",
  pictureForeign: "This picture belongs to another deck, so the audience of this one cannot see it",
  bringIn: "Bring it into this deck",
  prompt: "Placeholder",
  carried: "carried from $",
  keep: "Keep",
  drop: "Drop",
};

export type Words = typeof ENGLISH;

/** CodeMirror's own phrases by our keys. */
const PHRASES: Record<string, keyof Words> = {
  Find: "find",
  Replace: "replace",
  next: "next",
  previous: "previous",
  all: "all",
  "match case": "matchCase",
  regexp: "regexp",
  "by word": "byWord",
  replace: "replaceOne",
  "replace all": "replaceAll",
  close: "close",
  "current match": "currentMatch",
  "on line": "onLine",
  "replaced match on line $": "replacedMatch",
  "replaced $ matches": "replacedMatches",
  "Go to line": "goToLine",
  go: "go",
  Completions: "completions",
  "Selection deleted": "selectionDeleted",
  "Control character": "controlCharacter",
};

const facet = Facet.define<Words, Words>({ combine: ([given]) => given ?? ENGLISH });

/** The words of an editor. */
export function wordsOf(state: EditorState): Words {
  return state.facet(facet);
}

/** What is not translated stays English. */
export function words(translated: Partial<Words> = {}): Extension {
  const given = { ...ENGLISH, ...translated };
  const phrases = Object.entries(PHRASES).map(([phrase, key]) => [phrase, given[key]]);
  return [facet.of(given), EditorState.phrases.of(Object.fromEntries(phrases))];
}
