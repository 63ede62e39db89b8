//! What is said beside slides, who was there, and how long calls took, as rows.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::PostgresStore;
use super::columns::{self, int};
use super::pool::{Failed, execute, row, rows, text};
use crate::store::access::Principal;
use crate::store::talk::{
    Added, Attendee, Call, CallStore, Change, Message, MessageKind, Most, TalkStore,
};
use crate::store::{DeckId, StoreResult};

/// So long the id of a removed message is remembered, in milliseconds: a page that could not hear
/// whether it was taken sends it again within a day, or asks its person.
const REMEMBERED: i64 = 24 * 60 * 60 * 1_000;

const COLUMNS: &str = "id, anchor, slide, kind, principal, name, text, at, starred_at, done_at";
const IN_ORDER: &str = "ORDER BY at, id";

fn message(row: &Row) -> Result<Message, Failed> {
    Ok(Message {
        id: row.try_get(0)?,
        anchor: row.try_get(1)?,
        slide: row.try_get(2)?,
        kind: columns::word(row, 3, MessageKind::parse)?,
        principal: Principal(row.try_get(4)?),
        name: row.try_get(5)?,
        text: row.try_get(6)?,
        at: row.try_get(7)?,
        starred_at: row.try_get(8)?,
        done_at: row.try_get(9)?,
    })
}

fn attendee(row: &Row) -> Result<Attendee, Failed> {
    let principal = Principal(row.try_get(0)?);
    Ok(Attendee { principal, name: row.try_get(1)?, at: row.try_get(2)? })
}

