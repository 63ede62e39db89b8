//! The command palette: commands, slides, people, problems and decks behind one field.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use web_sys::Event;

use crate::api;
use crate::commands::{MORE, TOOLS, shown_keys};
use crate::dialog;
use crate::editor::EditorLink;
use crate::erased::{ElementRef, attr, listener, on, spawn, text, views, when};
use crate::i18n::{fill, lowercase, t};
use crate::icons::Icon;
use crate::js;
use crate::problems::ShownProblem;
use crate::session::Session;

/// More rows than this nobody reads: typing one more letter is quicker.
const SHOWN: usize = 40;
/// The list that the field controls.
const LIST: &str = "palette-list";

/// One thing to choose.
#[derive(Clone)]
pub(crate) struct Entry {
    /// What kind of thing it is.
    kind: &'static str,
    label: String,
    /// The key that does the same.
    keys: &'static str,
    act: Callback<()>,
}

impl Entry {
    /// A command that is called by a name from elsewhere.
    pub(crate) fn named(label: String, act: impl Fn() + Send + Sync + 'static) -> Self {
        Self::new(t().command, label, act)
    }

    fn new(kind: &'static str, label: String, act: impl Fn() + Send + Sync + 'static) -> Self {
        Self { kind, label, keys: "", act: Callback::new(move |()| act()) }
    }

    /// A command of the page.
    pub(crate) fn command(
        label: &'static str,
        keys: &'static str,
        act: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self { keys, ..Self::new(t().command, label.to_owned(), act) }
    }
}

/// Handle to the palette.
#[derive(Clone, Copy)]
pub(crate) struct Palette {
    dialog: ElementRef<html::Dialog>,
    input: ElementRef<html::Input>,
    session: Session,
    editor: EditorLink,
    problems: Memo<Vec<ShownProblem>>,
    /// The commands of the page, as they are when it opens.
    own: StoredValue<Option<Callback<(), Vec<Entry>>>>,
    /// Everything, gathered when it opens.
    all: RwSignal<Vec<Entry>>,
    query: RwSignal<String>,
    chosen: RwSignal<usize>,
}

impl Palette {
    /// A closed palette.
    pub(crate) fn new(
        session: Session,
        editor: EditorLink,
        problems: Memo<Vec<ShownProblem>>,
    ) -> Self {
        Self {
            dialog: ElementRef::new(),
            input: ElementRef::new(),
            session,
            editor,
            problems,
            own: StoredValue::new(None),
            all: RwSignal::new(Vec::new()),
            query: RwSignal::new(String::new()),
            chosen: RwSignal::new(0),
        }
    }

    /// Sets the commands of the page.
    pub(crate) fn offer(self, own: impl Fn() -> Vec<Entry> + Send + Sync + 'static) {
        self.own.set_value(Some(Callback::new(move |()| own())));
    }

    /// Opens it with an empty field, or closes it.
    pub(crate) fn toggle(self) {
        let Some(dialog) = self.dialog.get_untracked() else { return };
        if dialog.open() {
            return dialog.close();
        }
        self.all.set(self.entries());
        self.find(String::new());
        if let Some(input) = self.input.get_untracked() {
            input.set_value("");
        }
        _ = dialog.show_modal();
        spawn(async move {
            if let Ok(decks) = api::list().await {
                let decks = decks.into_iter().map(|deck| {
                    let title =
                        if deck.title.is_empty() { t().untitled.to_owned() } else { deck.title };
                    let path = ["/d/", &deck.id].concat();
                    Entry::new(t().deck, title, move || _ = location().assign(&path))
                });
                _ = self.all.try_update(|all| all.extend(decks));
            }
        });
    }

    fn find(self, query: String) {
        self.query.set(query);
        self.chosen.set(0);
    }

    fn entries(self) -> Vec<Entry> {
        let Self { editor, session, .. } = self;
        let tools = TOOLS.iter().flat_map(|group| group.iter()).chain(&MORE);
        let may_write = untrack(|| session.may_write());
        let tools = tools.filter(|_| may_write).map(|tool| {
            let run = move || {
                editor.focus();
                editor.run(tool.name);
            };
            Entry::command(tool.label(), tool.keys, run)
        });
        let mut all = self.own.get_value().map_or_else(Vec::new, |own| untrack(|| own.run(())));
        all.extend(tools);
        if let Some(deck) = session.deck.get_untracked() {
            for (number, slide) in deck.slides.iter().enumerate() {
                let title = deck.title_of(number as u32);
                let label = [&(number + 1).to_string(), " · ", title].concat();
                let line = slide.text_line;
                all.push(Entry::new(t().tab_slide, label, move || editor.go_to_line(line)));
            }
        }
        for person in session.people.get_untracked() {
            let Some((_, head)) = person.caret else { continue };
            let label = fill(t().go_to_person, &[&person.profile.name]);
            all.push(Entry::new(t().person, label, move || editor.go_to_offset(head)));
        }
        for problem in self.problems.get_untracked() {
            let line = problem.from;
            let label =
                [&fill(t().line_short, &[&(line + 1).to_string()]), " · ", &problem.message];
            all.push(Entry::new(t().problem, label.concat(), move || editor.go_to_line(line)));
        }
        all
    }

