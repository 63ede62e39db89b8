//! The application in the browser: home, editor, presenter and audience pages.

// The component macro of Leptos makes public types for the properties of private components.
#![allow(unreachable_pub)]

mod api;
mod app;
mod commands;
mod dialog;
mod editor;
mod erased;
mod frame;
mod i18n;
mod icons;
mod js;
mod kept;
mod menu;
mod new_deck;
mod outline;
mod pages;
mod palette;
mod people;
mod positions;
mod presenter;
mod preview;
mod problems;
mod render;
mod render_protocol;
mod session;
mod slide_settings;
mod socket;
mod splitter;
mod status;
mod store;
mod toast;
mod toolbar;

use wasm_bindgen_futures::spawn_local;

fn main() {
    // A panic ends the program; without this it would end it without a word.
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
    }));
    match i18n::missing() {
        Some(url) => spawn_local(async move {
            i18n::load(&url).await;
            show();
        }),
        None => show(),
    }
}

fn show() {
    leptos::mount::mount_to_body(app::App);
}
