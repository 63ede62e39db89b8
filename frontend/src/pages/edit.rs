//! The editor page: outline, source and preview under one header.

use std::cell::Cell;

use collab::replica::Status;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{closed_door, deck_page, load_dialogs, presented_slide, title_of_tab};
use crate::call::{Call, CallPlace};
use crate::commands::with_keys;
use crate::dialogs;
use crate::editor::{EditorLink, SourcePane};
use crate::erased::{attr, effect, flag, listener, memo, on_window, text, when};
use crate::i18n::{fill, t};
use crate::icons::{Icon, IconButton, Logo};
use crate::outline::Outline;
use crate::palette::{Entry, Palette, PaletteDialog};
use crate::people::{Introduction, People, own_profile};
use crate::presenter::offer::OfferPrompt;
use crate::preview::{Preview, PreviewEvents, PreviewPane};
use crate::problems::{ProblemsButton, ShownProblem, shown_problems};
use crate::session::Session;
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
    let present_path = format!("/d/{id}/present");
    let present = StoredValue::new(present_path.clone());
    let events = PreviewEvents {
        palette: Callback::new(move |()| palette.toggle()),
        present: Callback::new(move |()| {
            _ = present.with_value(|path| window().open_with_url_and_target(path, "_blank"));
        }),
        overflow,
    };
    let preview = Preview::new(session, editor, events);
    let call = Call::open("editor", session, Some(editor), move |slide| preview.visit(slide));
    call.says_name(profile);
    call.load_when_calm();
    effect(move || call.tell("slide", preview.slide().into()));
    effect(move || call.tell("line", editor.line.get().into()));
    effect(move || call.tell("loaded", editor.loaded.get().into()));
    let settings = dialogs::slide_settings(session, editor);
    let title = title_of_tab(session);
    let status = shown_status(session);
    let door = closed_door(session);
    let view = View::remembered();
    let tab = RwSignal::new("write");
    effect(move || call.tell("tab", tab.get().into()));
    // Whoever is led into the text wants to see it.
    effect(move || {
        let is_beside = matches!(tab.get_untracked(), "board" | "people");
        if editor.jumped.get().is_some() && is_beside {
            tab.set("write");
            request_animation_frame(move || editor.focus());
        }
    });
    let split = remembered();
    let live = presented_slide(session);
    let shows = Signal::derive(move || view.mode.with(|mode| mode == "show"));
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
    on_window("keydown", move |event| {
        if let Some(name) = page_command(event.unchecked_ref()) {
            event.prevent_default();
            command(name);
        }
    });
    effect(move || {
        editor.loaded.track();
        editor.set_read_only(is_stuck(session));
    });
    tell_of_role(session, toasts);
    go_where_asked(editor);
    let accept = Callback::new(move |term: u64| {
        let path = present.with_value(|path| [path, "?take=", &term.to_string()].concat());
        _ = location().assign(&path);
    });
    let share = dialogs::share(session);
    load_dialogs();
    let commands = PageCommands { session, view, preview, settings, share, call };
    palette.offer(move || commands.entries());
    let board = ["/d/", &id, "/board"].concat();
    let header = move || {
        view! {
            <header class="header">
                <a class="icon-button" {..attr("href", "/")} aria-label=t().all_decks title=t().all_decks>
                    <Logo />
                </a>
                <button
                    class="icon-button wide-only"
                    aria-label=t().outline
                    title=t().outline
                    {..attr("aria-expanded", text(move || view.outline.get().to_string()))}
                    data-test="toggle-outline"
                    on:click=listener(move |_| view.toggle_outline())
                >
                    <Icon name="outline" />
                </button>
                <h1 class="title ellipsis" data-test="title">
                    {text(move || {
                        let title = title.get();
                        if title.is_empty() { t().untitled.to_owned() } else { title }
                    })}
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
                <a class="button wide-only" {..attr("href", board.clone())} data-test="board">
                    <Icon name="board" />
                    {t().board}
                </a>
                {when(move || session.may_write(), move || view! { <ShareButton share /> }.into_any())}
                <a
                    class="button primary"
                    class:hidden=flag(move || !session.may_present())
                    {..attr("href", present_path.clone())}
                    {..attr("target", "_blank")}
                    {..attr("rel", "noopener")}
                    data-test="present"
                >
                    <Icon name="play" />
                    <span class="wide-only">{t().present}</span>
                </a>
            </header>
        }
    };
    deck_page(door, move || {
        view! {
            <div
                class="edit-page"
                data-mode=text(move || view.mode.get())
                data-tab=text(move || tab.get().to_owned())
                data-outline=text(move || view.outline.get().to_string())
                data-reads=text(move || session.is_read_only().to_string())
                data-test="edit-page"
            >
                {header.clone()}
                <ConnectionBar session status />
                <OfferPrompt session accept />
                <Introduction editor profile />
                <CallPlace name="card" />
                <Tabs tab />
                <main class="workspace">
                    {when(move || view.outline.get(), move || view! {
                        <Outline session editor preview problems shows live chips=call.chips />
                    }.into_any())}
                    <div
                        class="panes"
                        {..attr("id", "panes")}
                        style=("--split", text(move || format!("{}%", split.get())))
                    >
                        <SourcePane
                            session
                            link=editor
                            problems
                            settings
                        />
                        <Splitter share=split controls="panes" />
                        <PreviewPane session preview />
                    </div>
                    <CallPlace name="board" />
                    <CallPlace name="people" />
                    <CallPlace name="panel" />
                </main>
                <StatusBar session editor problems />
                <PaletteDialog palette />
            </div>
        }
        .into_any()
    })
}

