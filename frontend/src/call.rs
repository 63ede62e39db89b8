//! What the pages of a deck give the module of a call (`frontend/js/call.ts`): what happens in them, and
//! what it may do there. All else about a call is the module's own.

use std::cell::Cell;
use std::time::Duration;

use collab::wire::Profile;
use js_sys::{Array, Function, Object, Promise};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::account::account;
use crate::editor::{EditorLink, edits_from_js, line_edits_to_js};
use crate::erased::{attr, effect, on_window, spawn};
use crate::i18n::t;
use crate::js::{self, field, object};
use crate::palette::Entry;
use crate::people::PersonView;
use crate::render_protocol::{Change, Command};
use crate::session::{News, Session};
use crate::toast::Toasts;

/// The module is loaded when the deck has been on the screen for this long, or with the first thing that
/// the person does: the first sight of a deck is not for it to slow down.
const CALM: Duration = Duration::from_secs(3);

/// What the outline shows of a section besides the text; made by the module.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Chip {
    /// The name of its state.
    pub(crate) state: String,
    /// Its state for people; empty where nothing is to be shown.
    pub(crate) words: String,
    /// Who reports, also where the text does not say so.
    pub(crate) reporter: String,
    /// Who writes there right now, as a sentence.
    pub(crate) writing: String,
}

/// A page's call, before and after the module is there.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    session: Session,
    page: StoredValue<Object, LocalStorage>,
    /// Takes what happens, once the module is there; until then it waits.
    hear: StoredValue<Option<Function>, LocalStorage>,
    waiting: StoredValue<Vec<(&'static str, JsValue)>, LocalStorage>,
    asked: StoredValue<bool>,
    /// By sections of the text.
    pub(crate) chips: RwSignal<Vec<Chip>>,
}

impl Call {
    /// The call of a page of some kind.
    pub(crate) fn open(
        kind: &'static str,
        session: Session,
        editor: Option<EditorLink>,
        visit: impl Fn(u32) + 'static,
    ) -> Self {
        let chips = RwSignal::new(Vec::new());
        let page = page(kind, session, editor, visit, chips);
        let call = Self {
            session,
            page: StoredValue::new_local(page),
            hear: StoredValue::new_local(None),
            waiting: StoredValue::new_local(Vec::new()),
            asked: StoredValue::new(false),
            chips,
        };
        session.listen(move |news| match news {
            News::Desk(json) => call.tell("desk", json.into()),
            News::Slides(rendering) => call.tell("answer", rendering.json.clone()),
            _ => {}
        });
        effect(move || {
            let people: Array =
                session.people.with(|people| people.iter().filter_map(caret).collect());
            call.tell("people", people.into());
        });
        effect(move || call.tell("connection", session.is_connected().into()));
        effect(move || call.tell("access", session.access.get().into()));
        effect(move || call.tell("ended", session.presented.with(|it| it.ended).into()));
        call
    }

    /// Says what the person is called, now and later.
    pub(crate) fn says_name(self, profile: RwSignal<Profile>) {
        effect(move || {
            let profile = profile.get();
            self.tell("name", (&*profile.name).into());
            self.session.rename(profile);
        });
    }

    /// Loads the module once somebody does something, or nothing else is to be done.
    pub(crate) fn load_when_calm(self) {
        for deed in ["pointerdown", "keydown"] {
            on_window(deed, move |_| self.load());
        }
        let waits = Cell::new(true);
        let session = self.session;
        effect(move || {
            if session.ready.get() && waits.replace(false) {
                // Away from the server there is nothing to show; a key or a click asks again.
                let load = move || {
                    if untrack(|| session.is_connected()) {
                        self.load();
                    }
                };
                set_timeout(load, CALM);
            }
        });
    }

    /// Loads the module.
    pub(crate) fn load(self) {
        if self.asked.try_update_value(|asked| std::mem::replace(asked, true)) != Some(false) {
            return;
        }
        spawn(async move {
            let module = JsFuture::from(js::import_module(&js::meta("call-js"))).await;
            let begin = module.map(|module| field(&module, "begin").unchecked_into::<Function>());
            let Ok(begin) = begin else {
                // The next key or click tries again.
                _ = self.asked.try_set_value(false);
                return;
            };
            let Some(page) = self.page.try_with_value(Clone::clone) else { return };
            let Ok(begun) = begin.call1(&JsValue::UNDEFINED, &page) else { return };
            let Ok(hear) = JsFuture::from(begun.unchecked_into::<Promise>()).await else { return };
            // The page may have gone in the meantime.
            if self.hear.try_set_value(Some(hear.unchecked_into())).is_some() {
                return;
            }
            for (kind, value) in self.waiting.try_update_value(std::mem::take).unwrap_or_default() {
                self.tell(kind, value);
            }
        });
    }

    /// Says what happens. Before the module is there, the newest of each kind waits, and all that the
    /// server says.
    pub(crate) fn tell(self, kind: &'static str, value: JsValue) {
        match self.hear.try_with_value(Clone::clone) {
            Some(Some(hear)) => _ = hear.call2(&JsValue::UNDEFINED, &kind.into(), &value),
            Some(None) => self.waiting.update_value(|waiting| {
                waiting.retain(|(other, _)| kind == "desk" || *other != kind);
                waiting.push((kind, value));
            }),
            None => {}
        }
    }

