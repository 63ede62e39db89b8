//! What text within a line may hold besides Markdown: marks, addresses, abbreviations, embeds.

use std::ops::Range;

use crate::{
    html, linkify,
    tree::{Element, Node, NodeId, ROOT, Tree},
    typography,
};

/// So many `==` or `++` may be open at once; it bounds how deeply they nest.
const MAX_OPEN_MARKS: usize = 8;
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
    let children = tree.take_children(id);
    let children = pair_marks(tree, children);
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
                let in_item = place.in_item || matches!(name, "li" | "blockquote");
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
            let element = Element::new("a").with("href", &html::encode_url(&link.url));
            let shown = linkify::display(&text[link.range.clone()]);
            Some((link.range, element_with(tree, element, &shown)))
        });
    }
    for (mark, name) in [("~", "sub"), ("^", "sup")] {
        pieces = split(pieces, mark, |text, from| {
            let range = raised(text, mark, from)?;
            let inner = &text[range.start + 1..range.end - 1];
            let inner = tree.add(Node::Text(inner.to_owned()));
            let id = tree.add(Node::Element(Element::new(name)));
            tree.append(id, inner);
            Some((range, id))
        });
    }
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
        let Some(key) = key else { continue };
        let Some(length) = text[start..].find(']') else { break };
        let value = &text[start + key.len() + 2..start + length];
        let element = match key {
            "name" => Element::new("small").with("class", "tag-user"),
            "time" => Element::new("small").with("class", "tag-time"),
            _ => Element::new("span").with("class", "color").with("data-color", value),
        };
        let shown = if key == "color" { "" } else { value };
        return Some((start..start + length + 1, element_with(tree, element, shown)));
    }
    None
}

/// Finds `~lowered~` or `^raised^` text, which holds no blanks.
fn raised(text: &str, mark: &str, from: usize) -> Option<Range<usize>> {
    let mut open = None;
    for (at, c) in text[from..].char_indices() {
        if c.is_whitespace() {
            open = None;
        } else if mark.starts_with(c) {
            match open {
                Some(start) if start + 1 < from + at => return Some(start..from + at + 1),
                _ => open = Some(from + at),
            }
        }
    }
    None
}

fn find_word(text: &str, word: &str, from: usize) -> Option<Range<usize>> {
    text[from..].match_indices(word).map(|(at, _)| from + at..from + at + word.len()).find(
        |range| {
            let before = text[..range.start].chars().next_back();
            let after = text[range.end..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        },
    )
}

/// Finds `==marked==` and `++inserted++` among the children of one element.
fn pair_marks(tree: &mut Tree, children: Vec<NodeId>) -> Vec<NodeId> {
    let has_marks = |id: &NodeId| match tree.node(*id) {
        Node::Text(text) => text.contains("==") || text.contains("++"),
        _ => false,
    };
    if !children.iter().any(has_marks) {
        return children;
    }
    let mut parts = Vec::new();
    for &child in &children {
        match tree.node_mut(child) {
            Node::Text(text) => split_marks(&std::mem::take(text), &mut parts),
            _ => parts.push(Part::Node(child)),
        }
    }
    let partners = partners(&parts);
    // A stack of lists: the innermost open mark collects what follows.
    let mut stack: Vec<Vec<NodeId>> = vec![Vec::new()];
    for (index, part) in parts.into_iter().enumerate() {
        let (id, mark) = match part {
            Part::Node(id) => (Some(id), None),
            Part::Text(text) => (Some(tree.add(Node::Text(text))), None),
            Part::Mark(mark) => (None, Some(mark)),
        };
        match (id, mark, partners[index]) {
            (_, Some(_), Some(partner)) if partner > index => {
                stack.push(Vec::new());
                continue;
            }
            (_, Some(mark), Some(_)) => {
                let mut element = Element::new(if mark.sign == '=' { "mark" } else { "ins" });
                element.children = stack.pop().unwrap_or_default();
                let id = tree.add(Node::Element(element));
                push_joined(tree, &mut stack, id);
            }
            (_, Some(mark), None) => {
                let id = tree.add(Node::Text(format!("{0}{0}", mark.sign)));
                push_joined(tree, &mut stack, id);
            }
            (Some(id), None, _) => push_joined(tree, &mut stack, id),
            (None, None, _) => {}
        }
    }
    stack.into_iter().flatten().collect()
}

/// Appends a node; texts that were cut apart are one again.
fn push_joined(tree: &mut Tree, stack: &mut [Vec<NodeId>], id: NodeId) {
    let Some(list) = stack.last_mut() else { return };
    if let (Node::Text(text), Some(&last)) = (tree.node(id), list.last()) {
        let text = text.clone();
        if let Node::Text(before) = tree.node_mut(last) {
            before.push_str(&text);
            return;
        }
    }
    list.push(id);
}

enum Part {
    Node(NodeId),
    Text(String),
    Mark(Sign),
}

#[derive(Clone, Copy)]
struct Sign {
    sign: char,
    opens: bool,
    closes: bool,
}

/// Cuts a text at its `==` and `++`. Longer runs are rulers and operators, not marks.
fn split_marks(text: &str, parts: &mut Vec<Part>) {
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find(['=', '+']) {
        let start = at + found;
        let sign = if text.as_bytes()[start] == b'=' { '=' } else { '+' };
        let rest = text[start..].trim_start_matches(sign);
        let end = text.len() - rest.len();
        at = end;
        if end - start != 2 {
            continue;
        }
        let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
        // The end of a text may border on an element, which is no blank.
        let at_edge = |edge: bool, is_blank: bool| !is_blank || edge;
        let opens = at_edge(rest.is_empty(), blank(rest.chars().next()));
        let closes = at_edge(start == 0, blank(text[..start].chars().next_back()));
        if from < start {
            parts.push(Part::Text(text[from..start].to_owned()));
        }
        parts.push(Part::Mark(Sign { sign, opens, closes }));
        from = end;
    }
    if from < text.len() {
        parts.push(Part::Text(text[from..].to_owned()));
    }
}

/// For each part the mark it is paired with.
fn partners(parts: &[Part]) -> Vec<Option<usize>> {
    let mut partners = vec![None; parts.len()];
    let mut open: Vec<(usize, char)> = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let Part::Mark(mark) = part else { continue };
        let partner = open.iter().rposition(|(at, sign)| *sign == mark.sign && at + 1 < index);
        match partner.filter(|_| mark.closes) {
            Some(place) => {
                let opener = open[place].0;
                partners[opener] = Some(index);
                partners[index] = Some(opener);
                open.truncate(place);
            }
            None if mark.opens && open.len() < MAX_OPEN_MARKS => open.push((index, mark.sign)),
            None => {}
        }
    }
    partners
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
    fn marked_and_inserted() {
        check(
            "==a== ++b++ ==*c* d==",
            "<p><mark>a</mark> <ins>b</ins> <mark><em>c</em> d</mark></p>",
        );
        check("==a ++b++ c==", "<p><mark>a <ins>b</ins> c</mark></p>");
        check("a == b == c, x++ + ++y, ====", "<p>a == b == c, x++ + ++y, ====</p>");
        check("C++ and D++ \\==a==", "<p>C++ and D++ ==a==</p>");
        check("**==a==**", "<p><strong><mark>a</mark></strong></p>");
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
