//! Marks around text that the parser does not know: `==marked==`, `++inserted++`, `~~struck~~`.

use crate::{
    characters::is_sign,
    tree::{Element, Node, NodeId, Tree},
};

/// So many marks may be open at once; it bounds how deeply they nest.
const MAX_OPEN: usize = 8;

/// The sign that is typed twice, and the element it stands for.
const MARKS: [(char, &str); 3] = [('=', "mark"), ('+', "ins"), ('~', "s")];

/// Finds marks among the children of one element.
pub(crate) fn pair(tree: &mut Tree, children: Vec<NodeId>) -> Vec<NodeId> {
    let has_marks = |id: &NodeId| match tree.node(*id) {
        Node::Text(text) => ["==", "++", "~~"].iter().any(|mark| text.contains(mark)),
        _ => false,
    };
    if !children.iter().any(has_marks) {
        return children;
    }
    let mut parts = Vec::new();
    for (index, &child) in children.iter().enumerate() {
        let before = index.checked_sub(1).map_or('*', |index| edge(tree, children[index], true));
        let after = children.get(index + 1).map_or('*', |next| edge(tree, *next, false));
        match tree.node_mut(child) {
            Node::Text(text) => split(&std::mem::take(text), before, after, &mut parts),
            _ => parts.push(Part::Node(child)),
        }
    }
    let partners = partners(&parts);
    // A stack of lists: the innermost open mark collects what follows.
    let mut stack: Vec<Vec<NodeId>> = vec![Vec::new()];
    for (index, part) in parts.into_iter().enumerate() {
        let (id, mark) = match part {
            Part::Node(id) => (Some(id), None),
            Part::Text(text) => (Some(tree.add(Node::Text(text))), None),
            Part::Mark(mark) => (None, Some(mark)),
        };
        match (id, mark, partners[index]) {
            (_, Some(_), Some(partner)) if partner > index => {
                stack.push(Vec::new());
                continue;
            }
            (_, Some(mark), Some(_)) => {
                let lone = if mark.is_odd { take_sign(tree, &stack, mark) } else { None };
                let mut element = Element::new(MARKS[mark.kind].1);
                element.children = stack.pop().unwrap_or_default();
                let id = tree.add(Node::Element(element));
                push_joined(tree, &mut stack, id);
                if let Some(sign) = lone {
                    let id = tree.add(Node::Text(sign.to_string()));
                    push_joined(tree, &mut stack, id);
                }
            }
            (_, Some(mark), None) => {
                let id = tree.add(Node::Text(format!("{0}{0}", MARKS[mark.kind].0)));
                push_joined(tree, &mut stack, id);
            }
            (Some(id), None, _) => push_joined(tree, &mut stack, id),
            (None, None, _) => {}
        }
    }
    stack.into_iter().flatten().collect()
}

/// Takes the odd sign of a closing run away, which stands behind the marks.
fn take_sign(tree: &mut Tree, stack: &[Vec<NodeId>], mark: Mark) -> Option<char> {
    let last = *stack.last()?.last()?;
    let Node::Text(text) = tree.node_mut(last) else { return None };
    let sign = MARKS[mark.kind].0;
    text.ends_with(sign).then(|| text.pop()).flatten()
}

/// The character that a neighbour borders with: a sign for what was written with signs.
fn edge(tree: &Tree, id: NodeId, is_end: bool) -> char {
    let text = match tree.node(id) {
        Node::Text(text) | Node::Literal(text) | Node::Markup(text) => text,
        Node::Element(element) => {
            return if element.name == "br" && !element.is_raw { ' ' } else { '*' };
        }
    };
    let found = if is_end { text.chars().next_back() } else { text.chars().next() };
    found.unwrap_or('*')
}

