//! Footnotes: numbered by their first mention, listed at the end of their slide.

use super::Writer;
use crate::tree::{Element, Node, NodeId};

#[derive(Debug, Default)]
pub(super) struct Footnotes {
    /// Labels in the order of their first mention, and how often each was mentioned.
    pub(super) mentioned: Vec<(String, usize)>,
    pub(super) defined: Vec<(String, NodeId)>,
}

impl Writer<'_> {
    pub(super) fn footnote_reference(&mut self, label: &str) {
        let mentioned = &mut self.footnotes.mentioned;
        let index = mentioned.iter().position(|(known, _)| known == label).unwrap_or_else(|| {
            mentioned.push((label.to_owned(), 0));
            mentioned.len() - 1
        });
        mentioned[index].1 += 1;
        let (number, times) = (index + 1, mentioned[index].1);
        let again = if times > 1 { format!(":{}", times - 1) } else { String::new() };
        let link = Element::new("a")
            .with("href", &format!("#fn{number}"))
            .with("id", &format!("fnref{number}{again}"));
        let text = self.literal(&format!("[{number}{again}]"));
        let link = self.tree.add(Node::Element(link));
        self.tree.append(link, text);
        let sup = self.tree.add(Node::Element(Element::new("sup").with("class", "footnote-ref")));
        self.tree.append(sup, link);
        self.tree.append(self.current(), sup);
    }

    pub(super) fn finish_footnotes(&mut self) {
        let Footnotes { mentioned, defined } = std::mem::take(&mut self.footnotes);
        let mut list = Element::new("ol").with("class", "footnotes-list");
        for (index, (label, times)) in mentioned.iter().enumerate() {
            let Some(&(_, item)) = defined.iter().find(|(known, _)| known == label) else {
                continue;
            };
            let number = index + 1;
            let last = self.tree.children(item).last().copied();
            let is_paragraph = |id: &NodeId| self.tree.element(*id).is_some_and(|e| e.name == "p");
            let target = last.filter(is_paragraph).unwrap_or(item);
            for time in 0..*times {
                let again = if time > 0 { format!(":{time}") } else { String::new() };
                let back = Element::new("a")
                    .with("href", &format!("#fnref{number}{again}"))
                    .with("class", "footnote-backref");
                let arrow = self.literal("↩\u{fe0e}");
                let back = self.tree.add(Node::Element(back));
                self.tree.append(back, arrow);
                let blank = self.literal(" ");
                self.tree.append(target, blank);
                self.tree.append(target, back);
            }
            if let Some(element) = self.tree.element_mut(item) {
                element.set("id".into(), format!("fn{number}"));
            }
            list.children.push(item);
        }
        if list.children.is_empty() {
            return;
        }
        self.push(Node::Element(Element::new("hr").with("class", "footnotes-sep")));
        let list = self.tree.add(Node::Element(list));
        let section = Element::new("section").with("class", "footnotes");
        let section = self.push(Node::Element(section));
        self.tree.append(section, list);
    }
}
