/** Where a stray goes when it is moved to the person's own section, and how it looks there. */

import type { Text } from "@codemirror/state";
import { readLine } from "../lists.ts";
import { promptIn } from "../prompt.ts";
import type { Change } from "./stray.ts";

/** The change that puts a text where somebody writes; `place` is within the line that says where. */
export function placing(doc: Text, place: number, text: string): Change {
  const line = doc.lineAt(place);
  const item = readLine(line.text);
  const prompt = promptIn(line.text);
  const isEmpty = prompt !== null || line.text.slice(item.content).trim() === "";
  const lines = text.split("\n").filter((one) => one.trim() !== "");
  if (item.mark && isEmpty) {
    const [first = "", ...rest] = asItems(lines, line.text.slice(0, item.start), bullet(item.mark, item.pad));
    // The mark is there already, perhaps with a box.
    const insert = [first.slice(readLine(first).content), ...rest].join("\n");
    const gap = /\s$/.test(line.text.slice(0, item.content)) ? "" : " ";
    return { from: line.from + item.content, to: line.to, insert: gap + insert };
  }
  if (prompt) return { from: line.from, to: line.to, insert: lines.join("\n") };
  if (line.text.trim() === "") return { from: line.to, to: line.to, insert: lines.join("\n") };
  const list = item.mark ? item : listAbove(doc, line.number);
  if (list) {
    const lead = list.quote + " ".repeat(list.indent);
    return { from: line.to, to: line.to, insert: `\n${asItems(lines, lead, bullet(list.mark, list.pad)).join("\n")}` };
  }
  return { from: line.to, to: line.to, insert: `\n\n${lines.join("\n")}` };
}

/** Numbers are set when they are rendered, so any will do. */
function bullet(mark: string, pad: string): string {
  return mark + (pad || " ");
}

/** Each line as an item of its own; what are items already keep their levels below one another. */
function asItems(lines: readonly string[], lead: string, mark: string): string[] {
  const items = lines.map(readLine);
  const base = Math.min(...items.map(({ mark: own, indent }) => (own ? indent : 0)));
  return lines.map((line, index) => {
    const item = items[index];
    if (!item?.mark) return lead + mark + line.trim();
    const level = " ".repeat(item.indent - base);
    // Its own mark only below another: a list has marks of one kind.
    return lead + level + (level ? line.slice(item.start) : mark + item.task + line.slice(item.content));
  });
}

/** The item that a line goes on with, if the line is text within a list. */
function listAbove(doc: Text, number: number) {
  const own = readLine(doc.line(number).text);
  if (own.indent === 0) return null;
  for (let line = number - 1; line >= 1; line--) {
    const item = readLine(doc.line(line).text);
    if (item.blank) return null;
    if (item.mark && item.indent < own.indent) return item;
  }
  return null;
}
