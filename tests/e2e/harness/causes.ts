/** Says at the very end why stories failed, the same reason once: a log is often kept by its last lines only. */

import type { FullResult, Reporter, TestCase, TestResult } from "@playwright/test/reporter";

/** More reasons than these are seldom read. */
const MOST = 8;
/** Lines of each. */
const LINES = 6;

export default class Causes implements Reporter {
  private readonly stories = new Map<string, string[]>();

  onTestEnd(test: TestCase, result: TestResult): void {
    if (test.expectedStatus === result.status || result.status === "skipped") return;
    for (const error of result.errors) {
      const cause = plain(error.message ?? error.value ?? "no reason given");
      this.stories.set(cause, [...(this.stories.get(cause) ?? []), test.title]);
    }
  }

  onEnd(_: FullResult): void {
    const causes = [...this.stories].sort(([, some], [, others]) => others.length - some.length);
    for (const [cause, [first, ...others]] of causes.slice(0, MOST)) {
      const more = others.length > 0 ? ` and ${others.length} more` : "";
      console.log(`\nwhy “${first}”${more} failed:\n${cause}`);
    }
  }

  printsToStdio(): boolean {
    return true;
  }
}

/** Without colours and addresses, which differ from run to run. */
function plain(message: string): string {
  const text = message.replace(/\u001b\[[0-9;]*m/g, "").replace(/127\.0\.0\.1:\d+/g, "127.0.0.1");
  return text.split("\n").filter((line) => line.trim() !== "").slice(0, LINES).map((line) => `  ${line.slice(0, 300)}`).join("\n");
}
