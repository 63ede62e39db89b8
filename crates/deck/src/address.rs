//! Addresses as browsers want them, and as people read them.

/// An address with everything encoded that may not stand in one. Hosts are written in ASCII.
pub(crate) fn encode(url: &str) -> String {
    let url = with_host(url.trim(), |label| {
        if label.is_ascii() { None } else { to_punycode(label).map(|code| format!("xn--{code}")) }
    });
    let mut out = String::with_capacity(url.len());
    for (at, byte) in url.bytes().enumerate() {
        let digits = url.as_bytes().get(at + 1..at + 3);
        let is_escape = byte == b'%' && digits.is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit));
        if is_escape || byte.is_ascii_graphic() && !b"\"<>[\\]^`{|}%".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// An address with its umlauts. What has a meaning in addresses stays encoded.
pub(crate) fn display(url: &str) -> String {
    let url =
        with_host(url, |label| from_punycode(&label.strip_prefix("xn--")?.to_ascii_lowercase()));
    if !url.contains('%') {
        return url;
    }
    let mut out = Vec::with_capacity(url.len());
    let mut at = 0;
    while let Some(&byte) = url.as_bytes().get(at) {
        let digits = (byte == b'%').then(|| url.get(at + 1..at + 3)).flatten();
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if !b";/?:@&=+$,#%".contains(&byte) => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Rewrites the labels of the host of an address, if it has one.
fn with_host(url: &str, rewrite: impl Fn(&str) -> Option<String>) -> String {
    let is_plain = |text: &str| text.is_ascii() && !text.contains("xn--");
    let start = match url.find("//") {
        Some(at) if at == 0 || url[..at].ends_with(':') => at + 2,
        _ if url.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:")) => 7,
        _ => return url.to_owned(),
    };
    let scheme = url[..start].trim_end_matches('/').to_ascii_lowercase();
    if is_plain(url) || !["", "http:", "https:", "mailto:"].contains(&scheme.as_str()) {
        return url.to_owned();
    }
    let end = url[start..].find(|c: char| c.is_whitespace() || "/?#%;'{}|\\^`<>\"".contains(c));
    let end = end.map_or(url.len(), |end| start + end);
    let host_start = url[start..end].rfind('@').map_or(start, |at| start + at + 1);
    let host_end = url[host_start..end].find(':').map_or(end, |at| host_start + at);
    let host = &url[host_start..host_end];
    let dots = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];
    let labels: Vec<String> =
        host.split(dots).map(|label| rewrite(label).unwrap_or_else(|| label.to_owned())).collect();
    format!("{}{}{}", &url[..host_start], labels.join("."), &url[host_end..])
}

const BASE: u32 = 36;
const FIRST: u32 = 128;
const FIRST_BIAS: u32 = 72;
/// No label of a host is longer.
const MAX_LABEL: usize = 63;

/// How far the thresholds of digits shift after a character (RFC 3492, 6.1).
fn adapt(mut delta: u32, points: u32, is_first: bool) -> u32 {
    delta /= if is_first { 700 } else { 2 };
    delta += delta / points;
    let mut shift = 0;
    while delta > (BASE - 1) * 26 / 2 {
        delta /= BASE - 1;
        shift += BASE;
    }
    shift + BASE * delta / (delta + 38)
}

fn threshold(place: u32, bias: u32) -> u32 {
    (place.saturating_sub(bias)).clamp(1, 26)
}

fn to_punycode(label: &str) -> Option<String> {
    let points: Vec<u32> = label.chars().take(MAX_LABEL + 1).map(u32::from).collect();
    if points.len() > MAX_LABEL {
        return None;
    }
    let mut code: String = label.chars().filter(char::is_ascii).collect();
    let mut done = code.len() as u32;
    let plain = done;
    if plain > 0 {
        code.push('-');
    }
    let (mut next, mut delta, mut bias) = (FIRST, 0_u32, FIRST_BIAS);
    while (done as usize) < points.len() {
        let lowest = points.iter().copied().filter(|point| *point >= next).min()?;
        delta = delta.checked_add((lowest - next).checked_mul(done + 1)?)?;
        next = lowest;
        for &point in &points {
            if point < next {
                delta = delta.checked_add(1)?;
            } else if point == next {
                push_number(&mut code, delta, bias);
                bias = adapt(delta, done + 1, done == plain);
                delta = 0;
                done += 1;
            }
        }
        delta += 1;
        next += 1;
    }
    Some(code)
}

fn push_number(code: &mut String, mut number: u32, bias: u32) {
    let digit = |value: u32| char::from_digit(if value < 26 { value + 10 } else { value - 26 }, 36);
    for place in (1..).map(|place| place * BASE) {
        let least = threshold(place, bias);
        if number < least {
            break;
        }
        code.extend(digit(least + (number - least) % (BASE - least)));
        number = (number - least) / (BASE - least);
    }
    code.extend(digit(number));
}

fn from_punycode(code: &str) -> Option<String> {
    if code.len() > MAX_LABEL || !code.is_ascii() {
        return None;
    }
    let (plain, digits) = code.rsplit_once('-').unwrap_or(("", code));
    let mut chars: Vec<char> = plain.chars().collect();
    let (mut point, mut index, mut bias) = (FIRST, 0_u32, FIRST_BIAS);
    let mut digits = digits.bytes();
    while digits.len() > 0 {
        let (before, mut weight) = (index, 1_u32);
        for place in (1..).map(|place| place * BASE) {
            let digit = match digits.next()? {
                letter @ b'a'..=b'z' => u32::from(letter - b'a'),
                number @ b'0'..=b'9' => u32::from(number - b'0') + 26,
                _ => return None,
            };
            index = index.checked_add(digit.checked_mul(weight)?)?;
            let least = threshold(place, bias);
            if digit < least {
                break;
            }
            weight = weight.checked_mul(BASE - least)?;
        }
        let count = chars.len() as u32 + 1;
        bias = adapt(index - before, count, before == 0);
        point = point.checked_add(index / count)?;
        index %= count;
        chars.insert(index as usize, char::from_u32(point)?);
        index += 1;
    }
    Some(chars.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_stand_in_an_address_is_encoded() {
        assert_eq!(
            encode("https://example.org/ä b?x=[1]%20%"),
            "https://example.org/%C3%A4%20b?x=%5B1%5D%20%25"
        );
    }

    #[test]
    fn hosts_are_written_in_ascii_and_read_in_letters() {
        for (shown, written) in [
            ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
            ("//münchen.example", "//xn--mnchen-3ya.example"),
            ("http://例え.テスト:80", "http://xn--r8jz45g.xn--zckzah:80"),
            ("mailto:a@bücher.example", "mailto:a@xn--bcher-kva.example"),
        ] {
            assert_eq!(encode(shown), written);
            assert_eq!(display(written), shown);
        }
        assert_eq!(display("https://xn--999999999.example"), "https://xn--999999999.example");
    }

    #[test]
    fn what_is_shown_is_readable() {
        assert_eq!(display("https://example.org/%C3%A4%2F%20x"), "https://example.org/ä%2F x");
        assert_eq!(display("a%2"), "a%2");
    }
}
