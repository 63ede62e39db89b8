//! The parts of the presenter's page.

pub(crate) mod agenda;
pub(crate) mod baton;
pub(crate) mod controls;
pub(crate) mod frozen;
mod hold;
pub(crate) mod notes;
pub(crate) mod offer;
mod schedule;
pub(crate) use schedule::duration as time_shown;
pub(crate) mod stage;
pub(crate) mod wake;
