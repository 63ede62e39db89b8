/** Other people's carets and selections, drawn in layers so that the text's own DOM stays untouched. */

import { EditorSelection, StateEffect, StateField, type Extension } from "@codemirror/state";
import {
  EditorView,
  layer,
  RectangleMarker,
  ViewPlugin,
  type LayerMarker,
} from "@codemirror/view";

/** A person in the document; `color` is an index into the ten people colours. */
export type Peer = {
  id: string;
  name: string;
  color: number;
  anchor: number;
  head: number;
  typing?: boolean;
};

/** When the person moved last; what others' edits shift is not a movement. */
type Placed = Peer & { movedAt: number };

const PEOPLE_COLOURS = 10;
/** How near the pointer must be to a caret, in pixels, for its name to show. */
const HOVER_DISTANCE = 8;

/** Replaces the list of people. */
export const setPeers = StateEffect.define<readonly Peer[]>();

const peersField = StateField.define<readonly Placed[]>({
  create: () => [],
  update(placed, transaction) {
    if (transaction.docChanged && placed.length > 0) {
      placed = placed.map((peer) => ({
        ...peer,
        anchor: transaction.changes.mapPos(peer.anchor, 1),
        head: transaction.changes.mapPos(peer.head, 1),
      }));
    }
    for (const effect of transaction.effects) {
      if (effect.is(setPeers)) placed = place(effect.value, placed, transaction.newDoc.length);
    }
    return placed;
  },
});

function place(peers: readonly Peer[], before: readonly Placed[], length: number): Placed[] {
  const known = new Map(before.map((peer) => [peer.id, peer]));
  const clamp = (at: number) => Math.max(0, Math.min(length, at));
  const now = performance.now();
  return peers.map((peer) => {
    const anchor = clamp(peer.anchor);
    const head = clamp(peer.head);
    const old = known.get(peer.id);
    const moved = !old || old.head !== head || old.anchor !== anchor;
    return { ...peer, anchor, head, movedAt: moved ? now : old.movedAt };
  });
}

class CaretMarker implements LayerMarker {
  constructor(
    private readonly peer: Placed,
    private readonly left: number,
    private readonly top: number,
    private readonly height: number,
    private readonly firstLine: boolean,
  ) {}

  eq(other: LayerMarker): boolean {
    return (
      other instanceof CaretMarker &&
      other.sameFlag(this) &&
      other.left === this.left &&
      other.top === this.top &&
      other.height === this.height
    );
  }

  draw(): HTMLElement {
    const caret = document.createElement("div");
    const flag = document.createElement("div");
    flag.className = "cm-peer-flag";
    flag.textContent = this.peer.name;
    // A caret that scrolls back into view has not moved: its name goes on where it was.
    flag.style.animationDelay = `${this.peer.movedAt - performance.now()}ms`;
    caret.append(flag);
    this.dress(caret);
    return caret;
  }

  /** Moves the element without drawing it anew, so that its flag does not show up again. */
  update(caret: HTMLElement, old: LayerMarker): boolean {
    if (!(old instanceof CaretMarker) || !old.sameFlag(this)) return false;
    this.dress(caret);
    return true;
  }

  private sameFlag(other: CaretMarker): boolean {
    const [a, b] = [this.peer, other.peer];
    return (
      a.id === b.id &&
      a.name === b.name &&
      a.color === b.color &&
      a.movedAt === b.movedAt &&
      a.typing === b.typing &&
      this.firstLine === other.firstLine
    );
  }

  private dress(caret: HTMLElement): void {
    caret.className = `cm-peer ${colourClass(this.peer)}`;
    caret.classList.toggle("cm-peer-below", this.firstLine);
    caret.classList.toggle("cm-peer-typing", this.peer.typing === true);
    caret.style.left = `${this.left}px`;
    caret.style.top = `${this.top}px`;
    caret.style.height = `${this.height}px`;
  }
}

