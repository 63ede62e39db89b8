//! Tests, lints and measurements: everything that judges the product.

use std::{process::Command, time::Duration};

use anyhow::Result;

use crate::{
    frontend::install_packages,
    serve, services,
    shell::{Checks, Shell, note, output, run, step, succeeds_within},
    tools,
};

const JS: &str = "frontend/js";
const E2E: &str = "tests/e2e";

/// The database of known vulnerabilities, and how long to wait for a sign of it.
const ADVISORIES: &str = "https://github.com/rustsec/advisory-db";
const ADVISORIES_WITHIN: Duration = Duration::from_secs(10);

/// Builds the product and runs all tests, or those whose names hold the filter.
pub(crate) fn test(shell: &Shell, filter: Option<&str>) -> Result<()> {
    let mut checks = Checks::default();
    all_tests(shell, filter, &mut checks)?;
    checks.finish()
}

/// Everything a change must pass: the quick checks first, and none hides the next.
pub(crate) fn ci(shell: &Shell) -> Result<()> {
    let mut checks = Checks::default();
    checks.check("Formatting", || run(&mut shell.cargo(&["fmt", "--all", "--check"])));

    tools::ensure_wasm_tools(shell)?;
    install_packages(shell, JS)?;
    checks.check("TypeScript", || run(&mut shell.npm(JS, &["run", "check"])));

    checks.check("Clippy (native)", || {
        clippy(shell, &["--workspace", "--exclude", "frontend", "--all-targets"])
    });
    checks.check("Clippy (WASM)", || {
        clippy(shell, &["--package", "frontend", "--target", "wasm32-unknown-unknown"])
    });

    tools::ensure_cargo_deny(shell)?;
    let mut kinds = vec!["licenses", "bans", "sources"];
    if advisories_are_reachable(shell) {
        kinds.push("advisories");
    } else {
        note("Skipping the advisories: their database cannot be reached from here");
    }
    checks.check(&format!("cargo-deny ({})", kinds.join(", ")), || {
        run(shell
            .command("cargo-deny")
            .args(["--locked", "check", "--hide-inclusion-graph"])
            .args(&kinds))
    });

    all_tests(shell, None, &mut checks)?;
    checks.finish()
}

/// Takes the pictures in `docs/` with the product as it is.
pub(crate) fn screenshots(shell: &Shell) -> Result<()> {
    serve::build(shell)?;
    let mut playwright = playwright(shell)?;
    step("Taking screenshots", || {
        // The configuration has that project only when asked: tests must not write to docs/.
        run(playwright.env("SCREENSHOTS", "1").arg("--project=screenshots"))
    })
}

/// Builds and runs one of the programs in the package `tests`: the load generator, the fuzzer, and
/// their like.
pub(crate) fn measure(shell: &Shell, name: &str, args: &[String]) -> Result<()> {
    if name == "differential" {
        install_packages(shell, E2E)?;
    }
    if name == "cluster" {
        services::ensure_services(shell)?;
    }
    let mut build = vec!["build", "--release", "--package", "tests", "--bin", name];
    if matches!(name, "faults" | "cluster") {
        build.extend(["--package", "ondeck-server", "--bin", "ondeck"]);
    }
    step(&format!("Building `{name}`"), || run(&mut shell.cargo(&build)))?;
    let program =
        shell.target.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let mut program = shell.command(program);
    program.env("ONDECK_BIN", shell.server_binary()).args(args);
    step(&format!("Running `{name}`"), || run(&mut program))
}

fn all_tests(shell: &Shell, filter: Option<&str>, checks: &mut Checks) -> Result<()> {
    services::ensure_services(shell)?;
    serve::build(shell)?;
    checks.check("Rust tests", || rust_tests(shell, filter));
    // What of the app needs no browser runs on this machine.
    checks.check("Rust tests (front-end)", || {
        run(shell.cargo(&["test", "--package", "frontend", "--bin", "frontend"]).args(filter))
    });
    const PROGRAMS: [(&str, &str); 4] = [
        ("crash", "kill -9 under load"),
        ("faults", "a disk that fails"),
        ("cluster", "several servers, and faults between them"),
        ("differential", "beside Yjs"),
    ];
    for (name, what) in PROGRAMS {
        if filter.is_none_or(|filter| name.contains(filter)) {
            checks.check(&format!("Rust tests ({what})"), || {
                install_packages(shell, E2E)?;
                let mut program = shell.cargo(&["run", "--package", "tests", "--bin", name]);
                run(program.env("ONDECK_BIN", shell.server_binary()))
            });
        }
    }
    checks.check("JavaScript tests", || run(&mut shell.npm(JS, &["test"])));
    // Each of the TypeScript programs alone in a browser: a script without names to pick from.
    const SCRIPTS: [&str; 7] = [
        "test:editor",
        "test:kept",
        "test:dialogs",
        "test:home",
        "test:call",
        "test:frame",
        "test:follow",
    ];
    if filter.is_none() {
        for script in SCRIPTS {
            checks.check(&format!("JavaScript tests ({script})"), || {
                let chromium = tools::ensure_chromium(shell)?;
                let script = ["run", "--if-present", script];
                run(shell.npm(JS, &script).env("CHROMIUM", chromium))
            });
        }
    }
    checks.check("Browser tests", || {
        let mut playwright = playwright(shell)?;
        if let Some(filter) = filter {
            playwright.args(["--pass-with-no-tests", "--grep", filter]);
        }
        run(&mut playwright)
    });
    Ok(())
}

fn rust_tests(shell: &Shell, filter: Option<&str>) -> Result<()> {
    const PACKAGES: [&str; 3] = ["--workspace", "--exclude", "frontend"];
    if output(shell.command("cargo-nextest").args(["nextest", "--version"])).is_none() {
        return run(shell.cargo(&["test"]).args(PACKAGES).args(filter));
    }
    // nextest leaves out the examples in the documentation.
    run(shell.cargo(&["test", "--doc", "--quiet"]).args(PACKAGES).args(filter))?;
    // One failure shall not hide the next.
    let mut nextest = vec!["nextest", "run", "--no-tests=pass", "--no-fail-fast"];
    if std::env::var_os("CI").is_some() {
        nextest.extend(["--profile", "ci"]);
    }
    run(shell.cargo(&nextest).args(PACKAGES).args(filter))
}

fn clippy(shell: &Shell, selection: &[&str]) -> Result<()> {
    run(shell.cargo(&["clippy", "--locked"]).args(selection).args(["--", "-D", "warnings"]))
}

/// `npx playwright test` with the browser and the server it shall use.
fn playwright(shell: &Shell) -> Result<Command> {
    install_packages(shell, E2E)?;
    let chromium = tools::ensure_chromium(shell)?;
    let mut command = shell.command("npx");
    command
        .args(["--no-install", "playwright", "test"])
        .current_dir(shell.root.join(E2E))
        .env("CHROMIUM", chromium)
        .env("ONDECK_BIN", shell.server_binary());
    Ok(command)
}

fn advisories_are_reachable(shell: &Shell) -> bool {
    let mut git = shell.command("git");
    git.args(["ls-remote", "--exit-code", ADVISORIES, "HEAD"]).env("GIT_TERMINAL_PROMPT", "0");
    succeeds_within(ADVISORIES_WITHIN, &mut git)
}
