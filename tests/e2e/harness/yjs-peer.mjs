/** Documents of the original Yjs, driven line by line: what `tests/differential` compares with. */

import { createInterface } from "node:readline";
import * as Y from "yjs";

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (array) => Buffer.from(array).toString("hex");
let docs = [];

const COMMANDS = {
  reset({ clients }) {
    docs = clients.map((client) => {
      const doc = new Y.Doc();
      doc.clientID = client;
      return doc;
    });
    return "";
  },
  edit({ doc, at, remove, insert }) {
    const text = docs[doc].getText("source");
    const from = Math.min(at, text.length);
    docs[doc].transact(() => {
      const length = Math.min(remove, text.length - from);
      if (length > 0) text.delete(from, length);
      if (insert) text.insert(from, insert);
    });
    return "";
  },
  vector: ({ doc }) => hex(Y.encodeStateVector(docs[doc])),
  diff: ({ doc, vector }) => hex(Y.encodeStateAsUpdate(docs[doc], bytes(vector))),
  apply({ doc, update }) {
    Y.applyUpdate(docs[doc], bytes(update));
    return "";
  },
  text: ({ doc }) => docs[doc].getText("source").toString(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command, argument] = Object.entries(JSON.parse(line))[0];
  process.stdout.write(`${JSON.stringify(COMMANDS[command](argument))}\n`);
}
