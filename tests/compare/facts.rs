//! What a slide says, taken from its HTML.

use std::fmt::Debug;

use crate::dom::{Element, Found, Node};

/// Where a slide comes from, for rules that ask.
pub(crate) struct Source<'a> {
    pub(crate) text: &'a str,
    pub(crate) notes: &'a str,
    pub(crate) html: &'a str,
}

/// What a slide says and looks like, whatever its markup.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Facts {
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) notes: String,
    pub(crate) headings: Vec<(String, String)>,
    pub(crate) links: Vec<Link>,
    pub(crate) images: Vec<Picture>,
    pub(crate) items: Vec<Item>,
    pub(crate) paragraphs: usize,
    pub(crate) line_breaks: usize,
    pub(crate) tables: Vec<Vec<Vec<String>>>,
    pub(crate) code: Vec<Code>,
    pub(crate) inline_code: Vec<String>,
    pub(crate) quotes: usize,
    pub(crate) fragments: Vec<[String; 4]>,
    pub(crate) maths: Vec<String>,
    pub(crate) embeds: Vec<String>,
    pub(crate) styles: Vec<String>,
    /// Emphasis, marks, boxes and the like: their element and text.
    pub(crate) marks: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Link {
    pub(crate) url: String,
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Picture {
    pub(crate) url: String,
    pub(crate) others: Vec<(&'static str, String)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) depth: usize,
    pub(crate) is_ordered: bool,
    pub(crate) text: String,
    pub(crate) task: Option<bool>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Code {
    pub(crate) language: String,
    pub(crate) has_numbers: bool,
    pub(crate) wraps: bool,
    pub(crate) text: String,
}

const BLOCKS: [&str; 15] = [
    "p",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "td",
    "th",
    "pre",
    "blockquote",
    "div",
    "dt",
    "dd",
];
/// What is no text of the item that holds it.
const BLOCKS_OF_ITEMS: [&str; 5] = ["ul", "ol", "table", "pre", "blockquote"];
const MARKS: [&str; 14] = [
    "em", "strong", "s", "mark", "ins", "sub", "sup", "abbr", "dt", "dd", "small", "center", "ol",
    "ul",
];

impl Facts {
    /// Reads a slide and its notes.
    pub(crate) fn read(html: &str, notes: &str, attributes: &[(String, String)]) -> Self {
        let slide = Element::read(html);
        let found = slide.all();
        let all = |accept: &dyn Fn(&Element) -> bool| {
            let accepted = found.iter().filter(|found| accept(found.element));
            accepted.map(|found| found.element).collect::<Vec<&Element>>()
        };
        let mut attributes = attributes.to_vec();
        attributes.sort();
        let headings = all(&|e| e.is(&["h1", "h2", "h3", "h4", "h5", "h6"]));
        let links = all(&|e| e.name == "a" && e.get("href").is_some() && !e.has_class("embed"));
        let items = found.iter().filter(|found| found.element.name == "li");
        let code = found.iter().filter(|found| found.element.name == "code");
        let is_block = |found: &&Found<'_>| found.around.last().is_some_and(|e| e.name == "pre");
        Self {
            attributes,
            text: text(&slide),
            notes: text(&Element::read(notes)),
            headings: headings.iter().map(|e| (e.name.clone(), text(e))).collect(),
            links: links.iter().map(|e| Link { url: e.value("href"), text: text(e) }).collect(),
            images: all(&|e| e.name == "img" && !e.has_class("emoji"))
                .into_iter()
                .map(picture)
                .collect(),
            items: items
                .filter(|found| !found.around.iter().any(|e| e.has_class("footnotes")))
                .map(item)
                .collect(),
            paragraphs: all(&|e| e.name == "p" && !text(e).is_empty()).len(),
            line_breaks: all(&|e| e.name == "br").len(),
            tables: all(&|e| e.name == "table").into_iter().map(table).collect(),
            inline_code: code
                .clone()
                .filter(|e| !is_block(e))
                .map(|e| e.element.raw_text())
                .collect(),
            code: code.filter(is_block).map(|found| block_of_code(found.element)).collect(),
            quotes: all(&|e| e.name == "blockquote").len(),
            fragments: all(&|e| e.has_class("fragment"))
                .iter()
                .map(|e| {
                    [e.name.clone(), e.value("class"), e.value("data-fragment-index"), text(e)]
                })
                .collect(),
            maths: all(&|e| e.has_class("math") || e.has_class("mathjax"))
                .iter()
                .map(|e| e.raw_text())
                .collect(),
            embeds: all(&|e| e.has_class("youtube") || e.has_class("vimeo"))
                .iter()
                .map(|e| e.value("class").replace("embed ", ""))
                .collect(),
            styles: all(&|e| e.name == "style").iter().map(|e| e.raw_text()).collect(),
            marks: all(&|e| e.is(&MARKS) || e.has_class("alert"))
                .iter()
                .map(|e| (e.name.clone(), text(e)))
                .collect(),
        }
    }

    /// The fields by name, for comparing and for showing.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        fn shown<T: Debug>(value: &T) -> String {
            format!("{value:?}")
        }
        vec![
            ("attributes", shown(&self.attributes)),
            ("text", self.text.clone()),
            ("notes", self.notes.clone()),
            ("headings", shown(&self.headings)),
            ("links", shown(&self.links)),
            ("images", shown(&self.images)),
            ("list items", shown(&self.items)),
            ("paragraphs", shown(&self.paragraphs)),
            ("line breaks", shown(&self.line_breaks)),
            ("tables", shown(&self.tables)),
            ("code", shown(&self.code)),
            ("inline code", shown(&self.inline_code)),
            ("quotes", shown(&self.quotes)),
            ("fragments", shown(&self.fragments)),
            ("maths", shown(&self.maths)),
            ("embeds", shown(&self.embeds)),
            ("styles", shown(&self.styles)),
            ("marks", shown(&self.marks)),
        ]
    }
}

/// The text that people see, its blanks made one.
fn text(element: &Element) -> String {
    text_without(element, &[])
}

fn text_without(element: &Element, left_out: &[&str]) -> String {
    let mut out = String::new();
    push_text(&mut out, element, left_out);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn push_text(out: &mut String, element: &Element, left_out: &[&str]) {
    for child in &element.children {
        let child = match child {
            Node::Text(text) => {
                out.push_str(text);
                continue;
            }
            Node::Element(child) => child,
        };
        let hidden = ["gutter", "task-list-box", "embed"];
        let is_hidden =
            child.is(&["style", "script"]) || hidden.iter().any(|class| child.has_class(class));
        if is_hidden || child.is(left_out) {
            continue;
        }
        if child.name == "br" {
            out.push(' ');
        } else if child.has_class("emoji") {
            let alt = child.value("alt");
            out.push_str(deck::emoji::find(alt.trim_matches(':')).unwrap_or(&alt));
        }
        push_text(out, child, left_out);
        if child.is(&BLOCKS) {
            out.push(' ');
        }
    }
}

fn picture(image: &Element) -> Picture {
    let others = ["alt", "title", "width", "height", "style"].map(|name| (name, image.value(name)));
    Picture { url: image.value("src"), others: others.to_vec() }
}

fn item(found: &Found<'_>) -> Item {
    let item = found.element;
    let is_ticked =
        |inner: &Found<'_>| inner.element.name == "input" && inner.element.get("checked").is_some();
    let is_done = || item.get("data-task") == Some("done") || item.all().iter().any(is_ticked);
    Item {
        depth: found.around.iter().filter(|e| e.is(&["ul", "ol"])).count(),
        is_ordered: found.around.last().is_some_and(|parent| parent.name == "ol"),
        text: text_without(item, &BLOCKS_OF_ITEMS),
        task: item.has_class("task-list-item").then(is_done),
    }
}

fn table(table: &Element) -> Vec<Vec<String>> {
    let cells = |row: &Element| {
        let cells = row.all().into_iter().filter(|found| found.element.is(&["td", "th"]));
        cells.map(|found| text(found.element)).collect()
    };
    let rows = table.all().into_iter().filter(|found| found.element.name == "tr");
    rows.map(|found| cells(found.element)).collect()
}

fn block_of_code(code: &Element) -> Code {
    let inner = code.all();
    let with_class =
        |class: &str| inner.iter().find(|e| e.element.has_class(class)).map(|e| e.element);
    let classes = code.value("class");
    let language = classes.split_whitespace().filter(|class| !["hljs", "wrap"].contains(class));
    Code {
        language: language.map(|class| class.trim_start_matches("language-")).collect(),
        has_numbers: with_class("gutter").is_some() || code.get("data-line-numbers").is_some(),
        wraps: code.has_class("wrap"),
        text: with_class("code").unwrap_or(code).raw_text(),
    }
}
