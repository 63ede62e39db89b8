//! What the page says about the connection and about what is saved. Never better than the truth.

mod warning;

use std::time::Duration;

use collab::replica::Status;
use collab::room::CloseReason;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use self::warning::{Remedy, is_too_long, warning};
use crate::api;
use crate::erased::{attr, flag, listener, memo, spawn, text, views, when};
use crate::i18n::{fill, plural, t};
use crate::icons::Icon;
use crate::js;
use crate::session::{News, Session, now};
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
        let status = match session.status.get() {
            Status::Saved if session.is_read_only() => Status::ReadOnly { unsaved: 0 },
            status => status,
        };
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

/// The name of a status, for style sheets and tests, and the word for people.
fn name_and_label(status: &Status) -> (&'static str, &'static str) {
    match status {
        Status::Connecting => ("connecting", t().connecting),
        Status::Saved => ("saved", t().saved),
        Status::Saving => ("saving", t().saving),
        Status::Offline { .. } => ("offline", t().offline),
        Status::Reconnecting { .. } => ("reconnecting", t().reconnecting),
        Status::Full { .. } => ("full", t().full),
        Status::ReadOnly { .. } => ("read-only", t().read_only),
        Status::Refused { .. } => ("refused", t().refused),
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
            data-status=text(move || (status.with(|status| name_and_label(status).0)).to_owned())
        >
            <i class="status-dot" aria-hidden="true"></i>
            {text(move || status.with(|status| name_and_label(status).1.to_owned()))}
        </span>
    }
}

/// Whether the server says that there is no such deck (any more).
pub(crate) fn is_gone(status: &Status) -> bool {
    matches!(status, Status::Refused { reason, .. } if *reason == CloseReason::NoDeck.to_string())
}

/// Whether writing leads nowhere: the server does not take it, and shortening would not help.
pub(crate) fn is_stuck(session: Session) -> bool {
    let shortens = session.notices.with(|notices| is_too_long(notices.closed));
    let refused = session.status.with(|status| matches!(status, Status::Refused { .. }));
    session.is_read_only() || refused && !shortens
}

/// The bars that appear when something is wrong or new, the worst first, with what can be done.
#[component]
pub(crate) fn ConnectionBar(session: Session, status: ReadSignal<Status>) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let lost_at = lost_at(status);
    session.listen(move |news| {
        if let News::Merged { sent, received } = news
            && session.may_write()
        {
            say_merged(session, toasts, sent, received);
        }
    });
    view! {
        <WarningBar session status lost_at />
        <ReplacedBar session />
        <VersionBar session lost_at />
    }
}

/// Since when there is no connection, if there was one or an attempt has failed.
fn lost_at(status: ReadSignal<Status>) -> Memo<Option<u64>> {
    memo(move |before: Option<&Option<u64>>| {
        let before = before.copied().flatten();
        let away = match status.get() {
            Status::Offline { .. } | Status::Reconnecting { .. } => true,
            // The next attempt, before the deck was ever here.
            Status::Connecting => before.is_some(),
            _ => false,
        };
        away.then(|| before.unwrap_or_else(now))
    })
}

/// Says what is wrong with the connection, once it is more than a moment.
#[component]
fn WarningBar(
    session: Session,
    status: ReadSignal<Status>,
    lost_at: Memo<Option<u64>>,
) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let closed = move || session.notices.with(|notices| notices.closed);
    let clock = ticking(move || lost_at.get().is_some());
    let warning = memo(move |_| {
        let warning = status.with(|status| warning(status, closed(), session.may_write()))?;
        let brief = match lost_at.get() {
            Some(since) => !warning.danger && clock.get() < since + BRIEF,
            None => status.with(|status| *status == Status::Connecting),
        };
        (!brief).then_some(warning)
    });
    let danger = memo(move |_| warning.with(|it| it.as_ref().is_some_and(|it| it.danger)));
    let remedies = memo(move |_| warning.with(|it| it.as_ref().map_or(&[][..], |it| it.remedies)));
    let text = move || warning.with(|it| it.as_ref().map(|it| it.text.clone()));
    // Read out when it gets better or worse, and not for every edit that is counted.
    let said = move || {
        danger.track();
        view! { <span>{text}</span> }
    };
    view! {
        {when(move || warning.with(Option::is_some), move || view! {
            <div class="bar" class:bar-danger=flag(move || danger.get()) data-test="connection-bar">
                <span class="bar-text">
                    <span role="alert" {..attr("aria-relevant", "additions")}>{said}</span> " "
                    <span class="muted tabular">{crate::erased::text(move || next_try(&status.get(), closed(), clock))}</span>
                </span>
                {views(move || {
                    let remedies = remedies.get().iter();
                    remedies.map(|remedy| button(*remedy, session, toasts)).collect_view().into_any()
                })}
            </div>
        }.into_any())}
    }
}

