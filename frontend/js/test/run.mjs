/** Bundles and runs the tests: `run.mjs` the pure ones, `--frame`, `--editor`, `--kept`, `--dialogs`, `--home`, `--call` and `--follow` those in a browser, `--measure` what is only measured; words choose files by name. */

import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const flags = process.argv.slice(2).filter((word) => word.startsWith("--"));
const names = process.argv.slice(2).filter((word) => !word.startsWith("--"));

/** What is tested in a browser and is not about the slides frame. */
const EDITOR = new Set(["editor.browser.ts", "changes.browser.ts", "guard.browser.ts", "pictures.browser.ts", "prompts.browser.ts"]);
const KEPT = new Set(["kept.browser.ts"]);
const DIALOGS = new Set(["share.browser.ts"]);
const FOLLOW = new Set(["ask.browser.ts", "follow.browser.ts", "remote.browser.ts", "reading.browser.ts"]);
const HOME = new Set(["home.browser.ts"]);
const CALL = new Set(["board.browser.ts", "talk.browser.ts", "which.browser.ts"]);

/** Which files a flag means. */
function isWanted(name) {
  if (names.length > 0 && !names.some((wanted) => name.startsWith(wanted))) return false;
  if (flags.includes("--measure")) return name.endsWith(".measure.ts");
  if (flags.includes("--editor")) return EDITOR.has(name);
  if (flags.includes("--kept")) return KEPT.has(name);
  if (flags.includes("--dialogs")) return DIALOGS.has(name);
  if (flags.includes("--home")) return HOME.has(name);
  if (flags.includes("--call")) return CALL.has(name);
  if (flags.includes("--follow")) return FOLLOW.has(name);
  const isOther = [EDITOR, KEPT, DIALOGS, HOME, CALL, FOLLOW].some((names) => names.has(name));
  if (flags.includes("--frame")) return name.endsWith(".browser.ts") && !isOther;
  return name.endsWith(".test.ts");
}

const entries = (await readdir(here)).filter(isWanted);

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
  // Browsers side by side would only slow each other down.
  const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...(flags.length > 0 ? ["--test-concurrency=1"] : []), ...files], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
