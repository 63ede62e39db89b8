//! Footnotes: numbered by their first mention, listed at the end of their slide.

use std::collections::HashMap;

use super::Writer;
use crate::tree::{Element, Node, NodeId, ROOT, Tree};

/// Within so many brackets a `^[` may open a footnote; it bounds how deeply they nest.
const MAX_OPEN: usize = 8;

/// What the parser found; `^[…]` is found later, in running text.
#[derive(Debug, Default)]
pub(super) struct Footnotes {
    /// Where a footnote is mentioned, and by what label.
    references: HashMap<NodeId, String>,
    /// The items of the list, which stand where they are defined until they are numbered.
    defined: HashMap<NodeId, String>,
    items: HashMap<String, NodeId>,
    numbered: Vec<Numbered>,
    numbers: HashMap<NodeId, usize>,
}

/// A footnote that is mentioned.
#[derive(Debug)]
struct Numbered {
    item: NodeId,
    times: usize,
}

impl Writer<'_> {
    pub(super) fn footnote_reference(&mut self, label: &str) {
        let id = self.push(Node::Element(Element::new("sup").with("class", "footnote-ref")));
        self.footnotes.references.insert(id, label.to_owned());
    }
}

impl Footnotes {
    pub(super) fn define(&mut self, label: &str, item: NodeId) {
        self.defined.insert(item, label.to_owned());
        self.items.entry(label.to_owned()).or_insert(item);
    }

    /// Numbers all footnotes of a slide and lists them at its end.
    pub(super) fn finish(mut self, tree: &mut Tree) {
        self.visit(tree, ROOT);
        if self.numbered.is_empty() {
            return;
        }
        let mut list = Element::new("ol").with("class", "footnotes-list");
        for (index, Numbered { item, times }) in self.numbered.iter().enumerate() {
            finish_item(tree, *item, index + 1, *times);
            list.children.push(*item);
        }
        let rule = tree.add(Node::Element(Element::new("hr").with("class", "footnotes-sep")));
        tree.append(ROOT, rule);
        let list = tree.add(Node::Element(list));
        let section = tree.add(Node::Element(Element::new("section").with("class", "footnotes")));
        tree.append(section, list);
        tree.append(ROOT, section);
    }

    /// Goes over a slide in the order of its text.
    fn visit(&mut self, tree: &mut Tree, id: NodeId) {
        let children = tree.take_children(id);
        let children = self.cut_inline(tree, children);
        let mut kept = Vec::with_capacity(children.len());
        for child in children {
            let item = self.references.get(&child).and_then(|label| self.items.get(label));
            match item {
                Some(&item) => self.mention(tree, child, item),
                None => self.visit(tree, child),
            }
            if !self.defined.contains_key(&child) {
                kept.push(child);
            }
        }
        tree.set_children(id, kept);
    }

    fn mention(&mut self, tree: &mut Tree, reference: NodeId, item: NodeId) {
        let number = match self.numbers.get(&item) {
            Some(number) => *number,
            None => {
                self.numbered.push(Numbered { item, times: 0 });
                self.numbers.insert(item, self.numbered.len());
                if !self.defined.contains_key(&item) {
                    self.visit(tree, item);
                }
                self.numbers[&item]
            }
        };
        let times = &mut self.numbered[number - 1].times;
        *times += 1;
        let again = again(*times - 1);
        let link = Element::new("a")
            .with("href", &format!("#fn{number}"))
            .with("id", &format!("fnref{number}{again}"));
        let text = tree.add(Node::Literal(format!("[{number}{again}]")));
        let link = tree.add(Node::Element(link));
        tree.append(link, text);
        tree.append(reference, link);
    }

    /// Replaces each `^[…]` among the children of an element by a reference to what stands in it.
    fn cut_inline(&mut self, tree: &mut Tree, children: Vec<NodeId>) -> Vec<NodeId> {
        if !children.iter().any(|child| opens_note(tree, *child)) {
            return children;
        }
        let mut done: Vec<NodeId> = Vec::new();
        // Brackets that are open: where, and whether they open a footnote.
        let mut open: Vec<(usize, bool)> = Vec::new();
        for child in children {
            let Node::Text(text) = tree.node_mut(child) else {
                done.push(child);
                continue;
            };
            let text = std::mem::take(text);
            let mut from = 0;
            for (at, sign) in text.match_indices(['[', ']']) {
                if sign == "[" {
                    let is_note = text[from..at].ends_with('^') && open.len() < MAX_OPEN;
                    let start = if is_note { at - 1 } else { at };
                    push_text(tree, &mut done, &text[from..start]);
                    open.push((done.len(), is_note));
                    done.push(tree.add(Node::Text(text[start..=at].to_owned())));
                    from = at + 1;
                } else if let Some((place, is_note)) = open.pop() {
                    push_text(tree, &mut done, &text[from..at]);
                    from = at;
                    if is_note {
                        let content = done.split_off(place + 1);
                        done.truncate(place);
                        done.push(self.inline_reference(tree, content));
                        from = at + 1;
                    }
                }
            }
            push_text(tree, &mut done, &text[from..]);
        }
        join_texts(tree, done)
    }

    fn inline_reference(&mut self, tree: &mut Tree, content: Vec<NodeId>) -> NodeId {
        let mut paragraph = Element::new("p");
        paragraph.children = content;
        let paragraph = tree.add(Node::Element(paragraph));
        let item = tree.add(Node::Element(Element::new("li").with("class", "footnote-item")));
        tree.append(item, paragraph);
        let reference = tree.add(Node::Element(Element::new("sup").with("class", "footnote-ref")));
        // No label of an author has a line end in it.
        let label = format!("\n{item}");
        self.items.insert(label.clone(), item);
        self.references.insert(reference, label);
        reference
    }
}

fn opens_note(tree: &Tree, id: NodeId) -> bool {
    matches!(tree.node(id), Node::Text(text) if text.contains("^["))
}

fn push_text(tree: &mut Tree, list: &mut Vec<NodeId>, text: &str) {
    if !text.is_empty() {
        list.push(tree.add(Node::Text(text.to_owned())));
    }
}

/// Makes texts that were cut apart one again.
fn join_texts(tree: &mut Tree, nodes: Vec<NodeId>) -> Vec<NodeId> {
    let mut done: Vec<NodeId> = Vec::with_capacity(nodes.len());
    for id in nodes {
        if let (Node::Text(text), Some(&last)) = (tree.node(id), done.last()) {
            let text = text.clone();
            if let Node::Text(before) = tree.node_mut(last) {
                before.push_str(&text);
                continue;
            }
        }
        done.push(id);
    }
    done
}

/// Adds the links back to where a footnote is mentioned.
fn finish_item(tree: &mut Tree, item: NodeId, number: usize, times: usize) {
    let last = tree.children(item).last().copied();
    let is_paragraph = |id: &NodeId| tree.element(*id).is_some_and(|e| e.name == "p");
    let target = last.filter(is_paragraph).unwrap_or(item);
    for time in 0..times {
        let back = Element::new("a")
            .with("href", &format!("#fnref{number}{}", again(time)))
            .with("class", "footnote-backref");
        let arrow = tree.add(Node::Literal("↩\u{fe0e}".to_owned()));
        let back = tree.add(Node::Element(back));
        tree.append(back, arrow);
        let blank = tree.add(Node::Literal(" ".to_owned()));
        tree.append(target, blank);
        tree.append(target, back);
    }
    if let Some(element) = tree.element_mut(item) {
        element.set("id".into(), format!("fn{number}"));
    }
}

fn again(time: usize) -> String {
    if time > 0 { format!(":{time}") } else { String::new() }
}
