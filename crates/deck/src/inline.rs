//! What text within a line may hold besides Markdown: marks, addresses, abbreviations, embeds.

use std::{borrow::Cow, ops::Range};

use crate::{
    address,
    characters::is_punctuation,
    emoji, hidden, html, linkify, marks,
    tree::{Element, Node, NodeId, ROOT, Tree},
    typography,
};

/// No embed is longer than this.
const MAX_EMBED: usize = 64;

/// Goes over all running text of a slide.
pub(crate) fn finish(tree: &mut Tree, abbreviations: &[(String, String)]) {
    visit(tree, ROOT, Place { abbreviations, in_link: false, in_item: false });
}

#[derive(Clone, Copy)]
struct Place<'a> {
    abbreviations: &'a [(String, String)],
    in_link: bool,
    /// Within a list item or a quote, where `[name=…]` means something.
    in_item: bool,
}

fn visit(tree: &mut Tree, id: NodeId, place: Place<'_>) {
    let mut children = tree.take_children(id);
    drop_contents(tree, id, &children);
    children = marks::pair(tree, children);
    let mut done = Vec::with_capacity(children.len());
    for child in children {
        match tree.node_mut(child) {
            Node::Text(text) => {
                let text = std::mem::take(text);
                expand(tree, text, place, &mut done);
                continue;
            }
            Node::Element(element) if element.name != "style" => {
                let name = element.name.as_ref();
                let in_link = place.in_link || name == "a";
                // Within marks they are text, as they have always been.
                let in_item = matches!(name, "li" | "blockquote") || place.in_item && name == "p";
                visit(tree, child, Place { in_link, in_item, ..place });
            }
            _ => {}
        }
        done.push(child);
    }
    tree.set_children(id, done);
}

/// Replaces a text by text and elements.
fn expand(tree: &mut Tree, text: String, place: Place<'_>, done: &mut Vec<NodeId>) {
    let mut pieces = vec![Piece::Text(text)];
    if !place.in_link {
        pieces = split(pieces, "{%", |text, from| embed(tree, text, from));
    }
    if place.in_item {
        pieces = split(pieces, "[", |text, from| tag(tree, text, from));
    }
    if !place.in_link {
        pieces = split(pieces, "", |text, from| {
            let link = linkify::find(text, from)?;
            let url = hidden::show(&link.url);
            let element = Element::new("a").with("href", &address::encode(&url));
            let shown = hidden::show(&text[link.range.clone()]);
            // Quotes are curled in it as in any other text.
            let shown = tree.add(Node::Text(address::display(&shown)));
            let id = tree.add(Node::Element(element));
            tree.append(id, shown);
            Some((link.range, id))
        });
    }
    for piece in &mut pieces {
        if let Piece::Text(text) = piece
            && let Cow::Owned(shown) = hidden::show(text)
        {
            *text = shown;
        }
    }
    for (mark, name) in [("~", "sub"), ("^", "sup")] {
        pieces = split(pieces, mark, |text, from| {
            let range = raised(text, mark, from)?;
            let inner = text[range.start + 1..range.end - 1].replace("\\ ", " ");
            let inner = tree.add(Node::Text(inner));
            let id = tree.add(Node::Element(Element::new(name)));
            tree.append(id, inner);
            Some((range, id))
        });
    }
    pieces = split(pieces, ":", |text, from| {
        let (range, sign) = emoji::next(text, from)?;
        Some((range, tree.add(Node::Literal(sign.to_owned()))))
    });
    for (short, long) in place.abbreviations {
        pieces = split(pieces, short, |text, from| {
            let range = find_word(text, short, from)?;
            let element = Element::new("abbr").with("title", long);
            Some((range, element_with(tree, element, short)))
        });
    }
    for piece in pieces {
        done.push(match piece {
            Piece::Text(text) => tree.add(Node::Text(typography::replace(&text))),
            Piece::Node(id) => id,
        });
    }
}

enum Piece {
    Text(String),
    Node(NodeId),
}

