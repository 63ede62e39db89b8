//! What is known of people, in the database: which part of it each call goes to.

use deadpool_postgres::GenericClient;

use super::pool::Failed;
use super::{PostgresStore, audit, columns, create, links, people, sections, sessions, talk};
use crate::store::access::{
    AccessStore, AuditEntry, DeckAccess, DeckLevel, Link, Login, PersonRole, Principal, Session,
    SignedIn, Sum, User,
};
use crate::store::{DeckId, DeckRecord, LinkRole, NewDeck, NewLink, StoreResult};

impl AccessStore for PostgresStore {
    fn add_session(
        &self,
        token_sha256: Sum,
        principal: Principal,
        now: i64,
        expires_at: i64,
    ) -> StoreResult<()> {
        let args = (token_sha256, principal, now, expires_at);
        self.write(args, |transaction, (token, principal, now, expires_at)| {
            Box::pin(sessions::add(transaction, *token, principal, *now, *expires_at))
        })
    }

    fn session(&self, token_sha256: Sum, now: i64) -> StoreResult<Option<Session>> {
        self.one((token_sha256, now), |client, (token, now)| {
            Box::pin(sessions::find(client, *token, *now))
        })
    }

    fn touch_session(&self, token_sha256: Sum, now: i64, expires_at: i64) -> StoreResult<()> {
        self.one((token_sha256, now, expires_at), |client, (token, now, expires_at)| {
            Box::pin(sessions::touch(client, *token, *now, *expires_at))
        })
    }

    fn end_session(&self, token_sha256: Sum) -> StoreResult<()> {
        self.one(token_sha256, |client, token| Box::pin(sessions::end(client, *token)))
    }

    fn add_login(&self, login: Login, now: i64) -> StoreResult<()> {
        self.write((login, now), |transaction, (login, now)| {
            Box::pin(sessions::add_login(transaction, login, *now))
        })
    }

    fn take_login(&self, state_sha256: Sum, now: i64) -> StoreResult<Option<Login>> {
        self.one((state_sha256, now), |client, (state, now)| {
            Box::pin(sessions::take_login(client, *state, *now))
        })
    }

    fn sign_in(
        &self,
        signed_in: SignedIn,
        guest: Option<Principal>,
        now: i64,
    ) -> StoreResult<User> {
        let fresh = match DeckId::random() {
            Ok(id) => Principal(format!("user:{id}")),
            Err(error) => return Box::pin(async { Err(error) }),
        };
        let guest = guest.filter(|guest| guest.0.starts_with("guest:"));
        self.write((signed_in, fresh, guest, now), |transaction, (signed_in, fresh, guest, now)| {
            Box::pin(async move {
                let user = sessions::sign_in(transaction, signed_in, fresh, *now).await?;
                if let Some(guest) = guest {
                    carry_over(transaction, guest, &user.principal).await?;
                }
                Ok(user)
            })
        })
    }

    fn users(&self, principals: Vec<Principal>) -> StoreResult<Vec<User>> {
        self.one(principals, |client, principals| Box::pin(sessions::users(client, principals)))
    }

    fn create_deck_for(
        &self,
        deck: NewDeck,
        owner: Option<Principal>,
        level: DeckLevel,
    ) -> StoreResult<DeckRecord> {
        self.write((deck, owner, level), |transaction, (deck, owner, level)| {
            Box::pin(async move {
                let record = create(transaction, deck).await?;
                people::set_level(transaction, &record.id, *level).await?;
                if let Some(owner) = owner {
                    let (role, at) = (Some(PersonRole::Owner), record.created_at);
                    people::set(transaction, &record.id, &owner.0, role, at).await?;
                }
                Ok(record)
            })
        })
    }

    fn deck_access(
        &self,
        deck: &DeckId,
        subjects: Vec<String>,
        in_bin: bool,
        now: i64,
    ) -> StoreResult<Option<DeckAccess>> {
        self.one((deck.clone(), subjects, in_bin, now), |client, (deck, subjects, in_bin, now)| {
            Box::pin(people::access(client, deck, subjects, *in_bin, *now))
        })
    }

