//! What the parts of the presenter's page share: the slide, the baton and what the keys do.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::hold;
use crate::erased::{effect, memo};
use crate::frame::{At, Frame, FrameEvent, has_single_keys};
use crate::i18n::{fill, t};
use crate::js;
use crate::people::own_profile;
use crate::render_protocol::Answer;
use crate::session::{News, Presented, Press, Session};
use crate::store;
use crate::toast::Toasts;

/// Who holds the baton, from this page's point of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Baton {
    /// Not decided: take it when it is free.
    Wanted,
    /// This page drives.
    Held,
    /// Given away or taken: only a click gets it back.
    Left,
}

/// What a page that has ended the presentation keeps instead of a term.
const ENDED: &str = "ended";

/// Handle to the stage.
#[derive(Clone, Copy)]
pub(crate) struct Stage {
    pub(crate) session: Session,
    /// The slide as the audience sees it.
    pub(crate) frame: Frame,
    /// What comes next.
    pub(crate) next: Frame,
    pub(crate) baton: RwSignal<Baton>,
    pub(crate) dark: RwSignal<bool>,
    /// Number of the slide that is shown, in the text as it is now.
    pub(crate) slide: Memo<u32>,
    /// The keys are to be explained.
    pub(crate) help: Callback<()>,
    /// While somebody else drives, the person may look around without being pulled back.
    looks_around: StoredValue<bool>,
    /// The person looks for a slide: nobody else needs to see that.
    overview: StoredValue<bool>,
    /// The term that the baton was asked for with, until it is known who has it.
    asked: StoredValue<Option<u64>>,
    /// The slide that was shown last, in the numbers of the frame.
    last: StoredValue<u32>,
}

impl Stage {
    /// The stage of a deck; `help` explains the keys.
    pub(crate) fn open(session: Session, help: Callback<()>) -> Self {
        let baton = RwSignal::new(Baton::Wanted);
        let looks_around = StoredValue::new(false);
        let overview = StoredValue::new(false);
        let place = move |own: At, deck: &Answer| match deck.shown {
            Some(_) if overview.get_value() => own,
            Some(slide) if baton.get_untracked() == Baton::Held => {
                if slide == own.slide {
                    own
                } else {
                    At::start(slide)
                }
            }
            Some(slide) if !looks_around.get_value() => {
                let fragment = session.presented.with_untracked(|presented| {
                    // A server that has just been started knows of nothing yet.
                    presented.active.then_some(presented.fragment)
                });
                fragment.map_or(own, |fragment| At { slide, fragment })
            }
            _ => own,
        };
        let this = StoredValue::new(None::<Self>);
        let heard = move |event| {
            if let Some(stage) = this.get_value() {
                stage.heard(event);
            }
        };
        let frame = Frame::new(session, "presenter", place, heard);
        let slide = memo(move |before: Option<&u32>| {
            session.deck.track();
            frame.frozen.track();
            let now = frame.number_now(frame.at.get().slide);
            now.or(before.copied()).unwrap_or_default()
        });
        let stage = Self {
            session,
            frame,
            next: Frame::new(session, "preview", |own, _| own, |_| {}),
            baton,
            dark: RwSignal::new(false),
            slide,
            help,
            looks_around,
            overview,
            asked: StoredValue::new(None),
            last: StoredValue::new(0),
        };
        this.set_value(Some(stage));
        stage.start();
        stage
    }

    fn start(self) {
        self.follow_baton();
        self.want_baton();
        self.follow_blackout();
        hold::follow(self);
        let toasts = expect_context::<Toasts>();
        self.session.listen(move |news| match news {
            News::Press(press) if self.is_driving() => self.press(press),
            News::SlideRemoved(name) => toasts.say(fill(t().slide_removed, &[name])),
            _ => {}
        });
    }

    fn heard(self, event: FrameEvent) {
        match event {
            FrameEvent::Moved(at) => self.moved(at),
            FrameEvent::Key(key) => _ = self.on_key(&key),
            FrameEvent::Overview(open) => {
                self.overview.set_value(open);
                if !open && self.drives() {
                    self.moved(self.frame.at.get_untracked());
                }
            }
            _ => {}
        }
    }

