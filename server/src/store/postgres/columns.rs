//! What columns hold, and decks that are held while something is counted.

use std::borrow::Cow;

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::pool::{Failed, execute, row, text};
use crate::store::access::Sum;
use crate::store::{DeckId, StoreError};

/// A parameter of a statement.
pub(super) type Param<'a> = &'a (dyn ToSql + Sync);

/// Holds decks until the end of the transaction: what is counted or asked about them then stays so
/// until it is changed, on whichever node. Always in one order, so that two never wait for each other.
pub(super) async fn lock(client: &impl GenericClient, decks: &[&DeckId]) -> Result<(), Failed> {
    let ids: Vec<&str> = decks.iter().map(|deck| deck.as_str()).collect();
    let sql = "SELECT 1 FROM decks WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
    execute(client, sql, &[&ids]).await.map(drop)
}

/// The row that a query always gives.
pub(super) async fn one(
    client: &impl GenericClient,
    sql: &str,
    values: &[Param<'_>],
) -> Result<Row, Failed> {
    let nothing = || unreadable("a query gave nothing");
    row(client, sql, values).await?.ok_or_else(nothing)
}

/// The word in a column, as what it stands for.
pub(super) fn word<T>(row: &Row, column: usize, parse: fn(&str) -> Option<T>) -> Result<T, Failed> {
    let text: &str = row.try_get(column)?;
    parse(text).ok_or_else(|| unreadable(format!("nobody knows what `{text}` is")))
}

/// The id of a deck in a column.
pub(super) fn deck(row: &Row, column: usize) -> Result<DeckId, Failed> {
    Ok(DeckId(row.try_get(column)?))
}

/// A number that is never below zero.
pub(super) fn whole<T: TryFrom<i64>>(row: &Row, column: usize) -> Result<T, Failed> {
    let number: i64 = row.try_get(column)?;
    T::try_from(number).map_err(|_| unreadable(format!("the number {number} does not fit")))
}

/// A sum, where there is one.
pub(super) fn maybe_sum(row: &Row, column: usize) -> Result<Option<Sum>, Failed> {
    let bytes: Option<&[u8]> = row.try_get(column)?;
    let wrong = |_| unreadable("a sum has 32 bytes");
    bytes.map(Sum::try_from).transpose().map_err(wrong)
}

/// The value that stands in a column as JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row, column: usize) -> Result<T, Failed> {
    serde_json::from_str(row.try_get(column)?).map_err(unreadable)
}

/// A list of words in one column.
pub(super) fn list(words: &[String]) -> String {
    serde_json::Value::from(words).to_string()
}

/// What stands in a row and is not what was written.
pub(super) fn unreadable(why: impl ToString) -> Failed {
    StoreError(why.to_string()).into()
}

/// A number as PostgreSQL holds it, which has no larger ones.
pub(super) fn int(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// Texts as PostgreSQL takes them.
pub(super) fn texts(texts: &[String]) -> Vec<Cow<'_, str>> {
    texts.iter().map(|one| text(one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_beyond_what_postgresql_holds_is_the_largest() {
        assert_eq!((int(7_u64), int(u64::MAX)), (7, i64::MAX));
    }
}
