/** QR codes, drawn here: a code that lets somebody write goes through no other hands. */

import { encode } from "uqr";
import { t } from "../words.ts";

const SVG = "http://www.w3.org/2000/svg";

/** The white around a code, in modules; what cameras are told to expect is four. */
const BORDER = 4;

/** A picture of an address, which `title` names. */
export function qrCode(address: string, title: string): SVGElement {
  const { size, data } = encode(address, { border: BORDER });
  const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", dark.join(""));
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of [
    ["class", "qr"], ["viewBox", `0 0 ${size} ${size}`], ["width", "176"], ["height", "176"],
    ["shape-rendering", "crispEdges"], ["role", "img"], ["aria-label", t("qr_of", title)],
  ] as const) svg.setAttribute(name, value);
  svg.append(path);
  return svg;
}
