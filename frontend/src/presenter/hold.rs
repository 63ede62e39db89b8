//! Hold: what the page shows while the audience's deck stands still.
//!
//! A page that is there when the deck is held keeps the slides that it has just then: the server tells
//! it so in the order of the edits. A page that comes later asks for the audience's deck.

use std::sync::Arc;

use js_sys::{Array, Reflect};
use leptos::prelude::*;

use super::stage::Stage;
use crate::api;
use crate::erased::{effect, memo, spawn};
use crate::frame::{FrozenDeck, ids_of};
use crate::js::field;

/// Freezes and frees the frames of a stage.
pub(super) fn follow(stage: Stage) {
    let session = stage.session;
    let held = memo(move |_| session.presented.with(|presented| presented.held));
    let ready = memo(move |_| session.deck.with(Option::is_some));
    // This page has been there while the deck was not held.
    let seen = StoredValue::new(false);
    let frozen = StoredValue::new(false);
    effect(move || {
        if !session.is_connected() {
            seen.set_value(false);
        } else if !held.get() {
            seen.set_value(true);
        }
    });
    effect(move || {
        if !ready.get() {
            return;
        }
        if !held.get() {
            if frozen.get_value() {
                frozen.set_value(false);
                freeze(stage, None);
            }
        } else if seen.get_value() {
            frozen.set_value(true);
            freeze(stage, here(stage));
        } else if !frozen.get_value() {
            spawn(async move {
                let Some(deck) = there(stage).await else { return };
                if held.try_get_untracked() == Some(true) {
                    frozen.set_value(true);
                    freeze(stage, Some(deck));
                }
            });
        }
    });
}

fn freeze(stage: Stage, deck: Option<FrozenDeck>) {
    stage.frame.freeze(deck.clone());
    stage.next.freeze(deck);
}

/// The deck as this page has it.
fn here(stage: Stage) -> Option<FrozenDeck> {
    let answer = stage.session.deck.get_untracked()?;
    let (config, slides) = stage.session.slides();
    Some(FrozenDeck { config, slides, ids: Arc::new(ids_of(&answer)) })
}

/// The deck as the audience has it.
async fn there(stage: Stage) -> Option<FrozenDeck> {
    let link = api::follow_link(&stage.session.deck_id()).await.ok()?;
    let deck = api::audience_deck(&link).await.ok()?;
    let live = field(&deck, "live");
    if !Array::is_array(&live) {
        return None;
    }
    let now = ids_of(&*stage.session.deck.try_get_untracked()??);
    let own = stage.session.slides().1;
    let slides = Array::from(&field(&deck, "slides"));
    let mut ids = Vec::new();
    for (slide, number) in slides.iter().zip(Array::from(&live).iter()) {
        let number = number.as_f64().unwrap_or(-1.0);
        let id = if number < 0.0 { None } else { now.get(number as usize) };
        // The audience has no notes: with those of this page a slide that did not change is equal.
        if id.is_some() {
            let notes = field(&own.get(number as u32), "notes");
            _ = Reflect::set(&slide, &"notes".into(), &notes);
        }
        ids.push(id.copied().unwrap_or_default());
    }
    Some(FrozenDeck { config: field(&deck, "config"), slides, ids: Arc::new(ids) })
}
