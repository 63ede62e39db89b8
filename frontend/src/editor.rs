//! The source pane: CodeMirror, loaded on demand, between the session and the person.

use std::rc::Rc;

use collab::doc::TextEdit;
use js_sys::Array;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Event;

use crate::erased::{ElementRef, attr, effect, on, spawn, when};
use crate::i18n::{editor_words, t};
use crate::js::{self, EditorHandle, EditorModule, number, object, string};
use crate::people::PersonView;
use crate::problems::ShownProblem;
use crate::render_protocol::{Change, FixInfo, LineEdit};
use crate::session::{News, Session};
use crate::store;
use crate::toolbar::Toolbar;

/// A line that somebody is sent to lights up for this long, in milliseconds.
const HIGHLIGHT: u32 = 600;

/// Handle to the source editor for other parts of the page. Does nothing until it is loaded.
#[derive(Clone, Copy)]
pub(crate) struct EditorLink {
    session: Session,
    handle: StoredValue<Option<Rc<Loaded>>, LocalStorage>,
    /// The person has been in the text: from then on others see the caret.
    entered: StoredValue<bool>,
    /// What happens when the editor hears a key that means something to the page.
    on_command: StoredValue<Option<Callback<String>>>,
    /// The caret's line, from 0.
    pub(crate) line: RwSignal<u32>,
    /// The line that the person went to last, from 0; set again with each jump.
    pub(crate) jumped: RwSignal<Option<u32>>,
    /// The editor is there.
    pub(crate) loaded: RwSignal<bool>,
    /// The editor could not be loaded.
    pub(crate) failed: RwSignal<bool>,
}

struct Loaded {
    editor: EditorHandle,
    // JavaScript calls these for as long as the editor lives.
    _on_edits: Closure<dyn FnMut(JsValue)>,
    _on_selection: Closure<dyn FnMut(u32, u32)>,
    _on_command: Closure<dyn FnMut(JsValue)>,
}

impl EditorLink {
    /// A link for the session's text.
    pub(crate) fn new(session: Session) -> Self {
        Self {
            session,
            handle: StoredValue::new_local(None),
            entered: StoredValue::new(false),
            on_command: StoredValue::new(None),
            line: RwSignal::new(0),
            jumped: RwSignal::new(None),
            loaded: RwSignal::new(false),
            failed: RwSignal::new(false),
        }
    }

    fn with(self, act: impl FnOnce(&EditorHandle)) {
        // A callback of the editor may come back here, so nothing stays borrowed.
        let loaded = self.handle.try_with_value(Clone::clone).flatten();
        if let Some(loaded) = loaded {
            act(&loaded.editor);
        }
    }

    /// Puts the caret on a line, which lights up.
    pub(crate) fn go_to_line(self, line: u32) {
        self.with(|editor| editor.go_to_line(line, HIGHLIGHT, true));
        self.jumped.set(Some(line));
    }

    /// Shows the line of a position, and leaves the caret's focus to it.
    pub(crate) fn go_to_offset(self, offset: u32) {
        let before = self.session.text().encode_utf16().take(offset as usize).collect::<Vec<_>>();
        let line = before.iter().filter(|&&unit| unit == u16::from(b'\n')).count();
        self.go_to_line(line as u32);
    }

    /// Puts the caret where one goes on to write in a line.
    pub(crate) fn write_at(self, line: u32) {
        self.go_to_line(line);
        self.with(|editor| _ = editor.write_at(line));
    }

    /// The editor itself, for modules that are no part of this program.
    pub(crate) fn handle(self) -> JsValue {
        let loaded = self.handle.try_with_value(Clone::clone).flatten();
        loaded.map_or(JsValue::NULL, |loaded| loaded.editor.clone().into())
    }

    /// Puts the focus into the editor.
    pub(crate) fn focus(self) {
        self.with(EditorHandle::focus);
    }

    /// Lets nobody type, or again everybody.
    pub(crate) fn set_read_only(self, read_only: bool) {
        self.with(|editor| editor.set_read_only(read_only));
    }

    /// Edits whole lines as the person's own doing: undone as one.
    pub(crate) fn apply_lines(self, change: &Change) {
        self.with(|editor| {
            let edits = line_edits_to_js(&change.edits);
            warn(editor.apply_lines(&edits, Some(change.line)).map(|()| true));
        });
    }

    /// Mends what is wrong; the caret stays where it is.
    pub(crate) fn apply_fix(self, edits: &[LineEdit]) {
        self.with(|editor| {
            warn(editor.apply_lines(&line_edits_to_js(edits), None).map(|()| true));
        });
    }

    /// Mends the problem of a line. Where no edits are known, the editor knows what to do.
    pub(crate) fn mend(self, line: u32, edits: &[LineEdit]) {
        if edits.is_empty() {
            self.go_to_line(line);
            self.run("fix");
        } else {
            self.apply_fix(edits);
        }
    }

