/** reveal.js and the deck together: loading, patching and moving, without the person's hand. */

import Reveal from "reveal.js";
import { Brand } from "./brand.ts";
import { type Applied, Deck, SETS_SIZE, titleOf } from "./deck.ts";
import { blocksOf, fadeIn } from "./fade.ts";
import { Fit } from "./fit.ts";
import { jumpByNumber } from "./jump.ts";
import { isPageKey, nameOf } from "./keys.ts";
import { PICTURE_CLASS } from "./look.ts";
import { playing, resume } from "./media.ts";
import { isStill, revealOptions } from "./options.ts";
import { markMissing, ticket } from "./pictures.ts";
import { Overview } from "./overview.ts";
import type { Config, Patch, Position, Role, SlideHtml, Words } from "./protocol.ts";
import { need } from "./rich.ts";
import { ScrollView, stepsOf } from "./scroll.ts";
import { isOwn, Theme } from "./theme.ts";

/** reveal.js with what its types leave out. */
type Api = InstanceType<typeof Reveal> & {
  startEmbeddedContent(): void;
  toggleScrollView(on: boolean): void;
  isScrollView(): boolean;
  toggleJumpToSlide(on: boolean): void;
};

const ENGLISH: Words = { slide: "Slide {0} of {1}", jump: "Slide number or word" };

/** How long the first slide waits for its fonts, in milliseconds; then they come when they come. */
const FONT_PATIENCE = 1000;

export class Stage {
  private readonly theme = new Theme();
  private readonly container: HTMLElement;
  private readonly status = document.createElement("div");
  private readonly blackout = document.createElement("div");
  private readonly brand: Brand;
  private readonly fit: Fit;
  private readonly deck: Deck;
  private config: Config | null = null;
  private reveal: Api | null = null;
  private layoutFrame = 0;
  private last: Position = { index: 0, fragment: -1 };
  private placed = "";
  /** How often the person has moved. */
  private moves = 0;
  /** What was announced last. */
  private announced: { section: HTMLElement; title: string } | null = null;
  private overflowing: readonly number[] = [];
  private scroll: ScrollView | null = null;
  private readonly overview = new Overview();
  /** Above zero while the frame itself moves, so that only the person's movements are reported. */
  private own = 0;

  role: Role = "preview";

  constructor(
    private readonly root: HTMLElement,
    private readonly on: {
      /** A movement that neither the page nor a patch asked for. */
      moved(position: Position, move: number): void;
      /** What is shown is another slide or step than before, or has another number. */
      placed(position: Position, fragments: number): void;
      overview(open: boolean): void;
      /** The flat numbers of the slides whose content does not fit, when these have changed. */
      overflowed(slides: number[]): void;
    },
  ) {
    const slides = root.querySelector<HTMLElement>(".slides");
    if (!slides) throw new Error("the page has no .slides");
    this.container = slides;
    this.deck = new Deck(slides);
    this.brand = new Brand(root, slides);
    this.fit = new Fit(slides, this.deck, {
      changed: (section) => this.settle(section),
      measured: (overflowing) => this.report(overflowing),
    });
    this.status.className = "slide-status";
    this.status.setAttribute("role", "status");
    this.blackout.className = "blackout";
    this.blackout.hidden = true;
    document.body.append(this.status, this.blackout);
    // Neither pictures nor fonts have their size yet when a slide is laid out first.
    slides.addEventListener("load", this.onArrival, true);
    slides.addEventListener("error", this.onArrival, true);
    document.fonts?.addEventListener("loadingdone", this.onFonts);
    root.addEventListener("beforeslidechange", this.beforeChange);
    root.addEventListener("slidechanged", () => {
      this.brand.show(this.reveal?.getCurrentSlide());
      this.forgetFurtherOn();
    });
    window.addEventListener("resize", this.onResize);
    jumpByNumber(root, {
      label: () => this.words.jump,
      jump: (index) => this.visitSlide(index),
      close: () => this.reveal?.toggleJumpToSlide(false),
    });
  }

