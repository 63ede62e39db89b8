//! The outline: a tree of sections and slides by their titles, which can be renamed and moved.
//!
//! The first slide of a section stands for the section; so the tree has one row for each slide, in
//! the order of the slides. Folded rows are hidden, not gone.

mod moves;
mod row;

use std::sync::Arc;
use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use self::row::RowView;
use crate::call::Chip;
use crate::dialog::{self, Dialog};
use crate::editor::EditorLink;
use crate::erased::{ElementRef, Item, effect, list, listener, memo, on};
use crate::i18n::{lowercase, t};
use crate::menu::{Menu, MenuItem, open_menu};
use crate::preview::Preview;
use crate::problems::ShownProblem;
use crate::render_protocol::{Answer, Change, Command, Severity};
use crate::session::Session;
use crate::toast::Toasts;

/// The menu of a row.
const MENU: &str = "outline-menu";
/// Letters that follow one another faster than this make one word to look for.
const TYPING: Duration = Duration::from_millis(700);

/// What a row shows that changes only with the deck's structure and titles.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    id: u32,
    /// The id of its section's first slide.
    head: u32,
    /// How many slides the section has.
    count: u32,
    /// Number of its section.
    section: u32,
    title: String,
    reporter: Option<String>,
}

impl Row {
    /// The same for equal rows only.
    fn key(&self) -> String {
        let Self { id, head, count, section, title, reporter } = self;
        let reporter = reporter.as_deref().unwrap_or_default();
        format!("{id} {head} {count} {section} {reporter}\n{title}")
    }

    fn is_section(&self) -> bool {
        self.id == self.head
    }

    fn can_fold(&self) -> bool {
        self.is_section() && self.count > 1
    }
}

/// What is going on at a slide.
#[derive(Debug, Clone, Default, PartialEq)]
struct Marks {
    problems: usize,
    worst: Option<Severity>,
    /// It is passed over when the deck is shown.
    hidden: bool,
    /// Names and colours of those whose caret is there.
    people: Vec<(String, u8)>,
}

/// The state of the tree, for all its rows.
#[derive(Clone, Copy)]
struct Tree {
    session: Session,
    editor: EditorLink,
    toasts: Toasts,
    list: ElementRef<html::Ul>,
    rows: Memo<Vec<Row>>,
    marks: Memo<Vec<Marks>>,
    /// What the call says of the sections.
    chips: RwSignal<Vec<Chip>>,
    /// Number of the slide that the person is at.
    here: Memo<u32>,
    /// Number of the slide that is presented.
    live: Memo<Option<u32>>,
    /// Id of the row that has, or had last, the focus.
    focused: RwSignal<u32>,
    /// Ids of the folded sections.
    folded: RwSignal<Vec<u32>>,
    /// Id of the row that is being renamed.
    renaming: RwSignal<Option<u32>>,
    /// Id of the row whose menu or list of places is open.
    chosen: RwSignal<u32>,
    places: ElementRef<html::Dialog>,
    /// Id of the row that is dragged.
    dragged: RwSignal<Option<u32>>,
    /// Where it would be dropped: before or after a row.
    drop_at: RwSignal<Option<u32>>,
    drop_after: RwSignal<bool>,
    /// The line whose row gets the focus once there is another deck than this one.
    refocus: StoredValue<Option<(u32, Option<Arc<Answer>>)>>,
    /// Id of the one row that Tab reaches.
    tab_stop: Memo<u32>,
    /// Letters to look for, and when the last one came.
    typed: StoredValue<(String, u64)>,
}

impl Tree {
    fn deck(self) -> Option<Arc<Answer>> {
        self.session.deck.get_untracked()
    }

    fn go(self, id: u32) {
        let deck = self.deck();
        let slide = deck.as_ref().and_then(|deck| deck.slide(deck.number_of(id)?));
        if let Some(slide) = slide {
            self.editor.go_to_line(slide.text_line);
        }
    }

    fn new_slide(self, id: u32) {
        self.go(id);
        self.editor.run("new-slide");
    }

    /// Carries a command out as one edit of the person's own.
    fn perform(self, command: Command) {
        self.session.perform(command, move |change| self.apply(&change));
    }

