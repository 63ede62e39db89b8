//! The editor page: outline, source and preview under one header.

use collab::replica::Status;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::{is_missing, presented_slide, title_of_tab};
use crate::commands::with_keys;
use crate::editor::{EditorLink, SourcePane};
use crate::erased::{effect, listener, when};
use crate::i18n::{fill, t};
use crate::icons::{Icon, IconButton, Logo};
use crate::js;
use crate::outline::Outline;
use crate::pages::not_found::NotFound;
use crate::palette::{Entry, Palette, PaletteDialog};
use crate::people::{Introduction, People, own_profile};
use crate::preview::{Preview, PreviewEvents, PreviewPane};
use crate::problems::{ProblemsButton, ShownProblem, shown_problems};
use crate::session::Session;
use crate::slide_settings::{SlideSettings, SlideSettingsDialog};
use crate::splitter::{Splitter, remembered};
use crate::status::{ConnectionBar, StatusWord, is_stuck, shown_status};
use crate::store;
use crate::toast::Toasts;

/// The editor of a deck.
#[component]
pub(crate) fn EditPage(id: String) -> impl IntoView {
    let profile = RwSignal::new(own_profile());
    let session = Session::open(&id, "edit", profile.get_untracked());
    let editor = EditorLink::new(session);
    let overflow = RwSignal::new(Vec::new());
    let problems = shown_problems(session, overflow);
    let palette = Palette::new(session, editor, problems);
    let events = PreviewEvents { palette: Callback::new(move |()| palette.toggle()), overflow };
    let preview = Preview::new(session, editor, events);
    let settings = SlideSettings::new(session, editor);
    let title = title_of_tab(session);
    let status = shown_status(session);
    let missing = is_missing(session);
    let view = View::remembered();
    let tab = RwSignal::new("write");
    let split = remembered();
    let live = presented_slide(session);
    let shows = Signal::derive(move || view.mode.with(|mode| mode == "show"));
    palette.offer(page_entries(view, preview, settings, &id));
    let toasts = expect_context::<Toasts>();
    let command = move |name: &str| match name {
        "palette" => palette.toggle(),
        "save" if session.status.with_untracked(|status| *status == Status::Saved) => {
            toasts.say(t().already_saved);
        }
        "mode-edit" | "mode-both" | "mode-show" => view.choose(&name[5..]),
        _ => {}
    };
    editor.on_command(move |name| command(&name));
    let keys = window_event_listener(leptos::ev::keydown, move |event| {
        if let Some(name) = page_command(&event) {
            event.prevent_default();
            command(name);
        }
    });
    on_cleanup(move || keys.remove());
    effect(move || editor.set_read_only(is_stuck(session)));
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
                    aria-expanded=move || view.outline.get().to_string()
                    data-test="toggle-outline"
                    on:click=listener(move |_| view.toggle_outline())
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
                <IconButton
                    icon="search"
                    label=with_keys(t().palette, "Mod+K")
                    test="open-palette"
                    act=Callback::new(move |_| palette.toggle())
                />
                <ModeSwitch view />
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
                data-mode=move || view.mode.get()
                data-tab=move || tab.get()
                data-outline=move || view.outline.get().to_string()
                data-test="edit-page"
            >
                {header.clone()}
                <ConnectionBar session status />
                <Introduction session editor profile />
                <Tabs tab />
                <main class="workspace">
                    {when(move || view.outline.get(), move || view! {
                        <Outline session editor preview problems shows live />
                    }.into_any())}
                    <div
                        class="panes"
                        id="panes"
                        style=("--split", move || format!("{}%", split.get()))
                    >
                        <SourcePane
                            session
                            link=editor
                            problems
                            settings=Callback::new(move |()| settings.open())
                        />
                        <Splitter share=split controls="panes" />
                        <PreviewPane session preview />
                    </div>
                </main>
                <StatusBar session editor problems />
                <PaletteDialog palette />
                <SlideSettingsDialog settings />
            </div>
        </Show>
    }
}

/// Which panes are shown.
#[derive(Clone, Copy)]
struct View {
    mode: RwSignal<String>,
    outline: RwSignal<bool>,
}

