/** The dialogs of this page: a module of their own, loaded once somebody does something. */

import { t } from "../follow/words.ts";

type Dialogs = typeof import("../dialogs.ts");

export class DialogModule {
  private module: Promise<Dialogs> | null = null;

  constructor(private readonly address: string, private readonly complain: (words: string) => void) {
    // From the first sign of somebody on, so that they open also when the server is away later.
    for (const sign of ["pointermove", "pointerdown", "keydown"]) {
      addEventListener(sign, () => void this.load().catch(() => undefined), { once: true, passive: true });
    }
  }

  /** Opens one of them. */
  async open(show: (dialogs: Dialogs) => void): Promise<void> {
    try {
      show(await this.load());
    } catch {
      this.complain(t("not_loaded"));
    }
  }

  private load(): Promise<Dialogs> {
    this.module ??= (import(this.address) as Promise<Dialogs>).catch((error: unknown) => {
      this.module = null;
      throw error;
    });
    return this.module;
  }
}
