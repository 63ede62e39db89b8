//! Chat that somebody typed into a slide, outside of any list.
//!
//! A line is chat if several things say so at once: where it stands, and how it speaks. What only
//! sounds friendly, such as a question to the audience, is left alone.

use std::ops::Range;

use crate::{
    edit::LineEdit,
    lint::{Code, Problem, Slide, item},
    prose, title,
};

/// Points that make chat of a line right below a list item, which therefore belongs to the item.
const BELOW_ITEM: i32 = 2;
/// Points that make chat of the last paragraph of a slide with a list.
const LAST_PARAGRAPH: i32 = 3;
/// Points that make chat of any other paragraph.
const ANYWHERE: i32 = 4;

const SMILEYS: &str = ":-)|;-)|:-D|:-(|:-P|:-p|;)|:)|:D|;D|:P|:p|:(|xD|XD|^^|:-/|:o)";
const EMOJI: &str = "\
    😂|🤣|😅|😉|😜|😄|😆|🙈|😁|🙃|😊|🙂|😇|:joy:|:wink:|:rofl:|:laughing:|:sweat_smile:|:see_no_evil:|\
    :grin:";
/// Words of chat, and what one says to those who write along; one of them says as much as a smiley.
const CHAT: &str = "\
    lol|rofl|lmao|haha|hahaha|hehe|hihi|hmm|hm|btw|imho|imo|afaik|brb|thx|oops|ups|wtf|omg|\
    huch|naja|asdf|sorry|mist|gell|uff|\
    can someone|can somebody|can anybody|could someone|could somebody|hang on|hold on|\
    wait a|let me|scroll up|scroll down|go back|go to slide|next slide|mute yourself|\
    stop typing|do not delete|don't delete|ignore this|just testing|just a test|\
    can you hear|can you see|can't hear|should i|one sec|one moment|who wrote|who deleted|\
    who typed|are you there|kann jemand|könnte jemand|weiß jemand|hat jemand|wer hat|\
    wer schreibt|nicht löschen|bitte nicht|moment mal|bin gleich|komme gleich|keine ahnung|\
    no idea|schreibt hier|nur ein test|wo sind wir|where are we";
/// What one asks of somebody with "mal" behind it.
const IMPERATIVES: &str = "\
    mach|macht|schau|schaut|guck|guckt|kuck|geh|geht|sag|sagt|nimm|gib|lass|lasst|warte|\
    wart|wartet|klick|drück|probier|versuch|frag|lies|stell|schreib|tu|komm|zeig|scroll";
const FIRST_PERSON: &str = "i|i'm|i'll|i've|i'd|me|ich|mich|mir|mein|meine|meinen|meinem|meiner";
const SECOND_PERSON: &str = "\
    du|dich|dir|dein|deine|deinen|deinem|kannst|bist|hast|magst|könntest|willst|musst|\
    machst|hörst|\
    can you|could you|are you|did you|do you|have you|will you|would you|you guys";
/// What one speaks of while all look at the same page.
const SITUATION: &str = "\
    slide mode|slidemode|edit mode|this slide|diese folie|dieser folie|the pad|im pad|\
    das pad|markdown|preview|vorschau|bildschirm|mikro|unmute|muted|cursor";
/// How slides end, and what they invite to, is no chat however friendly it is.
const INVITATIONS: &str = "\
    question|fragen|thank|danke|welcome|willkommen|feedback|contact|kontakt|join us|see you|\
    register|anmeld|macht mit";

/// Whether any line may be one of a paragraph.
pub(crate) fn may_be_on(slide: &Slide<'_>) -> bool {
    slide.shown.iter().any(|line| {
        !line.starts_with([' ', '\t', '#', '>', '|', '<', ':'])
            && !line.starts_with("![")
            && item(line).is_none()
            && line.contains(char::is_alphabetic)
    })
}

/// What is longer is a paragraph of its own kind, in bytes; it would be read again for each phrase.
const MAX_CHAT: usize = 2_000;

/// Looks for chat on a slide.
pub(crate) fn check(slide: &Slide<'_>, prose: &str, problems: &mut Vec<Problem>) {
    let lines: Vec<&str> = prose.split('\n').collect();
    let kinds: Vec<Kind> =
        slide.shown.iter().enumerate().map(|(at, line)| Kind::of(line, &lines, at)).collect();
    let end = slide.lines.iter().rposition(|line| !line.trim().is_empty()).map_or(1, |at| at + 1);
    let mut at = 0;
    while at < kinds.len() {
        let length = kinds[at..].iter().take_while(|kind| **kind == Kind::Text).count();
        // Between paragraphs there is nothing to be looked for, however many lines that is.
        if length > 0
            && let Some(chat) = chat(&lines, &kinds, at..at + length)
        {
            problems.push(problem(slide, chat, end));
        }
        at += length.max(1);
    }
}

/// What a line is to this check.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Blank,
    /// The first line of a list item, or one that is indented below it.
    Item,
    Text,
    /// A picture without words.
    Picture,
    Other,
}

impl Kind {
    fn of(line: &str, prose: &[&str], at: usize) -> Self {
        let text = line.trim();
        let said =
            prose.get(at).copied().unwrap_or_default().trim_matches([prose::BLOT, ' ', '\t']);
        let below = prose.get(at + 1).copied().unwrap_or_default();
        if text.is_empty() {
            Self::Blank
        } else if item(line).is_some() || line.starts_with([' ', '\t']) {
            Self::Item
        } else if said.starts_with("![") && !said.contains(prose::BLOT) && text.ends_with(')') {
            Self::Picture
        } else if said.is_empty()
            || text.starts_with(['#', '>', '|', '<', ':'])
            || title::level(line, below).is_some()
            || said.chars().all(|c| !c.is_alphabetic())
        {
            Self::Other
        } else {
            Self::Text
        }
    }
}

