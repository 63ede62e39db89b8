//! The editor page: outline, source and preview under one header.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{is_missing, presented_slide, title_of_tab};
use crate::editor::{EditorLink, SourcePane};
use crate::i18n::{fill, plural, t};
use crate::icons::{Icon, Logo};
use crate::js;
use crate::outline::Outline;
use crate::pages::not_found::NotFound;
use crate::people::{Introduction, People, own_profile};
use crate::preview::{Preview, PreviewPane, place_in_section};
use crate::session::Session;
use crate::splitter::{Splitter, remembered};
use crate::status::{ConnectionBar, StatusWord, shown_status};
use crate::store;
use crate::toast::Toasts;

/// The editor of a deck.
#[component]
pub(crate) fn EditPage(id: String) -> impl IntoView {
    let profile = RwSignal::new(own_profile());
    let session = Session::open(&id, "edit", profile.get_untracked());
    let editor = EditorLink::new(session);
    let preview = Preview::new(session, editor);
    let title = title_of_tab(session);
    let status = shown_status(session);
    let missing = is_missing(session);
    // Whoever opens a deck here wants to write: "show" is for the moment.
    let kept = store::get("mode").filter(|mode| mode != "show");
    let mode = RwSignal::new(kept.unwrap_or_else(|| "both".to_owned()));
    let outline_open = RwSignal::new(store::get("outline").is_none_or(|open| open == "1"));
    let tab = RwSignal::new("write");
    let split = remembered();
    let live = presented_slide(session);
    let shows = Signal::derive(move || mode.with(|mode| mode == "show"));
    Effect::new(move || {
        use collab::replica::Status;
        let stuck = session
            .status
            .with(|status| matches!(status, Status::Refused { .. } | Status::Replaced { .. }));
        editor.set_read_only(stuck);
    });
    let toggle_outline = move |_| {
        outline_open.update(|open| *open = !*open);
        store::set("outline", if outline_open.get_untracked() { "1" } else { "0" });
    };
    let follow_path = format!("/d/{id}/follow");
    let present_path = format!("/d/{id}/present");
    let header = move || {
        view! {
            <header class="header">
                <a class="icon-button" href="/" aria-label=t().all_decks title=t().all_decks>
                    <Logo />
                </a>
                <button
                    class="icon-button wide-only"
                    aria-label=t().outline
                    title=t().outline
                    aria-expanded=move || outline_open.get().to_string()
                    data-test="toggle-outline"
                    on:click=toggle_outline
                >
                    <Icon name="outline" />
                </button>
                <h1 class="title ellipsis" data-test="title">
                    {move || {
                        let title = title.get();
                        if title.is_empty() { t().untitled.to_owned() } else { title }
                    }}
                </h1>
                <StatusWord status />
                <LiveMark session preview live />
                <span class="grow"></span>
                <People session editor profile />
                <ModeSwitch mode />
                <FollowLink path=follow_path.clone() />
                <a
                    class="button primary"
                    href=present_path.clone()
                    target="_blank"
                    rel="noopener"
                    data-test="present"
                >
                    <Icon name="play" />
                    <span class="wide-only">{t().present}</span>
                </a>
            </header>
        }
    };
    view! {
        <Show when=move || !missing.get() fallback=NotFound>
            <div
                class="edit-page"
                data-mode=move || mode.get()
                data-tab=move || tab.get()
                data-outline=move || outline_open.get().to_string()
                data-test="edit-page"
            >
                {header.clone()}
                <ConnectionBar session status />
                <Introduction session editor profile />
                <Tabs tab />
                <main class="workspace">
                    <Show when=move || outline_open.get()>
                        <Outline session editor preview shows live />
                    </Show>
                    <div
                        class="panes"
                        id="panes"
                        style=("--split", move || format!("{}%", split.get()))
                    >
                        <SourcePane session link=editor />
                        <Splitter share=split controls="panes" />
                        <PreviewPane session preview />
                    </div>
                </main>
                <StatusBar session editor />
            </div>
        </Show>
    }
}

