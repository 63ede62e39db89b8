//! The projector as a state machine: what the room says goes in, what viewers and the room are to
//! hear comes out. Time is an argument, in milliseconds of any clock that only goes forward.

#[cfg(test)]
mod hall;
mod holding_on;
mod recording;
mod sharing;
mod telling;
#[cfg(test)]
mod tests;
mod viewing;

use std::collections::BTreeMap;

use bytes::Bytes;
use collab::doc::Anchor;
use collab::presentation::Presentation;
use collab::room::{CloseReason, Event};
use collab::wire::{Frame, ServerMessage};
use deck::Fate;

use super::agenda::Agenda;
use super::audience::{Audience, Change, SlideId};
use super::messages::{Outline, Phase, Stage, State, ToViewer};
use super::record::Record;
use super::source::Source;
use crate::store::LinkRole;
pub(crate) use recording::Survey;
pub(super) use sharing::Recording;
use sharing::Sharing;

/// Edits are gathered for this long: thirty people who write are one patch each time, and nobody
/// sees the difference.
const GATHER: u64 = 40;
/// The same while nobody watches, when only times and places are of interest.
const GATHER_ALONE: u64 = 500;
/// A deck that makes the renderer fail is tried again after this.
const TRY_AGAIN: u64 = 1_000;
/// When hundreds come at once the room is told of them together.
const COUNT_EVERY: u64 = 200;
/// Somebody who came is greeted by the room within this time, in milliseconds.
const GREETED_WITHIN: u64 = 500;
/// Times are told this often at most, except when another section begins.
const TIMES_EVERY: u64 = 1_000;
/// While somebody presents, times are stored this often at least: so much of them a crash may cost.
const RECORD_EVERY: u64 = 15_000;
/// A call whose times were stored no longer ago than this goes on when somebody presents again: a
/// server is back after minutes, and a presenter's browser as well.
const GOES_ON_WITHIN: i64 = 15 * 60 * 1_000;
/// Viewers take 45 s of silence for a dead connection.
const PING_EVERY: u64 = 20_000;

/// One viewer of one projector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ViewerId(pub(super) u64);

/// What is to be done.
#[derive(Debug)]
pub(super) enum Output {
    /// Send the room a frame.
    Send(Bytes),
    /// Tell the room what it cannot know.
    Tell(Event),
    /// Send every viewer a message.
    ToAll(Bytes),
    /// Send those with a remote a message.
    ToRemotes(Bytes),
    /// Send one viewer a message.
    To(ViewerId, Bytes),
    /// End a viewer's connection.
    Close(ViewerId, CloseReason),
    /// Store how long the sections took so far.
    Record(Record),
    /// Read what is stored of that, and say so.
    Recall,
    /// Store the text that a held audience goes on to see; nothing when it is not held any more.
    KeepHold(Option<String>),
    /// Read that text, and say so.
    AskHold,
}

struct Viewer {
    role: LinkRole,
    roaming: bool,
}

/// See above.
pub(super) struct Projector {
    source: Source,
    audience: Audience,
    agenda: Agenda,
    viewers: BTreeMap<ViewerId, Viewer>,
    presentation: Option<Presentation>,
    /// The last presentation was ended.
    ended: bool,
    /// The room that knew of the presentation is gone, and its driver is awaited.
    lost: bool,
    /// The driver is on a slide that is not known yet.
    unplaced: bool,
    fragment: i32,
    /// Who wrote the next update.
    author: Option<String>,
    /// The last request to bind the slide to another position.
    asked: Option<(u64, Anchor)>,
    /// The slide that was on when everybody was told last.
    shown: Option<SlideId>,
    /// The slide that was cut away from under the presenter.
    cut: Option<SlideId>,
    /// It came back.
    back: Option<SlideId>,
    told: State,
    stage: Stage,
    counts: Option<(u32, u32, u32)>,
    section: Option<usize>,
    /// The call that was stored last, which may go on.
    past: Option<Record>,
    /// Times of a call that goes on, of sections that are not known yet.
    inherited: Vec<(String, u64)>,
    times_at: u64,
    render_due: Option<u64>,
    counts_due: Option<u64>,
    times_due: Option<u64>,
    record_due: Option<u64>,
    ping_due: u64,
    sharing: Sharing,
}