  /**
   * reveal.js would enter a column where it was left once, and pass by the slides above: what comes
   * next would depend on what was looked at before.
   */
  private forgetFurtherOn(): void {
    const columns = [...this.container.querySelectorAll(":scope > section")];
    const current = columns.findIndex((column) => column.classList.contains("present"));
    for (const column of columns.slice(current + 1)) column.removeAttribute("data-previous-indexv");
  }

  private get words(): Words {
    return this.config?.words ?? ENGLISH;
  }

  get hasSingleKeys(): boolean {
    return this.config?.singleKeys !== false;
  }

  async load(config: Config, slides: readonly SlideHtml[], at: Position | null, heard = this.moves): Promise<void> {
    this.role = config.role;
    await Promise.all([this.theme.use(config.theme), need(slides)]);
    ticket.use(config.pictures);
    this.describe(config);
    if (this.reveal) this.still(() => this.scroll?.leave());
    this.deck.load(slides, config.role);
    // All elements are new, the slides are not.
    if (this.announced) this.announced.section = this.deck.section(this.last.index);
    this.adjust();
    const place = heard < this.moves ? this.last : at ?? { index: 0, fragment: -1 };
    if (this.reveal) {
      this.still(() => {
        this.reveal?.configure(revealOptions(config));
        // Before it is told where everybody is, or the first slide would be said on the way.
        this.show(place, true);
      });
    } else {
      await this.prepare(config, place.index);
      await this.start(config);
      this.show(place, true);
    }
    this.scrollIfWanted(place);
    this.deck.label(this.words.slide);
    this.brand.show(this.reveal?.getCurrentSlide());
    this.fit.later();
  }

  /** Turns reveal.js's scroll view on where the page wants it, at the same place. */
  private scrollIfWanted(at: Position): void {
    const { scroll } = this;
    if (!scroll || !this.config?.scroll || this.role !== "follower" || this.deck.length === 0) return;
    this.still(() => scroll.enter());
    this.show(at, true);
  }

  /** `heard` is the number of the movement that the page had heard of when it chose the place. */
  async patch(config: Config | undefined, patches: readonly Patch[], place: Position | null, heard = this.moves): Promise<void> {
    if (config) await this.theme.use(config.theme);
    await need(patches.flatMap((patch) => patch.op === "remove" ? [] : [patch.slide]));
    const { deck, reveal } = this;
    if (!reveal) throw new Error("a patch came before the deck");
    // Whoever moved while this was on its way stays where they went.
    const isStale = heard < this.moves;
    const at = isStale ? null : place;
    const current = reveal.getCurrentSlide();
    const before = this.position();
    const heirs = deck.successors(current);
    const media = playing(current);
    // The audience sees that something has changed; who writes sees it anyway.
    const blocks = this.config && !isStill(this.config) ? blocksOf(current) : null;
    // The scroll view is made anew for another order; what is typed changes within it.
    const leaves = this.scroll?.isOn && (config || patches.some((patch) => !deck.isContent(patch)));
    if (leaves) this.still(() => this.scroll?.leave());
    const isReopened = config !== undefined && ticket.use(config.pictures);
    const applied = deck.patch(patches, isReopened);
    if (leaves) deck.restore();
    if (config) this.describe(config);
    if (config || applied.styles) this.adjust();
    for (const section of [...applied.content, ...applied.attributes]) this.fit.recheck(section);
    const target = [current, ...heirs].find((section) => deck.indexOf(section) >= 0 && section.isConnected);
    const stay = { index: Math.max(0, deck.indexOf(target)), fragment: target === current ? before.fragment : -1 };
    const wanted = this.overview.hold(at) ? stay : at;
    if (config || applied.structure || applied.attributes.size > 0) {
      this.still(() => this.rearrange(config, applied, wanted ?? stay));
      this.scrollIfWanted(wanted ?? stay);
    } else {
      // A step more on a slide above moves all that is scrolled.
      const isMoved = applied.content.has(current) || this.scroll?.isOn;
      this.quietly(() => this.repaintAll(applied, wanted ?? (isMoved ? stay : null)));
    }
    if (target === current) resume(media);
    if (blocks && applied.content.has(current) && current === reveal.getCurrentSlide()) fadeIn(current, blocks);
    deck.label(this.words.slide, applied.structure || config ? undefined : applied.content);
    this.brand.show(reveal.getCurrentSlide());
    this.fit.later();
    // What the page was told was the number before.
    if (isStale && applied.structure) this.tellMove(this.position());
  }

