//! The minutes of a call as Markdown: who was there, how long it took, what was noted, asked and is left to do.

mod words;

use std::fmt::Write as _;

use deck::LiveDeck;

use crate::projector::StoredTimes;
use crate::store::sections::SectionRecord;
use crate::store::talk::{Call, Message, MessageKind};
use words::Words;

/// What minutes are made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// The text of the deck.
    pub(crate) text: String,
    /// The day of the call: `2024-04-25`.
    pub(crate) date: Option<String>,
    /// The last call.
    pub(crate) call: Option<Call>,
    /// Names of those who said that they were there.
    pub(crate) attendees: Vec<String>,
    /// What is known of the sections besides their text.
    pub(crate) sections: Vec<SectionRecord>,
    /// What was said, and on which slide of the text that is now.
    pub(crate) messages: Vec<(Message, Option<u32>)>,
}

/// A section with all that belongs to it.
struct Part {
    title: String,
    reporter: Option<String>,
    minutes: Option<f32>,
    no_report: bool,
    /// Milliseconds.
    spent: u64,
    tasks: Vec<String>,
}

/// Minutes in one language.
struct Writer<'a> {
    words: &'static Words,
    parts: Vec<Part>,
    /// What was said, with the section that it belongs to.
    said: Vec<(&'a Message, Option<usize>)>,
    out: String,
}

/// Writes the minutes in a language, or in the deck's own.
pub(crate) fn write(facts: &Facts, language: Option<&str>) -> String {
    let deck = LiveDeck::new(&facts.text);
    let words = Words::of(language.or(deck.front_matter().lang.as_deref()).unwrap_or_default());
    let times = facts.call.as_ref().and_then(|call| serde_json::from_str(&call.times).ok());
    let times: StoredTimes = times.unwrap_or_default();
    let sections = deck.sections();
    let titles: Vec<_> = deck.slides().map(|slide| slide.title).collect();
    let section_of = |(message, slide): &(Message, Option<u32>)| {
        // Where the position says nothing the title may: a slide that was cut and pasted.
        let by_title = || titles.iter().position(|title| **title == *message.slide);
        let slide = slide.or_else(|| by_title().map(|index| index as u32))?;
        sections.iter().position(|section| section.slides.contains(&slide))
    };
    let said = facts.messages.iter().map(|said| (&said.0, section_of(said))).collect();
    let parts = parts(facts, &sections, times.sections);
    let mut writer = Writer { words, parts, said, out: String::new() };
    writer.head(deck.title(), facts, times.seen_at);
    writer.attendance(&facts.attendees);
    writer.sections();
    writer.notes();
    writer.questions();
    writer.tasks();
    writer.out
}

fn parts(facts: &Facts, sections: &[deck::Section], mut times: Vec<(String, u64)>) -> Vec<Part> {
    let lines: Vec<&str> = facts.text.split('\n').collect();
    let mut parts: Vec<Part> = Vec::new();
    for section in sections {
        let known = times.iter().position(|(title, _)| *title == section.title);
        let spent = known.map_or(0, |at| times.remove(at).1);
        let range = section.lines.start as usize..(section.lines.end as usize).min(lines.len());
        parts.push(Part {
            title: section.title.clone(),
            reporter: reporter(section, &facts.sections),
            minutes: section.minutes,
            no_report: section.no_report,
            spent,
            tasks: open_tasks(lines.get(range).unwrap_or_default()),
        });
    }
    // What was presented and is not in the deck any more took its time as well.
    let gone = times.into_iter().filter(|(_, spent)| *spent > 0);
    parts.extend(gone.map(|(title, spent)| Part {
        title,
        reporter: None,
        minutes: None,
        no_report: false,
        spent,
        tasks: Vec::new(),
    }));
    parts
}

