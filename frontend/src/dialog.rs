//! A modal dialog with a title: Escape, its button and a click beside it close it.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::erased::{ElementRef, listener};
use crate::i18n::t;
use crate::icons::IconButton;

/// A dialog that opens with [`open`].
#[component]
pub(crate) fn Dialog(
    dialog: ElementRef<html::Dialog>,
    title: &'static str,
    test: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <dialog
            node_ref=dialog
            class="dialog"
            aria-label=title
            data-test=test
            on:click=listener(move |event| close_beside(&event, dialog))
        >
            <div class="dialog-body">
                <div class="dialog-head">
                    <h2 class="grow">{title}</h2>
                    <IconButton
                        icon="close"
                        label=t().close
                        test="close-dialog"
                        act=Callback::new(move |_| close(dialog))
                    />
                </div>
                {children()}
            </div>
        </dialog>
    }
}

/// Opens a dialog over the page.
pub(crate) fn open(dialog: ElementRef<html::Dialog>) {
    if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
        _ = dialog.show_modal();
    }
}

/// Closes a dialog.
pub(crate) fn close(dialog: ElementRef<html::Dialog>) {
    if let Some(dialog) = dialog.get_untracked() {
        dialog.close();
    }
}

/// Closes a dialog after a click beside it, which counts as one on the dialog itself.
pub(crate) fn close_beside(event: &leptos::ev::MouseEvent, dialog: ElementRef<html::Dialog>) {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    if target.is_some_and(|target| target.tag_name() == "DIALOG") {
        close(dialog);
    }
}
