/** Any Yjs program can join a deck: npm's `yjs` and `y-websocket` as they are. */

import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import type { OndeckServer } from "../harness/server.ts";
import { expect, test } from "../harness/test.ts";

/** A Yjs document that is connected to a deck. */
function join(server: OndeckServer, deck: string) {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`ws://${server.address}/sync`, deck, doc, {
    WebSocketPolyfill: WebSocket as never,
    disableBc: true,
  });
  const text = doc.getText("source");
  const synced = new Promise<void>((resolve) => {
    provider.on("sync", (done: boolean) => done && resolve());
  });
  return { doc, provider, text, synced };
}

test("a stock Yjs client reads and writes a deck", async ({ server }) => {
  const deck = await server.deck("# Hello\n\nfrom Ondeck 👋\n");
  const yjs = join(server, deck);
  await yjs.synced;
  expect(yjs.text.toString()).toBe("# Hello\n\nfrom Ondeck 👋\n");

  yjs.text.insert(yjs.text.length, "and from Yjs 🎉\n");
  await expect.poll(() => server.source(deck)).toBe("# Hello\n\nfrom Ondeck 👋\nand from Yjs 🎉\n");
  yjs.text.delete(0, "# ".length);
  await expect.poll(() => server.source(deck)).toMatch(/^Hello/);

  const other = join(server, deck);
  await other.synced;
  expect(other.text.toString()).toBe(yjs.text.toString());
  other.text.insert(0, "# ");
  await expect.poll(() => yjs.text.toString()).toMatch(/^# Hello/);
  for (const { provider, doc } of [yjs, other]) {
    provider.destroy();
    doc.destroy();
  }
});

test("a stock Yjs client survives a restart of the server", async ({ server }) => {
  const deck = await server.deck("one\n");
  const yjs = join(server, deck);
  await yjs.synced;
  yjs.text.insert(4, "two\n");
  await expect.poll(() => server.source(deck)).toBe("one\ntwo\n");
  await server.stop();
  yjs.text.insert(8, "three\n");
  await server.startAgain();
  await expect.poll(() => server.source(deck)).toBe("one\ntwo\nthree\n");
  yjs.provider.destroy();
  yjs.doc.destroy();
});

test("a browser and a stock Yjs client see each other write", async ({ person, server }) => {
  const deck = await server.deck("# Together\n\nname:\n");
  const yjs = join(server, deck);
  const { awareness } = yjs.provider;
  awareness.setLocalStateField("user", { name: "Yolanda", color: "#30bced" });
  await yjs.synced;
  const ann = await person("Ann Browser", { color: 4 });
  await ann.writes(deck);

  await ann.editor.caretAfter("name:");
  await ann.editor.type(" Ann");
  await expect.poll(() => yjs.text.toString()).toBe("# Together\n\nname: Ann\n");
  yjs.text.insert(yjs.text.toString().indexOf(" Ann"), " Yolanda,");
  await expect.poll(() => ann.editor.text()).toBe("# Together\n\nname: Yolanda, Ann\n");
  await expect(ann.slides.current).toContainText("name: Yolanda, Ann");

  type State = { user?: { name?: string; color?: string }; cursor?: { head: unknown } };
  const states = () => [...awareness.getStates().values()] as State[];
  const annsState = () => states().find((state) => state.user?.name === "Ann Browser");
  await expect.poll(annsState).toBeTruthy();
  expect(annsState()?.user?.color).toMatch(/^#[0-9a-f]{6}$/);
  // Her caret stands after what she typed, also for those who only know Yjs.
  const head = () => {
    const position = Y.createRelativePositionFromJSON(annsState()?.cursor?.head);
    return Y.createAbsolutePositionFromRelativePosition(position, yjs.doc)?.index;
  };
  await expect.poll(head).toBe("# Together\n\nname: Yolanda, Ann".length);

  const at = (index: number) => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(yjs.text, index));
  awareness.setLocalStateField("cursor", { anchor: at(2), head: at("# Together".length) });
  await expect(ann.page.getByTestId("avatar")).toHaveAttribute("aria-label", "Go to Yolanda");
  await expect(ann.editor.carets).toHaveCount(1);
  await expect(ann.editor.carets.locator(".cm-peer-flag")).toHaveText("Yolanda");
  await expect(ann.page.locator(".cm-peer-tint").first()).toBeVisible();
  await ann.keepPicture("stock-yjs");

  yjs.provider.destroy();
  await expect(ann.page.getByTestId("avatar")).toHaveCount(0);
  await expect(ann.editor.carets).toHaveCount(0);
  yjs.doc.destroy();
});
