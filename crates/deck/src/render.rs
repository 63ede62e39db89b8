//! Renders decks again and again, at the price of the slides that changed.

use std::{collections::HashMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Deck, Slide, writer};

/// A slide as HTML.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlideHtml {
    /// Whether it opens a new column.
    pub column: bool,
    /// The attributes of its section.
    pub attributes: Vec<(String, String)>,
    /// What the audience sees. Blocks carry `data-line`, counted from the slide's first line.
    pub html: Arc<str>,
    /// The speaker notes; empty if there are none.
    pub notes: Arc<str>,
}

/// Renders decks and remembers the slides of the last one.
#[derive(Debug, Default)]
pub struct Renderer {
    breaks: bool,
    bodies: Cache,
    notes: Cache,
}

/// HTML by the Markdown it was made from. A slide's HTML depends on nothing else, so it stays valid
/// when the slide moves.
type Cache = HashMap<String, Arc<str>>;

impl Renderer {
    /// A renderer that remembers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Renders all slides; those whose text was in the last deck are not rendered again.
    pub fn render(&mut self, deck: &Deck) -> Vec<SlideHtml> {
        let breaks = deck.front_matter.breaks;
        if self.breaks != breaks {
            *self = Self { breaks, ..Self::default() };
        }
        let bodies = std::mem::take(&mut self.bodies);
        let mut bodies = Pass { old: bodies, new: &mut self.bodies };
        let notes = std::mem::take(&mut self.notes);
        let mut notes = Pass { old: notes, new: &mut self.notes };
        let render = |slide: &Slide| SlideHtml {
            column: slide.v == 0,
            attributes: slide.attributes.clone(),
            html: bodies.get(&slide.source, |text| writer::slide(text, breaks)),
            notes: notes.get(&slide.notes, |text| writer::notes(text, breaks)),
        };
        deck.slides.iter().map(render).collect()
    }
}

/// One rendering: what is used moves from the old cache to the new one, and the rest is dropped.
struct Pass<'a> {
    old: Cache,
    new: &'a mut Cache,
}

impl Pass<'_> {
    fn get(&mut self, text: &str, render: impl FnOnce(&str) -> String) -> Arc<str> {
        if let Some(html) = self.new.get(text) {
            return Arc::clone(html);
        }
        let (text, html) = match self.old.remove_entry(text) {
            Some(known) => known,
            None => (text.to_owned(), Arc::from(render(text))),
        };
        self.new.insert(text, Arc::clone(&html));
        html
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    #[test]
    fn slides_that_did_not_change_are_not_rendered_again() {
        let mut renderer = Renderer::new();
        let before = renderer.render(&parse("# a\n\n---\n\n# b\n\nnote: n\n\n---\n\n# c"));
        let after =
            renderer.render(&parse("# c\n\n---\n\n# a\n\n---\n\n# b\n\nnote: n\n\n----\n\n# x"));
        // The last slide's text differs by its blank lines only, but it differs.
        assert!(Arc::ptr_eq(&before[1].html, &after[2].html));
        assert!(Arc::ptr_eq(&before[1].notes, &after[2].notes));
        assert!(!after[3].column);
        assert_eq!(renderer.bodies.len(), 4);
        renderer.render(&parse("# z"));
        assert_eq!(renderer.bodies.len(), 1);
    }

    #[test]
    fn a_change_of_breaks_renders_everything_again() {
        let mut renderer = Renderer::new();
        let text = "---\nbreaks: BREAKS\n---\n\na\nb";
        let with = renderer.render(&parse(&text.replace("BREAKS", "true")));
        let without = renderer.render(&parse(&text.replace("BREAKS", "false")));
        assert!(with[0].html.contains("<br>"));
        assert!(!without[0].html.contains("<br>"));
    }
}
