//! Connections to the database: how they are made, how long anybody waits, and what an error means.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::{
    Client, GenericClient, Hook, HookError, Manager, ManagerConfig, Object, RecyclingMethod,
    Runtime, Transaction,
};
use futures_util::future::BoxFuture;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, IsolationLevel, NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::Asked;
use crate::store::StoreError;

/// Connections of one node for its work. Each is held for as long as one commit takes, about 5 ms, so that
/// is some 3,000 appends a second; and five nodes stay below the 100 that PostgreSQL takes by default.
pub(super) const CONNECTIONS: usize = 16;
/// Connections for saying that the node is there: work that waits must not make it look dead.
pub(super) const PULSE_CONNECTIONS: usize = 1;
/// A database that does not let anybody in for so long is away.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A statement that takes longer ends in the database: the largest of all decks loads in a second.
const STATEMENT_WITHIN: Duration = Duration::from_secs(10);
/// A database that says nothing for so long is away; a little longer, because its own word says more.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(12);
/// Whoever gives up sooner than this does not do so because of the database.
const SUSPECT_AFTER: Duration = Duration::from_secs(1);
/// A node that stops in the middle of a transaction holds rows that others wait for; not for longer.
const IDLE_WITHIN: Duration = Duration::from_secs(5);
/// What was sent and not confirmed for so long was lost: the network is dead, nobody says so.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(5);
/// How long a silent connection is trusted while an answer is due, and how often it is asked then.
const SILENT_FOR: Duration = Duration::from_secs(3);
const ASK_EVERY: Duration = Duration::from_secs(1);
const ASK_TIMES: u32 = 3;
/// How often work is done over that PostgreSQL gave up in favour of other work.
const TRIES: usize = 10;

/// What work in the database gives.
pub(super) type Work<'a, T> = BoxFuture<'a, Result<T, Failed>>;

/// Why work in the database failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// PostgreSQL refused it, or the connection was lost.
    Postgres(tokio_postgres::Error),
    /// There was no connection to begin with, or no answer.
    Silent(String),
    /// What is stored does not allow it.
    Refused(StoreError),
}

impl From<tokio_postgres::Error> for Failed {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(error) => error,
            failed => Self(failed.to_string()),
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(error) => f.write_str(&text_of(error)),
            Self::Silent(why) => f.write_str(why),
            Self::Refused(error) => f.write_str(&error.0),
        }
    }
}

impl Failed {
    /// Of a refusal the code (SQLSTATE) and what else it says.
    pub(super) fn refusal(&self) -> Option<(&SqlState, Option<&str>)> {
        let Self::Postgres(error) = self else { return None };
        error.as_db_error().map(|refusal| (refusal.code(), refusal.detail()))
    }

    /// Whether the same may work later: nobody answered, or the database is short of something.
    pub(super) fn is_away(&self) -> bool {
        match (self, self.refusal()) {
            (Self::Refused(_), _) => false,
            (_, None) => true,
            // Connection, read-only after a failover, rolled back, resources, locks, shutdown, disk.
            (_, Some((code, _))) => ["08", "25", "40", "53", "55", "57", "58"]
                .iter()
                .any(|class| code.code().starts_with(class)),
        }
    }

    /// Whether what lies on the disk cannot be read.
    pub(super) fn is_damage(&self) -> bool {
        let damaged = [&SqlState::DATA_CORRUPTED, &SqlState::INDEX_CORRUPTED, &SqlState::IO_ERROR];
        self.refusal().is_some_and(|(code, _)| damaged.contains(&code))
    }

    /// Whether it only stood in the way of others.
    fn gave_way(&self) -> bool {
        let others = [&SqlState::T_R_SERIALIZATION_FAILURE, &SqlState::T_R_DEADLOCK_DETECTED];
        self.refusal().is_some_and(|(code, _)| others.contains(&code))
    }
}

/// The whole of an error on one line; it never holds the URL, nor of a refusal the details: rows stand in
/// them, and what people wrote.
fn text_of(error: &tokio_postgres::Error) -> String {
    if let Some(refusal) = error.as_db_error() {
        let message = refusal.message().replace(char::is_control, " ");
        return format!("{}: {message} ({})", refusal.severity(), refusal.code().code());
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// PostgreSQL has no zero character in text.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

/// Connections, ready to be used.
#[derive(Clone)]
pub(super) struct Pool {
    connections: deadpool_postgres::Pool,
    silence: Silence,
}

/// When somebody last waited for an answer in vain. Connections from before may be dead as well, and
/// whoever took them one after the other would wait for each.
#[derive(Clone, Default)]
struct Silence(Arc<Mutex<Option<Instant>>>);

impl Silence {
    fn is_after(&self, moment: Instant) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|last| last > moment)
    }
}

/// Something that the database is to answer. Whoever asked may give up before that.
struct Question {
    silence: Silence,
    asked: Instant,
    is_answered: bool,
}

impl Drop for Question {
    fn drop(&mut self) {
        if !self.is_answered && self.asked.elapsed() > SUSPECT_AFTER {
            let mut last = self.silence.0.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(Instant::now());
        }
    }
}

