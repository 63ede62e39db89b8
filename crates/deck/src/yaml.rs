//! Reads the part of YAML that front matter uses, and goes on past what it cannot read.
//!
//! Maps and lists by indentation or in brackets, plain and quoted scalars, block scalars, comments.
//! Anchors, aliases and tags are refused: they can blow a small text up, and no deck needs them.

mod flow;

use flow::Flow;

/// Deeper values are refused.
const MAX_DEPTH: usize = 8;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<Entry>),
}

/// A key with its value, and the line it stands on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) line: usize,
}

/// What could not be read, by line.
pub(crate) type Errors = Vec<(usize, String)>;

/// Reads a document. The value is a map unless the text says otherwise.
pub(crate) fn read(lines: &[&str]) -> (Value, Errors) {
    let mut reader = Reader { lines, at: 0, errors: Vec::new() };
    let mut value = Value::Map(Vec::new());
    while let Some((indent, _)) = reader.peek() {
        match (reader.block(indent, 0), &mut value) {
            // Whatever follows a line that could not be read belongs to the same map.
            (Value::Map(more), Value::Map(entries)) => {
                for entry in more {
                    reader.insert(entries, entry);
                }
            }
            (other, _) => value = other,
        }
    }
    (value, reader.errors)
}

struct Reader<'a> {
    lines: &'a [&'a str],
    at: usize,
    errors: Errors,
}

impl<'a> Reader<'a> {
    /// The next line that says something, with its indentation.
    fn peek(&mut self) -> Option<(usize, &'a str)> {
        while let Some(&line) = self.lines.get(self.at) {
            let text = line.trim_start_matches(' ');
            if text.trim().is_empty() || text.starts_with('#') {
                self.at += 1;
            } else if text.starts_with('\t') {
                self.fail("tabs cannot indent, use blanks");
                self.at += 1;
            } else {
                return Some((line.len() - text.len(), text.trim_end()));
            }
        }
        None
    }

    fn fail(&mut self, message: &str) {
        self.errors.push((self.at, message.to_owned()));
    }

    fn insert(&mut self, entries: &mut Vec<Entry>, entry: Entry) {
        if entries.iter().any(|known| known.key == entry.key) {
            self.errors.push((entry.line, format!("`{}` is given twice", entry.key)));
        } else {
            entries.push(entry);
        }
    }

    /// Reads the map, list or scalar whose lines are indented by `indent`; always moves on.
    fn block(&mut self, indent: usize, depth: usize) -> Value {
        let Some((_, text)) = self.peek() else { return Value::Null };
        if depth > MAX_DEPTH {
            self.fail("nested too deeply");
            self.skip_deeper(indent);
            return Value::Null;
        }
        if is_item(text) { self.list(indent, depth) } else { self.map(indent, depth) }
    }

    fn skip_deeper(&mut self, indent: usize) {
        while self.peek().is_some_and(|(found, _)| found >= indent) {
            self.at += 1;
        }
    }

    fn map(&mut self, indent: usize, depth: usize) -> Value {
        let mut entries = Vec::new();
        while let Some((found, text)) = self.peek() {
            if found < indent || (found == indent && is_item(text)) {
                if found == indent {
                    self.fail("a list item is out of place here");
                    self.at += 1;
                    continue;
                }
                break;
            }
            let line = self.at;
            let Some((key, rest)) = split_key(text) else {
                self.fail("expected `key: value`");
                self.at += 1;
                continue;
            };
            if found > indent {
                self.fail("indented more than the line above");
            }
            self.at += 1;
            let value = self.value(rest, line, indent, depth);
            self.insert(&mut entries, Entry { key, value, line });
        }
        Value::Map(entries)
    }

    fn list(&mut self, indent: usize, depth: usize) -> Value {
        let mut items = Vec::new();
        while let Some((found, text)) = self.peek() {
            if found != indent || !is_item(text) {
                if found > indent {
                    self.fail("expected `- item`");
                    self.at += 1;
                    continue;
                }
                break;
            }
            let line = self.at;
            let rest = text[1..].trim_start();
            self.at += 1;
            // `- key: value` is a map whose first line stands behind the dash.
            let item = match split_key(rest) {
                Some((key, after)) if !rest.starts_with(['"', '\'', '[', '{']) => {
                    let inner = indent + text.len() - rest.len();
                    let value = self.value(after, line, inner, depth + 1);
                    let mut entries = vec![Entry { key, value, line }];
                    if self.peek().is_some_and(|(found, text)| found == inner && !is_item(text))
                        && let Value::Map(more) = self.block(inner, depth + 1)
                    {
                        for entry in more {
                            self.insert(&mut entries, entry);
                        }
                    }
                    Value::Map(entries)
                }
                _ => self.value(rest, line, indent, depth),
            };
            items.push(item);
        }
        Value::List(items)
    }

