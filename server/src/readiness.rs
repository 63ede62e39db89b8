//! Whether this server should be sent people, and how it stands with what it needs.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// A store that takes longer to write one row is of no use to those who write.
const STORE_WITHIN: Duration = Duration::from_secs(1);
/// So long an answer of the store holds. Each costs a write: however many ask, it is one a second.
const STORE_HOLDS: Duration = Duration::from_secs(1);
/// Pictures may lie at another place of the internet.
const PICTURES_WITHIN: Duration = Duration::from_secs(2);
/// So long an answer of the pictures' place holds: places that speak S3 are paid by the request.
const PICTURES_HOLD: Duration = Duration::from_secs(10);

/// How a part does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    Ok,
    /// It answers that it cannot, or with an error.
    Failed,
    /// It does not answer in time.
    Slow,
}

/// What load balancers and people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// New people may be sent here.
    pub(crate) ready: bool,
    /// Something is missing without which people can write all the same.
    pub(crate) degraded: bool,
    pub(crate) draining: bool,
    pub(crate) store: Part,
    pub(crate) pictures: Part,
    /// `none`, `connected` or `away`.
    pub(crate) bus: &'static str,
    pub(crate) nodes: usize,
}

impl Report {
    /// Only what every server of a deployment has for itself makes it unready: without the pictures or
    /// the bus all would be, and nobody could write who can.
    pub(crate) fn new(
        draining: bool,
        [store, pictures]: [Part; 2],
        nodes: &crate::metrics::Nodes,
    ) -> Self {
        let bus = match nodes.bus_connected {
            None => "none",
            Some(true) => "connected",
            Some(false) => "away",
        };
        let ready = !draining && store == Part::Ok && !nodes.store_away;
        let degraded = bus == "away" || pictures != Part::Ok;
        Self { ready, degraded, draining, store, pictures, bus, nodes: nodes.present }
    }
}

/// What was found out a moment ago.
#[derive(Clone, Default)]
pub(crate) struct Readiness(Arc<Inner>);

#[derive(Default)]
struct Inner {
    draining: AtomicBool,
    store: Kept,
    pictures: Kept,
}

/// The last answer of a part. Held locked while it is asked, so that all who come meanwhile wait for the
/// one answer.
#[derive(Default)]
struct Kept(Mutex<Option<(Instant, Part)>>);

impl Readiness {
    /// From now on nobody new should be sent here.
    pub(crate) fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    /// Whether edits can be stored.
    pub(crate) async fn store<E>(&self, ask: impl Future<Output = Result<(), E>>) -> Part {
        self.0.store.ask("the store", ask, STORE_WITHIN, STORE_HOLDS).await
    }

    /// Whether pictures can be read.
    pub(crate) async fn pictures<E>(&self, ask: impl Future<Output = Result<(), E>>) -> Part {
        self.0.pictures.ask("the place of pictures", ask, PICTURES_WITHIN, PICTURES_HOLD).await
    }
}

impl Kept {
    async fn ask<E>(
        &self,
        what: &'static str,
        ask: impl Future<Output = Result<(), E>>,
        within: Duration,
        holds: Duration,
    ) -> Part {
        let mut kept = self.0.lock().await;
        if let Some((at, part)) = *kept
            && at.elapsed() < holds
        {
            return part;
        }
        let part = match timeout(within, ask).await {
            Ok(Ok(())) => Part::Ok,
            Ok(Err(_)) => Part::Failed,
            Err(_) => Part::Slow,
        };
        let before = kept.replace((Instant::now(), part)).map_or(Part::Ok, |(_, part)| part);
        if part != before {
            // Said once, not at every question; what is wrong in detail is logged where it happens.
            tracing::warn!(what, ?before, now = ?part, "readiness has changed");
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::metrics::Nodes;

    const FINE: [Part; 2] = [Part::Ok, Part::Ok];

    #[test]
    fn without_bus_or_pictures_it_is_degraded_and_ready() {
        let away = Nodes { bus_connected: Some(false), ..Nodes::default() };
        for (parts, nodes) in [(FINE, &away), ([Part::Ok, Part::Slow], &Nodes::default())] {
            let report = Report::new(false, parts, nodes);
            assert!(report.ready && report.degraded, "{report:?}");
        }
        assert!(!Report::new(false, FINE, &Nodes::default()).degraded);
    }

    #[test]
    fn without_the_store_or_while_it_stops_it_is_not_ready() {
        let gone = Nodes { store_away: true, ..Nodes::default() };
        for report in [
            Report::new(true, FINE, &Nodes::default()),
            Report::new(false, [Part::Slow, Part::Ok], &Nodes::default()),
            Report::new(false, FINE, &gone),
        ] {
            assert!(!report.ready, "{report:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_ask_the_store_is_asked_once_a_second_and_may_be_slow() {
        let readiness = Readiness::default();
        let asked = Cell::new(0);
        let ask = |answer: Result<(), ()>| {
            let asked = &asked;
            async move {
                asked.set(asked.get() + 1);
                answer
            }
        };
        for _ in 0..9 {
            assert_eq!(readiness.store(ask(Ok(()))).await, Part::Ok);
        }
        assert_eq!(asked.get(), 1);
        tokio::time::advance(STORE_HOLDS).await;
        assert_eq!(readiness.store(ask(Err(()))).await, Part::Failed);
        tokio::time::advance(STORE_HOLDS).await;
        assert_eq!(readiness.store(std::future::pending::<Result<(), ()>>()).await, Part::Slow);
        assert_eq!(asked.get(), 2);
    }
}
