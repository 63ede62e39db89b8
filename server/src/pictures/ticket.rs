//! Tickets for pictures: slides are shown in a frame that has no origin, so no cookie comes with what it
//! asks for. Each address of a picture in it carries one of these instead.
//!
//! A ticket opens the pictures of one deck, and only as long as the link that it was made for holds, or
//! the person that it was made for may see the deck: that is looked up at every request. A deck's own CSS
//! can read tickets out of addresses and send them elsewhere, so nothing in one says who it is for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::store::access::{AccessStore, Principal};
use crate::store::{DeckId, LinkRole, StoreError};

/// Bytes of what proves a ticket.
const PROOF_BYTES: usize = 16;
/// Bytes that hold a principal: its length and at most 31 more. Always all of them, so that the length
/// of a ticket says nothing.
const HOLDER_BYTES: usize = 32;

/// Whom a ticket was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Whoever has this link.
    Link(LinkRole, u64),
    /// One person.
    Principal(Principal),
}

/// Makes tickets and reads them.
#[derive(Clone)]
pub(crate) struct Tickets {
    secret: [u8; 32],
}

impl Tickets {
    /// Tickets by a secret that only this server and its backups know.
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// For whoever has a link.
    pub(crate) fn for_link(&self, deck: &DeckId, role: LinkRole, serial: u64) -> String {
        let body = format!("l.{}.{serial}", role.name());
        let proof = URL_SAFE_NO_PAD.encode(self.proof(deck, body.as_bytes()));
        format!("{body}.{proof}")
    }

    /// For one person. Empty, which opens nothing, for one whose name is longer than any is.
    pub(crate) fn for_principal(&self, deck: &DeckId, principal: &Principal) -> String {
        let Some(mut holder) = padded(principal) else { return String::new() };
        let proof = self.proof(deck, &holder);
        // The proof is another one for every deck and person, so no key is used twice (as in SIV).
        self.hide(deck, &proof, &mut holder);
        format!("s.{}.{}", URL_SAFE_NO_PAD.encode(holder), URL_SAFE_NO_PAD.encode(proof))
    }

    /// Whom a ticket to a deck's pictures was made for; `None` when this server did not make it for that.
    pub(crate) fn read(&self, deck: &DeckId, ticket: &str) -> Option<Holder> {
        let (body, proof) = ticket.rsplit_once('.')?;
        let proof: [u8; PROOF_BYTES] = URL_SAFE_NO_PAD.decode(proof).ok()?.try_into().ok()?;
        match body.split_once('.')? {
            ("l", link) => {
                self.check(deck, body.as_bytes(), &proof)?;
                let (role, serial) = link.split_once('.')?;
                Some(Holder::Link(LinkRole::parse(role)?, serial.parse().ok()?))
            }
            ("s", holder) => {
                let holder = URL_SAFE_NO_PAD.decode(holder).ok()?;
                let mut holder: [u8; HOLDER_BYTES] = holder.try_into().ok()?;
                self.hide(deck, &proof, &mut holder);
                self.check(deck, &holder, &proof)?;
                let length = usize::from(holder[0]);
                let name = std::str::from_utf8(holder.get(1..=length)?).ok()?;
                Some(Holder::Principal(Principal(name.to_owned())))
            }
            _ => None,
        }
    }

    fn proof(&self, deck: &DeckId, body: &[u8]) -> [u8; PROOF_BYTES] {
        let whole = self.mac(b"pictures\0", deck, body).finalize().into_bytes();
        std::array::from_fn(|place| whole[place])
    }

    /// In constant time.
    fn check(&self, deck: &DeckId, body: &[u8], proof: &[u8]) -> Option<()> {
        self.mac(b"pictures\0", deck, body).verify_truncated_left(proof).ok()
    }

    /// Hides a holder, or shows it again.
    fn hide(&self, deck: &DeckId, proof: &[u8], holder: &mut [u8; HOLDER_BYTES]) {
        let stream = self.mac(b"pictures hide\0", deck, proof).finalize().into_bytes();
        for (byte, hidden) in holder.iter_mut().zip(stream) {
            *byte ^= hidden;
        }
    }

    /// No part can be taken for another: a deck's id has no NUL.
    fn mac(&self, purpose: &[u8], deck: &DeckId, body: &[u8]) -> Hmac<Sha256> {
        // A key of the hash's own block length, which takes any key as it is.
        let mut key = hmac::digest::Key::<Hmac<Sha256>>::default();
        key[..self.secret.len()].copy_from_slice(&self.secret);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&key);
        for part in [purpose, deck.as_str().as_bytes(), b"\0", body] {
            mac.update(part);
        }
        mac
    }
}

