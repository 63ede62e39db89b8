//! The home page: all decks, and ways to a new one.

use leptos::ev::DragEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

use crate::api::{self, ApiError, DeckInfo, NewDeck};
use crate::dialog;
use crate::erased::listener;
use crate::i18n::{fill, relative_time, t};
use crate::icons::{Icon, IconButton, Logo};
use crate::js;
use crate::new_deck::NewDeckDialog;
use crate::store;
use crate::toast::Toasts;

/// Largest file that is read, in bytes: a deck holds 1 MB of text.
const MAX_FILE: f64 = 4.0 * 1024.0 * 1024.0;

type Decks = RwSignal<Option<Result<Vec<DeckInfo>, ApiError>>>;

/// The list of decks.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    document().set_title("Ondeck");
    let decks: Decks = RwSignal::new(None);
    let toasts = expect_context::<Toasts>();
    let dialog = NodeRef::<html::Dialog>::new();
    let dropping = RwSignal::new(false);
    let create = creator(toasts);
    load(decks);
    // Coming back from a deck's tab, the list is up to date.
    let visible = window_event_listener_untyped("visibilitychange", move |_| {
        if !document().hidden() {
            load(decks);
        }
    });
    on_cleanup(move || visible.remove());
    let open_dialog = move || dialog::open(dialog);
    let import = move |file: File| {
        spawn_local(async move {
            match read(&file).await {
                Some(source) => create.run(NewDeck { source: Some(source), ..NewDeck::default() }),
                None => toasts.say(fill(t().not_readable, &[&file.name()])),
            }
        });
    };
    let on_drop = move |event: DragEvent| {
        event.prevent_default();
        dropping.set(false);
        let files = event.data_transfer().and_then(|data| data.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            import(file);
        }
    };
    let body = move || match decks.get() {
        None => view! { <Waiting /> }.into_any(),
        Some(Err(error)) => view! { <Unreachable error decks /> }.into_any(),
        Some(Ok(list)) if list.is_empty() => {
            view! { <NoDecks create=create paste=Callback::new(move |()| open_dialog()) /> }
                .into_any()
        }
        Some(Ok(list)) => view! { <List list decks /> }.into_any(),
    };
    view! {
        <div
            class="home-page"
            class:dropping=move || dropping.get()
            on:dragover=listener(move |event: DragEvent| {
                event.prevent_default();
                dropping.set(true);
            })
            on:dragleave=listener(move |event: DragEvent| {
                if event.related_target().is_none() {
                    dropping.set(false);
                }
            })
            on:drop=listener(on_drop)
        >
            <header class="header">
                <span class="brand">
                    <Logo />
                    "Ondeck"
                </span>
                <span class="grow"></span>
                <ImportButton import />
                <button
                    class="button primary"
                    data-test="new-deck"
                    on:click=listener(move |_| open_dialog())
                >
                    <Icon name="add" />
                    {t().new_deck}
                </button>
            </header>
            <main class="home">
                <h1 class="page-title">{t().decks}</h1>
                {body}
                <p class="drop-hint muted">{t().drop_hint}</p>
            </main>
            <NewDeckDialog dialog create />
        </div>
    }
}

fn load(decks: Decks) {
    spawn_local(async move {
        let list = api::list().await;
        _ = decks.try_set(Some(list));
    });
}

/// Makes a deck and goes there.
fn creator(toasts: Toasts) -> Callback<NewDeck> {
    Callback::new(move |deck: NewDeck| {
        spawn_local(async move {
            match api::create(deck).await {
                Ok(made) => {
                    store::set_session("new", &made.id);
                    _ = location().assign(&format!("/d/{}", made.id));
                }
                Err(ApiError::Unreachable) => toasts.say(t().unreachable),
                Err(ApiError::Refused(why)) => toasts.say(fill(t().not_made, &[&why])),
            }
        });
    })
}

async fn read(file: &File) -> Option<String> {
    let blob: &Blob = file;
    if blob.size() > MAX_FILE {
        return None;
    }
    JsFuture::from(blob.text()).await.ok()?.as_string()
}

#[component]
fn ImportButton(import: impl Fn(File) + Copy + 'static) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            import(file);
        }
        input.set_value("");
    };
    let choose = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    view! {
        <button class="button" data-test="import" on:click=listener(choose)>
            <Icon name="import" />
            {t().import}
        </button>
        <input
            node_ref=input
            type="file"
            class="visually-hidden"
            tabindex="-1"
            aria-hidden="true"
            accept=".md,.markdown,.txt,text/markdown,text/plain"
            data-test="import-file"
            on:change=listener(chosen)
        />
    }
}

