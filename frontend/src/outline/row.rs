//! One row of the outline.

use leptos::attr::custom::custom_attribute;
use leptos::ev::{DragEvent, KeyboardEvent, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use web_sys::Event;

use super::{Marks, Row, Tree};
use crate::call::Chip;
use crate::erased::{ElementRef, attr, flag, listener, memo, on, text, views};
use crate::i18n::{plural, t};
use crate::icons::Icon;
use crate::js;
use crate::people::initials;
use crate::problems::severity_name;
use crate::render_protocol::Command;

/// What a dragged row is called on the clipboard of the drag: nothing else takes it.
const DRAGGED: &str = "application/x-ondeck-slide";
/// More people at one slide are a number.
const PEOPLE_SHOWN: usize = 3;

#[component]
pub(super) fn RowView(tree: Tree, number: ReadSignal<usize>, row: Row) -> impl IntoView {
    let id = row.id;
    let marks = memo(move |_| {
        tree.marks.with(|marks| marks.get(number.get()).cloned().unwrap_or_default())
    });
    let current = move || (tree.here.get() as usize == number.get()).to_string();
    let tab = move || if tree.tab_stop.get() == id { "0" } else { "-1" };
    let drop = move |after| tree.drop_at.get() == Some(id) && tree.drop_after.get() == after;
    let (level, can_fold) = (if row.is_section() { "1" } else { "2" }, row.can_fold());
    let expanded = move || can_fold.then(|| (!tree.is_folded(id)).to_string());
    let folds = move |event: MouseEvent| {
        event.stop_propagation();
        tree.fold(id, untrack(|| !tree.is_folded(id)));
    };
    let menu = move |event: MouseEvent| {
        event.stop_propagation();
        event.prevent_default();
        tree.open_menu(id, js::current_element(&event));
    };
    let (class, hidden) =
        (if row.is_section() { "outline-row outline-section" } else { "outline-row" }, {
            let row = row.clone();
            move || tree.is_hidden(&row)
        });
    let (section, heads) = (row.section as usize, row.is_section());
    let chip =
        memo(move |_| tree.chips.with(|chips| chips.get(section).cloned().unwrap_or_default()));
    let reporter = row.reporter.clone().unwrap_or_default();
    let about = move || heads.then(|| chip.with(|chip| chip_views(chip, &reporter)));
    view! {
        <li
            class=class
            role="treeitem"
            {..custom_attribute("aria-level", level)}
            {..attr("aria-expanded", expanded)}
            {..attr("aria-current", text(current))}
            {..attr("tabindex", tab)}
            {..attr("hidden", flag(hidden))}
            {..attr("draggable", text(move || tree.session.may_write().to_string()))}
            data-id=id.to_string()
            data-test="outline-row"
            class:live=flag(move || tree.live.get().is_some_and(|live| live as usize == number.get()))
            data-state=text(move || chip.with(|chip| chip.state.clone()))
            class:passed-over=flag(move || marks.with(|marks| marks.hidden))
            class:drop-before=flag(move || drop(false))
            class:drop-after=flag(move || drop(true))
            on:click=listener(move |_| tree.go(id))
            {..on("contextmenu", menu)}
            {..on("focus", move |_: Event| tree.focused.set(id))}
            {..on("dragstart", move |event| drag_begins(tree, id, &event))}
            {..on("dragover", move |event| drag_passes(tree, id, &event))}
            {..on("drop", move |event| drag_ends(tree, Some(&event)))}
            {..on("dragend", move |_: Event| drag_ends(tree, None))}
        >
            <i class="fold" class:none=flag(move || !can_fold) {..attr("aria-hidden", "true")} on:click=listener(folds)>
                <Icon name="fold" />
            </i>
            <span class="outline-number tabular">{text(move || (number.get() + 1).to_string())}</span>
            <Title tree id title=row.title />
            {views(move || about().into_any())}
            {views(move || marks.with(mark_views).into_any())}
            <button
                class="row-menu"
                {..attr("tabindex", "-1")}
                aria-label=t().slide_menu
                data-test="row-menu"
                on:click=listener(menu)
            >
                <Icon name="more" />
            </button>
        </li>
    }
}

/// Who reports, who writes, and whether the section is ready; nothing of it by colour alone.
fn chip_views(chip: &Chip, named: &str) -> impl IntoView + use<> {
    let reporter = if named.is_empty() { &chip.reporter } else { named }.to_owned();
    let reporter = (!reporter.is_empty()).then(|| {
        view! { <span class="reporter ellipsis" data-test="reporter">"@" {reporter}</span> }
    });
    let (words, state) = (chip.words.clone(), chip.state.clone());
    let tick = (!words.is_empty()).then(|| {
        view! {
            <span class="ready-tick" data-state=state title=words.clone() data-test="ready-tick">
                <Icon name="tick" />
                <span class="visually-hidden">{words.clone()}</span>
            </span>
        }
    });
    let writing = chip.writing.clone();
    let writing = (!writing.is_empty()).then(|| {
        view! {
            <span class="writing" title=writing.clone() data-test="writing">
                <span class="visually-hidden">{writing.clone()}</span>
            </span>
        }
    });
    view! { {writing} {reporter} {tick} }
}

/// The lint dot and the people at a slide; nothing of it by colour alone.
fn mark_views(marks: &Marks) -> impl IntoView + use<> {
    let lint = marks.worst.map(|worst| {
        let count = plural(t().problems, marks.problems);
        view! {
            <span class="lint-dot" data-severity=severity_name(worst) title=count.clone()
                data-test="lint-dot"
           >
                {marks.problems}
                <span class="visually-hidden">{count.clone()}</span>
            </span>
        }
    });
    let people = marks.people.iter().take(PEOPLE_SHOWN).map(|(name, color)| {
        let class = ["presence person-", &color.to_string()].concat();
        view! {
            <span class=class title=name.clone() data-test="presence">
                <span {..attr("aria-hidden", "true")}>{initials(name)}</span>
                <span class="visually-hidden">{name.clone()}</span>
            </span>
        }
    });
    let more = marks.people.len().saturating_sub(PEOPLE_SHOWN);
    let more = (more > 0).then(|| ["+", &more.to_string()].concat());
    view! { {lint} {people.map(IntoAny::into_any).collect_view()} {more} }
}

/// The title, or the field in which it gets another one.
#[component]
fn Title(tree: Tree, id: u32, title: String) -> impl IntoView {
    let renaming = memo(move |_| tree.renaming.get() == Some(id));
    move || {
        let title = title.clone();
        if renaming.get() {
            view! { <TitleField tree id title /> }.into_any()
        } else {
            view! { <span class="ellipsis grow">{title}</span> }.into_any()
        }
    }
}

#[component]
fn TitleField(tree: Tree, id: u32, title: String) -> impl IntoView {
    let input = ElementRef::<html::Input>::new();
    request_animation_frame(move || {
        if let Some(input) = input.get_untracked() {
            _ = input.focus();
            input.select();
        }
    });
    let before = title.clone();
    let leave = move |keep: bool| {
        // The field loses the focus once more when it goes; by then it is over.
        if tree.renaming.get_untracked() != Some(id) {
            return;
        }
        let value = input.get_untracked().map(|input| input.value().trim().to_owned());
        tree.renaming.set(None);
        match value.filter(|title| keep && !title.is_empty() && *title != before) {
            Some(title) => tree.perform(Command::Rename { slide: id, title }),
            None => tree.focus(id),
        }
    };
    let on_blur = leave.clone();
    let on_key = move |event: KeyboardEvent| {
        event.stop_propagation();
        match event.key().as_str() {
            "Enter" if !event.is_composing() => leave(true),
            "Escape" => leave(false),
            _ => {}
        }
    };
    view! {
        <input
            node_ref=input
            class="input grow"
            aria-label=t().rename
            prop:value=text(move || title.clone())
            data-test="rename-field"
            on:click=listener(|event: MouseEvent| event.stop_propagation())
            {..on("keydown", on_key)}
            {..on("blur", move |_: Event| on_blur(true))}
        />
    }
}

fn drag_begins(tree: Tree, id: u32, event: &DragEvent) {
    if let Some(data) = event.data_transfer() {
        _ = data.set_data(DRAGGED, &id.to_string());
        data.set_effect_allowed("move");
        tree.dragged.set(Some(id));
    }
}

fn drag_passes(tree: Tree, id: u32, event: &DragEvent) {
    let Some(element) = js::current_element(event) else { return };
    if tree.dragged.get_untracked().is_none() {
        return;
    }
    event.prevent_default();
    let area = element.get_bounding_client_rect();
    let after = f64::from(event.client_y()) > area.top() + area.height() / 2.0;
    if tree.drop_at.get_untracked() != Some(id) || tree.drop_after.get_untracked() != after {
        tree.drop_at.set(Some(id));
        tree.drop_after.set(after);
    }
}

fn drag_ends(tree: Tree, dropped: Option<&DragEvent>) {
    let target = tree.drop_at.get_untracked();
    tree.drop_at.set(None);
    if let (Some(event), Some(id)) = (dropped, target) {
        event.prevent_default();
        tree.drop_on(id, tree.drop_after.get_untracked());
    }
    tree.dragged.set(None);
}
