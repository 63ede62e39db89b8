//! Finds addresses in running text: `https://…`, bare domains and e-mail.

use std::ops::Range;

/// Country domains, by their first letter.
const COUNTRIES: [(u8, &str); 26] = [
    (b'a', "cdefgilmnoqrstuwxz"),
    (b'b', "abdefghijmnorstvwyz"),
    (b'c', "acdfghiklmnoruvwxyz"),
    (b'd', "ejkmoz"),
    (b'e', "cegrstu"),
    (b'f', "ijkmor"),
    (b'g', "abdefghilmnpqrstuwy"),
    (b'h', "kmnrtu"),
    (b'i', "delmnoqrst"),
    (b'j', "emop"),
    (b'k', "eghimnprwyz"),
    (b'l', "abcikrstuvy"),
    (b'm', "acdeghklmnopqrstuvwxyz"),
    (b'n', "acefgilopruz"),
    (b'o', "m"),
    (b'p', "aefghklmnrstwy"),
    (b'q', "a"),
    (b'r', "eosuw"),
    (b's', "abcdeghijklmnortuvxyz"),
    (b't', "cdfghjklmnortvwz"),
    (b'u', "agksyz"),
    (b'v', "aceginu"),
    (b'w', "fs"),
    (b'x', ""),
    (b'y', "et"),
    (b'z', "amw"),
];

/// Other domains that make a word an address without `https://`.
const DOMAINS: [&str; 17] = [
    "aero", "asia", "biz", "com", "coop", "edu", "gov", "info", "museum", "name", "net", "org",
    "pro", "shop", "web", "xxx", "рф",
];

/// Countries that are better known as file endings: `README.md` is no address, `a.README.md` and
/// `docs.rs/x` are taken for one.
const FILE_ENDINGS: [&str; 8] = ["cc", "md", "mk", "pl", "ps", "py", "rs", "sh"];

/// The parts of an address are no longer than this; it keeps the search from going over a long text
/// again for each dot in it.
const MAX_SCHEME: usize = 8;
const MAX_LOCAL: usize = 64;
const MAX_HOST: usize = 253;
/// So far ahead a bracket within a path may be closed.
const MAX_CLOSED: usize = 1000;

/// A link found in a text.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) range: Range<usize>,
    pub(crate) url: String,
}

/// Finds the next address from `from` on.
pub(crate) fn find(text: &str, from: usize) -> Option<Found> {
    // Every address has one of these within it.
    let mut at = from;
    while let Some(found) = text[at..].find([':', '.', '@']) {
        let mark = at + found;
        let result = match text.as_bytes()[mark] {
            b':' => with_scheme(text, from, mark),
            b'@' => email(text, from, mark),
            _ => bare(text, from, mark),
        };
        if result.is_some() {
            return result;
        }
        at = mark + 1;
    }
    None
}

/// Whether a text ends within an address that began with a scheme.
pub(crate) fn is_within_address(before: &str) -> bool {
    before
        .rsplit(|c: char| c.is_whitespace() || "<>()[]\"".contains(c))
        .next()
        .is_some_and(|word| word.contains("://"))
}

/// An address as people read it: with its umlauts.
pub(crate) fn display(url: &str) -> String {
    if !url.contains('%') {
        return url.to_owned();
    }
    let mut out = Vec::with_capacity(url.len());
    let bytes = url.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| url.get(at + 1..at + 3)).flatten();
        match hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if byte >= 0x80 || byte == b' ' || byte.is_ascii_alphanumeric() => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| url.to_owned())
}

