//! List items that are tasks.

use crate::tree::{Element, Node, NodeId, ROOT, Tree};

/// Gives a box to each item that begins with `[ ]` or `[x]`.
pub(super) fn mark_tasks(tree: &mut Tree) {
    visit(tree, ROOT);
}

fn visit(tree: &mut Tree, id: NodeId) {
    for child in tree.children(id).to_vec() {
        visit(tree, child);
    }
    let is = |id: NodeId, name: &str| tree.element(id).is_some_and(|e| e.name == name);
    if !is(id, "li") {
        return;
    }
    let mut paragraphs = tree.children(id).iter().copied().filter(|child| is(*child, "p"));
    let text_of = match (paragraphs.next(), paragraphs.next()) {
        (Some(paragraph), None) => paragraph,
        _ => id,
    };
    let Some(&first) = tree.children(text_of).first() else { return };
    let Node::Text(text) = tree.node_mut(first) else { return };
    let start = text.trim_start();
    let done = ["[x]", "[X]"].iter().any(|mark| start.starts_with(mark));
    if !done && !start.starts_with("[ ]") {
        return;
    }
    *text = start[3..].trim_start().to_owned();
    let (state, mark) = if done { ("done", "☑") } else { ("open", "☐") };
    if let Some(item) = tree.element_mut(id) {
        let class = match item.get("class") {
            Some(class) => format!("{class} task-list-item"),
            None => "task-list-item".to_owned(),
        };
        item.set("class".into(), class);
        item.set("data-task".into(), state.to_owned());
    }
    // A box that cannot be ticked here: the text is where it changes.
    let mark = tree.add(Node::Literal(mark.to_owned()));
    let span = tree.add(Node::Element(Element::new("span").with("class", "task-list-box")));
    tree.append(span, mark);
    let blank = tree.add(Node::Literal(" ".to_owned()));
    let mut children = vec![span, blank];
    children.extend(tree.take_children(text_of));
    tree.set_children(text_of, children);
}