    fn apply(self, change: &Change) {
        // The outline may have been closed in the meantime.
        _ = self.refocus.try_set_value(Some((change.line, self.deck())));
        self.editor.apply_lines(change);
    }

    /// The deck is there as a command has left it: back to the row of its slide, unless the person
    /// has gone elsewhere.
    fn focus_again(self, deck: &Arc<Answer>) {
        let Some((line, before)) = self.refocus.get_value() else { return };
        if before.is_some_and(|before| Arc::ptr_eq(&before, deck)) {
            return;
        }
        self.refocus.set_value(None);
        let Some(id) = deck.slide(deck.slide_at_line(line)).map(|slide| slide.id) else { return };
        // The rows are drawn by then.
        request_animation_frame(move || {
            let active = document().active_element();
            let list = self.list.get_untracked();
            let elsewhere = active.zip(list).is_some_and(|(active, list)| {
                active.tag_name() != "BODY" && !list.contains(Some(&active))
            });
            if !elsewhere {
                self.focus(id);
            }
        });
    }

    fn delete(self, id: u32) {
        self.session.perform(Command::Delete { slide: id }, move |change| {
            self.apply(&change);
            let undo = Callback::new(move |()| self.editor.run("undo"));
            self.toasts.offer(t().slide_deleted, t().undo, undo);
        });
    }

    /// All that is in the menu of a row changes the text.
    fn may_write(self) -> bool {
        untrack(|| self.session.may_write())
    }

    fn step(self, id: u32, down: bool) {
        if let Some(command) = self.deck().and_then(|deck| moves::step(&deck, id, down)) {
            self.perform(command);
        }
    }

    fn drop_on(self, target: u32, after: bool) {
        let dragged = self.dragged.get_untracked();
        let deck = self.deck();
        let command =
            dragged.zip(deck).and_then(|(id, deck)| moves::dropped(&deck, id, target, after));
        if let Some(command) = command {
            self.perform(command);
        }
    }

    fn fold(self, id: u32, fold: bool) {
        self.folded.update(|folded| {
            folded.retain(|other| *other != id);
            if fold {
                folded.push(id);
            }
        });
    }

    fn is_folded(self, id: u32) -> bool {
        self.folded.with(|folded| folded.contains(&id))
    }

    fn is_hidden(self, row: &Row) -> bool {
        !row.is_section() && self.is_folded(row.head)
    }

    fn element(self, id: u32) -> Option<HtmlElement> {
        let list = self.list.get_untracked()?;
        let found =
            list.query_selector(&["[data-id=\"", &id.to_string(), "\"]"].concat()).ok()??;
        found.dyn_into().ok()
    }

    fn focus(self, id: u32) {
        if let Some(element) = self.element(id) {
            self.focused.set(id);
            _ = element.focus();
        }
    }

    fn open_menu(self, id: u32, beside: Option<HtmlElement>) {
        self.focused.set(id);
        if !self.may_write() {
            return;
        }
        self.chosen.set(id);
        if let Some(beside) = beside.or_else(|| self.element(id)) {
            open_menu(MENU, &beside);
        }
    }

    fn open_places(self, id: u32) {
        self.chosen.set(id);
        dialog::open(self.places);
    }

    /// Keys of the tree view pattern, and those that move and rename.
    fn on_key(self, event: &KeyboardEvent) {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(id) = target.and_then(|row| row.get_attribute("data-id")?.parse().ok()) else {
            return;
        };
        let key = event.key();
        let command = event.ctrl_key() || event.meta_key();
        match key.as_str() {
            "ArrowUp" | "ArrowDown" if event.alt_key() && event.shift_key() => {
                self.step(id, key == "ArrowDown");
            }
            "z" | "Z" if command => {
                self.editor.run(if event.shift_key() { "redo" } else { "undo" });
            }
            "F10" if event.shift_key() => self.open_menu(id, None),
            _ if command || event.alt_key() => return,
            "ContextMenu" => self.open_menu(id, None),
            "Enter" | " " => self.go(id),
            "F2" if self.may_write() => self.renaming.set(Some(id)),
            "Delete" => self.delete(id),
            _ => match self.neighbour(id, &key) {
                Some(other) => self.focus(other),
                None => return,
            },
        }
        event.prevent_default();
    }