function colourClass(peer: Peer): string {
  const index = Math.trunc(Math.abs(peer.color)) % PEOPLE_COLOURS;
  return `person-${Number.isFinite(index) ? index : 0}`;
}

const carets = layer({
  above: true,
  class: "cm-peers",
  update: (update) =>
    update.docChanged ||
    update.viewportChanged ||
    update.startState.field(peersField) !== update.state.field(peersField),
  markers(view) {
    const { from, to } = view.viewport;
    const firstLineEnd = view.state.doc.line(1).to;
    return view.state.field(peersField).flatMap((peer) => {
      if (peer.head < from || peer.head > to) return [];
      const caret = EditorSelection.cursor(peer.head);
      return RectangleMarker.forRange(view, "", caret).map(
        ({ left, top, height }) =>
          new CaretMarker(peer, left, top, height, peer.head <= firstLineEnd),
      );
    });
  },
});

const tints = layer({
  above: false,
  class: "cm-peer-tints",
  update: (update) =>
    update.docChanged ||
    update.viewportChanged ||
    update.startState.field(peersField) !== update.state.field(peersField),
  markers: (view) =>
    view.state.field(peersField).flatMap((peer) => {
      if (peer.anchor === peer.head) return [];
      const range = EditorSelection.range(peer.anchor, peer.head);
      return RectangleMarker.forRange(view, `cm-peer-tint ${colourClass(peer)}`, range);
    }),
});

/** Shows a name while the pointer rests near its caret; the carets themselves let clicks through. */
const hover = ViewPlugin.define(
  () => ({ frame: 0, destroy() { cancelAnimationFrame(this.frame); } }),
  {
    eventHandlers: {
      mousemove(event, view) {
        if (this.frame || view.state.field(peersField).length === 0) return;
        const { clientX, clientY } = event;
        this.frame = requestAnimationFrame(() => {
          this.frame = 0;
          for (const caret of view.scrollDOM.querySelectorAll(".cm-peer")) {
            const box = caret.getBoundingClientRect();
            const near =
              Math.abs(clientX - box.left) <= HOVER_DISTANCE &&
              clientY >= box.top &&
              clientY <= box.bottom;
            caret.classList.toggle("cm-peer-hover", near);
          }
        });
      },
    },
  },
);

const colours = Object.fromEntries(
  Array.from({ length: PEOPLE_COLOURS }, (_, index) => [
    `.person-${index}`,
    { "--person": `var(--person-${index})` },
  ]),
);

const look = EditorView.baseTheme({
  ...colours,
  ".cm-peers": { pointerEvents: "none" },
  ".cm-peer": { width: "2px", marginLeft: "-1px", backgroundColor: "var(--person)" },
  ".cm-peer-tint": { backgroundColor: "var(--person)", opacity: "0.2" },
  ".cm-peer-flag": {
    position: "absolute",
    bottom: "100%",
    left: "0",
    padding: "0 4px",
    borderRadius: "4px 4px 4px 0",
    font: "600 11px/16px var(--font-ui, 'Inter Variable', system-ui, sans-serif)",
    whiteSpace: "nowrap",
    maxWidth: "16em",
    overflow: "hidden",
    textOverflow: "ellipsis",
    color: "light-dark(#ffffff, #14171d)",
    backgroundColor: "var(--person)",
    opacity: "0",
    animation: "cm-peer-flag 2s linear",
  },
  ".cm-peer-below .cm-peer-flag": {
    bottom: "auto",
    top: "100%",
    borderRadius: "0 4px 4px 4px",
  },
  ".cm-peer-typing .cm-peer-flag, .cm-peer-hover .cm-peer-flag": {
    opacity: "1",
    animation: "none",
  },
  "@keyframes cm-peer-flag": { "0%, 92%": { opacity: "1" }, "100%": { opacity: "0" } },
});

/** Everything that shows other people. */
export const peers: Extension = [peersField, tints, carets, hover, look];
