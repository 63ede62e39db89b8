//! The dialog for a new deck: blank, from the template, or from pasted Markdown.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use crate::api::NewDeck;
use crate::dialog::{self, Dialog};
use crate::erased::listener;
use crate::i18n::t;

/// The dialog; `create` gets what the person chose.
#[component]
pub(crate) fn NewDeckDialog(
    dialog: NodeRef<html::Dialog>,
    create: Callback<NewDeck>,
) -> impl IntoView {
    let kind = RwSignal::new("blank");
    let title = NodeRef::<html::Input>::new();
    let source = NodeRef::<html::Textarea>::new();
    let blank = RwSignal::new(true);
    let close = move || dialog::close(dialog);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let named = title.get_untracked().map(|input| input.value().trim().to_owned());
        let named = named.filter(|title| !title.is_empty());
        let pasted = source.get_untracked().map(|area| area.value());
        create.run(match kind.get_untracked() {
            "template" => {
                NewDeck { title: named, template: Some("community-call"), ..NewDeck::default() }
            }
            "paste" => NewDeck { source: pasted, ..NewDeck::default() },
            _ => NewDeck { title: named, ..NewDeck::default() },
        });
        close();
    };
    let choice = move |name: &'static str, label: &'static str, hint: &'static str| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="kind"
                    value=name
                    prop:checked=move || kind.get() == name
                    data-test=format!("new-{name}")
                    on:change=listener(move |_| kind.set(name))
                />
                <span>
                    <b>{label}</b>
                    <span class="muted">{hint}</span>
                </span>
            </label>
        }
    };
    view! {
        <Dialog dialog title=t().new_deck test="new-deck-dialog">
            <form class="form" on:submit=listener(submit)>
                <fieldset class="choices">
                    <legend class="visually-hidden">{t().start_with}</legend>
                    {choice("blank", t().blank, t().blank_hint)}
                    {choice("template", t().template, t().template_hint)}
                    {choice("paste", t().paste, t().paste_hint)}
                </fieldset>
                <label class="field" class:hidden=move || kind.get() == "paste">
                    <span>{t().title}</span>
                    <input
                        node_ref=title
                        class="input"
                        maxlength="200"
                        placeholder=t().untitled
                        data-test="new-title"
                    />
                </label>
                <label class="field" class:hidden=move || kind.get() != "paste">
                    <span>"Markdown"</span>
                    <textarea
                        node_ref=source
                        class="input mono"
                        rows="10"
                        spellcheck="false"
                        data-test="new-source"
                        on:input=listener(move |event| blank.set(event_target_value(&event).trim().is_empty()))
                    ></textarea>
                </label>
                <div class="row end">
                    <button type="button" class="button" on:click=listener(move |_| close())>
                        {t().cancel}
                    </button>
                    <button
                        class="button primary"
                        disabled=move || kind.get() == "paste" && blank.get()
                        data-test="create"
                    >
                        {t().create}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
