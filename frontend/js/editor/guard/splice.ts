/** Text in the middle of something that it breaks: a word, an address, code, a mark of emphasis. */

/** A place in a line that is within something, and what that is. */
export type Splice = { what: "word" | "address" | "code" | "mark"; whole: string };

/** Of these, words are not told apart by spaces. */
const WORD = /(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}])[\p{L}\p{N}]/u;
/** Shorter rests are endings that somebody may well write something in front of. */
const SHORTEST_REST = 2;
/** What an address looks like in a text, in a link or in a picture. */
const ADDRESS = /https?:\/\/[^\s<>()]+|(?<=\]\()[^\s)]+/g;
const MARK = /[*_~=]/;

/** What an insertion at a place of a line would be in the middle of. */
export function spliceAt(line: string, at: number): Splice | null {
  const [before, after] = [line[at - 1] ?? "", line[at] ?? ""];
  if (before === "]" && after === "(") return { what: "address", whole: line.slice(0, at).slice(line.lastIndexOf("[", at)) + "(" };
  const address = around(line, at, ADDRESS);
  if (address) return { what: "address", whole: address };
  if (before === after && MARK.test(before)) return markAt(line, at);
  const code = codeAround(line, at);
  if (code) return { what: "code", whole: code };
  const [left, right] = wordAround(line, at);
  const isWord = left.length >= SHORTEST_REST && right.length >= SHORTEST_REST;
  return isWord ? { what: "word", whole: left + right } : null;
}

/** Whether a text breaks what it was put into, with what stands around it now. */
export function breaks({ what }: Splice, inserted: string, before: string, after: string): boolean {
  if (what === "code" && isPictureAtWord(inserted, before, after)) return true;
  const isGlued = !/\s$/.test(before) && !/^\s/.test(after) && before !== "" && after !== "";
  if (!isGlued) return false;
  if (what === "mark") return inserted.trim() !== "";
  if (what === "address") return /\s|\]\(|!\[|:\/\//.test(inserted) || before.endsWith("]") && after.startsWith("(");
  if (what === "code") {
    // An address may be code, and the beginning or the end of code; in the middle of a word it is neither.
    const isWithinWord = WORD.test(before.slice(-1)) && WORD.test(after.slice(0, 1));
    return /[`\n]/.test(inserted) || isWithinWord && inserted.includes("://");
  }
  // A text with spaces around it makes two words of one, which may well be meant.
  const isSpaced = /^\s/.test(inserted) && /\s$/.test(inserted);
  const [left, right] = [wordAround(before, before.length)[0], wordAround(after, 0)[1]];
  // The same text could have been put beside the word: "bold|er and bold|ly".
  const isBeside = inserted.endsWith(left) || inserted.startsWith(right);
  return /\S\s+\S|:\/\/|\]\(/.test(inserted) && !isSpaced && !isBeside &&
    left.length >= SHORTEST_REST && right.length >= SHORTEST_REST;
}

/** Whether a picture is stuck to a word: nobody writes one so, but uploads come so. */
function isPictureAtWord(inserted: string, before: string, after: string): boolean {
  return WORD.test(before.slice(-1)) && /^!\[[^\]]*\]\([^)]*\)/.test(inserted) ||
    WORD.test(after.slice(0, 1)) && /!\[[^\]]*\]\([^)]*\)$/.test(inserted);
}

/** The match that a place is strictly within. */
function around(line: string, at: number, pattern: RegExp): string | null {
  for (const { index, 0: found } of line.matchAll(pattern)) {
    if (index < at && at < index + found.length) return found;
  }
  return null;
}

/** The code that a place is strictly within: a run of backticks ends at the next one of the same length. */
function codeAround(line: string, at: number): string | null {
  const runs = Array.from(line.matchAll(/`+/g), ({ index, 0: { length } }) => ({ from: index, length, end: 0 }));
  // Backwards, so that each run is looked at once however many there are.
  const ends = new Map<number, number>();
  for (const run of [...runs].reverse()) {
    run.end = ends.get(run.length) ?? 0;
    ends.set(run.length, run.from + run.length);
  }
  let after = 0;
  for (const { from, end } of runs) {
    if (from < after || end === 0) continue;
    if (from < at && at < end) return line.slice(from, end);
    after = end;
  }
  return null;
}

/** A pair of marks beside a word; two empty pairs, as the keys make them, are there to be written into. */
function markAt(line: string, at: number): Splice | null {
  const mark = line[at] ?? "";
  let [from, to] = [at, at];
  while (line[from - 1] === mark) from--;
  while (line[to] === mark) to++;
  if (to - from !== 2) return null;
  const isBesideWord = WORD.test(line[from - 1] ?? "") !== WORD.test(line[to] ?? "");
  const isPaired = line.replace(line.slice(from, to), "").includes(mark + mark);
  return isBesideWord && isPaired ? { what: "mark", whole: mark + mark } : null;
}

function wordAround(line: string, at: number): [left: string, right: string] {
  let [from, to] = [at, at];
  while (from > 0 && WORD.test(line[from - 1] ?? "")) from--;
  while (to < line.length && WORD.test(line[to] ?? "")) to++;
  return [line.slice(from, at), line.slice(at, to)];
}
