//! Where things are in the deck as it was rendered last.

use crate::i18n::t;
use crate::render_protocol::{Answer, SlideInfo};

impl Answer {
    /// Number of the slide with an id.
    pub(crate) fn number_of(&self, id: u32) -> Option<u32> {
        self.slides.iter().position(|slide| slide.id == id).map(|number| number as u32)
    }

    /// A slide by its number.
    pub(crate) fn slide(&self, number: u32) -> Option<&SlideInfo> {
        self.slides.get(number as usize)
    }

    /// Number of the slide that holds a line.
    pub(crate) fn slide_at_line(&self, line: u32) -> u32 {
        (self.slides.partition_point(|slide| slide.line <= line) as u32).saturating_sub(1)
    }

    /// Number of the slide that holds a position of the text, in UTF-16 units.
    pub(crate) fn slide_at_offset(&self, offset: u32) -> u32 {
        let before = self.slides.partition_point(|slide| slide.end <= offset);
        before.min(self.slides.len().saturating_sub(1)) as u32
    }

    /// A slide's title, or what stands for one.
    pub(crate) fn title_of(&self, number: u32) -> &str {
        let title = self.slide(number).map_or("", |slide| &slide.title);
        if title.is_empty() { t().untitled } else { title }
    }

    /// "Team Ops 2/4": the section of a slide and the place in it.
    pub(crate) fn place_in_section(&self, number: u32) -> String {
        let section =
            self.slide(number).and_then(|slide| self.sections.get(slide.section as usize));
        match section {
            Some(section) if section.count > 1 => {
                let title = if section.title.is_empty() { t().untitled } else { &section.title };
                format!("{title} {}/{}", number + 1 - section.first, section.count)
            }
            Some(section) if !section.title.is_empty() => section.title.clone(),
            _ => t().untitled.to_owned(),
        }
    }
}
