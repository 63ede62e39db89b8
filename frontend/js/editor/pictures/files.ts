/** Which pictures a paste or a drop brings. */

/** What the picker offers. Phones turn their own kinds into one of these when they are asked for them. */
export const ACCEPTED = "image/png,image/jpeg,image/gif,image/webp,image/*,.heic,.heif";

/** The pictures among what is pasted or dropped; without any, whoever asks does what they always do. */
export function picturesOf(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter(({ type, name }) =>
    type.startsWith("image/") || /\.(png|jpe?g|gif|webp|svgz?|hei[cf]|avif|bmp|tiff?)$/i.test(name));
}

/**
 * The pictures that a paste means. An office program puts a picture of the text beside the text: there the
 * text counts. A file manager puts the names of the files beside them, a browser the address of the picture.
 */
export function pastedPictures(data: DataTransfer | null): File[] {
  const pictures = picturesOf(data);
  if (!data || pictures.length === 0) return [];
  const lines = data.getData("text/plain").split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean);
  const names = new Set([...data.files].map(({ name }) => name));
  const html = data.getData("text/html");
  const isOnlyName = (line: string) =>
    names.has(line) || names.has(line.split(/[\\/]/).at(-1) ?? "") || /^file:/i.test(line) ||
    (/^https?:\/\/\S+$/i.test(line) && isOnlyPicture(html));
  return lines.every(isOnlyName) ? pictures : [];
}

/** Whether a piece of HTML is a picture and nothing besides. */
function isOnlyPicture(html: string): boolean {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  return body.querySelectorAll("img").length === 1 && body.textContent?.trim() === "";
}
