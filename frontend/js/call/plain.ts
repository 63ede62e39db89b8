/** Edits of whole lines as edits of characters, where there is no editor to make them. */

import { lineChanges, type LineEdit } from "../editor/lines.ts";

type Doc = Parameters<typeof lineChanges>[0];

/** The edits that say the same as whole-line edits; each stands in the coordinates that the ones before it left. */
export function textEdits(text: string, edits: readonly LineEdit[]): { at: number; delete: number; insert: string }[] {
  const lines = text.split("\n");
  const starts: number[] = [];
  let start = 0;
  for (const line of lines) {
    starts.push(start);
    start += line.length + 1;
  }
  const doc = {
    lines: lines.length,
    length: text.length,
    line(number: number) {
      const [from, line] = [starts[number - 1] ?? 0, lines[number - 1] ?? ""];
      return { from, to: from + line.length, text: line, number };
    },
    sliceString: (from: number, to: number) => text.slice(from, to),
  };
  // From the end on, so that the places of those before stay what they were.
  const changes = lineChanges(doc as unknown as Doc, edits).reverse();
  return changes.map(({ from, to, insert }) => ({ at: from, delete: to - from, insert }));
}
