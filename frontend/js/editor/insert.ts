/** How commands change the text: each of them is one step of the undo history. */

import { snippet } from "@codemirror/autocomplete";
import { isolateHistory } from "@codemirror/commands";
import type { TransactionSpec } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";

/** Dispatches what a command does as one undoable step. */
export function perform(view: EditorView, spec: TransactionSpec): void {
  view.dispatch({
    userEvent: "input",
    scrollIntoView: true,
    annotations: isolateHistory.of("full"),
    ...spec,
  });
}

/** Inserts a template; its `${fields}` are selected one after the other with Tab. */
export function insertSnippet(view: EditorView, template: string, from: number, to: number): void {
  const isolate = () => view.dispatch({ annotations: isolateHistory.of("full") });
  isolate();
  snippet(template)(view, null, from, to);
  isolate();
}

/** Text that stands in a template as it is. */
export function snippetText(text: string): string {
  return text.replace(/[{}]/g, "\\$&");
}
