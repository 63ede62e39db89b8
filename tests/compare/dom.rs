//! HTML as a tree, read as browsers read it.

use html5ever::{
    ParseOpts, QualName, local_name, ns, parse_fragment,
    tendril::{StrTendril, TendrilSink},
};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// A part of a slide.
pub(crate) enum Node {
    Text(String),
    Element(Element),
}

/// An element and what it holds.
#[derive(Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Node>,
}

/// An element and the elements around it, the outermost first.
#[derive(Clone)]
pub(crate) struct Found<'a> {
    pub(crate) element: &'a Element,
    pub(crate) around: Vec<&'a Element>,
}

impl Element {
    /// Reads what stands within a slide.
    pub(crate) fn read(html: &str) -> Self {
        let context = QualName::new(None, ns!(html), local_name!("div"));
        let parser = parse_fragment(RcDom::default(), ParseOpts::default(), context, vec![], false);
        let dom = parser.one(StrTendril::from(html));
        let mut root = Self::default();
        for top in dom.document.children.borrow().iter() {
            root.children.extend(top.children.borrow().iter().filter_map(convert));
        }
        root
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of an attribute; empty if there is none.
    pub(crate) fn value(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    pub(crate) fn has_class(&self, class: &str) -> bool {
        self.get("class").is_some_and(|known| known.split_whitespace().any(|known| known == class))
    }

    pub(crate) fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str())
    }

    /// All elements within this one, in the order of the text.
    pub(crate) fn all(&self) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        self.collect(&[], &mut found);
        found
    }

    fn collect<'a>(&'a self, around: &[&'a Element], found: &mut Vec<Found<'a>>) {
        for child in &self.children {
            let Node::Element(child) = child else { continue };
            found.push(Found { element: child, around: around.to_vec() });
            let inner: Vec<&Element> = around.iter().copied().chain([child]).collect();
            child.collect(&inner, found);
        }
    }

    /// The text of all that is within, as it stands.
    pub(crate) fn raw_text(&self) -> String {
        let text = |node: &Node| match node {
            Node::Text(text) => text.clone(),
            Node::Element(element) => element.raw_text(),
        };
        self.children.iter().map(text).collect()
    }
}

fn convert(node: &Handle) -> Option<Node> {
    match &node.data {
        NodeData::Text { contents } => Some(Node::Text(contents.borrow().to_string())),
        NodeData::Element { name, attrs, .. } => Some(Node::Element(Element {
            name: name.local.to_string(),
            attributes: attrs
                .borrow()
                .iter()
                .map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string()))
                .collect(),
            children: node.children.borrow().iter().filter_map(convert).collect(),
        })),
        _ => None,
    }
}
