//! People: who I am, and who else is here.

use collab::presence::Person;
use collab::replica::Replica;
use collab::wire::{PEOPLE_COLORS, Profile};
use js_sys::JSON;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::editor::EditorLink;
use crate::erased::{listener, memo, when};
use crate::i18n::{fill, plural, t, uppercase};
use crate::js::{number, object, string};
use crate::session::{Session, random};
use crate::store;

/// This many avatars are shown; the rest is a number.
const SHOWN: usize = 5;

/// Somebody else, with their caret in UTF-16 units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PersonView {
    pub(crate) id: u64,
    pub(crate) profile: Profile,
    pub(crate) caret: Option<(u32, u32)>,
}

impl PersonView {
    /// A person with the positions that the replica knows.
    pub(crate) fn of(person: &Person, replica: &Replica) -> Self {
        let caret = person.cursor.as_ref().and_then(|cursor| {
            Some((replica.offset(&cursor.anchor)?, replica.offset(&cursor.head)?))
        });
        Self { id: person.client, profile: person.profile.clone(), caret }
    }
}

/// Who this browser's person is. The colour is drawn at the first visit and kept.
pub(crate) fn own_profile() -> Profile {
    let stored = store::get("profile").and_then(|json| JSON::parse(&json).ok());
    let profile = stored.filter(JsValue::is_object).map(|stored| Profile {
        name: string(&stored, "name"),
        color: number(&stored, "color") as u8,
    });
    let profile = profile.unwrap_or_else(|| {
        let color = (random() % u64::from(PEOPLE_COLORS)) as u8;
        let profile = Profile { name: String::new(), color };
        keep(&profile);
        profile
    });
    let name = if profile.name.is_empty() { t().guest.to_owned() } else { profile.name };
    Profile { name, ..profile }.cleaned()
}

fn keep(profile: &Profile) {
    let profile = object(&[("name", (&*profile.name).into()), ("color", profile.color.into())]);
    if let Ok(json) = JSON::stringify(&profile) {
        store::set("profile", &String::from(json));
    }
}

/// One or two letters for a name.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    let initials: String = first.into_iter().chain(words.next_back()).collect();
    // "ß" becomes two.
    uppercase(&initials).chars().take(2).collect()
}

fn color_class(profile: &Profile) -> String {
    format!("avatar person-{}", profile.color % PEOPLE_COLORS)
}

