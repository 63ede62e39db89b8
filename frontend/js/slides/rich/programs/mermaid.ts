/** Diagrams, as a script of its own. */

import mermaid from "mermaid";

// Only what is handed over is drawn, never what a slide calls so.
mermaid.startOnLoad = false;

export const initialize = mermaid.initialize;
export const render = mermaid.render;
