/** A page with a discussion and nothing else: what surrounds it is made up. */

import { openMinutes } from "../call/discussion/minutes.ts";
import { openDiscussion, watchTalk } from "../call/discussion/panel.ts";
import type { Host, News } from "../call/host.ts";

const hearers = new Set<(news: News) => void>();

/** What a test changes by hand. */
const stage = {
  titles: ["Welcome", "Team IaaS", "Team Ops"],
  /** The slide of each anchor. */
  anchors: { "anchor-0": 0, "anchor-1": 1, "anchor-2": 2 } as Record<string, number | null>,
  slide: 1,
  said: [] as string[],
  stored: 0,
  counts: null as unknown,
  tell(news: News): void {
    for (const hear of hearers) hear(news);
  },
  turn(slide: number): void {
    stage.slide = slide;
    stage.tell({ kind: "slide", slide });
  },
  texts(titles: string[], anchors: Record<string, number | null>): void {
    Object.assign(stage, { titles, anchors });
    stage.tell({ kind: "text", title: "Call", sections: [], slides: titles });
  },
};

const access = new URLSearchParams(location.search).get("access") ?? "edit";
const host = {
  deck: "deck",
  principal: "guest:me",
  access,
  name: () => "Ann",
  listen(hear: (news: News) => void) {
    hearers.add(hear);
    hear({ kind: "text", title: "Call", sections: [], slides: stage.titles });
    hear({ kind: "slide", slide: stage.slide });
    hear({ kind: "connection", isConnected: true });
    return () => hearers.delete(hear);
  },
  goToLine: () => undefined,
  writeAt: () => true,
  goToSlide: (slide: number) => stage.turn(slide),
  anchorOf: (slide: number) => `anchor-${slide}`,
  slideOf: (anchor: string) => stage.anchors[anchor] ?? null,
  command: () => undefined,
  plan: () => undefined,
  say: (text: string) => stage.said.push(text),
} as Host;

const panel = document.querySelector<HTMLElement>("aside");
watchTalk(host, (counts) => (stage.counts = counts));

Object.assign(window, {
  stage,
  open: (start: { text?: string; slide?: number; show?: "slide" | "all" | "questions" }) => {
    if (panel) openDiscussion(panel, host, { ...start, stored: () => (stage.stored += 1) });
  },
  minutes: () => openMinutes(host),
});
document.documentElement.dataset.ready = "true";