    /// The person went there in the frame.
    fn moved(self, at: At) {
        let last = self.last.get_value();
        if !self.drives() {
            self.looks_around.set_value(true);
        } else if !self.overview.get_value() {
            let there = self.frame.reachable(last, at.slide);
            let place = there.map_or(At::start(last), |slide| match slide == at.slide {
                true => at,
                false => At::start(slide),
            });
            if place != at {
                self.frame.go(place);
            }
            self.present(None);
        }
        self.last.set_value(self.frame.at.get_untracked().slide);
    }

    /// Goes to a slide of the text as it is now.
    pub(crate) fn go(self, slide: u32) {
        if let Some(slide) = self.frame.number_shown(slide) {
            self.frame.go(At::start(slide));
            self.moved(At::start(slide));
        }
    }

    /// Whether this page moves the others, as far as it knows itself.
    pub(crate) fn drives(self) -> bool {
        self.baton.get_untracked() == Baton::Held
    }

    /// Whether it does, as the server says.
    pub(crate) fn is_driving(self) -> bool {
        self.session.presented.with(|presented| presented.driving)
    }

    /// Whether the audience sees what this page shows.
    pub(crate) fn is_live(self) -> bool {
        self.is_driving() && self.session.is_connected()
    }

    /// Shows this page's slide to everybody; `take` takes over from the driver of that term.
    fn present(self, take: Option<u64>) {
        let at = self.frame.at.get_untracked();
        self.baton.set(Baton::Held);
        self.last.set_value(at.slide);
        if let Some(slide) = self.frame.number_now(at.slide) {
            self.session.present(slide, at.fragment, self.dark.get_untracked(), take);
        }
    }

    /// Takes the baton, and goes on from what is shown.
    pub(crate) fn take_over(self) {
        let (term, driver, dark) = self.session.presented.with_untracked(|presented| {
            (presented.term, presented.driver.is_some(), presented.blackout)
        });
        self.return_to_driver();
        self.dark.set(dark);
        self.asked.set_value(Some(term));
        self.present(driver.then_some(term));
    }

    /// Shows what is presented, after looking around.
    fn return_to_driver(self) {
        self.looks_around.set_value(false);
        self.frame.place_again();
    }

    /// Offers the baton to a person who is here.
    pub(crate) fn offer(self, client: u64) {
        let section = self.session.deck.with_untracked(|deck| {
            let deck = deck.as_ref()?;
            let section = deck.slide(self.slide.get_untracked())?.section;
            Some(deck.sections.get(section as usize)?.title.clone())
        });
        self.session.offer(client, &section.unwrap_or_default());
    }

    /// Ends the presentation.
    pub(crate) fn end(self) {
        self.baton.set(Baton::Left);
        store::set_session(&self.key(), ENDED);
        self.session.stop_presenting();
    }

    pub(crate) fn toggle_blackout(self) {
        self.dark.update(|dark| *dark = !*dark);
    }

    fn press(self, press: Press) {
        match press {
            Press::Next => self.frame.next(),
            Press::Previous => self.frame.previous(),
            Press::Blackout => self.toggle_blackout(),
        }
    }

    /// Where this tab keeps the term in which it drives, for when it is loaded again.
    fn key(self) -> String {
        ["drives.", &self.session.deck_id()].concat()
    }

    /// Notices when the server gives the baton to this page or to somebody else.
    fn follow_baton(self) {
        let Self { session, baton, asked, .. } = self;
        let toasts = expect_context::<Toasts>();
        let drove = StoredValue::new(false);
        effect(move || {
            let presented = session.presented.get();
            let before = drove.get_value();
            drove.set_value(presented.driving);
            if presented.driving {
                if baton.get_untracked() != Baton::Wanted {
                    baton.set(Baton::Held);
                }
                asked.set_value(None);
                store::set_session(&self.key(), &presented.term.to_string());
                return;
            }
            // A driver who is away may be this page itself, before the server knows it again.
            let other = presented.driver.filter(|_| !presented.away);
            let lost = match asked.get_value() {
                Some(term) => presented.term > term,
                None => other.is_some() || (before && !presented.active),
            };
            if lost && self.drives() {
                asked.set_value(None);
                baton.set(Baton::Left);
                let other = other.filter(|name| *name != own_profile().name);
                if let Some(name) = other {
                    toasts.say(fill(t().took_it, &[&name]));
                }
            }
        });
    }

