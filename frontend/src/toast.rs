//! Short messages at the edge of the page, some with one action.

use std::time::Duration;

use leptos::prelude::*;

use crate::erased::{Item, attr, list, listener};
use crate::i18n::t;
use crate::icons::Icon;

/// How long a message stays.
const STAY: Duration = Duration::from_secs(6);

type Action = (&'static str, Callback<()>);

#[derive(Clone)]
struct Toast {
    id: u32,
    text: String,
    action: Option<Action>,
    class: &'static str,
}

/// Where messages are put, for all pages.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

impl Toasts {
    /// No messages yet.
    pub(crate) fn new() -> Self {
        Self { list: RwSignal::new(Vec::new()), next: StoredValue::new(0) }
    }

    /// Says something.
    pub(crate) fn say(self, text: impl Into<String>) {
        self.push(text.into(), None, "toast");
    }

    /// Says something that can be answered with one action.
    pub(crate) fn offer(self, text: impl Into<String>, label: &'static str, act: Callback<()>) {
        self.push(text.into(), Some((label, act)), "toast");
    }

    /// Says that all is well again.
    pub(crate) fn cheer(self, text: String, action: Option<Action>) {
        self.push(text, action, "toast toast-ok");
    }

    fn push(self, text: String, action: Option<Action>, class: &'static str) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        self.list.update(|list| list.push(Toast { id, text, action, class }));
        set_timeout(move || self.dismiss(id), STAY);
    }

    fn dismiss(self, id: u32) {
        _ = self.list.try_update(|list| list.retain(|toast| toast.id != id));
    }
}

/// The messages.
#[component]
pub(crate) fn ToastStack(toasts: Toasts) -> impl IntoView {
    let items = move || {
        let item =
            |toast: Toast| Item::new(toast.id.to_string(), move |_| toast_view(toasts, toast));
        toasts.list.get().into_iter().map(item).collect()
    };
    view! {
        <div class="toasts" role="status" {..attr("aria-live", "polite")}>
            {list(items)}
        </div>
    }
}

fn toast_view(toasts: Toasts, toast: Toast) -> AnyView {
    let id = toast.id;
    let action = toast.action.map(|(label, act)| {
        let answer = move |_| {
            toasts.dismiss(id);
            act.run(());
        };
        view! {
            <button class="button quiet" on:click=listener(answer) data-test="toast-action">
                {label}
            </button>
        }
    });
    view! {
        <div class=toast.class data-test="toast">
            <span>{toast.text}</span>
            {action}
            <button
                class="icon-button"
                aria-label=t().close
                on:click=listener(move |_| toasts.dismiss(id))
            >
                <Icon name="close" />
            </button>
        </div>
    }
    .into_any()
}
