//! What the page says about the connection and about what is saved. Never better than the truth.

use std::time::Duration;

use collab::replica::Status;
use collab::room::CloseReason;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::erased::{listener, when};
use crate::i18n::{fill, plural, t};
use crate::js;
use crate::session::{Session, now};
use crate::toast::Toasts;

/// "Saved" is shown again only when nothing was typed for this long, so that it does not flicker.
const QUIET: Duration = Duration::from_millis(500);
/// A loss of the connection that is over sooner than this, in milliseconds, shows no bar.
const BRIEF: u64 = 1_000;

/// The status as shown: "Saving…" at once, "Saved" after a moment of quiet.
pub(crate) fn shown_status(session: Session) -> ReadSignal<Status> {
    let (shown, show) = signal(Status::Connecting);
    let timer = StoredValue::new_local(None::<TimeoutHandle>);
    let clear = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    Effect::new(move || {
        let status = session.status.get();
        clear();
        if status == Status::Saved && shown.get_untracked() == Status::Saving {
            let later = move || _ = show.try_set(Status::Saved);
            timer.set_value(set_timeout_with_handle(later, QUIET).ok());
        } else {
            show.set(status);
        }
    });
    on_cleanup(clear);
    shown
}

fn name(status: &Status) -> &'static str {
    match status {
        Status::Connecting => "connecting",
        Status::Saved => "saved",
        Status::Saving => "saving",
        Status::Offline { .. } => "offline",
        Status::Reconnecting { .. } => "reconnecting",
        Status::Refused { .. } => "refused",
        Status::Replaced { .. } => "replaced",
    }
}

fn label(status: &Status) -> &'static str {
    match status {
        Status::Connecting => t().connecting,
        Status::Saved => t().saved,
        Status::Saving => t().saving,
        Status::Offline { .. } => t().offline,
        Status::Reconnecting { .. } => t().reconnecting,
        Status::Refused { .. } => t().refused,
        Status::Replaced { .. } => t().replaced,
    }
}

/// The word in the header.
#[component]
pub(crate) fn StatusWord(status: ReadSignal<Status>) -> impl IntoView {
    view! {
        <span
            class="status"
            role="status"
            data-test="status"
            data-status=move || status.with(name)
        >
            <i class="status-dot" aria-hidden="true"></i>
            {move || status.with(label)}
        </span>
    }
}

fn unsaved(status: &Status) -> usize {
    match status {
        Status::Offline { unsaved, .. }
        | Status::Reconnecting { unsaved }
        | Status::Refused { unsaved, .. }
        | Status::Replaced { unsaved } => *unsaved,
        Status::Connecting | Status::Saved | Status::Saving => 0,
    }
}

/// Whether the server says that there is no such deck (any more).
pub(crate) fn is_gone(status: &Status) -> bool {
    let Status::Refused { reason, .. } = status else { return false };
    *reason == CloseReason::NoDeck.to_string()
}

/// The bar that appears when something is wrong, with what can be done about it.
#[component]
pub(crate) fn ConnectionBar(session: Session, status: ReadSignal<Status>) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let clock = ticking(move || {
        matches!(status.get(), Status::Offline { .. } | Status::Reconnecting { .. })
    });
    let lost_at = Memo::new(move |before: Option<&Option<u64>>| {
        let away = matches!(status.get(), Status::Offline { .. } | Status::Reconnecting { .. });
        away.then(|| before.copied().flatten().unwrap_or_else(now))
    });
    let visible = Memo::new(move |_| match status.get() {
        Status::Refused { .. } | Status::Replaced { .. } => true,
        status if unsaved(&status) > 0 => true,
        _ => lost_at.get().is_some_and(|since| clock.get() >= since + BRIEF),
    });
    let danger = move || {
        status.with(|status| {
            unsaved(status) > 0
                || matches!(status, Status::Refused { .. } | Status::Replaced { .. })
        })
    };
    let gone = move || status.with(is_gone);
    let message = move || match status.get() {
        status if is_gone(&status) => t().deck_deleted.to_owned(),
        Status::Refused { reason, .. } if reason.is_empty() => t().refused_text.to_owned(),
        Status::Refused { reason, .. } => format!("{} ({reason})", t().refused_text),
        Status::Replaced { .. } => t().replaced_text.to_owned(),
        status if unsaved(&status) > 0 => plural(t().offline_unsaved, unsaved(&status)),
        _ => t().offline_text.to_owned(),
    };
    let next_try = move || match status.get() {
        Status::Offline { retry_at, .. } => {
            let seconds = retry_at.saturating_sub(clock.get()).div_ceil(1000).max(1);
            fill(t().next_try, &[&seconds.to_string()])
        }
        Status::Reconnecting { .. } => t().reconnecting.to_owned(),
        _ => String::new(),
    };
    let copy = move |_| {
        js::copy(&session.text());
        toasts.say(t().copied_text);
    };
    let again = move || matches!(status.get(), Status::Offline { .. });
    let stuck =
        move || !gone() && matches!(status.get(), Status::Refused { .. } | Status::Replaced { .. });
    let restore = move |_| {
        spawn_local(async move {
            match api::restore(&session.deck_id()).await {
                Ok(()) => session.retry(),
                Err(_) => toasts.say(t().not_restored),
            }
        });
    };
    Effect::new(move || {
        if let Some(sent) = session.merged.get() {
            toasts.say(plural(t().back_online, sent));
        }
    });
    view! {
        {when(move || visible.get(), move || view! {
            <div class="bar" class:bar-danger=danger role="alert" data-test="connection-bar">
                <span class="grow">{message} " " <span class="muted tabular">{next_try}</span></span>
                {when(danger, move || view! {
                    <button class="button" on:click=listener(copy) data-test="copy-text">{t().copy_text}</button>
                }.into_any())}
                {when(again, move || view! {
                    <button class="button" on:click=listener(move |_| session.retry()) data-test="retry">
                        {t().try_now}
                    </button>
                }.into_any())}
                {when(gone, move || view! {
                    <button class="button" on:click=listener(restore) data-test="restore">
                        {t().restore}
                    </button>
                }.into_any())}
                {when(stuck, move || view! {
                    <a class="button" href="">{t().reload}</a>
                }.into_any())}
            </div>
        }.into_any())}
    }
}

/// The monotonic time, renewed twice a second while `wanted`.
fn ticking(wanted: impl Fn() -> bool + Send + Sync + 'static) -> ReadSignal<u64> {
    let (time, set_time) = signal(now());
    let wanted = Memo::new(move |_| wanted());
    let interval = StoredValue::new_local(None::<leptos::leptos_dom::helpers::IntervalHandle>);
    let clear = move || {
        if let Some(interval) = interval.try_update_value(Option::take).flatten() {
            interval.clear();
        }
    };
    Effect::new(move || {
        clear();
        if wanted.get() {
            set_time.set(now());
            let tick = move || _ = set_time.try_set(now());
            interval.set_value(set_interval_with_handle(tick, Duration::from_millis(500)).ok());
        }
    });
    on_cleanup(clear);
    time
}