  /** What a change of the deck's order or of its settings takes: reveal.js looks at everything anew. */
  private rearrange(config: Config | undefined, applied: Applied, at: Position): void {
    const { reveal } = this;
    for (const section of new Set([...applied.content, ...applied.attributes])) {
      this.repaint(section, applied.attributes.has(section));
    }
    this.fit.ensure(this.deck.section(at.index));
    if (config) reveal?.configure(revealOptions(config));
    else if (applied.structure || this.config?.scroll) reveal?.sync();
    this.show(at, true);
  }

  /**
   * What typing takes: nothing but the slides that were typed on. reveal.js would go through the
   * classes, attributes and sizes of all slides, and the browser through all their styles.
   */
  private repaintAll(applied: Applied, at: Position | null): void {
    const { reveal } = this;
    const current = reveal?.getCurrentSlide();
    for (const section of applied.content) this.repaint(section, false);
    if (at) this.show(at, false);
    if (current && applied.content.has(current)) reveal?.startEmbeddedContent();
    const shown = reveal?.getCurrentSlide();
    for (const section of applied.content) {
      if (section === shown || !isAway(section)) this.fit.ensure(section);
      this.settle(section);
    }
    if (shown && this.fit.ensure(shown)) this.settle(shown);
    if (applied.styles) this.layout();
  }

  /** Puts a slide where reveal.js would put it, now that its size has changed. */
  private settle(section: HTMLElement): void {
    const { reveal, container } = this;
    if (!reveal || isAway(section) || this.scroll?.isOn) return;
    // Only reveal.js knows how to share out what room there is left.
    if (section.querySelector(":scope > :is(.stretch, .r-stretch)")) return this.layoutSoon();
    if (section.querySelector(".r-fit-text")) this.layoutSoon();
    const isCentred = reveal.getConfig().center || section.classList.contains("center");
    const top = isCentred ? `${Math.max((container.offsetHeight - section.scrollHeight) / 2, 0)}px` : "";
    if (section.style.top !== top) section.style.top = top;
  }

  /** Tells the fit what it depends on. */
  private adjust(): void {
    const { config } = this;
    if (!config) return;
    const css = this.deck.css();
    const { theme, options, lang, dir, logo, footer } = config;
    this.fit.set({
      stepped: isOwn(theme) && !SETS_SIZE.test(css),
      key: JSON.stringify([theme, options, lang, dir, Boolean(logo || footer), css]),
      display: String(revealOptions(config).display),
    });
  }

  private report(overflowing: readonly HTMLElement[]): void {
    if (this.role !== "preview") return;
    const slides = overflowing.map((section) => this.deck.indexOf(section));
    if (slides.join() === this.overflowing.join()) return;
    this.overflowing = slides;
    this.on.overflowed(slides);
  }

  /** A slide is fitted before anybody sees it. */
  private readonly beforeChange = (event: Event): void => {
    const { indexh, indexv } = event as Event & { indexh?: number; indexv?: number };
    // A deck that loops counts on past its end.
    const column = around(this.container.querySelectorAll<HTMLElement>(":scope > section"), indexh ?? 0);
    if (!column) return;
    const place = indexv ?? Number(column.getAttribute("data-previous-indexv") ?? 0);
    this.fit.ensure(around(column.querySelectorAll<HTMLElement>(":scope > section"), place) ?? column);
  };

