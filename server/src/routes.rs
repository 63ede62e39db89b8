//! Handlers, one file for each group of routes.

pub(crate) mod assets;
pub(crate) mod decks;
pub(crate) mod health;
pub(crate) mod pages;
pub(crate) mod sync;
