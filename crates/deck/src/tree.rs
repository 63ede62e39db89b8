//! A slide as a tree of elements, and how it is written out.
//!
//! Markdown and raw HTML are joined here, so whatever tags an author leaves open or closes twice,
//! the HTML that comes out is balanced.

use std::borrow::Cow;

use crate::html;

/// The place of a node in its tree.
pub(crate) type NodeId = usize;

/// The slide itself; it is not written.
pub(crate) const ROOT: NodeId = 0;

/// A part of a slide.
#[derive(Debug)]
pub(crate) enum Node {
    Element(Element),
    /// Running text: links are found in it, quotes are curled.
    Text(String),
    /// Text that stands as it is: escapes, code, addresses.
    Literal(String),
    /// Text from raw HTML, with its entities.
    Markup(String),
}

/// An element; attribute values are escaped already.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: Cow<'static, str>,
    pub(crate) attributes: Vec<(Cow<'static, str>, String)>,
    pub(crate) children: Vec<NodeId>,
    /// Written by the author as a tag: no blank is put around it, since a blank might be seen.
    pub(crate) is_raw: bool,
}

impl Element {
    pub(crate) fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), attributes: Vec::new(), children: Vec::new(), is_raw: false }
    }

    /// Sets an attribute to a plain value.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.set(Cow::Borrowed(name), html::escape(value));
        self
    }

    /// Sets an attribute to a value that is escaped already.
    pub(crate) fn set(&mut self, name: Cow<'static, str>, value: String) {
        match self.attributes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((name, value)),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The nodes of a slide.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    pub(crate) fn new() -> Self {
        Self { nodes: vec![Node::Element(Element::new(""))] }
    }

    /// Adds a node that is nowhere in the tree yet.
    pub(crate) fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub(crate) fn append(&mut self, parent: NodeId, child: NodeId) {
        if let Some(element) = self.element_mut(parent) {
            element.children.push(child);
        }
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id]
    }

    pub(crate) fn element(&self, id: NodeId) -> Option<&Element> {
        match &self.nodes[id] {
            Node::Element(element) => Some(element),
            _ => None,
        }
    }

    pub(crate) fn element_mut(&mut self, id: NodeId) -> Option<&mut Element> {
        match &mut self.nodes[id] {
            Node::Element(element) => Some(element),
            _ => None,
        }
    }

    pub(crate) fn children(&self, id: NodeId) -> &[NodeId] {
        self.element(id).map_or(&[], |element| &element.children)
    }

    pub(crate) fn take_children(&mut self, id: NodeId) -> Vec<NodeId> {
        self.element_mut(id)
            .map(|element| std::mem::take(&mut element.children))
            .unwrap_or_default()
    }

    pub(crate) fn set_children(&mut self, id: NodeId, children: Vec<NodeId>) {
        if let Some(element) = self.element_mut(id) {
            element.children = children;
        }
    }

    /// Appends running text, joined to the text before it.
    pub(crate) fn push_text(&mut self, parent: NodeId, text: &str) {
        if let Some(&last) = self.children(parent).last()
            && let Node::Text(before) = &mut self.nodes[last]
        {
            before.push_str(text);
            return;
        }
        let id = self.add(Node::Text(text.to_owned()));
        self.append(parent, id);
    }

    /// Writes the whole tree.
    pub(crate) fn write(&self) -> String {
        let mut out = String::with_capacity(self.nodes.len() * 16);
        for &child in self.children(ROOT) {
            self.write_node(child, &mut out);
        }
        out.truncate(out.trim_end().len());
        out
    }

    /// Recursion is bounded, since no element is opened deeper than [`crate::writer::MAX_DEPTH`].
    fn write_node(&self, id: NodeId, out: &mut String) {
        let element = match &self.nodes[id] {
            Node::Text(text) | Node::Literal(text) => return html::push_escaped(out, text),
            // A line end between blocks is there already.
            Node::Markup(text) if text.trim().is_empty() && out.ends_with('\n') => return,
            Node::Markup(text) => return out.push_str(text),
            Node::Element(element) => element,
        };
        let stands_alone = html::is_block(&element.name) && !element.is_raw;
        if stands_alone && element.name != "pre" && !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out.push('<');
        out.push_str(&element.name);
        for (name, value) in &element.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            out.push_str(value);
            out.push('"');
        }
        out.push('>');
        if !html::is_void(&element.name) {
            if element.name == "style" {
                let mut css = String::new();
                self.push_raw_text(id, &mut css);
                out.push_str(&html::clean_style(&css));
            } else {
                for &child in &element.children {
                    self.write_node(child, out);
                }
            }
            out.push_str("</");
            out.push_str(&element.name);
            out.push('>');
        }
        if stands_alone {
            out.push('\n');
        }
    }

    fn push_raw_text(&self, id: NodeId, out: &mut String) {
        for &child in self.children(id) {
            match &self.nodes[child] {
                Node::Text(text) | Node::Literal(text) | Node::Markup(text) => out.push_str(text),
                Node::Element(_) => self.push_raw_text(child, out),
            }
        }
    }
}
