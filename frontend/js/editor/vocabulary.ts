/** The names that a deck may use and that never change: settings, attributes, fragments, languages. */

/** Keys of the front matter. */
export const SETTINGS = [
  "title", "description", "tags", "lang", "dir", "breaks", "type", "logo", "footer", "slideOptions",
];

const TRANSITIONS = ["none", "fade", "slide", "convex", "concave", "zoom"];
const SPEEDS = ["default", "fast", "slow"];
const SWITCH = ["true", "false"];

/** Settings and slide options with a few values to choose from; those of `theme` come from the deck. */
export const SETTING_VALUES: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  dir: ["ltr", "rtl"],
  type: ["slide"],
  transition: TRANSITIONS,
  backgroundTransition: TRANSITIONS,
  transitionSpeed: SPEEDS,
  navigationMode: ["default", "linear", "grid"],
  slideNumber: ["true", "false", "c", "c/t", "h/v", "h.v"],
  controlsLayout: ["bottom-right", "edges"],
  controlsBackArrows: ["faded", "hidden", "visible"],
  ...Object.fromEntries([
    "breaks", "autoPlayMedia", "autoSlideStoppable", "center", "controls", "controlsTutorial", "embedded",
    "fragmentInURL", "fragments", "hash", "help", "hideInactiveCursor", "history", "keyboard", "loop", "mouseWheel",
    "overview", "preloadIframes", "previewLinks", "progress", "showNotes", "shuffle", "touch",
  ].map((name) => [name, SWITCH])),
}));

/** Attributes of `<!-- .slide: … -->`. */
export const SLIDE_ATTRIBUTES = [
  "data-background-color", "data-background-image", "data-background-gradient", "data-background-size",
  "data-background-position", "data-background-repeat", "data-background-opacity", "data-background-video",
  "data-background-video-loop", "data-background-video-muted", "data-background-transition", "data-transition",
  "data-transition-speed", "data-fit", "data-auto-animate", "data-auto-animate-id", "data-auto-animate-restart",
  "data-auto-animate-easing", "data-auto-animate-duration", "data-autoslide", "data-timing", "data-visibility",
  "data-state", "class", "id", "style",
];

/** Attributes of `<!-- .element: … -->`. */
export const ELEMENT_ATTRIBUTES = ["class", "data-fragment-index", "data-id", "data-autoslide", "id", "style"];

const EFFECTS = [
  "fade-out", "fade-up", "fade-down", "fade-left", "fade-right", "fade-in-then-out", "fade-in-then-semi-out",
  "semi-fade-out", "current-visible", "grow", "shrink", "strike", "highlight-red", "highlight-green",
  "highlight-blue", "highlight-current-red", "highlight-current-green", "highlight-current-blue",
];

/** Classes that let an element appear or change step by step. */
export const FRAGMENTS = ["fragment", ...EFFECTS.map((name) => `fragment ${name}`)];

/** Values of attributes of slides. */
export const ATTRIBUTE_VALUES: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  "data-transition": [...TRANSITIONS, ...["slide", "fade", "zoom"].flatMap((name) => [`${name}-in`, `${name}-out`])],
  "data-background-transition": TRANSITIONS,
  "data-transition-speed": SPEEDS,
  "data-background-size": ["cover", "contain"],
  "data-background-repeat": ["no-repeat", "repeat"],
  "data-background-position": ["center", "top", "bottom", "left", "right"],
  "data-fit": ["off"],
  "data-visibility": ["hidden", "uncounted"],
}));

/** Containers between `:::` lines. */
export const CONTAINERS = ["success", "info", "warning", "danger", "spoiler"];

/** Languages of code that are common in talks. */
export const LANGUAGES = [
  "bash", "c", "cpp", "csharp", "css", "diff", "dockerfile", "go", "graphviz", "html", "ini", "java", "javascript",
  "json", "kotlin", "lua", "markdown", "mermaid", "php", "plaintext", "python", "ruby", "rust", "scala", "shell", "sql",
  "swift", "toml", "typescript", "xml", "yaml",
];