    /// Takes the baton when the page has been opened to present.
    fn want_baton(self) {
        let Self { session, baton, .. } = self;
        let offered = offered_term();
        effect(move || {
            let presented = session.presented.get();
            let deck = session.deck.get();
            let Some(deck) = deck.filter(|_| presented.known) else { return };
            // A presentation that goes on is taken up again at its slide, once that is known.
            let placed = deck.shown.is_some() || !presented.active;
            if !placed || baton.get_untracked() != Baton::Wanted {
                return;
            }
            self.decide(&presented, offered);
        });
    }

    fn decide(self, presented: &Presented, offered: Option<u64>) {
        let kept = store::session(&self.key()).unwrap_or_default();
        let is_free = presented.driver.is_none() && !(presented.ended && kept == ENDED);
        // After a crash this page is the one that is waited for.
        let is_own = presented.away && kept == presented.term.to_string();
        if presented.driving {
            self.return_to_driver();
            self.dark.set(presented.blackout);
            self.baton.set(Baton::Held);
        } else if is_free || is_own || offered == Some(presented.term) {
            self.take_over();
        } else {
            self.baton.set(Baton::Left);
        }
    }

    /// The driver makes screens dark; who does not drive sees what the driver does.
    fn follow_blackout(self) {
        let Self { session, dark, frame, .. } = self;
        effect(move || {
            let on = dark.get();
            frame.blackout(on && frame.shown.get());
            let said = session.presented.with_untracked(|presented| presented.blackout);
            if on != said && self.drives() && self.session.presented.with_untracked(|it| it.known) {
                self.present(None);
            }
        });
        effect(move || {
            let on = session.presented.with(|presented| presented.blackout);
            if !self.drives() && dark.get_untracked() != on {
                dark.set(on);
            }
        });
    }

    /// Does what a key of the page does; says whether it is one.
    pub(crate) fn on_key(self, key: &str) -> bool {
        match key {
            "b" | "v" | "." | "/" => self.toggle_blackout(),
            "f" => js::toggle_fullscreen(),
            "e" => self.edit_slide(),
            "r" => self.return_to_driver(),
            "?" => self.help.run(()),
            // The person is at the presenter's view already; the text of a slide is in the editor.
            "s" | "t" => {}
            _ => return false,
        }
        true
    }

    /// Opens the slide's text beside this page.
    fn edit_slide(self) {
        let line = self.session.deck.with_untracked(|deck| {
            Some(deck.as_ref()?.slide(self.slide.get_untracked())?.text_line + 1)
        });
        let deck = self.session.deck_id();
        let path = format!("/d/{deck}#line={}", line.unwrap_or(1));
        _ = window().open_with_url_and_target(&path, &["edit-", &deck].concat());
    }

    /// A key that was pressed anywhere on the page.
    pub(crate) fn pressed(self, event: &KeyboardEvent) {
        let command = event.ctrl_key() || event.meta_key() || event.default_prevented();
        let key = event.key();
        let is_character = key.chars().count() == 1 && key != " ";
        if command || js::uses_key(&key) || (is_character && !has_single_keys()) {
            return;
        }
        // Capital letters are the same keys; only the browser knows them all.
        let small = if is_character { crate::i18n::lowercase(&key) } else { key };
        if !event.alt_key() && self.on_key(&small) {
            event.prevent_default();
        } else if DECK_KEYS.contains(&&*small) {
            event.prevent_default();
            self.frame.key(event);
            // Where to jump to is typed into the slides.
            if small == "g" {
                js::focus(".present-current iframe");
            }
        }
    }
}

/// The keys that are the slides' own.
const DECK_KEYS: [&str; 18] = [
    "ArrowRight",
    "ArrowLeft",
    "ArrowUp",
    "ArrowDown",
    "PageDown",
    "PageUp",
    "Home",
    "End",
    "Escape",
    " ",
    "h",
    "j",
    "k",
    "l",
    "n",
    "p",
    "o",
    "g",
];

/// The term that the baton was offered in, when this page was opened to take it. Only once: the address
/// is without it afterwards.
fn offered_term() -> Option<u64> {
    let term = location().search().ok()?.strip_prefix("?take=")?.parse().ok();
    let path = location().pathname().unwrap_or_default();
    if let Ok(history) = window().history() {
        _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&path));
    }
    term
}