    /// The row that a key leads to from another. Left and right may fold or unfold instead.
    fn neighbour(self, id: u32, key: &str) -> Option<u32> {
        let rows = self.rows.get_untracked();
        let shown: Vec<&Row> = untrack(|| rows.iter().filter(|row| !self.is_hidden(row)).collect());
        let at = shown.iter().position(|row| row.id == id)?;
        let row = shown[at];
        let folded = untrack(|| self.is_folded(id));
        let found = match key {
            "ArrowUp" => shown.get(at.checked_sub(1)?)?,
            "ArrowDown" => shown.get(at + 1)?,
            "Home" => shown.first()?,
            "End" => shown.last()?,
            "ArrowRight" if row.can_fold() && !folded => shown.get(at + 1)?,
            "ArrowLeft" if !row.is_section() => return Some(row.head),
            "ArrowRight" | "ArrowLeft" if row.can_fold() => {
                self.fold(id, key == "ArrowLeft");
                row
            }
            letter if letter.chars().count() == 1 => self.find(&shown, at, letter)?,
            _ => return None,
        };
        Some(found.id)
    }

    /// The next row whose title begins with what was typed.
    fn find<'a>(self, shown: &[&'a Row], at: usize, letter: &str) -> Option<&'a Row> {
        let now = crate::session::now();
        let (mut word, last) = self.typed.get_value();
        if now > last + TYPING.as_millis() as u64 {
            word.clear();
        }
        let from = if word.is_empty() { at + 1 } else { at };
        word.push_str(&lowercase(letter));
        let found = shown.iter().cycle().skip(from).take(shown.len());
        let found = found.copied().find(|row| lowercase(&row.title).starts_with(&word));
        self.typed.set_value((word, now));
        found
    }

    fn menu(self) -> Vec<MenuItem> {
        let item = |name, label, keys, act: fn(Self, u32)| MenuItem {
            name,
            label,
            keys,
            act: Callback::new(move |()| act(self, self.chosen.get_untracked())),
        };
        vec![
            item("rename", t().rename, "F2", |tree, id| tree.renaming.set(Some(id))),
            item("new-slide-after", t().new_slide_after, "", Self::new_slide),
            item("duplicate", t().duplicate, "", |tree, id| {
                tree.perform(Command::Duplicate { slide: id });
            }),
            item("move-up", t().move_up, "Alt+Shift+↑", |tree, id| tree.step(id, false)),
            item("move-down", t().move_down, "Alt+Shift+↓", |tree, id| tree.step(id, true)),
            item("move-to", t().move_to, "", Self::open_places),
            item("delete", t().delete_slide, "Del", Self::delete),
        ]
    }
}

fn rows(deck: &Answer) -> Vec<Row> {
    let mut rows = Vec::with_capacity(deck.slides.len());
    for (index, section) in deck.sections.iter().enumerate() {
        let head = deck.slide(section.first).map_or(0, |slide| slide.id);
        for number in section.first..section.first + section.count {
            let Some(slide) = deck.slide(number) else { break };
            rows.push(Row {
                id: slide.id,
                head,
                count: section.count,
                section: index as u32,
                title: deck.title_of(number).to_owned(),
                reporter: section.reporter.clone().filter(|_| slide.id == head),
            });
        }
    }
    rows
}

/// The one row that Tab reaches: the last one that had the focus, else the one the person is at.
fn tab_stop(rows: &[Row], focused: u32, here: u32, folded: &[u32]) -> u32 {
    let shown = |row: &&Row| row.is_section() || !folded.contains(&row.head);
    let stays = rows.iter().filter(shown).any(|row| row.id == focused);
    let here = rows.get(here as usize).filter(shown).or(rows.first());
    if stays { focused } else { here.map_or(0, |row| row.id) }
}