impl Pool {
    /// At most so many, to the database at a URL; nothing is connected yet.
    pub(super) fn of(url: &str, most: usize) -> anyhow::Result<Self> {
        // What the parser says may quote the password.
        let asked = Asked::of(url);
        let config: Config = asked.url.parse().map_err(|_| {
            anyhow::anyhow!(
                "the URL of the database cannot be read\n\
                 hint: postgres://user:password@host:5432/name?sslmode=require; characters such as @ / ? # \
                 in the password are written as %40 %2F %3F %23"
            )
        })?;
        let config = with_limits(config);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match asked.config(&config)? {
            Some(tls) => Manager::from_config(config, MakeRustlsConnect::new(tls), recycling),
            None => Manager::from_config(config, NoTls, recycling),
        };
        let silence = Silence::default();
        let heard = silence.clone();
        let connections = deadpool_postgres::Pool::builder(manager)
            .max_size(most)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(ANSWER_WITHIN))
            .create_timeout(Some(CONNECT_WITHIN))
            .recycle_timeout(Some(CONNECT_WITHIN))
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move {
                    client.batch_execute(&settings()).await.map_err(HookError::Backend)
                })
            }))
            .pre_recycle(Hook::sync_fn(move |_, metrics| {
                if heard.is_after(metrics.created) {
                    return Err(HookError::message("it is older than the last silence"));
                }
                Ok(())
            }))
            .build()?;
        Ok(Self { connections, silence })
    }

    /// A connection. Whoever takes it looks themselves how long anything may take.
    pub(super) async fn client(&self) -> Result<Client, Failed> {
        use deadpool_postgres::PoolError;
        self.connections.get().await.map_err(|error| match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                Failed::Silent(text_of(&error))
            }
            error => Failed::Silent(error.to_string()),
        })
    }

    /// Work on one connection, outside of a transaction: each statement is one of its own.
    pub(super) async fn one<A, T>(
        &self,
        args: &A,
        work: impl for<'a> Fn(&'a Client, &'a A) -> Work<'a, T>,
    ) -> Result<T, Failed> {
        for _ in 1..TRIES {
            match self.one_try(args, &work).await {
                Err(failed) if failed.gave_way() => {}
                done => return done,
            }
        }
        self.one_try(args, &work).await
    }

    async fn one_try<A, T>(
        &self,
        args: &A,
        work: &impl for<'a> Fn(&'a Client, &'a A) -> Work<'a, T>,
    ) -> Result<T, Failed> {
        let client = self.client().await?;
        let done = self.answered(work(&client, args)).await;
        settle(client, done)
    }

    /// Work in one transaction. It is done over when it gave way to another one.
    pub(super) async fn transaction<A, T>(
        &self,
        kind: Kind,
        args: &A,
        work: impl for<'a> Fn(&'a Transaction<'a>, &'a A) -> Work<'a, T>,
    ) -> Result<T, Failed> {
        for _ in 1..TRIES {
            match self.transaction_try(kind, args, &work).await {
                Err(failed) if failed.gave_way() => {}
                done => return done,
            }
        }
        self.transaction_try(kind, args, &work).await
    }

    async fn transaction_try<A, T>(
        &self,
        kind: Kind,
        args: &A,
        work: &impl for<'a> Fn(&'a Transaction<'a>, &'a A) -> Work<'a, T>,
    ) -> Result<T, Failed> {
        let mut client = self.client().await?;
        let whole = async {
            let begin = client.build_transaction();
            let begin = match kind {
                Kind::Read => begin.isolation_level(IsolationLevel::RepeatableRead).read_only(true),
                Kind::Write => begin,
            };
            let transaction = begin.start().await?;
            let value = work(&transaction, args).await?;
            transaction.commit().await?;
            Ok(value)
        };
        let done = self.answered(whole).await;
        settle(client, done)
    }

    /// Waits for an answer, though not forever.
    async fn answered<T>(
        &self,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        let silence = self.silence.clone();
        let mut question = Question { silence, asked: Instant::now(), is_answered: false };
        let done = tokio::time::timeout(ANSWER_WITHIN, work).await;
        question.is_answered = done.is_ok();
        let silent = |_| Err(Failed::Silent("the database did not answer in time".to_owned()));
        done.unwrap_or_else(silent)
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// All that it reads is of one moment.
    Read,
    /// Each statement sees what was committed before it began.
    Write,
}

/// Gives a connection back. One on which an answer may still come is no good for the next one, nor is one
/// to a server that shuts down or that only reads: the next one may find a better server.
fn settle<T>(client: Client, done: Result<T, Failed>) -> Result<T, Failed> {
    if done.as_ref().is_err_and(|failed| failed.is_away() && !failed.gave_way()) {
        drop(Object::take(client));
    }
    done
}

fn with_limits(mut config: Config) -> Config {
    config
        .connect_timeout(CONNECT_WITHIN)
        .tcp_user_timeout(CONFIRMED_WITHIN)
        .keepalives(true)
        .keepalives_idle(SILENT_FOR)
        .keepalives_interval(ASK_EVERY)
        .keepalives_retries(ASK_TIMES);
    if config.get_application_name().is_none() {
        config.application_name("ondeck");
    }
    config
}

/// What holds for each connection. A commit that has returned is durable.
fn settings() -> String {
    format!(
        "SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {};
         SET synchronous_commit = on; SET client_min_messages = warning",
        STATEMENT_WITHIN.as_millis(),
        IDLE_WITHIN.as_millis(),
    )
}

/// Parameters of a statement.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The rows that a statement gives. Statements are prepared once for each connection.
pub(super) async fn rows(
    client: &impl GenericClient,
    sql: &str,
    params: Params<'_>,
) -> Result<Vec<Row>, Failed> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, params).await?)
}

/// The row that a statement gives, if it gives one.
pub(super) async fn row(
    client: &impl GenericClient,
    sql: &str,
    params: Params<'_>,
) -> Result<Option<Row>, Failed> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query_opt(&statement, params).await?)
}

/// How many rows a statement changed.
pub(super) async fn execute(
    client: &impl GenericClient,
    sql: &str,
    params: Params<'_>,
) -> Result<u64, Failed> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.execute(&statement, params).await?)
}
