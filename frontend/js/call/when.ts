/** When a call is: told in its own zone, as on the first page. */

import { t } from "../dialogs/words.ts";
import { begins, countdown, moment } from "../home/times.ts";
import { view } from "./api.ts";
import type { Host } from "./host.ts";

/** A call's time as the server has it. */
export interface When {
  /** What a clock in the zone of the series shows. */
  callAt: string;
  /** The same moment for clocks anywhere; RFC 3339. */
  callAtInstant?: string | null;
  zone?: string | null;
}

/** The moment of a civil time: the server knows it by the zone of the series. */
export async function lookUp(host: Host, callAt: string | null): Promise<When | null> {
  if (callAt === null) return null;
  const deck = await view(host);
  return deck?.callAtInstant ? { callAt, callAtInstant: deck.callAtInstant, zone: deck.zone } : { callAt };
}

/** In Unix milliseconds. */
export function begin(when: When): number {
  return begins(when);
}

/** "Thursday, November 26 at 14:05 CET". */
export function callTime(when: When): string {
  return moment(when, Date.now());
}

/** "in 4 days 3 hr". */
export function untilCall(when: When, now: number): string {
  return countdown(begins(when), now, t);
}
