//! Raw HTML and comments within Markdown: tags are paired here, so none is left open.

use super::{Kind, Open, Writer};
use crate::{
    attributes, html,
    prepare::{self, Container, Mark},
    tags::{self, Token},
    tree::{Element, Node, NodeId, ROOT},
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
        } else {
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
        for index in (0..self.open.len()).rev() {
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
            None => self.set_attributes(comment),
        }
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
        for index in (0..self.open.len()).rev() {
            match self.open[index].kind {
                Kind::Container => return self.open.truncate(index),
                Kind::Raw { .. } => {}
                Kind::Markdown | Kind::Marks(_) => return,
            }
        }
    }

    /// Sets what a comment asks for the element before it, else for the one around it.
    pub(super) fn set_attributes(&mut self, comment: &str) {
        let Some(attributes) = attributes::of_element(comment) else { return };
        let current = self.current();
        let is_element = |id: &NodeId| self.tree.element(*id).is_some_and(|e| e.name != "br");
        let before = self.tree.children(current).iter().rev().copied().find(is_element);
        let target = before.unwrap_or(current);
        if target == ROOT {
            return;
        }
        if let Some(element) = self.tree.element_mut(target) {
            for (name, value) in attributes {
                element.set(name.into(), html::escape(&value));
            }
        }
    }
}
