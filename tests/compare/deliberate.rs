//! Where we mean to differ from the reference, and why.

use crate::facts::{Facts, Source};

/// A deliberate difference.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) reason: &'static str,
    /// Makes both sides equal in what the rule is about; whether there was anything to do.
    pub(crate) forgive: fn(&Source<'_>, &mut Facts, &mut Facts) -> bool,
}

/// All of them. `docs/deck-format.md` has the same list.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        name: "agenda",
        reason: "`<!-- agenda -->` lists the sections of the deck; it is a comment to the reference",
        forgive: |source, want, got| {
            let has_agenda = source.html.contains("<div class=\"agenda\"");
            if has_agenda {
                want.text.clone_from(&got.text);
                want.items.clone_from(&got.items);
                want.marks.clone_from(&got.marks);
            }
            has_agenda
        },
    },
    Rule {
        name: "prompt",
        reason: "A bullet or `Report by` with nothing but a prompt behind it is not shown",
        forgive: |source, want, got| {
            let has_prompt = source.text.contains("<!-- prompt:");
            if has_prompt {
                want.items.retain(|item| !item.text.trim().is_empty());
                for facts in [&mut *want, &mut *got] {
                    let words: Vec<&str> = facts.text.split_whitespace().collect();
                    facts.text = format!("{} ", words.join(" ")).replace("Report by ", "");
                }
                want.marks.retain(|(element, text)| element != "ul" || !text.is_empty());
                want.paragraphs = got.paragraphs;
            }
            has_prompt
        },
    },
    Rule {
        name: "embed",
        reason: "A video is a link within its line; nothing is loaded before it is followed",
        forgive: |_, want, got| {
            if got.embeds.is_empty() {
                return false;
            }
            want.images.retain(|image| !image.url.contains("img.youtube.com"));
            want.paragraphs = got.paragraphs;
            true
        },
    },
    Rule {
        name: "emoji",
        reason: "Emoji are characters, also in notes and for every shortcode; no pictures are loaded",
        forgive: |_, want, got| {
            // On both sides, since code keeps them; that text does not, the probes show.
            let written = |facts: &mut Facts| {
                let mut has_any = false;
                facts.each_text(&mut |text| has_any |= replace_shortcodes(text));
                has_any
            };
            written(want) | written(got)
        },
    },
    Rule {
        name: "file-name",
        reason: "A file name such as README.md is no link",
        forgive: |_, want, got| {
            let before = want.links.len();
            let known = got.links.clone();
            want.links.retain(|link| known.contains(link) || !is_file(&link.url));
            want.links.len() != before
        },
    },
    Rule {
        name: "relative-address",
        reason: "Relative addresses lead somewhere; the reference empties them",
        forgive: |_, want, got| {
            let mut forgiven = false;
            for (want, got) in want.links.iter_mut().zip(&got.links) {
                if want.url.is_empty() && want.text == got.text && !got.url.contains("://") {
                    want.url.clone_from(&got.url);
                    forgiven = true;
                }
            }
            for (want, got) in want.images.iter_mut().zip(&got.images) {
                if want.url.is_empty() && !got.url.contains("://") {
                    want.url.clone_from(&got.url);
                    forgiven = true;
                }
            }
            forgiven
        },
    },
    Rule {
        name: "unsafe-address",
        reason: "Only http, https, mailto and relative addresses can be followed",
        forgive: |_, want, got| {
            let before = want.links.len();
            let known = got.links.clone();
            want.links.retain(|link| {
                let scheme = link.url.split_once(':').map(|(scheme, _)| scheme).unwrap_or("http");
                known.contains(link)
                    || !link.url.is_empty() && ["http", "https", "mailto"].contains(&scheme)
            });
            want.links.len() != before
        },
    },
    Rule {
        name: "bare-domain",
        reason: "A bare domain is a link also right before a tag",
        forgive: |_, want, got| {
            let before = got.links.len();
            let known = want.links.clone();
            got.links
                .retain(|link| known.contains(link) || link.url != format!("http://{}", link.text));
            got.links.len() != before
        },
    },
    Rule {
        name: "media",
        reason: "A <source> within <audio> or <video> counts; the reference shows it as text",
        forgive: |source, want, got| {
            let is_met = source.html.contains("<source");
            if is_met {
                (want.text, want.paragraphs) = (got.text.clone(), got.paragraphs);
            }
            is_met
        },
    },
    Rule {
        name: "image-alt",
        reason: "The description of an image is read without the marks in it",
        forgive: |_, want, got| {
            let bare = |text: &str| text.replace(['*', '_', '~', '=', '+', '\n', ' '], "");
            let mut forgiven = false;
            for (want, got) in want.images.iter_mut().zip(&got.images) {
                for ((_, want), (_, got)) in want.others.iter_mut().zip(&got.others) {
                    if want != got && bare(want) == bare(got) {
                        want.clone_from(got);
                        forgiven = true;
                    }
                }
            }
            forgiven
        },
    },
    Rule {
        name: "spoiler",
        reason: "`:::spoiler` is a box that opens; the reference does not know it",
        forgive: |source, want, got| {
            let is_spoiler = source.html.contains("class=\"spoiler\"");
            if is_spoiler {
                want.text.clone_from(&got.text);
                want.marks.clone_from(&got.marks);
                (want.paragraphs, want.line_breaks) = (got.paragraphs, got.line_breaks);
            }
            is_spoiler
        },
    },
    Rule {
        name: "line-steps",
        reason: "`[1|2-3]` behind a fence walks through numbered lines",
        forgive: |_, want, got| {
            let mut forgiven = false;
            for (want, got) in want.code.iter_mut().zip(&got.code) {
                forgiven |= got.has_numbers && !want.has_numbers;
                want.has_numbers |= got.has_numbers;
            }
            forgiven
        },
    },
    Rule {
        name: "notes",
        reason: "A second `note:` belongs to the notes, one in code is code",
        forgive: |source, want, got| {
            let is_note = |line: &&str| {
                line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("note:"))
            };
            let within = source.notes.lines().chain(source.text.lines());
            let is_met = within.filter(is_note).count() > 0 && want != got;
            if is_met {
                let attributes = want.attributes.clone();
                *want = Facts { attributes, ..got.clone() };
            }
            is_met
        },
    },
    Rule {
        name: "notes-items",
        reason: "Tasks and [name=…] are shown in notes as they are on slides",
        forgive: |source, want, got| {
            let is_met = ["[x]", "[X]", "[ ]", "[name=", "[time=", "[color="]
                .iter()
                .any(|mark| source.notes.contains(mark));
            if is_met {
                want.notes.clone_from(&got.notes);
            }
            is_met
        },
    },
    Rule {
        name: "attributes",
        reason: "Attributes may stand in single quotes or none, and on several lines",
        forgive: |_, want, got| {
            let is_met = want != got
                && want.attributes.len() < got.attributes.len()
                && want.attributes.iter().all(|attribute| got.attributes.contains(attribute));
            if is_met {
                want.attributes.clone_from(&got.attributes);
            }
            is_met
        },
    },
];