fn with_scheme(text: &str, from: usize, colon: usize) -> Option<Found> {
    let letters = text[from..colon].bytes().rev().take(MAX_SCHEME);
    let scheme_length = letters.take_while(u8::is_ascii_alphabetic).count();
    let start = colon - scheme_length;
    let scheme = &text[start..colon];
    if text[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    if scheme.eq_ignore_ascii_case("mailto") {
        let length = text[colon + 1..].bytes().take(MAX_LOCAL).position(|byte| byte == b'@')?;
        let at = colon + 1 + length;
        let end = mailbox(text, colon + 1, at)?;
        let range = start..end.end;
        let is_whole = end.start == colon + 1;
        return is_whole.then(|| Found { url: text[range.clone()].to_owned(), range });
    }
    if !["http", "https", "ftp"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    let host_start = colon + 3;
    if text.get(colon + 1..host_start) != Some("//") {
        return None;
    }
    let host_start = host_start + user_length(&text[host_start..]);
    let host_end = host_start + host_length(&text[host_start..]);
    if host_end == host_start {
        return None;
    }
    // Asterisks at the end are emphasis that nobody closed, not part of the address.
    let end = text[..path_end(text, host_end)?].trim_end_matches('*').len();
    Some(Found { url: text[start..end].to_owned(), range: start..end })
}

/// The length of `user:password@`, if there is one.
fn user_length(text: &str) -> usize {
    let end =
        text.find(|c: char| c.is_whitespace() || "/?#<>()[]\"".contains(c)).unwrap_or(text.len());
    text[..end].rfind('@').map_or(0, |at| at + 1)
}

fn bare(text: &str, from: usize, dot: usize) -> Option<Found> {
    let start = host_start(text, from, dot);
    let before = text[..start].chars().next_back();
    if before.is_some_and(|c| c.is_alphanumeric() || ".:/\\-_@".contains(c)) {
        return None;
    }
    let host = &text[start..start + host_length(&text[start..])];
    if start == dot || !is_known_domain(host) {
        return None;
    }
    let end = path_end(text, start + host.len())?;
    let (name, ending) = host.rsplit_once('.')?;
    let is_file = FILE_ENDINGS.contains(&ending) && !name.contains('.');
    if is_file && end == start + host.len() {
        return None;
    }
    Some(Found { url: format!("http://{}", &text[start..end]), range: start..end })
}

fn email(text: &str, from: usize, at: usize) -> Option<Found> {
    let range = mailbox(text, from, at)?;
    let before = text[..range.start].chars().next_back();
    let is_apart = !before.is_some_and(|c| c.is_alphanumeric() || "/:@".contains(c));
    is_apart.then(|| Found { url: format!("mailto:{}", &text[range.clone()]), range })
}

/// The `name@domain` around an at sign.
fn mailbox(text: &str, from: usize, at: usize) -> Option<Range<usize>> {
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._+-=&$".contains(byte);
    let length = text[from..at].bytes().rev().take(MAX_LOCAL).take_while(is_local).count();
    let local = text[at - length..at].trim_start_matches('.');
    if local.is_empty() || local.ends_with('.') {
        return None;
    }
    let start = at - local.len();
    let end = at + 1 + host_length(&text[at + 1..]);
    is_known_domain(&text[at + 1..end]).then_some(start..end)
}

/// Where the host around a dot begins.
fn host_start(text: &str, from: usize, dot: usize) -> usize {
    let mut start = dot;
    for (at, c) in text[from..dot].char_indices().rev().take(MAX_HOST) {
        if !is_host(c) {
            break;
        }
        start = from + at;
    }
    start
}

/// The length of the host that a text begins with; it ends with a letter or a digit.
fn host_length(text: &str) -> usize {
    let mut chars = text.char_indices();
    let end = chars.by_ref().take(MAX_HOST).find(|(_, c)| !is_host(*c)).map(|(at, _)| at);
    let end = match end {
        Some(end) => end,
        None if chars.next().is_none() => text.len(),
        None => 0,
    };
    let host = text[..end].trim_end_matches(['.', '-']);
    match host.find("..") {
        Some(dots) => dots,
        None => host.len(),
    }
}

fn is_host(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '.'
}

fn is_known_domain(host: &str) -> bool {
    let Some((name, ending)) = host.rsplit_once('.') else { return false };
    let ending = ending.to_lowercase();
    let known = match ending.as_bytes() {
        [first @ b'a'..=b'z', second] => {
            COUNTRIES[usize::from(first - b'a')].1.as_bytes().contains(second)
        }
        _ => DOMAINS.contains(&ending.as_str()),
    };
    known && !name.is_empty() && name.split('.').all(|l| !l.is_empty() && !l.starts_with('-'))
}

/// Where an address ends whose host ends at `host_end`. Nothing if what follows spoils it.
fn path_end(text: &str, host_end: usize) -> Option<usize> {
    let mut end = host_end;
    let rest = &text[end..];
    if let Some(port) = rest.strip_prefix(':') {
        let digits = port.bytes().take_while(u8::is_ascii_digit).count();
        if (1..=5).contains(&digits) {
            end += 1 + digits;
        }
    }
    match text[end..].chars().next() {
        Some('/' | '?' | '#') => Some(end + path_length(&text[end..])),
        Some('-' | '_') => None,
        Some(c) if c.is_alphanumeric() => None,
        _ => Some(end),
    }
}

/// The length of a path, query and fragment: up to a blank, and without the punctuation of the
/// sentence around it. Brackets and quotes count if they are closed within.
fn path_length(text: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let after = &text[at + c.len_utf8()..];
        let next = after.chars().next();
        let at_end = next.is_none_or(|c| c.is_whitespace() || c.is_control());
        let step = match c {
            c if c.is_whitespace() || c.is_control() => None,
            '<' | '>' | ')' | ']' | '}' => None,
            '(' => closed(after, ')'),
            '[' => closed(after, ']'),
            '{' => closed(after, '}'),
            '"' => closed(after, '"').filter(|length| *length > 1),
            '\'' => closed(after, '\'')
                .filter(|length| *length > 1)
                .or((next.is_some_and(|c| c.is_alphanumeric() || c == '-')).then_some(0)),
            '.' => {
                let dots = after.len() - after.trim_start_matches('.').len();
                let behind = after[dots..].chars().next();
                if dots == 0 {
                    (!at_end).then_some(0)
                } else {
                    behind
                        .is_some_and(|c| {
                            c.is_ascii_alphanumeric() || c == '%' || c == '&' || c == '/'
                        })
                        .then_some(dots)
                }
            }
            ',' | ';' => (!at_end).then_some(0),
            '?' | '!' => (!at_end && next != Some(c)).then_some(0),
            _ => Some(0),
        };
        match step {
            Some(more) => at += c.len_utf8() + more,
            None => break,
        }
    }
    at
}

/// The length up to and with the closing sign, if no blank comes before it.
fn closed(text: &str, close: char) -> Option<usize> {
    let mut chars = text.char_indices().take(MAX_CLOSED);
    let (end, found) = chars.find(|(_, c)| *c == close || c.is_whitespace())?;
    (found == close).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Expect) {
        let mut shown = Vec::new();
        let mut at = 0;
        while let Some(found) = find(text, at) {
            at = found.range.end;
            let text = &text[found.range];
            let same = found.url == text;
            shown.push(if same { found.url } else { format!("{text} → {}", found.url) });
        }
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn addresses_with_a_scheme() {
        check(
            "See https://example.org/a_b?c=d&e=f#g, or (http://example.org).",
            expect![[r#"
            https://example.org/a_b?c=d&e=f#g
            http://example.org"#]],
        );
        check(
            "https://en.example.org/x_(y)) http://localhost:3000/ HTTPS://EXAMPLE.ORG.",
            expect![[r#"
                https://en.example.org/x_(y)
                http://localhost:3000/
                HTTPS://EXAMPLE.ORG"#]],
        );
        check(
            "https:// http:/x ://y xhttps://example.org ftp://a.example.org/x.",
            expect!["ftp://a.example.org/x"],
        );
        check(
            "https://example.org/a...b https://example.org/wait... https://example.org: x",
            expect![[r#"
                https://example.org/a...b
                https://example.org/wait
                https://example.org"#]],
        );
        check(
            "https://u:p@example.org/ https://example.org/\"x\" mailto:a@example.org",
            expect![[r#"
                https://u:p@example.org/
                https://example.org/"x"
                mailto:a@example.org"#]],
        );
    }

    #[test]
    fn bare_domains_need_a_known_ending() {
        check(
            "example.org, www.example.com/x. sub.example.de:80/y",
            expect![[r#"
            example.org → http://example.org
            www.example.com/x → http://www.example.com/x
            sub.example.de:80/y → http://sub.example.de:80/y"#]],
        );
        check("README.md main.rs e.g. z.B. v1.2.3 node.js a.b foo..org .org", expect![""]);
        check(
            "docs.rs/deck x@y /a.example.org _a.org",
            expect!["docs.rs/deck → http://docs.rs/deck"],
        );
    }

    #[test]
    fn mail() {
        check(
            "Write to first.last+tag@example.org. Or a@b, @example, a@localhost",
            expect!["first.last+tag@example.org → mailto:first.last+tag@example.org"],
        );
    }

    #[test]
    fn what_is_shown_is_readable() {
        assert_eq!(display("https://example.org/%C3%A4%2F%20x"), "https://example.org/ä%2F x");
        assert_eq!(display("https://example.org/%ff"), "https://example.org/%ff");
    }
}