impl Projector {
    /// `life` is a name that no other projector has had. One that is not alone begins without
    /// recording anything.
    pub(super) fn new(life: String, recording: Recording) -> Self {
        let outline = Outline::of(&deck::LiveDeck::new(""));
        Self {
            source: Source::new(),
            audience: Audience::new(life, outline),
            agenda: Agenda::default(),
            viewers: BTreeMap::new(),
            presentation: None,
            ended: false,
            lost: false,
            unplaced: false,
            fragment: -1,
            author: None,
            asked: None,
            shown: None,
            cut: None,
            back: None,
            told: State { phase: Phase::Waiting, slide: 0, fragment: -1, blackout: false },
            stage: Stage::default(),
            counts: None,
            section: None,
            past: None,
            inherited: Vec::new(),
            times_at: 0,
            render_due: None,
            counts_due: None,
            times_due: None,
            record_due: None,
            ping_due: PING_EVERY,
            sharing: Sharing::new(recording),
        }
    }

    /// Whether there is a deck to show.
    pub(super) fn is_complete(&self) -> bool {
        self.source.is_complete() && !self.sharing.awaits_hold()
    }

    /// When there is something to do if nothing comes.
    pub(super) fn next_wake(&self) -> Option<u64> {
        let ping_due = (!self.viewers.is_empty()).then_some(self.ping_due);
        let dues = [self.render_due, self.counts_due, self.times_due, self.record_due, ping_due];
        dues.into_iter().chain(self.sharing.dues()).flatten().min()
    }

    /// Does what is due.
    pub(super) fn wake(&mut self, now: u64, out: &mut Vec<Output>) {
        if self.render_due.is_some_and(|due| due <= now) {
            self.flush(now, out);
        }
        if self.counts_due.is_some_and(|due| due <= now) {
            self.tell_counts(out);
        }
        if self.times_due.is_some_and(|due| due <= now) {
            self.tell_times(now, out);
        }
        if self.record_due.is_some_and(|due| due <= now) {
            self.record(now, out);
        }
        self.wake_sharing(now, out);
        if self.ping_due <= now {
            self.ping_due = now + PING_EVERY;
            out.push(Output::ToAll(ToViewer::Ping.encode()));
        }
    }

    /// It has a seat in a room, perhaps in another one than before.
    pub(super) fn joined(&mut self, now: u64) {
        (self.counts, self.asked, self.author) = (None, None, None);
        self.saw_nobody(false);
        self.counts_due = Some(now);
        self.times_due = self.presentation.is_some().then_some(now);
    }

    /// Somebody came who may present: what the room tells them of the times is as old as the last
    /// time that they were told.
    pub(super) fn attended(&mut self, now: u64) {
        if self.presentation.is_some() {
            self.times_due = Some(now + GREETED_WITHIN);
        }
    }

    /// The room is gone, and what it knew of the presentation with it.
    pub(super) fn left(&mut self, now: u64, out: &mut Vec<Output>) {
        self.hold_on(now);
        self.lost = self.presentation.is_some();
        if let Some(presentation) = &mut self.presentation {
            presentation.away = true;
        }
        self.tell(None, now, out);
    }

    /// The room says something.
    pub(super) fn hear(&mut self, now: u64, frame: &[u8], out: &mut Vec<Output>) {
        match Frame::decode(frame) {
            Ok(Frame::SyncStep2(update)) => self.completed(update, now, out),
            Ok(Frame::Update(update)) => self.changed(update, now, out),
            Ok(Frame::Control(json)) => {
                // What it does not know is not for it.
                if let Ok(message) = serde_json::from_str(json) {
                    self.hear_control(message, now, out);
                }
            }
            _ => {}
        }
    }

    fn hear_control(&mut self, message: ServerMessage, now: u64, out: &mut Vec<Output>) {
        match message {
            ServerMessage::Hello { epoch, .. } => {
                self.source.descend_from(epoch);
                let question = Frame::SyncStep1(&self.source.state_vector()).encode();
                out.push(Output::Send(question));
            }
            ServerMessage::Author { name } => self.author = Some(name),
            ServerMessage::Presentation { presentation: Some(presentation), driving, .. } => {
                self.hear_presentation(presentation, driving, now, out);
            }
            ServerMessage::Presentation { ended, .. } => self.hear_none(ended, now, out),
            _ => {}
        }
    }

