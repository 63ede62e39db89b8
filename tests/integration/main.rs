//! The whole server over real sockets, by what people do.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod access;
mod audience;
mod bad_input;
mod board;
mod bombs;
mod headers;
mod http_interface;
mod limits;
mod links;
mod matrix;
mod nodes;
mod nodes_access;
mod oidc;
mod operating;
mod origins;
mod pictures;
mod private;
mod restarts;
mod series;
mod talk;
mod writing_together;

/// What the server does because it was told, and not because it has looked by itself, as it does
/// once a minute.
async fn at_once<T>(what: impl Future<Output = T>) -> T {
    let limit = std::time::Duration::from_secs(30);
    tokio::time::timeout(limit, what).await.expect("nobody waits for the next look")
}

/// A test that hangs says so, instead of holding up everything.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    let limit = std::time::Duration::from_secs(60);
    tokio::time::timeout(limit, what).await.expect("this should have happened long ago")
}
