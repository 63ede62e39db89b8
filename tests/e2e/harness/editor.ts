/** The source editor under a person's hands: where the caret is, and what is around it. */

import { expect, type JSHandle, type Locator, type Page } from "@playwright/test";

type Line = { from: number; to: number; number: number; text: string };

/** As much of CodeMirror's view as is asked here. */
type View = {
  state: {
    doc: { length: number; lineAt(at: number): Line; toString(): string };
    selection: { main: { anchor: number; head: number } };
  };
  dom: HTMLElement;
  scrollDOM: HTMLElement;
  documentTop: number;
  composing: boolean;
  coordsAtPos(at: number): { top: number } | null;
  lineBlockAtHeight(height: number): { from: number };
  dispatch(spec: object): void;
  focus(): void;
};

/** A caret as a person would describe it: the words before and after it, and its height. */
export type Place = { before: string; after: string; y: number };

export class Editor {
  /** Where text is typed. */
  readonly content: Locator;
  /** Other people's carets. */
  readonly carets: Locator;

  constructor(private readonly page: Page) {
    this.content = page.locator("[data-test-editor]");
    this.carets = page.locator(".cm-peer");
  }

  async ready(): Promise<void> {
    await expect(this.content).toBeVisible();
  }

  /** The whole text; the page itself holds the visible part only. */
  async text(): Promise<string> {
    return (await this.view()).evaluate((view) => view.state.doc.toString());
  }

  /** Puts the caret after the first occurrence of some text. */
  async caretAfter(text: string): Promise<void> {
    await this.select(text, "end");
  }

  /** Puts the caret before the first occurrence of some text. */
  async caretBefore(text: string): Promise<void> {
    await this.select(text, "start");
  }

  /** Selects the first occurrence of some text, or goes to an end of it. */
  async select(text: string, part: "all" | "start" | "end" = "all"): Promise<void> {
    const view = await this.view();
    await view.evaluate(
      (view, { text, part }) => {
        const from = view.state.doc.toString().indexOf(text);
        if (from < 0) throw new Error(`there is no ${text}`);
        const to = from + text.length;
        const anchor = part === "end" ? to : from;
        const head = part === "start" ? from : to;
        view.dispatch({ selection: { anchor, head }, scrollIntoView: true });
        view.focus();
      },
      { text, part },
    );
  }

  /** Types character by character, as fast as the page takes it. */
  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  /** Puts text in at once, as an input method or an emoji picker does. */
  async insert(text: string): Promise<void> {
    await this.page.keyboard.insertText(text);
  }

  /** Replaces the first occurrence of some text. */
  async replace(text: string, by: string): Promise<void> {
    await this.select(text);
    await this.page.keyboard.press("Delete");
    if (by !== "") await this.insert(by);
  }

  /** Puts another text in the place of all that there is. */
  async replaceAll(text: string): Promise<void> {
    await (await this.view()).evaluate((view, text) => {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    }, text);
  }

  async paste(text: string): Promise<void> {
    await this.content.evaluate((content, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      const options = { clipboardData, bubbles: true, cancelable: true };
      content.dispatchEvent(new ClipboardEvent("paste", options));
    }, text);
  }

  /** Where the caret is. */
  async place(): Promise<Place> {
    return (await this.view()).evaluate((view) => {
      const { head } = view.state.selection.main;
      const line = view.state.doc.lineAt(head);
      const top = view.coordsAtPos(head)?.top ?? Number.NaN;
      return {
        before: line.text.slice(0, head - line.from),
        after: line.text.slice(head - line.from),
        y: top - view.dom.getBoundingClientRect().top,
      };
    });
  }

  /** The first visible line and its height. */
  async firstLine(): Promise<{ text: string; y: number }> {
    return (await this.view()).evaluate(async (view) => {
      // The editor draws what has come into view with the next frame.
      await new Promise(requestAnimationFrame);
      const top = view.scrollDOM.getBoundingClientRect().top;
      const line = view.state.doc.lineAt(view.lineBlockAtHeight(top - view.documentTop).from);
      return { text: line.text, y: (view.coordsAtPos(line.from)?.top ?? Number.NaN) - top };
    });
  }

  async scrollTo(top: number): Promise<void> {
    await (await this.view()).evaluate((view, top) => {
      view.scrollDOM.scrollTop = top;
    }, top);
  }

  /**
   * Measures the height of some text on the screen after each frame from now on. The function
   * that it gives ends that and tells the greatest distance from where it was at first.
   */
  async watchHeightOf(text: string): Promise<() => Promise<{ frames: number; jump: number }>> {
    const view = await this.view();
    const watch = await view.evaluateHandle((view, text) => {
      const found = { frames: 0, jump: 0, stop: false };
      const height = () => {
        const at = view.state.doc.toString().indexOf(text);
        const top = at < 0 ? undefined : view.coordsAtPos(at)?.top;
        return top === undefined ? Number.NaN : top - view.scrollDOM.getBoundingClientRect().top;
      };
      const first = height();
      // A message comes after the frame was painted; inside it, the editor may not be done yet.
      const painted = new MessageChannel();
      painted.port1.onmessage = () => {
        const jump = Math.abs(height() - first);
        found.frames++;
        if (!(jump <= found.jump)) found.jump = Number.isNaN(jump) ? Infinity : jump;
        if (!found.stop) requestAnimationFrame(frame);
      };
      const frame = () => painted.port2.postMessage(0);
      requestAnimationFrame(frame);
      return found;
    }, text);
    return () =>
      watch.evaluate((found) => {
        found.stop = true;
        return { frames: found.frames, jump: found.jump };
      });
  }

  /** Anew each time: a reload makes another view. */
  private async view(): Promise<JSHandle<View>> {
    await this.ready();
    return this.page.evaluateHandle(() => {
      type Content = Element & { cmTile: { root: { view: View } } };
      return (document.querySelector("[data-test-editor]") as Content).cmTile.root.view;
    });
  }
}
