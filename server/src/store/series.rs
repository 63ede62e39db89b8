//! Series of calls, and what a deck is among them.

use std::sync::Arc;

use jiff::civil::{Date, DateTime, Time, Weekday};
use serde::{Deserialize, Serialize};

use super::access::{DeckAccess, DeckLevel, Principal};
use super::pictures::PictureRecord;
use super::{DeckId, DeckRecord, NewDeck, StoreResult};

/// A store of it, shared by all who need it.
pub type SharedSeries = Arc<dyn SeriesStore>;

/// How often calls of a series are, and on which day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "every", rename_all = "kebab-case")]
pub enum Cadence {
    /// Every week.
    Week {
        /// On this day.
        day: Day,
    },
    /// Every other week.
    TwoWeeks {
        /// On this day.
        day: Day,
    },
    /// Once a month.
    Month {
        /// On this day of the week,
        day: Day,
        /// the how-manieth of the month.
        week: WeekOfMonth,
    },
    /// Whenever somebody says so.
    None,
}

/// A day of the week, as `thu`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "days of the week")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl From<Day> for Weekday {
    fn from(day: Day) -> Self {
        match day {
            Day::Mon => Self::Monday,
            Day::Tue => Self::Tuesday,
            Day::Wed => Self::Wednesday,
            Day::Thu => Self::Thursday,
            Day::Fri => Self::Friday,
            Day::Sat => Self::Saturday,
            Day::Sun => Self::Sunday,
        }
    }
}

/// The how-manieth of its kind in a month: 1 to 5, or -1 for the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i8", into = "i8")]
pub struct WeekOfMonth(i8);

impl TryFrom<i8> for WeekOfMonth {
    type Error = &'static str;

    fn try_from(number: i8) -> Result<Self, Self::Error> {
        let is_valid = number == -1 || (1..=5).contains(&number);
        if is_valid { Ok(Self(number)) } else { Err("`week` is 1 to 5, or -1 for the last") }
    }
}

impl From<WeekOfMonth> for i8 {
    fn from(week: WeekOfMonth) -> Self {
        week.0
    }
}

/// A series of calls. Its id is that of the deck that is its template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// What its calls are called.
    pub name: String,
    /// How often they are.
    pub cadence: Cadence,
    /// When they begin, as clocks show it there.
    pub time: Time,
    /// Where "there" is: a name of the IANA time zone database.
    pub zone: String,
}

/// A call of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its deck.
    pub deck: DeckId,
    /// The deck's title.
    pub title: String,
    /// When it is, as clocks show it there.
    pub at: DateTime,
}

/// Where a deck lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// On the list.
    List,
    /// Put away; it stays readable.
    Archive,
    /// Thrown away; it can be taken out again for a while.
    Bin,
}

/// All that a list of decks shows of one, and what decides who sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeckEntry {
    /// What every deck has.
    pub record: DeckRecord,
    /// Since when it is put away.
    pub archived_at: Option<i64>,
    /// Since when it is in the bin.
    pub deleted_at: Option<i64>,
    /// When its call is, as clocks show it there.
    pub call_at: Option<DateTime>,
    /// The series of the call.
    pub series: Option<DeckId>,
    /// The series of which it is the template.
    pub template_of: Option<Series>,
    /// When the last call of that series is.
    pub latest_call: Option<DateTime>,
    /// The time zone of the series, or of the call's.
    pub zone: Option<String>,
    /// Sections that should report.
    pub expected: u32,
    /// Those of them that are ready.
    pub ready: u32,
    /// Who writes them.
    pub reporters: Vec<String>,
    /// What decides about it for the one who asks.
    pub access: DeckAccess,
}

/// What a new deck is for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// This for everybody, and nobody is named.
    Level(DeckLevel),
    /// The same as another deck, for the same people.
    SameAs(DeckId),
}

/// A deck to be made out of another one: whole, or not at all.
#[derive(Debug, Clone)]
pub struct NewCopy {
    /// The deck.
    pub deck: NewDeck,
    /// Who makes it owns it.
    pub owner: Option<Principal>,
    /// What it is for others.
    pub rights: Rights,
    /// The call that it is, of a series.
    pub call: Option<(DeckId, DateTime)>,
    /// Its pictures, whose files are there already.
    pub pictures: Vec<PictureRecord>,
    /// Titles of its sections, and who should write them.
    pub reporters: Vec<(String, String)>,
}

/// Decks among calls, on the list and off it.
pub trait SeriesStore: Send + Sync + 'static {
    /// All decks on a shelf, last changed first, for one who is all of `subjects`, of which the first is
    /// the principal. Whether they may see each is for the caller to say.
    fn entries(&self, shelf: Shelf, subjects: Vec<String>, now: i64)
    -> StoreResult<Vec<DeckEntry>>;
    /// One deck outside the bin, in the same way.
    fn entry(
        &self,
        deck: &DeckId,
        subjects: Vec<String>,
        now: i64,
    ) -> StoreResult<Option<DeckEntry>>;
    /// Puts a deck away, or on the list again. `false` when there is none outside the bin.
    fn set_archived(&self, deck: &DeckId, archived: bool, now: i64) -> StoreResult<bool>;
    /// When the deck's call is, and of which series. `false`, and nothing is changed, when that series has
    /// a call on that date already.
    fn set_call(
        &self,
        deck: &DeckId,
        at: Option<DateTime>,
        series: Option<DeckId>,
    ) -> StoreResult<bool>;
    /// The series of which a deck is the template, unless it has ended.
    fn series(&self, template: &DeckId) -> StoreResult<Option<Series>>;
    /// Begins a series, or changes it.
    fn set_series(&self, template: &DeckId, series: Series, now: i64) -> StoreResult<()>;
    /// Ends a series; its calls stay what they are. `false` when there is none that goes on.
    fn end_series(&self, template: &DeckId, now: i64) -> StoreResult<bool>;
    /// The calls of a series outside the bin, the latest first.
    fn calls(&self, template: &DeckId) -> StoreResult<Vec<Call>>;
    /// Makes a deck with all that belongs to it. `None`, and nothing is made, when its series has a call on
    /// that date already.
    fn make_copy(&self, copy: NewCopy, now: i64) -> StoreResult<Option<DeckRecord>>;
    /// Decks that came into the bin at this time or before.
    fn binned(&self, before: i64) -> StoreResult<Vec<DeckId>>;
    /// Removes a deck that came into the bin at this time or before, with all that belongs to it, and gives
    /// the names of its pictures, whose files are nobody's now. Of these `heirs` names some, each with the
    /// deck whose picture it becomes. `None`, and nothing is removed, when it is
    /// not in the bin for so long.
    fn purge(
        &self,
        deck: &DeckId,
        before: i64,
        heirs: Vec<(String, DeckId)>,
    ) -> StoreResult<Option<Vec<String>>>;
}

/// A date as it stands in the database, and in addresses: `2024-04-25`.
pub fn date_text(date: Date) -> String {
    date.strftime("%Y-%m-%d").to_string()
}

/// A time of a day: `14:05`.
pub fn time_text(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

/// When a call is: `2024-04-25T14:05`.
pub fn call_text(at: DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// Reads what [`call_text`] writes.
pub fn parse_call(text: &str) -> Option<DateTime> {
    DateTime::strptime("%Y-%m-%dT%H:%M", text).ok()
}
