//! A deck as people think of it: slides that are somebody's, whatever stands where.

/// What is on a slide and has been one of its own once: it is known by its number for ever.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) id: u32,
    /// A line each; never empty unless the slide was emptied.
    pub(crate) words: Vec<String>,
}

/// A slide; it has several parts when separators were removed.
#[derive(Debug, Clone)]
pub(crate) struct Slide {
    pub(crate) separator: &'static str,
    pub(crate) parts: Vec<Part>,
}

impl Slide {
    pub(crate) fn new(separator: &'static str, id: u32, words: Vec<String>) -> Self {
        Self { separator, parts: vec![Part { id, words }] }
    }

    pub(crate) fn has(&self, id: u32) -> bool {
        self.parts.iter().any(|part| part.id == id)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.words.is_empty())
    }

    pub(crate) fn words(&self) -> Vec<String> {
        self.parts.iter().flat_map(|part| part.words.clone()).collect()
    }

    pub(crate) fn text(&self) -> String {
        let parts: Vec<String> = self.parts.iter().map(|part| part.words.join("\n")).collect();
        parts.join("\n\n")
    }

    /// Where a line of a part begins in the text of the slide.
    fn line(&self, part: usize, line: usize) -> String {
        let mut above: String =
            self.parts[..part].iter().map(|part| part.words.join("\n") + "\n\n").collect();
        above.extend(self.parts[part].words[..line].iter().map(|word| word.clone() + "\n"));
        above
    }
}

pub(crate) const FRONT_MATTER: &str = "---\ntitle: Talk\n---\n\n";

#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) slides: Vec<Slide>,
}

impl Model {
    pub(crate) fn text(&self) -> String {
        self.above(self.slides.len()) + "\n"
    }

    /// Where the text of a slide begins, in UTF-16 units.
    pub(crate) fn start(&self, slide: usize) -> u32 {
        let separator = if slide == 0 { "" } else { self.slides[slide].separator };
        let between = if slide == 0 { String::new() } else { format!("\n\n{separator}\n\n") };
        units(&(self.above(slide) + &between))
    }

    /// Where it ends.
    pub(crate) fn end(&self, slide: usize) -> u32 {
        self.start(slide) + units(&self.slides[slide].text())
    }

    /// Where a line of a part of a slide begins.
    pub(crate) fn line(&self, slide: usize, part: usize, line: usize) -> u32 {
        self.start(slide) + units(&self.slides[slide].line(part, line))
    }

    /// The number of the slide that something is on.
    pub(crate) fn find(&self, id: u32) -> Option<usize> {
        self.slides.iter().position(|slide| slide.has(id))
    }

    /// The text above the separator of a slide.
    fn above(&self, slide: usize) -> String {
        let mut text = FRONT_MATTER.to_owned();
        for (index, slide) in self.slides[..slide].iter().enumerate() {
            if index > 0 {
                text += &format!("\n\n{}\n\n", slide.separator);
            }
            text += &slide.text();
        }
        text
    }
}

pub(crate) fn units(text: &str) -> u32 {
    text.encode_utf16().count() as u32
}

/// Whether four of five words are the same, both ways.
pub(crate) fn is_alike(a: &[String], b: &[String]) -> bool {
    let mut left = b.to_vec();
    let common = a.iter().filter(|word| {
        let at = left.iter().position(|other| other == *word);
        at.map(|at| left.swap_remove(at)).is_some()
    });
    let common = common.count();
    common * 5 >= a.len() * 4 && common * 5 >= b.len() * 4 && common > 0
}
