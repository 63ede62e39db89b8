//! Sessions, sign-ins that were begun, and accounts as rows.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, Savepoint, params};

use super::access::list;
use crate::store::access::{Login, Principal, Session, SignedIn, Sum, User};

pub(super) fn add(
    savepoint: &Savepoint<'_>,
    token_sha256: Sum,
    principal: &Principal,
    now: i64,
    expires_at: i64,
) -> rusqlite::Result<()> {
    // Those that nobody used any more: they are not worth a task of their own.
    savepoint.execute("DELETE FROM sessions WHERE expires_at <= ?1", [now])?;
    let sql = "INSERT INTO sessions (token_sha256, principal, made_at, seen_at, expires_at)
               VALUES (?1, ?2, ?3, ?3, ?4)";
    savepoint.execute(sql, params![token_sha256, principal.0, now, expires_at]).map(drop)
}

pub(super) fn find(
    connection: &Connection,
    token_sha256: Sum,
    now: i64,
) -> rusqlite::Result<Option<Session>> {
    let sql = "SELECT users.principal, name, email, groups, sessions.principal, expires_at
               FROM sessions LEFT JOIN users USING (principal)
               WHERE token_sha256 = ?1 AND expires_at > ?2";
    let session = |row: &Row<'_>| {
        let has_account = row.get::<_, Option<String>>(0)?.is_some();
        let user = has_account.then(|| user(row)).transpose()?;
        Ok(Session { principal: Principal(row.get(4)?), user, expires_at: row.get(5)? })
    };
    connection.prepare_cached(sql)?.query_row(params![token_sha256, now], session).optional()
}

pub(super) fn touch(
    savepoint: &Savepoint<'_>,
    token_sha256: Sum,
    now: i64,
    expires_at: i64,
) -> rusqlite::Result<()> {
    let sql = "UPDATE sessions SET seen_at = ?2, expires_at = ?3
               WHERE token_sha256 = ?1 AND expires_at > ?2";
    savepoint.execute(sql, params![token_sha256, now, expires_at]).map(drop)
}

pub(super) fn end(savepoint: &Savepoint<'_>, token_sha256: Sum) -> rusqlite::Result<()> {
    savepoint.execute("DELETE FROM sessions WHERE token_sha256 = ?1", [token_sha256]).map(drop)
}

pub(super) fn end_all(savepoint: &Savepoint<'_>, principal: &Principal) -> rusqlite::Result<()> {
    savepoint.execute("DELETE FROM sessions WHERE principal = ?1", [&principal.0]).map(drop)
}

pub(super) fn add_login(
    savepoint: &Savepoint<'_>,
    login: &Login,
    now: i64,
) -> rusqlite::Result<()> {
    savepoint.execute("DELETE FROM logins WHERE expires_at <= ?1", [now])?;
    let Login { state_sha256, browser_sha256, nonce, verifier, return_to, expires_at } = login;
    let sql = "INSERT INTO logins
               (state_sha256, browser_sha256, nonce, verifier, return_to, expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let row = params![state_sha256, browser_sha256, nonce, verifier, return_to, expires_at];
    savepoint.execute(sql, row).map(drop)
}

pub(super) fn take_login(
    savepoint: &Savepoint<'_>,
    state_sha256: Sum,
    now: i64,
) -> rusqlite::Result<Option<Login>> {
    let sql = "DELETE FROM logins WHERE state_sha256 = ?1
               RETURNING browser_sha256, nonce, verifier, return_to, expires_at";
    let login = |row: &Row<'_>| {
        Ok(Login {
            state_sha256,
            browser_sha256: row.get(0)?,
            nonce: row.get(1)?,
            verifier: row.get(2)?,
            return_to: row.get(3)?,
            expires_at: row.get(4)?,
        })
    };
    let taken = savepoint.query_row(sql, [state_sha256], login).optional()?;
    Ok(taken.filter(|login| login.expires_at > now))
}

/// The account of somebody who signs in; `fresh` is who they are if they never did before.
pub(super) fn sign_in(
    savepoint: &Savepoint<'_>,
    signed_in: SignedIn,
    fresh: Principal,
    now: i64,
) -> rusqlite::Result<User> {
    let SignedIn { issuer, subject, name, email, groups } = signed_in;
    let sql =
        "INSERT INTO users (principal, issuer, subject, name, email, groups, made_at, seen_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
         ON CONFLICT (issuer, subject) DO UPDATE SET
             name = excluded.name, email = excluded.email, groups = excluded.groups,
             seen_at = excluded.seen_at
         RETURNING principal, name, email, groups";
    let words = list(groups.iter().map(String::as_str));
    savepoint.query_row(sql, params![fresh.0, issuer, subject, name, email, words, now], user)
}

pub(super) fn users(
    connection: &Connection,
    principals: &[Principal],
) -> rusqlite::Result<Vec<User>> {
    let sql = "SELECT principal, name, email, groups FROM users
               WHERE principal IN (SELECT value FROM json_each(?1)) ORDER BY principal";
    let words = list(principals.iter().map(|principal| principal.0.as_str()));
    connection.prepare_cached(sql)?.query_map([words], user)?.collect()
}

/// Of the first four columns.
fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    let groups = serde_json::from_str(&row.get::<_, String>(3)?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(3, Type::Text, error.into()))?;
    Ok(User { principal: Principal(row.get(0)?), name: row.get(1)?, email: row.get(2)?, groups })
}