/// Appends a node; texts that were cut apart are one again.
fn push_joined(tree: &mut Tree, stack: &mut [Vec<NodeId>], id: NodeId) {
    let Some(list) = stack.last_mut() else { return };
    if let (Node::Text(text), Some(&last)) = (tree.node(id), list.last()) {
        let text = text.clone();
        if let Node::Text(before) = tree.node_mut(last) {
            before.push_str(&text);
            return;
        }
    }
    list.push(id);
}

enum Part {
    Node(NodeId),
    Text(String),
    Mark(Mark),
}

#[derive(Clone, Copy)]
struct Mark {
    kind: usize,
    /// The number of the run of signs it is part of; marks of one run are never a pair.
    run: usize,
    is_odd: bool,
    opens: bool,
    closes: bool,
}

/// Cuts a text at its marks. Of an odd run of signs, the first is text.
fn split(text: &str, before: char, after: char, parts: &mut Vec<Part>) {
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find(['=', '+', '~']) {
        let start = at + found;
        let sign = text.as_bytes()[start];
        let Some(kind) = MARKS.iter().position(|(known, _)| *known == sign as char) else { break };
        let rest = text[start..].trim_start_matches(sign as char);
        let end = text.len() - rest.len();
        at = end;
        let count = end - start;
        if count < 2 {
            continue;
        }
        let next = rest.chars().next().unwrap_or(after);
        let last = text[..start].chars().next_back().unwrap_or(before);
        let opens =
            !next.is_whitespace() && (!is_sign(next) || last.is_whitespace() || is_sign(last));
        let closes =
            !last.is_whitespace() && (!is_sign(last) || next.is_whitespace() || is_sign(next));
        let first = start + count % 2;
        if from < first {
            parts.push(Part::Text(text[from..first].to_owned()));
        }
        let mark = Mark { kind, run: parts.len(), is_odd: count % 2 == 1, opens, closes };
        parts.extend(std::iter::repeat_with(|| Part::Mark(mark)).take(count / 2));
        from = end;
    }
    if from < text.len() {
        parts.push(Part::Text(text[from..].to_owned()));
    }
}

/// For each part the mark it is paired with.
fn partners(parts: &[Part]) -> Vec<Option<usize>> {
    let mut partners = vec![None; parts.len()];
    let mut open: Vec<(usize, Mark)> = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let Part::Mark(mark) = part else { continue };
        let is_partner =
            |(_, opener): &(usize, Mark)| opener.kind == mark.kind && opener.run != mark.run;
        match open.iter().rposition(is_partner).filter(|_| mark.closes) {
            Some(place) => {
                let opener = open[place].0;
                partners[opener] = Some(index);
                partners[index] = Some(opener);
                open.truncate(place);
            }
            None if mark.opens => {
                if open.len() == MAX_OPEN {
                    open.remove(0);
                }
                open.push((index, *mark));
            }
            None => {}
        }
    }
    partners
}

#[cfg(test)]
mod tests {
    use crate::writer;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let html = writer::notes(source, true);
        assert_eq!(html.replace('\n', ""), expected, "{source}");
    }

    #[test]
    fn marked_inserted_and_struck() {
        check(
            "==a== ++b++ ==*c* d== ~~e~~",
            "<p><mark>a</mark> <ins>b</ins> <mark><em>c</em> d</mark> <s>e</s></p>",
        );
        check("==a ++b++ c==", "<p><mark>a <ins>b</ins> c</mark></p>");
        check("**==a==**", "<p><strong><mark>a</mark></strong></p>");
    }

    #[test]
    fn operators_and_rulers_are_text() {
        check("a == b == c, x++ + ++y, ====", "<p>a == b == c, x++ + ++y, ====</p>");
        check("C++ and D++ \\==a==", "<p>C++ and D++ ==a==</p>");
        check("a ~~ b ~~", "<p>a ~~ b ~~</p>");
    }

    #[test]
    fn longer_runs() {
        check("===a=== ~~~b~~~", "<p>=<mark>a</mark>= ~<s>b</s>~</p>");
        check("====a====", "<p><mark><mark>a</mark></mark></p>");
    }
}
