//! Dates as people write them in notes and slides, in English and in German.
//!
//! Only what is surely a date is found: nothing in addresses, code, comments or tags, no version numbers,
//! fractions or phone numbers.

mod reader;

#[cfg(test)]
mod tests;

use std::{fmt, ops::Range};

use serde::{Deserialize, Serialize};

use self::reader::{Reader, Written};
use crate::prose;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Date {
    /// Such as 2024.
    pub year: u16,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
}

/// A date, or a range of them, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// In bytes; times and zones behind the date are not in it.
    pub range: Range<usize>,
    /// The first day.
    pub from: Date,
    /// The last day; the first one again if there is no other.
    pub to: Date,
}

/// A date without a year is at most so many months before the day that it is read on.
const MONTHS_BACK: u8 = 6;
/// There is a 29 February within so many years.
const YEARS_TO_LEAP: u16 = 8;

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

impl Date {
    /// A date, if there is such a day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_leap =
            year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let days = match month {
            2 => 28 + u8::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=days).contains(&day).then_some(Self { year, month, day })
    }

    /// Reads `2024-04-11`, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let is_shaped = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let part = |range: Range<usize>| is_shaped.then(|| text.get(range)).flatten();
        let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// `25 April 2024`, or `25. April 2024` in German.
    pub fn long(self, language: &str) -> String {
        let is_german = language.get(..2).is_some_and(|code| code.eq_ignore_ascii_case("de"));
        let (names, dot) = if is_german { (GERMAN, ".") } else { (ENGLISH, "") };
        let month = names.get(usize::from(self.month.saturating_sub(1))).copied();
        format!("{}{dot} {} {}", self.day, month.unwrap_or_default(), self.year)
    }

    /// The next such day of the year, from this day on.
    fn next(self, month: u8, day: u8) -> Option<Self> {
        let mut years = self.year..=self.year.saturating_add(YEARS_TO_LEAP);
        years.find_map(|year| Self::new(year, month, day).filter(|date| *date >= self))
    }

    /// The first day that a date without a year can mean.
    fn some_months_back(self) -> Self {
        let is_last_year = self.month <= MONTHS_BACK;
        let year = self.year.saturating_sub(u16::from(is_last_year));
        let month =
            if is_last_year { self.month + 12 - MONTHS_BACK } else { self.month - MONTHS_BACK };
        // It need not be a day that there is.
        Self { year, month, day: self.day }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl TryFrom<String> for Date {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a date is written as 2024-04-11")
    }
}

/// Finds the dates in a Markdown text, in its order. The year of a date without one is that of the next
/// such day from half a year before `near` on.
pub fn find(text: &str, near: Date) -> Vec<Found> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let prose = prose::of(text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = next_word(&prose, at) {
        match found_at(&prose, start, near) {
            Some(date) => {
                at = date.range.end;
                found.push(date);
            }
            None => {
                let word = prose[start..].find(|c: char| !c.is_alphanumeric());
                at = word.map_or(prose.len(), |length| start + length);
            }
        }
    }
    found
}

/// The start of the next word that may begin a date.
fn next_word(text: &str, from: usize) -> Option<usize> {
    let mut before = text[..from].chars().next_back();
    for (at, c) in text[from..].char_indices() {
        let is_start = c.is_ascii_digit() || c.is_uppercase();
        if is_start && before.is_none_or(|before| !before.is_alphanumeric()) {
            return Some(from + at);
        }
        before = Some(c);
    }
    None
}

fn found_at(text: &str, start: usize, near: Date) -> Option<Found> {
    let mut reader = Reader { text, at: start };
    let (first, last) = reader.range(near)?;
    let year = first.year.or_else(|| {
        // "30.12.–2.1.2025" begins the year before.
        let year = last.year?;
        Some(if (first.month, first.day) > (last.month, last.day) { year - 1 } else { year })
    });
    let from = resolve(first, year, near.some_months_back())?;
    let to = resolve(last, last.year, from)?;
    (from <= to).then_some(Found { range: start..reader.at, from, to })
}

fn resolve(written: Written, year: Option<u16>, from: Date) -> Option<Date> {
    match year {
        Some(year) => Date::new(year, written.month, written.day),
        None => from.next(written.month, written.day),
    }
}
