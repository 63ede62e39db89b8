//! Takes raw HTML apart into tags, comments and text.

use crate::html;

/// A piece of raw HTML.
#[derive(Debug, PartialEq)]
pub(crate) enum Token<'a> {
    /// Text, and tags that are not allowed.
    Text(&'a str),
    /// What a style sheet holds.
    Style(&'a str),
    /// What stands between `<!--` and `-->`.
    Comment(&'a str),
    Open {
        name: String,
        attributes: Vec<(String, String)>,
    },
    Close(String),
}

/// So many tags may lack their end before the rest is taken for text: each costs a look at all of it.
const MAX_UNFINISHED_TAGS: usize = 16;

/// Takes raw HTML apart, from front to end. Each token comes with its place.
pub(crate) fn tokens(html: &str) -> Vec<(usize, Token<'_>)> {
    let mut tokens = Vec::new();
    let mut text_from = 0;
    let mut at = 0;
    let mut unfinished = 0;
    while let Some(found) = html[at..].find('<') {
        let start = at + found;
        let (token, end) = match token(&html[start..]) {
            Ok(read) => read,
            Err(reason) => {
                unfinished += usize::from(reason == NoTag::Unfinished);
                if unfinished > MAX_UNFINISHED_TAGS {
                    break;
                }
                at = start + 1;
                continue;
            }
        };
        if text_from < start {
            tokens.push((text_from, Token::Text(&html[text_from..start])));
        }
        at = start + end;
        text_from = at;
        let is_style = matches!(&token, Token::Open { name, .. } if name == "style");
        tokens.push((start, token));
        if is_style {
            let end = html::find_ignoring_case(&html[at..], "</style").unwrap_or(html.len() - at);
            tokens.push((at, Token::Style(&html[at..at + end])));
            at += end;
            text_from = at;
        }
    }
    if text_from < html.len() {
        tokens.push((text_from, Token::Text(&html[text_from..])));
    }
    tokens
}

/// Why a `<` begins nothing.
#[derive(Debug, PartialEq)]
enum NoTag {
    Unknown,
    Unfinished,
}

/// Reads the tag or comment that the text begins with, and its length.
fn token(html: &str) -> Result<(Token<'_>, usize), NoTag> {
    if let Some(comment) = html.strip_prefix("<!--") {
        let end = comment.find("-->");
        let text = &comment[..end.unwrap_or(comment.len())];
        return Ok((Token::Comment(text), end.map_or(html.len(), |end| end + 7)));
    }
    let closes = html[1..].starts_with('/');
    let from = if closes { 2 } else { 1 };
    let length = html[from..].bytes().take_while(u8::is_ascii_alphanumeric).count();
    let name = html[from..from + length].to_ascii_lowercase();
    let mut rest = &html[from + length..];
    if !html::is_allowed(&name)
        || !rest.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/')
    {
        return Err(NoTag::Unknown);
    }
    if closes {
        let end = html.find('>').ok_or(NoTag::Unfinished)?;
        // Browsers take it for what its author meant.
        let token = match name.as_str() {
            "br" => Token::Open { name, attributes: Vec::new() },
            _ => Token::Close(name),
        };
        return Ok((token, end + 1));
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return Ok((Token::Open { name, attributes }, html.len() - after.len()));
        }
        let stop = |c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/');
        // A stray `=` counts as a name, so that the loop always moves on.
        let key = &rest[..rest.find(stop).ok_or(NoTag::Unfinished)?.max(1)];
        rest = rest[key.len()..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = attribute_value(after.trim_start()).ok_or(NoTag::Unfinished)?;
        }
        let key = key.to_ascii_lowercase();
        let allowed = html::is_attribute_of(&name, &key) && html::is_safe_value(&key, value);
        if allowed && !attributes.iter().any(|(known, _)| *known == key) {
            attributes.push((key, html::escape_markup(value)));
        }
    }
}

fn attribute_value(text: &str) -> Option<(&str, &str)> {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote);
        }
    }
    let end = text.find(|c: char| c.is_whitespace() || c == '>')?;
    Some(text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(html: &str) -> Vec<Token<'_>> {
        super::tokens(html).into_iter().map(|(_, token)| token).collect()
    }

    #[test]
    fn tags_are_taken_apart() {
        let open = |name: &str, pairs: &[(&str, &str)]| Token::Open {
            name: name.to_owned(),
            attributes: pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        };
        assert_eq!(
            tokens("a<IMG src=x.png width=50% onerror=alert(1) >b</p >"),
            [
                Token::Text("a"),
                open("img", &[("src", "x.png"), ("width", "50%")]),
                Token::Text("b"),
                Token::Close("p".to_owned()),
            ]
        );
        assert_eq!(tokens("<link> 1 < 2 <b"), [Token::Text("<link> 1 < 2 <b")]);
        assert_eq!(
            tokens("<style>a > b {}</STYLE>x"),
            [
                open("style", &[]),
                Token::Style("a > b {}"),
                Token::Close("style".to_owned()),
                Token::Text("x"),
            ]
        );
        assert_eq!(tokens("<!-- a > b -->c"), [Token::Comment(" a > b "), Token::Text("c")]);
        assert_eq!(
            tokens("<a href='javascript:x' title=\"a<b\">"),
            [open("a", &[("title", "a&lt;b")])]
        );
    }
}
