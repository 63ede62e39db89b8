//! Raw HTML: the one list of what is allowed, how it is taken apart and how text is escaped.
//!
//! This is hygiene. That a deck cannot run code rests on the sandbox and the policy of the page
//! that shows it.

/// Elements that may stand in a deck; a tag of any other name is shown as text.
#[rustfmt::skip]
const ELEMENTS: &[&str] = &[
    "a", "abbr", "address", "area", "article", "aside", "audio", "b", "bdi", "bdo", "big",
    "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del",
    "details", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "mark", "nav", "ol",
    "p", "pre", "rp", "rt", "ruby", "s", "section", "small", "source", "span", "strike", "strong",
    "style", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt",
    "u", "ul", "video",
];

/// Whether an element may stand in a deck.
pub(crate) fn is_allowed(name: &str) -> bool {
    ELEMENTS.contains(&name)
}

/// Attributes by element; `is_forwarded` says which are allowed everywhere.
pub(crate) fn is_attribute_of(element: &str, name: &str) -> bool {
    if is_forwarded(name) || matches!(name, "title" | "lang" | "dir") {
        return true;
    }
    let names: &[&str] = match element {
        "a" => &["href", "name"],
        "area" => &["shape", "coords", "href", "alt"],
        "audio" => &["src", "controls", "loop", "muted", "preload", "autoplay"],
        "video" => &[
            "src",
            "controls",
            "loop",
            "muted",
            "preload",
            "autoplay",
            "poster",
            "width",
            "height",
            "playsinline",
        ],
        "source" => &["src", "type", "media"],
        "blockquote" | "del" | "ins" => &["cite", "datetime"],
        "col" | "colgroup" => &["align", "valign", "span", "width"],
        "details" => &["open"],
        "div" | "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => &["align"],
        "font" => &["color", "face", "size"],
        "img" => &["src", "alt", "width", "height", "loading", "align"],
        "li" => &["value"],
        "ol" => &["start", "type", "reversed"],
        "table" => &["align", "valign", "border", "width"],
        "tbody" | "tfoot" | "thead" | "tr" => &["align", "valign"],
        "td" | "th" => &["align", "valign", "colspan", "rowspan", "width", "scope"],
        _ => &[],
    };
    names.contains(&name)
}

/// Attributes that may stand on any element, and that comments may set.
pub(crate) fn is_forwarded(name: &str) -> bool {
    matches!(name, "id" | "class" | "style")
        || name.strip_prefix("data-").is_some_and(|rest| {
            !rest.is_empty()
                && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        })
}

/// Elements that have no content.
pub(crate) fn is_void(name: &str) -> bool {
    matches!(name, "area" | "br" | "col" | "hr" | "img" | "source")
}

/// Elements that end a line of text.
pub(crate) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "div"
            | "dl"
            | "dt"
            | "figcaption"
            | "figure"
            | "footer"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "li"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "style"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}

/// Elements that the start of `name` closes, if one is open above all of the second list.
pub(crate) fn implied_end(
    name: &str,
) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match name {
        "li" => (&["li"], &["ul", "ol"]),
        "dt" | "dd" => (&["dt", "dd"], &["dl"]),
        "tr" => (&["tr"], &["table", "thead", "tbody", "tfoot"]),
        "td" | "th" => (&["td", "th"], &["tr", "table"]),
        "thead" | "tbody" | "tfoot" => (&["thead", "tbody", "tfoot"], &["table"]),
        _ if is_block(name) => (&["p"], &["div", "td", "th", "li", "blockquote", "section"]),
        _ => return None,
    })
}

/// A link that may be followed.
pub(crate) fn is_safe_link(url: &str) -> bool {
    match scheme(url) {
        Scheme::None => true,
        Scheme::Named(name) => {
            ["http", "https", "mailto"].iter().any(|known| name.eq_ignore_ascii_case(known))
        }
        Scheme::Unclear => false,
    }
}

/// A link that is no link at all: its source is shown.
pub(crate) fn is_refused(url: &str) -> bool {
    match scheme(url) {
        Scheme::None => false,
        Scheme::Named(name) => ["javascript", "vbscript", "file", "data"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known)),
        Scheme::Unclear => false,
    }
}

