//! Addresses and file names of uploads that landed inside of other text, as when a paste hits a word.

use crate::{
    edit::LineEdit,
    lint::{Code, Problem, Slide},
    prose,
};

/// Files that are uploaded; longer endings first.
const ENDINGS: [&str; 8] = [".jpeg", ".jpg", ".png", ".gif", ".webp", ".svg", ".pdf", ".avif"];
/// The groups of a UUID, in digits.
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
/// The length of a UUID.
const UUID: usize = 36;
/// So many pictures on a line are looked at.
const PICTURES: usize = 32;
/// So much of what was found is told.
const TOLD: usize = 60;

/// Whether there is a picture, the file of one, an address right behind a letter, or a piece of a UUID.
pub(crate) fn may_be_on(slide: &Slide<'_>) -> bool {
    let source = slide.source;
    let is_behind_letter = |(at, _): (usize, &str)| {
        let before =
            source[..at].strip_suffix("https").or_else(|| source[..at].strip_suffix("http"));
        before.is_some_and(|before| before.ends_with(char::is_alphanumeric))
    };
    let is_piece = |(at, _): (usize, &str)| {
        let group = source.as_bytes().get(at + 1..at + 1 + GROUPS[4]);
        group.is_some_and(|group| group.iter().all(u8::is_ascii_hexdigit))
    };
    source.contains("![")
        || ENDINGS.iter().any(|ending| source.contains(ending))
        || source.match_indices("://").any(is_behind_letter)
        || source.match_indices('-').any(is_piece)
}

/// Looks at the text of a slide.
pub(crate) fn check(slide: &Slide<'_>, prose: &str, problems: &mut Vec<Problem>) {
    let mut open = 0;
    for (index, (text, line)) in prose.split('\n').zip(slide.shown).enumerate() {
        if line.trim().is_empty() {
            open = 0;
        }
        if let Some(picture) = Picture::within_word(line, text) {
            let problem = Problem::new(Code::SplicedUrl, index, [told(picture.markup)]);
            let edit = LineEdit::replace(index..index + 1, vec![picture.moved_behind(line)]);
            problems.push(problem.with_fix("Move the picture behind the text", [edit]));
            continue;
        }
        let words = text.split(|c: char| c.is_whitespace() || c == prose::BLOT);
        let mut spliced = None;
        for word in words.filter(|word| !word.is_empty()) {
            spliced = spliced.or_else(|| is_spliced(word, open).then_some(word));
            open += word.matches('(').count();
            open = open.saturating_sub(word.matches(')').count());
        }
        if let Some(word) = spliced.or_else(|| runs_on(line)) {
            problems.push(Problem::new(Code::SplicedUrl, index, [told(word)]));
        }
    }
}

fn told(text: &str) -> String {
    if text.chars().count() <= TOLD {
        return text.to_owned();
    }
    text.chars().take(TOLD - 1).chain(['…']).collect()
}

/// Whether an address, or what is left of one, is a part of this word. So many brackets are open before.
fn is_spliced(word: &str, open: usize) -> bool {
    let scheme = ["http://", "https://"].iter().filter_map(|scheme| word.find(scheme)).min();
    let is_address = scheme.is_some_and(|at| {
        let before = &word[..at];
        before.ends_with(char::is_alphanumeric)
            && !before.starts_with('-')
            && !before.contains(['/', '=', '?', '&'])
    });
    // `…e505a47f4b99.png)`: the end of a target whose beginning is lost.
    let is_end = open == 0
        && !word.contains('(')
        && word.strip_suffix(')').is_some_and(|file| ENDINGS.iter().any(|end| file.ends_with(end)));
    is_address || is_end || has_broken_uuid(word)
}

/// Whether there is a UUID in a word that lacks its beginning, or has letters stuck to it.
fn has_broken_uuid(word: &str) -> bool {
    let hex = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count();
    let dashes = word.match_indices('-').map(|(at, _)| at);
    dashes.into_iter().any(|dash| {
        // From its second group on.
        let mut at = dash;
        for length in &GROUPS[1..] {
            let group = word[at..].strip_prefix('-').map_or(0, hex);
            if group < *length || group > *length && *length < GROUPS[4] {
                return false;
            }
            at += 1 + length;
        }
        let behind = word[at..].chars().next();
        let before = &word[..dash];
        let first = before.bytes().rev().take_while(u8::is_ascii_hexdigit).count();
        let is_apart = !before[..before.len() - first].ends_with(char::is_alphanumeric);
        let is_whole = first == GROUPS[0] && is_apart;
        !is_whole || behind.is_some_and(char::is_alphanumeric)
    })
}

/// An upload's file whose name goes on behind its ending.
fn runs_on(line: &str) -> Option<&str> {
    let dots = line.match_indices('.').map(|(at, _)| at);
    dots.into_iter().find_map(|at| {
        let ending = ENDINGS.iter().find(|ending| line[at..].starts_with(**ending))?;
        let behind = &line[at + ending.len()..];
        let is_upload = is_uuid(line.get(at.checked_sub(UUID)?..at)?);
        if !is_upload || !behind.starts_with(char::is_alphanumeric) {
            return None;
        }
        let start = line[..at].rfind(char::is_whitespace).map_or(0, |blank| blank + 1);
        let length = behind.find(char::is_whitespace).unwrap_or(behind.len());
        Some(&line[start.min(at - UUID)..line.len() - behind.len() + length])
    })
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.len() == GROUPS.len()
        && groups.iter().zip(GROUPS).all(|(group, length)| {
            group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

/// A picture whose Markdown stands in the middle of a word, a code span or another address.
struct Picture<'a> {
    at: usize,
    markup: &'a str,
}

impl<'a> Picture<'a> {
    /// Finds it on a line, of which `prose` is the running text.
    fn within_word(line: &'a str, prose: &str) -> Option<Self> {
        let starts = line.match_indices("![").map(|(at, _)| at).take(PICTURES);
        starts.into_iter().find_map(|at| {
            let target = at + line[at..].find("](")? + 2;
            let length = line[target..].find([')', ' '])?;
            let end = target + line[target..].find(')')? + 1;
            let (before, behind) = (&line[..at], &line[end..]);
            let url = &line[target..target + length];
            let is_code = prose.as_bytes().get(at) == Some(&0);
            let is_between = before.ends_with(char::is_alphanumeric)
                && behind.starts_with(char::is_alphanumeric);
            let is_in_code = is_code
                && is_upload(url)
                && (before.ends_with(char::is_alphanumeric)
                    || behind.starts_with(char::is_alphanumeric))
                && before.contains('`')
                && behind.contains('`');
            let is_in_target = before
                .rsplit_once("](")
                .is_some_and(|(_, rest)| !rest.is_empty() && !rest.contains([')', ' ']));
            let is_spliced = is_between && !is_code || is_in_code || is_in_target;
            is_spliced.then(|| Self { at, markup: &line[at..end] })
        })
    }

    /// The line with the picture at its end.
    fn moved_behind(&self, line: &str) -> String {
        let (before, behind) = (&line[..self.at], &line[self.at + self.markup.len()..]);
        format!("{} {}", format!("{before}{behind}").trim_end(), self.markup)
    }
}

/// Whether an address is that of an upload: a file with a name that nobody gave it.
fn is_upload(url: &str) -> bool {
    let file = url.rsplit('/').next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    url.contains("/uploads/") || url.starts_with("/p/") || is_uuid(stem)
}
