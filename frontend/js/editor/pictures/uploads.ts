/** The pictures that an editor is taking in: several at once, each put into the text once, at its own place. */

import { Facet, type TransactionSpec } from "@codemirror/state";
import { EditorView, ViewPlugin } from "@codemirror/view";
import { perform } from "../insert.ts";
import { wordsOf } from "../words.ts";
import { advance, begin, end, pendingIn, type Pending, type Progress } from "./places.ts";
import { prepare } from "./prepare.ts";
import { showSettings } from "./settings.ts";
import { bringIn, Refusal, upload } from "./upload.ts";

/** Where the pictures of the deck go; without it an editor takes none. */
export const picturesAddress = Facet.define<string, string>({ combine: ([address]) => address ?? "" });

/** More at once only share the line, and the server counts them. */
const MOST_AT_ONCE = 3;
/** How often a composition is asked whether it has ended, in milliseconds; runs only while a picture waits for it. */
const COMPOSITION_POLL = 50;
/** A picture right before a place. */
const ENDS_WITH_PICTURE = /!\[[^\]\n]*\]\([^)\n]*\)$/;
const BEGINS_WITH_PICTURE = /^!\[[^\]\n]*\]\(/;

/** How a picture gets its address. */
type Make = (signal: AbortSignal, onProgress: (share: number | null) => void) => Promise<string>;

type Job = {
  id: number;
  make: Make;
  /** The address on the server, once it has one. */
  url: string | null;
  /** What it takes the place of; `null` for a picture that is new. */
  replaces: string | null;
  abort: AbortController;
  state: "waiting" | "running" | "failed";
};

export class Uploads {
  private readonly jobs = new Map<number, Job>();
  private lastId = 0;
  private timer = 0;

  constructor(private readonly view: EditorView) {}

  /** Takes in files; their pictures come to a place in the text. */
  add(files: readonly File[], at: number): void {
    const { state } = this.view;
    const address = state.facet(picturesAddress);
    const words = wordsOf(state);
    for (const file of files) {
      let prepared: Blob | null = null;
      this.take(file.name || words.picture, { from: at, to: at }, null, async (signal, onProgress) => {
        prepared ??= await prepare(file, words);
        return upload(address, prepared, signal, onProgress);
      });
    }
    this.next();
  }

  /** Has the server fetch the picture whose address stands there, and writes its new address instead. */
  bring(url: string, from: number, to: number): void {
    const address = this.view.state.facet(picturesAddress);
    const isUnderWay = pendingIn(this.view.state).some((one) => one.from === from && one.to === to);
    if (isUnderWay) return;
    this.take(nameOf(url), { from, to }, url, (signal, onProgress) => {
      onProgress(null);
      return bringIn(address, url, signal);
    });
    this.next();
  }

  retry(id: number): void {
    const job = this.jobs.get(id);
    if (job?.state !== "failed") return;
    job.state = "waiting";
    job.abort = new AbortController();
    this.show(id, { share: 0 });
    this.next();
  }

  /** Cancels it, or takes away what is left of it. */
  giveUp(id: number): void {
    this.jobs.get(id)?.abort.abort();
    this.jobs.delete(id);
    this.view.dispatch({ effects: end.of(id) });
    this.next();
  }

  destroy(): void {
    window.clearTimeout(this.timer);
    window.removeEventListener("beforeunload", warn);
    for (const { abort } of this.jobs.values()) abort.abort();
    this.jobs.clear();
  }

  private take(name: string, place: { from: number; to: number }, replaces: string | null, make: Make): void {
    const id = ++this.lastId;
    this.jobs.set(id, { id, make, url: null, replaces, abort: new AbortController(), state: "waiting" });
    const pending: Pending = { id, name, ...place, progress: { share: 0 } };
    const said = wordsOf(this.view.state).adding.replace("$", name);
    this.view.dispatch({ effects: [begin.of(pending), EditorView.announce.of(said)] });
  }

  /** Lets as many run as may, and warns whoever leaves while one does. */
  private next(): void {
    const jobs = [...this.jobs.values()];
    let free = MOST_AT_ONCE - jobs.filter(({ state }) => state === "running").length;
    for (const job of jobs) {
      if (job.state !== "waiting" || free-- <= 0) continue;
      job.state = "running";
      void this.run(job);
    }
    if (jobs.some(({ state }) => state !== "failed")) window.addEventListener("beforeunload", warn);
    else window.removeEventListener("beforeunload", warn);
  }

  private async run(job: Job): Promise<void> {
    const { id, abort: { signal } } = job;
    try {
      // A picture that only could not be written into the text is on the server already.
      job.url ??= await job.make(signal, (share) => {
        if (!signal.aborted) this.show(id, { share });
      });
      if (!signal.aborted) this.finish(job, job.url);
    } catch (cause) {
      if (!signal.aborted) this.fail(job, cause instanceof Refusal ? cause : new Refusal());
    }
    this.next();
  }

  private fail(job: Job, { message, isFinal }: Refusal): void {
    const failure = message || wordsOf(this.view.state).pictureFailed;
    job.state = "failed";
    this.show(job.id, { failure, isFinal });
    this.view.dispatch({ effects: EditorView.announce.of(failure) });
  }

  private show(id: number, progress: Progress): void {
    this.view.dispatch({ effects: advance.of({ id, progress }) });
  }

  /** Writes the picture into the text. An input method that is composing owns its line, so that waits. */
  private finish(job: Job, url: string): void {
    const { view } = this;
    if (view.compositionStarted) {
      this.timer = window.setTimeout(() => {
        if (this.jobs.has(job.id)) this.finish(job, url);
      }, COMPOSITION_POLL);
      return;
    }
    if (view.state.readOnly) return this.fail(job, new Refusal(wordsOf(view.state).pictureReadOnly));
    this.jobs.delete(job.id);
    const place = pendingIn(view.state).find(({ id }) => id === job.id);
    if (place) this.write(job, place, url);
    this.next();
  }

  private write(job: Job, { from, to }: Pending, url: string): void {
    const { view } = this;
    const { state } = view;
    const done = end.of(job.id);
    // Somebody has changed the address meanwhile: then theirs counts.
    const isOther = job.replaces !== null && state.sliceDoc(from, to) !== job.replaces;
    if (isOther) return view.dispatch({ effects: done });
    const line = state.doc.lineAt(from);
    const [before, after] = [line.text.slice(0, from - line.from), line.text.slice(from - line.from)];
    const insert = job.replaces === null ? markdownAt(before, after, url) : url;
    const changes = state.changes({ from, to, insert });
    const { main } = state.selection;
    const wasHere = job.replaces === null && main.empty && main.head === from;
    const words = wordsOf(state);
    const said = wasHere ? `${words.pictureAdded}. ${words.pictureDescribe}` : words.pictureAdded;
    const spec: TransactionSpec = {
      changes,
      selection: state.selection.map(changes, 1),
      effects: [done, EditorView.announce.of(said)],
      scrollIntoView: false,
      userEvent: "input.paste",
    };
    const start = from + insert.indexOf("![");
    perform(view, spec);
    // Whoever went on writing elsewhere is not disturbed.
    if (wasHere) showSettings(view, start, start + insert.trim().length, false);
  }
}

/** Pictures next to one another stand on lines of their own. */
function markdownAt(before: string, after: string, url: string): string {
  const above = ENDS_WITH_PICTURE.test(before) ? "\n" : "";
  const below = BEGINS_WITH_PICTURE.test(after) ? "\n" : "";
  return `${above}![](${url})${below}`;
}

function nameOf(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? "";
  return path.split("/").at(-1) || url;
}

/** Asks whoever leaves whether they mean to; the words are the browser's. */
function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** Takes in the pictures of an editor for as long as it lives. */
export const uploads = ViewPlugin.fromClass(Uploads);

/** What takes in the pictures of an editor; `null` if it takes none, or nobody may write in it. */
export function uploadsOf(view: EditorView): Uploads | null {
  const isTaken = view.state.facet(picturesAddress) !== "" && !view.state.readOnly;
  return isTaken ? view.plugin(uploads) : null;
}
