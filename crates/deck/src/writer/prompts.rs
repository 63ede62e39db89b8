//! Bullets and paragraphs that hold nothing but a prompt, which no audience sees.

use crate::{
    html, said,
    tree::{Node, NodeId, ROOT, Tree},
};

/// Whether a comment says what somebody should write.
pub(super) fn is_prompt(comment: &str) -> bool {
    said::is_prompt(comment.trim())
}

/// Leaves out the elements with these prompts that say nothing else, and lists that are empty then.
pub(super) fn leave_out(tree: &mut Tree, mut prompts: Vec<NodeId>) {
    prompts.retain(|id| *id != ROOT);
    prompts.sort_unstable();
    prompts.dedup();
    for id in &prompts {
        let mut text = String::new();
        let is_text = !has_more_than_text(tree, *id, &mut text);
        let rest = said::reporters(&text).unwrap_or(&text).trim();
        if is_text && matches!(rest, "" | ":" | "[ ]") {
            *tree.node_mut(*id) = Node::Markup(String::new());
        }
    }
    if !prompts.is_empty() {
        leave_out_lists(tree, ROOT);
    }
}

/// Gathers the text of an element; whether there is also an image or the like in it.
fn has_more_than_text(tree: &Tree, id: NodeId, text: &mut String) -> bool {
    match tree.node(id) {
        Node::Text(part) | Node::Literal(part) | Node::Markup(part) => {
            text.push_str(part);
            false
        }
        Node::Element(element) => {
            let is_shown = html::is_void(&element.name) && element.name != "br";
            let children = element.children.iter();
            children.fold(is_shown, |more, child| has_more_than_text(tree, *child, text) || more)
        }
    }
}

fn leave_out_lists(tree: &mut Tree, id: NodeId) {
    for child in tree.children(id).to_vec() {
        leave_out_lists(tree, child);
        let is_gone =
            |id: &NodeId| matches!(tree.node(*id), Node::Markup(text) if text.trim().is_empty());
        let is_list = tree.element(child).is_some_and(|list| {
            matches!(&*list.name, "ul" | "ol") && list.children.iter().all(is_gone)
        });
        if is_list {
            *tree.node_mut(child) = Node::Markup(String::new());
        }
    }
}
