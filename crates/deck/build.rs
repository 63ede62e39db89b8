//! Writes down the emoji that the deck crate knows, by their shortcodes.

use std::{collections::BTreeMap, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let emoji: BTreeMap<&str, &str> = emojis::iter()
        .flat_map(|emoji| emoji.shortcodes().map(move |name| (name, emoji.as_str())))
        .collect();
    let lines: String = emoji.iter().map(|(name, sign)| format!("{name} {sign}\n")).collect();
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR"));
    std::fs::write(folder.join("emoji.txt"), lines).expect("the target directory is writable");
}
