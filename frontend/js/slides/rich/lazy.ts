/** Scripts and style sheets that only some decks need: fetched when one first does, and again after a failure. */

/** So long is a deck kept waiting for one of them; what comes later is put in place then. */
const PATIENCE = 4_000;
/** So long after a failure nothing is tried again: every keystroke may ask. */
const RETRY_AFTER = 10_000;

/** Only a script with the page's nonce may run; it can be read while the page's own script starts. */
const NONCE = document.currentScript?.nonce ?? "";

const urls = JSON.parse(document.getElementById("rich")?.textContent ?? "{}") as Record<string, string>;

/** A program that is there once its files are. */
export class Lazy<T> {
  /** The program, or `null` as long as it is not there. */
  value: T | null = null;
  private loading: Promise<void> | null = null;
  private patience: Promise<void> | null = null;
  private failedAt = -Infinity;

  constructor(
    private readonly files: readonly string[],
    /** Finds the program after its files have been loaded. */
    private readonly find: () => T | undefined | Promise<T | undefined>,
  ) {}

  /** Resolves when the program is there or could not be had; never rejects. */
  load(): Promise<void> {
    if (this.value || performance.now() - this.failedAt < RETRY_AFTER) return Promise.resolve();
    this.loading ??= Promise.all(this.files.map(fetchFile))
      .then(() => this.find())
      .then((value) => {
        this.value = value ?? null;
      })
      .catch(() => {
        this.failedAt = performance.now();
      })
      .finally(() => {
        this.loading = null;
      });
    return this.loading;
  }

  /** Like `load`, but nobody waits longer than for the first attempt, and for that only so long. */
  soon(): Promise<void> {
    const loading = this.load();
    this.patience ??= Promise.race([loading, new Promise<void>((resolve) => setTimeout(resolve, PATIENCE))]);
    return this.patience;
  }
}

function fetchFile(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const element = name.endsWith(".css") ? styleSheet(name) : script(name);
    element.onload = () => resolve();
    element.onerror = () => {
      element.remove();
      reject(new Error(`${name} could not be loaded`));
    };
    document.head.append(element);
  });
}

function styleSheet(name: string): HTMLLinkElement {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = urls[name] ?? "";
  return link;
}

function script(name: string): HTMLScriptElement {
  const element = document.createElement("script");
  element.nonce = NONCE;
  element.crossOrigin = "anonymous";
  element.src = urls[name] ?? "";
  return element;
}
