//! What of a slide's HTML the audience may have: everything but notes, comments and line numbers.
//!
//! It is read exactly as a browser reads it, and written anew from what was read: whatever a browser
//! would take for notes is taken out, and nothing else is guessed.

use std::rc::Rc;

use deck::SlideHtml;
use html5ever::serialize::{SerializeOpts, TraversalScope};
use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::{ParseOpts, QualName, local_name, ns, parse_fragment, serialize};
use markup5ever_rcdom::{Handle, NodeData, RcDom, SerializableHandle};

/// Elements within each other: a browser walks up through them for every tag.
const MOST_DEPTH: usize = 256;
/// Pieces of one slide. Broken markup can multiply: a formatting element that is never closed is
/// opened again in every paragraph.
const MOST_NODES: usize = 50_000;
/// So much is read before its pieces are counted again.
const CHUNK_BYTES: usize = 1024;
/// Elements whose content a browser does not read as HTML, or does not show: comments and notes
/// could stand there unseen. None of them is of any use on a slide.
const OPAQUE: [&str; 10] = [
    "template",
    "noscript",
    "script",
    "xmp",
    "noembed",
    "noframes",
    "plaintext",
    "textarea",
    "title",
    "iframe",
];

/// The slide as the audience gets it.
pub(super) fn clean(slide: &SlideHtml) -> SlideHtml {
    let attributes = slide.attributes.iter().filter(|(name, _)| !is_private(name));
    SlideHtml {
        column: slide.column,
        attributes: attributes.cloned().collect(),
        html: cleaned(&slide.html).into(),
        notes: "".into(),
    }
}

/// The text of speaker notes, line by line, for a screen that shows no HTML.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::new();
    if let Some(dom) = read(html) {
        write_text(&root(&dom), &mut text);
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut kept: Vec<&str> = Vec::new();
    for line in lines {
        if !line.is_empty() || kept.last().is_some_and(|last| !last.is_empty()) {
            kept.push(line);
        }
    }
    kept.join("\n").trim().to_owned()
}

/// Of HTML that nobody writes and that would keep the server busy, nothing is left.
fn cleaned(html: &str) -> String {
    let Some(dom) = read(html) else { return String::new() };
    let root = root(&dom);
    remove_private(&root);
    let options = SerializeOpts {
        traversal_scope: TraversalScope::ChildrenOnly(None),
        ..SerializeOpts::default()
    };
    let mut out = Vec::with_capacity(html.len());
    // Writing to memory does not fail.
    let _ = serialize(&mut out, &SerializableHandle::from(root), options);
    String::from_utf8(out).unwrap_or_default()
}

/// Reads what stands within a slide; `None` when it is deeper or has more pieces than it may.
fn read(html: &str) -> Option<RcDom> {
    let context = QualName::new(None, ns!(html), local_name!("section"));
    let mut parser =
        parse_fragment(RcDom::default(), ParseOpts::default(), context, Vec::new(), false);
    let mut rest = html;
    while !rest.is_empty() {
        let mut end = rest.len().min(CHUNK_BYTES);
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let (chunk, later) = rest.split_at(end);
        parser.process(StrTendril::from(chunk));
        if !is_bounded(&parser.tokenizer.sink.sink.document) {
            return None;
        }
        rest = later;
    }
    let dom = parser.finish();
    is_bounded(&dom.document).then_some(dom)
}

fn is_bounded(document: &Handle) -> bool {
    let mut nodes = 0;
    let mut open = vec![(Rc::clone(document), 0)];
    while let Some((node, depth)) = open.pop() {
        nodes += 1;
        if depth > MOST_DEPTH || nodes > MOST_NODES {
            return false;
        }
        open.extend(node.children.borrow().iter().map(|child| (Rc::clone(child), depth + 1)));
    }
    true
}

/// The element that holds the fragment.
fn root(dom: &RcDom) -> Handle {
    let children = dom.document.children.borrow();
    children.first().map_or_else(|| Rc::clone(&dom.document), Rc::clone)
}

fn remove_private(root: &Handle) {
    let mut open = vec![Rc::clone(root)];
    while let Some(node) = open.pop() {
        if let NodeData::Element { attrs, .. } = &node.data {
            attrs.borrow_mut().retain(|attribute| !is_private(&attribute.name.local));
        }
        node.children.borrow_mut().retain(may_stay);
        open.extend(node.children.borrow().iter().map(Rc::clone));
    }
}

fn may_stay(node: &Handle) -> bool {
    match &node.data {
        NodeData::Element { name, attrs, .. } => {
            let name: &str = &name.local;
            let is_notes = name.eq_ignore_ascii_case("aside")
                && attrs.borrow().iter().any(|attribute| {
                    &*attribute.name.local == "class"
                        && attribute
                            .value
                            .split_whitespace()
                            .any(|class| class.eq_ignore_ascii_case("notes"))
                });
            !is_notes && !OPAQUE.contains(&name)
        }
        NodeData::Text { .. } => true,
        _ => false,
    }
}

fn is_private(attribute: &str) -> bool {
    attribute.eq_ignore_ascii_case("data-notes") || attribute.eq_ignore_ascii_case("data-line")
}