/// An image or a medium that may be shown.
pub(crate) fn is_safe_source(url: &str) -> bool {
    const RASTER: [&str; 6] = ["png", "jpeg", "jpg", "gif", "webp", "avif"];
    match scheme(url) {
        Scheme::None => true,
        Scheme::Named(name) if name.eq_ignore_ascii_case("data") => {
            let kind = url.trim()[5..].to_ascii_lowercase();
            RASTER.iter().any(|kind_of_image| {
                kind.strip_prefix("image/")
                    .and_then(|rest| rest.strip_prefix(kind_of_image))
                    .is_some_and(|rest| rest.starts_with([';', ',']))
            })
        }
        Scheme::Named(name) => {
            ["http", "https"].iter().any(|known| name.eq_ignore_ascii_case(known))
        }
        Scheme::Unclear => false,
    }
}

enum Scheme<'a> {
    None,
    Named(&'a str),
    /// Something that a browser might still read as a scheme, such as `java&Tab;script:`.
    Unclear,
}

fn scheme(url: &str) -> Scheme<'_> {
    let url = url.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let head = &url[..url.find(['/', '?', '#']).unwrap_or(url.len())];
    match head.split_once(':') {
        Some((name, _)) if is_scheme(name) => Scheme::Named(name),
        Some(_) => Scheme::Unclear,
        None if head.contains('&') => Scheme::Unclear,
        None => Scheme::None,
    }
}

fn is_scheme(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

/// Escapes text for use between tags and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_escaped(&mut out, text);
    out
}

pub(crate) fn push_escaped(out: &mut String, text: &str) {
    push_with(out, text, |_| false);
}

/// Escapes text that was HTML before, so its entities stay.
pub(crate) fn escape_markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_with(&mut out, text, starts_with_entity);
    out
}

fn push_with(out: &mut String, text: &str, keep: impl Fn(&str) -> bool) {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&', '"']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ if keep(&rest[at..]) => "&",
            _ => "&amp;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

fn starts_with_entity(text: &str) -> bool {
    let Some(end) = text.bytes().take(34).position(|byte| byte == b';') else { return false };
    let name = &text[1..end];
    let name = name.strip_prefix('#').unwrap_or(name);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Takes `@import`, comments of HTML and every end tag out of a style sheet.
pub(crate) fn clean_style(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = find_ignoring_case(rest, "@import") {
        out.push_str(&rest[..at]);
        let rule = &rest[at..];
        rest = &rule[rule.find([';', '\n', '}']).map_or(rule.len(), |end| end + 1)..];
    }
    out.push_str(rest);
    out.replace("</", "<\\/").replace("<!", "<\\!")
}

/// Finds a word in ASCII whatever its case.
pub(crate) fn find_ignoring_case(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).position(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether an attribute may have this value.
pub(crate) fn is_safe_value(name: &str, value: &str) -> bool {
    match name {
        "href" | "cite" => is_safe_link(value),
        "src" | "poster" => is_safe_source(value),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for url in [
            "https://example.org",
            "HTTP://example.org",
            "mailto:a@example.org",
            "/a",
            "a/b:c",
            "#x",
            "?a=b&c",
            "",
            "./x",
            "x/y&z",
        ] {
            assert!(is_safe_link(url), "{url}");
        }
        for url in [
            "javascript:x",
            " JavaScript:x",
            "java\nscript:x",
            "javascript&colon;x",
            "&#106;avascript:x",
            "data:text/html,x",
            "vbscript:x",
            "file:///x",
        ] {
            assert!(!is_safe_link(url), "{url}");
            assert!(!is_safe_source(url), "{url}");
        }
        assert!(is_safe_source("data:image/png;base64,AAAA"));
        assert!(!is_safe_source("data:image/svg+xml;base64,AAAA"));
        assert!(!is_safe_source("mailto:a@example.org"));
    }

    #[test]
    fn entities_stay_and_ampersands_go() {
        assert_eq!(escape_markup("a&b &amp; &#x41; &x"), "a&amp;b &amp; &#x41; &amp;x");
        assert_eq!(escape("&amp;<"), "&amp;amp;&lt;");
    }

    #[test]
    fn style_sheets_lose_imports_and_end_tags() {
        assert_eq!(clean_style("@import url(x); a{}"), " a{}");
        assert_eq!(clean_style("@IMPORT 'x'\na{content:'</b>'}"), "a{content:'<\\/b>'}");
    }
}
