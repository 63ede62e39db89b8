//! Links to decks: whoever knows one gets in, and it can be taken back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::access::now;
use crate::access::sessions::sum;
use crate::error::ApiError;
use crate::store::access::{Link, SharedAccess};
use crate::store::{DeckId, LinkRole, NewLink, SharedStore, StoreError};

/// Bytes of a code for the audience: nobody guesses 128 bits, and its address still makes a QR code
/// that a phone reads from the last row.
const AUDIENCE_CODE_BYTES: usize = 16;
/// Bytes of a code for those who may do more.
const CODE_BYTES: usize = 32;

/// Makes and finds links.
#[derive(Clone)]
pub(crate) struct Links {
    store: SharedStore,
    access: SharedAccess,
}

/// A link as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MadeLink {
    pub(crate) role: LinkRole,
    pub(crate) code: String,
    pub(crate) serial: u64,
    pub(crate) expires_at: Option<i64>,
    /// It was not there before.
    pub(crate) is_new: bool,
}

impl Links {
    pub(crate) fn new(store: SharedStore, access: SharedAccess) -> Self {
        Self { store, access }
    }

    /// A deck's link, made at the first ask.
    pub(crate) async fn get(&self, deck: &DeckId, role: LinkRole) -> Result<MadeLink, ApiError> {
        self.store.deck(deck).await?.ok_or(ApiError::NoDeck)?;
        let Some(Link { serial, expires_at, .. }) = self.access.newest_link(deck, role).await?
        else {
            return self.make(deck, role, 1).await;
        };
        let code = self.code_of(deck, role, serial).await?;
        Ok(MadeLink { role, code, serial, expires_at, is_new: false })
    }

    /// Ends a deck's link and gives the next one.
    pub(crate) async fn reset(&self, deck: &DeckId, role: LinkRole) -> Result<MadeLink, ApiError> {
        self.store.deck(deck).await?.ok_or(ApiError::NoDeck)?;
        let before = self.access.newest_link(deck, role).await?.map_or(0, |link| link.serial);
        self.make(deck, role, before + 1).await
    }

    /// Says when a deck's link ends by itself.
    pub(crate) async fn set_expiry(
        &self,
        deck: &DeckId,
        role: LinkRole,
        expires_at: Option<i64>,
    ) -> Result<(), ApiError> {
        self.get(deck, role).await?;
        self.access.set_link_expiry(deck, role, expires_at).await?;
        Ok(())
    }

    /// What a code opens, for one who asks for this role.
    pub(crate) async fn find(&self, code: &str, role: LinkRole) -> Result<Link, ApiError> {
        let found = self.find_any(code).await?;
        if found.role == role { Ok(found) } else { Err(ApiError::LinkEnded) }
    }

    /// What a code opens.
    pub(crate) async fn find_any(&self, code: &str) -> Result<Link, ApiError> {
        self.access.link(sum(code), now()).await?.ok_or(ApiError::LinkEnded)
    }

    async fn make(&self, deck: &DeckId, role: LinkRole, serial: u64) -> Result<MadeLink, ApiError> {
        let code = self.code_of(deck, role, serial).await?;
        let (code_sha256, expires_at) = (sum(&code), None);
        let link = NewLink { deck: deck.clone(), role, serial, code_sha256, expires_at };
        self.access.add_link(link, now()).await?;
        Ok(MadeLink { role, code, serial, expires_at, is_new: true })
    }

    /// It is nowhere at rest: with the server's secret it is made anew.
    async fn code_of(
        &self,
        deck: &DeckId,
        role: LinkRole,
        serial: u64,
    ) -> Result<String, StoreError> {
        let secret = self.store.secret().await?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret)
            .map_err(|error| StoreError(error.to_string()))?;
        // No part can be taken for another: a deck's id has no NUL, and the rest is of one length.
        for part in [&b"link\0"[..], deck.as_str().as_bytes(), b"\0", role.name().as_bytes()] {
            mac.update(part);
        }
        mac.update(&serial.to_be_bytes());
        Ok(URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..code_bytes(role)]))
    }
}

fn code_bytes(role: LinkRole) -> usize {
    match role {
        LinkRole::Follow | LinkRole::Remote => AUDIENCE_CODE_BYTES,
        LinkRole::Comment | LinkRole::Edit | LinkRole::Present => CODE_BYTES,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::sqlite::SqliteStore;
    use crate::store::{NewDeck, Snapshot, Store as _};

    async fn linked() -> (Links, DeckId, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&dir.path().join("test.sqlite")).unwrap());
        let deck = DeckId::parse("deck").unwrap();
        let snapshot = Snapshot::new(&b""[..], "");
        let made = NewDeck { id: deck.clone(), title: String::new(), snapshot };
        store.create_deck(made).await.unwrap();
        (Links::new(store.clone(), store), deck, dir)
    }

    #[tokio::test]
    async fn a_link_stays_the_same_until_it_is_reset_and_leads_nowhere_then() {
        let (links, deck, _dir) = linked().await;
        let roles = [LinkRole::Follow, LinkRole::Remote, LinkRole::Edit, LinkRole::Present];
        let mut codes = Vec::new();
        for (role, length) in roles.into_iter().zip([22, 22, 43, 43]) {
            let code = links.get(&deck, role).await.unwrap().code;
            assert_eq!(code.len(), length);
            assert_eq!(links.get(&deck, role).await.unwrap().code, code);
            codes.push(code);
        }
        let opens = async |code: &str, role| match links.find(code, role).await {
            Ok(link) => Some(link.deck),
            Err(ApiError::LinkEnded) => None,
            Err(error) => panic!("{error}"),
        };
        // Each is good for its own role: who may follow may not press buttons.
        for (code, of) in codes.iter().zip(roles) {
            for role in roles {
                assert_eq!(opens(code, role).await.is_some(), role == of, "{of:?} as {role:?}");
            }
        }
        let next = links.reset(&deck, LinkRole::Edit).await.unwrap();
        assert_eq!((next.serial, opens(&codes[2], LinkRole::Edit).await), (2, None));
        assert_eq!(opens(&next.code, LinkRole::Edit).await, Some(deck.clone()));
        assert_eq!(opens(&codes[3], LinkRole::Present).await, Some(deck.clone()));
        let nowhere = DeckId::parse("nowhere").unwrap();
        assert!(matches!(links.get(&nowhere, LinkRole::Follow).await, Err(ApiError::NoDeck)));
        let comment = links.get(&deck, LinkRole::Comment).await.unwrap().code;
        assert_eq!(opens(&comment, LinkRole::Comment).await, Some(deck));
    }

    #[tokio::test]
    async fn a_link_ends_when_it_was_said_and_can_be_made_to_last() {
        let (links, deck, _dir) = linked().await;
        let code = links.get(&deck, LinkRole::Edit).await.unwrap().code;
        for (expires_at, holds) in
            [(Some(now() - 1), false), (Some(now() + 60_000), true), (None, true)]
        {
            links.set_expiry(&deck, LinkRole::Edit, expires_at).await.unwrap();
            let made = links.get(&deck, LinkRole::Edit).await.unwrap();
            assert_eq!((made.expires_at, &made.code), (expires_at, &code));
            assert_eq!(links.find_any(&code).await.is_ok(), holds);
        }
    }
}
