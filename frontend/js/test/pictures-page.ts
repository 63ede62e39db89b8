/** A page with an editor that takes pictures, and a server that a test answers for. */

import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import type { Page, Route } from "playwright-core";
import { open } from "./editor-page.ts";
import { until } from "./harness.ts";

export const ADDRESS = "/api/decks/deck/pictures";
export const ONE = "/p/AAAAAAAAAAAAAAAAAAAAAA.png";
export const TWO = "/p/BBBBBBBBBBBBBBBBBBBBBB.png";

/** What came to the server, waiting for its answer. */
export type Sent = { type: string; size: number; body: Buffer | null; url: string; route: Route };

export class Desk {
  readonly sent: Sent[] = [];

  private constructor(readonly page: Page) {}

  /** `|` is the caret. */
  static async open(marked: string): Promise<Desk> {
    const at = marked.indexOf("|");
    const page = await open(marked.replace("|", ""), { pictures: ADDRESS });
    const desk = new Desk(page);
    await page.route(`**${ADDRESS}{,/fetch}`, async (route) => {
      const request = route.request();
      const body = request.postDataBuffer();
      desk.sent.push({ type: request.headers()["content-type"] ?? "", size: body?.length ?? 0, body, url: request.url(), route });
    });
    await page.evaluate((offset) => {
      window.editor.focus();
      const lines = window.editor.text().slice(0, offset).split("\n");
      window.editor.goToLine(lines.length - 1, 0, true);
    }, Math.max(0, at));
    const column = at < 0 ? 0 : marked.slice(0, at).split("\n").at(-1)?.length ?? 0;
    await page.keyboard.press("Home");
    for (let count = 0; count < column; count++) await page.keyboard.press("ArrowRight");
    return desk;
  }

  /** Waits until so many requests have come, and gives the last of them. */
  async arrived(count: number): Promise<Sent> {
    await until(() => this.sent.length >= count);
    const sent = this.sent[count - 1];
    assert.ok(sent, `${this.sent.length} of ${count} requests came`);
    return sent;
  }

  async take(count: number, url: string): Promise<void> {
    const { route } = await this.arrived(count);
    await route.fulfill({ status: 201, json: { url, width: 1, height: 1, bytes: 1 } });
  }

  async refuse(count: number, status: number, detail: string): Promise<void> {
    const { route } = await this.arrived(count);
    await route.fulfill({ status, contentType: "application/problem+json", json: { title: "no", detail } });
  }

  text(): Promise<string> {
    return this.page.evaluate(() => window.editor.text());
  }

  async reads(wanted: string): Promise<void> {
    await this.page.waitForFunction((text) => window.editor.text() === text, wanted)
      .catch(async () => assert.equal(await this.text(), wanted));
  }

  /** Pastes files, and what else the clipboard holds. */
  async paste(files: GivenFile[], texts: Record<string, string> = {}): Promise<void> {
    await this.page.evaluate(({ given, others }) => {
      const data = new DataTransfer();
      for (const { name, type, bytes, padding } of given) {
        data.items.add(new File([new Uint8Array(bytes), new Uint8Array(padding)], name, { type }));
      }
      for (const [kind, text] of Object.entries(others)) data.setData(kind, text);
      document.querySelector(".cm-content")?.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, { given: files, others: texts });
  }

  /** Drops files in front of some text. */
  async drop(files: GivenFile[], before: string): Promise<boolean> {
    return this.page.evaluate(({ given, text }) => {
      const data = new DataTransfer();
      for (const { name, type, bytes, padding } of given) {
        data.items.add(new File([new Uint8Array(bytes), new Uint8Array(padding)], name, { type }));
      }
      const line = [...document.querySelectorAll(".cm-line")].find(({ textContent }) => textContent?.includes(text));
      const node = line?.firstChild;
      if (!line || !node) throw new Error(`no line has ${text}`);
      const range = document.createRange();
      range.selectNodeContents(line);
      const box = range.getClientRects()[0] ?? line.getBoundingClientRect();
      const event = new DragEvent("drop", {
        dataTransfer: data, bubbles: true, cancelable: true, clientX: box.left + 1, clientY: box.top + box.height / 2,
      });
      line.dispatchEvent(event);
      return event.defaultPrevented;
    }, { given: files, text: before });
  }

  chips(): Promise<string[]> {
    return this.page.locator("[data-test=picture-chip]").evaluateAll((chips) =>
      chips.map((chip) => chip.querySelector(".cm-picture-text")?.textContent ?? ""));
  }

  async hasChips(count: number): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => document.querySelectorAll("[data-test=picture-chip]").length === wanted, count);
  }

  press(test: string): Promise<void> {
    return this.page.locator(`[data-test=${test}]`).first().click();
  }

  remote(at: number, gone: number, insert: string): Promise<void> {
    return this.page.evaluate((edit) => window.remote([edit]), { at, delete: gone, insert });
  }
}

/** `padding` is how many bytes without meaning follow. */
export type GivenFile = { name: string; type: string; bytes: number[]; padding: number };

export function given(name: string, bytes: Buffer, type = "image/png", padding = 0): GivenFile {
  return { name, type, bytes: [...bytes], padding };
}

/** A PNG of one colour. */
export function png(width: number, height: number): Buffer {
  const row = Buffer.alloc(1 + width * 3, 0x66);
  row[0] = 0;
  const rows = Buffer.concat(Array.from({ length: height }, () => row));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(data.length);
  sum.writeUInt32BE(checksum(body));
  return Buffer.concat([size, body, sum]);
}

function checksum(bytes: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