/// Cuts out of each text what `find` finds. Texts without `hint` are left alone.
fn split(
    pieces: Vec<Piece>,
    hint: &str,
    mut find: impl FnMut(&str, usize) -> Option<(Range<usize>, NodeId)>,
) -> Vec<Piece> {
    let mut done = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let text = match piece {
            Piece::Text(text) if text.contains(hint) => text,
            other => {
                done.push(other);
                continue;
            }
        };
        let mut at = 0;
        while let Some((range, id)) = find(&text, at) {
            if at < range.start {
                done.push(Piece::Text(text[at..range.start].to_owned()));
            }
            at = range.end;
            done.push(Piece::Node(id));
        }
        if at == 0 {
            done.push(Piece::Text(text));
        } else if at < text.len() {
            done.push(Piece::Text(text[at..].to_owned()));
        }
    }
    done
}

fn element_with(tree: &mut Tree, element: Element, text: &str) -> NodeId {
    let text = tree.add(Node::Literal(text.to_owned()));
    let id = tree.add(Node::Element(element));
    tree.append(id, text);
    id
}

/// `{%youtube id%}` and `{%vimeo id%}`, as a link: nothing is loaded until somebody follows it.
fn embed(tree: &mut Tree, text: &str, from: usize) -> Option<(Range<usize>, NodeId)> {
    for (at, _) in text[from..].match_indices("{%") {
        let start = from + at;
        let inner = start + 2;
        let ahead: Vec<u8> = text[inner..].bytes().take(MAX_EMBED).collect();
        let Some(length) = ahead.windows(2).position(|pair| pair == b"%}") else { continue };
        let end = inner + length;
        let (kind, id) = text[inner..end]
            .trim()
            .split_once(char::is_whitespace)
            .map(|(kind, id)| (kind, id.trim()))
            .unwrap_or_default();
        let is_word = id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        let is_number = id.bytes().all(|b| b.is_ascii_digit());
        let (url, shown) = match kind {
            "youtube" if is_word && id.len() == 11 => {
                (format!("https://www.youtube.com/watch?v={id}"), format!("YouTube: {id}"))
            }
            "vimeo" if is_number && (6..=11).contains(&id.len()) => {
                (format!("https://vimeo.com/{id}"), format!("Vimeo: {id}"))
            }
            _ => continue,
        };
        let element = Element::new("a")
            .with("class", &format!("embed {kind}"))
            .with("data-embed", id)
            .with("href", &url);
        return Some((start..end + 2, element_with(tree, element, &shown)));
    }
    None
}

/// `[name=…]`, `[time=…]` and `[color=…]`: who said it, when, and in which colour it is marked.
fn tag(tree: &mut Tree, text: &str, from: usize) -> Option<(Range<usize>, NodeId)> {
    for (at, _) in text[from..].match_indices('[') {
        let start = from + at;
        let key = ["name", "time", "color"].into_iter().find(|key| {
            let rest = text[start + 1..].strip_prefix(key);
            rest.is_some_and(|rest| rest.starts_with('='))
        });
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c.is_whitespace();
        let Some(key) = key else { continue };
        let Some(length) = text[start..].find(']') else { break };
        let value = &text[start + key.len() + 2..start + length];
        let is_sound = value.chars().all(|c| match key {
            "time" => is_word(c) || ":,.+()-".contains(c),
            "color" => is_word(c) || "#(),".contains(c),
            _ => true,
        });
        if !is_sound {
            continue;
        }
        let element = match key {
            "name" => Element::new("small").with("class", "tag-user"),
            "time" => Element::new("small").with("class", "tag-time"),
            _ => Element::new("span").with("class", "color").with("data-color", value),
        };
        let shown = if key == "color" { "" } else { &*hidden::show(value) };
        return Some((start..start + length + 1, element_with(tree, element, shown)));
    }
    None
}

/// Finds `~lowered~` or `^raised^` text, which holds no blanks but escaped ones.
fn raised(text: &str, mark: &str, from: usize) -> Option<Range<usize>> {
    let mut open = None;
    let mut before = '\0';
    for (at, c) in text[from..].char_indices() {
        let at = from + at;
        if c.is_whitespace() && before != '\\' {
            open = None;
        } else if mark.starts_with(c) {
            match open {
                Some(start) if start + 1 < at => return Some(start..at + 1),
                // Two strike text out.
                _ => {
                    let is_run = before == c || text[at + 1..].starts_with(c);
                    open = Some(at).filter(|_| c != '~' || !is_run);
                }
            }
        }
        before = c;
    }
    None
}

