//! Blocks of code, with what their fence asks for.

use super::{Kind, Writer};
use crate::{
    fence::{CodeInfo, Start},
    tree::{Element, Node},
};

impl Writer<'_> {
    pub(super) fn code_block(&mut self, info: &CodeInfo, text: &str, at: usize) {
        let mut code = Element::new("code");
        let language = match info.language.as_str() {
            "" => String::new(),
            language => format!("language-{language}"),
        };
        let wrap = if info.wrap { "wrap" } else { "" };
        let class = format!("{language} {wrap}");
        if !class.trim().is_empty() {
            code = code.with("class", class.trim());
        }
        if let Some(steps) = &info.numbers {
            code = code.with("data-line-numbers", steps);
            let first = match info.start {
                Some(Start::At(first)) => first,
                Some(Start::Continued) => self.next_code_line,
                None => 1,
            };
            if first != 1 {
                code = code.with("data-ln-start-from", &first.to_string());
            }
            self.next_code_line = first.saturating_add(text.lines().count() as u32);
        }
        let pre = self.numbered(Element::new("pre"), at);
        self.open_as(pre, Kind::Markdown);
        let text = self.literal(text);
        let code = self.push(Node::Element(code));
        self.tree.append(code, text);
        self.close();
    }
}