#[component]
fn ModeSwitch(mode: RwSignal<String>) -> impl IntoView {
    let choose = move |name: &str| {
        mode.set(name.to_owned());
        // A deck that is opened next is there to be written.
        if name != "show" {
            store::set("mode", name);
        }
    };
    view! {
        <div class="segments wide-only" role="group" aria-label=t().view>
            {[("edit", t().mode_edit), ("both", t().mode_both), ("show", t().mode_show)]
                .map(|(name, label)| {
                    view! {
                        <button
                            aria-pressed=move || mode.with(|mode| mode == name).to_string()
                            data-test=format!("mode-{name}")
                            on:click=move |_| choose(name)
                        >
                            {label}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// Says that a presentation is on, and shows where.
#[component]
fn LiveMark(session: Session, preview: Preview, live: Memo<Option<u32>>) -> impl IntoView {
    let number = move || live.get().map(|slide| (slide + 1).to_string());
    let title = move || match session.presented.get().driver {
        Some(driver) => fill(t().is_presenting, &[&driver]),
        None => t().waiting.to_owned(),
    };
    view! {
        <Show when=move || live.get().is_some() && session.is_connected()>
            <button
                class="badge badge-live live-mark"
                title=title
                data-test="live"
                on:click=move |_| preview.visit(live.get_untracked().unwrap_or_default())
            >
                {t().live}
                " · "
                {number}
            </button>
        </Show>
    }
}

/// On a phone one pane is visible at a time.
#[component]
fn Tabs(tab: RwSignal<&'static str>) -> impl IntoView {
    view! {
        <div class="tabs" role="group" aria-label=t().view>
            {[("write", t().tab_write), ("slide", t().tab_slide)]
                .map(|(name, label)| {
                    view! {
                        <button
                            aria-pressed=move || (tab.get() == name).to_string()
                            data-test=format!("tab-{name}")
                            on:click=move |_| tab.set(name)
                        >
                            {label}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

#[component]
fn FollowLink(path: String) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let copy = move |_| {
        js::copy(&js::absolute(&path));
        toasts.say(t().copied_link);
    };
    view! {
        <button class="button" title=t().copy_follow data-test="copy-follow" on:click=copy>
            <Icon name="link" />
            <span class="wide-only">{t().follow_link}</span>
        </button>
    }
}

#[component]
fn StatusBar(session: Session, editor: EditorLink) -> impl IntoView {
    let problems = Memo::new(move |_| {
        session
            .deck
            .with(|deck| deck.as_ref().map(|deck| deck.problems.clone()))
            .unwrap_or_default()
    });
    let place = move || {
        session.deck.with(|deck| {
            let deck = deck.as_ref()?;
            let slide = slide_at_line(deck, editor.line.get());
            let count = deck.slides.len().to_string();
            let number = fill(t().slide_short, &[&(slide + 1).to_string(), &count]);
            Some((number, place_in_section(deck, slide)))
        })
    };
    let go = move |line: u32| {
        editor.go_to_line(line);
        let list = document().get_element_by_id("problems");
        if let Some(list) = list.and_then(|list| list.dyn_into::<web_sys::HtmlElement>().ok()) {
            _ = list.hide_popover();
        }
    };
    view! {
        <footer class="status-bar">
            <button
                class="status-item"
                popovertarget="problems"
                disabled=move || problems.with(Vec::is_empty)
                data-test="problems"
            >
                <Show when=move || !problems.with(Vec::is_empty)>
                    <Icon name="warning" />
                </Show>
                {move || plural(t().problems, problems.with(Vec::len))}
            </button>
            <div id="problems" popover="auto" class="popover popover-problems">
                <h2 class="popover-title">{move || plural(t().problems, problems.with(Vec::len))}</h2>
                <ul class="menu">
                    {move || {
                        problems
                            .get()
                            .into_iter()
                            .map(|problem| {
                                let line = problem.line;
                                view! {
                                    <li>
                                        <button
                                            class="menu-item"
                                            data-test="problem"
                                            on:click=move |_| go(line)
                                        >
                                            <span class="muted tabular">
                                                {fill(t().line_short, &[&(line + 1).to_string()])}
                                            </span>
                                            <span>{problem.message}</span>
                                        </button>
                                    </li>
                                }
                            })
                            .collect_view()
                    }}
                </ul>
            </div>
            <span class="status-item tabular" data-test="line">
                {move || fill(t().line_short, &[&(editor.line.get() + 1).to_string()])}
            </span>
            <span class="status-item tabular" data-test="slide-number">
                {move || place().map(|(number, _)| number)}
            </span>
            <span class="status-item ellipsis">{move || place().map(|(_, section)| section)}</span>
        </footer>
    }
}

fn slide_at_line(deck: &crate::render_protocol::Answer, line: u32) -> u32 {
    (deck.slides.partition_point(|slide| slide.line <= line) as u32).saturating_sub(1)
}
