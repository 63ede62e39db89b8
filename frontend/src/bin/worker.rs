//! The render worker: keeps a copy of the text and turns it into slides, away from the page.
//!
//! If Markdown makes the parser fail or takes it too long, this instance dies and the page
//! starts another; neither the editor nor the connection notices.

#[path = "../render_protocol.rs"]
mod render_protocol;
#[path = "worker/slide_comment.rs"]
mod slide_comment;

use collab::doc::TextEdit;
use deck::{FrontMatter, LiveDeck, Tracker};
use js_sys::{Array, JSON};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use render_protocol::{
    Answer, Change, Command, FixInfo, LineEdit, ProblemInfo, Request, SectionInfo, Severity, Shown,
    SlideInfo, TextChange,
};
use slide_comment::set_attributes;

/// What a frame has to know to draw the deck, besides the slides.
#[derive(PartialEq, Serialize)]
struct Config<'a> {
    theme: &'a Option<String>,
    options: &'a std::collections::BTreeMap<String, deck::OptionValue>,
    lang: &'a Option<String>,
    dir: &'a Option<deck::Direction>,
    logo: Option<&'a String>,
    footer: Option<&'a String>,
}

#[derive(Default)]
struct Worker {
    deck: LiveDeck,
    /// Follows what is presented, and where the presenter went last.
    presented: Option<(u64, Tracker)>,
    /// As it was sent last.
    config: String,
}

impl Worker {
    /// Answers a request that came at `now`: `[answer as JSON, config or null, slides]`.
    fn answer(&mut self, request: Request, now: u64) -> Array {
        let full = matches!(request.text, TextChange::Reset(_));
        match request.text {
            TextChange::Reset(text) => {
                *self = Self { deck: LiveDeck::new(&text), ..Self::default() };
            }
            TextChange::Edits(edits) => {
                self.edit(&edits.into_iter().map(text_edit).collect::<Vec<_>>(), now);
            }
        }
        self.go_to(request.shown);
        let update = self.deck.update();
        let deck = &self.deck;
        let answer = Answer {
            jump: request.jump,
            full,
            title: deck.title().to_owned(),
            slides: slide_infos(deck),
            sections: deck.sections().into_iter().map(section_info).collect(),
            problems: deck.problems().into_iter().map(problem_info).collect(),
            caret: request.caret.map(|offset| deck.slide_at(offset)),
            shown: self.presented.as_ref().map(|(_, tracker)| tracker.slide()),
            change: request.command.and_then(|command| perform(deck, command)),
        };
        let content = if full { to_js(&deck.html()) } else { to_js(&update.patches) };
        let config = self.changed_config();
        Array::of3(&json(&answer).into(), &config, &content)
    }

    fn edit(&mut self, edits: &[deck::TextEdit], now: u64) {
        match &mut self.presented {
            Some((_, tracker)) => _ = tracker.edit(&mut self.deck, edits, now),
            None => self.deck.edit(edits),
        }
    }

    /// Goes where the presenter is, unless it is there: the slide may have moved since.
    fn go_to(&mut self, shown: Option<Shown>) {
        let Some(Shown { seq, offset }) = shown else { return self.presented = None };
        if self.presented.as_ref().is_none_or(|(before, _)| *before != seq) {
            let mut tracker = Tracker::default();
            tracker.show_at(&self.deck, offset);
            self.presented = Some((seq, tracker));
        }
    }

    fn changed_config(&mut self) -> JsValue {
        let front: &FrontMatter = self.deck.front_matter();
        let config = json(&Config {
            theme: &front.theme,
            options: &front.options,
            lang: &front.lang,
            dir: &front.dir,
            logo: front.extra.get("logo"),
            footer: front.extra.get("footer"),
        });
        if config == self.config {
            return JsValue::NULL;
        }
        self.config = config;
        JSON::parse(&self.config).unwrap_or(JsValue::NULL)
    }
}

fn text_edit(edit: TextEdit) -> deck::TextEdit {
    deck::TextEdit { at: edit.at, delete: edit.delete, insert: edit.insert }
}

fn line_edit(edit: deck::LineEdit) -> LineEdit {
    LineEdit { lines: edit.lines, text: edit.text }
}

