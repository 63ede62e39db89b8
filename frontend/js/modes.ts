/** The languages of code blocks that only some decks have: loaded when the first such block is seen. */

export { javascript, json, typescript } from "@codemirror/legacy-modes/mode/javascript";
export { shell } from "@codemirror/legacy-modes/mode/shell";
