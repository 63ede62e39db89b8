//! The application in the browser: home, editor, board and presenter pages.

// The component macro of Leptos makes public types for the properties of private components.
#![allow(unreachable_pub)]

mod account;
mod api;
mod app;
mod call;
mod commands;
mod dialog;
mod dialogs;
mod editor;
mod erased;
mod frame;
mod i18n;
mod icons;
mod js;
mod kept;
mod menu;
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
    spawn_local(async {
        if let Some(url) = i18n::missing() {
            i18n::load(&url).await;
        }
        account::load().await;
        leptos::mount::mount_to_body(app::App);
    });
}
