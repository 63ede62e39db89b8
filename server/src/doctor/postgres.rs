//! PostgreSQL: whether it can be reached, keeps what it says it keeps, and has room for a server.

use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use tokio::time::{Instant, timeout};
use tokio_postgres::{Client, Config, NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Finding;
use crate::store::postgres;

const PART: &str = "database";
/// A database that takes longer to let somebody in is away.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// What the statements of Ondeck need, `server_version_num`.
const OLDEST: i32 = 130_000;
/// "Saved" waits for one commit: beyond this people notice.
const QUICK: Duration = Duration::from_millis(20);
/// Sessions end by the clock of each server.
const CLOCK_APART: Duration = Duration::from_secs(5);
/// The connections that one server holds, and one for whoever looks after the database.
const CONNECTIONS: i64 = 17;

/// Connects, and asks what matters.
pub(super) async fn examine(url: &str) -> Vec<Finding> {
    match timeout(ANSWERS_WITHIN * 2, ask(url)).await {
        Ok(Ok(answer)) => judge(&answer),
        Ok(Err(error)) => {
            let advice =
                "is PostgreSQL running, is the URL right, may this machine and user connect?";
            vec![Finding::failed(PART, &error, advice)]
        }
        Err(_) => vec![Finding::fail(PART, "no answer in time", "is there a firewall between?")],
    }
}

/// What the database says of itself.
#[derive(Debug, Clone)]
struct Answer {
    version: i32,
    name: String,
    /// Median of a few statements that do nothing.
    round_trip: Duration,
    fsync: bool,
    full_page_writes: bool,
    synchronous_commit: String,
    utf8: bool,
    /// Connections that are free.
    free: i64,
    /// How far its clock is from ours.
    apart: Duration,
    /// Which tables there are, if any.
    schema: Option<i64>,
    may_create: bool,
    encrypted: bool,
    here: bool,
}

async fn ask(url: &str) -> anyhow::Result<Answer> {
    let (mut config, tls) = postgres::options(url)?;
    config.connect_timeout(ANSWERS_WITHIN).application_name("ondeck doctor");
    let here = postgres::is_here(&config);
    let client = connect(&config, tls).await.context("cannot be reached")?;
    let round_trip = round_trip(&client).await?;
    let row = client.query_one(SETTINGS, &[]).await?;
    let apart = apart(&client).await?;
    let schema = match row.try_get::<_, bool>("has_schema")? {
        true => client.query_opt("SELECT version FROM schema_version", &[]).await?,
        false => None,
    };
    let schema = schema.map(|row| row.try_get(0)).transpose()?;
    Ok(answer(&row, round_trip, apart, schema, here)?)
}

const SETTINGS: &str = "
    SELECT current_setting('server_version_num')::int AS version,
           current_setting('server_version') AS name,
           current_setting('fsync') = 'on' AS fsync,
           current_setting('full_page_writes') = 'on' AS full_page_writes,
           current_setting('synchronous_commit') AS synchronous_commit,
           current_setting('server_encoding') = 'UTF8' AS utf8,
           current_setting('max_connections')::bigint
               - current_setting('superuser_reserved_connections')::bigint
               - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS free,
           coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted,
           to_regclass('schema_version') IS NOT NULL AS has_schema,
           coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create";

fn answer(
    row: &Row,
    round_trip: Duration,
    apart: Duration,
    schema: Option<i64>,
    here: bool,
) -> Result<Answer, tokio_postgres::Error> {
    Ok(Answer {
        version: row.try_get("version")?,
        name: row.try_get("name")?,
        round_trip,
        fsync: row.try_get("fsync")?,
        full_page_writes: row.try_get("full_page_writes")?,
        synchronous_commit: row.try_get("synchronous_commit")?,
        utf8: row.try_get("utf8")?,
        free: row.try_get("free")?,
        apart,
        schema,
        may_create: row.try_get("may_create")?,
        encrypted: row.try_get("encrypted")?,
        here,
    })
}

async fn connect(config: &Config, tls: Option<rustls::ClientConfig>) -> anyhow::Result<Client> {
    // The task that carries the connection ends when the client is dropped.
    #[expect(clippy::disallowed_methods, reason = "the command ends after it")]
    if let Some(tls) = tls {
        let (client, connection) = config.connect(MakeRustlsConnect::new(tls)).await?;
        tokio::spawn(connection);
        Ok(client)
    } else {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }
}

async fn round_trip(client: &Client) -> anyhow::Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        client.simple_query("SELECT 1").await?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times[times.len() / 2])
}

/// How far the clocks are apart for certain: by less than the time that the question took they may seem so.
async fn apart(client: &Client) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    let there: i64 = client.query_one(sql, &[]).await?.try_get(0)?;
    let there = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(there).unwrap_or(0));
    let now = SystemTime::now();
    let apart =
        now.duration_since(there).or_else(|_| there.duration_since(now)).unwrap_or_default();
    Ok(apart.saturating_sub(begun.elapsed()))
}

