/** The day of a call: what the series says, the days after it, or any other. */

import { element } from "../../follow/dom.ts";
import { locale } from "../../home/locale.ts";
import { t } from "../words.ts";

export class DayChoice {
  readonly element: HTMLFieldSetElement;
  private readonly other = element("input", { type: "date", class: "input day-other", "aria-label": t("other_day"), "data-test": "day-other" });

  constructor(date: string, dates: string[], private readonly chosen: (day: string) => void) {
    const days = [...new Set([date, ...dates])].sort();
    this.other.disabled = true;
    this.other.addEventListener("change", () => this.chosen(this.other.value));
    const any = this.radio("", t("other_day"), false);
    this.element = element("fieldset", { class: "days" }, element("legend", { class: "days-legend" }, t("day")), ...days.map((day) => this.radio(day, long(day), day === date)), any, this.other);
  }

  focus(): void {
    this.element.querySelector<HTMLElement>("input:checked")?.focus();
  }

  private radio(day: string, words: string, isChecked: boolean): HTMLElement {
    const radio = element("input", { type: "radio", name: "day", value: day, "data-test": day ? "day" : "day-any" });
    radio.checked = isChecked;
    radio.addEventListener("change", () => {
      this.other.disabled = day !== "";
      this.chosen(day || this.other.value);
      if (!day) this.other.focus();
    });
    return element("label", { class: "day" }, radio, words);
  }
}

/** "Thu, 25 April 2024" */
export function long(day: string): string {
  const date = new Date(`${day}T00:00Z`);
  if (Number.isNaN(date.getTime())) return day;
  const style = { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(locale(), style).format(date);
}