/// Goes to the line that the address names (`#line=84`), now and when another one is asked for.
fn go_where_asked(editor: EditorLink) {
    let go = move || {
        let hash = location().hash().unwrap_or_default();
        let line = hash.strip_prefix("#line=").and_then(|line| line.parse::<u32>().ok());
        if let Some(line) = line {
            editor.write_at(line.saturating_sub(1));
        }
    };
    effect(move || {
        if editor.loaded.get() {
            go();
        }
    });
    on_window("hashchange", move |_| go());
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
                            {..attr("aria-pressed", text(move || mode.with(|mode| mode == name).to_string()))}
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
    let number = move || live.get().map(|slide| (slide + 1).to_string()).unwrap_or_default();
    let title = move || match session.presented.get().driver {
        Some(driver) => fill(t().is_presenting, &[&driver]),
        None => t().waiting.to_owned(),
    };
    view! {
        {when(move || live.get().is_some() && session.is_connected(), move || view! {
            <button
                class="badge badge-live live-mark"
                {..attr("title", text(title))}
                data-test="live"
                on:click=listener(move |_| preview.visit(live.get_untracked().unwrap_or_default()))
            >
                {t().live}
                " · "
                {text(number)}
            </button>
        }.into_any())}
    }
}

/// On a phone one pane is visible at a time.
#[component]
fn Tabs(tab: RwSignal<&'static str>) -> impl IntoView {
    view! {
        <div class="tabs" role="group" aria-label=t().view>
            {[
                ("write", t().tab_write),
                ("slide", t().tab_slide),
                ("board", t().board),
                ("people", t().people),
            ]
                .map(|(name, label)| {
                    view! {
                        <button
                            {..attr("aria-pressed", text(move || (tab.get() == name).to_string()))}
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

/// Opens the dialog in which the deck is shared.
#[component]
fn ShareButton(share: Callback<()>) -> impl IntoView {
    view! {
        <button
            class="button"
            title=t().share
            aria-label=t().share
            {..attr("aria-haspopup", "dialog")}
            data-test="share"
            on:click=listener(move |_| share.run(()))
        >
            <Icon name="share" />
            <span class="wide-only">{t().share}</span>
        </button>
    }
}

/// Says that the person may only read from now on, or write again.
fn tell_of_role(session: Session, toasts: Toasts) {
    let reads = memo(move |_| session.role.get().map(|_| session.is_read_only()));
    let before = Cell::new(None);
    effect(move || {
        let reads = reads.get();
        match (before.replace(reads), reads) {
            (Some(false), Some(true)) => toasts.say(t().reads_now),
            (Some(true), Some(false)) => toasts.say(t().writes_again),
            _ => {}
        }
    });
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
                {text(move || fill(t().line_short, &[&(editor.line.get() + 1).to_string()]))}
            </span>
            <span class="status-item tabular" data-test="slide-number">
                {text(move || place().map(|(number, _)| number).unwrap_or_default())}
            </span>
            <CallPlace name="status" />
            <span class="status-item ellipsis">{text(move || place().map(|(_, section)| section).unwrap_or_default())}</span>
        </footer>
    }
}

/// What the page's commands act on.
#[derive(Clone, Copy)]
struct PageCommands {
    session: Session,
    view: View,
    preview: Preview,
    settings: Callback<()>,
    share: Callback<()>,
    call: Call,
}

impl PageCommands {
    /// The commands in the palette, as far as the person may do them.
    fn entries(self) -> Vec<Entry> {
        let Self { session, view, preview, settings, share, call } = self;
        let mut entries = vec![
            Entry::command(t().mode_edit, "Mod+Alt+1", move || view.choose("edit")),
            Entry::command(t().mode_both, "Mod+Alt+2", move || view.choose("both")),
            Entry::command(t().mode_show, "Mod+Alt+3", move || view.choose("show")),
            Entry::command(t().outline, "", move || view.toggle_outline()),
            Entry::command(t().pin, "", move || preview.toggle_pin()),
            Entry::command(t().all_decks, "", || _ = location().assign("/")),
        ];
        if session.may_write() {
            entries.push(Entry::command(t().slide_settings, "", move || settings.run(())));
            entries.push(Entry::command(t().share, "", move || share.run(())));
        }
        if session.may_present() {
            let path = ["/d/", &session.deck_id(), "/present"].concat();
            entries.push(Entry::command(t().present, "", move || {
                _ = window().open_with_url_and_target(&path, "_blank");
            }));
        }
        entries.extend(call.entries());
        entries
    }
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