fn judge(answer: &Answer) -> Vec<Finding> {
    let Answer { version, name, round_trip, free, apart, synchronous_commit, .. } = answer;
    let milliseconds = round_trip.as_secs_f64() * 1e3;
    let found = format!("PostgreSQL {name}, an answer takes {milliseconds:.1} ms");
    let mut findings = vec![if *version < OLDEST {
        Finding::fail(PART, found, "version 13 or newer is needed")
    } else if *round_trip > QUICK {
        Finding::warn(PART, found, "put it nearer: \"Saved\" waits for it")
    } else {
        Finding::ok(PART, found)
    }];
    findings.push(schema(answer));
    let mut say = |wrong: bool, finding: Finding| findings.extend(wrong.then_some(finding));
    for (name, on) in [("fsync", answer.fsync), ("full_page_writes", answer.full_page_writes)] {
        let found = format!("`{name}` is off: what people are told is saved may be lost");
        say(!on, Finding::fail(PART, found, format!("set `{name} = on` in postgresql.conf")));
    }
    // `local` waits for this machine's disk, and the ones above for others as well.
    let found = format!("`synchronous_commit` is {synchronous_commit} for others who connect");
    let advice = "Ondeck sets it for itself; leave it on unless you know why";
    say(synchronous_commit == "off", Finding::warn(PART, found, advice));
    let found = "the database is not in UTF-8";
    say(
        !answer.utf8,
        Finding::fail(PART, found, "make one WITH ENCODING 'UTF8' TEMPLATE template0"),
    );
    let found = format!("room for {free} more connections");
    say(
        *free < CONNECTIONS,
        Finding::warn(PART, found, "each server holds 16: raise `max_connections`"),
    );
    let found = "what people write goes to it unencrypted";
    let advice = "take sslmode=disable out of the URL unless the network between is yours alone";
    say(!answer.encrypted && !answer.here, Finding::warn(PART, found, advice));
    findings.push(if *apart > CLOCK_APART {
        let found = format!("{} s apart from the database's", apart.as_secs());
        Finding::warn("clock", found, "let both machines keep their time by NTP")
    } else {
        Finding::ok("clock", "agrees with the database's")
    });
    findings
}

fn schema(answer: &Answer) -> Finding {
    match answer.schema {
        Some(schema) => Finding::ok(PART, format!("has the tables of schema {schema}")),
        None if answer.may_create => {
            Finding::ok(PART, "empty: tables are made when a server starts")
        }
        None => {
            let advice =
                "GRANT CREATE ON SCHEMA public TO the user of the URL, or let it own the database";
            Finding::fail(PART, "empty, and the user may not make tables", advice)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    fn fine() -> Answer {
        Answer {
            version: 150_000,
            name: "15.0".into(),
            round_trip: Duration::from_millis(1),
            fsync: true,
            full_page_writes: true,
            synchronous_commit: "on".into(),
            utf8: true,
            free: 90,
            apart: Duration::ZERO,
            schema: Some(1),
            may_create: false,
            encrypted: true,
            here: false,
        }
    }

    #[test]
    fn each_thing_that_is_wrong_is_named_with_what_to_do() {
        assert!(judge(&fine()).iter().all(|finding| finding.verdict == Verdict::Ok));
        type Spoil = fn(&mut Answer);
        let spoilt: [(Spoil, Verdict, &str); 10] = [
            (|a| a.version = 120_000, Verdict::Fail, "PostgreSQL"),
            (|a| a.round_trip = Duration::from_millis(30), Verdict::Warn, "30.0 ms"),
            (|a| a.fsync = false, Verdict::Fail, "`fsync` is off"),
            (|a| a.full_page_writes = false, Verdict::Fail, "`full_page_writes` is off"),
            (|a| a.synchronous_commit = "off".into(), Verdict::Warn, "synchronous_commit"),
            (|a| a.utf8 = false, Verdict::Fail, "UTF-8"),
            (|a| a.free = 3, Verdict::Warn, "room for 3"),
            (|a| a.encrypted = false, Verdict::Warn, "unencrypted"),
            (|a| a.apart = Duration::from_secs(3_600), Verdict::Warn, "3600 s apart"),
            (|a| a.schema = None, Verdict::Fail, "may not make tables"),
        ];
        for (spoil, verdict, words) in spoilt {
            let mut answer = fine();
            spoil(&mut answer);
            let findings = judge(&answer);
            let wrong: Vec<_> = findings.iter().filter(|f| f.verdict != Verdict::Ok).collect();
            assert_eq!(wrong.len(), 1, "{words}: {wrong:?}");
            assert!(wrong[0].verdict == verdict && wrong[0].found.contains(words), "{wrong:?}");
            assert!(wrong[0].advice.is_some());
        }
    }

    #[tokio::test]
    async fn a_real_one_answers_says_that_it_does_not_sync_and_then_is_away() {
        let mut postgres = testbed::Postgres::start().unwrap();
        let url = postgres.database().unwrap();
        let findings = examine(&url).await;
        let words = findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(words.contains("ok    database        PostgreSQL "), "{words}");
        assert!(words.contains("empty: tables are made when a server starts"), "{words}");
        assert!(words.contains("FAIL  database        `fsync` is off"), "{words}");
        assert!(words.contains("agrees with the database's"), "{words}");
        assert!(!words.contains("unencrypted"), "{words}");
        postgres.stop(true);
        let findings = examine(&url).await;
        assert!(findings.len() == 1 && findings[0].verdict == Verdict::Fail, "{findings:?}");
    }

    #[tokio::test]
    async fn a_url_that_cannot_be_read_is_not_quoted() {
        let findings = examine("postgres://me:pa ss@[").await;
        assert!(!findings[0].to_string().contains("pa ss"), "{findings:?}");
        assert_eq!(findings[0].verdict, Verdict::Fail);
    }
}