/// The lines of a paragraph that are chat, if any are.
fn chat(lines: &[&str], kinds: &[Kind], run: Range<usize>) -> Option<Range<usize>> {
    let is_below_item = run.start > 0 && kinds[run.start - 1] == Kind::Item;
    let mut above = kinds[..run.start].iter().rev();
    let last_above = above.find(|kind| !matches!(kind, Kind::Blank | Kind::Picture));
    let is_last = kinds[run.end..].iter().all(|kind| matches!(kind, Kind::Blank | Kind::Picture));
    let needed = match last_above {
        _ if is_below_item => BELOW_ITEM,
        Some(Kind::Item) if is_last => LAST_PARAGRAPH,
        _ => ANYWHERE,
    };
    let points = |at: usize| {
        let goes_on = is_below_item && at == run.start && continues(lines[at - 1], lines[at]);
        points(lines[at]) - i32::from(goes_on)
    };
    let first = run.clone().find(|at| points(*at) >= needed)?;
    if needed < ANYWHERE {
        return Some(run);
    }
    let last = run.clone().rev().find(|at| points(*at) >= needed)?;
    Some(first..last + 1)
}

/// Whether a line reads like the rest of the sentence above it.
fn continues(above: &str, line: &str) -> bool {
    let ends = above.trim_end().ends_with(['.', '!', '?', ':', ')', '…', prose::BLOT]);
    !ends && line.trim_start().starts_with(char::is_lowercase)
}

/// How much a line speaks like chat.
fn points(line: &str) -> i32 {
    if line.len() > MAX_CHAT {
        return 0;
    }
    let lower = line.to_lowercase().replace('’', "'");
    let mut spaced = String::from(" ");
    for word in lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty()) {
        spaced.push_str(word);
        spaced.push(' ');
    }
    let asks = spaced.split_once(" mal ").is_some_and(|(before, _)| {
        before.split(' ').rev().take(4).any(|word| IMPERATIVES.split('|').any(|it| it == word))
    });
    let text = line.trim_end_matches([' ', '\t', prose::BLOT]);
    let found = [
        (has_smiley(line), 2),
        (says(&spaced, CHAT) || asks, 2),
        (says(&spaced, FIRST_PERSON), 1),
        (says(&spaced, SECOND_PERSON), 1),
        (says(&spaced, SITUATION), 1),
        (text.contains("...") || text.contains('…'), 1),
        (text.ends_with('?'), 1),
        (text.contains("!!") || text.contains("??"), 1),
        (INVITATIONS.split('|').any(|word| lower.contains(word)), -2),
        (has_label(text), -2),
    ];
    found.into_iter().filter(|(is_so, _)| *is_so).map(|(_, points)| points).sum()
}

/// Whether words that stand between single blanks are those of one of the phrases.
fn says(words: &str, phrases: &str) -> bool {
    phrases.split('|').any(|phrase| {
        words.match_indices(phrase).any(|(at, _)| {
            words[..at].ends_with(' ') && words[at + phrase.len()..].starts_with(' ')
        })
    })
}

fn has_smiley(line: &str) -> bool {
    // A smiley may be next to the end of a sentence.
    let is_mark = |c: char| ".!?…,".contains(c);
    let is_smiley = |word: &str| {
        SMILEYS.split('|').any(|smiley| {
            let rest = word.strip_suffix(smiley).or_else(|| word.strip_prefix(smiley));
            rest.is_some_and(|rest| rest.ends_with(is_mark) || rest.chars().all(is_mark))
        })
    };
    EMOJI.split('|').any(|emoji| line.contains(emoji))
        || line.split([' ', '\t', prose::BLOT]).any(is_smiley)
}

/// Whether the line begins with a label, such as `Registration:`.
fn has_label(text: &str) -> bool {
    /// The words of a label are few.
    const WORDS: usize = 3;
    text.split_once(": ").is_some_and(|(label, _)| {
        label.starts_with(|c: char| c.is_uppercase() || c == '*')
            && label.split_whitespace().count() <= WORDS
    })
}

/// Names the chat, and offers to move it where only its authors see it, or to remove it. `end` is behind
/// the last line of the slide that is not blank.
fn problem(slide: &Slide<'_>, chat: Range<usize>, end: usize) -> Problem {
    let said: String = slide.shown[chat.start].trim().to_owned();
    let mut problem = Problem::new(Code::StrayText, chat.start, [said]);
    problem.lines.end = chat.end as u32;
    let is_blank = |at: usize| slide.lines.get(at).is_none_or(|line| line.trim().is_empty());
    // Of two blank lines around it, one goes as well.
    let is_apart = chat.start > 0 && is_blank(chat.start - 1) && is_blank(chat.end);
    let gone = chat.start - usize::from(is_apart)..chat.end;
    let mut notes = Vec::new();
    if slide.lines.len() == slide.shown.len() {
        notes.extend(["".to_owned(), "note:".to_owned()]);
    }
    notes.extend(slide.shown[chat.clone()].iter().map(|line| line.trim().to_owned()));
    let title = "Move it to the notes";
    let problem = if end == chat.end {
        problem.with_fix(title, [LineEdit::replace(gone.clone(), notes)])
    } else {
        let moved = LineEdit::replace(end..end, notes);
        problem.with_fix(title, [LineEdit::replace(gone.clone(), Vec::new()), moved])
    };
    problem.with_other_fix("Remove it", vec![LineEdit::replace(gone, Vec::new())])
}
