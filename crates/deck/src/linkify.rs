//! Finds addresses in running text: `https://…`, bare domains and e-mail.

use std::ops::Range;

use crate::{characters::is_punctuation, hidden::is_hidden};

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
const MAX_USER: usize = 50;
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
    while let Some(found) = text[at..].find([':', '.', '@', '/']) {
        let mark = at + found;
        let result = match text.as_bytes()[mark] {
            b':' => with_scheme(text, from, mark),
            b'/' => without_scheme(text, from, mark),
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

/// Finds the next address with a scheme from `from` on, in a text that may still hold all kinds of
/// marks.
pub(crate) fn find_with_scheme(text: &str, from: usize) -> Option<Range<usize>> {
    let colons = text[from..].match_indices("://").map(|(at, _)| from + at);
    colons.filter_map(|colon| with_scheme(text, from, colon)).next().map(|found| found.range)
}

fn with_scheme(text: &str, from: usize, colon: usize) -> Option<Found> {
    let letters = text[from..colon].bytes().rev().take(MAX_SCHEME);
    let start = colon - letters.take_while(u8::is_ascii_alphabetic).count();
    let scheme = &text[start..colon];
    let before = text[..start].bytes().next_back();
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'+') {
        return None;
    }
    if scheme.eq_ignore_ascii_case("mailto") {
        let rest = &text[colon + 1..];
        let length = rest.bytes().take(MAX_LOCAL + 1).take_while(|byte| is_local(*byte)).count();
        let at = colon + 1 + length;
        let is_mail = length > 0 && !rest.starts_with('"') && text[at..].starts_with('@');
        let end = at + 1 + host_length(text.get(at + 1..).unwrap_or_default());
        let is_mail = is_mail && end > at + 1 && ends_host(text, end);
        return is_mail.then(|| Found { url: text[start..end].to_owned(), range: start..end });
    }
    let is_known = ["http", "https", "ftp"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    if !is_known || !text[colon..].starts_with("://") {
        return None;
    }
    let end = location_end(text, colon + "://".len())?;
    // Asterisks at the end are emphasis that nobody closed, not part of the address.
    let end = text[..end].trim_end_matches('*').len();
    Some(Found { url: text[start..end].to_owned(), range: start..end })
}

/// `//example.org/x`
fn without_scheme(text: &str, from: usize, at: usize) -> Option<Found> {
    if at < from || !text[at..].starts_with("//") || !is_border(text, at) {
        return None;
    }
    if text[..at].ends_with([':', '/']) {
        return None;
    }
    let host_start = at + 2 + user_length(&text[at + 2..]);
    let host = &text[host_start..host_start + host_length(&text[host_start..])];
    if host != "localhost" && !host.contains('.') {
        return None;
    }
    let end = location_end(text, at + 2)?;
    Some(Found { url: text[at..end].to_owned(), range: at..end })
}

/// Whether an address may begin here: behind a blank or punctuation.
fn is_border(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_none_or(|c| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '<' | '>')
            || c != '_' && is_punctuation(c)
    })
}

/// The end of `user@host:port/path`.
fn location_end(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let host_start = at + user_length(rest);
    let host_end = host_start + length_of_host(&text[host_start..], is_host_with_scheme);
    if host_end == host_start { None } else { path_end(text, host_end) }
}

/// The length of `user:password@`, if there is one.
fn user_length(text: &str) -> usize {
    let stops = |c: char| c.is_whitespace() || c.is_control() || "@/[]()".contains(c);
    let end = text.char_indices().take(MAX_USER + 1).find(|(_, c)| stops(*c));
    end.filter(|(at, c)| *at > 0 && *c == '@').map_or(0, |(at, _)| at + 1)
}

fn bare(text: &str, from: usize, dot: usize) -> Option<Found> {
    let start = host_start(text, from, dot);
    let before = text[..start].chars().next_back();
    let is_apart = before.is_none_or(|c| {
        c.is_whitespace()
            || c.is_control()
            || "$+<=>^`|".contains(c)
            || !".:/\\-_@".contains(c) && is_punctuation(c)
    });
    if !is_apart {
        return None;
    }
    let host = &text[start..start + host_length(&text[start..])];
    if start == dot || !is_known_domain(host) {
        return None;
    }
    let end = path_end(text, start + host.len())?;
    if text[end..].starts_with('@')
        && let Some(mail) = email(text, from, end)
    {
        return Some(mail);
    }
    let (name, ending) = host.rsplit_once('.')?;
    let is_file = FILE_ENDINGS.contains(&ending) && !name.contains('.');
    if is_file && end == start + host.len() {
        return None;
    }
    Some(Found { url: format!("http://{}", &text[start..end]), range: start..end })
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-;:&=+$,\"._".contains(&byte)
}