  /** Slides whose size is a share of the window's are others now. */
  private readonly onResize = (): void => {
    if (this.scroll?.isOn) return this.keepScrolled(this.position());
    requestAnimationFrame(() => {
      if (!this.fit.resized()) return;
      const current = this.reveal?.getCurrentSlide();
      if (current) this.fit.ensure(current);
      this.layout();
    });
  };

  /** Pages are as high as the screen: when that changes, the slide is elsewhere, and nobody scrolled. */
  private keepScrolled(position: Position): void {
    this.own++;
    requestAnimationFrame(() => {
      this.own--;
      this.show(position, true);
    });
  }

  private readonly onArrival = (event: Event): void => {
    const target = event.target instanceof Element ? event.target : null;
    const section = target?.closest<HTMLElement>(".slides section:not(.stack)");
    if (target === this.container) this.onFonts();
    if (!section) return;
    if (target instanceof HTMLImageElement) markMissing(target);
    this.fit.remeasure(section);
    if (section === this.reveal?.getCurrentSlide()) this.fit.ensure(section);
    this.settle(section);
  };

  private readonly onFonts = (): void => {
    this.fit.forget();
    const current = this.reveal?.getCurrentSlide();
    if (current) this.fit.ensure(current);
    this.layoutSoon();
  };

  go(position: Position, heard = this.moves): void {
    if (heard < this.moves) return;
    if (!this.overview.hold(position)) this.show(position, false);
  }

  /** Closes the overview without a choice. */
  closeOverview(): void {
    this.reveal?.toggleJumpToSlide(false);
    if (!this.overview.from) return;
    const index = this.deck.indexOf(this.overview.from);
    this.quietly(() => this.reveal?.toggleOverview(false));
    this.show({ index, fragment: this.last.fragment }, false);
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
    const index = this.deck.indexOf(element.closest(".slides section:not(.stack)"));
    if (index >= 0) this.visitSlide(index);
  }

  private visitSlide(index: number): void {
    this.show({ index, fragment: -1 }, false);
    this.tellMove(this.position());
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
    return this.deck.indexOf(element.closest(".slides section:not(.stack)"));
  }

  position(): Position {
    const { deck, reveal } = this;
    if (!reveal) return { index: 0, fragment: -1 };
    const index = deck.indexOf(reveal.getCurrentSlide());
    return { index: Math.max(0, index), fragment: reveal.getIndices().f ?? -1 };
  }

  /** Measures the first slide to be shown while nothing is shown, so that its fonts are asked for. */
  private async prepare(config: Config, index: number): Promise<void> {
    const { width, height } = revealOptions(config);
    if (typeof width !== "number" || typeof height !== "number") return;
    this.container.style.width = `${width}px`;
    this.container.style.height = `${height}px`;
    this.fit.ensure(this.deck.section(index));
    const late = new Promise((resolve) => setTimeout(resolve, FONT_PATIENCE));
    await Promise.race([document.fonts.ready, late]);
  }

  private async start(config: Config): Promise<void> {
    const reveal = new Reveal(this.root, {}) as Api;
    this.own++;
    await reveal.initialize({ ...revealOptions(config), keyboardCondition: ownsKey });
    this.own--;
    this.reveal = reveal;
    this.scroll = new ScrollView(reveal, this.root);
    // A slide is a region of a document, not an application with keys of its own; and only the
    // title is announced, not the whole text.
    this.root.removeAttribute("role");
    const announcer = this.root.querySelector(".aria-status");
    announcer?.setAttribute("aria-live", "off");
    announcer?.setAttribute("aria-hidden", "true");
    for (const event of ["slidechanged", "fragmentshown", "fragmenthidden"]) {
      reveal.on(event, () => this.moved());
    }
    reveal.on("overviewshown", () => {
      this.overview.open(reveal.getCurrentSlide());
      this.on.overview(true);
    });
    reveal.on("overviewhidden", () => this.afterOverview());
  }