impl View {
    /// As this browser remembers it.
    fn remembered() -> Self {
        // Whoever opens a deck here wants to write: "show" is for the moment.
        let mode = store::get("mode").filter(|mode| mode != "show");
        Self {
            mode: RwSignal::new(mode.unwrap_or_else(|| "both".to_owned())),
            outline: RwSignal::new(store::get("outline").is_none_or(|open| open == "1")),
        }
    }

    fn choose(self, mode: &str) {
        self.mode.set(mode.to_owned());
        // A deck that is opened next is there to be written.
        if mode != "show" {
            store::set("mode", mode);
        }
    }

    fn toggle_outline(self) {
        self.outline.update(|open| *open = !*open);
        store::set("outline", if self.outline.get_untracked() { "1" } else { "0" });
    }
}

#[component]
fn ModeSwitch(view: View) -> impl IntoView {
    let mode = view.mode;
    view! {
        <div class="segments wide-only" role="group" aria-label=t().view>
            {[("edit", t().mode_edit, "1"), ("both", t().mode_both, "2"), ("show", t().mode_show, "3")]
                .map(|(name, label, key)| {
                    view! {
                        <button
                            aria-pressed=move || mode.with(|mode| mode == name).to_string()
                            title=with_keys(label, &["Mod+Alt+", key].concat())
                            data-test=format!("mode-{name}")
                            on:click=listener(move |_| view.choose(name))
                        >
                            {label}
                        </button>
                    }
                })
                .map(IntoAny::into_any).collect_view()}
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
        {when(move || live.get().is_some() && session.is_connected(), move || view! {
            <button
                class="badge badge-live live-mark"
                title=title
                data-test="live"
                on:click=listener(move |_| preview.visit(live.get_untracked().unwrap_or_default()))
            >
                {t().live}
                " · "
                {number}
            </button>
        }.into_any())}
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
                            on:click=listener(move |_| tab.set(name))
                        >
                            {label}
                        </button>
                    }
                })
                .map(IntoAny::into_any).collect_view()}
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
        <button class="button" title=t().copy_follow data-test="copy-follow" on:click=listener(copy)>
            <Icon name="link" />
            <span class="wide-only">{t().follow_link}</span>
        </button>
    }
}

#[component]
fn StatusBar(
    session: Session,
    editor: EditorLink,
    problems: Memo<Vec<ShownProblem>>,
) -> impl IntoView {
    let place = move || {
        session.deck.with(|deck| {
            let deck = deck.as_ref()?;
            let slide = deck.slide_at_line(editor.line.get());
            let count = deck.slides.len().to_string();
            let number = fill(t().slide_short, &[&(slide + 1).to_string(), &count]);
            Some((number, deck.place_in_section(slide)))
        })
    };
    view! {
        <footer class="status-bar">
            <ProblemsButton editor problems />
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

/// The page's commands in the palette.
fn page_entries(view: View, preview: Preview, settings: SlideSettings, id: &str) -> Vec<Entry> {
    let present = ["/d/", id, "/present"].concat();
    let all = || _ = location().assign("/");
    vec![
        Entry::command(t().mode_edit, "Mod+Alt+1", move || view.choose("edit")),
        Entry::command(t().mode_both, "Mod+Alt+2", move || view.choose("both")),
        Entry::command(t().mode_show, "Mod+Alt+3", move || view.choose("show")),
        Entry::command(t().outline, "", move || view.toggle_outline()),
        Entry::command(t().slide_settings, "", move || settings.open()),
        Entry::command(t().pin, "", move || preview.toggle_pin()),
        Entry::command(t().present, "", move || {
            _ = window().open_with_url_and_target(&present, "_blank");
        }),
        Entry::command(t().all_decks, "", all),
    ]
}

/// The name of what the page should do for a key, as the editor calls it.
fn page_command(event: &KeyboardEvent) -> Option<&'static str> {
    if event.default_prevented() || event.shift_key() || !(event.ctrl_key() || event.meta_key()) {
        return None;
    }
    // With Alt the key itself may be another character.
    match (event.alt_key(), event.code().as_str(), event.key().as_str()) {
        (false, _, "k") => Some("palette"),
        (false, _, "s") => Some("save"),
        (true, "Digit1", _) => Some("mode-edit"),
        (true, "Digit2", _) => Some("mode-both"),
        (true, "Digit3", _) => Some("mode-show"),
        _ => None,
    }
}
