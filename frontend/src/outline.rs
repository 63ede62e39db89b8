//! The outline: sections and slides by their titles. A click goes there.

use std::sync::Arc;

use leptos::prelude::*;

use crate::editor::EditorLink;
use crate::i18n::t;
use crate::preview::Preview;
use crate::render_protocol::Answer;
use crate::session::Session;

#[derive(Clone, PartialEq)]
struct Row {
    number: u32,
    title: String,
}

#[derive(Clone, PartialEq)]
struct Branch {
    key: u32,
    rows: Vec<Row>,
}

fn branches(deck: &Answer) -> Vec<Branch> {
    let row = |number: u32| {
        let slide = deck.slides.get(number as usize)?;
        let title = if slide.title.is_empty() { t().untitled } else { &slide.title };
        Some(Row { number, title: title.to_owned() })
    };
    deck.sections
        .iter()
        .map(|section| {
            let rows = (section.first..section.first + section.count).filter_map(row).collect();
            Branch { key: section.first, rows }
        })
        .collect()
}

/// The outline pane.
#[component]
pub(crate) fn Outline(
    session: Session,
    editor: EditorLink,
    preview: Preview,
    /// The slides are all there is to see: no caret.
    shows: Signal<bool>,
    /// The slide that is presented.
    live: Memo<Option<u32>>,
) -> impl IntoView {
    // While somebody types the titles mostly stay: only a real change draws the list again.
    let tree = Memo::new(move |_| {
        session.deck.get().as_deref().map(branches).map(Arc::new).unwrap_or_default()
    });
    let current =
        Memo::new(move |_| session.deck.with(|deck| deck.as_ref().and_then(|deck| deck.caret)));
    let here = Memo::new(move |before: Option<&u32>| {
        // Between two jumps the worker does not know; stay.
        let caret = current.get().or(before.copied()).unwrap_or_default();
        if shows.get() { preview.slide() } else { caret }
    });
    let go = move |number: u32| {
        let deck = session.deck.get_untracked();
        if let Some(slide) = deck.as_ref().and_then(|deck| deck.slides.get(number as usize)) {
            editor.go_to_line(slide.text_line);
        }
    };
    let button = move |row: Row, heading: bool| {
        let number = row.number;
        let mark = move || if here.get() == number { "true" } else { "false" };
        view! {
            <button
                class=if heading { "outline-row outline-section" } else { "outline-row" }
                aria-current=mark
                data-test="outline-row"
                class:live=move || live.get() == Some(number)
                on:click=move |_| go(number)
            >
                <span class="outline-number tabular">{number + 1}</span>
                <span class="ellipsis">{row.title}</span>
            </button>
        }
    };
    view! {
        <nav class="outline" aria-label=t().outline data-test="outline">
            <ol class="outline-list">
                <For
                    each=move || tree.get().to_vec()
                    key=|branch| {
                        let titles: Vec<_> =
                            branch.rows.iter().map(|row| row.title.clone()).collect();
                        (branch.key, titles)
                    }
                    children=move |branch| {
                        let mut rows = branch.rows.into_iter();
                        let head = rows.next().map(|row| button(row, true));
                        let rest = rows
                            .map(|row| view! { <li>{button(row, false)}</li> })
                            .collect::<Vec<_>>();
                        let list = (!rest.is_empty())
                            .then(|| view! { <ol class="outline-list">{rest}</ol> });
                        view! { <li>{head} {list}</li> }
                    }
                />
            </ol>
        </nav>
    }
}
