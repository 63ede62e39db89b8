//! Links and images.

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::{Kind, Writer};
use crate::{
    html, prepare,
    tree::{Element, Node},
};

/// An image whose description is being read.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) url: String,
    pub(super) title: String,
    pub(super) alt: String,
    pub(super) nested: usize,
}

impl Writer<'_> {
    pub(super) fn link(&mut self, link_type: LinkType, url: &str, title: &str) {
        let mut link = Element::new("a");
        let url =
            if link_type == LinkType::Email { format!("mailto:{url}") } else { url.to_owned() };
        if html::is_safe_link(&url) {
            link = link.with("href", &html::encode_url(&url));
        }
        let (title, _) = prepare::title_and_size(title);
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
        let Some(Image { url, title, alt, .. }) = self.image.take() else { return };
        if !html::is_safe_source(&url) {
            self.push(Node::Literal(alt));
            return;
        }
        let mut image = Element::new("img").with("src", &html::encode_url(&url)).with("alt", &alt);
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