/// Whether the link that a ticket was made for still holds.
pub(crate) async fn link_holds(
    links: &dyn AccessStore,
    deck: &DeckId,
    role: LinkRole,
    serial: u64,
    now: i64,
) -> Result<bool, StoreError> {
    let newest = links.newest_link(deck, role).await?;
    let in_time = |end: Option<i64>| end.is_none_or(|end| end > now);
    Ok(newest.is_some_and(|link| link.serial == serial && in_time(link.expires_at)))
}

fn padded(principal: &Principal) -> Option<[u8; HOLDER_BYTES]> {
    let name = principal.0.as_bytes();
    let mut holder = [0; HOLDER_BYTES];
    holder[0] = u8::try_from(name.len()).ok()?;
    holder.get_mut(1..=name.len())?.copy_from_slice(name);
    Some(holder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::NewLink;
    use crate::store::sqlite::SqliteStore;

    fn deck(id: &str) -> DeckId {
        DeckId::parse(id).unwrap()
    }

    #[test]
    fn a_ticket_opens_one_deck_of_one_server() {
        let tickets = Tickets::new([7; 32]);
        let ada = Principal("user:ZXxhQ0bvSzKc4mYpN1dE9g".to_owned());
        let ticket = tickets.for_principal(&deck("a"), &ada);
        assert_eq!(tickets.read(&deck("a"), &ticket), Some(Holder::Principal(ada)));
        assert_eq!(tickets.read(&deck("b"), &ticket), None);
        assert_eq!(Tickets::new([8; 32]).read(&deck("a"), &ticket), None);
        let link = tickets.for_link(&deck("a"), LinkRole::Follow, 12);
        assert_eq!(tickets.read(&deck("a"), &link), Some(Holder::Link(LinkRole::Follow, 12)));
        assert_eq!(tickets.read(&deck("b"), &link), None);
        assert_eq!(tickets.read(&deck("a"), &link.replace(".12.", ".13.")), None);
        assert_eq!(tickets.read(&deck("a"), &link.replace("follow", "remote")), None);
    }

    #[test]
    fn a_ticket_does_not_say_who_it_is_for() {
        let tickets = Tickets::new([7; 32]);
        let of = |name: &str, id| tickets.for_principal(&deck(id), &Principal(name.to_owned()));
        let (ada, admin) = (of("user:ZXxhQ0bvSzKc4mYpN1dE9g", "a"), of("admin", "a"));
        assert_eq!(ada.len(), admin.len());
        assert!(!ada.contains("user") && !admin.contains("admin"));
        assert_ne!(ada, of("user:ZXxhQ0bvSzKc4mYpN1dE9g", "b"));
        assert!(ada.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)));
    }

    #[tokio::test]
    async fn a_ticket_ends_with_the_link_that_it_was_made_for() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join("decks.sqlite")).unwrap();
        let deck = super::super::tests::make_deck(&store, "deck").await;
        let add = async |role, serial: u64, expires_at| {
            let code_sha256 = [serial as u8 + role as u8 * 16; 32];
            let link = NewLink { deck: deck.clone(), role, serial, code_sha256, expires_at };
            store.add_link(link, 1).await.unwrap();
        };
        let holds =
            async |role, serial, now| link_holds(&store, &deck, role, serial, now).await.unwrap();
        assert!(!holds(LinkRole::Follow, 1, 5).await);
        add(LinkRole::Follow, 1, None).await;
        add(LinkRole::Edit, 1, Some(10)).await;
        assert!(holds(LinkRole::Follow, 1, 5).await && !holds(LinkRole::Follow, 2, 5).await);
        assert!(holds(LinkRole::Edit, 1, 9).await && !holds(LinkRole::Edit, 1, 10).await);
        add(LinkRole::Follow, 2, None).await;
        assert!(!holds(LinkRole::Follow, 1, 5).await && holds(LinkRole::Follow, 2, 5).await);
    }

    #[test]
    fn a_ticket_that_was_changed_anywhere_opens_nothing() {
        let tickets = Tickets::new([7; 32]);
        let (deck, guest) = (deck("a"), Principal("guest".to_owned()));
        let all =
            [tickets.for_principal(&deck, &guest), tickets.for_link(&deck, LinkRole::Edit, 1)];
        for ticket in all {
            for place in 0..ticket.len() {
                let mut bytes = ticket.clone().into_bytes();
                bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(bytes).unwrap();
                let read = tickets.read(&deck, &changed);
                // The last letter of base64 has bits that mean nothing, which are refused as well.
                assert_eq!(read, None, "{changed}");
            }
            assert_eq!(tickets.read(&deck, &ticket[..ticket.len() - 1]), None);
        }
        for nonsense in ["", ".", "s..", "l..", "s.a.b", "l.follow.1.", "x.y.z", "...."] {
            assert_eq!(tickets.read(&deck, nonsense), None, "{nonsense}");
        }
    }
}
