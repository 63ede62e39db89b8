//! Sessions, sign-ins that were begun, and accounts as rows.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::columns::{self, list, maybe_sum, unreadable};
use super::pool::{Failed, execute, row, rows, text};
use crate::store::access::{Login, Principal, Session, SignedIn, Sum, User};

pub(super) async fn add(
    client: &impl GenericClient,
    token_sha256: Sum,
    principal: &Principal,
    now: i64,
    expires_at: i64,
) -> Result<(), Failed> {
    // Those that nobody used any more: they are not worth a task of their own. What another node is
    // about to remove is left to it.
    let sql = "DELETE FROM sessions WHERE token_sha256 IN (
                   SELECT token_sha256 FROM sessions WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)";
    execute(client, sql, &[&now]).await?;
    let sql = "INSERT INTO sessions (token_sha256, principal, made_at, seen_at, expires_at)
               VALUES ($1, $2, $3, $3, $4)";
    execute(client, sql, &[&&token_sha256[..], &principal.0, &now, &expires_at]).await.map(drop)
}

pub(super) async fn find(
    client: &impl GenericClient,
    token_sha256: Sum,
    now: i64,
) -> Result<Option<Session>, Failed> {
    let sql = "SELECT users.principal, name, email, groups, sessions.principal, expires_at
               FROM sessions LEFT JOIN users ON users.principal = sessions.principal
               WHERE token_sha256 = $1 AND expires_at > $2";
    let session = |row: Row| -> Result<Session, Failed> {
        let has_account = row.try_get::<_, Option<&str>>(0)?.is_some();
        let user = has_account.then(|| user(&row)).transpose()?;
        Ok(Session { principal: Principal(row.try_get(4)?), user, expires_at: row.try_get(5)? })
    };
    row(client, sql, &[&&token_sha256[..], &now]).await?.map(session).transpose()
}

pub(super) async fn touch(
    client: &impl GenericClient,
    token_sha256: Sum,
    now: i64,
    expires_at: i64,
) -> Result<(), Failed> {
    let sql = "UPDATE sessions SET seen_at = $2, expires_at = $3
               WHERE token_sha256 = $1 AND expires_at > $2";
    execute(client, sql, &[&&token_sha256[..], &now, &expires_at]).await.map(drop)
}

pub(super) async fn end(client: &impl GenericClient, token_sha256: Sum) -> Result<(), Failed> {
    let sql = "DELETE FROM sessions WHERE token_sha256 = $1";
    execute(client, sql, &[&&token_sha256[..]]).await.map(drop)
}

pub(super) async fn end_all(
    client: &impl GenericClient,
    principal: &Principal,
) -> Result<(), Failed> {
    let sql = "DELETE FROM sessions WHERE principal = $1";
    execute(client, sql, &[&principal.0]).await.map(drop)
}

pub(super) async fn add_login(
    client: &impl GenericClient,
    login: &Login,
    now: i64,
) -> Result<(), Failed> {
    let sql = "DELETE FROM logins WHERE state_sha256 IN (
                   SELECT state_sha256 FROM logins WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)";
    execute(client, sql, &[&now]).await?;
    let Login { state_sha256, browser_sha256, nonce, verifier, return_to, expires_at } = login;
    let sql = "INSERT INTO logins
               (state_sha256, browser_sha256, nonce, verifier, return_to, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6)";
    let return_to = text(return_to);
    let (state, browser) = (&state_sha256[..], &browser_sha256[..]);
    execute(client, sql, &[&state, &browser, nonce, verifier, &return_to, expires_at])
        .await
        .map(drop)
}

pub(super) async fn take_login(
    client: &impl GenericClient,
    state_sha256: Sum,
    now: i64,
) -> Result<Option<Login>, Failed> {
    let sql = "DELETE FROM logins WHERE state_sha256 = $1
               RETURNING browser_sha256, nonce, verifier, return_to, expires_at";
    let Some(row) = row(client, sql, &[&&state_sha256[..]]).await? else {
        return Ok(None);
    };
    let login = Login {
        state_sha256,
        browser_sha256: maybe_sum(&row, 0)?
            .ok_or_else(|| unreadable("a sign-in without a browser"))?,
        nonce: row.try_get(1)?,
        verifier: row.try_get(2)?,
        return_to: row.try_get(3)?,
        expires_at: row.try_get(4)?,
    };
    Ok(Some(login).filter(|login| login.expires_at > now))
}

/// The account of somebody who signs in; `fresh` is who they are if they never did before.
pub(super) async fn sign_in(
    client: &impl GenericClient,
    signed_in: &SignedIn,
    fresh: &Principal,
    now: i64,
) -> Result<User, Failed> {
    let SignedIn { issuer, subject, name, email, groups } = signed_in;
    let sql =
        "INSERT INTO users (principal, issuer, subject, name, email, groups, made_at, seen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
         ON CONFLICT (issuer, subject) DO UPDATE SET
             name = excluded.name, email = excluded.email, groups = excluded.groups,
             seen_at = excluded.seen_at
         RETURNING principal, name, email, groups";
    let (issuer, subject, name) = (text(issuer), text(subject), text(name));
    let (email, groups) = (email.as_deref().map(text), list(groups));
    let values: [columns::Param<'_>; 7] =
        [&fresh.0, &issuer, &subject, &name, &email, &groups, &now];
    user(&columns::one(client, sql, &values).await?)
}

pub(super) async fn users(
    client: &impl GenericClient,
    principals: &[Principal],
) -> Result<Vec<User>, Failed> {
    let sql = "SELECT principal, name, email, groups FROM users
               WHERE principal = ANY($1) ORDER BY principal";
    let names: Vec<_> = principals.iter().map(|principal| text(&principal.0)).collect();
    rows(client, sql, &[&names]).await?.iter().map(user).collect()
}

/// Of the first four columns.
fn user(row: &Row) -> Result<User, Failed> {
    let (name, email, groups) = (row.try_get(1)?, row.try_get(2)?, columns::json(row, 3)?);
    Ok(User { principal: Principal(row.try_get(0)?), name, email, groups })
}
