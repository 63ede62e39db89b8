//! The render worker: keeps a copy of the text and turns it into slides, away from the page.
//!
//! If Markdown makes the parser fail or takes it too long, this instance dies and the page
//! starts another; neither the editor nor the connection notices.

#[path = "../render_protocol.rs"]
mod render_protocol;

use collab::doc::apply_edits;
use deck::{Deck, Renderer, SlideHtml, SlidePatch, outline, parse, patch, slide_at_line};
use js_sys::{Array, JSON};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use render_protocol::{Answer, Change, ProblemInfo, Request, SectionInfo, SlideInfo};

/// What a frame has to know to draw the deck, besides the slides.
#[derive(PartialEq, Serialize)]
struct Config<'a> {
    theme: &'a Option<String>,
    options: &'a std::collections::BTreeMap<String, deck::OptionValue>,
    lang: &'a Option<String>,
    dir: &'a Option<deck::Direction>,
}

#[derive(Default)]
struct Worker {
    text: String,
    renderer: Renderer,
    slides: Vec<SlideHtml>,
    /// As it was sent last.
    config: String,
}

impl Worker {
    /// Answers a request: `[answer as JSON, config or null, slides]`.
    fn answer(&mut self, request: Request) -> Array {
        let full = match request.change {
            Change::Reset(text) => {
                *self = Self { text, ..Self::default() };
                true
            }
            Change::Edits(edits) => {
                apply_edits(&mut self.text, &edits);
                false
            }
        };
        let deck = parse(&self.text);
        let slides = self.renderer.render(&deck);
        let at = |offset: Option<u32>| {
            let line = line_at(&self.text, offset?);
            Some(slide_at_line(&deck.slides, line) as u32)
        };
        let answer = Answer {
            jump: request.jump,
            full,
            title: deck.title.clone(),
            slides: slide_infos(&deck, &self.text),
            sections: sections(&deck),
            problems: deck
                .problems
                .iter()
                .map(|problem| ProblemInfo {
                    message: problem.message.clone(),
                    line: problem.lines.start,
                })
                .collect(),
            caret: at(request.caret),
            shown: at(request.shown),
        };
        let content = if full {
            to_js(&slides)
        } else {
            to_js::<Vec<SlidePatch>>(&patch(&self.slides, &slides))
        };
        self.slides = slides;
        let config = self.changed_config(&deck);
        Array::of3(&json(&answer).into(), &config, &content)
    }

    fn changed_config(&mut self, deck: &Deck) -> JsValue {
        let front = &deck.front_matter;
        let config = json(&Config {
            theme: &front.theme,
            options: &front.options,
            lang: &front.lang,
            dir: &front.dir,
        });
        if config == self.config {
            return JsValue::NULL;
        }
        self.config = config;
        JSON::parse(&self.config).unwrap_or(JsValue::NULL)
    }
}

fn sections(deck: &Deck) -> Vec<SectionInfo> {
    outline(deck)
        .into_iter()
        .map(|section| SectionInfo {
            title: section.title,
            first: section.slides.start,
            count: section.slides.end - section.slides.start,
        })
        .collect()
}

/// All slides with the place of their first line that is not blank, found in one pass.
fn slide_infos(deck: &Deck, text: &str) -> Vec<SlideInfo> {
    let mut lines = Lines::new(text);
    deck.slides
        .iter()
        .map(|slide| {
            while lines.number < slide.lines.start && lines.step() {}
            while lines.is_blank() && lines.number + 1 < slide.lines.end && lines.step() {}
            SlideInfo {
                title: slide.title.clone(),
                section: slide.section,
                line: slide.lines.start,
                text_line: lines.number,
                offset: lines.offset,
            }
        })
        .collect()
}

/// Goes through a text line by line, counting UTF-16 units. Lines end with `\n`, `\r\n` or `\r`.
struct Lines<'a> {
    number: u32,
    offset: u32,
    rest: &'a str,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self { number: 0, offset: 0, rest: text }
    }

    fn is_blank(&self) -> bool {
        self.rest.split(['\n', '\r']).next().is_none_or(|line| line.trim().is_empty())
    }

    /// To the start of the next line, if there is one.
    fn step(&mut self) -> bool {
        let Some(end) = self.rest.find(['\n', '\r']) else { return false };
        let bytes = if self.rest[end..].starts_with("\r\n") { end + 2 } else { end + 1 };
        let (line, rest) = self.rest.split_at(bytes);
        self.offset += units(line);
        self.number += 1;
        self.rest = rest;
        true
    }
}

/// The line that holds a position.
fn line_at(text: &str, offset: u32) -> u32 {
    let mut lines = Lines::new(text);
    let mut line = 0;
    while lines.step() && lines.offset <= offset {
        line = lines.number;
    }
    line
}

fn units(text: &str) -> u32 {
    if text.is_ascii() { text.len() as u32 } else { text.encode_utf16().count() as u32 }
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
            _ = out.post_message(&worker.answer(request));
        }
    });
    scope.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    // The worker lives as long as its page wants it.
    heard.forget();
    _ = scope.post_message(&"ready".into());
}
