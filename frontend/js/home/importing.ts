/** Markdown files become decks: chosen, or dropped anywhere on the page. */

import { t } from "../follow/words.ts";
import { Failure, make, type Deck } from "./api.ts";

/** Largest file that is read, in bytes: a deck holds 1 MB of text. */
const MAX_FILE = 4 * 1024 * 1024;
/** More at once is a mistake, or an archive that belongs into a script. */
const MAX_FILES = 50;

/** Makes a deck of each file; what is wrong with a file is said by its name. */
export async function importFiles(files: File[], complain: (words: string) => void): Promise<Deck[]> {
  if (files.length > MAX_FILES) {
    complain(t("too_many_files", MAX_FILES));
    return [];
  }
  const made: Deck[] = [];
  // One after the other, so that the list has them in their order.
  for (const file of files) {
    try {
      made.push(await make({ source: await read(file) }));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      complain(error.isUnreachable ? error.message : t("not_imported", file.name, error.words));
    }
  }
  return made;
}

async function read(file: File): Promise<string> {
  if (file.size > MAX_FILE) throw new Failure(t("file_too_large"));
  const bytes = await file.arrayBuffer().catch(() => null);
  if (!bytes) throw new Failure(t("file_unreadable"));
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Failure(t("file_no_text"));
  }
  if (text.includes("\0")) throw new Failure(t("file_no_text"));
  if (text.trim() === "") throw new Failure(t("file_empty"));
  return text;
}

/** Lets the whole page take files; `shows` says while some are held over it. */
export function takesDrops(page: HTMLElement, shows: (isOver: boolean) => void, take: (files: File[]) => void): void {
  page.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    shows(true);
  });
  page.addEventListener("dragleave", ({ relatedTarget }) => {
    if (relatedTarget === null) shows(false);
  });
  page.addEventListener("drop", (event) => {
    shows(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    take(files);
  });
}
