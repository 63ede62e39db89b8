//! What may become of the presentation: each change is a function of the value that is stored.
//!
//! The same functions decide in a room that is alone and in one of several: the first applies their
//! result at once, the others propose it, and judge anew when somebody else was first.

use super::PeerId;
use crate::access::Role;
use crate::doc::Anchor;
use crate::nodes::{
    NodeId, SharedBaton, SharedChange, SharedLive, SharedOffer, SharedStage, SharedWho,
};
use crate::presentation::{Presentation, Shown};

/// Changes that are kept in the value: far more than can be stored while one is waited for.
const MOST_CHANGES: usize = 16;

/// Who wants a change.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Actor {
    pub(super) peer: PeerId,
    pub(super) who: SharedWho,
    pub(super) name: String,
    pub(super) role: Role,
    /// The client id in their presence, when they have one.
    pub(super) client: Option<u64>,
    /// `None` when their connection is gone by now.
    pub(super) node: Option<NodeId>,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Deed {
    /// Drives to a slide. So many messages said so, or what this took the place of: whoever sent them
    /// waits for as many answers.
    Present { shown: Shown, take: Option<u64>, messages: u32 },
    /// Ends the presentation.
    Stop,
    /// Holds what the audience sees.
    Hold { on: bool },
    /// Offers the baton.
    Offer { offer: SharedOffer },
    /// Is here (again) and was `before`.
    Return { before: SharedWho },
}

/// One change of the presentation.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    By(Actor, Deed),
    /// The projector says where the slide went.
    Rebind {
        seq: u64,
        slide: Anchor,
        removed_by: Option<String>,
    },
    /// The projector says that the audience is held still.
    GoOnHolding,
    /// An offer is over.
    Withdraw {
        offer: SharedOffer,
    },
    /// The driver's connection to this node is lost.
    Lose {
        term: u64,
        node: NodeId,
    },
    /// Nobody drives any more.
    Drop {
        term: u64,
        node: Option<NodeId>,
    },
    /// Nobody drives, and everybody is gone.
    Forget {
        term: u64,
    },
}

/// What a change comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Done,
    /// There is nothing to change.
    Nothing,
    /// Not by them, or not any more.
    Refused,
}

impl SharedStage {
    /// What everybody may know of it.
    pub(crate) fn presentation(&self) -> Option<Presentation> {
        let SharedLive { baton, shown, held, .. } = self.live.as_ref()?;
        Some(Presentation {
            driver: baton.as_ref().map(|baton| baton.name.clone()),
            away: baton.as_ref().is_some_and(|baton| baton.node.is_none()),
            term: self.term,
            seq: self.seq,
            shown: shown.clone(),
            held: *held,
        })
    }

    pub(super) fn baton(&self) -> Option<&SharedBaton> {
        self.live.as_ref()?.baton.as_ref()
    }

    pub(super) fn offer(&self) -> Option<&SharedOffer> {
        self.live.as_ref()?.offer.as_ref()
    }

    pub(super) fn host(&self) -> Option<SharedWho> {
        self.live.as_ref().map(|live| live.host)
    }

    /// Notes whose change this is, so that they know it again.
    pub(super) fn sign(&mut self, change: SharedChange) {
        self.changes.retain(|known| known.room != change.room);
        self.changes.push(change);
        let beyond = self.changes.len().saturating_sub(MOST_CHANGES);
        self.changes.drain(..beyond);
    }

    /// Changes the value as far as it allows that.
    pub(super) fn change(&mut self, change: &Change) -> Verdict {
        match change {
            Change::By(actor, deed) => self.act(actor, deed),
            Change::Rebind { seq, slide, removed_by } => self.rebind(*seq, slide, removed_by),
            Change::GoOnHolding => self.hold(true),
            Change::Withdraw { offer } => self.with_live(|live| {
                let is_open = live.offer.as_ref() == Some(offer);
                is_open.then(|| live.offer = None)
            }),
            Change::Lose { term, node } => self.lose(*term, *node),
            Change::Drop { term, node } => self.drop_baton(*term, *node),
            Change::Forget { term } => self.forget(*term),
        }
    }

    fn act(&mut self, actor: &Actor, deed: &Deed) -> Verdict {
        match deed {
            Deed::Present { shown, take, .. } => self.present(actor, shown, *take),
            Deed::Stop => self.stop(actor),
            Deed::Hold { on } if self.is_driven_by(actor) => self.hold(*on),
            Deed::Offer { offer } if self.is_driven_by(actor) => self.with_live(|live| {
                live.offer = Some(offer.clone());
                Some(())
            }),
            Deed::Hold { .. } | Deed::Offer { .. } => Verdict::Refused,
            Deed::Return { before } => self.welcome(actor, *before),
        }
    }

    fn with_live(&mut self, change: impl FnOnce(&mut SharedLive) -> Option<()>) -> Verdict {
        match self.live.as_mut().and_then(change) {
            Some(()) => Verdict::Done,
            None => Verdict::Nothing,
        }
    }

    fn hold(&mut self, on: bool) -> Verdict {
        self.with_live(|live| {
            let changes = live.held != on;
            changes.then(|| live.held = on)
        })
    }

    fn is_driven_by(&self, actor: &Actor) -> bool {
        self.baton().is_some_and(|baton| baton.who == actor.who)
    }

