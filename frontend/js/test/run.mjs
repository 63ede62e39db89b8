/** Bundles and runs the tests: `run.mjs` the pure ones, `--frame` and `--editor` those in a browser. */

import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const only = process.argv.includes("--frame") ? "frame" : process.argv.includes("--editor") ? "editor" : null;
const suffix = only ? ".browser.ts" : ".test.ts";
const entries = (await readdir(here)).filter((name) => name.endsWith(suffix) && (!only || name.startsWith(only)));

// Within the package, so that what stays external is found in its node_modules.
const out = await mkdtemp(join(here, "../node_modules/.tests-"));
try {
  await build({
    entryPoints: entries.map((name) => join(here, name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    sourcemap: "inline",
    define: { TEST_FOLDER: JSON.stringify(here) },
  });
  const files = entries.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
  const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