fn write_text(root: &Handle, out: &mut String) {
    enum Step {
        Open(Handle),
        EndLine,
    }
    let mut steps = vec![Step::Open(Rc::clone(root))];
    while let Some(step) = steps.pop() {
        let node = match step {
            Step::Open(node) => node,
            Step::EndLine => {
                out.push('\n');
                continue;
            }
        };
        match &node.data {
            NodeData::Text { contents } => out.push_str(&contents.borrow()),
            NodeData::Element { name, .. } => match &*name.local {
                "br" => out.push('\n'),
                "style" => continue,
                "p" | "ul" | "ol" | "blockquote" | "pre" | "table" | "h1" | "h2" | "h3" | "h4"
                | "h5" | "h6" | "div" => {
                    out.push('\n');
                    steps.push(Step::EndLine);
                }
                "li" => {
                    out.push_str("\n• ");
                    steps.push(Step::EndLine);
                }
                "tr" => steps.push(Step::EndLine),
                "td" | "th" => out.push(' '),
                _ => {}
            },
            _ => {}
        }
        steps.extend(node.children.borrow().iter().rev().map(Rc::clone).map(Step::Open));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(cleaned(html), expected, "{html}");
        // What was written is read the same way again.
        assert_eq!(cleaned(expected), expected);
    }

    #[test]
    fn notes_go_however_they_are_written() {
        check("<p>a</p><aside class=\"notes\">secret</aside><p>b</p>", "<p>a</p><p>b</p>");
        check("<p>a</p><ASIDE CLASS='x NOTES y'>secret</ASIDE>", "<p>a</p>");
        check("<p>a</p><aside class=notes>secret<p>and more</p>", "<p>a</p>");
        check("<aside class=notes>s<aside class=notes>t</aside>u</aside>v", "v");
        check("<p>a<aside class=notes>s</aside>b", "<p>a</p>b");
        check("<div><b>a<aside class=notes>s</div>b", "<div><b>a</b></div><b>b</b>");
        check("<aside class=\"not&#x65;s\">secret</aside>a", "a");
        check("<p data-notes=\"secret\" DATA-NOTES=secret data-line=\"3\">a</p>", "<p>a</p>");
        check("<aside>shown</aside>", "<aside>shown</aside>");
    }

    #[test]
    fn comments_go_and_so_does_what_a_browser_takes_for_one() {
        check("a<!-- secret -->b", "ab");
        check("a<!-- secret --!>b", "ab");
        check("a<!-->b", "ab");
        check("a<!-- secret", "a");
        check("a<?secret?>b", "ab");
        check("a<!secret>b", "ab");
        check("a</ secret>b", "ab");
        check("<svg><![CDATA[shown]]><!-- secret --></svg>", "<svg>shown</svg>");
    }

    #[test]
    fn nothing_hides_where_a_browser_does_not_look() {
        for name in OPAQUE {
            let html =
                format!("a<{name}><!-- secret --><aside class=notes>secret</aside></{name}>");
            assert!(!cleaned(&html).contains("secret"), "{name}");
        }
        check("<template><aside class=notes>secret</aside>also</template>a", "a");
    }

    #[test]
    fn what_shows_stays_as_it_is() {
        for html in [
            "<h1>A &amp; B</h1><ul><li class=\"fragment\" data-fragment-index=\"2\">x</li></ul>",
            "<style>.reveal h1 > b { color: red }</style><p style=\"color: red\">a<br>b</p>",
            "<table><tbody><tr><td align=\"right\">1</td></tr></tbody></table>",
            "<img src=\"https://example.org/a.png\" alt=\"a &lt; b\"><pre><code>a\n  b</code></pre>",
            "<span class=\"math inline\">x &lt; y</span>",
        ] {
            check(html, html);
        }
    }

    #[test]
    fn markup_that_would_keep_the_server_busy_leaves_nothing() {
        assert_eq!(cleaned(&"<div>".repeat(200_000)), "");
        let formatting: String = (0..250).map(|n| format!("<b id={n}>")).collect();
        assert_eq!(cleaned(&(formatting + &"<p>x".repeat(200_000))), "");
        assert_ne!(cleaned(&("<b>".repeat(200) + "x")), "");
    }

    #[test]
    fn a_slide_loses_its_notes_and_its_private_attributes() {
        let pair = |name: &str| (name.to_owned(), "x".to_owned());
        let slide = SlideHtml {
            column: true,
            attributes: vec![pair("data-notes"), pair("data-background"), pair("data-line")],
            html: "<p data-line=\"1\">a</p>".into(),
            notes: "secret".into(),
        };
        let cleaned = clean(&slide);
        assert_eq!(cleaned.attributes, [pair("data-background")]);
        assert_eq!((&*cleaned.html, &*cleaned.notes), ("<p>a</p>", ""));
    }

    #[test]
    fn notes_read_as_lines() {
        let html = "<p data-line=\"1\">One<br>two &amp; three</p>\n<ul>\n<li>a</li>\n<li><b>b</b> c</li>\n</ul>";
        assert_eq!(plain(html), "One\ntwo & three\n\n• a\n\n• b c");
        assert_eq!(plain(""), "");
    }
}
