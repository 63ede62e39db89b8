//! Figures as a table for people.

use std::fmt::Write as _;

use crate::measure::{Percentiles, Round};

/// One line for each round, and ratios of the medians over all rounds.
pub(crate) fn table(rounds: &[Round]) -> String {
    let mut out = format!(
        "{:<13} {:>7} {:>10} {:>8} {:>22} {:>22} {:>22} {:>9} {:>12} {:>8}\n",
        "server",
        "edits",
        "deliveries",
        "missing",
        "propagation ms",
        "acknowledged ms",
        "join ms",
        "MB in",
        "CPU µs/deliv",
        "RSS MB"
    );
    for round in rounds {
        let _ = writeln!(
            out,
            "{:<13} {:>7} {:>10} {:>8} {:>22} {:>22} {:>22} {:>9.1} {:>12} {:>8}",
            round.server,
            round.edits,
            round.deliveries,
            round.missing,
            times(&round.propagation_ms),
            times(&round.acknowledge_ms),
            times(&round.join_ms),
            round.received_bytes as f64 / 1e6,
            optional(round.cpu_us_per_delivery, 2),
            optional(round.memory_mb, 1),
        );
    }
    out.push_str("(times are p50 / p90 / p99)\n");
    for (what, figure) in [
        ("p50 propagation", (|r| Some(r.propagation_ms.p50)) as fn(&Round) -> Option<f64>),
        ("p99 propagation", |r| Some(r.propagation_ms.p99)),
        ("CPU per delivery", |r| r.cpu_us_per_delivery),
    ] {
        if let Some(ratio) = ratio_of(rounds, ["ondeck", "bare fan-out"], figure) {
            let _ = writeln!(out, "{what}: {ratio:.2} × the bare fan-out");
        }
    }
    out
}

/// Percentiles as they stand in tables.
pub(crate) fn times(times: &Percentiles) -> String {
    format!("{:.2} / {:.2} / {:.2}", times.p50, times.p90, times.p99)
}

fn optional(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.digits$}"))
}

/// The median of a figure over all rounds of one server, as a multiple of that of another.
pub(crate) fn ratio_of(
    rounds: &[Round],
    [one, other]: [&str; 2],
    figure: fn(&Round) -> Option<f64>,
) -> Option<f64> {
    let median = |server: &str| {
        let rounds = rounds.iter().filter(|round| round.server == server);
        let mut values: Vec<f64> = rounds.filter_map(figure).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    Some(median(one)? / median(other)?)
}