fn marks(session: Session, problems: Memo<Vec<ShownProblem>>) -> Memo<Vec<Marks>> {
    memo(move |_| {
        let Some(deck) = session.deck.get() else { return Vec::new() };
        let mark = |hidden| Marks { hidden, ..Marks::default() };
        let mut marks: Vec<Marks> = deck.slides.iter().map(|slide| mark(slide.hidden)).collect();
        problems.with(|problems| {
            for problem in problems {
                if let Some(marks) = marks.get_mut(problem.slide as usize) {
                    marks.problems += 1;
                    marks.worst = marks.worst.max(Some(problem.severity));
                }
            }
        });
        session.people.with(|people| {
            for person in people {
                let Some((_, head)) = person.caret else { continue };
                if let Some(marks) = marks.get_mut(deck.slide_at_offset(head) as usize) {
                    marks.people.push((person.profile.name.clone(), person.profile.color));
                }
            }
        });
        marks
    })
}

/// The outline pane.
#[component]
pub(crate) fn Outline(
    session: Session,
    editor: EditorLink,
    preview: Preview,
    problems: Memo<Vec<ShownProblem>>,
    /// The slides are all there is to see: no caret.
    shows: Signal<bool>,
    /// The slide that is presented.
    live: Memo<Option<u32>>,
    /// What the call says of the sections.
    chips: RwSignal<Vec<Chip>>,
) -> impl IntoView {
    let current =
        memo(move |_| session.deck.with(|deck| deck.as_ref().and_then(|deck| deck.caret)));
    // While somebody types the titles mostly stay: only a real change draws rows again.
    let rows = memo(move |_| session.deck.get().as_deref().map(rows).unwrap_or_default());
    let here = memo(move |before: Option<&u32>| {
        // Between two jumps the worker does not know; stay.
        let caret = current.get().or(before.copied()).unwrap_or_default();
        if shows.get() { preview.slide() } else { caret }
    });
    let (focused, folded) = (RwSignal::new(0), RwSignal::new(Vec::new()));
    let tree = Tree {
        session,
        editor,
        toasts: expect_context(),
        list: ElementRef::new(),
        rows,
        marks: marks(session, problems),
        chips,
        here,
        live,
        focused,
        tab_stop: memo(move |_| tab_stop(&rows.read(), focused.get(), here.get(), &folded.read())),
        folded,
        renaming: RwSignal::new(None),
        chosen: RwSignal::new(0),
        places: ElementRef::new(),
        dragged: RwSignal::new(None),
        drop_at: RwSignal::new(None),
        drop_after: RwSignal::new(false),
        refocus: StoredValue::new(None),
        typed: StoredValue::default(),
    };
    effect(move || {
        if let Some(deck) = session.deck.get() {
            tree.focus_again(&deck);
        }
    });
    let items = move || {
        let item = |row: Row| {
            Item::new(row.key(), move |number| view! { <RowView tree number row /> }.into_any())
        };
        tree.rows.get().into_iter().map(item).collect()
    };
    view! {
        <nav class="outline" aria-label=t().outline data-test="outline">
            <ul
                node_ref=tree.list
                class="outline-list"
                role="tree"
                aria-label=t().outline
                {..on("keydown", move |event| tree.on_key(&event))}
            >
                {list(items)}
            </ul>
        </nav>
        <Menu id=MENU label=t().slide_menu items=tree.menu() />
        <Dialog dialog=tree.places title=t().move_to test="move-to-dialog">
            <Places tree />
        </Dialog>
    }
}

/// The places that the chosen row can move to.
#[component]
fn Places(tree: Tree) -> impl IntoView {
    let list = move || {
        let deck = tree.session.deck.get();
        let places = deck.map(|deck| moves::places(&deck, tree.chosen.get())).unwrap_or_default();
        let button = |(label, command): (String, Command)| {
            let choose = move |_| {
                dialog::close(tree.places);
                tree.perform(command.clone());
            };
            view! {
                <li>
                    <button class="menu-item" data-test="place" on:click=listener(choose)>{label}</button>
                </li>
            }
        };
        places.into_iter().map(button).map(IntoAny::into_any).collect_view()
    };
    view! { <ul class="places">{list}</ul> }
}