fn find_word(text: &str, word: &str, from: usize) -> Option<Range<usize>> {
    let is_border = |c: Option<char>| {
        c.is_none_or(|c| c.is_whitespace() || is_punctuation(c) || "$+<=>^`|~".contains(c))
    };
    text[from..].match_indices(word).map(|(at, _)| from + at..from + at + word.len()).find(
        |range| {
            is_border(text[..range.start].chars().next_back())
                && is_border(text[range.end..].chars().next())
        },
    )
}

/// Takes `[TOC]` off the end of a block: the place for contents, which slides have never filled.
fn drop_contents(tree: &mut Tree, id: NodeId, children: &[NodeId]) {
    const CONTENTS: &str = "[toc]";
    let is_block = tree.element(id).is_some_and(|element| html::is_block(&element.name));
    let Some(&last) = children.last().filter(|_| is_block) else { return };
    let Node::Text(text) = tree.node_mut(last) else { return };
    let Some(start) = text.len().checked_sub(CONTENTS.len()) else { return };
    if !text.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(CONTENTS)) {
        return;
    }
    text.truncate(start);
    if text.is_empty()
        && children.len() == 1
        && let Some(element) = tree.element_mut(id)
        && element.name == "p"
    {
        element.name = "div".into();
        element.set("class".into(), "toc".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use crate::writer;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let html = writer::notes(source, true);
        assert_eq!(html.replace('\n', ""), expected, "{source}");
    }

    #[test]
    fn raised_and_lowered() {
        check("H~2~O x^2^, ~a~", "<p>H<sub>2</sub>O x<sup>2</sup>, <sub>a</sub></p>");
        check("a ~b c~ ~/x ~/y ~~z~~ ^^ \\^a^", "<p>a ~b c~ ~/x ~/y <s>z</s> ^^ ^a^</p>");
        check(
            "https://example.org/~a~/",
            "<p><a href=\"https://example.org/~a~/\">https://example.org/~a~/</a></p>",
        );
    }

    #[test]
    fn bare_addresses() {
        check(
            "https://example.org/_a_/__b__",
            "<p><a href=\"https://example.org/_a_/__b__\">https://example.org/_a_/__b__</a></p>",
        );
        check(
            "[example.org](x) `example.org` README.md",
            "<p><a href=\"x\">example.org</a> <code>example.org</code> README.md</p>",
        );
        check("<a href=\"x\">example.org</a>", "<p><a href=\"x\">example.org</a></p>");
        check(
            "<https://example.org/%C3%A4> <a@example.org>",
            "<p><a href=\"https://example.org/%C3%A4\">https://example.org/ä</a> <a href=\"mailto:a@example.org\">a@example.org</a></p>",
        );
        check(
            "https://example.org/a--b...c",
            "<p><a href=\"https://example.org/a--b...c\">https://example.org/a--b...c</a></p>",
        );
    }

    #[test]
    fn abbreviations() {
        check(
            "HTML, HTMLX\n\n*[HTML]: Hyper \"Text\"\n",
            "<p><abbr title=\"Hyper &quot;Text&quot;\">HTML</abbr>, HTMLX</p>",
        );
    }

    #[test]
    fn embeds_are_links() {
        check(
            "{%youtube aqz-KE-bpKQ %} {%youtube x%} {%vimeo 123456%}",
            "<p><a class=\"embed youtube\" data-embed=\"aqz-KE-bpKQ\" href=\"https://www.youtube.com/watch?v=aqz-KE-bpKQ\">YouTube: aqz-KE-bpKQ</a> {%youtube x%} <a class=\"embed vimeo\" data-embed=\"123456\" href=\"https://vimeo.com/123456\">Vimeo: 123456</a></p>",
        );
    }

    #[test]
    fn an_embed_that_is_only_its_marks_is_text() {
        check("{%} {%%} {% %}", "<p>{%} {%%} {% %}</p>");
    }

    #[test]
    fn who_said_it() {
        check(
            "> a [name=Ada] [time=noon] [color=red]",
            "<blockquote><p>a <small class=\"tag-user\">Ada</small> <small class=\"tag-time\">noon</small> <span class=\"color\" data-color=\"red\"></span></p></blockquote>",
        );
        check("[name=Ada]", "<p>[name=Ada]</p>");
    }
}