    /// Whether somebody drives, or takes the baton that they were offered.
    fn lets_drive(&self, actor: &Actor, take: Option<u64>) -> bool {
        let is_offered = self.offer().is_some_and(|offer| Some(offer.client) == actor.client);
        self.is_driven_by(actor) || is_offered && take == Some(self.term)
    }

    /// Drives to a slide, if nobody else drives or they take over.
    fn present(&mut self, actor: &Actor, shown: &Shown, take: Option<u64>) -> Verdict {
        let is_let = actor.role.can_edit() && self.lets_drive(actor, take);
        if !actor.role.can_present() && !is_let {
            return Verdict::Refused;
        }
        // Who takes over from somebody does not begin anew what was ended meanwhile.
        if self.live.is_none() && !(self.ended && take.is_some()) {
            let (host, shown) = (actor.who, shown.clone());
            self.live = Some(SharedLive { baton: None, offer: None, host, shown, held: false });
            self.ended = false;
            self.seq += 1;
        }
        if !self.give_baton(actor, take) {
            return Verdict::Refused;
        }
        if let Some(live) = &mut self.live {
            self.seq += u64::from(live.shown.slide != shown.slide);
            live.shown = shown.clone();
        }
        Verdict::Done
    }

    // [P6] One drives; another one only by taking over, and of two who do at once, one does.
    fn give_baton(&mut self, actor: &Actor, take: Option<u64>) -> bool {
        let Some(live) = &mut self.live else { return false };
        let holder = live.baton.as_ref();
        let is_theirs = holder.is_some_and(|baton| baton.who == actor.who);
        let takes = match take {
            // [P12] Who began it takes it back from whoever has it.
            Some(of) => of == self.term || live.host == actor.who,
            None => holder.is_none(),
        };
        if !is_theirs && !takes {
            return false;
        }
        let offered = match holder {
            Some(baton) if is_theirs => baton.offered,
            _ => !actor.role.can_present(),
        };
        // They may be on another connection by now.
        let elsewhere = holder.filter(|_| is_theirs && actor.node.is_none());
        let node = elsewhere.and_then(|baton| baton.node);
        let baton = actor.baton(offered);
        live.baton = Some(SharedBaton { node: baton.node.or(node), ..baton });
        if !is_theirs {
            self.term += 1;
            live.offer = None;
        }
        true
    }

    // [P9] The driver ends the presentation, or who began it.
    fn stop(&mut self, actor: &Actor) -> Verdict {
        let hosts = self.host() == Some(actor.who) && actor.role.can_present();
        if !self.is_driven_by(actor) && !hosts {
            return Verdict::Nothing;
        }
        (self.live, self.ended) = (None, true);
        self.term += 1;
        Verdict::Done
    }

    // [P15] What is said of a slide that was shown before counts no more.
    fn rebind(&mut self, seq: u64, slide: &Anchor, removed_by: &Option<String>) -> Verdict {
        let is_shown = seq == self.seq;
        let Some(live) = self.live.as_mut().filter(|_| is_shown) else { return Verdict::Nothing };
        live.shown.slide = slide.clone();
        if removed_by.is_some() {
            live.shown.fragment = -1;
        }
        self.seq += 1;
        Verdict::Done
    }

    // [P11] The baton waits a while for a driver whose connection was lost.
    fn lose(&mut self, term: u64, node: NodeId) -> Verdict {
        let is_now = self.term == term;
        self.with_live(|live| {
            let baton = live.baton.as_mut().filter(|baton| is_now && baton.node == Some(node))?;
            baton.node = None;
            Some(())
        })
    }

    // [P4] Nobody drives; whoever presents next goes on from what is shown.
    fn drop_baton(&mut self, term: u64, node: Option<NodeId>) -> Verdict {
        let is_now = self.term == term;
        self.with_live(|live| {
            live.baton.as_ref().filter(|baton| is_now && baton.node == node)?;
            (live.baton, live.offer) = (None, None);
            Some(())
        })
    }

    /// As if the presentation had never been, for whoever comes next.
    fn forget(&mut self, term: u64) -> Verdict {
        let is_over = self.live.as_ref().is_some_and(|live| live.baton.is_none());
        if self.term != term || !is_over {
            return Verdict::Nothing;
        }
        (self.live, self.ended) = (None, false);
        Verdict::Done
    }

    // [R10] Who returns has what is theirs, and it was nobody else's in between.
    fn welcome(&mut self, actor: &Actor, before: SharedWho) -> Verdict {
        let is_here = actor.node.is_some();
        let Some(live) = self.live.as_mut().filter(|_| is_here) else { return Verdict::Nothing };
        let was = (live.host, live.baton.clone());
        if live.host == before {
            live.host = actor.who;
        }
        if let Some(baton) = &live.baton
            && (baton.who == before || baton.who == actor.who)
        {
            let offered = baton.offered;
            live.baton = baton.suits(actor.role).then(|| actor.baton(offered));
            if live.baton.is_none() {
                live.offer = None;
            }
        }
        if was == (live.host, live.baton.clone()) { Verdict::Nothing } else { Verdict::Done }
    }
}

impl SharedBaton {
    /// Whether somebody of this role may hold it.
    pub(super) fn suits(&self, role: Role) -> bool {
        role.can_present() || self.offered && role.can_edit()
    }
}

impl Actor {
    fn baton(&self, offered: bool) -> SharedBaton {
        SharedBaton { who: self.who, name: self.name.clone(), node: self.node, offered }
    }
}
