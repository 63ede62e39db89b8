//! Quotes, dashes and signs as a printer would set them.

use crate::{
    characters::is_sign,
    html,
    tree::{Node, NodeId, ROOT, Tree},
};

/// Replaces signs that stand within one text: `(c)`, `+-`, `...`, `--` and `---`.
pub(crate) fn replace(text: &str) -> String {
    if !["..", "--", "+-", ",,", "!!!!", "????", "("].iter().any(|typed| text.contains(typed)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((sign, length)) = sign(rest) {
            out.push(sign);
            rest = &rest[length..];
            continue;
        }
        let after = match c {
            '.' | ',' | '?' | '!' | '-' => rest.trim_start_matches(c),
            _ => &rest[c.len_utf8()..],
        };
        let typed = &rest[..rest.len() - after.len()];
        match (c, typed.len()) {
            ('.', 2..) if out.ends_with(['?', '!']) => out.push_str(".."),
            ('.', 2..) => out.push('…'),
            (',', 2..) => out.push(','),
            ('?' | '!', 4..) => out.push_str(&typed[..3]),
            ('-', 3) => out.push('—'),
            ('-', 2) if is_dash(&out, after) => out.push('–'),
            _ => out.push_str(typed),
        }
        rest = after;
    }
    out
}

/// The sign that a text begins with, and how much of the text it replaces.
fn sign(text: &str) -> Option<(char, usize)> {
    let begins = |typed: &str| {
        text.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed))
    };
    [("(c)", '©'), ("(r)", '®'), ("(tm)", '™'), ("+-", '±')]
        .into_iter()
        .find(|(typed, _)| begins(typed))
        .map(|(typed, sign)| (sign, typed.len()))
}

/// Whether `--` is a dash: between words or between blanks, which `--option` is neither.
fn is_dash(before: &str, after: &str) -> bool {
    match (before.chars().next_back(), after.chars().next()) {
        (Some(before), Some(after)) => before.is_whitespace() == after.is_whitespace(),
        _ => true,
    }
}

/// Curls the quotes of a slide. A quote may open in one element and close in its neighbour.
pub(crate) fn curl_quotes(tree: &mut Tree) {
    let mut run = Run::default();
    collect(tree, ROOT, 0, &mut run);
    run.finish();
    for curls in run.curls.chunk_by(|one, next| one.node == next.node) {
        let Node::Text(text) = tree.node_mut(curls[0].node) else { continue };
        let straight = std::mem::take(text);
        let mut done = 0;
        for Curl { at, sign, .. } in curls {
            text.push_str(&straight[done..*at]);
            text.push_str(sign);
            done = at + 1;
        }
        text.push_str(&straight[done..]);
    }
}

/// So many quotes may be open at once; the oldest beyond it stay straight.
const MAX_OPEN_QUOTES: usize = 32;

#[derive(Debug)]
struct Curl {
    /// The number of the quote within its run.
    index: usize,
    node: NodeId,
    at: usize,
    sign: &'static str,
}

/// A stretch of text that is not interrupted by a block.
#[derive(Debug, Default)]
struct Run {
    quotes: Vec<Quote>,
    /// The last character seen.
    last: Option<char>,
    curls: Vec<Curl>,
}

#[derive(Debug)]
struct Quote {
    node: NodeId,
    at: usize,
    sign: char,
    level: usize,
    before: char,
    after: char,
}

/// What a tag looks like to the quotes beside it.
const TAG: &str = "<>";

fn collect(tree: &Tree, id: NodeId, level: usize, run: &mut Run) {
    for &child in tree.children(id) {
        match tree.node(child) {
            Node::Text(text) => run.push(text, Some(child), level),
            Node::Markup(text) if text.is_empty() => run.push(TAG, None, level),
            Node::Literal(text) | Node::Markup(text) => run.push(text, None, level),
            Node::Element(element) if element.name == "br" && !element.is_raw => {
                run.push(" ", None, level)
            }
            Node::Element(element) if html::is_block(&element.name) => {
                run.finish();
                collect(tree, child, 0, run);
                run.finish();
            }
            // A tag may be left open, so it says nothing about what belongs together.
            Node::Element(element) if element.is_raw => {
                run.push(TAG, None, level);
                collect(tree, child, level, run);
                run.push(TAG, None, level);
            }
            Node::Element(_) => collect(tree, child, level + 1, run),
        }
    }
}

