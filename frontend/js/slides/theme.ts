/** The theme's style sheet: one link element, swapped only when the new one is there. */

/** The look of a deck that names no theme. */
const DEFAULT_THEME = "ondeck";

/** Whether a deck that asks for this theme has our own look. */
export function isOwn(theme: string | null): boolean {
  return theme === null || theme === DEFAULT_THEME;
}

export class Theme {
  private readonly urls: Record<string, string>;
  private current: HTMLLinkElement | null = null;
  private wanted = "";

  constructor() {
    const map = document.getElementById("themes")?.textContent ?? "{}";
    this.urls = JSON.parse(map) as Record<string, string>;
  }

  /** Resolves when the theme is applied or has failed to load; a deck without one is still readable. */
  async use(theme: string | null): Promise<void> {
    const name = theme !== null && Object.hasOwn(this.urls, theme) ? theme : DEFAULT_THEME;
    const url = this.urls[name];
    if (name === this.wanted || url === undefined) return;
    this.wanted = name;
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = url;
    const loaded = new Promise((resolve) => {
      link.onload = resolve;
      link.onerror = resolve;
    });
    document.head.append(link);
    await loaded;
    // A newer theme may have been asked for while this one was on its way.
    if (this.wanted !== name) {
      link.remove();
      return;
    }
    this.current?.remove();
    link.id = "theme";
    this.current = link;
  }
}
