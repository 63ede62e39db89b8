/** Who types where, told from carets that move while the text of their section changes. */

import type { Writer } from "./host.ts";
import { slideAt, type Text } from "./text.ts";

/** Somebody's caret, as the application says it. */
export interface Caret {
  id: string;
  name: string;
  color: number;
  /** In UTF-16 units. */
  head: number;
}

/** Somebody counts as typing for so long after a keystroke, in milliseconds. */
export const TYPING = 4000;

export class Typing {
  private carets: readonly Caret[] = [];
  private text: Text | null = null;
  /** When a section's text changed, and how long it was, by its number. */
  private readonly changed = new Map<number, { length: number; at: number }>();
  /** Where a caret was in its slide, and when it moved there. */
  private readonly moved = new Map<string, { place: number; at: number }>();

  /** The text is another one. Lengths alone are compared: whoever types changes them. */
  read(text: Text, now: number): void {
    const isSame = this.text?.sections.length === text.sections.length;
    this.text = text;
    const lengths = text.sections.map(() => 0);
    for (const { section, from, to } of text.spans) lengths[section] = (lengths[section] ?? 0) + to - from;
    for (const [section, length] of lengths.entries()) {
      const before = this.changed.get(section);
      const isOther = isSame && before !== undefined && before.length !== length;
      this.changed.set(section, { length, at: isOther ? now : before?.at ?? 0 });
    }
    this.follow(now);
  }

  see(carets: readonly Caret[], now: number): void {
    this.carets = carets;
    this.follow(now);
  }

  /** Everybody, and whether they type at `now`. */
  writers(now: number): Writer[] {
    const { text } = this;
    if (!text || text.spans.length === 0) return [];
    return this.carets.map(({ id, name, color, head }) => {
      const section = text.spans[slideAt(text, head)]?.section ?? 0;
      const isRecent = (at: number | undefined) => at !== undefined && at > 0 && now - at < TYPING;
      const isTyping = isRecent(this.moved.get(id)?.at) && isRecent(this.changed.get(section)?.at);
      return { name, color, section, isTyping };
    });
  }

  private follow(now: number): void {
    const { text } = this;
    if (!text) return;
    const here = new Set(this.carets.map(({ id }) => id));
    for (const id of this.moved.keys()) {
      if (!here.has(id)) this.moved.delete(id);
    }
    for (const { id, head } of this.carets) {
      const place = head - (text.spans[slideAt(text, head)]?.from ?? 0);
      const before = this.moved.get(id);
      if (before?.place !== place) this.moved.set(id, { place, at: before ? now : 0 });
    }
  }
}
