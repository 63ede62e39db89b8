//! On which dates the calls of a series are.
//!
//! A series has one call in each of its periods: weeks from Monday to Sunday, pairs of them, months. So a
//! call that was moved to another day of its week does not move the one after it, and is not followed by
//! another one in the same week.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use crate::store::series::{Cadence, WeekOfMonth};

/// The dates of calls from a day on, by when the latest one is or was. None for a series without a cadence.
pub(super) fn dates(
    cadence: Cadence,
    latest: Option<Date>,
    from: Date,
) -> Box<dyn Iterator<Item = Date>> {
    let counts = move |date: &Date| *date >= from;
    match cadence {
        Cadence::Week { day } => Box::new(weeks(1, day.into(), latest, from).filter(counts)),
        Cadence::TwoWeeks { day } => Box::new(weeks(2, day.into(), latest, from).filter(counts)),
        Cadence::Month { day, week } => {
            Box::new(months(day.into(), week, latest, from).filter(counts))
        }
        Cadence::None => Box::new(std::iter::empty()),
    }
}

/// A day in every week, or every other one: counted from the week of the latest call, or else from the
/// first such day.
fn weeks(step: i64, day: Weekday, latest: Option<Date>, from: Date) -> impl Iterator<Item = Date> {
    // The week of the latest call has its call, whatever day that was.
    let (first, had) = match latest {
        Some(latest) => (day_of_week(latest, day), 1),
        None => (on_or_after(from, day), 0),
    };
    // Not week by week from a call that is long ago.
    let days = first.map_or(0, |first| (from - first).get_days());
    let skip = i64::from(days).div_euclid(7 * step).max(had);
    let mut next = first.and_then(|first| first.checked_add((skip * step).weeks()).ok());
    std::iter::from_fn(move || {
        let date = next?;
        next = date.checked_add(step.weeks()).ok();
        Some(date)
    })
}

/// This day of the week that a date is in.
fn day_of_week(date: Date, day: Weekday) -> Option<Date> {
    let days = day.to_monday_zero_offset() - date.weekday().to_monday_zero_offset();
    date.checked_add(days.days()).ok()
}

fn on_or_after(date: Date, day: Weekday) -> Option<Date> {
    if date.weekday() == day { Some(date) } else { date.nth_weekday(1, day).ok() }
}

