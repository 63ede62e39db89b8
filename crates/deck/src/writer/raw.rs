//! Raw HTML and comments within Markdown: tags are paired here, so none is left open.

use std::collections::HashMap;

use super::{Kind, MAX_DEPTH, Open, Writer, prompts};
use crate::{
    agenda, attributes, html,
    prepare::{self, Container, Mark},
    tags::{self, Token},
    tree::{Element, Node, NodeId, ROOT, Tree},
};

impl Writer<'_> {
    /// Reads raw HTML; `at` is where it stands if it is a block.
    pub(super) fn raw(&mut self, html: &str, at: Option<usize>) {
        let depth = self.open.len();
        for (offset, token) in tags::tokens(html) {
            match token {
                Token::Text(text) => {
                    self.push(Node::Markup(html::escape_markup(text)));
                }
                Token::Style(css) => {
                    self.push(Node::Literal(css.to_owned()));
                }
                Token::Comment(comment) => self.comment(comment, at),
                Token::Open { name, attributes } => {
                    let mut element = Element::new(name);
                    element.is_raw = true;
                    if let Some(at) = at.filter(|_| self.open.len() <= depth && self.number_lines) {
                        let below = html[..offset].matches('\n').count();
                        let line = (self.line_at(at) + below).to_string();
                        element = element.with("data-line", &line);
                    }
                    for (key, value) in attributes {
                        element.set(key.into(), value);
                    }
                    self.open_tag(element);
                }
                Token::Close(name) => self.close_tag(&name),
            }
        }
    }

    pub(super) fn open_tag(&mut self, element: Element) {
        let name = element.name.to_string();
        if let Some((ended, barriers)) = html::implied_end(&name) {
            for (index, open) in self.open.iter().enumerate().rev() {
                let Kind::Raw { name, .. } = &open.kind else { break };
                if ended.contains(&name.as_str()) {
                    self.open.truncate(index);
                    break;
                }
                if barriers.contains(&name.as_str()) {
                    break;
                }
            }
        }
        if html::is_void(&name) {
            self.push(Node::Element(element));
        } else if self.open.len() < MAX_DEPTH {
            self.open_as(element, Kind::Raw { name, ends: false });
        }
    }

    pub(super) fn end_raw_paragraph(&mut self) {
        if matches!(self.open.last(), Some(Open { kind: Kind::Raw { name, .. }, .. }) if name == "p")
        {
            self.open.pop();
        }
    }

    /// Closes the innermost open tag of this name. An end tag without one is left out.
    pub(super) fn close_tag(&mut self, wanted: &str) {
        let mut within_markdown = false;
        for index in (0..self.open.len()).rev().take(2 * MAX_DEPTH) {
            match &mut self.open[index].kind {
                Kind::Raw { name, ends } if name == wanted => {
                    if within_markdown {
                        *ends = true;
                    } else {
                        self.open.truncate(index);
                    }
                    return;
                }
                Kind::Raw { .. } => {}
                Kind::Container => return,
                Kind::Markdown | Kind::Marks(_) => within_markdown = true,
            }
        }
    }

    pub(super) fn comment(&mut self, comment: &str, at: Option<usize>) {
        match prepare::container_of(comment) {
            Some(Mark::Open(number)) => self.open_container(number, at.unwrap_or_default()),
            Some(Mark::Close) => self.close_container(),
            None => match at.filter(|_| self.asks_agenda && agenda::is_asked_by(comment)) {
                Some(at) => self.place_agenda(at),
                None if prompts::is_prompt(comment) => self.prompts.push(self.current()),
                None => self.set_attributes(comment),
            },
        }
    }

    /// Makes a place for the agenda, the first time it is asked for.
    fn place_agenda(&mut self, at: usize) {
        self.asks_agenda = false;
        let element = self.numbered(Element::new("div").with("class", "agenda"), at);
        let element = self.push(Node::Element(element));
        let place = self.tree.add(Node::Markup(agenda::PLACE.to_owned()));
        self.tree.append(element, place);
    }

    pub(super) fn open_container(&mut self, number: usize, at: usize) {
        let Some(Container { kind, title }) = self.containers.get(number).cloned() else { return };
        if kind == "spoiler" {
            let details = self.numbered(Element::new("details").with("class", "spoiler"), at);
            self.open_as(details, Kind::Container);
            let summary = self.push(Node::Element(Element::new("summary")));
            self.tree.push_text(summary, &title);
        } else {
            let class = format!("alert alert-{kind}");
            let element = Element::new("div").with("class", &class).with("role", "note");
            let element = self.numbered(element, at);
            self.open_as(element, Kind::Container);
        }
    }

    pub(super) fn close_container(&mut self) {
        for index in (0..self.open.len()).rev().take(2 * MAX_DEPTH) {
            match self.open[index].kind {
                Kind::Container => {
                    let container = self.open[index].node;
                    self.open.truncate(index);
                    return self.finish_container(container);
                }
                Kind::Raw { .. } => {}
                Kind::Markdown | Kind::Marks(_) => return,
            }
        }
    }

    /// Makes paragraphs of bare text in a container: a list without blank lines has none, but what
    /// stands in a container is no item's line.
    pub(super) fn finish_container(&mut self, container: NodeId) {
        let children = self.tree.take_children(container);
        let mut done: Vec<NodeId> = Vec::with_capacity(children.len());
        let mut paragraph = None;
        for child in children {
            let is_block = match self.tree.node(child) {
                Node::Element(element) => html::is_block(&element.name) || element.is_raw,
                Node::Markup(text) => !text.is_empty(),
                Node::Text(_) | Node::Literal(_) => false,
            };
            if is_block {
                paragraph = None;
                done.push(child);
                continue;
            }
            let paragraph = *paragraph.get_or_insert_with(|| {
                done.push(self.tree.add(Node::Element(Element::new("p"))));
                done[done.len() - 1]
            });
            self.tree.append(paragraph, child);
        }
        self.tree.set_children(container, done);
    }

    /// Keeps what a comment asks for until it is known what stands before it.
    fn set_attributes(&mut self, comment: &str) {
        let Some(attributes) = attributes::of_element(comment) else { return };
        let place = self.push(Node::Markup(String::new()));
        self.comments.insert(place, attributes);
    }
}

/// Sets what comments ask for the element before them, else for the one around them.
pub(super) fn apply_comments(
    tree: &mut Tree,
    id: NodeId,
    comments: &HashMap<NodeId, Vec<(String, String)>>,
) {
    if comments.is_empty() {
        return;
    }
    let mut target = id;
    for child in tree.children(id).to_vec() {
        if let Some(attributes) = comments.get(&child) {
            if target != ROOT
                && let Some(element) = tree.element_mut(target)
            {
                for (name, value) in attributes {
                    element.set(name.clone().into(), html::escape(value));
                }
            }
            continue;
        }
        apply_comments(tree, child, comments);
        let is_target = tree.element(child).is_some_and(|element| {
            element.name != "br"
                && !["tag-user", "tag-time", "color"].contains(&element.get("class").unwrap_or(""))
        });
        if is_target {
            target = child;
        }
    }
}