    /// Runs a command by its name, such as `bold`.
    pub(crate) fn run(self, command: &str) {
        self.with(|editor| warn(editor.run(command)));
    }

    /// Calls `act` with the name of what the page should do when its key is pressed in the text.
    pub(crate) fn on_command(self, act: impl Fn(String) + Send + Sync + 'static) {
        self.on_command.set_value(Some(Callback::new(act)));
    }

    /// Shows problems in the text.
    pub(crate) fn show_problems(self, problems: &[ShownProblem]) {
        let problems: Array = problems.iter().map(problem_to_js).collect();
        self.with(|editor| warn(editor.set_problems(&problems).map(|()| true)));
    }

    fn set_vocabulary(self, vocabulary: &JsValue) {
        if vocabulary.is_object() {
            self.with(|editor| warn(editor.set_vocabulary(vocabulary).map(|()| true)));
        }
    }

    fn apply(self, edits: &[TextEdit]) {
        self.with(|editor| {
            if editor.apply(&edits_to_js(edits).into()).is_err() {
                // Out of step, which must not be: the session's text is the one that counts.
                _ = editor.reset(&self.session.text());
            }
        });
    }

    fn show_changes(self, places: &[(u32, u32)]) {
        let ranges: Array = places
            .iter()
            .map(|(from, to)| object(&[("from", (*from).into()), ("to", (*to).into())]))
            .collect();
        self.with(|editor| warn(editor.show_changes(&ranges).map(|()| true)));
    }

    fn show_people(self, people: &[PersonView]) {
        let peers: Array = people.iter().filter_map(peer).collect();
        self.with(|editor| _ = editor.set_peers(&peers));
    }

    /// Makes the editor in `parent` with the text of this very moment.
    fn create(self, module: &EditorModule, parent: &JsValue) -> Result<(), JsValue> {
        let session = self.session;
        let on_edits = Closure::new(move |edits: JsValue| session.edit(&edits_from_js(&edits)));
        let on_selection = Closure::new(move |anchor: u32, head: u32| {
            if self.entered.get_value() {
                session.select(anchor, head);
            } else {
                session.look(head);
            }
            self.caret_moved();
        });
        let on_command = Closure::new(move |name: JsValue| {
            if let (Some(act), Some(name)) = (self.on_command.get_value(), name.as_string()) {
                act.run(name);
            }
        });
        let text = self.session.text();
        let options = object(&[
            ("parent", parent.clone()),
            ("text", text.into()),
            ("nonce", js::meta("csp-nonce").into()),
            ("label", t().source.into()),
            ("words", words()),
            ("pictures", ["/api/decks/", &session.deck_id(), "/pictures"].concat().into()),
            ("onEdits", on_edits.as_ref().clone()),
            ("onSelection", on_selection.as_ref().clone()),
            ("onCommand", on_command.as_ref().clone()),
        ]);
        let editor = module.create_editor(&options)?;
        self.handle.set_value(Some(Rc::new(Loaded {
            editor,
            _on_edits: on_edits,
            _on_selection: on_selection,
            _on_command: on_command,
        })));
        self.set_vocabulary(&session.vocabulary());
        session.look(0);
        // Whoever has just made a deck is here to write.
        if store::session("new").is_some_and(|made| made == session.deck_id()) {
            store::set_session("new", "");
            self.focus();
        }
        self.show_people(&session.people.get_untracked());
        self.loaded.set(true);
        Ok(())
    }

    /// The person is in the text: from now on others see where.
    fn enter(self) {
        if self.entered.get_value() {
            return;
        }
        self.entered.set_value(true);
        self.with(|editor| {
            let caret = editor.selection();
            let offset = |name| number(&caret, name).unsigned_abs();
            self.session.select(offset("anchor"), offset("head"));
        });
    }

    fn caret_moved(self) {
        self.with(|editor| {
            let line = number(&editor.selection(), "line").unsigned_abs();
            if self.line.get_untracked() != line {
                self.line.set(line);
            }
        });
    }

    fn destroy(self) {
        let loaded = self.handle.try_update_value(Option::take).flatten();
        if let Some(loaded) = loaded {
            loaded.editor.destroy();
        }
    }
}

