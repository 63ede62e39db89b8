//! The presentation as a client sees it: driving it, handing it on, and going on after a loss.

use std::collections::VecDeque;

use super::connection::Link;
use super::replaced::Driven;
use super::{ClientEffect, Replica};
use crate::access::Role;
use crate::presentation::{self, Presentation, Shown, Times};
use crate::wire::{self, ClientMessage, ServerMessage};

/// What the server says of the presentation, to this client.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) presentation: Option<Presentation>,
    pub(super) driving: bool,
    pub(super) host: bool,
    pub(super) ended: bool,
}

/// Those who watch.
#[derive(Default)]
struct Watchers {
    followers: u32,
    roaming: u32,
    held_edits: u32,
}

/// A presentation that the person ended.
#[derive(Clone, Copy)]
struct Ended {
    /// Its term, if the server had told of it.
    term: Option<u64>,
}

/// What this client knows of the presentation.
#[derive(Default)]
pub(super) struct Presenting {
    told: Told,
    /// What was told before this client took its place on this connection again.
    greeting: Option<Told>,
    /// What this client shows as the driver; said again after a reconnection.
    pub(super) drives: Option<Shown>,
    /// The term in which it drove last.
    drove: Option<u64>,
    /// The person ended the presentation, and the server has not said so yet.
    ends: Option<Ended>,
    /// What was sent on this connection and the server has not told of yet. What is sent twice in a
    /// row counts once: the server may answer both with one message.
    sent: VecDeque<Shown>,
    /// The term of which the baton was offered.
    offered: Option<u64>,
    watchers: Watchers,
    times: Option<Times>,
}

impl Replica {
    /// The person drives the presentation to the slide whose first character is at `offset`. `take`
    /// takes over from the driver of that term.
    pub fn present(
        &mut self,
        offset: u32,
        fragment: i32,
        blackout: bool,
        take: Option<u64>,
        out: &mut Vec<ClientEffect>,
    ) {
        if let Some(early) = &mut self.early {
            return early.driven = Some(Driven { offset, fragment, blackout });
        }
        if !self.may_present(take) {
            return;
        }
        let shown = Shown { slide: self.doc.anchor(offset), fragment, blackout };
        (self.presenting.drives, self.presenting.ends) = (Some(shown.clone()), None);
        self.send_shown(shown, take, out);
    }

    /// The person leaves the audience with the deck as it is now, or lets it go on.
    pub fn hold(&mut self, on: bool, out: &mut Vec<ClientEffect>) {
        self.say(&ClientMessage::Hold { on }, out);
    }

    /// The person offers the baton to somebody, for a section of theirs.
    pub fn offer(&mut self, client: u64, section: &str, out: &mut Vec<ClientEffect>) {
        let section = presentation::cut_title(section, presentation::MAX_TITLE_CHARS);
        self.say(&ClientMessage::Offer { to: client, section }, out);
    }

    /// The person ends the presentation.
    pub fn stop_presenting(&mut self, out: &mut Vec<ClientEffect>) {
        if let Some(early) = &mut self.early {
            early.driven = None;
        }
        let Presenting { told, drives, ends, .. } = &mut self.presenting;
        if drives.is_none() && !told.driving && !told.host {
            return;
        }
        *ends = Some(Ended { term: told.presentation.as_ref().map(|presented| presented.term) });
        match &self.link {
            Link::Open(open) if open.answered => self.say(&ClientMessage::StopPresenting, out),
            Link::Open(_) => {}
            // The next connection begins with what is presented then.
            _ => {
                (told.presentation, told.driving) = (None, false);
                out.push(ClientEffect::Presentation);
            }
        }
    }

    /// What is presented.
    pub fn presentation(&self) -> Option<&Presentation> {
        self.presenting.told.presentation.as_ref()
    }

    /// Whether this client drives the presentation.
    pub fn is_driving(&self) -> bool {
        self.presenting.told.driving
    }

    /// Whether this client began the presentation.
    pub fn is_host(&self) -> bool {
        self.presenting.told.host
    }

    /// Whether nobody presents because the presentation was ended.
    pub fn has_ended(&self) -> bool {
        self.presenting.told.ended
    }

    /// How many follow without editing.
    pub fn followers(&self) -> u32 {
        self.presenting.watchers.followers
    }

    /// How many of them look at another slide than the one that is shown.
    pub fn roaming(&self) -> u32 {
        self.presenting.watchers.roaming
    }

    /// How many edits they do not see, as what they see is held.
    pub fn held_edits(&self) -> u32 {
        self.presenting.watchers.held_edits
    }

    /// How long the presentation takes so far.
    pub fn times(&self) -> Option<&Times> {
        self.presenting.times.as_ref()
    }

    /// What this client says of itself when it is asked.
    #[cfg(feature = "testing")]
    pub(crate) fn shows(&self) -> Option<&Shown> {
        self.presenting.drives.as_ref()
    }

    /// Whether the server would listen, as far as that is known.
    fn may_present(&self, take: Option<u64>) -> bool {
        let Link::Open(open) = &self.link else { return true };
        let Presenting { told, offered, .. } = &self.presenting;
        let is_offered = take.is_some() && take == *offered;
        open.role.is_none_or(|role| {
            role.can_present() || role.can_edit() && (told.driving || is_offered)
        })
    }

