//! A slide as plain, safe HTML for the page itself, where nothing else guards the reader.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::pictures::is_own_path;

/// The rules. No style, class or id of a deck may reach the page around the slides, no image tells
/// another site which page it stands on, and a link leads to a page that does not know this one.
static RULES: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut rules = Builder::default();
    rules
        .add_tags(["section", "u", "big", "font", "address"])
        .rm_tags(["map", "area"])
        .clean_content_tags(HashSet::from([
            "script", "style", "svg", "math", "iframe", "form", "object", "embed", "template",
        ]))
        .url_schemes(HashSet::from(["https", "http", "mailto"]))
        .url_relative(UrlRelative::Custom(Box::new(own_picture)))
        .link_rel(Some("noopener noreferrer"))
        .set_tag_attribute_value("a", "target", "_blank")
        .set_tag_attribute_value("img", "loading", "lazy")
        .set_tag_attribute_value("img", "referrerpolicy", "no-referrer")
        .attribute_filter(|element, attribute, value| {
            let is_safe = match (element, attribute) {
                ("img", "src") => value.starts_with("https://") || is_own_path(value),
                ("a", "href") => !value.starts_with('/'),
                ("img", "srcset") => false,
                _ => true,
            };
            is_safe.then(|| value.into())
        });
    rules
});

/// Of what is here only pictures that were brought in.
fn own_picture(address: &str) -> Option<Cow<'_, str>> {
    is_own_path(address).then_some(Cow::Borrowed(address))
}

/// A text view in which the pictures of the deck show for whoever has this ticket: browsers ask for them
/// before any script could say whose page it is.
pub(crate) fn with_ticket(text: &str, ticket: &str) -> String {
    const SOURCE: &str = " src=\"/p/";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // The cleaner has written each address between double quotes.
    while let Some(start) = rest.find(SOURCE) {
        let (before, address) = rest.split_at(start + SOURCE.len());
        let Some(end) = address.find('"') else { break };
        out.push_str(before);
        out.push_str(&address[..end]);
        out.push_str("?t=");
        out.push_str(ticket);
        rest = &address[end..];
    }
    out.push_str(rest);
    out
}

/// The text view of a slide, out of HTML that is clean and bounded already.
pub(super) fn text_view(html: &str) -> String {
    RULES.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(text_view(html), expected, "{html}");
    }

    #[test]
    fn what_people_read_stays() {
        let html = "<h1>A &amp; B</h1><ul><li>x</li></ul><pre><code>a\n</code></pre>\
            <table><tbody><tr><td>1</td></tr></tbody></table><details><summary>s</summary>d</details>";
        check(html, html);
    }

    #[test]
    fn what_reaches_beyond_the_slide_goes() {
        for html in [
            "<style>body { display: none }</style>",
            "<svg><style>*{}</style></svg>",
            "<script>alert(1)</script>",
            "<iframe src=\"https://example.org\"></iframe>",
            "<form action=\"/api/decks\"><button>b</button></form>",
            "<math><mi>x</mi></math>",
            "<template><p>x</p></template>",
        ] {
            check(html, "");
        }
        check("<p style=\"x\" class=\"x\" id=\"app\" onclick=\"x\" data-x=\"x\">a</p>", "<p>a</p>");
    }

    #[test]
    fn pictures_of_the_deck_show_with_a_ticket() {
        let name = "/p/0123456789abcdefABCDEF.png";
        let text = text_view(&format!("<p>src=\"/p/</p><img alt=\"a\" src=\"{name}\">"));
        assert!(text.contains(&format!(" src=\"{name}\"")), "{text}");
        let shown = with_ticket(&text, "l.follow.1.x");
        assert!(shown.contains(&format!(" src=\"{name}?t=l.follow.1.x\"")), "{shown}");
        assert_eq!(shown.matches("?t=").count(), 1, "{shown}");
        let link = text_view(&format!("<a href=\"{name}\">a</a>"));
        assert!(!link.contains("href"), "{link}");
    }

    #[test]
    fn links_and_images_tell_nobody_where_the_reader_is() {
        check(
            "<a href=\"https://example.org\" target=\"_top\">a</a>",
            "<a href=\"https://example.org\" target=\"_blank\" rel=\"noopener noreferrer\">a</a>",
        );
        let image = "<img src=\"https://example.org/a.png\" alt=\"A\" srcset=\"https://b 2x\">";
        let cleaned = text_view(image);
        assert!(
            cleaned.starts_with("<img src=\"https://example.org/a.png\" alt=\"A\" "),
            "{cleaned}"
        );
        for has in [" loading=\"lazy\"", " referrerpolicy=\"no-referrer\""] {
            assert!(cleaned.contains(has), "{cleaned}");
        }
        assert!(!cleaned.contains("srcset"), "{cleaned}");
        for address in [
            "http://example.org/a.png",
            "data:image/png;base64,AA",
            "/api/decks",
            "//x/y",
            "/p/a.png",
        ] {
            assert!(!text_view(&format!("<img src=\"{address}\">")).contains("src="), "{address}");
        }
        for address in ["javascript:x", "data:text/html,x", " JAVASCRIPT:x", "/api/decks"] {
            assert!(
                !text_view(&format!("<a href=\"{address}\">a</a>")).contains("href"),
                "{address}"
            );
        }
    }
}