#[component]
fn Waiting() -> impl IntoView {
    view! {
        <div class="skeleton" aria-hidden="true">
            <i></i><i></i><i></i>
        </div>
    }
}

#[component]
fn Unreachable(error: ApiError, decks: Decks) -> impl IntoView {
    let text = match error {
        ApiError::Refused(why) if !why.is_empty() => why,
        _ => t().unreachable.to_owned(),
    };
    view! {
        <div class="empty" role="alert" data-test="unreachable">
            <p>{text}</p>
            <button
                class="button primary"
                data-test="retry"
                on:click=listener(move |_| {
                    decks.set(None);
                    load(decks);
                })
            >
                {t().try_again}
            </button>
        </div>
    }
}

#[component]
fn NoDecks(create: Callback<NewDeck>, paste: Callback<()>) -> impl IntoView {
    let template =
        move |_| create.run(NewDeck { template: Some("community-call"), ..NewDeck::default() });
    view! {
        <div class="empty" data-test="no-decks">
            <p>{t().no_decks}</p>
            <div class="row">
                <button class="button primary" on:click=listener(template)>{t().from_template}</button>
                <button class="button" on:click=listener(move |_| paste.run(()))>{t().paste}</button>
            </div>
        </div>
    }
}

#[component]
fn List(list: Vec<DeckInfo>, decks: Decks) -> impl IntoView {
    view! {
        <ul class="decks" data-test="deck-list">
            {list.into_iter().map(|deck| view! { <Row deck decks /> }).map(IntoAny::into_any).collect_view()}
        </ul>
    }
}

#[component]
fn Row(deck: DeckInfo, decks: Decks) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let title = if deck.title.is_empty() { t().untitled.to_owned() } else { deck.title.clone() };
    let path = format!("/d/{}", deck.id);
    let follow_url = deck.follow_url.clone();
    let copy = move |_| {
        js::copy(&js::absolute(&follow_url));
        toasts.say(t().copied_link);
    };
    let (id, name) = (deck.id.clone(), title.clone());
    let delete = move |_| remove(decks, toasts, id.clone(), name.clone());
    let file = format!("{}.md", file_name(&title));
    view! {
        <li class="deck" data-test="deck" data-id=deck.id.clone()>
            <a class="deck-link" href=path.clone() data-test="open-deck">
                <span class="deck-title ellipsis">{title}</span>
                <time class="muted" datetime=deck.updated_at.clone()>
                    {relative_time(&deck.updated_at)}
                </time>
            </a>
            <div class="deck-actions">
                <a
                    class="icon-button"
                    href=format!("{path}/present")
                    title=t().present
                    aria-label=t().present
                    data-test="present-deck"
                >
                    <Icon name="play" />
                </a>
                <IconButton
                    icon="link"
                    label=t().copy_follow
                    test="copy-follow"
                    act=Callback::new(copy)
                />
                <a
                    class="icon-button"
                    href=format!("/api/decks/{}/source", deck.id)
                    download=file
                    title=t().export
                    aria-label=t().export
                    data-test="export-deck"
                >
                    <Icon name="download" />
                </a>
                <IconButton
                    icon="bin"
                    label=t().delete
                    test="delete-deck"
                    act=Callback::new(delete)
                />
            </div>
        </li>
    }
}

/// Moves a deck to the bin and offers to take it back.
fn remove(decks: Decks, toasts: Toasts, id: String, name: String) {
    spawn_local(async move {
        if let Err(error) = api::delete(&id).await {
            let why = if let ApiError::Refused(why) = error { why } else { t().unreachable.into() };
            return toasts.say(fill(t().not_deleted, &[&why]));
        }
        load(decks);
        let undo = Callback::new(move |()| {
            let id = id.clone();
            spawn_local(async move {
                if api::restore(&id).await.is_err() {
                    toasts.say(t().not_restored);
                }
                load(decks);
            });
        });
        toasts.offer(fill(t().deleted, &[&name]), t().undo, undo);
    });
}

/// A title as the name of a file.
fn file_name(title: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { ' ' };
    let words: String = title.chars().map(plain).collect();
    words.split_whitespace().collect::<Vec<_>>().join("-")
}
