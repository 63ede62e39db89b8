/** Values of a deck's settings. Each stands in every setting in turn. */

import type { Family } from "./corpus.ts";

export const SETTINGS: readonly Family[] = [
  {
    name: "values of settings",
    place: "settings",
    fires: 12,
    attacks: [
      "<script>RUN</script>",
      "</title><script>RUN</script>",
      "</style><script>RUN</script>",
      "</script><script>RUN</script>",
      "<img src=x: onerror=RUN>",
      "\\\"><img src=x: onerror=RUN>",
      "'><svg onload=RUN>",
      "x\\\" onclick=\\\"RUN",
      "javascript:RUN",
      "data:text/html,<script>RUN</script>",
      "data:text/css,@import'EVIL';",
      "EVIL",
      "//evil.example/x.css",
      "../../evil",
      "..\\\\..\\\\evil",
      "/assets/../api/decks",
      "EVIL\\n",
      "x); @import 'EVIL'; (",
      "red;}*{background:url(javascript:RUN)}",
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "{{nonce}}",
      "${RUN}",
      "%00<svg onload=RUN>",
      "\\u003csvg onload=RUN\\u003e",
      "&lt;img src=x: onerror=RUN&gt;",
      "<!--",
      "]]>",
      "en\\\" onload=\\\"RUN",
      "rtl\\\"><script>RUN</script>",
    ],
  },
];

/** All settings that a deck can have, with one value in them. */
export function settings(value: string, marker: string): string {
  const text = `"${value}"`;
  return `---
title: "${marker} ${value}"
description: ${text}
tags: [${text}]
lang: ${text}
dir: ${text}
theme: ${text}
type: ${text}
breaks: ${text}
logo: ${text}
footer: ${text}
__proto__: { polluted: ${text} }
constructor: { prototype: { polluted: ${text} } }
slideOptions:
  theme: ${text}
  transition: ${text}
  backgroundTransition: ${text}
  dependencies: [${text}]
  plugins: [${text}]
  keyboard: { 13: ${text} }
  keyboardCondition: ${text}
  autoSlideMethod: ${text}
  postMessage: true
  postMessageEvents: true
  hash: true
  history: true
  previewLinks: true
  showNotes: true
  autoPlayMedia: true
  preloadIframes: true
  slideNumber: ${text}
  display: ${text}
  width: ${text}
  height: ${text}
  parallaxBackgroundImage: ${text}
  parallaxBackgroundSize: ${text}
  allottedTime: ${text}
  math: { mathjax: ${text} }
  __proto__: { polluted: ${text} }
---

# ${marker}

<p>x</p>
`;
}