/// All slides with their places in the whole text.
fn slide_infos(deck: &LiveDeck) -> Vec<SlideInfo> {
    let (mut line, mut offset) = (0, 0);
    deck.slides()
        .map(|slide| {
            let info = SlideInfo {
                id: 0,
                title: slide.title.to_string(),
                section: slide.section,
                line: line + slide.first_line,
                text_line: line + slide.text_line,
                offset: offset + slide.text_units,
                end: offset + slide.units,
                hidden: slide.hidden,
            };
            line += slide.lines;
            offset += slide.units;
            info
        })
        .collect()
}

fn section_info(section: deck::Section) -> SectionInfo {
    SectionInfo {
        title: section.title,
        first: section.slides.start,
        count: section.slides.end - section.slides.start,
        reporter: section.reporter,
        minutes: section.minutes,
        expected: section.expected,
        no_report: section.no_report,
        asks_who: section.asks_who,
        write_line: section.write_line,
    }
}

fn problem_info(problem: deck::Problem) -> ProblemInfo {
    ProblemInfo {
        // A name without fields travels as a JSON string.
        code: json(&problem.code).trim_matches('"').to_owned(),
        args: problem.args,
        message: problem.message,
        from: problem.lines.start,
        to: problem.lines.end,
        severity: match problem.severity {
            deck::Severity::Error => Severity::Error,
            deck::Severity::Warning => Severity::Warning,
            deck::Severity::Info => Severity::Info,
        },
        fix: problem.fix.map(fix_info),
        other_fix: problem.other_fix.map(fix_info),
    }
}

fn fix_info(fix: deck::Fix) -> FixInfo {
    FixInfo { title: fix.title, edits: fix.edits.into_iter().map(line_edit).collect() }
}

/// What a command does to the text.
fn perform(deck: &LiveDeck, command: Command) -> Option<Change> {
    let command = match command {
        Command::MoveSection { section, before } => deck::Command::MoveSection { section, before },
        Command::MoveSlide { slide, section, place } => {
            deck::Command::MoveSlide { slide, section, place }
        }
        Command::Rename { slide, title } => deck::Command::Rename { slide, title },
        Command::Duplicate { slide } => deck::Command::Duplicate { slide },
        Command::Delete { slide } => deck::Command::Delete { slide },
        Command::NoReport { section } => deck::Command::NoReport { section },
        Command::Report { section } => deck::Command::Report { section },
        Command::Plan { section, minutes } => deck::Command::Plan { section, minutes },
        Command::SetAttributes { slide, attributes } => {
            return set_slide_attributes(deck, slide, &attributes);
        }
    };
    let change = deck.perform(&command)?;
    Some(Change { edits: change.edits.into_iter().map(line_edit).collect(), line: change.line })
}

fn set_slide_attributes(
    deck: &LiveDeck,
    slide: u32,
    attributes: &[(String, String)],
) -> Option<Change> {
    let above: u32 = deck.slides().take(slide as usize).map(|slide| slide.lines).sum();
    let info = deck.slides().nth(slide as usize)?;
    let lines = above + info.first_line..above + info.lines;
    let line = above + info.text_line;
    let edit = set_attributes(&deck.text(), lines, line, attributes);
    Some(Change { edits: vec![edit], line })
}

fn json(value: &impl Serialize) -> String {
    // Plain data with text keys: there is nothing in it that JSON cannot express.
    serde_json::to_string(value).unwrap_or_default()
}

fn to_js<T: Serialize>(value: &T) -> JsValue {
    JSON::parse(&json(value)).unwrap_or_else(|_| Array::new().into())
}

fn main() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let mut worker = Worker::default();
    let out = scope.clone();
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let request = event.data().as_string().and_then(|json| serde_json::from_str(&json).ok());
        if let Some(request) = request {
            let now = out.performance().map_or(0.0, |clock| clock.now()) as u64;
            _ = out.post_message(&worker.answer(request, now));
        }
    });
    scope.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    // The worker lives as long as its page wants it.
    heard.forget();
    // The first message says that it is ready.
    let ready = js_sys::Object::new();
    _ = js_sys::Reflect::set(&ready, &"vocabulary".into(), &to_js(&deck::vocabulary()));
    _ = scope.post_message(&ready);
}
