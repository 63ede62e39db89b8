//! The application in the browser: home, editor, presenter and audience pages.

// The component macro of Leptos makes public types for the properties of private components.
#![allow(unreachable_pub)]

mod api;
mod app;
mod editor;
mod frame;
mod i18n;
mod icons;
mod js;
mod new_deck;
mod outline;
mod pages;
mod people;
mod presenter;
mod preview;
mod render;
mod render_protocol;
mod session;
mod socket;
mod splitter;
mod status;
mod store;
mod toast;

fn main() {
    // A panic ends the program; without this it would end it without a word.
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
    }));
    leptos::mount::mount_to_body(app::App);
}
