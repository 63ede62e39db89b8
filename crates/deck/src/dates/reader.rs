//! Reads one date, or a range of dates, from where it begins.

use super::{Date, ENGLISH, GERMAN};
use crate::characters::tail;

/// A date as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Written {
    pub(super) year: Option<u16>,
    pub(super) month: u8,
    pub(super) day: u8,
}

/// A place in running text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

/// A day of a month, before the month.
#[derive(Clone, Copy)]
struct Day {
    day: u8,
    has_dot: bool,
}

/// The languages that a month has the same name in.
#[derive(Clone, Copy, PartialEq)]
enum Language {
    English,
    German,
    Both,
}

const DASHES: [&str; 4] = ["–", "—", "--", "-"];
/// Words between two dates that make a range of them.
const UNTIL: [&str; 5] = ["bis", "to", "until", "till", "through"];
/// Words between two days of one month.
const AND: [&str; 4] = ["and", "und", "&", "+"];
/// Words before `14.5.` that make it a date.
const BEFORE: &str = "\
    am|vom|zum|ab|bis|seit|dem|den|der|on|from|until|by|und|oder|nächsten|mo|di|mi|do|fr|sa|\
    so|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|sonnabend";
/// Words before `1.2.` that make it something else.
const NUMBERED: &str = "version|v|release|section|abschnitt|kapitel|chapter|punkt|teil|part|nr|no";
/// So many bytes before a number are read; it keeps a long line from being read again for each of its
/// numbers.
const MAX_BEFORE: usize = 100;
/// A year of two digits is at most so far from now.
const SHORT_YEARS_AWAY: u16 = 5;

impl<'a> Reader<'a> {
    /// A date, or two with a dash between them.
    pub(super) fn range(&mut self, near: Date) -> Option<(Written, Written)> {
        if self.is_within_something() {
            return None;
        }
        let (first, last) = self.days(near)?;
        let mut ahead = *self;
        ahead.blanks();
        if first == last && (ahead.eat_any(&DASHES) || ahead.eat_word(&UNTIL)) {
            ahead.blanks();
            if let Some((begin, end)) = ahead.days(near)
                && begin == end
                && comes_after(begin, first)
            {
                self.at = ahead.at;
                return Some((first, end));
            }
        }
        Some((first, last))
    }

    /// A date, or some days of one month.
    fn days(&mut self, near: Date) -> Option<(Written, Written)> {
        let start = self.at;
        let days = self
            .tried(|it| it.year_first().map(|date| (date, date)))
            .or_else(|| self.tried(|it| it.day_first(near)))
            .or_else(|| self.tried(Self::month_first))?;
        let is_whole = !self.rest().starts_with(char::is_alphanumeric) || self.begins_time();
        if !is_whole {
            self.at = start;
        }
        is_whole.then_some(days)
    }

