/**
 * After the build, called by Trunk: what a WASM and its JavaScript call each other gets short names, and the JavaScript
 * is made small. wasm-bindgen's names hold hashes, which do not pack: half of the JavaScript, 4 kB of the WASM.
 */

import { transform } from "esbuild";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Sections of a module (WebAssembly Core Specification, 5.5). */
const IMPORTS = 2;
const EXPORTS = 7;

/** What only the two of them know; names that anybody else may know stay. */
const OWN = /^__wb|^wasm_bindgen__|^\.\//;

/** Reads a module from its front, and copies what it reads. */
class Reader {
  at = 0;
  out = [];

  constructor(bytes) {
    this.bytes = bytes;
  }

  get isAtEnd() {
    return this.at >= this.bytes.length;
  }

  take(count) {
    const taken = this.bytes.subarray(this.at, (this.at += count));
    this.out.push(taken);
    return taken;
  }

  /** An unsigned LEB128. */
  number() {
    const from = this.at;
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    this.out.push(this.bytes.subarray(from, this.at));
    return value;
  }

  /** A name, in the place of which another one is written. */
  name(renamed) {
    const kept = this.out.length;
    const name = Buffer.from(this.take(this.number())).toString();
    const bytes = Buffer.from(renamed(name));
    this.out.splice(kept, 2, leb(bytes.length), bytes);
  }

  /** How many of something there may be: of a table or of memory. */
  limits() {
    const [flags] = this.take(1);
    this.number();
    if (flags & 1) this.number();
  }
}

function leb(value) {
  const bytes = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

function readImports(reader, renamed) {
  for (let count = reader.number(); count > 0; count--) {
    reader.name(renamed);
    reader.name(renamed);
    const [kind] = reader.take(1);
    if (kind === 0) reader.number();
    else if (kind === 1) reader.take(1), reader.limits();
    else if (kind === 2) reader.limits();
    else if (kind === 3) reader.take(2);
    else if (kind === 4) reader.take(1), reader.number();
    else throw new Error(`an import of an unknown kind: ${kind}`);
  }
}

function readExports(reader, renamed) {
  for (let count = reader.number(); count > 0; count--) {
    reader.name(renamed);
    reader.take(1);
    reader.number();
  }
}

/** The module with other names. */
function rename(module, renamed) {
  const whole = new Reader(module);
  whole.take(8);
  while (!whole.isAtEnd) {
    const [id] = whole.take(1);
    const kept = whole.out.length;
    const section = new Reader(whole.take(whole.number()));
    if (id !== IMPORTS && id !== EXPORTS) continue;
    (id === IMPORTS ? readImports : readExports)(section, renamed);
    if (!section.isAtEnd) throw new Error(`a section that is not understood: ${id}`);
    const body = Buffer.concat(section.out);
    whole.out.splice(kept, 2, leb(body.length), body);
  }
  return Buffer.concat(whole.out);
}

async function shorten(folder, wasm) {
  const names = new Map();
  const renamed = (name) => {
    if (!OWN.test(name)) return name;
    if (!names.has(name)) names.set(name, `_${names.size.toString(36)}`);
    return names.get(name);
  };
  const script = join(folder, wasm.replace(/_bg\.wasm$/, ".js"));
  const module = rename(await readFile(join(folder, wasm)), renamed);
  let source = await readFile(script, "utf8");
  const mentioned = [];
  // Whatever is neither an import nor an export has no other side.
  source = source.replace(/\.\/[\w$]+\.js|[\w$]+/g, (word) => {
    const short = names.get(word);
    if (short) mentioned.push(word);
    return short ?? word;
  });
  const missing = [...names.keys()].filter((name) => !mentioned.includes(name) && !/^__wbindgen_/.test(name));
  if (missing.length > 0) throw new Error(`${script} does not know ${missing.join(", ")}`);
  const { code } = await transform(source, { minify: true, target: "es2022", legalComments: "none" });
  await writeFile(join(folder, wasm), module);
  await writeFile(script, code);
}

const folder = process.env["TRUNK_STAGING_DIR"] ?? process.argv[2];
for (const name of await readdir(folder)) if (name.endsWith("_bg.wasm")) await shorten(folder, name);
