//! The whole server over real sockets, by what people do.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod bad_input;
mod bombs;
mod http_interface;
mod limits;
mod restarts;
mod writing_together;

/// A test that hangs says so, instead of holding up everything.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    let limit = std::time::Duration::from_secs(60);
    tokio::time::timeout(limit, what).await.expect("this should have happened long ago")
}
