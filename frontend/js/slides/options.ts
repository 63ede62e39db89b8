/** From a deck's `slideOptions` to the options reveal.js is given. */

import type { RevealConfig } from "reveal.js";
import type { Config } from "./protocol.ts";

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

/** What no deck may change: the frame has one master, the page. */
const FIXED: RevealConfig = {
  embedded: false,
  hash: false,
  history: false,
  respondToHashChanges: false,
  fragmentInURL: false,
  postMessage: false,
  postMessageEvents: false,
  scrollActivationWidth: 0,
  help: false,
  pause: false,
  previewLinks: false,
  preloadIframes: false,
  shuffle: false,
  // Hidden slides are left out by the deck itself, which must keep count of them.
  showHiddenSlides: true,
  focusBodyOnPageVisibilityChange: false,
};

/** The height of a 16:9 slide at reveal's own width. */
const WIDE_HEIGHT = 540;

/** The complete reveal.js configuration for a deck and a role. */
export function revealOptions({ options, theme, dir, role, reducedMotion }: Config): RevealConfig {
  const merged: Record<string, Value> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(options)) {
    if (Object.hasOwn(DEFAULTS, name) && fits(name, value)) merged[name] = value;
  }
  const ours = theme === null || theme === "ondeck";
  if (ours && !("width" in options) && !("height" in options)) merged.height = WIDE_HEIGHT;
  if (dir === "rtl") merged.rtl = true;
  // Only the presenter's deck moves by itself; what follows it moves with it.
  if (role !== "presenter") merged.autoSlide = false;
  if (role === "presenter") merged.keyboard = true;
  if (role === "follower") merged.showNotes = false;
  // A preview is small and has buttons beside it: reveal's would cover the slide.
  if (role === "preview") {
    merged.overview = merged.controls = merged.progress = merged.slideNumber = false;
  }
  const still = reducedMotion || matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (still || role === "preview") {
    merged.transition = "none";
    merged.backgroundTransition = "none";
  }
  return { ...(merged as RevealConfig), ...FIXED, autoAnimate: !still };
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