  private afterOverview(): void {
    const { from, then } = this.overview.close();
    this.on.overview(false);
    // A click closes the overview before it goes to its slide.
    queueMicrotask(() => {
      const isChosen = this.deck.indexOf(from) >= 0 && this.reveal?.getCurrentSlide() !== from;
      if (isChosen) this.moved();
      else if (then) this.show(then, true);
    });
  }

  /** Compares before it tells: reveal.js also speaks up when nothing moved. */
  private moved(): void {
    if (this.own > 0 || this.overview.from) return;
    const position = this.position();
    if (position.index === this.last.index && position.fragment === this.last.fragment) return;
    if (this.scroll?.isOn && this.scroll.isComingToRest) return this.show(this.last, true);
    this.remember(position);
    this.tellMove(position);
  }

  private tellMove(position: Position): void {
    this.on.moved(position, ++this.moves);
  }

  private remember(position: Position): void {
    if (this.overview.from) return;
    const section = this.deck.section(position.index);
    if (this.role !== "preview") {
      const isOther = this.announced !== null && this.announced.section !== section;
      if (isOther || position.index !== this.last.index) this.announce(section, position.index);
      const fragments = stepsOf(section);
      const placed = `${position.index} ${position.fragment} ${fragments}`;
      if (placed !== this.placed) this.on.placed(position, fragments);
      this.placed = placed;
    }
    this.last = position;
  }

  /** Says the title and nothing else; a slide that was only renumbered is still the same. */
  private announce(section: HTMLElement, index: number): void {
    const [words = ""] = this.words.slide.split("{1}")[0]?.match(/^.*\{0\}/) ?? [];
    const number = words.replace("{0}", String(index + 1));
    const title = titleOf(section) || number;
    const { announced } = this;
    this.announced = { section, title };
    if (announced?.title !== title) this.status.textContent = title;
    // The same words again are no news to a screen reader: another slide under the same heading has a number.
    else if (announced.section !== section) this.status.textContent = `${title}, ${number}`;
  }

  /** Goes to a position, clamped to what there is; `force` also when reveal.js thinks it is there. */
  private show(position: Position, force: boolean): void {
    const { deck, reveal } = this;
    if (!reveal) return;
    const section = deck.section(position.index);
    const fragment = clampFragment(section, position.fragment);
    const { scroll } = this;
    if (scroll?.isOn) return this.quietly(() => scroll.go(section, fragment));
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
      background.classList.toggle(PICTURE_CLASS, section.classList.contains(PICTURE_CLASS));
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

  private describe(config: Config): void {
    this.config = config;
    this.brand.use(config);
    // Slides may ask for a transition of their own.
    this.root.classList.toggle("motionless", isStill(config));
    const { lang, dir } = config;
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

/** Keys of the page's are not reveal.js's. */
function ownsKey(event: KeyboardEvent): boolean {
  return event.key === undefined || !isPageKey(nameOf(event));
}

/** The highest fragment that a section has, at most `fragment`. */
function clampFragment(section: Element, fragment: number): number {
  return Math.max(-1, Math.min(Math.trunc(fragment) || 0, stepsOf(section) - 1));
}

function around(list: NodeListOf<HTMLElement>, index: number): HTMLElement | null {
  return list.item(((index % list.length) + list.length) % list.length || 0);
}

/** Whether reveal.js keeps a slide, or its column, out of sight for being far away. */
function isAway(section: HTMLElement): boolean {
  const column = section.parentElement?.closest<HTMLElement>("section");
  return [section, column].some((element) => element?.style.display === "none") || !section.isConnected;
}
