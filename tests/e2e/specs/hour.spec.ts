/** An hour's worth of driving and writing at random: nobody is ever on a wrong slide. */

import type { Person } from "../harness/person.ts";
import { expect, test } from "../harness/test.ts";

/** So many things happen; a real hour has about 3,600. */
const STEPS = Number(process.env["ONDECK_HOUR_STEPS"] ?? 150);
const SEED = Number(process.env["ONDECK_HOUR_SEED"] ?? 1);

/** Numbers that look random and are the same for the same seed (mulberry32, Tommy Ettinger, 2017). */
function random(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** What the deck is: the names of its slides in order, each with a line of its own. */
class Deck {
  names = Array.from({ length: 12 }, (_, number) => `Slide${number}x`);
  private made = this.names.length;

  text(): string {
    return this.names.map((name) => this.slide(name)).join(SEPARATOR);
  }

  slide(name: string): string {
    return `# ${name}\n\nonly ${name} says this\n`;
  }

  next(): string {
    return `Slide${this.made++}x`;
  }
}

const SEPARATOR = "\n---\n\n";

test(`whatever is written, everybody is where the presenter is (seed ${SEED})`, async ({ person, server }) => {
  test.setTimeout(60_000 + STEPS * 2_000);
  const below = random(SEED);
  const model = new Deck();
  const deck = await server.deck(model.text());
  const [pia, fay, wim] = [await person("Pia"), await person("Fay"), await person("Wim")];
  await Promise.all([pia.presents(deck), fay.follows(deck), wim.writes(deck)]);
  let shown = model.names[0] ?? "";
  const other = () => {
    const others = model.names.filter((name) => name !== shown);
    return others[below(others.length)] ?? shown;
  };

  const acts: Record<string, () => Promise<void>> = {
    async "next slide"() {
      const at = model.names.indexOf(shown);
      shown = model.names[at + 1] ?? shown;
      await pia.press("ArrowRight");
    },
    async "previous slide"() {
      const at = model.names.indexOf(shown);
      shown = model.names[at - 1] ?? shown;
      await pia.press("ArrowLeft");
    },
    async "types elsewhere"() {
      await wim.editor.caretAfter(`only ${other()} says this`);
      await wim.editor.insert(" and more");
    },
    async "types on the shown slide"() {
      await wim.editor.caretAfter(`only ${shown} says this`);
      await wim.editor.insert(" and that");
    },
    async "a new slide"() {
      const before = model.names[below(model.names.length)] ?? shown;
      const name = model.next();
      await wim.editor.caretBefore(`# ${before}\n`);
      await wim.editor.insert(model.slide(name) + SEPARATOR);
      model.names.splice(model.names.indexOf(before), 0, name);
    },
    async "a slide less"() {
      if (model.names.length < 6) return;
      const name = other();
      await cut(wim, name);
      model.names.splice(model.names.indexOf(name), 1);
    },
    async "a slide moves"() {
      const name = model.names[below(model.names.length)] ?? shown;
      const rows = wim.page.getByTestId("outline-row");
      // A slide moves against those that one sees: they have to be all that there are.
      await expect(rows).toContainText(model.names);
      await rows.filter({ hasText: name }).focus();
      const at = model.names.indexOf(name);
      if (at === 0) return;
      await wim.page.keyboard.press("Alt+Shift+ArrowUp");
      model.names.splice(at, 1);
      model.names.splice(at - 1, 0, name);
    },
    async "the shown slide is split and merged"() {
      await wim.editor.caretBefore(`only ${shown} says this`);
      await wim.editor.insert("---\n\n");
      await wim.editor.replace(`---\n\nonly ${shown} says this`, `only ${shown} says this`);
    },
  };

  const names = Object.keys(acts);
  for (let step = 0; step < STEPS; step++) {
    const act = names[below(names.length)] ?? "next slide";
    await acts[act]?.();
    const place = `${model.names.indexOf(shown) + 1}/${model.names.length}`;
    for (const one of [pia, fay]) {
      const what = `${one.name} after step ${step}, ${act}`;
      await expect(one.slides.current.locator("h1"), what).toHaveText(shown);
      await expect(one.page.getByTestId("slide-position"), what).toContainText(place);
    }
  }
});

/** Takes a slide out, with the separator on one side of it. */
async function cut(wim: Person, name: string): Promise<void> {
  const text = await wim.editor.text();
  const from = text.indexOf(`# ${name}\n`);
  const separator = text.indexOf(SEPARATOR.trimStart(), from);
  const above = text.lastIndexOf(SEPARATOR.trimEnd(), from);
  const part = separator >= 0 ? text.slice(from, separator + "---\n\n".length) : text.slice(above);
  await wim.editor.replace(part, "");
}
