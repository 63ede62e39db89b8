//! People: who I am, and who else is here.

use collab::presence::Person;
use collab::replica::Replica;
use collab::wire::{PEOPLE_COLORS, Profile};
use js_sys::JSON;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::account::{account, sign_in_path, sign_out};
use crate::editor::EditorLink;
use crate::erased::{ElementRef, attr, listener, memo, on, text, views, when};
use crate::i18n::{fill, plural, t, uppercase};
use crate::js::{number, object, string};
use crate::session::{Session, random};
use crate::store;
use crate::toast::Toasts;

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
    let profile = kept().unwrap_or_else(|| {
        let color = (random() % u64::from(PEOPLE_COLORS)) as u8;
        let profile = Profile { name: String::new(), color };
        keep(&profile);
        profile
    });
    let name = match &*account().name {
        "" if profile.name.is_empty() => t().guest,
        "" => &profile.name,
        // The server would put it in the place of any other.
        member => member,
    };
    Profile { name: name.to_owned(), color: profile.color }.cleaned()
}

fn kept() -> Option<Profile> {
    let kept = store::get("profile").and_then(|json| JSON::parse(&json).ok());
    kept.filter(JsValue::is_object)
        .map(|kept| Profile { name: string(&kept, "name"), color: number(&kept, "color") as u8 })
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
            {views(move || shown.get().into_iter().map(avatar).collect_view().into_any())}
            {when(move || { more() > 0 }, move || view! {
                <span class="avatar avatar-more" {..attr("title", text(names))} data-test="avatars-more">
                    {text(move || ["+", &more().to_string()].concat())}
                </span>
            }.into_any())}
            <Me profile />
        </div>
        <p class="visually-hidden" role="status">
            {text(move || plural(t().others_here, people.with(Vec::len)))}
        </p>
    }
}

/// The own avatar and its popover: what one is called, and the way in and out.
#[component]
pub(crate) fn Me(profile: RwSignal<Profile>) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let is_member = !account().name.is_empty();
    let popover = ElementRef::<html::Div>::new();
    let save = move |name: String| {
        let next = Profile { name, color: profile.with_untracked(|profile| profile.color) };
        profile.set(change(next));
        if let Some(popover) = popover.get_untracked() {
            _ = popover.hide_popover();
        }
    };
    let label = move || fill(t().you_are, &[&profile.with(|profile| profile.name.clone())]);
    let recolor = move |color: u8| {
        let name = profile.with_untracked(|profile| profile.name.clone());
        profile.set(change(Profile { name, color }));
    };
    view! {
        <button
            class=text(move || format!("{} avatar-me", profile.with(color_class)))
            {..attr("popovertarget", "me")}
            {..attr("title", text(label))}
            {..attr("aria-label", text(label))}
            data-test="me"
        >
            {text(move || profile.with(|profile| initials(&profile.name)))}
        </button>
        <div {..attr("id", "me")} {..attr("popover", "auto")} class="popover popover-me" node_ref=popover>
            {if is_member {
                view! { <p class="me-name" data-test="member-name">{text(label)}</p> }.into_any()
            } else {
                view! { <NameForm profile save /> }.into_any()
            }}
            <div class="swatches" role="group" aria-label=t().color>
                {(0..PEOPLE_COLORS)
                    .map(|color| {
                        view! {
                            <button
                                class=format!("swatch person-{color}")
                                aria-label=format!("{} {}", t().color, color + 1)
                                {..attr("aria-pressed", text(move || {
                                    profile.with(|profile| profile.color == color).to_string()
                                }))}
                                on:click=listener(move |_| recolor(color))
                            ></button>
                        }
                    })
                    .map(IntoAny::into_any).collect_view()}
            </div>
            {is_member.then(|| view! {
                <button
                    class="button me-door"
                    data-test="sign-out"
                    on:click=listener(move |_| sign_out(toasts))
                >
                    {t().sign_out}
                </button>
            })}
            <SignIn class="button me-door" />
        </div>
    }
}

/// A link to where one signs in, for who can and has not.
#[component]
pub(crate) fn SignIn(class: &'static str) -> impl IntoView {
    (!account().sign_in.is_empty()).then(|| {
        view! {
            <a class={class} {..attr("href", sign_in_path())} data-test="sign-in">{t().sign_in}</a>
        }
    })
}

/// Keeps a changed profile, and gives it as others will see it.
fn change(profile: Profile) -> Profile {
    let profile = profile.cleaned();
    match &*account().name {
        "" => keep(&profile),
        // Signed out again, this browser does not speak in a member's name.
        _ => keep(&Profile { color: profile.color, ..kept().unwrap_or_default() }),
    }
    profile
}

#[component]
fn NameForm(profile: RwSignal<Profile>, save: impl Fn(String) + Copy + 'static) -> impl IntoView {
    let input = ElementRef::<html::Input>::new();
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
        <form class="row" {..on("submit", submit)}>
            <label class="field grow">
                <span>{text(move || fill(t().you_are, &[&profile.with(|profile| profile.name.clone())]))}</span>
                <input
                    node_ref=input
                    class="input"
                    {..attr("name", "name")}
                    {..attr("maxlength", "40")}
                    {..attr("autocomplete", "name")}
                    {..attr("placeholder", t().your_name)}
                    prop:value=text(known)
                    data-test="name"
                />
            </label>
            <button class="button primary align-end" data-test="save-name">{t().save}</button>
        </form>
    }
}

/// A bar for those who have not said their name: "You're Guest — [your name]".
#[component]
pub(crate) fn Introduction(editor: EditorLink, profile: RwSignal<Profile>) -> impl IntoView {
    let unnamed = profile.with_untracked(|profile| profile.name == t().guest);
    let open = RwSignal::new(unnamed && store::get("introduced").is_none());
    let done = move || {
        store::set("introduced", "1");
        open.set(false);
    };
    let save = move |name: String| {
        profile.set(change(Profile { name, ..profile.get_untracked() }));
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
