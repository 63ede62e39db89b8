/** The last list of decks, kept on this device for when the server is away. */

import type { Decks } from "./api.ts";

const KEY = "ondeck-home";

/** What the device has, if it has anything that can be read. */
export function kept(): Decks | null {
  try {
    const { decks, series } = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Decks>;
    return Array.isArray(decks) && Array.isArray(series) ? { decks, series } : null;
  } catch {
    return null;
  }
}

/** Keeps a list. A browser that refuses goes without. */
export function keep(decks: Decks): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(decks));
  } catch {
    // Full, or switched off.
  }
}

/** Who signs out leaves no titles behind. */
export function forget(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}
