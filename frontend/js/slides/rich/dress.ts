/** What needs nothing but other elements or a colour: embeds as cards, and quotes in the colour that they ask for. */

/** Dresses what stands below `root`. */
export function dress(root: ParentNode): void {
  for (const link of root.querySelectorAll<HTMLAnchorElement>("a.embed:not(:has(> .embed-title))")) makeCard(link);
  for (const mark of root.querySelectorAll<HTMLElement>("span.color[data-color]")) colourQuote(mark);
}

/** A video of another site: the card loads nothing, and is a link like any other. */
function makeCard(link: HTMLAnchorElement): void {
  const title = part("embed-title", link.textContent ?? "");
  const play = part("embed-play", "");
  play.setAttribute("aria-hidden", "true");
  link.replaceChildren(play, title, part("embed-host", hostOf(link)));
}

function part(name: string, text: string): HTMLElement {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}

function hostOf(link: HTMLAnchorElement): string {
  return URL.canParse(link.href) ? new URL(link.href).host.replace(/^www\./, "") : "";
}

/** `[color=red]` colours the edge of its quote, or the point of its list item. */
function colourQuote(mark: HTMLElement): void {
  const color = mark.dataset.color ?? "";
  const place = mark.closest<HTMLElement>("blockquote, li");
  if (!place || !CSS.supports("color", color)) return;
  if (place.localName === "li") place.style.setProperty("--marker-color", color);
  else place.style.borderInlineStart = `0.2em solid ${color}`;
}