    fn send_shown(&mut self, shown: Shown, take: Option<u64>, out: &mut Vec<ClientEffect>) {
        if self.is_heard() {
            if self.presenting.sent.back() != Some(&shown) {
                self.presenting.sent.push_back(shown.clone());
            }
            self.say(&ClientMessage::Present { shown, take }, out);
        }
    }

    fn is_heard(&self) -> bool {
        matches!(&self.link, Link::Open(open) if open.role.is_some_and(Role::can_edit))
    }

    fn say(&self, message: &ClientMessage, out: &mut Vec<ClientEffect>) {
        if self.is_heard() {
            out.push(ClientEffect::Send(wire::control(message)));
        }
    }

    /// A new connection: what is told on it comes from one who does not know this client yet.
    pub(super) fn presents_anew(&mut self) {
        let Presenting { greeting, sent, offered, .. } = &mut self.presenting;
        (*greeting, *offered) = (None, None);
        sent.clear();
    }

    pub(super) fn presentation_told(&mut self, told: Told, out: &mut Vec<ClientEffect>) {
        let is_known = matches!(&self.link, Link::Open(open) if open.complete);
        if !is_known && self.presenting.drives.is_some() {
            return self.presenting.greeting = Some(told);
        }
        self.presenting.learn(&told);
        self.presenting.told = told;
        out.push(ClientEffect::Presentation);
    }

    /// The server knows whose connection this is, and has said who drives since.
    pub(super) fn take_greeting(&mut self, out: &mut Vec<ClientEffect>) {
        let Some(told) = self.presenting.greeting.take() else { return };
        self.presenting.return_to(&told);
        self.presenting.told = told;
        out.push(ClientEffect::Presentation);
    }

    /// Says again what this client shows, and that the person has ended it.
    pub(super) fn present_again(&mut self, out: &mut Vec<ClientEffect>) {
        let Presenting { told, drives, ends, .. } = &self.presenting;
        let ends = ends.is_some();
        // [C20] Whose baton is gone needs it once more to end what they did not begin.
        let drives = drives.clone().filter(|_| !ends || !(told.driving || told.host));
        match drives {
            Some(shown) if self.may_present(None) => self.send_shown(shown, None, out),
            Some(_) => self.presenting.give_up(),
            None => {}
        }
        if ends {
            self.say(&ClientMessage::StopPresenting, out);
        }
    }

    pub(super) fn heard_of_talk(&mut self, message: ServerMessage, out: &mut Vec<ClientEffect>) {
        let presenting = &mut self.presenting;
        match message {
            ServerMessage::Presentation { presentation, driving, host, ended } => {
                self.presentation_told(Told { presentation, driving, host, ended }, out);
            }
            ServerMessage::Audience { followers, roaming, held_edits } => {
                presenting.watchers = Watchers { followers, roaming, held_edits };
                out.push(ClientEffect::Presentation);
            }
            ServerMessage::Offered { by, section, term } => {
                presenting.offered = Some(term);
                out.push(ClientEffect::Offered { by, section, term });
            }
            ServerMessage::SlideRemoved { by } => out.push(ClientEffect::SlideRemoved { by }),
            ServerMessage::Press { key } => out.push(ClientEffect::Press(key)),
            // [C22] It is handed on as it is.
            ServerMessage::Desk { json } => out.push(ClientEffect::Desk(json)),
            ServerMessage::Times { elapsed, sections, current } => {
                presenting.times = Some(Times { elapsed, sections, current });
                out.push(ClientEffect::Times);
            }
            _ => {}
        }
    }
}

impl Presenting {
    /// The server says who drives while it knows who this client is.
    fn learn(&mut self, told: &Told) {
        let presented = told.presentation.as_ref();
        self.ends = self.ends.filter(|ended| {
            told.driving || presented.is_some_and(|now| ended.term == Some(now.term))
        });
        if let Some(now) = presented.filter(|_| told.driving) {
            self.drove = Some(now.term);
            match self.sent.iter().position(|sent| *sent == now.shown) {
                Some(index) => _ = self.sent.drain(..=index),
                // The slide has gone somewhere else, and this client along with it.
                None if self.sent.is_empty() => self.drives = None,
                None => {}
            }
            self.drives.get_or_insert_with(|| now.shown.clone());
        } else if told.ended
            || self.sent.is_empty()
            || presented.is_some_and(|now| now.driver.is_some())
        {
            // Somebody else took over, or the baton is gone: do not take it back after a loss.
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        (self.drives, self.drove) = (None, None);
        // Should something that is on its way succeed, the server will say what is shown.
        self.sent.clear();
    }

    // [C6] A driver who was cut off goes on driving, unless somebody took over meanwhile.
    fn return_to(&mut self, told: &Told) {
        let goes_on = match &told.presentation {
            // It has not begun yet, or the server has: its presentations go when it stops.
            None => !told.ended && self.ends.is_none(),
            Some(now) => {
                let drove = self.drove.is_none_or(|term| term == now.term);
                told.driving || now.driver.is_none() && drove
            }
        };
        if !goes_on {
            self.ends = None;
            return self.give_up();
        }
        let Some(now) = told.presentation.as_ref().filter(|_| told.driving) else { return };
        self.drove = Some(now.term);
        let before = self.told.presentation.as_ref().map(|before| &before.shown);
        // What the person did meanwhile counts more than where the slide has gone.
        if self.drives.is_none() || self.drives.as_ref() == before {
            self.drives = Some(now.shown.clone());
        }
    }
}
