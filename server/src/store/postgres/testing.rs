//! PostgreSQL for tests: one server for all tests of a process, and a database for each.

use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::thread::JoinHandle;

use testbed::Postgres;

use super::PostgresStore;

/// The server that runs while a test needs one.
static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());

/// A server on a thread of its own: it ends with the thread that began it, and those of tests end early.
struct Server {
    asked: Mutex<mpsc::Sender<Question>>,
    thread: Option<JoinHandle<()>>,
}

type Question = Box<dyn FnOnce(&Postgres) + Send>;

impl Server {
    fn start() -> Self {
        let (asked, questions) = mpsc::channel::<Question>();
        let thread = std::thread::spawn(move || {
            let postgres = Postgres::start().expect("PostgreSQL starts");
            questions.into_iter().for_each(|question| question(&postgres));
        });
        Self { asked: Mutex::new(asked), thread: Some(thread) }
    }

    fn ask<T: Send + 'static>(&self, what: impl FnOnce(&Postgres) -> T + Send + 'static) -> T {
        let (answer, answered) = mpsc::channel();
        let question: Question = Box::new(move |postgres| drop(answer.send(what(postgres))));
        self.asked.lock().unwrap().send(question).expect("PostgreSQL runs");
        answered.recv().expect("PostgreSQL answers")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody asks any more: the thread ends, and takes its directory with it.
        let (nobody, _) = mpsc::channel();
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = nobody;
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// An empty database.
pub(crate) struct Database {
    /// Where it is.
    pub(crate) url: String,
    server: Arc<Server>,
}

impl Database {
    /// Makes one; starts the server when no other test has.
    pub(crate) fn new() -> Self {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let server = shared.upgrade().unwrap_or_else(|| Arc::new(Server::start()));
        *shared = Arc::downgrade(&server);
        drop(shared);
        let url = server.ask(|postgres| postgres.database().unwrap());
        Self { url, server }
    }

    /// Opens it, with its tables.
    pub(crate) async fn store(&self) -> Arc<PostgresStore> {
        Arc::new(PostgresStore::connect(&self.url).await.unwrap())
    }

    /// Runs SQL behind the store's back, and gives what it prints.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let name = self.url.rsplit('/').next().unwrap().to_owned();
        let sql = sql.to_owned();
        self.server.ask(move |postgres| postgres.sql(&name, &sql)).unwrap()
    }
}