/// The avatars of everybody else, then the own one, where the name can be changed.
#[component]
pub(crate) fn People(
    session: Session,
    editor: EditorLink,
    profile: RwSignal<Profile>,
) -> impl IntoView {
    let people = session.people;
    // Carets move all the time; faces only when somebody comes, goes or is called otherwise.
    let shown = memo(move |_| {
        people.with(|people| {
            let faces = people.iter().take(SHOWN);
            faces.map(|person| (person.id, person.profile.clone())).collect::<Vec<_>>()
        })
    });
    let more = move || people.with(|people| people.len().saturating_sub(SHOWN));
    let names = move || {
        people.with(|people| {
            let rest: Vec<&str> =
                people.iter().skip(SHOWN).map(|person| person.profile.name.as_str()).collect();
            rest.join(", ")
        })
    };
    let go = move |id: u64| {
        let found = people.with_untracked(|people| {
            people.iter().find(|person| person.id == id).and_then(|person| person.caret)
        });
        if let Some((_, head)) = found {
            editor.go_to_offset(head);
        }
    };
    let avatar = move |(id, profile): (u64, Profile)| {
        let label = fill(t().go_to_person, &[&profile.name]);
        view! {
            <button
                class=color_class(&profile)
                title=label.clone()
                aria-label=label
                data-test="avatar"
                on:click=listener(move |_| go(id))
            >
                {initials(&profile.name)}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="people" role="group" aria-label=t().people data-test="people">
            {move || shown.get().into_iter().map(avatar).collect_view()}
            {when(move || { more() > 0 }, move || view! {
                <span class="avatar avatar-more" title=names data-test="avatars-more">
                    "+"{more}
                </span>
            }.into_any())}
            <Me session profile />
        </div>
        <p class="visually-hidden" role="status">
            {move || plural(t().others_here, people.with(Vec::len))}
        </p>
    }
}

/// The own avatar and its popover.
#[component]
fn Me(session: Session, profile: RwSignal<Profile>) -> impl IntoView {
    let popover = NodeRef::<html::Div>::new();
    let save = move |name: String| {
        let next = Profile { name, color: profile.with_untracked(|profile| profile.color) };
        profile.set(change(session, next));
        if let Some(popover) = popover.get_untracked() {
            _ = popover.hide_popover();
        }
    };
    let label = move || fill(t().you_are, &[&profile.with(|profile| profile.name.clone())]);
    let recolor = move |color: u8| {
        let name = profile.with_untracked(|profile| profile.name.clone());
        profile.set(change(session, Profile { name, color }));
    };
    view! {
        <button
            class=move || format!("{} avatar-me", profile.with(color_class))
            popovertarget="me"
            title=label
            aria-label=label
            data-test="me"
        >
            {move || profile.with(|profile| initials(&profile.name))}
        </button>
        <div id="me" popover="auto" class="popover popover-me" node_ref=popover>
            <NameForm profile save />
            <div class="swatches" role="group" aria-label=t().color>
                {(0..PEOPLE_COLORS)
                    .map(|color| {
                        view! {
                            <button
                                class=format!("swatch person-{color}")
                                aria-label=format!("{} {}", t().color, color + 1)
                                aria-pressed=move || {
                                    profile.with(|profile| profile.color == color).to_string()
                                }
                                on:click=listener(move |_| recolor(color))
                            ></button>
                        }
                    })
                    .map(IntoAny::into_any).collect_view()}
            </div>
        </div>
    }
}

/// Tells and keeps a changed profile, and gives it as others will see it.
fn change(session: Session, profile: Profile) -> Profile {
    let profile = profile.cleaned();
    keep(&profile);
    session.rename(profile.clone());
    profile
}

#[component]
fn NameForm(profile: RwSignal<Profile>, save: impl Fn(String) + Copy + 'static) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(input) = input.get_untracked() {
            save(input.value());
        }
    };
    let known = move || {
        profile.with(
            |profile| if profile.name == t().guest { String::new() } else { profile.name.clone() },
        )
    };
    view! {
        <form class="row" on:submit=listener(submit)>
            <label class="field grow">
                <span>{move || fill(t().you_are, &[&profile.with(|profile| profile.name.clone())])}</span>
                <input
                    node_ref=input
                    class="input"
                    name="name"
                    maxlength="40"
                    autocomplete="name"
                    placeholder=t().your_name
                    prop:value=known
                    data-test="name"
                />
            </label>
            <button class="button primary align-end" data-test="save-name">{t().save}</button>
        </form>
    }
}

/// A bar for those who have not said their name: "You're Guest — [your name]".
#[component]
pub(crate) fn Introduction(
    session: Session,
    editor: EditorLink,
    profile: RwSignal<Profile>,
) -> impl IntoView {
    let unnamed = profile.with_untracked(|profile| profile.name == t().guest);
    let open = RwSignal::new(unnamed && store::get("introduced").is_none());
    let done = move || {
        store::set("introduced", "1");
        open.set(false);
    };
    let save = move |name: String| {
        profile.set(change(session, Profile { name, ..profile.get_untracked() }));
        done();
        editor.focus();
    };
    view! {
        {when(move || open.get(), move || view! {
            <div class="bar bar-info" data-test="introduction">
                <NameForm profile save />
                <button class="icon-button" aria-label=t().close on:click=listener(move |_| done())>
                    <crate::icons::Icon name="close" />
                </button>
            </div>
        }.into_any())}
    }
}
