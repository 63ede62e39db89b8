//! The Markdown parser and the only place where its options are set.

use pulldown_cmark::{Options, Parser};

/// The dialect. Quotes and dashes are not here, since the parser would change addresses with them,
/// nor are `~` and `^`, which it does not see within words (`H~2~O`), and
/// `~~` and `[x]`, of which it has its own idea.
pub(crate) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_MATH
        | Options::ENABLE_DEFINITION_LIST
}

/// A parser for the text of one slide. The parser may panic, on about one in two million damaged
/// texts; nothing can be caught in WASM, so it runs in a worker of its own that can be restarted.
pub(crate) fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, options())
}