    /// The commands that the module has for the palette.
    pub(crate) fn entries(self) -> Vec<Entry> {
        let commands = self.page.with_value(|page| Array::from(&field(page, "commands")));
        let entry = |command: JsValue| {
            let command = Array::from(&command);
            let act = StoredValue::new_local(command.get(1).unchecked_into::<Function>());
            let act = move || _ = act.with_value(|act| act.call0(&JsValue::UNDEFINED));
            Entry::named(command.get(0).as_string().unwrap_or_default(), act)
        };
        commands.iter().map(entry).collect()
    }
}

/// A place of the page that the module fills.
#[component]
pub(crate) fn CallPlace(name: &'static str) -> impl IntoView {
    view! { <div class="call-place" {..attr("id", ["call-", name].concat())}></div> }
}

type Method = dyn FnMut(JsValue, JsValue) -> JsValue;

/// A function for the module; it stays for as long as the page.
fn method(act: impl FnMut(JsValue, JsValue) -> JsValue + 'static) -> JsValue {
    let act: Box<Method> = Box::new(act);
    Closure::wrap(act).into_js_value()
}

/// What the module may do with the page.
fn page(
    kind: &'static str,
    session: Session,
    editor: Option<EditorLink>,
    visit: impl Fn(u32) + 'static,
    chips: RwSignal<Vec<Chip>>,
) -> Object {
    let toasts = expect_context::<Toasts>();
    let number = |value: &JsValue| value.as_f64().unwrap_or_default() as u32;
    let go_to_line = method(move |line, _| {
        if let Some(editor) = editor {
            editor.go_to_line(number(&line));
        }
        JsValue::UNDEFINED
    });
    let go_to_slide = method(move |slide, _| {
        visit(number(&slide));
        JsValue::UNDEFINED
    });
    let anchor_of = method(move |slide, _| session.anchor_of(number(&slide)).into());
    let slide_of = method(move |anchor, _| {
        anchor.as_string().and_then(|anchor| session.slide_of(&anchor)).into()
    });
    let say = method(move |text, undo| {
        let text = text.as_string().unwrap_or_default();
        match undo.dyn_into::<Function>() {
            Ok(undo) => {
                let undo = StoredValue::new_local(undo);
                let act = move |()| _ = undo.with_value(|undo| undo.call0(&JsValue::UNDEFINED));
                toasts.offer(text, t().undo, Callback::new(act));
            }
            Err(_) => toasts.say(text),
        }
        JsValue::UNDEFINED
    });
    let set_chips = method(move |list, _| {
        _ = chips.try_set(Array::from(&list).iter().map(|it| chip(&it)).collect());
        JsValue::UNDEFINED
    });
    let handle = method(move |_, _| editor.map_or(JsValue::NULL, EditorLink::handle));
    let page = object(&[
        ("kind", kind.into()),
        ("deck", session.deck_id().into()),
        ("principal", (&*account().principal).into()),
        ("commands", Array::new().into()),
        ("goToLine", go_to_line),
        ("goToSlide", go_to_slide),
        ("anchorOf", anchor_of),
        ("slideOf", slide_of),
        ("say", say),
        ("chips", set_chips),
        ("editor", handle),
    ]);
    let owner = page.clone();
    let command = method(move |name, section| {
        perform(session, editor, owner.clone(), number(&section), |section| {
            match name.as_string().as_deref() {
                Some("report") => Command::Report { section },
                _ => Command::NoReport { section },
            }
        });
        JsValue::UNDEFINED
    });
    let owner = page.clone();
    let plan = method(move |section, minutes| {
        perform(session, editor, owner.clone(), number(&section), |section| Command::Plan {
            section,
            minutes: minutes.as_f64().map(|minutes| minutes as f32),
        });
        JsValue::UNDEFINED
    });
    for (name, act) in [("command", command), ("plan", plan)] {
        _ = js_sys::Reflect::set(&page, &name.into(), &act);
    }
    page
}

/// Carries out an edit of a section. Where there is no editor, the module says which characters it changes.
fn perform(
    session: Session,
    editor: Option<EditorLink>,
    page: Object,
    section: u32,
    command: impl FnOnce(u32) -> Command,
) {
    let deck = session.deck.get_untracked();
    let first = deck.as_ref().and_then(|deck| {
        let first = deck.sections.get(section as usize)?.first;
        deck.slide(first)
    });
    let Some(section) = first.map(|slide| slide.id) else { return };
    session.perform(command(section), move |change: Change| match editor {
        Some(editor) => editor.apply_fix(&change.edits),
        None => {
            let edits: Function = field(&page, "textEdits").unchecked_into();
            let lines = line_edits_to_js(&change.edits);
            if let Ok(edits) = edits.call2(&page, &session.text().into(), &lines) {
                session.edit(&edits_from_js(&edits));
            }
        }
    });
}

fn chip(parts: &JsValue) -> Chip {
    let parts = Array::from(parts);
    let text = |index| parts.get(index).as_string().unwrap_or_default();
    Chip { state: text(0), words: text(1), reporter: text(2), writing: text(3) }
}

fn caret(person: &PersonView) -> Option<JsValue> {
    let (_, head) = person.caret?;
    let profile = &person.profile;
    let (id, name) = (person.id.to_string().into(), profile.name.as_str().into());
    Some(Array::of4(&id, &name, &profile.color.into(), &head.into()).into())
}
