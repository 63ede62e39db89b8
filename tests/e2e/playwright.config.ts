/** How the browser tests run: the stories always, pictures and measurements only when asked for. */

import { defineConfig, type Project } from "@playwright/test";

/** What keeps Chromium quiet and quick in a container. */
const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const projects: Project[] = [
  { name: "stories", testDir: "specs", testMatch: "*.spec.ts" },
];
// Pictures land in docs/, so no test run makes them by accident; figures need a machine for themselves.
if (process.env["SCREENSHOTS"]) {
  projects.push({ name: "screenshots", testDir: "specs", testMatch: "screenshots.ts" });
}
if (process.env["BENCH"]) {
  projects.push({ name: "bench", testDir: "specs", testMatch: "bench.ts", timeout: 600_000 });
}

export default defineConfig({
  projects,
  outputDir: "test-results",
  workers: 2,
  // Where a machine is shared with others: what passes at its second try is told as flaky.
  retries: process.env["CI"] ? 1 : 0,
  forbidOnly: Boolean(process.env["CI"]),
  reporter: [["list"], ["./harness/causes.ts"]],
  // Long enough for a machine that does something else at the same time; how fast it is, benchmarks tell.
  timeout: 180_000,
  expect: { timeout: 40_000 },
  use: {
    browserName: "chromium",
    headless: true,
    viewport: { width: 1440, height: 900 },
    testIdAttribute: "data-test",
    locale: "en-US",
    timezoneId: "UTC",
    actionTimeout: 40_000,
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      chromiumSandbox: false,
      args: FLAGS,
    },
  },
});