    /// `2024-04-11`, `2024/04/11`
    fn year_first(&mut self) -> Option<Written> {
        let year = self.number(4, 4).filter(|year| is_year(*year))?;
        let mark = if self.eat("-") { "-" } else { "/" };
        if mark == "/" && !self.eat(mark) {
            return None;
        }
        let month = self.number(2, 2)?;
        self.eat(mark).then_some(())?;
        let day = self.number(2, 2)?;
        let date = Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)?;
        // `2024-04-11.md` and `2024-04-11-notes` are files.
        let mut behind = self.rest().chars();
        let is_name = matches!(behind.next(), Some('.' | '-' | '/' | '_'))
            && behind.next().is_some_and(char::is_alphanumeric);
        (!is_name).then_some(Written { year: Some(year), month: date.month, day: date.day })
    }

    /// `14.05.2024`, `14.5.`, `14. Mai`, `14th of May 2024`, `22.–23. Mai`
    fn day_first(&mut self, near: Date) -> Option<(Written, Written)> {
        let start = self.at;
        let first = self.day()?;
        let last = self.tried(|it| it.another_day(first)).unwrap_or(first);
        let is_range = last.day != first.day;
        let (month, year) = if last.has_dot && self.rest().starts_with(|c: char| c.is_ascii_digit())
        {
            self.month_in_digits(start, near)?
        } else {
            self.named_month(start, last)?
        };
        let written = |day: Day| Written { year, month, day: day.day };
        (!is_range || first.day < last.day).then_some((written(first), written(last)))
    }

    /// The second of two days before one month.
    fn another_day(&mut self, first: Day) -> Option<Day> {
        // "22./23. Mai" are two days, "3/4 of May" is a part of it.
        let has_slash = first.has_dot && self.eat("/");
        self.blanks();
        let goes_on =
            has_slash || self.eat_any(&DASHES) || self.eat_word(&UNTIL) || self.eat_word(&AND);
        self.blanks();
        let day = goes_on.then(|| self.day()).flatten()?;
        let mut ahead = *self;
        let has_digits = day.has_dot && ahead.number(1, 2).is_some() && ahead.eat(".");
        (has_digits || self.clone().month().is_some()).then_some(day)
    }

    fn day(&mut self) -> Option<Day> {
        let day = self.number(1, 2).filter(|day| (1..=31).contains(day))?;
        if !self.eat_any(&["st", "nd", "rd", "th"]) {
            // In a list, the dot is written with a backslash.
            let has_dot = self.eat("\\.") || self.eat(".");
            return Some(Day { day: day as u8, has_dot });
        }
        Some(Day { day: day as u8, has_dot: false })
    }

    /// `5.2024`, `05.24` and `5.` behind `14.`
    fn month_in_digits(&mut self, start: usize, near: Date) -> Option<(u8, Option<u16>)> {
        let month = self.number(1, 2).filter(|month| (1..=12).contains(month))?;
        let length = self.at - start;
        (self.eat("\\.") || self.eat(".")).then_some(())?;
        let mut ahead = *self;
        let year = ahead.number(4, 4).filter(|year| is_year(*year)).or_else(|| {
            let year = near.year / 100 * 100 + ahead.number(2, 2)?;
            let is_near = year.abs_diff(near.year) <= SHORT_YEARS_AWAY;
            let is_date = length >= "14.05".len()
                || length >= "14.5".len() && self.has_cue_before(start)
                || is_one_of(BEFORE, &self.word_before(start));
            (is_near && is_date).then_some(year)
        });
        let is_date = match year {
            Some(_) => {
                self.at = ahead.at;
                !self.rest().starts_with(".") || !self.text[self.at + 1..].starts_with(is_digit)
            }
            None => !self.rest().starts_with(is_digit) && self.has_cue(start),
        };
        is_date.then_some((month as u8, year))
    }

    /// The month behind a day, and its year.
    fn named_month(&mut self, start: usize, day: Day) -> Option<(u8, Option<u16>)> {
        let (month, language) = self.month()?;
        let year = self.tried(Self::year);
        // "1. May 14 …" is a list; "14. April 15 Uhr" is a time.
        let mut ahead = *self;
        ahead.blanks();
        let is_numbered = day.has_dot
            && language != Language::German
            && year.is_none()
            && ahead.number(1, 2).is_some()
            && !ahead.begins_hour()
            && self.line_before(start).trim().is_empty();
        (!is_numbered).then_some((month, year))
    }

    /// `May 14`, `May 22-23, 2024`
    fn month_first(&mut self) -> Option<(Written, Written)> {
        let (month, language) = self.month()?;
        if language == Language::German {
            return None;
        }
        let before = self.at;
        self.blanks();
        (self.at > before).then_some(())?;
        let first = self.day_behind_month()?;
        let last = self
            .tried(|it| {
                it.blanks();
                let goes_on = it.eat_any(&DASHES) || it.eat("/") || it.eat_word(&UNTIL);
                it.blanks();
                let day = goes_on.then(|| it.day_behind_month()).flatten()?;
                // "May 22-23 June" is none.
                (day > first && it.clone().month().is_none()).then_some(day)
            })
            .unwrap_or(first);
        let year = self.tried(Self::year);
        let written = |day| Written { year, month, day };
        Some((written(first), written(last)))
    }

    /// A day that is not rather a time, a fraction or a number of things.
    fn day_behind_month(&mut self) -> Option<u8> {
        let day = self.number(1, 2).filter(|day| (1..=31).contains(day))?;
        self.eat_any(&["st", "nd", "rd", "th"]);
        let mut behind = self.rest().chars();
        let is_spoilt = match behind.next() {
            Some(':' | '.' | ',') => behind.next().is_some_and(|c| c.is_ascii_digit()),
            Some('%' | '€' | '$') => true,
            _ => false,
        };
        (!is_spoilt).then_some(day as u8)
    }

    /// The name of a month, with a dot if it is short.
    fn month(&mut self) -> Option<(u8, Language)> {
        self.blanks();
        if self.eat_word(&["of"]) {
            self.blanks();
        }
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let word = &rest[..length];
        let found = month_of(word)?;
        self.at += length;
        if word.chars().count() <= 4 && !self.is_end_of_sentence() {
            _ = self.eat(".");
        }
        Some(found)
    }

    /// Whether the dot here ends a sentence: nothing follows on the line, or something with a capital.
    fn is_end_of_sentence(self) -> bool {
        let behind = self.rest().strip_prefix('.').unwrap_or_default().trim_start();
        !behind.starts_with(|c: char| is_digit(c) || c.is_lowercase() || ",–—-)?".contains(c))
    }

    fn year(&mut self) -> Option<u16> {
        _ = self.eat(",");
        let before = self.at;
        self.blanks();
        (self.at > before).then_some(())?;
        let year = self.number(4, 4).filter(|year| is_year(*year))?;
        let mut behind = self.rest().chars();
        let goes_on = matches!(behind.next(), Some(':' | '.' | ',' | '-'))
            && behind.next().is_some_and(|c| c.is_ascii_digit());
        (!goes_on).then_some(year)
    }

    /// Whether signs before it make this a part of something else: a file's name, an amount, a number.
    fn is_within_something(self) -> bool {
        let mut before = self.text[..self.at].chars().rev();
        match before.next() {
            Some('#' | '+' | '$' | '€' | '£' | '@' | '=' | '%') => true,
            Some('-' | '.' | '/' | '_' | ':' | ',' | '\\') => {
                before.next().is_some_and(char::is_alphanumeric)
            }
            _ => false,
        }
    }

    fn has_cue(self, start: usize) -> bool {
        if is_one_of(NUMBERED, &self.word_before(start)) {
            return false;
        }
        let behind = self.rest();
        let after_blank = behind.trim_start_matches([' ', '\t']);
        self.has_cue_before(start)
            || behind.starts_with([',', ':', ')', '–', '-'])
            || after_blank.len() < behind.len()
                && after_blank.starts_with(|c: char| c.is_lowercase() || is_digit(c) || c == '–')
    }

    fn has_cue_before(self, start: usize) -> bool {
        let marks = ['*', '_', '~', '"', '„', '“', '(', '[', ' ', '\t', '\u{a0}'];
        let before = self.line_before(start).trim_end_matches(marks);
        before.is_empty()
            || before.ends_with([',', ':', ';', '|', '–', '—', '-', '•', '>', '#', '→', ']', '/'])
            || is_one_of(BEFORE, &self.word_before(start))
    }

    /// What stands before on the line, as far as it is near.
    fn line_before(self, start: usize) -> &'a str {
        let before = tail(&self.text[..start], MAX_BEFORE);
        &before[before.rfind('\n').map_or(0, |at| at + 1)..]
    }

    fn word_before(self, start: usize) -> String {
        let before = self.line_before(start).trim_end_matches(|c: char| !c.is_alphabetic());
        let word = before.rfind(|c: char| !c.is_alphabetic());
        before[word.map_or(0, |at| at + 1)..].to_lowercase()
    }

    /// Whether a `T15:00` follows.
    fn begins_time(self) -> bool {
        self.rest().strip_prefix('T').is_some_and(|rest| rest.starts_with(is_digit))
    }

    /// Whether the number before was an hour.
    fn begins_hour(self) -> bool {
        let rest = self.rest().trim_start_matches(' ');
        ["Uhr", "uhr", "h", ":"].iter().any(|word| rest.starts_with(word))
    }

    /// Goes on only if all of it could be read.
    fn tried<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut ahead = *self;
        let found = read(&mut ahead)?;
        *self = ahead;
        Some(found)
    }

    fn rest(self) -> &'a str {
        &self.text[self.at..]
    }

    fn number(&mut self, least: usize, most: usize) -> Option<u16> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        if !(least..=most).contains(&digits) {
            return None;
        }
        let number = self.rest()[..digits].parse().ok()?;
        self.at += digits;
        Some(number)
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len()
            - rest.trim_start_matches(|c: char| c.is_whitespace() && c != '\n' && c != '\r').len();
    }

    fn eat(&mut self, text: &str) -> bool {
        let is_there = self.rest().starts_with(text);
        self.at += if is_there { text.len() } else { 0 };
        is_there
    }

    fn eat_any(&mut self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.eat(text))
    }

    /// A sign, or a word with nothing of a word behind it.
    fn eat_word(&mut self, words: &[&str]) -> bool {
        let found = words.iter().find(|word| {
            let behind = self.rest().strip_prefix(**word);
            let is_sign = !word.starts_with(char::is_alphabetic);
            behind.is_some_and(|behind| is_sign || !behind.starts_with(char::is_alphanumeric))
        });
        found.is_some_and(|word| self.eat(word))
    }
}

