//! The thread that writes: all decks' writes that wait share one transaction and one fsync.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use rusqlite::{Connection, Savepoint, ffi};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::disk::Disk;
use crate::store::{StoreError, StoreResult};

/// Writes that wait for the writer thread; more make their senders wait.
const QUEUE: usize = 1_024;
/// Most writes in one transaction, so that the first of them is not held up for long.
const GROUP: usize = 256;

type Write = Box<dyn FnOnce(&mut Savepoint<'_>) -> rusqlite::Result<Reply> + Send>;
/// Tells the caller, once the transaction is durable or has failed.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

struct Job {
    write: Write,
    fail: Box<dyn FnOnce(StoreError) + Send>,
}

/// Hands writes to the thread. The thread ends with the last of these.
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    failed: CancellationToken,
}

impl Writer {
    /// Starts the thread on a connection of its own.
    pub(super) fn start(connection: Connection, disk: Disk) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let failed = CancellationToken::new();
        let failing = failed.clone();
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || run(connection, disk, queue, &failing))
            .map_err(|error| StoreError(error.to_string()))?;
        Ok(Self { jobs, failed })
    }

    /// Cancelled once the disk failed in a way after which nobody knows what is on it.
    pub(super) fn failed(&self) -> CancellationToken {
        self.failed.clone()
    }

    /// Queues a write; the answer comes when it is durable.
    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Savepoint<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let jobs = self.jobs.clone();
        Box::pin(async move {
            let (sender, receiver) = oneshot::channel::<Result<T, StoreError>>();
            // Whoever gets to run takes the sender: the reply after the commit, or the failure.
            let sender = Arc::new(Mutex::new(Some(sender)));
            let failing = Arc::clone(&sender);
            let job = Job {
                write: Box::new(move |savepoint| {
                    let value = work(savepoint)?;
                    Ok(Box::new(move |committed| answer(&sender, committed.map(|()| value))))
                }),
                fail: Box::new(move |error| answer(&failing, Err(error))),
            };
            let stopped = || StoreError("the writer has stopped".into());
            jobs.send(job).await.map_err(|_| stopped())?;
            receiver.await.map_err(|_| stopped())?
        })
    }
}

type Sender<T> = Mutex<Option<oneshot::Sender<Result<T, StoreError>>>>;

fn answer<T>(sender: &Sender<T>, result: Result<T, StoreError>) {
    if let Some(sender) = sender.lock().ok().and_then(|mut sender| sender.take()) {
        // The caller may have gone; the write stands all the same.
        let _ = sender.send(result);
    }
}

