//! Series of calls: when the next one is, what it is called, and what its deck begins as.

mod cadence;
pub(crate) mod naming;
pub(crate) mod plan;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::store::series::Series;

/// How many dates are suggested for a new call.
const SUGGESTED: usize = 4;

/// What a clock in a time zone shows at a moment in Unix milliseconds; `None` when there is no such zone.
pub(crate) fn clock(now: i64, zone: &str) -> Option<DateTime> {
    let zone = TimeZone::get(zone).ok()?;
    Some(zone.to_datetime(Timestamp::from_millisecond(now).ok()?))
}

/// The moment at which a clock in a time zone shows this. Of a time that is skipped when clocks go forward,
/// the moment as if they had not; of one that comes twice when they go back, the first.
pub(crate) fn instant(at: DateTime, zone: &str) -> Option<Timestamp> {
    let zone = TimeZone::get(zone).ok()?;
    zone.to_ambiguous_timestamp(at).compatible().ok()
}

/// The next dates of calls, by when the latest one is or was and by what the clock shows there. Today counts
/// until the time of the call is over.
pub(crate) fn coming(series: &Series, latest: Option<DateTime>, clock: DateTime) -> Vec<Date> {
    let from =
        if clock.time() <= series.time { Some(clock.date()) } else { clock.date().tomorrow().ok() };
    let Some(from) = from else { return Vec::new() };
    let latest = latest.map(DateTime::date);
    cadence::dates(series.cadence, latest, from).take(SUGGESTED).collect()
}

/// The date that is suggested first: the next one of the cadence, or else the first day from today on that
/// is later than the latest call.
pub(crate) fn suggested(series: &Series, latest: Option<DateTime>, clock: DateTime) -> Date {
    let after = latest.and_then(|latest| latest.date().tomorrow().ok());
    let free = after.map_or(clock.date(), |after| after.max(clock.date()));
    coming(series, latest, clock).first().copied().unwrap_or(free)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use crate::store::series::{Cadence, Day};

    fn series(cadence: Cadence) -> Series {
        let (name, zone) = ("Call".to_owned(), "Europe/Berlin".to_owned());
        Series { name, cadence, time: time(14, 5, 0, 0), zone }
    }

    fn millis(at: &str) -> i64 {
        at.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn a_call_is_at_the_same_time_of_day_in_summer_and_in_winter() {
        for (at, zone, expected) in [
            (date(2024, 3, 28).at(14, 5, 0, 0), "Europe/Berlin", "2024-03-28T13:05:00Z"),
            (date(2024, 4, 4).at(14, 5, 0, 0), "Europe/Berlin", "2024-04-04T12:05:00Z"),
            (date(2024, 10, 31).at(14, 5, 0, 0), "Europe/Berlin", "2024-10-31T13:05:00Z"),
            (date(2024, 7, 4).at(9, 0, 0, 0), "America/New_York", "2024-07-04T13:00:00Z"),
            (date(2024, 7, 4).at(9, 0, 0, 0), "Asia/Kathmandu", "2024-07-04T03:15:00Z"),
            // Skipped, and twice.
            (date(2024, 3, 31).at(2, 30, 0, 0), "Europe/Berlin", "2024-03-31T01:30:00Z"),
            (date(2024, 10, 27).at(2, 30, 0, 0), "Europe/Berlin", "2024-10-27T00:30:00Z"),
        ] {
            assert_eq!(instant(at, zone).unwrap().to_string(), expected, "{at} {zone}");
        }
        assert_eq!(instant(date(2024, 4, 4).at(14, 5, 0, 0), "Europe/Atlantis"), None);
        assert_eq!(clock(0, "Europe/Atlantis"), None);
    }

    #[test]
    fn today_counts_until_the_time_of_the_call_is_over_where_it_is() {
        let weekly = series(Cadence::Week { day: Day::Thu });
        let next = |now| {
            let clock = clock(millis(now), &weekly.zone).unwrap();
            coming(&weekly, None, clock)[0]
        };
        assert_eq!(next("2024-04-25T12:05:00Z"), date(2024, 4, 25));
        assert_eq!(next("2024-04-25T12:06:00Z"), date(2024, 5, 2));
        // Thursday there, Wednesday in Greenwich.
        assert_eq!(next("2024-04-24T22:30:00Z"), date(2024, 4, 25));
        assert_eq!(next("2024-04-25T22:30:00Z"), date(2024, 5, 2));
    }

    #[test]
    fn without_a_cadence_the_first_free_day_is_suggested() {
        let none = series(Cadence::None);
        let clock = date(2024, 4, 25).at(9, 0, 0, 0);
        assert_eq!(coming(&none, None, clock), []);
        assert_eq!(suggested(&none, None, clock), date(2024, 4, 25));
        assert_eq!(
            suggested(&none, Some(date(2024, 4, 1).at(9, 0, 0, 0)), clock),
            date(2024, 4, 25)
        );
        assert_eq!(suggested(&none, Some(clock), clock), date(2024, 4, 26));
        let weekly = series(Cadence::Week { day: Day::Thu });
        assert_eq!(suggested(&weekly, Some(clock), clock), date(2024, 5, 2));
        assert_eq!(coming(&weekly, Some(clock), clock).len(), SUGGESTED);
    }
}