/// Whether one date can be behind another: one without a year may be in the next.
fn comes_after(date: Written, other: Written) -> bool {
    match (other.year, date.year) {
        (Some(_), None) => (date.month, date.day) > (other.month, other.day),
        (Some(before), Some(year)) => {
            (year, date.month, date.day) > (before, other.month, other.day)
        }
        (None, _) => (date.month, date.day) != (other.month, other.day),
    }
}

fn is_one_of(words: &str, word: &str) -> bool {
    words.split('|').any(|known| known == word)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn is_year(year: u16) -> bool {
    (1900..2200).contains(&year)
}

/// The month of that name, which is written with a capital.
fn month_of(word: &str) -> Option<(u8, Language)> {
    if !word.starts_with(char::is_uppercase) {
        return None;
    }
    let other = ["Sept", "Mrz", "Jänner"].iter().position(|other| *other == word);
    match other {
        Some(0) => return Some((9, Language::Both)),
        Some(1) => return Some((3, Language::German)),
        Some(_) => return Some((1, Language::German)),
        None => {}
    }
    let is_short = word.chars().count() == 3;
    let is_in = |names: [&str; 12]| {
        names.iter().position(|name| {
            name.eq_ignore_ascii_case(word)
                || is_short && name.get(..word.len()).is_some_and(|n| n.eq_ignore_ascii_case(word))
        })
    };
    let (month, language) = match (is_in(ENGLISH), is_in(GERMAN)) {
        (Some(month), Some(_)) => (month, Language::Both),
        (Some(month), None) => (month, Language::English),
        (None, month) => (month?, Language::German),
    };
    Some((month as u8 + 1, language))
}
