/** Makes a slide's text fit: stepped down only as far as it must be, and equally on every screen. */

/** How much smaller than usual: pixels of text where the theme is ours, and a share elsewhere. */
type Level = {
  /** The size of text on a slide whose text is 32 pixels high. */
  size: number;
  /** The highest that pictures may be, as a share of the slide; `null` leaves them alone. */
  picture: number | null;
};

/** What was found out about a slide. */
type Found = { level: number; overflows: boolean };

/** What a slide got, and whether that is still to be trusted. */
type Fitted = Found & { key: string; stale: boolean };

/** The slides, as far as their fit depends on them. */
type Slides = {
  sections(): HTMLElement[];
  /** Equal for slides that look the same. */
  textOf(section: HTMLElement): string;
  /** Whether the author gave the slide a size of text. */
  setsSize(section: HTMLElement): boolean;
};

/** What a fit depends on besides the slide itself. */
export type Setting = {
  /** Whether the deck looks like ours and sets no sizes of its own: only then is text stepped. */
  stepped: boolean;
  /** Names everything else: theme, options, style sheets. */
  key: string;
  /** The value of `display` that slides have when they are shown. */
  display: string;
};

const BASE_SIZE = 32;
const USUAL: Level = { size: BASE_SIZE, picture: null };

/** Elements that reveal.js gives the room that is left, or the width that there is. */
const SIZED_BY_REVEAL = ".stretch, .r-stretch, .r-fit-text";

/** From the usual look to the floor; pictures give way before text does. */
const LEVELS: readonly Level[] = [
  USUAL,
  { size: BASE_SIZE, picture: 0.7 },
  { size: BASE_SIZE, picture: 0.55 },
  { size: BASE_SIZE, picture: 0.45 },
  { size: BASE_SIZE, picture: 0.35 },
  { size: 30, picture: 0.35 },
  { size: 28, picture: 0.35 },
  { size: 26, picture: 0.3 },
  { size: 24, picture: 0.3 },
  { size: 24, picture: 0.2 },
];

/** Without pictures some levels are the same as others. */
const TEXT_LEVELS: readonly number[] = [0, 5, 6, 7, 8];
const ALL_LEVELS: readonly number[] = LEVELS.map((_, level) => level);

/** Boxes are measured in whole pixels; less than that is no overflow. */
const TOLERANCE = 1;
/** Far more texts than a session has; then all are forgotten. */
const MAX_KNOWN = 1000;
/** A slice of idle time ends with this many milliseconds left. */
const SPARE = 3;
/** Slides that nobody sees are measured when nothing has changed for so long, in milliseconds … */
const QUIET = 300;
/** … and in any case after so long: a deck that is always written in has problems as well. */
const MOST_DELAY = 5_000;
/** The longest that a slice is put off while the page is never idle, in milliseconds. */
const IDLE_TIMEOUT = 200;
/** What measuring takes even then: too short to be noticed between two keystrokes, in milliseconds. */
const IDLE_SLICE = 10;

export class Fit {
  private setting: Setting = { stepped: false, key: "", display: "block" };
  private readonly known = new Map<string, Found>();
  private readonly fitted = new Map<HTMLElement, Fitted>();
  /** Sections whose size of text was set here, not by their author. */
  private readonly sized = new WeakSet<HTMLElement>();
  private timer = 0;
  /** When measuring was asked for; 0 when nothing waits. */
  private askedAt = 0;
  private box = "";

  constructor(
    /** The box of a slide. */
    private readonly container: HTMLElement,
    private readonly slides: Slides,
    private readonly on: {
      /** Idle time has changed the look of a slide. */
      changed(section: HTMLElement): void;
      /** All slides are measured; these do not fit. */
      measured(overflowing: HTMLElement[]): void;
    },
  ) {}

  /** Takes note of what all fits depend on. */
  set(setting: Setting): void {
    if (setting.key === this.setting.key && setting.display === this.setting.display) return;
    this.setting = setting;
    this.recheckAll();
  }

  /** Fonts have arrived: what was measured before is worth nothing. */
  forget(): void {
    this.known.clear();
    this.recheckAll();
  }

  /** Whether slides have another size than they were measured with; then all are stale. */
  resized(): boolean {
    const { width, height } = boxOf(this.container);
    const box = `${width}x${height}`;
    const isOther = this.box !== "" && this.box !== box;
    this.box = box;
    if (isOther) this.recheckAll();
    return isOther;
  }