    fn completed(&mut self, update: &[u8], now: u64, out: &mut Vec<Output>) {
        if self.source.apply(update, now, false).is_err() {
            return self.ask_again(out);
        }
        let was_complete = self.source.is_complete();
        self.source.complete();
        if self.sharing.awaits_hold() || !was_complete && self.must_know_hold(now, out) {
            return;
        }
        if !was_complete {
            return self.show_all(now, out);
        }
        if self.is_needed() {
            let fate = self.source.catch_up(now);
            self.follow(fate, None, out);
            self.flush(now, out);
        }
    }

    /// The deck is there. Before, it is on no slide that anybody presents.
    pub(super) fn show_all(&mut self, now: u64, out: &mut Vec<Output>) {
        if self.is_needed() {
            self.source.catch_up(now);
            self.place(true);
            self.flush(now, out);
        }
    }

    /// Whether there is anybody for whom the slides have to be up to date.
    fn is_needed(&self) -> bool {
        !self.viewers.is_empty() || self.presentation.is_some()
    }

    fn changed(&mut self, update: &[u8], now: u64, out: &mut Vec<Output>) {
        let author = self.author.take();
        let Ok(fate) = self.source.apply(update, now, self.is_needed()) else {
            return self.ask_again(out);
        };
        if !self.is_complete() || !self.is_needed() {
            return;
        }
        self.follow(fate, author, out);
        let gather = if self.viewers.is_empty() { GATHER_ALONE } else { GATHER };
        self.render_due.get_or_insert(now + gather);
    }

    /// The mirror is spoilt: all of the document is asked for once more.
    fn ask_again(&mut self, out: &mut Vec<Output>) {
        self.source.begin_anew();
        out.push(Output::Send(Frame::SyncStep1(&self.source.state_vector()).encode()));
    }

    /// Stays on the presented slide after an edit.
    fn follow(&mut self, fate: Fate, author: Option<String>, out: &mut Vec<Output>) {
        if self.presentation.is_none() {
            return;
        }
        if self.unplaced {
            self.place(false);
        }
        match fate {
            Fate::Same => self.bind(false, None, out),
            Fate::Removed => {
                self.cut = self.shown;
                if !self.audience.is_held() {
                    self.fragment = -1;
                }
                self.bind(true, author, out);
            }
            Fate::Rebound => {
                self.back = self.cut.take().or(self.shown);
                self.bind(true, None, out);
            }
        }
    }

    /// Asks the room to bind the slide to another position, when the one it has leads elsewhere.
    fn bind(&mut self, moved: bool, removed_by: Option<String>, out: &mut Vec<Output>) {
        let Some(presentation) = self.presentation.as_ref().filter(|_| !self.lost) else { return };
        let leads_here =
            self.source.slide_of(&presentation.shown.slide) == Some(self.source.slide());
        if self.unplaced || leads_here && !moved {
            return;
        }
        let Some(slide) = self.source.anchor() else { return };
        let asked = Some((presentation.seq, slide.clone()));
        if self.asked != asked || removed_by.is_some() {
            self.asked = asked;
            out.push(Output::Tell(Event::Rebound { seq: presentation.seq, slide, removed_by }));
        }
    }

    fn hear_presentation(
        &mut self,
        mut presentation: Presentation,
        is_driver_here: bool,
        now: u64,
        out: &mut Vec<Output>,
    ) {
        let is_new_to_room = self.hold_again(&mut presentation, out);
        let before = self.presentation.replace(presentation.clone());
        if before.is_none() {
            self.begin(now);
            self.share_begin(out);
        }
        self.share_driver(is_driver_here, before.as_ref(), &presentation, now, out);
        (self.ended, self.lost) = (false, false);
        // Only a room that knows of holds says with this that there is none.
        let is_over = !presentation.held && !self.sharing.is_alone();
        let was_awaited = is_over && self.forget_hold();
        let is_new = before.is_none() && !self.audience.is_held();
        let waits = !self.is_complete() || is_new && self.must_know_hold(now, out);
        self.saw_nobody(false);
        if !waits {
            self.follow_driver(
                before.filter(|_| !was_awaited && !is_new_to_room),
                &presentation,
                now,
                out,
            );
        }
    }

