//! What a new call begins as: out of the template of its series, and of the call before.

use std::collections::HashMap;

use deck::carry::{self, Item, Values};
use deck::{Code, LiveDeck, Problem};
use jiff::civil::Date;

use super::clock;
use super::naming::{call_title, with_title};

/// A call that is to be made.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// What its series is called.
    pub(crate) name: String,
    /// The text of the template.
    pub(crate) template: String,
    /// When it is.
    pub(crate) date: Date,
    /// The how-manieth it is.
    pub(crate) number: u32,
    /// When the call before was.
    pub(crate) previous: Option<Date>,
    /// What the call before said, and the one before that; only what may be read.
    pub(crate) said: Option<Said>,
}

/// What earlier calls said.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// When the last one was.
    pub(crate) on: Date,
    /// Its text.
    pub(crate) text: String,
    /// The text of the one before.
    pub(crate) before: Option<String>,
    /// Who said that they write a section of the last one, by its title.
    pub(crate) writers: Vec<(String, String)>,
}

/// A section of a new call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedSection {
    /// Its title.
    pub(crate) title: String,
    /// Who reports, as far as that can be told.
    pub(crate) reporter: Option<String>,
}

impl Plan {
    /// What the call is called unless somebody says otherwise: as the template's title says when there is a
    /// date or a number in it, else like the series, with the date.
    pub(crate) fn title(&self) -> String {
        let pattern = crate::title_of(&self.template);
        let differs =
            ["{{date", "{{number", "{{previous"].iter().any(|word| pattern.contains(word));
        if differs {
            crate::title_of(&self.filled(&self.name, &[]))
        } else {
            call_title(&self.name, self.date)
        }
    }

    /// What may be carried over from the call before, on a day.
    pub(crate) fn items(&self, today: Date) -> Vec<Item> {
        let Some(Said { text, before, .. }) = &self.said else { return Vec::new() };
        // A call of the past carries over what was to come at that time.
        let Some(from) = deck_date(today.min(self.date)) else { return Vec::new() };
        carry::find(text, before.as_deref(), &self.template, from)
    }

    /// Its sections that report, and who reported there in the call before.
    pub(crate) fn sections(&self) -> Vec<PlannedSection> {
        let mut last: HashMap<String, String> = HashMap::new();
        if let Some(said) = &self.said {
            // What somebody said of themselves counts more than what the text says of them.
            let writers = said.writers.iter().cloned();
            for (title, reporter) in writers.chain(carry::reporters(&said.text)) {
                last.entry(title.to_lowercase()).or_insert(reporter);
            }
        }
        let last = |title: &str| last.get(&title.to_lowercase()).cloned();
        let sections = LiveDeck::new(&self.filled(&self.name, &[])).sections().into_iter();
        let planned = sections.filter(|section| section.expected).map(|section| PlannedSection {
            reporter: last(&section.title).or(section.reporter),
            title: section.title,
        });
        planned.collect()
    }

    /// The text of the call, with this title and these items.
    pub(crate) fn compose(&self, title: &str, keep: &[Item]) -> String {
        let words = if title == self.title() { &self.name } else { self.without_date(title) };
        let text = self.filled(words, keep);
        let text = if crate::title_of(&text) == title { text } else { with_title(&text, title) };
        self.on_its_day(text)
    }

    /// A first slide that says another day says this one: a deck that became a template had its own.
    fn on_its_day(&self, text: String) -> String {
        let day = crate::store::series::date_text(self.date);
        let is_ours = |problem: &Problem| {
            problem.code == Code::DateMismatch && problem.args.get(1) == Some(&day)
        };
        let wrong = deck::parse(&text).problems.into_iter().find(is_ours);
        match wrong.and_then(|problem| problem.fix) {
            Some(fix) => deck::apply_to_lines(&text, &fix.edits),
            None => text,
        }
    }

    /// What a title says besides the date, which templates put behind it themselves.
    fn without_date<'a>(&self, title: &'a str) -> &'a str {
        let date = crate::store::series::date_text(self.date);
        title.strip_suffix(&date).map_or(title, str::trim_end)
    }

    fn filled(&self, title: &str, keep: &[Item]) -> String {
        let Some(date) = deck_date(self.date) else { return self.template.clone() };
        let values = Values {
            title: title.to_owned(),
            date,
            number: self.number,
            previous: self.previous.and_then(deck_date),
        };
        let on = self.said.as_ref().and_then(|said| deck_date(said.on));
        carry::compose(&self.template, &values, keep, on.unwrap_or(date))
    }
}

