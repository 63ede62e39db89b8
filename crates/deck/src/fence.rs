//! Code fences: where they open and close, and what stands behind the opening one.

/// Follows the fences of a text line by line.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Fence {
    open: Option<(u8, usize)>,
}

impl Fence {
    pub(crate) fn is_open(self) -> bool {
        self.open.is_some()
    }

    /// Reads the next line; true if the line is itself a fence.
    pub(crate) fn feed(&mut self, line: &str) -> bool {
        let text = line.trim_start_matches(' ');
        let Some(mark @ (b'`' | b'~')) = text.bytes().next() else { return false };
        if line.len() - text.len() > 3 {
            return false;
        }
        let rest = text.trim_start_matches(mark as char);
        let length = text.len() - rest.len();
        match self.open {
            None if length >= 3 && !(mark == b'`' && rest.contains('`')) => {
                self.open = Some((mark, length));
            }
            Some((open, least)) if open == mark && length >= least && rest.trim().is_empty() => {
                self.open = None;
            }
            _ => return false,
        }
        true
    }
}

/// What an info string such as `js=5 [1-2|4]` asks for.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct CodeInfo {
    /// The language, or nothing.
    pub(crate) language: String,
    /// The highlighted lines, step by step; empty for plain line numbers.
    pub(crate) numbers: Option<String>,
    /// The number of the first line.
    pub(crate) start: Option<Start>,
    /// Long lines are wrapped.
    pub(crate) wrap: bool,
}

/// How the first line is numbered.
#[derive(Debug, PartialEq)]
pub(crate) enum Start {
    At(u32),
    /// Goes on from the block before.
    Continued,
}

impl CodeInfo {
    pub(crate) fn read(info: &str) -> Self {
        let info = info.trim();
        let mut code = Self::default();
        let (words, steps) = match (info.find('['), info.ends_with(']')) {
            (Some(at), true) => (&info[..at], Some(&info[at + 1..info.len() - 1])),
            _ => (info, None),
        };
        let words = words.trim_end();
        let first = words.split_whitespace().next().unwrap_or_default();
        code.wrap = words.ends_with('!');
        let first = first.strip_suffix('!').unwrap_or(first);
        let (language, start) = match first.rsplit_once('=') {
            Some((language, "")) => (language, Some(None)),
            Some((language, "+")) => (language, Some(Some(Start::Continued))),
            Some((language, digits)) => match digits.parse() {
                Ok(number) => (language, Some(Some(Start::At(number)))),
                Err(_) => (first, None),
            },
            None => (first, None),
        };
        language.clone_into(&mut code.language);
        if let Some(start) = start {
            code.numbers = Some(String::new());
            code.start = start;
        }
        if let Some(steps) = steps {
            code.set_steps(steps);
        }
        code
    }

    /// Reads `1-2|4`, and `5: 1-2|4` for lines counted from 5.
    fn set_steps(&mut self, steps: &str) {
        let steps = match steps.split_once(':') {
            Some((number, steps)) => {
                if let Ok(number) = number.trim().parse() {
                    self.start = Some(Start::At(number));
                }
                steps
            }
            None => steps,
        };
        let steps: String = steps.chars().filter(|c| !c.is_whitespace()).collect();
        if steps.bytes().all(|byte| byte.is_ascii_digit() || b"-,|".contains(&byte)) {
            self.numbers = Some(steps);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(info: &str) -> (String, Option<String>, Option<Start>, bool) {
        let code = CodeInfo::read(info);
        (code.language, code.numbers, code.start, code.wrap)
    }

    #[test]
    fn languages_numbers_and_steps() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read(""), (String::new(), None, None, false));
        assert_eq!(read("js"), ("js".into(), None, None, false));
        assert_eq!(read("c++ title"), ("c++".into(), None, None, false));
        assert_eq!(read("js="), ("js".into(), some(""), None, false));
        assert_eq!(read("=101"), (String::new(), some(""), Some(Start::At(101)), false));
        assert_eq!(read("js=+"), ("js".into(), some(""), Some(Start::Continued), false));
        assert_eq!(read("!"), (String::new(), None, None, true));
        assert_eq!(read("js=!"), ("js".into(), some(""), None, true));
        assert_eq!(read("js [1-2|4]"), ("js".into(), some("1-2|4"), None, false));
        assert_eq!(read("js [5: 1, 2|4]"), ("js".into(), some("1,2|4"), Some(Start::At(5)), false));
        assert_eq!(read("js [x]"), ("js".into(), None, None, false));
    }

    #[test]
    fn fences_open_and_close() {
        let mut fence = Fence::default();
        let open: Vec<bool> = ["````", "```", "~~~~", "```` x", "`````"]
            .iter()
            .map(|line| {
                fence.feed(line);
                fence.is_open()
            })
            .collect();
        assert_eq!(open, [true, true, true, true, false]);
        for plain in ["``", "    ```", "``` a`b", "text ```"] {
            assert!(!fence.feed(plain), "{plain}");
        }
    }
}
