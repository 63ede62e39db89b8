/** From a deck's `slideOptions` to the options reveal.js is given. */

import type { RevealConfig } from "reveal.js";
import { ticket } from "./pictures.ts";
import type { Config } from "./protocol.ts";
import { isOwn } from "./theme.ts";

type Value = boolean | number | string | null;

const TRANSITIONS = ["none", "fade", "slide", "convex", "concave", "zoom"];
const SPEEDS = ["default", "fast", "slow"];

/**
 * The options a deck may set and what they are without it. Every configuration names them all,
 * because reveal.js keeps the old value of an option that is left out.
 */
const DEFAULTS: Record<string, Value> = {
  autoPlayMedia: null,
  autoSlide: 0,
  autoSlideStoppable: true,
  backgroundTransition: "none",
  center: true,
  controls: true,
  controlsBackArrows: "faded",
  controlsLayout: "bottom-right",
  controlsTutorial: false,
  defaultTiming: null,
  display: "block",
  fragments: true,
  height: 700,
  hideCursorTime: 5000,
  hideInactiveCursor: true,
  keyboard: true,
  loop: false,
  margin: 0.04,
  maxScale: 2,
  minScale: 0.05,
  mobileViewDistance: 2,
  mouseWheel: false,
  navigationMode: "default",
  overview: true,
  parallaxBackgroundHorizontal: null,
  parallaxBackgroundImage: "",
  parallaxBackgroundSize: "",
  parallaxBackgroundVertical: null,
  progress: true,
  rtl: false,
  showNotes: false,
  slideNumber: true,
  touch: true,
  transition: "none",
  transitionSpeed: "default",
  viewDistance: 3,
  width: 960,
};

/**
 * What no deck may change, and why. Three more are allowed in front matter and mean nothing to a
 * frame: `hideAddressBar` (browsers hide it themselves), `totalTime` and `minimumTimePerSlide` (the
 * pace of reveal.js's own speaker view, which the presenter's page stands for).
 */
const FIXED: RevealConfig = {
  // The frame is the viewport; how large it is on the page is the page's business.
  embedded: false,
  // The page says which slide is shown, and its address says so; the frame has no address to change.
  hash: false,
  history: false,
  respondToHashChanges: false,
  fragmentInURL: false,
  // Nobody but the page speaks to the frame, over its one port.
  postMessage: false,
  postMessageEvents: false,
  // The page says whether slides are scrolled, and reveal.js does not change that by itself.
  scrollActivationWidth: null as unknown as number,
  scrollLayout: "full",
  scrollSnap: "mandatory",
  // The page has a list of keys of its own, and blackout is seen by all.
  help: false,
  pause: false,
  // There are no frames within a slide, neither to preload nor to open links in.
  previewLinks: false,
  preloadIframes: false,
  // Everybody must see the same order.
  shuffle: false,
  // Hidden slides are left out by the deck itself, which must keep count of them.
  showHiddenSlides: true,
  // The editor beside the preview keeps the focus.
  focusBodyOnPageVisibilityChange: false,
};

/** The height of a 16:9 slide at reveal's own width. */
const WIDE_HEIGHT = 540;

/** The complete reveal.js configuration for a deck and a role. */
export function revealOptions(config: Config): RevealConfig {
  const { options, theme, dir, role } = config;
  const merged: Record<string, Value> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(options)) {
    if (Object.hasOwn(DEFAULTS, name) && fits(name, value)) merged[name] = value;
  }
  if (isOwn(theme) && !("width" in options) && !("height" in options)) merged.height = WIDE_HEIGHT;
  if (dir === "rtl") merged.rtl = true;
  merged.parallaxBackgroundImage = ticket.address(String(merged.parallaxBackgroundImage ?? "")) ?? "";
  // Only the presenter's deck moves by itself; what follows it moves with it.
  if (role !== "presenter") merged.autoSlide = false;
  if (role === "presenter") merged.keyboard = true;
  if (role === "follower") merged.showNotes = false;
  // A preview is small and has buttons beside it: reveal's would cover the slide.
  if (role === "preview") {
    merged.overview = merged.controls = merged.progress = merged.slideNumber = false;
  }
  const still = isStill(config);
  if (still) {
    merged.transition = "none";
    merged.backgroundTransition = "none";
  }
  return { ...(merged as RevealConfig), ...FIXED, autoAnimate: !still };
}

/** Whether nothing moves: for those who asked for that, and where slides change under the hand. */
export function isStill({ role, reducedMotion }: Config): boolean {
  return role === "preview" || reducedMotion === true || matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function fits(name: string, value: Value): boolean {
  switch (name) {
    case "transition":
    case "backgroundTransition":
      return TRANSITIONS.includes(String(value));
    case "transitionSpeed":
      return SPEEDS.includes(String(value));
    case "width":
    case "height":
      return (typeof value === "number" && value > 0) || /^\d+(\.\d+)?%?$/.test(String(value));
    case "slideNumber":
      return typeof value === "boolean" || /^(h\.v|h\/v|c|c\/t)$/.test(String(value));
    case "showNotes":
      return typeof value === "boolean";
    case "autoPlayMedia":
      return typeof value === "boolean";
    case "defaultTiming":
    case "parallaxBackgroundHorizontal":
    case "parallaxBackgroundVertical":
      return typeof value === "number";
    case "autoSlide":
      return typeof value === "number" || value === false;
    default:
      return typeof value === typeof DEFAULTS[name];
  }
}