impl Run {
    fn push(&mut self, text: &str, node: Option<NodeId>, level: usize) {
        for (at, c) in text.char_indices() {
            if let Some(quote) = self.quotes.last_mut()
                && quote.after == '\0'
            {
                quote.after = c;
            }
            if let Some(node) = node.filter(|_| c == '"' || c == '\'') {
                let before = self.last.unwrap_or(' ');
                self.quotes.push(Quote { node, at, sign: c, level, before, after: '\0' });
            }
            self.last = Some(c);
        }
    }

    /// Pairs the quotes of the run that ends here.
    fn finish(&mut self) {
        self.last = None;
        let quotes = std::mem::take(&mut self.quotes);
        let first = self.curls.len();
        let mut open: Vec<usize> = Vec::new();
        for (index, quote) in quotes.iter().enumerate() {
            while open.last().is_some_and(|at| quotes[*at].level > quote.level) {
                open.pop();
            }
            let (opens, closes) = quote.sides();
            let single = quote.sign == '\'';
            let is_partner =
                |at: &usize| (quotes[*at].sign, quotes[*at].level) == (quote.sign, quote.level);
            if let Some(place) = open.iter().rposition(is_partner).filter(|_| closes) {
                let opener = open[place];
                self.curl(opener, &quotes[opener], if single { "‘" } else { "“" });
                self.curl(index, quote, if single { "’" } else { "”" });
                open.truncate(place);
            } else if opens {
                if open.len() == MAX_OPEN_QUOTES {
                    open.remove(0);
                }
                open.push(index);
            } else if single {
                self.curl(index, quote, "’");
            }
        }
        // Openers were curled when their partners came: put all in the order of the text again.
        self.curls[first..].sort_by_key(|curl| curl.index);
    }

    fn curl(&mut self, index: usize, quote: &Quote, sign: &'static str) {
        self.curls.push(Curl { index, node: quote.node, at: quote.at, sign });
    }
}

impl Quote {
    /// Whether it may open, and whether it may close.
    fn sides(&self) -> (bool, bool) {
        let after = if self.after == '\0' { ' ' } else { self.after };
        let (sign_before, sign_after) = (is_sign(self.before), is_sign(after));
        let (blank_before, blank_after) = (self.before.is_whitespace(), after.is_whitespace());
        if self.sign == '"' && after == '"' && self.before.is_ascii_digit() {
            return (false, false);
        }
        let opens = !blank_after && (!sign_after || blank_before || sign_before);
        let closes = !blank_before && (!sign_before || blank_after || sign_after);
        if opens && closes { (sign_before, sign_after) } else { (opens, closes) }
    }
}

#[cfg(test)]
mod tests {
    use crate::writer;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let html = writer::notes(source, true);
        assert_eq!(html, format!("<p>{expected}</p>"));
    }

    #[test]
    fn quotes_are_curled_in_pairs() {
        check("\"a\" 'b' \"c 'd' e\"", "“a” ‘b’ “c ‘d’ e”");
        check(
            "it's the '90s, 6\" wide, \"*x*\" and *\"y\"*",
            "it’s the '90s, 6&quot; wide, “<em>x</em>” and <em>“y”</em>",
        );
        check("(\"x\")", "(“x”)");
        check("\\\"x\\\" `\"y\"`", "&quot;x&quot; <code>&quot;y&quot;</code>");
    }

    #[test]
    fn dashes_and_dots() {
        check("a -- b --- c a--b a---b 1--2", "a – b — c a–b a—b 1–2");
        check("cargo --release a-b ---- ->", "cargo --release a-b ---- -&gt;");
        check("wait... what?... no!!!!! a,,b", "wait… what?.. no!!! a,b");
    }

    #[test]
    fn signs() {
        check("(c) (C) (r) (TM) +-5", "© © ® ™ ±5");
    }
}