/// Messages that were not removed, of which `filter` says more; `$1` is the deck.
async fn messages(
    client: &impl GenericClient,
    filter: &str,
    params: &[columns::Param<'_>],
) -> Result<Vec<Message>, Failed> {
    let sql =
        format!("SELECT {COLUMNS} FROM discussion WHERE deck = $1 AND removed_at IS NULL {filter}");
    rows(client, &sql, params).await?.iter().map(message).collect()
}

impl TalkStore for PostgresStore {
    fn add_message(&self, deck: &DeckId, message: Message, most: Most) -> StoreResult<Added> {
        self.write((deck.clone(), message, most), |transaction, (deck, message, most)| {
            Box::pin(add(transaction, deck, message, *most))
        })
    }

    fn messages(&self, deck: &DeckId) -> StoreResult<Vec<Message>> {
        self.one(deck.clone(), |client, deck| {
            Box::pin(async move { messages(client, IN_ORDER, &[&deck.as_str()]).await })
        })
    }

    fn messages_of(&self, deck: &DeckId, principal: Principal) -> StoreResult<Vec<Message>> {
        self.one((deck.clone(), principal), |client, (deck, principal)| {
            Box::pin(async move {
                let filter = format!("AND principal = $2 {IN_ORDER}");
                messages(client, &filter, &[&deck.as_str(), &principal.0]).await
            })
        })
    }

    fn message(&self, deck: &DeckId, id: &str) -> StoreResult<Option<Message>> {
        self.one((deck.clone(), id.to_owned()), |client, (deck, id)| {
            Box::pin(async move {
                let found = messages(client, "AND id = $2", &[&deck.as_str(), &text(id)]).await?;
                Ok(found.into_iter().next())
            })
        })
    }

    fn change_message(
        &self,
        deck: &DeckId,
        id: &str,
        change: Change,
        now: i64,
    ) -> StoreResult<Option<Message>> {
        let args = (deck.clone(), id.to_owned(), change, now);
        self.one(args, |client, (deck, id, changed, now)| {
            Box::pin(alter(client, deck, id, changed, *now))
        })
    }

    fn remove_message(&self, deck: &DeckId, id: &str, now: i64) -> StoreResult<bool> {
        self.one((deck.clone(), id.to_owned(), now), |client, (deck, id, now)| {
            Box::pin(async move {
                let sql = "UPDATE discussion
                           SET removed_at = $3, text = '', name = '', slide = '', anchor = NULL
                           WHERE deck = $1 AND id = $2 AND removed_at IS NULL";
                Ok(execute(client, sql, &[&deck.as_str(), &text(id), now]).await? > 0)
            })
        })
    }

    fn attend(&self, deck: &DeckId, attendee: Attendee, most: usize) -> StoreResult<bool> {
        self.write((deck.clone(), attendee, most), |transaction, (deck, attendee, most)| {
            Box::pin(attend(transaction, deck, attendee, *most))
        })
    }

    fn forget_attendee(&self, deck: &DeckId, principal: Principal) -> StoreResult<()> {
        self.one((deck.clone(), principal), |client, (deck, principal)| {
            Box::pin(async move {
                let sql = "DELETE FROM attendance WHERE deck = $1 AND principal = $2";
                execute(client, sql, &[&deck.as_str(), &principal.0]).await.map(drop)
            })
        })
    }

    fn attendees(&self, deck: &DeckId) -> StoreResult<Vec<Attendee>> {
        self.one(deck.clone(), |client, deck| {
            Box::pin(async move {
                let sql = "SELECT principal, name, at FROM attendance
                           WHERE deck = $1 ORDER BY at, principal";
                rows(client, sql, &[&deck.as_str()]).await?.iter().map(attendee).collect()
            })
        })
    }

    fn attendee(&self, deck: &DeckId, principal: Principal) -> StoreResult<Option<Attendee>> {
        self.one((deck.clone(), principal), |client, (deck, principal)| {
            Box::pin(async move {
                let sql = "SELECT principal, name, at FROM attendance
                           WHERE deck = $1 AND principal = $2";
                let found = row(client, sql, &[&deck.as_str(), &principal.0]).await?;
                found.as_ref().map(attendee).transpose()
            })
        })
    }

    fn call_at(&self, deck: &DeckId) -> StoreResult<Option<String>> {
        self.one(deck.clone(), |client, deck| {
            Box::pin(async move {
                let sql = "SELECT call_at FROM decks WHERE id = $1";
                let found = row(client, sql, &[&deck.as_str()]).await?;
                Ok(found.map(|row| row.try_get(0)).transpose()?.flatten())
            })
        })
    }
}

impl CallStore for PostgresStore {
    fn save_call(&self, deck: &DeckId, call: Call) -> StoreResult<()> {
        self.one((deck.clone(), call), |client, (deck, call)| {
            Box::pin(async move {
                // Of two nodes that note it, one may not know yet that it has ended.
                let sql = "INSERT INTO calls (deck, began_at, ended_at, times)
                           VALUES ($1, $2, $3, $4)
                           ON CONFLICT (deck, began_at)
                           DO UPDATE SET ended_at = excluded.ended_at, times = excluded.times
                           WHERE calls.ended_at IS NULL OR excluded.ended_at IS NOT NULL";
                let Call { began_at, ended_at, times } = call;
                let values: [columns::Param<'_>; 4] =
                    [&deck.as_str(), began_at, ended_at, &text(times)];
                execute(client, sql, &values).await.map(drop)
            })
        })
    }

    fn last_call(&self, deck: &DeckId) -> StoreResult<Option<Call>> {
        self.one(deck.clone(), |client, deck| {
            Box::pin(async move {
                let sql = "SELECT began_at, ended_at, times FROM calls
                           WHERE deck = $1 ORDER BY began_at DESC LIMIT 1";
                let Some(row) = row(client, sql, &[&deck.as_str()]).await? else {
                    return Ok(None);
                };
                let (began_at, ended_at) = (row.try_get(0)?, row.try_get(1)?);
                Ok(Some(Call { began_at, ended_at, times: row.try_get(2)? }))
            })
        })
    }
}

async fn alter(
    client: &impl GenericClient,
    deck: &DeckId,
    id: &str,
    change: &Change,
    now: i64,
) -> Result<Option<Message>, Failed> {
    let sql = format!(
        "UPDATE discussion SET
             text = coalesce($3::text, text),
             starred_at = CASE WHEN $4::boolean IS NULL THEN starred_at
                               WHEN $4 THEN coalesce(starred_at, $6) END,
             done_at = CASE WHEN $5::boolean IS NULL THEN done_at
                            WHEN $5 THEN coalesce(done_at, $6) END
         WHERE deck = $1 AND id = $2 AND removed_at IS NULL
         RETURNING {COLUMNS}"
    );
    let Change { text: words, starred, done } = change;
    let words = words.as_deref().map(text);
    let values: [columns::Param<'_>; 6] = [&deck.as_str(), &text(id), &words, starred, done, &now];
    row(client, &sql, &values).await?.as_ref().map(message).transpose()
}

/// What became of a message that was there already.
async fn known(
    client: &impl GenericClient,
    deck: &DeckId,
    new: &Message,
) -> Result<Option<Added>, Failed> {
    let sql = format!(
        "SELECT {COLUMNS}, removed_at IS NOT NULL FROM discussion WHERE deck = $1 AND id = $2"
    );
    let Some(row) = row(client, &sql, &[&deck.as_str(), &text(&new.id)]).await? else {
        return Ok(None);
    };
    let (known, removed) = (message(&row)?, row.try_get(10)?);
    Ok(Some(match (known.principal == new.principal, removed) {
        (false, _) => Added::Taken,
        (true, true) => Added::Removed,
        (true, false) => Added::Known(Box::new(known)),
    }))
}

/// Counted and added while the deck is held: two that come at the same time, on two nodes, do not both
/// take the last place.
async fn add(
    client: &impl GenericClient,
    deck: &DeckId,
    new: &Message,
    most: Most,
) -> Result<Added, Failed> {
    columns::lock(client, &[deck]).await?;
    if let Some(known) = known(client, deck, new).await? {
        return Ok(known);
    }
    let sql = "DELETE FROM discussion WHERE deck = $1 AND removed_at < $2";
    execute(client, sql, &[&deck.as_str(), &(new.at - REMEMBERED)]).await?;
    // What was removed lately counts as well: else a script could write and remove without end.
    let sql = "SELECT count(*), count(*) FILTER (WHERE principal = $2),
                      count(*) FILTER (WHERE removed_at IS NULL)
               FROM discussion WHERE deck = $1";
    let row = columns::one(client, sql, &[&deck.as_str(), &new.principal.0]).await?;
    let (all, own): (usize, usize) = (columns::whole(&row, 0)?, columns::whole(&row, 1)?);
    let living: usize = columns::whole(&row, 2)?;
    if living >= most.messages || all >= 2 * most.messages || own >= most.of_principal {
        return Ok(Added::Full);
    }
    let Message { id, anchor, slide, kind, principal, name, text: words, at, .. } = new;
    let sql = "INSERT INTO discussion (deck, id, anchor, slide, kind, principal, name, text, at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (anchor, kind) = (anchor.as_deref().map(text), kind.name());
    let [id, slide, name, words] = [id, slide, name, words].map(|words| text(words));
    let values: [columns::Param<'_>; 9] =
        [&deck.as_str(), &id, &anchor, &slide, &kind, &principal.0, &name, &words, at];
    execute(client, sql, &values).await?;
    Ok(Added::New)
}

/// Asked and added while the deck is held: of two who come at the same time one may be the last.
async fn attend(
    client: &impl GenericClient,
    deck: &DeckId,
    attendee: &Attendee,
    most: usize,
) -> Result<bool, Failed> {
    columns::lock(client, &[deck]).await?;
    let Attendee { principal, name, at } = attendee;
    let sql = "INSERT INTO attendance (deck, principal, name, at)
               SELECT $1::text, $2::text, $3::text, $4::bigint
               WHERE EXISTS (SELECT 1 FROM attendance WHERE deck = $1 AND principal = $2)
                  OR (SELECT count(*) FROM attendance WHERE deck = $1) < $5
               ON CONFLICT (deck, principal) DO UPDATE SET name = excluded.name";
    let values: [columns::Param<'_>; 5] =
        [&deck.as_str(), &principal.0, &text(name), at, &int(most)];
    Ok(execute(client, sql, &values).await? > 0)
}

/// What somebody said, and that they were there, becomes another's.
pub(super) async fn carry_over(
    client: &impl GenericClient,
    from: &Principal,
    to: &Principal,
) -> Result<(), Failed> {
    let both: [columns::Param<'_>; 2] = [&from.0, &to.0];
    let sql = "UPDATE discussion SET principal = $2 WHERE principal = $1";
    execute(client, sql, &both).await?;
    // Who was there as both was there once.
    let sql = "WITH moved AS (
                   DELETE FROM attendance WHERE principal = $1 RETURNING deck, name, at
               )
               INSERT INTO attendance (deck, principal, name, at)
               SELECT deck, $2::text, name, at FROM moved ON CONFLICT DO NOTHING";
    execute(client, sql, &both).await.map(drop)
}

#[cfg(test)]
mod tests {
    use crate::store::contract;
    use crate::store::postgres::testing::Database;

    #[tokio::test]
    async fn postgresql_keeps_the_contract_of_talk() {
        contract::talk::check(Database::new().store().await).await;
    }
}
