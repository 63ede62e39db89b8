//! A test for each rule of `SPEC.md`, named after it.
// Clippy knows tests by their attribute only; the helpers beside them are tests just the same.
#![allow(clippy::unwrap_used)]

mod access;
mod baton;
mod client;
mod document;
mod driving;
mod harness;
mod keeping;
mod neighbours;
mod nodes;
mod posts;
mod presence;
mod presenting;
mod roles;
mod room;
mod shared;
mod stage;
mod wire;

use std::collections::BTreeSet;

pub(crate) const SPEC: &str = include_str!("../../SPEC.md");
const TESTS: [&str; 15] = [
    include_str!("access.rs"),
    include_str!("baton.rs"),
    include_str!("client.rs"),
    include_str!("document.rs"),
    include_str!("driving.rs"),
    include_str!("keeping.rs"),
    include_str!("neighbours.rs"),
    include_str!("nodes.rs"),
    include_str!("posts.rs"),
    include_str!("presence.rs"),
    include_str!("presenting.rs"),
    include_str!("roles.rs"),
    include_str!("room.rs"),
    include_str!("shared.rs"),
    include_str!("wire.rs"),
];

/// The ids that the source names in its comments must exist too.
const SOURCES: [&str; 21] = [
    include_str!("../../src/access.rs"),
    include_str!("../../src/doc.rs"),
    include_str!("../../src/replica.rs"),
    include_str!("../../src/replica/carets.rs"),
    include_str!("../../src/replica/connection.rs"),
    include_str!("../../src/replica/keeping.rs"),
    include_str!("../../src/replica/presenting.rs"),
    include_str!("../../src/replica/replaced.rs"),
    include_str!("../../src/replica/syncing.rs"),
    include_str!("../../src/room.rs"),
    include_str!("../../src/room/audience.rs"),
    include_str!("../../src/room/baton.rs"),
    include_str!("../../src/room/gate.rs"),
    include_str!("../../src/room/hearing.rs"),
    include_str!("../../src/room/nodes.rs"),
    include_str!("../../src/room/posts.rs"),
    include_str!("../../src/room/presenting.rs"),
    include_str!("../../src/room/shared_stage.rs"),
    include_str!("../../src/room/stage_change.rs"),
    include_str!("../../src/room/storage.rs"),
    include_str!("../../src/room/writing.rs"),
];

#[test]
fn every_rule_has_a_test_and_every_test_a_rule() {
    let rules: BTreeSet<&str> =
        SPEC.split("\n**").filter_map(|part| part.split_once("** ")).map(|(id, _)| id).collect();
    let tested: BTreeSet<String> = TESTS
        .iter()
        .flat_map(|source| source.split("#[test]\nfn ").skip(1))
        .filter_map(|test| test.split_once('_'))
        .map(|(id, _)| id.to_uppercase())
        .collect();
    let tested: BTreeSet<&str> = tested.iter().map(String::as_str).collect();
    assert!(rules.len() > 50, "SPEC.md is not read as it is written");
    assert_eq!(rules, tested, "left: SPEC.md, right: tests");
}

#[test]
fn the_source_names_only_rules_that_exist() {
    let is_id = |id: &&str| {
        id.starts_with(|c: char| c.is_ascii_uppercase())
            && id.len() > 1
            && id[1..].bytes().all(|byte| byte.is_ascii_digit())
    };
    let named = SOURCES.iter().flat_map(|source| source.split('[').skip(1));
    for id in named.filter_map(|part| part.split(']').next()).filter(is_id) {
        assert!(SPEC.contains(&format!("\n**{id}** ")), "[{id}] is not in SPEC.md");
    }
}
