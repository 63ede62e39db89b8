//! Links and images.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::{Kind, Writer};
use crate::{
    address, hidden, html, prepare,
    tree::{Element, Node},
};

/// An image whose description is being read.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) url: String,
    pub(super) title: String,
    pub(super) alt: String,
    pub(super) nested: usize,
    pub(super) range: Range<usize>,
}

impl Writer<'_> {
    pub(super) fn link(
        &mut self,
        link_type: LinkType,
        url: &str,
        title: &str,
        range: &Range<usize>,
    ) {
        let url = &*hidden::show(url);
        if html::is_refused(url) {
            let source = prepare::restore(&self.text[range.clone()]);
            let begin = &source[..1];
            let end = ["](", "][", "]", ">"].iter().find_map(|end| source.rfind(end));
            return self.open_as_text(begin, source[end.unwrap_or(source.len())..].to_owned());
        }
        let mut link = Element::new("a");
        let url =
            if link_type == LinkType::Email { format!("mailto:{url}") } else { url.to_owned() };
        if html::is_safe_link(&url) {
            link = link.with("href", &address::encode(&url));
        }
        let title = hidden::show(title);
        let (title, _) = prepare::title_and_size(&title);
        if !title.is_empty() {
            link = link.with("title", title);
        }
        self.open_as(link, Kind::Markdown);
    }

    pub(super) fn event_in_image(&mut self, event: Event<'_>) {
        let Some(image) = &mut self.image else { return };
        match event {
            Event::Start(Tag::Image { .. }) => image.nested += 1,
            Event::End(TagEnd::Image) if image.nested > 0 => image.nested -= 1,
            Event::End(TagEnd::Image) => self.finish_image(),
            Event::Text(text) | Event::Code(text) => image.alt.push_str(&prepare::restore(&text)),
            Event::SoftBreak | Event::HardBreak => image.alt.push(' '),
            _ => {}
        }
    }

    pub(super) fn finish_image(&mut self) {
        let Some(Image { url, title, alt, range, .. }) = self.image.take() else { return };
        let (url, title) = (hidden::show(&url), hidden::show(&title));
        if html::is_refused(&url) && !html::is_safe_source(&url) {
            let source = prepare::restore(&self.text[range]).into_owned();
            return self.tree.push_text(self.current(), &source);
        }
        if !html::is_safe_source(&url) {
            self.push(Node::Literal(alt));
            return;
        }
        let mut image = Element::new("img").with("src", &address::encode(&url)).with("alt", &alt);
        let (title, size) = prepare::title_and_size(&title);
        if !title.is_empty() {
            image = image.with("title", title);
        }
        if let Some((width, height)) = size {
            for (name, side) in [("width", width), ("height", height)] {
                if !side.is_empty() {
                    image = image.with(name, side);
                }
            }
        }
        self.push(Node::Element(image));
    }
}