fn run(
    mut connection: Connection,
    mut disk: Disk,
    mut queue: mpsc::Receiver<Job>,
    failed: &CancellationToken,
) {
    disk.look(Instant::now());
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP {
            let Ok(job) = queue.try_recv() else { break };
            group.push(job);
        }
        let outcome = commit(&mut connection, group, &disk);
        match outcome {
            Outcome::Stored => disk.took(),
            Outcome::NoSpace => disk.refused(),
            Outcome::Refused | Outcome::DiskFailed => {}
        }
        disk.look(Instant::now());
        if outcome == Outcome::DiskFailed {
            tracing::error!("the disk failed; the server must start again from what is on it");
            failed.cancel();
            // Nothing is written any more: not one acknowledgement may follow.
            return;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// At least one write is durable.
    Stored,
    /// None is, for reasons of their own.
    Refused,
    /// There is no space for them.
    NoSpace,
    /// Nobody knows what is on the disk.
    DiskFailed,
}

/// Runs a group in one transaction. A write that fails by itself fails alone.
fn commit(connection: &mut Connection, group: Vec<Job>, disk: &Disk) -> Outcome {
    let mut outcome = Outcome::Refused;
    let mut failed = |error: rusqlite::Error| {
        match judge(&error, disk) {
            // Whatever else happened in this group: this is what counts.
            Outcome::DiskFailed => outcome = Outcome::DiskFailed,
            Outcome::NoSpace if outcome != Outcome::DiskFailed => outcome = Outcome::NoSpace,
            _ => {}
        }
        StoreError::from(error)
    };
    let mut transaction = match connection.transaction() {
        Ok(transaction) => transaction,
        Err(error) => {
            let error = failed(error);
            group.into_iter().for_each(|job| (job.fail)(error.clone()));
            return outcome;
        }
    };
    let mut replies = Vec::with_capacity(group.len());
    for job in group {
        let run = || {
            let mut savepoint = transaction.savepoint()?;
            let reply = (job.write)(&mut savepoint)?;
            savepoint.commit()?;
            Ok(reply)
        };
        match run() {
            Ok(reply) => replies.push(reply),
            Err(error) => (job.fail)(failed(error)),
        }
    }
    let committed = transaction.commit().map_err(failed);
    match &committed {
        Ok(()) if outcome == Outcome::Refused && !replies.is_empty() => outcome = Outcome::Stored,
        // It is told once, not for each write that is tried.
        Err(_) if outcome == Outcome::NoSpace => {}
        Err(error) => tracing::error!(%error, "commit failed; nothing in it is acknowledged"),
        Ok(()) => {}
    }
    for reply in replies {
        reply(committed.clone());
    }
    outcome
}

/// After a failed fsync the kernel may have thrown the pages away and call the next fsync a
/// success (Rebello et al., "Can Applications Recover from fsync Failures?", 2020). A full disk
/// is no such case: it gives a clean error.
fn judge(error: &rusqlite::Error, disk: &Disk) -> Outcome {
    match error.sqlite_error().map(|error| error.extended_code) {
        Some(ffi::SQLITE_FULL | ffi::SQLITE_IOERR_SHMSIZE) => Outcome::NoSpace,
        Some(ffi::SQLITE_IOERR_WRITE) if disk.is_over_quota() => Outcome::NoSpace,
        Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC | ffi::SQLITE_IOERR_WRITE) => {
            Outcome::DiskFailed
        }
        _ => Outcome::Refused,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn failure(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        Writer::start(connection, Disk::of(Path::new("test.sqlite"))).unwrap()
    }

    fn insert(savepoint: &mut Savepoint<'_>) -> rusqlite::Result<usize> {
        savepoint.execute("INSERT INTO t VALUES (zeroblob(8192))", [])
    }

    #[tokio::test]
    async fn after_a_failed_fsync_nothing_is_acknowledged_any_more() {
        let writer = writer();
        writer.write(insert).await.unwrap();
        let lost = writer.write(|_| Err::<(), _>(failure(ffi::SQLITE_IOERR_FSYNC))).await;
        assert!(lost.is_err());
        writer.failed().cancelled().await;
        assert!(writer.write(insert).await.is_err());
    }

    #[tokio::test]
    async fn a_full_disk_fails_the_write_and_the_next_one_that_fits_works() {
        let writer = writer();
        let limit = |savepoint: &mut Savepoint<'_>, pages: u32| {
            savepoint.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
        };
        writer.write(move |savepoint| limit(savepoint, 3)).await.unwrap();
        let error = writer.write(insert).await.unwrap_err();
        assert!(error.0.contains("full"), "{error}");
        assert!(!writer.failed().is_cancelled());
        writer.write(move |savepoint| limit(savepoint, 1_000)).await.unwrap();
        writer.write(insert).await.unwrap();
    }

    #[tokio::test]
    async fn a_write_that_fails_by_itself_fails_alone() {
        let writer = writer();
        let (bad, good) = tokio::join!(
            writer.write(|savepoint| savepoint.execute("INSERT INTO nowhere VALUES (1)", [])),
            writer.write(insert),
        );
        assert!(bad.is_err());
        assert_eq!(good.unwrap(), 1);
    }
}
