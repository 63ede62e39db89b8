/** The dialog for a series: its name, how often its call is, and when. */

import { element } from "../../follow/dom.ts";
import type { Dialog } from "../dialog.ts";
import { field, foot } from "../form.ts";
import { withoutDate } from "./names.ts";
import { call, Refusal } from "../share/api.ts";
import { t } from "../words.ts";

const RHYTHMS = ["week", "two-weeks", "month", "none"] as const;
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
/** Of a month; the last one is counted from its end. */
const WEEKS = ["1", "2", "3", "4", "5", "-1"] as const;
/** Longer names the server does not take. */
const MAX_NAME = "200";

interface Cadence {
  every: string;
  day?: string | null;
  week?: number | null;
}

/** A series as the server has it. */
export interface Series {
  name: string;
  cadence: Cadence;
  time: string;
  zone: string;
}

export interface Options {
  /** The template. */
  deck: string;
  /** Its title. */
  title: string;
  /** Without one, the deck becomes the template of a new one. */
  series: Series | null;
  /** Hears what was done, in words. */
  done: (words: string) => void;
}

export function showSeries(dialog: Dialog, options: Options): void {
  new SeriesForm(dialog, options).show();
}

class SeriesForm {
  private readonly path: string;
  private readonly name = element("input", { class: "input", required: "", maxlength: MAX_NAME, "data-test": "series-name" });
  private readonly every = select("series-every", RHYTHMS.map((one) => [one, t(`every_${one.replace("-", "_")}`)]));
  private readonly day = select("series-day", DAYS.map((one, index) => [one, weekday(index)]));
  private readonly week = select("series-week", WEEKS.map((one) => [one, t(`week_${one === "-1" ? "last" : one}`)]));
  private readonly time = element("input", { type: "time", class: "input", required: "", "data-test": "series-time" });
  private readonly zone = element("input", { class: "input", required: "", list: "zones", autocomplete: "off", spellcheck: "false", "data-test": "series-zone" });

  constructor(private readonly dialog: Dialog, private readonly options: Options) {
    this.path = `/api/decks/${encodeURIComponent(options.deck)}/series`;
  }

  show(): void {
    const { series, title } = this.options;
    this.name.value = series?.name ?? withoutDate(title);
    this.time.value = series?.time ?? "14:00";
    this.zone.value = series?.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.every.value = series?.cadence.every ?? "week";
    this.day.value = series?.cadence.day ?? "thu";
    this.week.value = `${series?.cadence.week ?? 1}`;
    const [days, weeks] = [field(t("weekday"), this.day), field(t("week_of_month"), this.week)];
    const update = () => {
      days.classList.toggle("hidden", this.every.value === "none");
      weeks.classList.toggle("hidden", this.every.value !== "month");
    };
    this.every.addEventListener("change", update);
    update();
    this.zone.addEventListener("change", () => {
      this.zone.value = completeZone(this.zone.value);
    });
    const save = element("button", { class: "button primary", "data-test": "save-series" }, t(series ? "save" : "make_series"));
    const form = element("form", { class: "form series-form" },
      element("p", { class: "muted" }, t("series_hint")),
      field(t("name"), this.name),
      element("div", { class: "series-when" }, field(t("every"), this.every), weeks, days),
      element("div", { class: "series-when" }, field(t("time"), this.time), field(t("zone"), this.zone)),
      element("datalist", { id: "zones" }, ...zones().map((zone) => element("option", { value: zone }))),
      foot(this.dialog, save));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.save();
    });
    this.dialog.show(...(series ? [form, this.ending()] : [form]));
    this.name.select();
  }

  private async save(): Promise<void> {
    const name = this.name.value.trim();
    const zone = completeZone(this.zone.value);
    if (!name) return this.dialog.complain(t("name_empty"));
    if (!isZone(zone)) return this.dialog.complain(t("zone_unknown", zone));
    await this.send("PUT", t(this.options.series ? "series_changed" : "series_saved", name), { name, cadence: this.cadence(), time: this.time.value, zone });
  }

  private cadence(): Cadence {
    const every = this.every.value;
    if (every === "none") return { every };
    return { every, day: this.day.value, ...(every === "month" && { week: Number(this.week.value) }) };
  }

  /** The way to end it, in two steps. */
  private ending(): HTMLElement {
    const place = element("div", { class: "series-end" });
    const sure = element("button", { type: "button", class: "button danger", "data-test": "end-series-sure" }, t("end_series"));
    sure.addEventListener("click", () => void this.send("DELETE", t("series_ended", this.options.series?.name ?? "")));
    const ask = element("button", { type: "button", class: "button quiet", "data-test": "end-series", onclick: () => {
      place.replaceChildren(element("div", { class: "share-sure" }, element("p", {}, t("end_series_means")), element("div", { class: "row" }, sure)));
      sure.focus();
    } }, t("end_series_ask"));
    place.append(ask);
    return place;
  }

  private async send(method: string, words: string, body?: object): Promise<void> {
    this.dialog.wait(true);
    try {
      await call(method, this.path, body);
      this.dialog.close();
      this.options.done(words);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.dialog.complain(error.message);
    } finally {
      this.dialog.wait(false);
    }
  }
}

function select(test: string, options: [value: string, words: string][]): HTMLSelectElement {
  const made = element("select", { class: "input", "data-test": test });
  made.append(...options.map(([value, words]) => element("option", { value }, words)));
  return made;
}

/** The first of January 2024 was a Monday. */
function weekday(index: number): string {
  const date = new Date(Date.UTC(2024, 0, 1 + index));
  return new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", timeZone: "UTC" }).format(date);
}

function zones(): string[] {
  return typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
}

/** "Berlin" is Europe/Berlin; what is no place, or several, stays as it is. */
function completeZone(typed: string): string {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[\s_-]+/g, "_");
  const wanted = plain(typed.trim());
  const all = zones();
  const found = all.filter((zone) => plain(zone) === wanted);
  const places = found.length > 0 ? found : all.filter((zone) => plain(zone).endsWith(`/${wanted}`));
  return places.length === 1 ? places[0]! : typed.trim();
}

function isZone(zone: string): boolean {
  try {
    return Boolean(zone && new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}
