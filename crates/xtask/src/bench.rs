//! How fast decks are read and rendered, beside markdown-it, which other programs render decks with.

use std::fs;

use anyhow::{Context, Result};

use crate::{
    frontend::install_packages,
    shell::{Shell, note, output, run, step},
};

const RIVAL: &str = "crates/deck/benches/markdown-it";
const BENCH: [&str; 5] = ["bench", "--package", "deck", "--bench", "deck"];

/// Runs the benchmarks; `args` go to criterion.
pub(crate) fn bench(shell: &Shell, args: &[String]) -> Result<()> {
    step("Measuring the deck crate", || run(shell.cargo(&BENCH).arg("--").args(args)))?;
    let ours = step("Reading its results", || cold_time(shell))?;

    install_packages(shell, RIVAL)?;
    let deck = shell.target.join("bench-deck.md");
    step("Writing the deck", || run(shell.cargo(&BENCH).env("ONDECK_BENCH_DECK", &deck)))?;
    let theirs = step("Measuring markdown-it", || {
        let mut node = shell.command("node");
        let printed = output(node.arg("render.mjs").arg(&deck).current_dir(shell.root.join(RIVAL)));
        let printed = printed.context("`node render.mjs` failed")?;
        printed.trim().parse::<f64>().context("`node render.mjs` printed no number")
    })?;
    note(&format!(
        "100 slides, parsed and rendered: deck {ours:.2} ms, markdown-it {theirs:.2} ms; \
         deck is {:.1} times as fast",
        theirs / ours
    ));
    Ok(())
}

/// The median of the whole deck of 100 slides in milliseconds, as criterion left it.
fn cold_time(shell: &Shell) -> Result<f64> {
    let path = shell.target.join("criterion/cold/100/new/estimates.json");
    let json = fs::read_to_string(&path)
        .with_context(|| format!("criterion left no results in {}", path.display()))?;
    let nanoseconds = median(&json).context("criterion's results have no median")?;
    Ok(nanoseconds / 1e6)
}

/// Reads `{"median":{…,"point_estimate":NUMBER,…}…}`.
fn median(json: &str) -> Option<f64> {
    let median = &json[json.find("\"median\"")?..];
    let (_, estimate) = median.split_once("\"point_estimate\":")?;
    estimate[..estimate.find([',', '}'])?].trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_found() {
        let json =
            r#"{"mean":{"point_estimate":1.0},"median":{"x":{"y":2},"point_estimate":3.5,"z":4}}"#;
        assert_eq!(median(json), Some(3.5));
        assert_eq!(median("{}"), None);
    }
}
