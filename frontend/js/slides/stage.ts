/** reveal.js and the deck together: loading, patching and moving, without the person's hand. */

import Reveal from "reveal.js";
import { Deck, titleOf } from "./deck.ts";
import { revealOptions } from "./options.ts";
import type { Config, Patch, Position, Role, SlideHtml } from "./protocol.ts";
import { need } from "./rich.ts";
import { Theme } from "./theme.ts";

type Api = InstanceType<typeof Reveal>;

export class Stage {
  private readonly theme = new Theme();
  private readonly container: HTMLElement;
  private readonly status = document.createElement("div");
  private readonly blackout = document.createElement("div");
  private deck: Deck | null = null;
  private reveal: Api | null = null;
  private layoutFrame = 0;
  private last: Position = { index: 0, fragment: -1 };
  /** Above zero while the frame itself moves, so that only the person's movements are reported. */
  private own = 0;

  role: Role = "preview";

  constructor(
    private readonly root: HTMLElement,
    /** Called after a movement that neither the page nor a patch asked for. */
    private readonly onMoved: (position: Position) => void,
  ) {
    const slides = root.querySelector<HTMLElement>(".slides");
    if (!slides) throw new Error("the page has no .slides");
    this.container = slides;
    this.status.className = "slide-status";
    this.status.setAttribute("role", "status");
    this.blackout.className = "blackout";
    this.blackout.hidden = true;
    document.body.append(this.status, this.blackout);
    // Neither images nor fonts have their size yet when a slide is laid out first.
    slides.addEventListener("load", this.layoutSoon, true);
    slides.addEventListener("error", this.layoutSoon, true);
    document.fonts?.addEventListener("loadingdone", this.layoutSoon);
  }

  async load(config: Config, slides: readonly SlideHtml[], at: Position | null): Promise<void> {
    this.role = config.role;
    await Promise.all([this.theme.use(config.theme), need(slides)]);
    this.describe(config);
    this.deck ??= new Deck(this.container, config.role);
    this.deck.load(slides, config.role);
    if (this.reveal) {
      this.still(() => this.reveal?.configure(revealOptions(config)));
    } else {
      await this.start(config);
    }
    this.show(at ?? { index: 0, fragment: -1 }, true);
    this.deck.label();
  }

  async patch(config: Config | undefined, patches: readonly Patch[], at: Position | null): Promise<void> {
    if (config) await this.theme.use(config.theme);
    await need(patches.flatMap((patch) => patch.op === "remove" ? [] : [patch.slide]));
    const { deck, reveal } = this;
    if (!deck || !reveal) throw new Error("a patch came before the deck");
    const current = reveal.getCurrentSlide();
    const before = this.position();
    const heirs = deck.successors(current);
    const media = playing(current);
    const applied = deck.patch(patches);
    const target = [current, ...heirs].find((section) => deck.indexOf(section) >= 0 && section.isConnected);
    const fragment = target === current ? before.fragment : -1;
    const stay = { index: Math.max(0, deck.indexOf(target)), fragment };
    this.still(() => {
      if (config) {
        this.describe(config);
        reveal.configure(revealOptions(config));
      }
      for (const section of applied.content) this.repaint(section, applied.attributes.has(section));
      for (const section of applied.attributes) {
        if (!applied.content.has(section)) this.repaint(section, true);
      }
      if (applied.structure && !config) reveal.sync();
      const touched = applied.structure || config !== undefined ||
        applied.content.has(current) || applied.attributes.has(current);
      if (at) this.show(at, touched);
      else if (touched) this.show(stay, applied.structure || config !== undefined || applied.attributes.has(current));
      if (target === current) resume(media);
    });
    if (applied.structure) deck.label();
    else if (applied.content.size > 0) deck.label();
    this.layoutSoon();
  }

  go(position: Position): void {
    this.show(position, false);
  }

  /** One step on, as the person's own movement: the page has a button for it. */
  next(): void {
    this.reveal?.next();
  }

  /** One step back, likewise. */
  prev(): void {
    this.reveal?.prev();
  }

  /** Moves to the slide that holds an element, as the person's own movement. */
  visit(element: Element): void {
    const index = this.deck?.indexOf(element.closest(".slides section:not(.stack)")) ?? -1;
    if (index < 0) return;
    this.show({ index, fragment: -1 }, false);
    this.onMoved(this.position());
  }

  setBlackout(on: boolean): void {
    this.blackout.hidden = !on;
  }

  layout(): void {
    this.reveal?.layout();
  }

  isOverview(): boolean {
    return this.reveal?.isOverview() ?? false;
  }

  /** The flat number of the slide that holds an element, -1 if none does. */
  indexAt(element: Element): number {
    return this.deck?.indexOf(element.closest(".slides section:not(.stack)")) ?? -1;
  }

  position(): Position {
    const { deck, reveal } = this;
    if (!deck || !reveal) return { index: 0, fragment: -1 };
    const index = deck.indexOf(reveal.getCurrentSlide());
    return { index: Math.max(0, index), fragment: reveal.getIndices().f ?? -1 };
  }

