/** What is certainly refused is not sent, and what is only too large is made smaller first. */

import type { Words } from "../words.ts";
import { never } from "./upload.ts";

/** The server takes no more bytes … */
const MOST_BYTES = 10_000_000;
/** … no longer side, in pixels … */
const LONGEST_SIDE = 8192;
/** … and no more pixels. */
const MOST_PIXELS = 40_000_000;
/** What has to be made smaller gets this size: more than any screen shows of a slide. */
const SCALED_SIDE = 4096;
/** Each further attempt, if that is still too many bytes. */
const STEP = 0.7;
const MOST_STEPS = 4;
/** Hardly to be seen, and a third of the bytes. */
const QUALITY = 0.9;
/** More than any header that is looked at. */
const HEAD_BYTES = 64;

/** The kinds of pictures that the server takes. */
type Kind = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

/** The picture as it is to be sent; a `Refusal` says why it cannot be. */
export async function prepare(file: Blob & { name?: string }, words: Words): Promise<Blob> {
  const name = file.name ?? "";
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const kind = kindOf(head);
  if (isSvg(file.type, name, head)) throw never(words.pictureSvg);
  if (kind === "image/gif") {
    // It may move, and would stand still afterwards.
    if (file.size > MOST_BYTES) throw never(words.pictureLarge);
    return file;
  }
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) {
    if (isHeic(file.type, name, head)) throw never(words.pictureHeic);
    if (!kind) throw never(words.pictureKind);
    if (file.size > MOST_BYTES) throw never(words.pictureLarge);
    // The server says what is wrong with it.
    return file;
  }
  try {
    const { width, height } = bitmap;
    const fits = file.size <= MOST_BYTES && Math.max(width, height) <= LONGEST_SIDE && width * height <= MOST_PIXELS;
    if (kind && fits) return file;
    const mayBeClear = kind === "image/png" || kind === "image/webp" || file.type === "image/avif";
    return await smaller(bitmap, mayBeClear ? "image/webp" : "image/jpeg", fits, words);
  } finally {
    bitmap.close();
  }
}

/** Kinds by their first bytes, as the server tells them apart. */
function kindOf(head: Uint8Array): Kind | null {
  const text = String.fromCharCode(...head.subarray(0, 12));
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("GIF8")) return "image/gif";
  return text.startsWith("RIFF") && text.slice(8) === "WEBP" ? "image/webp" : null;
}

function isSvg(type: string, name: string, head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head).trimStart();
  return type === "image/svg+xml" || /\.svgz?$/i.test(name) || /^<(svg|\?xml)/i.test(text);
}

function isHeic(type: string, name: string, head: Uint8Array): boolean {
  const brand = String.fromCharCode(...head.subarray(4, 12));
  return /^image\/hei[cf]/.test(type) || /\.hei[cf]$/i.test(name) || /^ftyp(hei|hev|mif1|msf1)/.test(brand);
}

/** Draws it anew: smaller if it does not fit, else only as another kind. */
async function smaller(bitmap: ImageBitmap, kind: string, fits: boolean, words: Words): Promise<Blob> {
  const { width, height } = bitmap;
  let scale = fits ? 1 : Math.min(1, SCALED_SIDE / Math.max(width, height));
  for (let step = 0; step < MOST_STEPS; step++, scale *= STEP) {
    const drawn = await draw(bitmap, scale, kind);
    if (drawn && drawn.size <= MOST_BYTES) return drawn;
  }
  throw never(words.pictureLarge);
}

function draw(bitmap: ImageBitmap, scale: number, kind: string): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  if (!context) return Promise.resolve(null);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, kind, QUALITY));
}
