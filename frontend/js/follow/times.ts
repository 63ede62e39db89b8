/** How long it took, and how that compares with what was planned. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** From this share of its minutes on a section is far over. */
const OVER = 1.2;

/** Amber when the minutes are used up, red when it is a fifth more. */
export function stateOf(spent: number, minutes: number): "" | "warn" | "over" {
  if (spent >= minutes * MINUTE * OVER) return "over";
  return spent >= minutes * MINUTE ? "warn" : "";
}

/** "0:42", or "0:42 / 5:00" where minutes are planned. */
export function spentOf(spent: number, minutes: number | null): string {
  return minutes === null ? clock(spent) : `${clock(spent)} / ${clock(minutes * MINUTE)}`;
}

/** "4:05", and "1:02:07" from an hour on. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / SECOND));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
