/** Bundles and runs the tests: `run.mjs` the pure ones, `--frame`, `--editor`, `--kept`, `--dialogs`, `--home`, `--call` and `--follow` those in a browser, `--measure` what is only measured; words choose files by name. */

import { build } from "esbuild";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
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

const OPTIONS = ["--enable-source-maps"];

/** After so long without a word nothing more will come, in milliseconds: a test takes seconds. */
const SILENCE = 180_000;

/**
 * Runs the tests of a file in its browser. Once in thousands of pages Chromium stops answering, and some calls wait for
 * it without a limit: then it is ended, and the file begins anew, once. In CI it does so too when a test has failed.
 */
async function passes(file) {
  for (const isLast of [false, true]) {
    const tests = spawn(process.execPath, [...OPTIONS, file], { stdio: ["ignore", "pipe", "inherit"] });
    let [isSilent, hasFailed] = [false, false];
    const ends = () => {
      isSilent = true;
      void kill(tests.pid);
    };
    let silence = setTimeout(ends, SILENCE);
    tests.stdout.on("data", (text) => {
      process.stdout.write(text);
      hasFailed ||= /^not ok|^✖/m.test(String(text));
      clearTimeout(silence);
      silence = setTimeout(ends, SILENCE);
    });
    const [status] = await once(tests, "close");
    clearTimeout(silence);
    if (!isSilent && status === 0) {
      if (isLast) console.error("passed now: flaky");
      return true;
    }
    if (isSilent) console.error(`Chromium has not answered for ${SILENCE / 60_000} minutes`);
    const hasFailedForGood = (hasFailed || !isSilent) && !process.env.CI;
    if (hasFailedForGood || isLast) return false;
    console.error("once more, from the beginning");
  }
  return false;
}

/** Ends a process and all that it started, whether they still listen or not. */
async function kill(pid) {
  // Only Linux tells whose children they are; elsewhere a browser ends when it is spoken to no more.
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const children = await Promise.all(threads.map((id) => readFile(`/proc/${pid}/task/${id}/children`, "utf8").catch(() => "")));
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
  for (const child of children.join(" ").split(" ").filter(Boolean)) await kill(Number(child));
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
  if (flags.length === 0) {
    process.exitCode = spawnSync(process.execPath, [...OPTIONS, "--test", ...files], { stdio: "inherit" }).status ?? 1;
  } else {
    // Browsers side by side would only slow each other down.
    for (const file of files) if (!(await passes(file))) process.exitCode = 1;
  }
} finally {
  await rm(out, { recursive: true, force: true });
}