impl Facts {
    fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        change(&mut self.text);
        change(&mut self.notes);
        self.headings.iter_mut().for_each(|(_, text)| change(text));
        self.links.iter_mut().for_each(|link| change(&mut link.text));
        self.items.iter_mut().for_each(|item| change(&mut item.text));
        self.tables.iter_mut().flatten().flatten().for_each(&mut *change);
        self.fragments.iter_mut().for_each(|[.., text]| change(text));
        self.marks.iter_mut().for_each(|(_, text)| change(text));
    }
}

/// Writes emoji as characters, those that are still shortcodes.
fn replace_shortcodes(text: &mut String) -> bool {
    let mut at = 0;
    let mut has_any = false;
    while let Some(colon) = text[at..].find(':').map(|found| at + found) {
        at = colon + 1;
        let Some(end) = text[at..].find(':').map(|found| at + found) else { break };
        if let Some(sign) = deck::emoji::find(&text[at..end]) {
            text.replace_range(colon..=end, sign);
            at = colon + sign.len();
            has_any = true;
        }
    }
    has_any
}

fn is_file(url: &str) -> bool {
    let Some(name) = url.strip_prefix("http://") else { return false };
    let endings = ["cc", "md", "mk", "pl", "ps", "py", "rs", "sh"];
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    !stem.contains('.') && endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
}
