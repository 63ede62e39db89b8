/** Documents of the original Yjs, driven line by line: what `tests/differential` compares with. */

import { createInterface } from "node:readline";
import * as Y from "yjs";

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (array) => Buffer.from(array).toString("hex");
let docs = [];
/** What each document would have sent, and its history. */
let sent = [];
let histories = [];

const COMMANDS = {
  reset({ clients }) {
    docs = clients.map((client) => {
      const doc = new Y.Doc();
      doc.clientID = client;
      return doc;
    });
    sent = docs.map((doc) => {
      const updates = [];
      doc.on("update", (update, origin) => {
        if (origin !== "remote") updates.push(hex(update));
      });
      return updates;
    });
    histories = docs.map(
      (doc) => new Y.UndoManager(doc.getText("source"), { captureTimeout: 0 }),
    );
    return "";
  },
  edit({ doc, at, remove, insert }) {
    COMMANDS.edits({ doc, edits: [{ at, remove, insert }] });
    return "";
  },
  /** Several edits in one transaction. */
  edits({ doc, edits }) {
    const text = docs[doc].getText("source");
    docs[doc].transact(() => {
      for (const { at, remove, insert } of edits) {
        const from = Math.min(at, text.length);
        const length = Math.min(remove, text.length - from);
        if (length > 0) text.delete(from, length);
        if (insert) text.insert(from, insert);
      }
    });
    return "";
  },
  undo({ doc }) {
    histories[doc].undo();
    return "";
  },
  redo({ doc }) {
    histories[doc].redo();
    return "";
  },
  /** The updates of own changes since the last call. */
  sent: ({ doc }) => sent[doc].splice(0).join(" "),
  vector: ({ doc }) => hex(Y.encodeStateVector(docs[doc])),
  diff: ({ doc, vector }) => hex(Y.encodeStateAsUpdate(docs[doc], bytes(vector))),
  apply({ doc, update }) {
    Y.applyUpdate(docs[doc], bytes(update), "remote");
    return "";
  },
  text: ({ doc }) => docs[doc].getText("source").toString(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command, argument] = Object.entries(JSON.parse(line))[0];
  process.stdout.write(`${JSON.stringify(COMMANDS[command](argument))}\n`);
}
