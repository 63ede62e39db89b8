//! What goes wrong in a scenario, and when: all of it out of one number.

use std::fmt;
use std::time::Duration;

use collab::testing::Rng;

/// People write for this long while things go wrong, in milliseconds.
const SHORTEST: usize = 2_500;
const LONGEST: usize = 5_000;
/// What goes wrong is over after this long, in milliseconds.
const LONGEST_FAULT: usize = 2_500;
/// Things that go wrong in one scenario.
const MOST_FAULTS: usize = 4;
/// An hour, by which clocks are wrong.
const HOUR: i64 = 3_600;

/// A line between two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Between {
    /// This node and PostgreSQL.
    Postgres(usize),
    /// This node and NATS.
    Nats(usize),
    /// This writer and whatever node they came to.
    Writer(usize),
}

/// How a line fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Connections end, and new ones are refused.
    Cut,
    /// No byte passes, and nobody is told.
    Silent,
    /// Connections that there are never pass a byte again; new ones work.
    Stranded,
    /// Every byte takes this long.
    Slow(Duration),
    /// Only so many bytes pass in a second.
    Narrow(u32),
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `kill -9`.
    Kill(usize),
    /// SIGTERM, as a rolling upgrade sends it.
    Drain(usize),
    /// SIGSTOP, later SIGCONT.
    Pause(usize),
    /// All nodes end in good order and start again, one after the other.
    Rolling,
    /// A node starts again with a clock that is wrong by so many seconds.
    Clock(usize, i64),
    /// PostgreSQL stops: in good order, or as in a crash.
    Postgres {
        /// As in a crash.
        crash: bool,
    },
    /// NATS stops.
    Nats,
    /// A line fails.
    Line(Between, Failure),
}

/// A fault and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timed {
    /// From the beginning.
    pub(crate) at: Duration,
    /// Then it is over; a process that was ended is started again then.
    pub(crate) lasts: Duration,
    pub(crate) what: Fault,
}

/// What the machines of a scenario are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) nodes: usize,
    /// They share PostgreSQL and NATS; otherwise there is one, with a file.
    pub(crate) is_shared: bool,
    /// Clocks can be set wrong here.
    pub(crate) has_clock: bool,
}

/// One scenario.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) writers: usize,
    pub(crate) lasts: Duration,
    pub(crate) faults: Vec<Timed>,
}

impl Plan {
    pub(crate) fn new(seed: u64, shape: Shape) -> Self {
        let mut random = Rng::new(seed);
        let writers = 4 + random.below(5);
        let lasts = millis(SHORTEST + random.below(LONGEST - SHORTEST));
        let count = 1 + random.below(MOST_FAULTS);
        let mut faults: Vec<Timed> = (0..count)
            .map(|_| {
                let what = fault(&mut random, shape, writers);
                let at = random.below(lasts.as_millis() as usize);
                Timed { at: millis(at), lasts: millis(100 + random.below(LONGEST_FAULT)), what }
            })
            .collect();
        faults.sort_by_key(|fault| fault.at);
        Self { seed, writers, lasts, faults }
    }
}

fn millis(count: usize) -> Duration {
    Duration::from_millis(count as u64)
}

fn fault(random: &mut Rng, shape: Shape, writers: usize) -> Fault {
    let node = random.below(shape.nodes);
    // A server alone has nothing behind it that could fail.
    let kinds = if shape.is_shared { 16 } else { 6 };
    match random.below(kinds) {
        0 | 1 => Fault::Kill(node),
        2 => Fault::Drain(node),
        3 => Fault::Pause(node),
        4 => Fault::Line(Between::Writer(random.below(writers)), failure(random, false)),
        5 if shape.has_clock => Fault::Clock(node, random.pick(&[-HOUR, HOUR])),
        5 | 6 => Fault::Rolling,
        7 | 8 => Fault::Postgres { crash: random.one_in(2) },
        9 => Fault::Nats,
        10..=13 => Fault::Line(Between::Postgres(node), failure(random, true)),
        _ => Fault::Line(Between::Nats(node), failure(random, true)),
    }
}

fn failure(random: &mut Rng, may_strand: bool) -> Failure {
    match random.below(if may_strand { 6 } else { 5 }) {
        0 | 1 => Failure::Cut,
        2 => Failure::Silent,
        3 => Failure::Slow(millis(25 + random.below(76))),
        4 => Failure::Narrow(20_000 + random.below(180_000) as u32),
        // A client that is stranded notices after 45 seconds: too long for a scenario.
        _ => Failure::Stranded,
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(node) => write!(f, "kill {node}"),
            Self::Drain(node) => write!(f, "drain {node}"),
            Self::Pause(node) => write!(f, "pause {node}"),
            Self::Rolling => write!(f, "rolling restart"),
            Self::Clock(node, seconds) => write!(f, "clock {node} {:+} h", seconds / HOUR),
            Self::Postgres { crash: true } => write!(f, "PostgreSQL crashes"),
            Self::Postgres { crash: false } => write!(f, "PostgreSQL restarts"),
            Self::Nats => write!(f, "NATS restarts"),
            Self::Line(between, failure) => write!(f, "{between} {failure}"),
        }
    }
}

impl fmt::Display for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(node) => write!(f, "{node}–PostgreSQL"),
            Self::Nats(node) => write!(f, "{node}–NATS"),
            Self::Writer(writer) => write!(f, "writer {writer}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => write!(f, "cut"),
            Self::Silent => write!(f, "silent"),
            Self::Stranded => write!(f, "stranded"),
            // There and back.
            Self::Slow(delay) => write!(f, "+{} ms", 2 * delay.as_millis()),
            Self::Narrow(rate) => write!(f, "{} kB/s", rate / 1_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_plan_and_all_kinds_come_up() {
        let shape = Shape { nodes: 3, is_shared: true, has_clock: true };
        assert_eq!(Plan::new(7, shape).faults, Plan::new(7, shape).faults);
        let plans = (0..300).map(|seed| Plan::new(seed, shape));
        let said: Vec<String> =
            plans.flat_map(|plan| plan.faults).map(|fault| fault.what.to_string()).collect();
        for kind in
            ["kill", "drain", "pause", "rolling", "clock", "PostgreSQL crashes", "NATS restarts"]
        {
            assert!(said.iter().any(|fault| fault.starts_with(kind)), "{kind}");
        }
        for kind in ["PostgreSQL cut", "NATS silent", "stranded", " ms", "kB/s"] {
            assert!(said.iter().any(|fault| fault.ends_with(kind)), "{kind}");
        }
    }
}
