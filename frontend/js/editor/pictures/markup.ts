/** A picture as it stands in the text: found, read and written. Pure functions of one line. */

/** A picture and its place within its line. */
export type Picture = {
  from: number;
  to: number;
  address: string;
  alt: string;
  title: string;
  /** Pixels, or per cent with a sign; empty for as large as it is. */
  width: string;
  height: string;
  /** Nothing is to be said of it. Markdown has no words for that, HTML has. */
  isDecorative: boolean;
  /** Attributes of a tag that are none of the above, as they stand there. */
  rest: string;
};

const MARKDOWN = new RegExp(
  String.raw`!\[((?:\\.|[^\\\[\]])*)\]\(\s*` +
    String.raw`(<[^<>]*>|(?:[^\s()<>]|\([^\s()]*\))+)` +
    String.raw`(?:\s+"((?:\\.|[^"\\])*)")?` +
    String.raw`(?:\s+=(\d{1,7}%?)?x(\d{1,7}%?)?)?\s*\)`,
  "g",
);
const TAG = /<img((?:\s+[\w-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*)\s*\/?>/gi;
const ATTRIBUTE = /([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;
const SIDE = /^\d{1,7}%?$/;
/** What would be read as a mark within a description. */
const MARKS = /[\\[\]`*_<>&$~]/g;
const ESCAPED = /\\([!-/:-@[-`{-~])/g;
const ENTITIES: Record<string, string> = { "&amp;": "&", "&quot;": "\"", "&lt;": "<", "&gt;": ">", "&#39;": "'" };

/** The pictures of a line, in order. */
export function picturesIn(line: string): Picture[] {
  const found = [...line.matchAll(MARKDOWN)].map(readMarkdown);
  for (const match of line.matchAll(TAG)) {
    const picture = readTag(match);
    if (picture) found.push(picture);
  }
  return found.sort((a, b) => a.from - b.from);
}

/** The picture at a place in a line; else the only one that the line has. */
export function pictureAt(line: string, at: number): Picture | null {
  const pictures = picturesIn(line);
  const here = pictures.find(({ from, to }) => from <= at && at < to) ?? pictures.find(({ to }) => at === to);
  return here ?? (pictures.length === 1 ? (pictures[0] ?? null) : null);
}

/** A picture as text: Markdown where Markdown can say it, else a tag. */
export function write(picture: Picture): string {
  const { address, alt, title, width, height, isDecorative, rest } = picture;
  if (isDecorative || rest !== "") {
    const attributes = [
      ["src", address.replace(/^<(.*)>$/, "$1")],
      ["alt", isDecorative ? "" : alt],
      ...(title ? [["title", title]] : []),
      ...(width ? [["width", width]] : []),
      ...(height ? [["height", height]] : []),
    ];
    const all = attributes.map(([name, value]) => ` ${name}="${escape(value ?? "")}"`).join("");
    return `<img${all}${rest && ` ${rest}`}>`;
  }
  const said = oneLine(alt).replace(MARKS, "\\$&");
  const named = title ? ` "${oneLine(title).replace(/["\\]/g, "\\$&")}"` : "";
  const size = width || height ? ` =${width}x${height}` : "";
  return `![${said}](${address}${named}${size})`;
}

/** A width as a person types it: `400`, `400px`, `50 %`; empty for as large as it is, `null` for none. */
export function widthOf(typed: string): string | null {
  const width = typed.replace(/\s+|px$/gi, "");
  if (width === "") return "";
  return SIDE.test(width) && Number.parseInt(width, 10) > 0 ? width : null;
}

function readMarkdown(match: RegExpMatchArray): Picture {
  const [all, alt = "", address = "", title = "", width = "", height = ""] = match;
  return {
    from: match.index ?? 0,
    to: (match.index ?? 0) + all.length,
    address,
    alt: alt.replace(ESCAPED, "$1"),
    title: title.replace(ESCAPED, "$1"),
    width,
    height,
    isDecorative: false,
    rest: "",
  };
}

/** A tag whose sizes are none that Markdown could have is left alone. */
function readTag(match: RegExpMatchArray): Picture | null {
  const [all, attributes = ""] = match;
  const values = new Map<string, string>();
  const rest: string[] = [];
  for (const [text, name = "", ...given] of attributes.matchAll(ATTRIBUTE)) {
    const key = name.toLowerCase();
    const isKnown = ["src", "alt", "title", "width", "height"].includes(key) && !values.has(key);
    if (isKnown) values.set(key, unescape(given.find((value) => value !== undefined) ?? ""));
    else rest.push(text);
  }
  const [width = "", height = ""] = [values.get("width")?.replace(/px$/i, ""), values.get("height")?.replace(/px$/i, "")];
  const address = values.get("src") ?? "";
  const isReadable = [width, height].every((side) => side === "" || SIDE.test(side));
  if (address === "" || /[\s"<>()]/.test(address) || !isReadable) return null;
  const alt = values.get("alt");
  return {
    from: match.index ?? 0,
    to: (match.index ?? 0) + all.length,
    address,
    alt: alt ?? "",
    title: values.get("title") ?? "",
    width,
    height,
    isDecorative: alt === "",
    rest: rest.join(" "),
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function escape(text: string): string {
  return oneLine(text).replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function unescape(text: string): string {
  return text.replace(/&(?:amp|quot|lt|gt|#39);/g, (entity) => ENTITIES[entity] ?? entity);
}
