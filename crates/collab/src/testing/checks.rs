//! What must hold when all is quiet.

use std::collections::BTreeSet;

use super::{Net, Peer};
use crate::doc;
use crate::presentation::Presentation;
use crate::replica::{Replica, Status};

/// Longer than any client waits before it says again that it is here.
const PRESENCE_ROUND: u64 = 16_000;

impl Net {
    /// Checks that everybody agrees and nothing is lost, doubled or invented; call it when
    /// the network is quiet, nobody is partitioned and the server is up.
    ///
    /// # Panics
    /// When a promise is broken.
    pub fn check(&self) {
        let text = self.journal.load().text();
        self.check_servers(&text);
        for (who, peer) in self.honest() {
            assert_same(&peer.text(), &text, &format!("peer {who}"));
            if let Some(replica) = peer.replica() {
                assert_eq!(replica.status(), Status::Saved, "peer {who}");
                assert_eq!(replica.unsaved(), 0, "peer {who}");
            }
        }
        self.ledger.check(&text, |author| self.peers[author].hostile);
        self.check_presentation(&text);
    }

    /// Checks that everybody sees everybody else who may be seen, after letting some time pass.
    ///
    /// # Panics
    /// When somebody is missing or still there.
    pub fn check_people(&mut self) {
        for _ in 0..2 {
            self.pass(PRESENCE_ROUND);
            self.run_until_quiet();
        }
        let present = self.honest().find_map(|(_, peer)| peer.replica()?.presentation());
        assert!(present.is_none_or(|present| !present.away), "the baton waits for ever");
        let visible = |peer: &&Peer| peer.role.has_presence();
        let here: BTreeSet<u64> =
            self.honest().map(|(_, peer)| peer).filter(visible).map(Peer::client_id).collect();
        for (who, peer) in self.honest() {
            let Some(replica) = peer.replica() else { continue };
            let seen: BTreeSet<u64> = replica.people().map(|person| person.client).collect();
            let mut expected = here.clone();
            expected.remove(&peer.client_id());
            expected.retain(|_| peer.role.has_presence());
            assert_eq!(seen, expected, "people that peer {who} sees");
        }
    }

    fn honest(&self) -> impl Iterator<Item = (usize, &Peer)> {
        self.peers.iter().enumerate().filter(|(_, peer)| !peer.hostile && !peer.retired)
    }

    fn check_baton(&self, replicas: &[&Replica], presentation: Option<&Presentation>) {
        let driver = presentation.and_then(|presentation| presentation.driver.as_ref());
        let away = presentation.is_some_and(|presentation| presentation.away);
        let driving: Vec<_> = replicas.iter().filter(|replica| replica.is_driving()).collect();
        assert_eq!(driving.len(), usize::from(driver.is_some() && !away), "who drives");
        assert!(driver.is_some() || !away, "nobody is away");
        for replica in driving {
            let shown = presentation.map(|presentation| &presentation.shown);
            assert_eq!(replica.shows(), shown, "what the driver shows");
        }
        let hosts = replicas.iter().filter(|replica| replica.is_host()).count();
        assert!(hosts <= usize::from(presentation.is_some()), "who began it");
    }

    fn check_presentation(&self, text: &str) {
        let replicas: Vec<&Replica> =
            self.honest().filter_map(|(_, peer)| peer.replica()).collect();
        let Some(first) = replicas.first() else { return };
        let presentation = first.presentation();
        self.check_baton(&replicas, presentation);
        for replica in &replicas {
            assert_eq!(replica.presentation(), presentation, "what is presented");
            assert_eq!(replica.has_ended(), first.has_ended(), "whether it was ended");
        }
        let Some(shown) = presentation.map(|presentation| &presentation.shown) else { return };
        let Some(at) = first.offset(&shown.slide) else { panic!("nobody can find the slide") };
        for replica in &replicas {
            assert_eq!(replica.offset(&shown.slide), Some(at), "where the slide begins");
        }
        // None when the slide that was presented was removed, and this is another one.
        let mark = usize::try_from(shown.fragment).ok().map(|number| self.presented[number]);
        if let Some(label) = mark.and_then(|mark| self.ledger.whole(mark)) {
            let mut rest = text.to_owned();
            doc::apply_edits(&mut rest, &[doc::TextEdit::delete(0, at)]);
            assert!(rest.starts_with(label), "the slide shown is not the slide presented");
        }
    }
}

/// Says where two texts part, and no more of them than that.
pub(super) fn assert_same(text: &str, expected: &str, whose: &str) {
    let pairs = text.chars().zip(expected.chars());
    let at = pairs.take_while(|(a, b)| a == b).count();
    let around = |text: &str| text.chars().skip(at.saturating_sub(20)).take(60).collect::<String>();
    assert!(
        text == expected,
        "{whose} has another text from character {at} on: {:?} instead of {:?}",
        around(text),
        around(expected)
    );
}