    /// The entries that match, the best first.
    fn found(self) -> Vec<Entry> {
        let query = lowercase(&self.query.get());
        self.all.with(|all| {
            let mut found: Vec<(u32, &Entry)> = Vec::new();
            for entry in all {
                let Some(score) = score(&entry.label, &query) else { continue };
                let place = found.partition_point(|(other, _)| *other <= score);
                found.insert(place, (score, entry));
            }
            found.into_iter().take(SHOWN).map(|(_, entry)| entry.clone()).collect()
        })
    }
}

/// How far a text is from what was typed, whose letters it must hold in their order; lower is better.
fn score(text: &str, query: &str) -> Option<u32> {
    let text = lowercase(text);
    if let Some(at) = text.find(query) {
        let word = at == 0 || !text[..at].ends_with(char::is_alphanumeric);
        return Some(if query.is_empty() { 0 } else { at as u32 + if word { 0 } else { 100 } });
    }
    let mut letters = query.chars().filter(|letter| !letter.is_whitespace()).peekable();
    let mut gaps = 1_000;
    for letter in text.chars() {
        if letters.next_if_eq(&letter).is_none() {
            gaps += 1;
        }
    }
    letters.peek().is_none().then_some(gaps)
}

/// The palette, closed at first.
#[component]
pub(crate) fn PaletteDialog(palette: Palette) -> impl IntoView {
    let Palette { dialog, chosen, .. } = palette;
    let found = Memo::new_with_compare(move |_| palette.found(), |_, _| true);
    let count = move || found.with(Vec::len);
    let choose = move |index: usize| {
        dialog::close(dialog);
        if let Some(entry) = found.with_untracked(|found| found.get(index).cloned()) {
            entry.act.run(());
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let (now, last) = (chosen.get_untracked(), untrack(count).saturating_sub(1));
        let next = match event.key().as_str() {
            "ArrowDown" => {
                if now >= last {
                    0
                } else {
                    now + 1
                }
            }
            "ArrowUp" => now.checked_sub(1).unwrap_or(last),
            "Enter" if !event.is_composing() => {
                event.prevent_default();
                return choose(now);
            }
            _ => return,
        };
        event.prevent_default();
        chosen.set(next);
        if let Some(row) = js::by_id(&row_id(next)) {
            row.scroll_into_view_with_bool(false);
        }
    };
    let row = move |(index, entry): (usize, Entry)| {
        view! {
            <li
                {..attr("id", row_id(index))}
                class="palette-row"
                role="option"
                {..attr("aria-selected", text(move || (chosen.get() == index).to_string()))}
                data-test="palette-row"
                on:click=listener(move |_| choose(index))
            >
                <span class="palette-kind muted">{entry.kind}</span>
                <span class="ellipsis grow">{entry.label}</span>
                <kbd>{shown_keys(entry.keys)}</kbd>
            </li>
        }
    };
    view! {
        <dialog
            node_ref=dialog
            class="dialog palette"
            aria-label=t().palette
            data-test="palette"
            on:click=listener(move |event| dialog::close_beside(&event, dialog))
        >
            <label class="palette-field">
                <Icon name="search" />
                <input
                    node_ref={palette.input}
                    {..attr("autofocus", true)}
                    {..attr("autocomplete", "off")}
                    {..attr("spellcheck", "false")}
                    role="combobox"
                    {..attr("aria-expanded", "true")}
                    {..attr("aria-controls", LIST)}
                    {..attr("aria-autocomplete", "list")}
                    aria-label=t().palette
                    {..attr("aria-activedescendant", text(move || row_id(chosen.get())))}
                    {..attr("placeholder", t().palette_hint)}
                    data-test="palette-field"
                    {..on("input", move |event: Event| palette.find(event_target_value(&event)))}
                    {..on("keydown", on_key)}
                />
            </label>
            <ul {..attr("id", LIST)} class="palette-list" role="listbox" aria-label=t().palette>
                {views(move || found.get().into_iter().enumerate().map(row).map(IntoAny::into_any).collect_view().into_any())}
            </ul>
            {when(move || count() == 0, move || view! {
                <p class="palette-none muted">{t().nothing_found}</p>
            }.into_any())}
        </dialog>
    }
}

fn row_id(index: usize) -> String {
    ["palette-", &index.to_string()].concat()
}