    /// Shows what is presented; `before`, if anything, is what was shown until now.
    fn follow_driver(
        &mut self,
        before: Option<Presentation>,
        presentation: &Presentation,
        now: u64,
        out: &mut Vec<Output>,
    ) {
        // Until now, perhaps nobody needed any slides.
        self.source.catch_up(now);
        let is_elsewhere = before.as_ref().is_none_or(|before| {
            before.seq != presentation.seq || before.shown.slide != presentation.shown.slide
        });
        let navigated = is_elsewhere && self.place(before.is_none());
        let held = self.audience.is_held();
        // What only binds the slide anew moves no screen that is held.
        if !held || navigated || !is_elsewhere || !presentation.held {
            self.fragment = presentation.shown.fragment;
        }
        let mut change = self.render(now);
        if presentation.held && !held {
            self.audience.hold(self.source.slide());
            self.share_hold(true, out);
        } else if !presentation.held && held {
            change = self.audience.release();
            self.share_hold(false, out);
        } else if navigated {
            self.audience.show_held(self.source.slide());
        }
        self.bind(false, None, out);
        self.tell(change, now, out);
    }

    fn hear_none(&mut self, ended: bool, now: u64, out: &mut Vec<Output>) {
        if self.presentation.is_none() {
            self.saw_nobody(true);
            self.ended |= ended;
            if ended {
                return self.let_go(now, out);
            }
            return self.tell(None, now, out);
        }
        if !ended {
            // A room that was opened again does not know of it yet; its driver does.
            return self.left(now, out);
        }
        let was_awaited = self.forget_hold();
        if was_awaited {
            // Nothing of the deck was looked at while it was not known what of it is shown.
            self.source.catch_up(now);
        }
        self.sharing.holding.until = None;
        let change = self.render(now);
        if self.audience.is_held() || was_awaited {
            self.share_hold(false, out);
        }
        let released = self.audience.release();
        self.tell_times(now, out);
        self.agenda.end(now);
        self.record_end(now, out);
        self.share_end(now);
        self.saw_nobody(true);
        (self.presentation, self.ended, self.lost) = (None, true, false);
        self.fragment = -1;
        self.tell(released.or(change), now, out);
    }

    /// Goes where the driver is. Answers whether that is another slide.
    fn place(&mut self, begins: bool) -> bool {
        let Some(presentation) = &self.presentation else { return false };
        let anchor = &presentation.shown.slide;
        let found = self.source.slide_of(anchor);
        self.unplaced = found.is_none();
        // What leads here does so because it was asked for: nothing that was cut is forgotten.
        if found.is_none() || !begins && found == Some(self.source.slide()) {
            return false;
        }
        (self.cut, self.back) = (None, None);
        self.source.show(anchor);
        if begins {
            self.fragment = presentation.shown.fragment;
        }
        true
    }

    /// Brings everything up to date, and tells everybody.
    fn flush(&mut self, now: u64, out: &mut Vec<Output>) {
        let change = self.render(now);
        self.tell(change, now, out);
    }

    fn render(&mut self, now: u64) -> Option<Change> {
        self.render_due = None;
        if !self.source.is_complete() || self.sharing.awaits_hold() {
            return None;
        }
        let Some(rendered) = self.source.render() else {
            self.render_due = Some(now + TRY_AGAIN);
            return None;
        };
        let patches = if rendered.anew {
            self.audience.realigned(rendered.patches)
        } else {
            rendered.patches
        };
        let (moved, change) = self.audience.absorb(patches, rendered.outline);
        for (from, to) in moved.gone {
            self.agenda.pass_on(now, from, to);
        }
        if let Some(back) = self.back.take() {
            self.audience.rename(self.source.slide(), back);
        }
        self.inherit();
        change
    }

    /// Whether what is to be done may take a while.
    pub(super) fn is_large(&self) -> bool {
        self.source.is_large()
    }
}