/// A day in every month that has it: counted from the month after the latest call.
fn months(
    day: Weekday,
    week: WeekOfMonth,
    latest: Option<Date>,
    from: Date,
) -> impl Iterator<Item = Date> {
    let after = latest.and_then(|latest| latest.first_of_month().checked_add(1.month()).ok());
    let mut month = Some(from.first_of_month().max(after.unwrap_or(Date::MIN)));
    std::iter::from_fn(move || {
        loop {
            let first = month?;
            month = first.checked_add(1.month()).ok();
            // Not every month has a fifth one.
            if let Ok(date) = first.nth_weekday_of_month(week.into(), day) {
                return Some(date);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::store::series::Day;

    fn check(cadence: Cadence, latest: Option<Date>, from: Date, expected: &str) {
        let found: Vec<String> =
            dates(cadence, latest, from).take(4).map(|date| date.to_string()).collect();
        assert_eq!(found.join(" "), expected, "{cadence:?} after {latest:?} from {from}");
    }

    fn monthly(day: Day, week: i8) -> Cadence {
        Cadence::Month { day, week: week.try_into().unwrap() }
    }

    const WEEKLY: Cadence = Cadence::Week { day: Day::Thu };
    const FORTNIGHTLY: Cadence = Cadence::TwoWeeks { day: Day::Thu };

    #[test]
    fn a_weekly_call_is_on_its_day_from_today_on() {
        let expected = "2024-04-11 2024-04-18 2024-04-25 2024-05-02";
        check(WEEKLY, None, date(2024, 4, 5), expected);
        check(WEEKLY, None, date(2024, 4, 11), expected);
        check(WEEKLY, Some(date(2024, 4, 4)), date(2024, 4, 5), expected);
        // The latest call is long ago, or today, or planned already.
        check(WEEKLY, Some(date(2023, 1, 5)), date(2024, 4, 11), expected);
        check(WEEKLY, Some(date(2024, 4, 4)), date(2024, 4, 4), expected);
        let later = "2024-05-09 2024-05-16 2024-05-23 2024-05-30";
        check(WEEKLY, Some(date(2024, 5, 2)), date(2024, 4, 5), later);
    }

    #[test]
    fn a_call_that_was_moved_within_its_week_moves_no_other() {
        let expected = "2024-04-18 2024-04-25 2024-05-02 2024-05-09";
        for day in [8, 10, 11, 12, 14] {
            check(WEEKLY, Some(date(2024, 4, day)), date(2024, 4, 8), expected);
        }
    }

    #[test]
    fn every_other_week_keeps_its_rhythm_over_weeks_without_a_call() {
        let expected = "2024-04-25 2024-05-09 2024-05-23 2024-06-06";
        check(FORTNIGHTLY, Some(date(2024, 4, 11)), date(2024, 4, 12), expected);
        check(FORTNIGHTLY, Some(date(2024, 4, 9)), date(2024, 4, 12), expected);
        check(FORTNIGHTLY, Some(date(2024, 3, 14)), date(2024, 4, 12), expected);
        check(FORTNIGHTLY, Some(date(2024, 3, 14)), date(2024, 4, 25), expected);
        // Without any call it begins with the next such day.
        check(FORTNIGHTLY, None, date(2024, 4, 20), expected);
    }

    #[test]
    fn over_the_end_of_a_year_weeks_go_on() {
        let expected = "2024-12-26 2025-01-09 2025-01-23 2025-02-06";
        check(FORTNIGHTLY, Some(date(2024, 12, 12)), date(2024, 12, 13), expected);
    }

    #[test]
    fn a_monthly_call_is_on_the_nth_such_day() {
        let second = "2024-05-14 2024-06-11 2024-07-09 2024-08-13";
        check(monthly(Day::Tue, 2), Some(date(2024, 4, 9)), date(2024, 4, 10), second);
        check(monthly(Day::Tue, 2), None, date(2024, 4, 10), second);
        // Moved within its month.
        check(monthly(Day::Tue, 2), Some(date(2024, 4, 2)), date(2024, 4, 3), second);
        let today = "2024-04-09 2024-05-14 2024-06-11 2024-07-09";
        check(monthly(Day::Tue, 2), None, date(2024, 4, 9), today);
    }

    #[test]
    fn the_last_such_day_of_a_month_may_be_the_fourth_or_the_fifth() {
        let last = "2024-01-31 2024-02-28 2024-03-27 2024-04-24";
        check(monthly(Day::Wed, -1), None, date(2024, 1, 1), last);
        // The 29th of February.
        check(
            monthly(Day::Thu, -1),
            None,
            date(2024, 2, 1),
            "2024-02-29 2024-03-28 2024-04-25 2024-05-30",
        );
    }

    #[test]
    fn months_without_a_fifth_such_day_are_left_out() {
        let fifth = "2024-01-31 2024-05-29 2024-07-31 2024-10-30";
        check(monthly(Day::Wed, 5), None, date(2024, 1, 1), fifth);
    }

    #[test]
    fn without_a_cadence_there_is_no_date() {
        check(Cadence::None, Some(date(2024, 4, 4)), date(2024, 4, 5), "");
    }

    #[test]
    fn at_the_end_of_all_dates_it_ends() {
        check(WEEKLY, Some(Date::MAX), date(2024, 4, 5), "");
        check(WEEKLY, None, Date::MAX, "");
        check(monthly(Day::Mon, 1), Some(Date::MAX), Date::MAX, "");
    }
}
