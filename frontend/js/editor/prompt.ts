/** What a prompt is: a comment that asks for something, alone on its line, as an item's text or as a reporter's name. */

import type { Range } from "./changes.ts";

const PROMPT = /^([ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)?(?:report by:?[ \t]+)?)<!--\s*prompt:(.*)-->[ \t]*$/i;

/** Where in a line a prompt stands, and what it asks. */
export function promptIn(line: string): (Range & { text: string }) | null {
  // Most lines are passed over with this one look.
  if (!line.includes("<!--")) return null;
  const [, lead = "", inside = ""] = PROMPT.exec(line) ?? [];
  const text = inside.trim();
  // With an end within it there are two comments.
  if (!text || inside.includes("-->")) return null;
  return { from: lead.length, to: line.lastIndexOf("-->") + 3, text };
}
