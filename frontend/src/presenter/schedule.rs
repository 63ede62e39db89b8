//! What is planned and what has passed: the arithmetic of the agenda, without a clock or a screen.

/// A section in the agenda.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Part {
    /// Minutes that are planned for it.
    pub(crate) planned: Option<f32>,
    /// Milliseconds that were spent in it.
    pub(crate) spent: u64,
}

/// Where a section is in the talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Still to come.
    Next,
    /// On now, in time.
    Now,
    /// On now, and all of its time is used up.
    Warn,
    /// On now, and far beyond its time.
    Over,
    /// It has had its turn.
    Done,
}

/// Titles that the server had to cut are at least so long, in bytes.
const SHORTEST_CUT: usize = 16;

/// From this share of the planned time on a section is far beyond it, in percent.
const FAR_BEYOND: u64 = 120;

impl State {
    /// Whether it is the section that is shown.
    pub(crate) fn is_on(self) -> bool {
        matches!(self, Self::Now | Self::Warn | Self::Over)
    }

    /// What style sheets and tests call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Now => "now",
            Self::Warn => "warn",
            Self::Over => "over",
            Self::Done => "done",
        }
    }
}

impl Part {
    /// Its planned time in milliseconds.
    pub(crate) fn planned_ms(self) -> Option<u64> {
        self.planned.map(|minutes| (f64::from(minutes) * 60_000.0) as u64)
    }

    /// Its state; `on` says whether it is the section that is shown.
    pub(crate) fn state(self, on: bool) -> State {
        let used = match self.planned_ms() {
            Some(planned) if planned > 0 => self.spent * 100 / planned,
            _ => 0,
        };
        match (on, used) {
            (true, FAR_BEYOND..) => State::Over,
            (true, 100..) => State::Warn,
            (true, _) => State::Now,
            (false, _) if self.spent > 0 => State::Done,
            (false, _) => State::Next,
        }
    }
}

/// How long the talk still takes as planned, in milliseconds: what the section that is on has left,
/// and all behind it. `None` if nothing is planned.
pub(crate) fn remaining(parts: &[Part], on: usize) -> Option<u64> {
    if parts.iter().all(|part| part.planned.is_none()) {
        return None;
    }
    let left = |part: &Part| Some(part.planned_ms()?.saturating_sub(part.spent));
    Some(parts.iter().skip(on).filter_map(left).sum())
}

/// What was spent in a section. Others may have come and gone since the server said so: then it is
/// known by its title, which the server cuts when it is long.
pub(crate) fn spent(told: &[(String, u64)], index: usize, title: &str) -> u64 {
    let is_this = |(name, _): &&(String, u64)| {
        name == title || name.len() >= SHORTEST_CUT && title.starts_with(&**name)
    };
    let here = told.get(index).filter(is_this);
    here.or_else(|| told.iter().find(is_this)).map_or(0, |(_, spent)| *spent)
}

/// "6:05", or "1:06:05" from an hour on.
pub(crate) fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// Whether a person is one of those who report, whatever the case, the `@` and the spaces.
/// `lowercase` is an argument because only the browser knows all letters.
pub(crate) fn reports(name: &str, reporters: &str, lowercase: impl Fn(&str) -> String) -> bool {
    let bare = |name: &str| {
        lowercase(&name.chars().filter(|c| *c != '@' && !c.is_whitespace()).collect::<String>())
    };
    let name = bare(name);
    !name.is_empty() && reporters.split(',').any(|reporter| bare(reporter) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(planned: f32, spent: u64) -> Part {
        Part { planned: Some(planned), spent: spent * 1000 }
    }

    #[test]
    fn a_section_warns_when_its_time_is_used_up_and_again_far_beyond() {
        let state = |seconds, on| part(5.0, seconds).state(on).name();
        assert_eq!(state(0, false), "next");
        assert_eq!(state(0, true), "now");
        assert_eq!(state(299, true), "now");
        assert_eq!(state(300, true), "warn");
        assert_eq!(state(359, true), "warn");
        assert_eq!(state(360, true), "over");
        assert_eq!(state(360, false), "done");
    }

    #[test]
    fn a_section_without_a_plan_is_never_late() {
        let unplanned = Part { planned: None, spent: 3_600_000 };
        assert_eq!(unplanned.state(true), State::Now);
        assert_eq!(part(0.0, 60).state(true), State::Now);
    }

    #[test]
    fn what_remains_is_the_rest_of_this_section_and_all_behind_it() {
        let parts = [part(5.0, 600), part(3.0, 60), Part { planned: None, spent: 0 }, part(2.5, 0)];
        assert_eq!(remaining(&parts, 1), Some(120_000 + 150_000));
        assert_eq!(remaining(&parts, 3), Some(150_000));
        // Being late costs what was spent, not more: the plan of this section is used up.
        assert_eq!(remaining(&[part(1.0, 90), part(1.0, 0)], 0), Some(60_000));
    }

    #[test]
    fn nothing_planned_means_no_projection() {
        let unplanned = Part { planned: None, spent: 60_000 };
        assert_eq!(remaining(&[unplanned, unplanned], 0), None);
        assert_eq!(remaining(&[], 0), None);
    }

    #[test]
    fn time_spent_stays_with_a_section_that_has_moved() {
        let told = [("Intro".to_owned(), 10), ("Ops".to_owned(), 20), ("Intro".to_owned(), 30)];
        assert_eq!(spent(&told, 0, "Intro"), 10);
        assert_eq!(spent(&told, 2, "Intro"), 30);
        assert_eq!(spent(&told, 3, "Ops"), 20);
        assert_eq!(spent(&told, 1, "New"), 0);
        assert_eq!(spent(&told, 1, "Ops and more"), 0);
        let long = [("A title that is cut".to_owned(), 40)];
        assert_eq!(spent(&long, 0, "A title that is cut somewhere"), 40);
    }

    #[test]
    fn durations_read_as_clocks() {
        assert_eq!(duration(0), "0:00");
        assert_eq!(duration(365_999), "6:05");
        assert_eq!(duration(3_965_000), "1:06:05");
    }

    #[test]
    fn reporters_are_known_without_case_at_and_spaces() {
        let lowercase = |name: &str| name.to_lowercase();
        assert!(reports("Ada Lovelace", "@adalovelace", lowercase));
        assert!(reports("@dan", "carol, Dan", lowercase));
        assert!(!reports("Ada", "Adam", lowercase));
        assert!(!reports(" ", "", lowercase));
    }
}