  private async start(config: Config): Promise<void> {
    const reveal = new Reveal(this.root, {});
    this.own++;
    await reveal.initialize({ ...revealOptions(config), keyboardCondition: ownsKey });
    this.own--;
    this.reveal = reveal;
    // A slide is a region of a document, not an application with keys of its own; and only the
    // title is announced, not the whole text.
    this.root.removeAttribute("role");
    const announcer = this.root.querySelector(".aria-status");
    announcer?.setAttribute("aria-live", "off");
    announcer?.setAttribute("aria-hidden", "true");
    for (const event of ["slidechanged", "fragmentshown", "fragmenthidden", "overviewhidden"]) {
      reveal.on(event, () => this.moved());
    }
  }

  /** Compares before it tells: reveal.js also speaks up when nothing moved. */
  private moved(): void {
    if (this.own > 0) return;
    const position = this.position();
    if (position.index === this.last.index && position.fragment === this.last.fragment) return;
    this.remember(position);
    this.onMoved(position);
  }

  private remember(position: Position): void {
    if (position.index !== this.last.index && this.role !== "preview") {
      const section = this.deck?.section(position.index);
      this.status.textContent = (section && titleOf(section)) || `Slide ${position.index + 1}`;
    }
    this.last = position;
  }

  /** Goes to a position, clamped to what there is; `force` also when reveal.js thinks it is there. */
  private show(position: Position, force: boolean): void {
    const { deck, reveal } = this;
    if (!deck || !reveal) return;
    const section = deck.section(position.index);
    const fragment = clampFragment(section, position.fragment);
    const at = reveal.getIndices();
    // From the element, not from numbers kept by reveal.js: those are stale after a sync.
    const { h, v } = reveal.getIndices(section);
    const here = section === reveal.getCurrentSlide() && h === at.h && (v ?? 0) === (at.v ?? 0);
    this.quietly(() => {
      if (here && !force) reveal.navigateFragment(fragment);
      else reveal.slide(h, v ?? 0, fragment);
    });
  }

  /** A changed section, without touching the others. */
  private repaint(section: HTMLElement, attributes: boolean): void {
    const { reveal } = this;
    if (!reveal || !section.isConnected) return;
    const background = reveal.getSlideBackground(section) as HTMLElement | undefined;
    // A new section has no background yet; `sync` will make it.
    if (!background) return;
    const { display } = section.style;
    if (attributes) {
      background.style.background = "";
      reveal.syncSlide(section);
      // `syncSlide` shows the section however far away it is.
      section.style.display = display;
      background.style.display = display;
    } else {
      reveal.syncFragments(section);
      if (display !== "none") reveal.loadSlide(section);
    }
    if (section.classList.contains("past") || section.parentElement?.classList.contains("past")) {
      for (const fragment of section.querySelectorAll(".fragment")) fragment.classList.add("visible");
    }
  }

  private describe({ lang, dir }: Config): void {
    const page = document.documentElement;
    if (lang) page.lang = lang;
    else page.removeAttribute("lang");
    page.dir = dir === "rtl" ? "rtl" : "";
  }

  /** Runs a change that must not be seen as a movement: no transition, no animation. */
  private still(change: () => void): void {
    const { root, reveal } = this;
    const config = reveal?.getConfig();
    const animate = config?.autoAnimate;
    if (config) config.autoAnimate = false;
    root.classList.add("still");
    try {
      this.quietly(change);
    } finally {
      // The new state must be computed while transitions are off, or they would start now.
      void root.offsetWidth;
      root.classList.remove("still");
      if (config && animate !== undefined) config.autoAnimate = animate;
    }
  }

  private quietly(change: () => void): void {
    this.own++;
    try {
      change();
    } finally {
      this.own--;
      this.remember(this.position());
    }
  }

  private readonly layoutSoon = (): void => {
    this.layoutFrame ||= requestAnimationFrame(() => {
      this.layoutFrame = 0;
      this.layout();
    });
  };
}

/** Keys that mean something to the page and not to reveal.js. */
export const PAGE_KEYS = new Set(["f", "s", "r", "t", "e", "b", "v", ".", "/", "?", "F1", "F6", "F8"]);

function ownsKey(event: KeyboardEvent): boolean {
  return event.key === undefined || !PAGE_KEYS.has(event.key.length === 1 ? event.key.toLowerCase() : event.key);
}

/** The highest fragment that a section has, at most `fragment`. */
function clampFragment(section: Element, fragment: number): number {
  let last = -1;
  let unnumbered = 0;
  for (const element of section.querySelectorAll(".fragment")) {
    const index = element.getAttribute("data-fragment-index");
    if (index === null) unnumbered++;
    else last = Math.max(last, Number.parseInt(index, 10) || 0);
  }
  return Math.max(-1, Math.min(Math.trunc(fragment) || 0, last + unnumbered));
}

type Playing = { element: HTMLMediaElement; time: number };

/** reveal.js restarts the media of a slide whose number changes; these go on where they were. */
function playing(section: Element | undefined): Playing[] {
  return [...(section?.querySelectorAll<HTMLMediaElement>("video, audio") ?? [])]
    .filter((element) => !element.paused)
    .map((element) => ({ element, time: element.currentTime }));
}

function resume(media: readonly Playing[]): void {
  for (const { element, time } of media) {
    if (!element.isConnected) continue;
    element.currentTime = time;
    // Playing again may be refused without a gesture; then it simply stays paused.
    element.play().catch(() => undefined);
  }
}