    /// Reads what stands behind a key or a dash, and the lines that continue it.
    fn value(&mut self, text: &str, line: usize, indent: usize, depth: usize) -> Value {
        let text = strip_comment(text).trim();
        if text.is_empty() {
            return match self.peek() {
                Some((found, next)) if found > indent || (found == indent && is_item(next)) => {
                    self.block(found, depth + 1)
                }
                _ => Value::Null,
            };
        }
        match text.as_bytes()[0] {
            b'|' | b'>' => return Value::Text(self.block_scalar(text, indent)),
            b'&' | b'*' | b'!' => {
                self.errors.push((line, "anchors, aliases and tags are not read".to_owned()));
                return Value::Null;
            }
            b'%' | b'@' | b'`' => {
                self.errors.push((line, "this text needs quotes".to_owned()));
                return Value::Text(text.to_owned());
            }
            _ => {}
        }
        let mut whole = text.to_owned();
        while let Some((found, next)) = self.peek() {
            if found <= indent {
                break;
            }
            whole.push(' ');
            whole.push_str(strip_comment(next).trim());
            self.at += 1;
        }
        let mut flow = Flow { text: &whole, at: 0 };
        let value = flow.value(depth, "");
        flow.blanks();
        match value {
            Ok(value) if flow.at == whole.len() => value,
            Ok(_) => {
                self.errors.push((line, "text behind the value".to_owned()));
                Value::Null
            }
            Err(message) => {
                self.errors.push((line, message.to_owned()));
                Value::Null
            }
        }
        .checked(text, line, &mut self.errors)
    }

    /// Reads the lines of `|` (kept) or `>` (folded).
    fn block_scalar(&mut self, header: &str, indent: usize) -> String {
        let mut lines: Vec<&str> = Vec::new();
        let mut inner = None;
        while let Some(&line) = self.lines.get(self.at) {
            let text = line.trim_start_matches(' ');
            let found = line.len() - text.len();
            if !text.is_empty() && found <= indent {
                break;
            }
            let width = *inner.get_or_insert(found);
            lines.push(line.get(width.min(found)..).unwrap_or_default());
            self.at += 1;
        }
        while lines.last().is_some_and(|line| line.trim().is_empty()) {
            lines.pop();
        }
        lines.join(if header.starts_with('|') { "\n" } else { " " })
    }
}