/// The `name@domain` around an at sign.
fn email(text: &str, from: usize, at: usize) -> Option<Found> {
    let length =
        text[from..at].bytes().rev().take(MAX_LOCAL).take_while(|byte| is_local(*byte)).count();
    let first = at - length;
    let opens = |start: usize| {
        let before = text[..start].chars().next_back();
        !text[start..].starts_with('"')
            && before.is_none_or(|c| c.is_whitespace() || c.is_control() || "<>\"(".contains(c))
    };
    let start = (first..at).find(|start| opens(*start))?;
    let end = at + 1 + host_length(&text[at + 1..]);
    let is_mail = is_known_domain(&text[at + 1..end]) && ends_host(text, end);
    is_mail.then(|| Found { url: format!("mailto:{}", &text[start..end]), range: start..end })
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
    length_of_host(text, is_host)
}

fn length_of_host(text: &str, is_host: fn(char) -> bool) -> usize {
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

/// Behind a scheme, signs count as well: `~~https://example.org~~` is not struck.
fn is_host_with_scheme(c: char) -> bool {
    is_host(c) || "$+=~".contains(c) || is_hidden(c)
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

/// Whether what follows a host does not spoil it.
fn ends_host(text: &str, end: usize) -> bool {
    let rest = &text[end..];
    match rest.chars().next() {
        Some('-' | '_') => false,
        Some(':') => !rest[1..].starts_with(|c: char| c.is_ascii_digit()),
        Some('.') => !rest[1..].starts_with('-'),
        Some(c) => {
            c.is_whitespace() || c.is_control() || matches!(c, '<' | '>') || is_punctuation(c)
        }
        None => true,
    }
}

/// Where an address ends whose host ends at `host_end`. Nothing if what follows spoils it.
fn path_end(text: &str, host_end: usize) -> Option<usize> {
    let mut end = host_end;
    if let Some(port) = text[end..].strip_prefix(':') {
        let digits = port.bytes().take_while(u8::is_ascii_digit).count();
        if port[..digits].parse::<u16>().is_ok() {
            end += 1 + digits;
        }
    }
    ends_host(text, end).then(|| end + path_length(&text[end..]))
}

/// The length of a path, query and fragment: up to a blank, and without the punctuation of the
/// sentence around it. Brackets and quotes count if they are closed within.
fn path_length(text: &str) -> usize {
    if !text.starts_with(['/', '?', '#']) {
        return 0;
    }
    let mut at = 1;
    while let Some(c) = text[at..].chars().next() {
        let after = &text[at + c.len_utf8()..];
        let run = after.len() - after.trim_start_matches(c).len();
        let ends =
            |text: &str| text.chars().next().is_none_or(|c| c.is_whitespace() || c.is_control());
        let step = match c {
            c if c.is_whitespace() || c.is_control() => None,
            '<' | '>' | '\u{ff5c}' | ')' | ']' | '}' => None,
            '(' => closed(after, ')'),
            '[' => closed(after, ']'),
            '{' => closed(after, '}'),
            '"' => closed(after, '"').filter(|length| *length > 1),
            '\'' => closed(after, '\'').filter(|length| *length > 1).or_else(|| {
                let next = after.chars().next();
                let goes_on = next.is_some_and(|c| c == '-' || !ends(after) && !is_punctuation(c));
                goes_on.then_some(0)
            }),
            '.' if run > 0 => after[run..]
                .starts_with(|c: char| c.is_ascii_alphanumeric() || "%/&".contains(c))
                .then_some(run),
            '!' => (!ends(&after[run..])).then_some(run),
            '?' if run > 0 => None,
            '.' | ',' | ';' | '?' => (!ends(after)).then_some(0),
            _ => Some(0),
        };
        match step {
            Some(more) => at += c.len_utf8() + more,
            None => break,
        }
    }
    // A sign that only introduces something is no path.
    if at == 1 && !text.starts_with('/') { 0 } else { at }
}

/// The length up to and with the closing sign, if no blank comes before it.
fn closed(text: &str, close: char) -> Option<usize> {
    let mut chars = text.char_indices().take(MAX_CLOSED);
    let stops = |c: char| c == close || c.is_whitespace() || c.is_control();
    let (end, found) = chars.find(|(_, c)| stops(*c))?;
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
}