/// The text of a deck that is made from a template without being a call of a series.
pub(crate) fn first_call(title: String, template: &str, now: i64) -> String {
    let date = clock(now, "UTC").and_then(|clock| deck_date(clock.date()));
    let Some(date) = date else { return template.to_owned() };
    let values = Values { title, date, number: 1, previous: None };
    carry::compose(template, &values, &[], date)
}

/// A date as decks know it: they have no years before Christ.
fn deck_date(date: Date) -> Option<deck::dates::Date> {
    let year = u16::try_from(date.year()).ok()?;
    deck::dates::Date::new(year, date.month().unsigned_abs(), date.day().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn plan(template: &str) -> Plan {
        Plan {
            name: "Community \"Call\"".to_owned(),
            template: template.to_owned(),
            date: date(2024, 4, 25),
            number: 7,
            previous: Some(date(2024, 4, 11)),
            said: None,
        }
    }

    fn check(template: &str, title: Option<&str>, is_called: &str, text: &str) {
        let plan = plan(template);
        let default = plan.title();
        let composed = plan.compose(title.unwrap_or(&default), &[]);
        assert_eq!(crate::title_of(&composed), is_called, "{composed}");
        assert!(composed.ends_with(text), "{composed}");
    }

    #[test]
    fn a_template_says_what_its_calls_are_called_or_the_series_does() {
        let dated = "---\ntitle: \"{{title}}, {{date}}\"\n---\n# {{title}}";
        check(dated, None, "Community \"Call\", 2024-04-25", "\n# Community \"Call\"");
        let numbered = "# Call {{number}} after {{previous}}";
        check(numbered, None, "Call 7 after 2024-04-11", "# Call 7 after 2024-04-11");
        for plain in ["---\ntitle: Call\n---\n# Hi", "# Hi", "---\ntitle: \"{{title}}\"\n---\n# Hi"]
        {
            check(plain, None, "Community \"Call\" 2024-04-25", "# Hi");
        }
    }

    #[test]
    fn a_first_slide_with_a_day_of_its_own_says_that_of_the_call() {
        let old =
            "---\ntitle: Call 2024-02-01\n---\n\n# Call\n## 2024-02-01\n\n---\n\n# 2024-02-01";
        let said = "# Call\n## 2024-04-25\n\n---\n\n# 2024-02-01";
        check(old, None, "Community \"Call\" 2024-04-25", said);
    }

    #[test]
    fn a_title_that_somebody_chose_is_the_title_whatever_the_template_says() {
        let dated = "---\ntitle: \"{{title}} {{date}}\"\n---\n# {{title}}";
        check(dated, Some("Retro 2024-04-25"), "Retro 2024-04-25", "# Retro");
        check(dated, Some("Retro"), "Retro", "# Retro");
        check("# {{title}}", Some("Retro"), "Retro", "# Retro");
        check("# Hi", Some("Retro: \\o/"), "Retro: \\o/", "# Hi");
    }

    #[test]
    fn who_reports_is_who_said_so_then_who_did_then_who_the_template_names() {
        let mut plan =
            plan("# Hi\n\n---\n\n# Team A\nReport by @ada\n\n---\n\n# Team B\n\n---\n\n# Team C\n");
        let reporters = |plan: &Plan| {
            let sections = plan.sections().into_iter();
            sections.map(|section| section.reporter.unwrap_or_default()).collect::<Vec<_>>()
        };
        assert_eq!(reporters(&plan), ["ada", "", ""]);
        plan.said = Some(Said {
            on: date(2024, 4, 11),
            text: "# TEAM A\nReport by @bob\n\n---\n\n# Team B\nReport by @eve\n".to_owned(),
            before: None,
            writers: vec![("team b".to_owned(), "Grace".to_owned())],
        });
        assert_eq!(reporters(&plan), ["bob", "Grace", ""]);
    }
}
