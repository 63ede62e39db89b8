/** Maths, as a script of its own: KaTeX with its chemistry. */

import katex from "katex";
import "katex/contrib/mhchem";

export const renderToString = katex.renderToString;
