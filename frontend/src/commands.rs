//! The commands of the source editor as people meet them: name, icon, label and key.

use crate::i18n::{Texts, t};
use crate::js;

/// One command of the editor.
pub(crate) struct EditorCommand {
    /// What the editor calls it.
    pub(crate) name: &'static str,
    pub(crate) icon: &'static str,
    /// Its key, with `Mod` for Ctrl or Cmd; empty if it has none.
    pub(crate) keys: &'static str,
    label: fn(&'static Texts) -> &'static str,
}

impl EditorCommand {
    /// What people call it.
    pub(crate) fn label(&self) -> &'static str {
        (self.label)(t())
    }

    /// Its label and its key, for a tooltip.
    pub(crate) fn hint(&self) -> String {
        with_keys(self.label(), self.keys)
    }
}

const fn command(
    name: &'static str,
    icon: &'static str,
    keys: &'static str,
    label: fn(&'static Texts) -> &'static str,
) -> EditorCommand {
    EditorCommand { name, icon, keys, label }
}

/// The buttons of the toolbar, group by group.
pub(crate) static TOOLS: [&[EditorCommand]; 4] = [
    &[
        command("bold", "bold", "Mod+B", |t| t.bold),
        command("italic", "italic", "Mod+I", |t| t.italic),
        command("strike", "strike", "Mod+Shift+X", |t| t.strike),
        command("code", "code", "Mod+E", |t| t.code),
    ],
    &[
        command("heading", "heading", "", |t| t.heading),
        command("bullets", "bullets", "", |t| t.bullets),
        command("numbers", "numbers", "", |t| t.numbers),
        command("task", "task", "", |t| t.task),
    ],
    &[
        command("link", "link", "Mod+Shift+K", |t| t.link),
        command("image", "image", "", |t| t.image),
        command("table", "table", "", |t| t.table),
    ],
    &[
        command("new-slide", "new-slide", "Mod+Enter", |t| t.new_slide),
        command("new-section", "new-section", "Mod+Shift+Enter", |t| t.new_section),
    ],
];

/// What the toolbar's menu offers besides.
pub(crate) static MORE: [EditorCommand; 11] = [
    command("quote", "", "", |t| t.quote),
    command("image-address", "", "", |t| t.image_address),
    command("picture-settings", "", "", |t| t.picture_settings),
    command("undo", "", "Mod+Z", |t| t.undo),
    command("redo", "", "Mod+Shift+Z", |t| t.redo),
    command("find", "", "Mod+F", |t| t.find),
    command("previous-slide", "", "Alt+PgUp", |t| t.previous_slide),
    command("next-slide", "", "Alt+PgDn", |t| t.next_slide),
    command("previous-problem", "", "Shift+F8", |t| t.previous_problem),
    command("next-problem", "", "F8", |t| t.next_problem),
    command("fix", "", "Mod+.", |t| t.fix_here),
];

/// Keys as they stand on this machine's keyboard.
pub(crate) fn shown_keys(keys: &str) -> String {
    if js::is_apple() {
        keys.replace("Mod+", "⌘").replace("Shift+", "⇧").replace("Alt+", "⌥")
    } else {
        keys.replace("Mod", "Ctrl")
    }
}

/// "Bold (Ctrl+B)".
pub(crate) fn with_keys(label: &str, keys: &str) -> String {
    if keys.is_empty() { label.to_owned() } else { [label, " (", &shown_keys(keys), ")"].concat() }
}
