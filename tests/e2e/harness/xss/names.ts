/** What decks, people and files are called. */

import type { Family } from "./corpus.ts";

export const TITLES: Family = {
  name: "titles of decks",
  place: "title",
  fires: 13,
  attacks: [
    "<script>RUN</script>",
    "</title><script>RUN</script>",
    "</textarea><script>RUN</script>",
    "<img src=x: onerror=RUN>",
    "<svg onload=RUN>",
    "\"><img src=x: onerror=RUN>",
    "' onmouseover='RUN",
    "\" onmouseover=\"RUN",
    "<style>@import 'EVIL';</style>",
    "<a href=javascript:RUN>x</a>",
    "<iframe srcdoc='<script>top.RUN</script>'></iframe>",
    "<meta http-equiv=refresh content='0;url=EVIL'>",
    "<base href=EVIL>",
    "&lt;img src=x: onerror=RUN&gt;",
    "{{nonce}}{{code}}{{text}}",
    "javascript:RUN",
    "--><script>RUN</script>",
    "\\u003cimg src=x: onerror=RUN\\u003e",
    "<details open ontoggle=RUN>x",
    "\u{202e}<img src=x: onerror=RUN>",
  ],
};

/** At most forty signs. */
export const NAMES: Family = {
  name: "names of people",
  place: "name",
  fires: 11,
  attacks: [
    "<img src onerror=RUN>",
    "<img src=x: onerror=RUN>",
    "<svg onload=RUN>",
    "<script>RUN</script>",
    "\"><svg onload=RUN>",
    "'><svg onload=RUN>",
    "\" onmouseover=\"RUN",
    "' onmouseover='RUN",
    "<body onload=RUN>",
    "<a href=javascript:RUN>x",
    "<style>@import'EVIL'",
    "</title><svg onload=RUN>",
    "{{nonce}}",
    "&lt;svg onload=RUN&gt;",
    "red;background:url(EVIL)",
    "\u{202e}<svg onload=RUN>",
  ],
};

export const FILES: Family = {
  name: "names of files",
  place: "file",
  fires: 5,
  attacks: [
    "<img src=x: onerror=RUN>.md",
    "<svg onload=RUN>.md",
    "\"><svg onload=RUN>.md",
    "' onmouseover='RUN.md",
    "<script>RUN<\u{2215}script>.md",
    "<details open ontoggle=RUN>.md",
    "{{nonce}}.md",
    "<iframe srcdoc='<svg onload=top.RUN>'>.md",
  ],
};
