//! Values within one line: scalars, quotes and brackets.

use super::{Entry, MAX_DEPTH, Value};

/// Reads scalars and bracketed values within one text.
pub(super) struct Flow<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl Flow<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    pub(super) fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn take(&mut self, mark: char) -> bool {
        self.blanks();
        let found = self.rest().starts_with(mark);
        self.at += usize::from(found);
        found
    }

    pub(super) fn value(&mut self, depth: usize, stops: &str) -> Result<Value, &'static str> {
        if depth > MAX_DEPTH {
            return Err("nested too deeply");
        }
        self.blanks();
        match self.rest().chars().next() {
            Some('[') => self.list(depth),
            Some('{') => self.map(depth),
            Some('"' | '\'') => self.quoted().map(Value::Text),
            Some('&' | '*' | '!') => Err("anchors, aliases and tags are not read"),
            _ => {
                let rest = self.rest();
                let end = rest.find(|c| stops.contains(c)).unwrap_or(rest.len());
                let plain = scalar(rest[..end].trim());
                self.at += end;
                Ok(plain)
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, &'static str> {
        self.take('[');
        let mut items = Vec::new();
        while !self.take(']') {
            if self.rest().is_empty() {
                return Err("`[` is never closed");
            }
            items.push(self.value(depth + 1, ",]")?);
            if !self.take(',') && !self.rest().starts_with(']') {
                return Err("expected `,` or `]`");
            }
        }
        Ok(Value::List(items))
    }

    fn map(&mut self, depth: usize) -> Result<Value, &'static str> {
        self.take('{');
        let mut entries = Vec::new();
        while !self.take('}') {
            if self.rest().is_empty() {
                return Err("`{` is never closed");
            }
            let key = if self.rest().starts_with(['"', '\'']) {
                self.quoted()?
            } else {
                let end = self.rest().find([':', ',', '}']).ok_or("`{` is never closed")?;
                let key = self.rest()[..end].trim().to_owned();
                self.at += end;
                key
            };
            let value = if self.take(':') { self.value(depth + 1, ",}")? } else { Value::Null };
            entries.push(Entry { key, value, line: 0 });
            if !self.take(',') && !self.rest().starts_with('}') {
                return Err("expected `,` or `}`");
            }
        }
        Ok(Value::Map(entries))
    }

    pub(super) fn quoted(&mut self) -> Result<String, &'static str> {
        let mut chars = self.text[self.at..].char_indices();
        let Some((_, quote)) = chars.next() else { return Err("expected a quote") };
        let mut text = String::new();
        while let Some((index, c)) = chars.next() {
            match c {
                '\'' if quote == '\'' && chars.as_str().starts_with('\'') => {
                    chars.next();
                    text.push('\'');
                }
                c if c == quote => {
                    self.at += index + 1;
                    return Ok(text);
                }
                '\\' if quote == '"' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, mark @ ('x' | 'u' | 'U'))) => {
                        let digits = match mark {
                            'x' => 2,
                            'u' => 4,
                            _ => 8,
                        };
                        let code = chars.as_str().get(..digits).ok_or("a bad escape")?;
                        let code = u32::from_str_radix(code, 16).map_err(|_| "a bad escape")?;
                        text.push(char::from_u32(code).ok_or("a bad escape")?);
                        chars.nth(digits - 1);
                    }
                    Some((_, c @ ('"' | '\\' | '/' | ' '))) => text.push(c),
                    _ => return Err("a bad escape"),
                },
                c => text.push(c),
            }
        }
        Err("a quote is never closed")
    }
}

/// Types a plain scalar.
fn scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.trim_start_matches(['-', '+']);
    let numeric = digits.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b))
        && digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    match text.parse::<f64>() {
        Ok(number) if numeric && number.is_finite() => Value::Number(number),
        _ => Value::Text(text.to_owned()),
    }
}