  /** The content of a slide has changed. */
  recheck(section: HTMLElement): void {
    const before = this.fitted.get(section);
    if (before) before.stale = true;
    this.later();
  }

  /** Something on a slide has got its real size, though its text is the same. */
  remeasure(section: HTMLElement): void {
    const before = this.fitted.get(section);
    if (before) this.known.delete(before.key);
    this.recheck(section);
  }

  /** Fits a slide unless it is fitted already; says whether its look may have changed. */
  ensure(section: HTMLElement): boolean {
    const before = this.fitted.get(section);
    if (!section.isConnected || before?.stale === false) return false;
    this.resized();
    const key = this.keyOf(section);
    const found = this.known.get(key) ?? this.measure(section, before?.level ?? 0);
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.set(key, found);
    this.fitted.set(section, { ...found, key, stale: false });
    this.apply(section, found.level);
    return found.level > 0 || (before?.level ?? 0) > 0;
  }

  private recheckAll(): void {
    for (const fitted of this.fitted.values()) fitted.stale = true;
    this.later();
  }

  /** Fits all slides when there is time: not between the keystrokes of somebody who writes. */
  later(): void {
    const now = performance.now();
    this.askedAt ||= now;
    clearTimeout(this.timer);
    const most = Math.max(0, this.askedAt + MOST_DELAY - now);
    this.timer = window.setTimeout(() => this.measureSlice(), Math.min(QUIET, most));
  }

  private measureSlice(): void {
    const { timer } = this;
    requestIdle((left) => {
      // A change since then has put it off.
      if (timer === this.timer) this.measureAll(left);
    });
  }

  private measureAll(left: () => number): void {
    const sections = this.slides.sections();
    for (const section of sections) {
      if (this.fitted.get(section)?.stale === false) continue;
      if (this.ensure(section)) this.on.changed(section);
      if (left() < SPARE) return this.measureSlice();
    }
    this.askedAt = 0;
    const there = new Set(sections);
    for (const section of this.fitted.keys()) if (!there.has(section)) this.fitted.delete(section);
    this.on.measured(sections.filter((section) => this.fitted.get(section)?.overflows));
  }

  /** Whatever the look of a slide depends on. Pictures that are still on their way have no size. */
  private keyOf(section: HTMLElement): string {
    const { width, height } = boxOf(this.container);
    const sizes = [...section.querySelectorAll("img")].map((image) => `${image.naturalWidth}x${image.naturalHeight}`);
    return [this.setting.key, width, height, ...sizes, this.slides.textOf(section)].join("\n");
  }

  private measure(section: HTMLElement, guess: number): Found {
    if (section.dataset.fit === "off") return { level: 0, overflows: false };
    const close = this.open(section);
    try {
      return this.search(section, guess);
    } finally {
      close();
    }
  }

  /**
   * The first level at which the slide fits. Each level is smaller than the one before it, so the
   * search may begin anywhere; after a keystroke the answer mostly is what it was.
   */
  private search(section: HTMLElement, guess: number): Found {
    const fits = (level: number | undefined) => {
      this.apply(section, level ?? 0);
      return isWithin(section, boxOf(this.container));
    };
    const levels = section.querySelector("img, video") ? ALL_LEVELS : TEXT_LEVELS;
    // All levels below `low` do not fit, those from `high` on do.
    let [low, high] = [0, levels.length];
    let middle = Math.max(0, levels.indexOf(guess) - 1);
    while (low < high) {
      if (fits(levels[middle])) high = middle;
      else low = middle + 1;
      const isNext = low === middle + 1;
      middle = isNext && middle < levels.indexOf(guess) ? low : (low + high) >> 1;
    }
    const overflows = low === levels.length;
    return { level: levels[overflows ? low - 1 : low] ?? 0, overflows };
  }

  private apply(section: HTMLElement, level: number): void {
    const { size, picture } = LEVELS[level] ?? USUAL;
    const stepped = this.setting.stepped && !this.slides.setsSize(section);
    if (stepped && size < BASE_SIZE) {
      setStyle(section, "font-size", `${size}px`);
      this.sized.add(section);
    } else if (this.sized.delete(section) && !this.slides.setsSize(section)) {
      setStyle(section, "font-size", "");
    }
    setZoom(section, stepped ? 1 : size / BASE_SIZE);
    const height = picture === null ? "" : `${Math.round(picture * boxOf(this.container).height)}px`;
    setStyle(section, "--picture-height", height);
    section.toggleAttribute("data-fit-pictures", height !== "");
  }

