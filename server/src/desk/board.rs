//! What everybody is told of the sections of a deck.

use serde::{Deserialize, Serialize};

use super::book::{Book, Known};
use super::reading::{MOST_CHARS, Seen, cut};
use crate::store::sections::Summary;

/// How far a section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum State {
    /// Its text says that there is no report this time.
    NoReport,
    /// It was on in the last call, or is in this one.
    Presented,
    /// Somebody said so.
    Ready,
    /// It says something that it did not say at first.
    Drafting,
    NotStarted,
}

/// What the message is that tells of a row.
const ROW: &str = "section";

fn row_kind() -> &'static str {
    ROW
}

/// A row of the board. Its fields are those of the message that tells of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    #[serde(skip_deserializing, default = "row_kind")]
    kind: &'static str,
    pub(super) id: String,
    title: String,
    expected: bool,
    reporter: Option<String>,
    claimed_by: Option<String>,
    state: State,
    /// It says something else than when it was ready, or presented.
    changed: bool,
    edited_at: Option<i64>,
    edited_by: Option<String>,
    ready_by: Option<String>,
    problems: u32,
    minutes: Option<f32>,
    first: u32,
    count: u32,
}

/// Which rows there are, in their order.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Heading {
    kind: &'static str,
    order: Vec<String>,
    ready: u32,
    expected: u32,
    call_at: Option<String>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Board {
    pub(super) sections: Vec<Row>,
    ready: u32,
    expected: u32,
    call_at: Option<String>,
}

impl Board {
    /// Of the sections of a text, which are all known.
    pub(super) fn of(book: &Book, seen: &[Seen], call_at: Option<&String>) -> Self {
        let row = |(place, known): (usize, &Known)| Some(row(known, seen.get(place)?));
        let sections: Vec<Row> = book.present().into_iter().filter_map(row).collect();
        let expected = sections.iter().filter(|row| row.expected);
        let is_ready = |row: &&Row| matches!(row.state, State::Ready | State::Presented);
        Self {
            ready: expected.clone().filter(is_ready).count() as u32,
            expected: expected.count() as u32,
            sections,
            call_at: call_at.cloned(),
        }
    }

    pub(super) fn heading(&self) -> Heading {
        Heading {
            kind: "sections",
            order: self.sections.iter().map(|row| row.id.clone()).collect(),
            ready: self.ready,
            expected: self.expected,
            call_at: self.call_at.clone(),
        }
    }

    /// For the list of decks.
    pub(super) fn summary(&self) -> Summary {
        let mut reporters = Vec::new();
        for name in
            self.sections.iter().filter(|row| row.expected).filter_map(|row| row.reporter.as_ref())
        {
            if !reporters.contains(name) {
                reporters.push(name.clone());
            }
        }
        Summary { expected: self.expected, ready: self.ready, reporters }
    }
}

fn row(known: &Known, seen: &Seen) -> Row {
    let record = &known.record;
    // Who said that they write it knows it better than what was written before.
    let claimed = record.reporter.as_ref().filter(|_| record.principal.is_some());
    let reporter = claimed.or(seen.reporter.as_ref()).or(record.reporter.as_ref());
    let is_done = record.ready_at.is_some() || record.presented_at.is_some();
    let changed = is_done && record.ready_sum.is_some_and(|sum| sum != seen.sum);
    let is_asked_for =
        seen.expected || record.expected || record.reporter.is_some() || record.ready_at.is_some();
    Row {
        kind: ROW,
        id: record.id.to_string(),
        title: seen.title.clone(),
        expected: is_asked_for && !seen.no_report,
        reporter: reporter.map(|name| cut(name, MOST_CHARS)),
        claimed_by: record.principal.clone(),
        state: state(known, seen),
        changed,
        edited_at: record.edited_at,
        edited_by: record.edited_by.clone(),
        ready_by: record.ready_by.clone().filter(|_| record.ready_at.is_some()),
        problems: seen.problems,
        minutes: seen.minutes,
        first: seen.first,
        count: seen.count,
    }
}

fn state(known: &Known, seen: &Seen) -> State {
    let record = &known.record;
    if seen.no_report {
        State::NoReport
    } else if record.presented_at.is_some() {
        State::Presented
    } else if record.ready_at.is_some() {
        State::Ready
    } else if seen.is_empty || record.first_sum == Some(seen.sum) {
        State::NotStarted
    } else {
        State::Drafting
    }
}
