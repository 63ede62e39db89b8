/** Which pages live: each holds the Web Lock of the queues that it writes or has taken over. */

/** The locks of one deck. Where the browser has none (plain HTTP from another host) every queue counts as free: taking over one that is still written doubles work, never text. */
export class Locks {
  private readonly held = new Map<number, () => void>();

  constructor(private readonly prefix: string) {}

  /** Takes a lock that is nobody else's, now or as soon as it can be had. */
  take(client: number): void {
    if (this.held.has(client)) return;
    const hold = this.hold(client);
    void this.request(client, {}, () => hold);
  }

  /** Takes a lock if it is free and this page does not have it yet. */
  async tryTake(client: number): Promise<boolean> {
    if (this.held.has(client)) return false;
    return new Promise((resolve) => {
      const granted = (lock: Lock | null) => {
        // Asked twice at the same time, one question is enough.
        const isTaken = lock !== null && !this.held.has(client);
        resolve(isTaken);
        return isTaken ? this.hold(client) : undefined;
      };
      void this.request(client, { ifAvailable: true }, granted).then((isAsked) => {
        if (isAsked || this.held.has(client)) return resolve(false);
        void this.hold(client);
        resolve(true);
      });
    });
  }

  free(client: number): void {
    this.held.get(client)?.();
    this.held.delete(client);
  }

  freeAll(): void {
    for (const client of [...this.held.keys()]) this.free(client);
  }

  private hold(client: number): Promise<void> {
    return new Promise((release) => this.held.set(client, release));
  }

  /** Resolves when the lock is given back; to `false` at once where there are no locks. */
  private async request(
    client: number,
    options: LockOptions,
    granted: (lock: Lock | null) => Promise<void> | undefined,
  ): Promise<boolean> {
    const locks = navigator.locks as LockManager | undefined;
    if (!locks) return false;
    try {
      await locks.request(this.prefix + client, options, granted);
      return true;
    } catch {
      return false;
    }
  }
}