    fn decks_of(&self, subjects: Vec<String>, now: i64) -> StoreResult<Vec<DeckId>> {
        self.one((subjects, now), |client, (subjects, now)| {
            Box::pin(people::decks_of(client, subjects, *now))
        })
    }

    fn levels(&self) -> StoreResult<Vec<(DeckId, DeckLevel)>> {
        self.one((), |client, ()| Box::pin(people::levels(client)))
    }

    fn set_level(&self, deck: &DeckId, level: DeckLevel) -> StoreResult<()> {
        self.one((deck.clone(), level), |client, (deck, level)| {
            Box::pin(people::set_level(client, deck, *level))
        })
    }

    fn people(&self, deck: &DeckId) -> StoreResult<Vec<(String, PersonRole)>> {
        self.one(deck.clone(), |client, deck| Box::pin(people::all(client, deck)))
    }

    fn set_person(
        &self,
        deck: &DeckId,
        subject: String,
        role: Option<PersonRole>,
        now: i64,
    ) -> StoreResult<bool> {
        self.write((deck.clone(), subject, role, now), |transaction, (deck, subject, role, now)| {
            Box::pin(people::set(transaction, deck, subject, *role, *now))
        })
    }

    fn add_link(&self, link: NewLink, now: i64) -> StoreResult<()> {
        self.write((link, now), |transaction, (link, now)| {
            Box::pin(links::add(transaction, link, *now))
        })
    }

    fn set_link_expiry(
        &self,
        deck: &DeckId,
        role: LinkRole,
        expires_at: Option<i64>,
    ) -> StoreResult<bool> {
        self.write((deck.clone(), role, expires_at), |transaction, (deck, role, expires_at)| {
            Box::pin(links::set_expiry(transaction, deck, *role, *expires_at))
        })
    }

    fn link(&self, code_sha256: Sum, now: i64) -> StoreResult<Option<Link>> {
        self.one((code_sha256, now), |client, (code, now)| {
            Box::pin(links::find(client, *code, *now))
        })
    }

    fn newest_link(&self, deck: &DeckId, role: LinkRole) -> StoreResult<Option<Link>> {
        self.one((deck.clone(), role), |client, (deck, role)| {
            Box::pin(links::newest(client, deck, *role))
        })
    }

    fn add_grant(&self, principal: Principal, link: Link, now: i64) -> StoreResult<()> {
        self.one((principal, link, now), |client, (principal, link, now)| {
            Box::pin(links::grant(client, principal, link, *now))
        })
    }

    fn add_audit(&self, entry: AuditEntry) -> StoreResult<()> {
        self.write(entry, |transaction, entry| Box::pin(audit::add(transaction, entry)))
    }

    fn audit(&self, deck: Option<DeckId>, most: usize) -> StoreResult<Vec<AuditEntry>> {
        self.one((deck, most), |client, (deck, most)| {
            Box::pin(audit::newest(client, deck.as_ref(), *most))
        })
    }
}

/// What a guest had becomes that of the one who they are, and their sessions end.
async fn carry_over(
    client: &impl GenericClient,
    guest: &Principal,
    user: &Principal,
) -> Result<(), Failed> {
    // Nobody counts the owners of these decks in between.
    let named_in = people::named_in(client, guest).await?;
    columns::lock(client, &named_in.iter().collect::<Vec<_>>()).await?;
    people::carry_over(client, guest, user).await?;
    links::carry_over(client, guest, user).await?;
    talk::carry_over(client, guest, user).await?;
    sections::carry_over(client, guest, user).await?;
    sessions::end_all(client, guest).await
}

#[cfg(test)]
mod tests {
    use crate::store::contract;
    use crate::store::postgres::testing::Database;

    #[tokio::test]
    async fn postgresql_keeps_the_contract_of_access() {
        contract::access::check(Database::new().store().await).await;
    }
}
