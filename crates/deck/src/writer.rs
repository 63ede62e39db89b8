//! Turns the Markdown of one slide into HTML.

mod code;
mod footnotes;
mod items;
mod media;
mod prompts;
mod raw;

#[cfg(test)]
mod tests;

use std::{collections::HashMap, ops::Range};

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Tag, TagEnd};

use crate::{
    address, agenda,
    fence::CodeInfo,
    hidden, html, inline, markdown,
    prepare::{self, Container},
    tree::{Element, Node, NodeId, ROOT, Tree},
    typography,
    writer::{footnotes::Footnotes, media::Image},
};

/// What is nested deeper is put here instead. Browsers and sanitisers are slow or worse beyond it.
pub(crate) const MAX_DEPTH: usize = 100;

/// Renders what the audience sees. Blocks say which line they stand on.
pub(crate) fn slide(text: &str, breaks: bool) -> String {
    render(text, breaks, true)
}

/// Renders speaker notes.
pub(crate) fn notes(text: &str, breaks: bool) -> String {
    if text.is_empty() { String::new() } else { render(text, breaks, false) }
}

fn render(text: &str, breaks: bool, number_lines: bool) -> String {
    let asks_agenda = number_lines && agenda::is_asked(text);
    let prepared = prepare::prepare(text);
    let text = prepared.text.as_ref();
    let mut writer = Writer {
        text,
        line_ends: text.match_indices('\n').map(|(at, _)| at).collect(),
        breaks,
        number_lines,
        containers: &prepared.containers,
        asks_agenda,
        tree: Tree::new(),
        open: Vec::new(),
        tables: Vec::new(),
        verbatim: None,
        image: None,
        footnotes: Footnotes::default(),
        next_code_line: 1,
        comments: HashMap::new(),
        prompts: Vec::new(),
        after_term: false,
        is_tight: false,
    };
    for (event, range) in markdown::parser(text).into_offset_iter() {
        writer.event(event, range);
    }
    writer.open.clear();
    let Writer { mut tree, footnotes, comments, prompts, .. } = writer;
    prompts::leave_out(&mut tree, prompts);
    footnotes.finish(&mut tree);
    inline::finish(&mut tree, &prepared.abbreviations);
    typography::curl_quotes(&mut tree);
    raw::apply_comments(&mut tree, ROOT, &comments);
    items::mark_tasks(&mut tree);
    tree.write()
}

/// An element that is still open.
#[derive(Debug)]
struct Open {
    node: NodeId,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Opened by Markdown; only Markdown closes it.
    Markdown,
    /// Marks that turned out to be plain text, with the text that ends them.
    Marks(String),
    /// Opened by a tag. `ends` once its end tag was seen inside a Markdown element above it.
    Raw { name: String, ends: bool },
    /// Opened by `:::`.
    Container,
}

/// Text that is collected whole: code, or raw HTML.
#[derive(Debug)]
struct Verbatim {
    info: Option<CodeInfo>,
    text: String,
    at: usize,
}

#[derive(Debug)]
struct Table {
    alignments: Vec<Alignment>,
    cell: usize,
    in_head: bool,
    has_body: bool,
}