impl Value {
    /// A plain value such as `a: b` is most likely a missing pair of quotes.
    fn checked(self, text: &str, line: usize, errors: &mut Errors) -> Self {
        let plain = !text.starts_with(['"', '\'', '[', '{']);
        if plain && matches!(&self, Value::Text(whole) if whole.contains(": ")) {
            errors.push((line, "a value that holds `: ` needs quotes".to_owned()));
        }
        self
    }
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// Splits `key: value`.
fn split_key(text: &str) -> Option<(String, &str)> {
    if text.starts_with(['"', '\'']) {
        let mut flow = Flow { text, at: 0 };
        let key = flow.quoted().ok()?;
        let rest = text[flow.at..].trim_start().strip_prefix(':')?;
        return (rest.is_empty() || rest.starts_with(' ')).then_some((key, rest));
    }
    if text.starts_with(['[', '{', '|', '>', '&', '*', '!', '%', '@', '`']) {
        return None;
    }
    let at = text.find(": ").or_else(|| text.strip_suffix(':').map(str::len))?;
    let key = text[..at].trim();
    (!key.is_empty() && !key.contains(" #")).then(|| (key.to_owned(), &text[at + 1..]))
}

/// A text between quotes, which reads as itself.
pub(crate) fn quoted(value: &str) -> String {
    format!("\"{}\"", escaped(value))
}

/// A text as it stands between double quotes.
pub(crate) fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Takes ` # comment` off, but not out of quotes.
pub(crate) fn strip_comment(text: &str) -> &str {
    let mut quote = None;
    let mut before = b' ';
    let mut bytes = text.bytes().enumerate();
    while let Some((index, byte)) = bytes.next() {
        match quote {
            // What follows a backslash is no quote.
            Some(b'"') if byte == b'\\' => drop(bytes.next()),
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if byte == b'#' && (before == b' ' || before == b'\t') => return &text[..index],
            None if b"\"'".contains(&byte) && b" [{,:".contains(&before) => quote = Some(byte),
            None => {}
        }
        before = byte;
    }
    text
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn show(value: &Value) -> String {
        match value {
            Value::Null => "null".to_owned(),
            Value::Bool(b) => b.to_string(),
            Value::Number(n) => n.to_string(),
            Value::Text(text) => format!("{text:?}"),
            Value::List(items) => {
                format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
            }
            Value::Map(entries) => {
                let shown = entries.iter().map(|e| format!("{}: {}", e.key, show(&e.value)));
                format!("{{{}}}", shown.collect::<Vec<_>>().join(", "))
            }
        }
    }

    #[track_caller]
    fn check(source: &str, expected: Expect) {
        let (value, errors) = read(&source.split('\n').collect::<Vec<_>>());
        let mut shown = show(&value);
        for (line, message) in errors {
            shown += &format!("\n{line}: {message}");
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn escaped_quotes_do_not_end_a_value() {
        check(r##"a: "b \"c\": #1" # d"##, expect![[r#"{a: "b \"c\": #1"}"#]]);
        check(r#"a: "b\\" # d"#, expect![[r#"{a: "b\\"}"#]]);
    }

    #[test]
    fn scalars() {
        check(
            "a: x\nb: 12\nc: -1.5\nd: true\ne: ~\nf: 2026-01-02\ng: 1280px",
            expect![[
                r#"{a: "x", b: 12, c: -1.5, d: true, e: null, f: "2026-01-02", g: "1280px"}"#
            ]],
        );
        check(
            "a: 'it''s'\nb: \"x\\n\\u00e4\\\"\"\nc: \"# no\" # yes\n\"d e\": f#g",
            expect![[r##"{a: "it's", b: "x\nä\"", c: "# no", d e: "f#g"}"##]],
        );
        check(
            "a: |\n  x\n   y\n\nb: >-\n  c\n  d\ne: f\n  g",
            expect![[r#"{a: "x\n y", b: "c d", e: "f g"}"#]],
        );
    }

    #[test]
    fn nested_values() {
        check("# c\na:\n  b:\n    c: 1\n  d: 2\n\ne: 3", expect!["{a: {b: {c: 1}, d: 2}, e: 3}"]);
        check(
            "a:\n- x\n- y: 1\n  z: 2\n-\n  - q\nb: [1, 'a, b', {c: d}]\ne: {}",
            expect![[r#"{a: ["x", {y: 1, z: 2}, ["q"]], b: [1, "a, b", {c: "d"}], e: {}}"#]],
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_and_skipped() {
        check(
            "a: [1\nb: 2",
            expect![[r#"
            {a: null, b: 2}
            0: expected `,` or `]`"#]],
        );
        check(
            "a\nb: 2",
            expect![[r#"
            {b: 2}
            0: expected `key: value`"#]],
        );
        check(
            "a: x: y\nb: \"c\na: 2",
            expect![[r#"
            {a: "x: y", b: null}
            0: a value that holds `: ` needs quotes
            1: a quote is never closed
            2: `a` is given twice"#]],
        );
        check(
            "a: &x 1\nb: *x\nc: !!str 2",
            expect![[r#"
            {a: null, b: null, c: null}
            0: anchors, aliases and tags are not read
            1: anchors, aliases and tags are not read
            2: anchors, aliases and tags are not read"#]],
        );
        check(
            "a:\n\tb: 1\nc: 2",
            expect![[r#"
            {a: null, c: 2}
            1: tabs cannot indent, use blanks"#]],
        );
        check(
            "a: [[[[[[[[[[1]]]]]]]]]]",
            expect![[r#"
            {a: null}
            0: nested too deeply"#]],
        );
    }
}