/// Who reports: who said so, else whom the text names, else who was asked to, as on the board.
fn reporter(section: &deck::Section, records: &[SectionRecord]) -> Option<String> {
    let record = records.iter().find(|record| record.title == section.title);
    let claimed = record.filter(|record| record.principal.is_some());
    let named = |record: &SectionRecord| record.reporter.clone();
    claimed.and_then(named).or_else(|| section.reporter.clone()).or_else(|| record.and_then(named))
}

impl Writer<'_> {
    fn head(&mut self, title: &str, facts: &Facts, seen_at: i64) {
        let title = fill(self.words.title, &[&escape(title)]);
        let mut facts_line: Vec<String> = facts.date.iter().cloned().collect();
        if let Some(call) = &facts.call {
            let millis = call.ended_at.unwrap_or(seen_at) - call.began_at;
            let minutes = ((millis.max(0) + 30_000) / 60_000).to_string();
            facts_line.push(fill(self.words.took, &[&minutes]));
        }
        _ = writeln!(self.out, "# {title}");
        if !facts_line.is_empty() {
            _ = writeln!(self.out, "\n{}", facts_line.join(" · "));
        }
    }

    fn heading(&mut self, text: &str) {
        _ = writeln!(self.out, "\n## {text}\n");
    }

    fn attendance(&mut self, names: &[String]) {
        if names.is_empty() {
            return;
        }
        self.heading(&fill(self.words.attendance, &[&names.len().to_string()]));
        let names: Vec<String> = names.iter().map(|name| escape(name)).collect();
        _ = writeln!(self.out, "{}", names.join(", "));
    }

    fn sections(&mut self) {
        let Words { sections, section, reporter, planned, actual, .. } = self.words;
        self.heading(sections);
        _ = writeln!(self.out, "| {section} | {reporter} | {planned} | {actual} |");
        _ = writeln!(self.out, "|---|---|---:|---:|");
        for part in &self.parts {
            if part.title.is_empty() && part.spent == 0 {
                continue;
            }
            let reporter = part.reporter.as_deref().map_or_else(|| "–".to_owned(), escape);
            let planned = part.minutes.map(|minutes| clock((f64::from(minutes) * 60.0) as u64));
            let spent = (part.spent > 0).then(|| clock(part.spent / 1_000));
            let spent = spent.or_else(|| part.no_report.then(|| self.words.no_report.to_owned()));
            let [planned, spent] = [planned, spent].map(|time| time.unwrap_or_else(|| "–".into()));
            let title = self.name_of(part);
            _ = writeln!(self.out, "| {title} | {reporter} | {planned} | {spent} |");
        }
    }

    fn name_of(&self, part: &Part) -> String {
        match part.title.is_empty() {
            true => self.words.untitled.to_owned(),
            false => escape(&part.title),
        }
    }

    /// Starred messages under their sections, in the deck's order.
    fn notes(&mut self) {
        let is_note = |message: &Message| {
            message.starred_at.is_some() && message.kind == MessageKind::Comment
        };
        let notes: Vec<_> = self.said.iter().copied().filter(|(one, _)| is_note(one)).collect();
        if notes.is_empty() {
            return;
        }
        self.heading(self.words.notes);
        let mut groups: Vec<(String, Vec<&Message>)> = Vec::new();
        for section in (0..self.parts.len()).map(Some).chain([None]) {
            for (message, _) in notes.iter().filter(|(_, of)| *of == section) {
                let heading = self.place(message, section);
                match groups.iter_mut().find(|(known, _)| *known == heading) {
                    Some((_, group)) => group.push(message),
                    None => groups.push((heading, vec![message])),
                }
            }
        }
        for (number, (heading, messages)) in groups.into_iter().enumerate() {
            let gap = if number > 0 { "\n" } else { "" };
            _ = writeln!(self.out, "{gap}### {heading}\n");
            for message in messages {
                let text = item(&message.text);
                _ = writeln!(self.out, "- {text} ({})", self.writer(message));
            }
        }
    }

    /// What a message is about, in words.
    fn place(&self, message: &Message, section: Option<usize>) -> String {
        match section.and_then(|section| self.parts.get(section)) {
            Some(part) => self.name_of(part),
            None => fill(self.words.removed, &[&escape(&message.slide)]),
        }
    }

    fn writer(&self, message: &Message) -> String {
        if message.name.is_empty() { self.words.guest.to_owned() } else { escape(&message.name) }
    }

    fn questions(&mut self) {
        let is_question = |message: &Message| message.kind == MessageKind::Question;
        let (done, open): (Vec<_>, Vec<_>) = (self.said.iter().copied())
            .filter(|(message, _)| is_question(message))
            .partition(|(message, _)| message.done_at.is_some());
        if done.is_empty() && open.is_empty() {
            return;
        }
        self.heading(self.words.questions);
        let mut gap = "";
        for (heading, questions) in [(self.words.answered, done), (self.words.open, open)] {
            if questions.is_empty() {
                continue;
            }
            _ = writeln!(self.out, "{gap}### {heading}\n");
            gap = "\n";
            for (question, section) in questions {
                let (place, text) = (self.place(question, section), item(&question.text));
                _ = writeln!(self.out, "- {place}: {text} ({})", self.writer(question));
            }
        }
    }

    /// What is still to be done, as it stands in the deck.
    fn tasks(&mut self) {
        if self.parts.iter().all(|part| part.tasks.is_empty()) {
            return;
        }
        self.heading(self.words.tasks);
        let mut gap = "";
        for part in self.parts.iter().filter(|part| !part.tasks.is_empty()) {
            _ = writeln!(self.out, "{gap}### {}\n", self.name_of(part));
            gap = "\n";
            for task in &part.tasks {
                _ = writeln!(self.out, "- [ ] {task}");
            }
        }
    }
}

