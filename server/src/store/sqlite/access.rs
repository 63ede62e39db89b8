//! What is known of people, in the database: which part of it each call goes to.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};

use super::{SqliteStore, audit, create, links, people, sections, sessions, talk};
use crate::store::access::{
    AccessStore, AuditEntry, DeckAccess, DeckLevel, Link, Login, PersonRole, Principal, Session,
    SignedIn, Sum, User,
};
use crate::store::{DeckId, DeckRecord, LinkRole, NewDeck, NewLink, StoreResult};

impl AccessStore for SqliteStore {
    fn add_session(
        &self,
        token_sha256: Sum,
        principal: Principal,
        now: i64,
        expires_at: i64,
    ) -> StoreResult<()> {
        self.write(move |savepoint| {
            sessions::add(savepoint, token_sha256, &principal, now, expires_at)
        })
    }

    fn session(&self, token_sha256: Sum, now: i64) -> StoreResult<Option<Session>> {
        self.read(move |connection| sessions::find(connection, token_sha256, now))
    }

    fn touch_session(&self, token_sha256: Sum, now: i64, expires_at: i64) -> StoreResult<()> {
        self.write(move |savepoint| sessions::touch(savepoint, token_sha256, now, expires_at))
    }

    fn end_session(&self, token_sha256: Sum) -> StoreResult<()> {
        self.write(move |savepoint| sessions::end(savepoint, token_sha256))
    }

    fn add_login(&self, login: Login, now: i64) -> StoreResult<()> {
        self.write(move |savepoint| sessions::add_login(savepoint, &login, now))
    }

    fn take_login(&self, state_sha256: Sum, now: i64) -> StoreResult<Option<Login>> {
        self.write(move |savepoint| sessions::take_login(savepoint, state_sha256, now))
    }

    fn sign_in(
        &self,
        signed_in: SignedIn,
        guest: Option<Principal>,
        now: i64,
    ) -> StoreResult<User> {
        let fresh = DeckId::random().map(|id| Principal(format!("user:{id}")));
        let work = |fresh| {
            self.write(move |savepoint| {
                let user = sessions::sign_in(savepoint, signed_in, fresh, now)?;
                if let Some(guest) = guest.filter(|guest| guest.0.starts_with("guest:")) {
                    people::carry_over(savepoint, &guest, &user.principal)?;
                    links::carry_over(savepoint, &guest, &user.principal)?;
                    talk::carry_over(savepoint, &guest, &user.principal)?;
                    sections::carry_over(savepoint, &guest, &user.principal)?;
                    sessions::end_all(savepoint, &guest)?;
                }
                Ok(user)
            })
        };
        fresh.map_or_else(|error| Box::pin(async { Err(error) }) as StoreResult<User>, work)
    }

    fn users(&self, principals: Vec<Principal>) -> StoreResult<Vec<User>> {
        self.read(move |connection| sessions::users(connection, &principals))
    }

    fn create_deck_for(
        &self,
        deck: NewDeck,
        owner: Option<Principal>,
        level: DeckLevel,
    ) -> StoreResult<DeckRecord> {
        self.write(move |savepoint| {
            let record = create(savepoint, deck)?;
            people::set_level(savepoint, &record.id, level)?;
            if let Some(owner) = owner {
                let (deck, at) = (&record.id, record.created_at);
                people::set(savepoint, deck, &owner.0, Some(PersonRole::Owner), at)?;
            }
            Ok(record)
        })
    }

    fn deck_access(
        &self,
        deck: &DeckId,
        subjects: Vec<String>,
        in_bin: bool,
        now: i64,
    ) -> StoreResult<Option<DeckAccess>> {
        let deck = deck.clone();
        self.read(move |connection| {
            // One read transaction: what is changed in between counts as a whole, or not yet.
            let transaction = connection.unchecked_transaction()?;
            let Some((level, owned)) = people::level(&transaction, &deck, in_bin)? else {
                return Ok(None);
            };
            let person = people::role(&transaction, &deck, &subjects)?;
            let principal = subjects.first().map_or("", String::as_str);
            let links = links::granted(&transaction, &deck, principal, now)?;
            Ok(Some(DeckAccess { level, owned, person, links }))
        })
    }

    fn decks_of(&self, subjects: Vec<String>, now: i64) -> StoreResult<Vec<DeckId>> {
        self.read(move |connection| people::decks_of(connection, &subjects, now))
    }

    fn levels(&self) -> StoreResult<Vec<(DeckId, DeckLevel)>> {
        self.read(people::levels)
    }

    fn set_level(&self, deck: &DeckId, level: DeckLevel) -> StoreResult<()> {
        let deck = deck.clone();
        self.write(move |savepoint| people::set_level(savepoint, &deck, level))
    }

    fn people(&self, deck: &DeckId) -> StoreResult<Vec<(String, PersonRole)>> {
        let deck = deck.clone();
        self.read(move |connection| people::all(connection, &deck))
    }

    fn set_person(
        &self,
        deck: &DeckId,
        subject: String,
        role: Option<PersonRole>,
        now: i64,
    ) -> StoreResult<bool> {
        let deck = deck.clone();
        self.write(move |savepoint| people::set(savepoint, &deck, &subject, role, now))
    }

    fn add_link(&self, link: NewLink, now: i64) -> StoreResult<()> {
        self.write(move |savepoint| links::add(savepoint, &link, now))
    }

    fn set_link_expiry(
        &self,
        deck: &DeckId,
        role: LinkRole,
        expires_at: Option<i64>,
    ) -> StoreResult<bool> {
        let deck = deck.clone();
        self.write(move |savepoint| links::set_expiry(savepoint, &deck, role, expires_at))
    }

    fn link(&self, code_sha256: Sum, now: i64) -> StoreResult<Option<Link>> {
        self.read(move |connection| links::find(connection, code_sha256, now))
    }

    fn newest_link(&self, deck: &DeckId, role: LinkRole) -> StoreResult<Option<Link>> {
        let deck = deck.clone();
        self.read(move |connection| links::newest(connection, &deck, role))
    }

    fn add_grant(&self, principal: Principal, link: Link, now: i64) -> StoreResult<()> {
        self.write(move |savepoint| links::grant(savepoint, &principal, &link, now))
    }

    fn add_audit(&self, entry: AuditEntry) -> StoreResult<()> {
        self.write(move |savepoint| audit::add(savepoint, &entry))
    }

    fn audit(&self, deck: Option<DeckId>, most: usize) -> StoreResult<Vec<AuditEntry>> {
        self.read(move |connection| audit::newest(connection, deck.as_ref(), most))
    }
}

/// A list of words as one parameter of a query, which reads it with `json_each`.
pub(super) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    serde_json::Value::from_iter(words).to_string()
}

fn word<T>(value: ValueRef<'_>, parse: fn(&str) -> Option<T>) -> FromSqlResult<T> {
    parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
}

impl FromSql for PersonRole {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        word(value, Self::parse)
    }
}

impl FromSql for DeckLevel {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        word(value, Self::parse)
    }
}

impl FromSql for LinkRole {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        word(value, Self::parse)
    }
}
