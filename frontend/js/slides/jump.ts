/** reveal.js's field to jump to a slide, with the numbers that everybody sees: from 1 to the last. */

const FIELD = "jump-to-slide-input";

/** Lets a plain number in the field be the number of a slide, and gives the field its name. */
export function jumpByNumber(root: HTMLElement, on: { label(): string; jump(index: number): void; close(): void }): void {
  const fieldOf = ({ target }: Event): HTMLInputElement | null =>
    target instanceof HTMLInputElement && target.classList.contains(FIELD) ? target : null;
  const numberIn = (event: Event): number | null => {
    const text = fieldOf(event)?.value.trim() ?? "";
    return /^\d+$/.test(text) ? Number(text) : null;
  };
  root.addEventListener("focusin", (event) => {
    const field = fieldOf(event);
    if (!field) return;
    field.placeholder = on.label();
    field.setAttribute("aria-label", on.label());
  });
  // reveal.js would go along while it is typed, and the whole audience with it.
  root.addEventListener("input", (event) => {
    if (fieldOf(event)) event.stopPropagation();
  }, true);
  root.addEventListener("keydown", (event) => {
    const number = event.key === "Enter" ? numberIn(event) : null;
    if (number === null) return;
    // reveal.js would count columns.
    event.stopPropagation();
    on.close();
    if (number > 0) on.jump(number - 1);
  }, true);
}