struct Writer<'a> {
    text: &'a str,
    line_ends: Vec<usize>,
    breaks: bool,
    number_lines: bool,
    containers: &'a [Container],
    /// There is a place for an agenda that is still to come.
    asks_agenda: bool,
    tree: Tree,
    open: Vec<Open>,
    tables: Vec<Table>,
    verbatim: Option<Verbatim>,
    image: Option<Image>,
    footnotes: Footnotes,
    next_code_line: u32,
    /// What comments ask for, by the empty nodes that stand in their places.
    comments: HashMap<NodeId, Vec<(String, String)>>,
    /// The elements that prompts stand in.
    prompts: Vec<NodeId>,
    /// A term of a definition list has ended, and no definition has begun.
    after_term: bool,
    /// No blank line lies between that term and its definition.
    is_tight: bool,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        if self.image.is_some() {
            return self.event_in_image(event);
        }
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text, &range),
            Event::Code(code) => {
                let code = self.literal(&prepare::restore(&code));
                self.wrap("code", code);
            }
            Event::InlineMath(tex) => match prepare::own_math(&hidden::show(&tex)) {
                Some(tex) if tex.starts_with("\\(") => self.math("math math-inline", &tex),
                Some(tex) => self.math("math math-display", &tex),
                None => self.math("math math-inline", &format!("\\({tex}\\)")),
            },
            Event::DisplayMath(tex) => {
                self.math("math math-display", &format!("\\[{}\\]", hidden::show(&tex)))
            }
            Event::Html(html) => match &mut self.verbatim {
                Some(verbatim) => verbatim.text.push_str(&html),
                None => self.raw(&prepare::restore(&html), None),
            },
            Event::InlineHtml(html) => self.raw(&prepare::restore(&html), None),
            Event::FootnoteReference(label) => self.footnote_reference(&label),
            Event::SoftBreak if !self.breaks => {
                self.push(Node::Literal("\n".to_owned()));
            }
            Event::SoftBreak | Event::HardBreak => {
                self.push(Node::Element(Element::new("br")));
                self.push(Node::Literal("\n".to_owned()));
            }
            Event::Rule => {
                let rule = self.numbered(Element::new("hr"), range.start);
                self.push(Node::Element(rule));
            }
            // The option for them is not set.
            Event::TaskListMarker(_) => {}
        }
    }

    fn current(&self) -> NodeId {
        self.open.last().map_or(ROOT, |open| open.node)
    }

    fn push(&mut self, node: Node) -> NodeId {
        let id = self.tree.add(node);
        self.tree.append(self.current(), id);
        id
    }

    fn literal(&mut self, text: &str) -> NodeId {
        self.tree.add(Node::Literal(text.to_owned()))
    }

    fn wrap(&mut self, name: &'static str, child: NodeId) -> NodeId {
        let id = self.push(Node::Element(Element::new(name)));
        self.tree.append(id, child);
        id
    }

    fn math(&mut self, class: &str, tex: &str) {
        let tex = self.literal(tex);
        let span = self.wrap("span", tex);
        if let Some(element) = self.tree.element_mut(span) {
            element.set("class".into(), class.to_owned());
        }
    }

    fn line_at(&self, offset: usize) -> usize {
        self.line_ends.partition_point(|end| *end < offset)
    }

    fn numbered(&self, element: Element, offset: usize) -> Element {
        if self.number_lines {
            element.with("data-line", &self.line_at(offset).to_string())
        } else {
            element
        }
    }

    fn open_as(&mut self, element: Element, kind: Kind) {
        if html::is_block(&element.name) {
            self.end_raw_paragraph();
        }
        let node = if self.open.len() < MAX_DEPTH {
            self.push(Node::Element(element))
        } else {
            self.current()
        };
        self.open.push(Open { node, kind });
    }

    fn open_block(&mut self, element: Element, offset: usize) {
        let element = self.numbered(element, offset);
        self.open_as(element, Kind::Markdown);
    }

    fn open_inline(&mut self, name: &'static str) {
        self.open_as(Element::new(name), Kind::Markdown);
    }

    /// Closes the innermost Markdown element, and the tags that were left open inside it.
    fn close(&mut self) {
        while let Some(open) = self.open.pop() {
            match open.kind {
                Kind::Markdown => break,
                Kind::Marks(marks) => {
                    let current = self.current();
                    self.tree.push_text(current, &marks);
                    break;
                }
                Kind::Container => self.finish_container(open.node),
                Kind::Raw { .. } => {}
            }
        }
        while matches!(self.open.last(), Some(Open { kind: Kind::Raw { ends: true, .. }, .. })) {
            self.open.pop();
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        let at = range.start;
        match tag {
            Tag::Paragraph => self.open_block(Element::new("p"), at),
            Tag::Heading { level, .. } => {
                let name = ["h1", "h2", "h3", "h4", "h5", "h6"][(level as usize - 1).min(5)];
                self.open_block(Element::new(name), at);
            }
            Tag::BlockQuote(_) => self.open_block(Element::new("blockquote"), at),
            Tag::CodeBlock(kind) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => CodeInfo::read(&info),
                    CodeBlockKind::Indented => CodeInfo::default(),
                };
                self.verbatim = Some(Verbatim { info: Some(info), text: String::new(), at });
            }
            Tag::HtmlBlock | Tag::MetadataBlock(_) => {
                self.verbatim = Some(Verbatim { info: None, text: String::new(), at });
            }
            Tag::List(None) => self.open_block(Element::new("ul"), at),
            Tag::List(Some(first)) => {
                let list = Element::new("ol");
                let list = if first == 1 { list } else { list.with("start", &first.to_string()) };
                self.open_block(list, at);
            }
            Tag::Item => self.open_block(Element::new("li"), at),
            Tag::FootnoteDefinition(label) => {
                let item = Element::new("li").with("class", "footnote-item");
                let node = self.push(Node::Element(item));
                self.footnotes.define(&label, node);
                self.open.push(Open { node, kind: Kind::Markdown });
            }
            Tag::DefinitionList => self.open_block(Element::new("dl"), at),
            Tag::DefinitionListTitle => self.open_block(Element::new("dt"), at),
            Tag::DefinitionListDefinition => {
                if std::mem::take(&mut self.after_term) {
                    let before =
                        self.text.get(..at).unwrap_or_default().trim_end_matches([':', ' ']);
                    let blank = &before[before.trim_end().len()..];
                    self.is_tight = blank.matches('\n').count() < 2;
                }
                self.open_block(Element::new("dd"), at);
            }
            Tag::Table(alignments) => {
                self.open_block(Element::new("table"), at);
                let table = Table { alignments, cell: 0, in_head: false, has_body: false };
                self.tables.push(table);
            }
            Tag::TableHead => {
                self.open_inline("thead");
                self.table_row(at, true);
            }
            Tag::TableRow => {
                if self.tables.last_mut().is_some_and(|t| !std::mem::replace(&mut t.has_body, true))
                {
                    self.open_inline("tbody");
                }
                self.table_row(at, false);
            }
            Tag::TableCell => self.table_cell(),
            Tag::Emphasis => self.open_inline("em"),
            Tag::Strong => self.open_inline("strong"),
            Tag::Strikethrough => self.open_inline("s"),
            Tag::Subscript => self.open_inline("sub"),
            Tag::Superscript => self.open_inline("sup"),
            Tag::Link { link_type, dest_url, title, .. } => {
                self.link(link_type, &dest_url, &title, &range);
            }
            Tag::Image { dest_url, title, .. } => {
                self.image = Some(Image {
                    url: dest_url.to_string(),
                    title: title.to_string(),
                    alt: String::new(),
                    nested: 0,
                    range,
                });
            }
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::MetadataBlock(_) => {
                let Some(Verbatim { info, text, at }) = self.verbatim.take() else { return };
                match info {
                    Some(info) => self.code_block(&info, &prepare::restore(&text), at),
                    None => self.raw(&prepare::restore(&text), Some(at)),
                }
            }
            TagEnd::TableHead => {
                self.close();
                self.close();
            }
            TagEnd::Table => {
                if self.tables.pop().is_some_and(|table| table.has_body) {
                    self.close();
                }
                self.close();
            }
            TagEnd::DefinitionListTitle => {
                self.after_term = true;
                self.close();
            }
            TagEnd::DefinitionListDefinition => {
                let definition = self.current();
                self.close();
                if self.is_tight {
                    self.tighten(definition);
                }
            }
            _ => self.close(),
        }
    }

    /// Takes the paragraph off a definition that is nothing else.
    fn tighten(&mut self, definition: NodeId) {
        let [only] = self.tree.children(definition) else { return };
        let only = *only;
        if self.tree.element(only).is_some_and(|element| element.name == "p") {
            let children = self.tree.take_children(only);
            self.tree.set_children(definition, children);
        }
    }

    fn text(&mut self, text: &str, range: &Range<usize>) {
        if let Some(verbatim) = &mut self.verbatim {
            return verbatim.text.push_str(text);
        }
        let text = prepare::restore_marks(text);
        let current = self.current();
        if self.tree.element(current).is_some_and(|element| element.name == "style") {
            self.push(Node::Literal(hidden::show(&text).into_owned()));
            return;
        }
        let source = self.text.as_bytes();
        let is_entity = source.get(range.start) == Some(&b'&') && !text.starts_with('&');
        let is_address = self.tree.element(current).is_some_and(|e| e.get("href").is_some())
            && source.get(range.start.wrapping_sub(1)) == Some(&b'<');
        if is_entity {
            self.push(Node::Literal(text.into_owned()));
        } else if is_address {
            self.push(Node::Literal(address::display(&text)));
        } else if range.start > 0
            && source[range.start - 1] == b'\\'
            && text.starts_with(|c: char| c.is_ascii_punctuation())
        {
            // What is escaped is meant as it stands.
            self.push(Node::Literal(text[..1].to_owned()));
            if text.len() > 1 {
                self.tree.push_text(current, &text[1..]);
            }
        } else {
            self.tree.push_text(current, &text);
        }
    }

    /// Opens something that turned out to be plain text: what it begins and what it ends with.
    fn open_as_text(&mut self, begin: &str, end: String) {
        let node = self.current();
        self.tree.push_text(node, begin);
        self.open.push(Open { node, kind: Kind::Marks(end) });
    }

    fn table_row(&mut self, at: usize, in_head: bool) {
        if let Some(table) = self.tables.last_mut() {
            (table.cell, table.in_head) = (0, in_head);
        }
        self.open_block(Element::new("tr"), at);
    }

    fn table_cell(&mut self) {
        let Some(table) = self.tables.last_mut() else { return self.open_inline("td") };
        let cell = Element::new(if table.in_head { "th" } else { "td" });
        let alignment = table.alignments.get(table.cell).copied().unwrap_or(Alignment::None);
        table.cell += 1;
        let cell = match alignment {
            Alignment::None => cell,
            Alignment::Left => cell.with("style", "text-align:left"),
            Alignment::Center => cell.with("style", "text-align:center"),
            Alignment::Right => cell.with("style", "text-align:right"),
        };
        self.open_as(cell, Kind::Markdown);
    }
}