  /** Lets a slide be measured that reveal.js keeps out of sight; returns how to undo it. */
  private open(section: HTMLElement): () => void {
    const undo: (() => void)[] = [];
    const stack = section.parentElement?.closest("section");
    for (const element of [stack, section]) {
      if (!element || element.style.display === this.setting.display) continue;
      const { display } = element.style;
      undo.push(() => (element.style.display = display));
      element.style.display = this.setting.display;
    }
    section.classList.add("measured");
    return () => {
      section.classList.remove("measured");
      for (const back of undo) back();
    };
  }
}

/** Writes only what changes: a browser computes all styles of the slide anew for what is written. */
function setStyle(section: HTMLElement, name: string, value: string): void {
  if (section.style.getPropertyValue(name) !== value) section.style.setProperty(name, value);
}

/** Makes the content of a slide smaller as a whole, whatever units its sizes are in. */
function setZoom(section: HTMLElement, zoom: number): void {
  const value = zoom < 1 ? String(zoom) : "";
  const children = [...section.children].filter((child): child is HTMLElement =>
    child instanceof HTMLElement && child.style.zoom !== value);
  // What stands somewhere by position stays there, and what reveal.js sizes keeps its size. All are
  // asked before any is changed, or the browser would work out the styles once for each.
  const zoomed = value === "" ? children : children.filter((child) => isInFlow(child) && !child.matches(SIZED_BY_REVEAL));
  for (const child of zoomed) child.style.zoom = value;
}

type Box = { width: number; height: number };

/** The size of a slide as reveal.js wrote it down; to ask the browser would make it lay out the page. */
function boxOf({ style }: HTMLElement): Box {
  return { width: Number.parseFloat(style.width) || 0, height: Number.parseFloat(style.height) || 0 };
}

/** Whether the content of a slide lies within its box, whatever else stands on it by position. */
function isWithin(section: HTMLElement, { width, height }: Box): boolean {
  const children = [...section.children].filter(isInFlow);
  const last = children.at(-1);
  // The space below the last text may stick out: nothing is lost with it.
  const below = last ? Number.parseFloat(getComputedStyle(last).marginBottom) || 0 : 0;
  if (section.offsetHeight - below > height + TOLERANCE) return false;
  if (children.some((child) => isTooWide(child, width))) return false;
  return [...section.querySelectorAll<HTMLElement>("pre code")].every(isWhole);
}

function isTooWide(child: HTMLElement, width: number): boolean {
  if (child.matches(SIZED_BY_REVEAL)) return false;
  const zoom = Number(child.style.zoom) || 1;
  if (child.offsetWidth * zoom > width + TOLERANCE) return true;
  return child.clientWidth > 0 && child.localName !== "pre" && child.scrollWidth > child.clientWidth + TOLERANCE &&
    getComputedStyle(child).overflowX === "visible";
}

/** Code that scrolls hides some of its lines, unless the presenter walks through them. */
function isWhole(code: HTMLElement): boolean {
  if (code.parentElement?.querySelector(":scope > code.fragment")) return true;
  return code.scrollHeight <= code.clientHeight + TOLERANCE && code.scrollWidth <= code.clientWidth + TOLERANCE;
}

function isInFlow(element: Element): element is HTMLElement {
  if (!(element instanceof HTMLElement)) return false;
  const { position, display } = getComputedStyle(element);
  return display !== "none" && position !== "absolute" && position !== "fixed";
}

/** Calls with what is left of a slice of time: idle time, or a little where there is none to be had. */
function requestIdle(work: (left: () => number) => void): void {
  const slice = (deadline?: IdleDeadline) => {
    const end = performance.now() + IDLE_SLICE;
    work(() => Math.max(deadline?.timeRemaining() ?? 0, end - performance.now()));
  };
  if (typeof requestIdleCallback === "function") requestIdleCallback(slice, { timeout: IDLE_TIMEOUT });
  else window.setTimeout(slice, IDLE_SLICE);
}