/// When it is tried again.
fn next_try(status: &Status, closed: u16, clock: ReadSignal<u64>) -> String {
    match status {
        Status::Offline { retry_at, .. } => {
            let seconds = retry_at.saturating_sub(clock.get()).div_ceil(1000).max(1);
            let crowded = closed == CloseReason::RoomFull.code();
            let text = if crowded { t().trying_again } else { t().next_try };
            fill(text, &[&seconds.to_string()])
        }
        Status::Reconnecting { .. } | Status::Connecting => t().reconnecting.to_owned(),
        _ => String::new(),
    }
}

/// What a person can do about a warning.
fn button(remedy: Remedy, session: Session, toasts: Toasts) -> AnyView {
    let (label, test) = match remedy {
        Remedy::Retry => (t().try_now, "retry"),
        Remedy::Copy => (t().copy_text, "copy-text"),
        Remedy::Restore => (t().restore, "restore"),
        Remedy::Discard => (t().discard, "discard"),
        Remedy::Download => {
            return download(t().download_unsent, "download-unsent", session, Session::text);
        }
        Remedy::Reload => {
            return view! { <a class="button" {..attr("href", "")} data-test="reload">{t().reload}</a> }
                .into_any();
        }
    };
    let act = move |_| match remedy {
        Remedy::Retry => session.retry(),
        Remedy::Discard => session.discard(),
        Remedy::Copy => {
            js::copy(&session.text());
            toasts.say(t().copied_text);
        }
        _ => spawn(async move {
            match api::restore(&session.deck_id()).await {
                Ok(()) => session.retry(),
                Err(_) => toasts.say(t().not_restored),
            }
        }),
    };
    view! { <button class="button" on:click=listener(act) data-test=test>{label}</button> }
        .into_any()
}

/// A link that takes text home as a file, named after the deck.
fn download(
    label: &'static str,
    test: &'static str,
    session: Session,
    text: fn(Session) -> String,
) -> AnyView {
    let take = move |event: leptos::ev::MouseEvent| {
        let title = session.deck.with_untracked(|deck| deck.as_ref().map(|it| it.title.clone()));
        let title = title.filter(|title| !title.is_empty());
        js::download(&event, &title.unwrap_or_else(|| session.deck_id()), &text(session));
    };
    view! { <a class="button" {..attr("href", "")} on:click=listener(take) data-test=test>{label}</a> }
        .into_any()
}

/// Says how much went to and fro, and offers to show what others wrote.
fn say_merged(session: Session, toasts: Toasts, sent: usize, received: usize) {
    let text = match received {
        0 => plural(t().merged_sent, sent),
        _ => fill(&plural(t().merged_both, sent), &[&sent.to_string(), &received.to_string()]),
    };
    let shows = !session.changes().is_empty();
    let show = Callback::new(move |()| session.show_changes());
    toasts.cheer(text, shows.then_some((t().show_changes, show)));
}

/// Says that the deck was restored from a backup, and offers the text as it was here.
#[component]
fn ReplacedBar(session: Session) -> impl IntoView {
    let notices = session.notices;
    let carried =
        move || notices.with(|notices| notices.replaced.as_ref().map(|(carried, _)| *carried));
    let text = move || match carried().unwrap_or_default() {
        0 => t().replaced_text.to_owned(),
        carried => [t().replaced_text, &plural(t().carried_over, carried)].join(" "),
    };
    let before = |session: Session| {
        session.settle();
        let replaced = session.notices.with_untracked(|notices| notices.replaced.clone());
        replaced.map(|(_, before)| before).unwrap_or_default()
    };
    let close = move |_| notices.update(|notices| notices.replaced = None);
    view! {
        {when(move || session.may_write() && carried().is_some(), move || view! {
            <div class="bar" data-test="replaced-bar">
                <span class="bar-text" role="alert">{text}</span>
                {download(t().download_before, "download-before", session, before)}
                <button class="icon-button" aria-label=t().close on:click=listener(close)>
                    <Icon name="close" />
                </button>
            </div>
        }.into_any())}
    }
}

/// Says that this page is older than the server, while that can be helped.
#[component]
fn VersionBar(session: Session, lost_at: Memo<Option<u64>>) -> impl IntoView {
    let shown = move || {
        session.may_write()
            && lost_at.get().is_none()
            && session.notices.with(|notices| notices.newer)
    };
    view! {
        {when(shown, move || view! {
            <div class="bar bar-info" role="status" data-test="version-bar">
                <span class="bar-text">
                    {t().newer} " " <span class="muted">{t().edits_kept}</span>
                </span>
                <a class="button" {..attr("href", "")} data-test="reload">{t().reload}</a>
            </div>
        }.into_any())}
    }
}

/// The monotonic time, renewed twice a second while `wanted`.
fn ticking(wanted: impl Fn() -> bool + Send + Sync + 'static) -> ReadSignal<u64> {
    let (time, set_time) = signal(now());
    let wanted = memo(move |_| wanted());
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