fn fill(text: &str, values: &[&str]) -> String {
    // In one pass: a value may itself look like a place for another.
    let mut parts = text.split("{0}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        filled += values.first().copied().unwrap_or_default();
        filled += part;
    }
    filled
}

/// `2:30`, `1:02:30`
fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// Plain text as an item of a list: further lines stay within it.
fn item(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(escape_line).collect();
    lines.join("  \n  ")
}

fn escape_line(line: &str) -> String {
    let escaped = escape(line.trim());
    // What only means something at the beginning of a line.
    let rest = escaped.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = escaped.len() - rest.len();
    if digits > 0 && rest.starts_with(['.', ')']) {
        return format!("{}\\{rest}", &escaped[..digits]);
    }
    if escaped.starts_with(['#', '-', '+', '=']) { format!("\\{escaped}") } else { escaped }
}

/// Plain text as Markdown that shows it and does nothing. Addresses stay as they are.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(' ') {
        let is_address = word.starts_with("https://") || word.starts_with("http://");
        for c in word.chars() {
            let in_address = is_address && matches!(c, '_' | '~');
            if "\\`*_[]<>|~&$".contains(c) && !in_address {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

/// Items that wait to be done, without comments.
fn open_tasks(lines: &[&str]) -> Vec<String> {
    let mut tasks = Vec::new();
    let mut fence: Option<&str> = None;
    for line in lines {
        let line = line.trim();
        match fence {
            Some(mark) if line.starts_with(mark) => fence = None,
            Some(_) => {}
            None if line.starts_with("```") => fence = Some("```"),
            None if line.starts_with("~~~") => fence = Some("~~~"),
            None => {
                let item =
                    ["- [ ] ", "* [ ] ", "+ [ ] "].iter().find_map(|mark| line.strip_prefix(mark));
                let task = item.map(|task| without_comments(task).trim().to_owned());
                tasks.extend(task.filter(|task| !task.is_empty()));
            }
        }
    }
    tasks
}

fn without_comments(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, comment)) = rest.split_once("<!--") {
        out += before;
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    out + rest
}

#[cfg(test)]
mod tests;