/// The source pane. The editor appears when the text is there.
#[component]
pub(crate) fn SourcePane(
    session: Session,
    link: EditorLink,
    problems: Memo<Vec<ShownProblem>>,
    /// Opens the settings of the slide under the caret.
    settings: Callback<()>,
) -> impl IntoView {
    let parent = ElementRef::<html::Div>::new();
    let module = StoredValue::new_local(None::<EditorModule>);
    let loaded = RwSignal::new(false);
    let url = js::meta("editor-js");
    spawn(async move {
        match JsFuture::from(js::import_module(&url)).await {
            Ok(exports) => {
                module.try_set_value(Some(exports.unchecked_into()));
                _ = loaded.try_set(true);
            }
            Err(_) => _ = link.failed.try_set(true),
        }
    });
    effect(move || {
        if !loaded.get() || !session.ready.get() {
            return;
        }
        let Some(parent) = parent.get() else { return };
        let created = module.with_value(|module| {
            module.as_ref().map(|module| link.create(module, parent.unchecked_ref()))
        });
        if !matches!(created, Some(Ok(()))) {
            link.failed.set(true);
        }
    });
    session.listen(move |news| match news {
        News::Text(edits) => link.apply(edits),
        News::Vocabulary(vocabulary) => link.set_vocabulary(vocabulary),
        News::Changes(places) => link.show_changes(places),
        News::Desk(_)
        | News::Slides(_)
        | News::Merged { .. }
        | News::Press(_)
        | News::SlideRemoved(_) => {}
    });
    effect(move || session.people.with(|people| link.show_people(people)));
    effect(move || {
        link.loaded.track();
        problems.with(|problems| link.show_problems(problems));
    });
    on_cleanup(move || link.destroy());
    view! {
        <section
            class="source"
            aria-label=t().source
            data-test="editor"
            {..on("focusin", move |_: Event| link.enter())}
        >
            <Toolbar editor=link settings />
            <div class="editor" node_ref=parent></div>
            {when(move || link.failed.get(), move || view! {
                <p class="notice">
                    {t().editor_failed} " "
                    <a {..attr("href", "")}>{t().reload}</a>
                </p>
            }.into_any())}
            {when(move || { !session.ready.get() && !link.failed.get() }, move || view! {
                <div class="skeleton" {..attr("aria-hidden", "true")}>
                    <i></i><i></i><i></i><i></i><i></i>
                </div>
            }.into_any())}
        </section>
    }
}

/// The editor's own words, in the person's language.
fn words() -> JsValue {
    let words = object(&[("placeholder", t().placeholder.into()), ("fix", t().fix.into())]);
    js_sys::Object::assign(&words, &editor_words()).into()
}

/// Says what an editor refused; nothing depends on it.
fn warn(outcome: Result<bool, JsValue>) {
    if let Err(error) = outcome {
        web_sys::console::error_2(&"editor:".into(), &error);
    }
}

pub(crate) fn line_edits_to_js(edits: &[LineEdit]) -> Array {
    edits
        .iter()
        .map(|edit| {
            let text: Array = edit.text.iter().map(|line| JsValue::from(line.as_str())).collect();
            object(&[
                ("from", edit.lines.start.into()),
                ("to", edit.lines.end.into()),
                ("text", text.into()),
            ])
        })
        .collect()
}

fn problem_to_js(problem: &ShownProblem) -> JsValue {
    let fix = |fix: &Option<FixInfo>| {
        fix.as_ref().map_or(JsValue::UNDEFINED, |fix| {
            let edits = line_edits_to_js(&fix.edits);
            object(&[("title", fix.title.as_str().into()), ("edits", edits.into())]).into()
        })
    };
    let fields = [
        ("code", problem.code.as_str().into()),
        ("message", problem.message.as_str().into()),
        ("severity", problem.severity_name().into()),
        ("from", problem.from.into()),
        ("to", problem.to.into()),
        ("fix", fix(&problem.fix)),
        ("otherFix", fix(&problem.other_fix)),
        (
            "args",
            problem.args.iter().map(|arg| JsValue::from(arg.as_str())).collect::<Array>().into(),
        ),
    ];
    object(&fields).into()
}

fn peer(person: &PersonView) -> Option<JsValue> {
    let (anchor, head) = person.caret?;
    let peer = object(&[
        ("id", person.id.to_string().into()),
        ("name", person.profile.name.as_str().into()),
        ("color", person.profile.color.into()),
        ("anchor", anchor.into()),
        ("head", head.into()),
    ]);
    Some(peer.into())
}

fn edits_to_js(edits: &[TextEdit]) -> Array {
    edits
        .iter()
        .map(|edit| {
            object(&[
                ("at", edit.at.into()),
                ("delete", edit.delete.into()),
                ("insert", edit.insert.as_str().into()),
            ])
        })
        .collect()
}

/// Field by field instead of through JSON: half a surrogate pair must not lose the whole edit.
/// It becomes U+FFFD, which is one unit long as well.
pub(crate) fn edits_from_js(edits: &JsValue) -> Vec<TextEdit> {
    Array::from(edits)
        .iter()
        .map(|edit| TextEdit {
            at: number(&edit, "at").unsigned_abs(),
            delete: number(&edit, "delete").unsigned_abs(),
            insert: string(&edit, "insert"),
        })
        .collect()
}
