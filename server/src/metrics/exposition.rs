//! The figures as text, by the conventions of Prometheus: base units, one meaning a name.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use super::histogram::{Counted, Histogram};
use super::{CLASSES, CODES, Figures, Metrics, Refused, SESSIONS, process};
use crate::VERSION;

/// What [`write`] writes.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is not counted but looked at when somebody asks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moment {
    /// Rooms that are open.
    pub(crate) rooms: usize,
    /// Bytes that wait to be read by those who are connected.
    pub(crate) outbox_bytes: u64,
    /// The server is about to stop.
    pub(crate) draining: bool,
    pub(crate) nodes: Nodes,
}

/// How it stands with the servers that share the decks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Nodes {
    /// Those that are there, this one included.
    pub(crate) present: usize,
    /// Whether live messages pass; `None` when there is no bus.
    pub(crate) bus_connected: Option<bool>,
    /// The database that they share cannot be reached.
    pub(crate) store_away: bool,
    /// How far the room is behind its journal that is furthest behind.
    pub(crate) journal_lag_rows: u64,
    /// Messages that were dropped so far: those of others that are none of ours or were tampered with, own
    /// ones that are too large, and those that were not sent while the bus was away or too slow.
    pub(crate) bus_dropped: u64,
    /// How often messages may have been missed so far, and what is stored was read instead.
    pub(crate) bus_gaps: u64,
}

impl Default for Nodes {
    /// This server alone.
    fn default() -> Self {
        Self {
            present: 1,
            bus_connected: None,
            store_away: false,
            journal_lag_rows: 0,
            bus_dropped: 0,
            bus_gaps: 0,
        }
    }
}

/// All figures of a moment.
pub(crate) fn write(metrics: &Metrics, moment: &Moment) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Page(metrics.clone(), moment.clone())));
    let mut text = String::new();
    // A string takes everything.
    let _ = prometheus_client::encoding::text::encode(&mut text, &registry);
    text
}

struct Page(Metrics, Moment);

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.fmt(f)
    }
}

impl Collector for Page {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Out(encoder);
        let Figures { propagation, commit, sessions, refused, closed, .. } = &*self.0.0;
        out.about(&self.1)?;
        let sessions = SESSIONS
            .iter()
            .zip(sessions)
            .map(|(role, count)| ([("role", *role)], count.load(Ordering::Relaxed)));
        out.gauges("ondeck_sessions", "WebSockets that are open", sessions)?;
        let words = "From the arrival of an edit to the outboxes of everybody in its room";
        out.histogram("ondeck_propagation", words, propagation)?;
        let words = "From the end of a batch of edits to its being durable";
        out.histogram("ondeck_commit", words, commit)?;
        let reasons = Refused::ALL.iter().zip(refused).map(|((_, why), count)| (*why, count));
        out.counters("ondeck_refused_frames", "Messages that were not taken", "reason", reasons)?;
        let codes: Vec<_> = CODES.iter().map(u16::to_string).chain(["other".into()]).collect();
        let codes = codes.iter().map(String::as_str).zip(closed);
        out.counters("ondeck_closed_connections", "WebSockets that ended", "code", codes)?;
        out.requests(&self.0.0)?;
        out.process()
    }
}

/// Writes one metric after the other.
struct Out<'a>(DescriptorEncoder<'a>);

impl Out<'_> {
    fn about(&mut self, moment: &Moment) -> fmt::Result {
        let version =
            self.0.encode_descriptor("ondeck_build", "This build", None, MetricType::Info);
        version?.encode_info(&[("version", VERSION)])?;
        let Moment { rooms, outbox_bytes, draining, nodes } = moment;
        self.gauge("ondeck_open_rooms", "Decks that are open", *rooms as u64)?;
        let words = "Bytes that wait until those who are connected read them";
        self.gauge("ondeck_outbox_bytes", words, *outbox_bytes)?;
        self.gauge("ondeck_draining", "1 while the server is about to stop", (*draining).into())?;
        self.gauge("ondeck_nodes", "Servers that share the decks", nodes.present as u64)?;
        let words = "1 while the shared database cannot be reached";
        self.gauge("ondeck_store_away", words, nodes.store_away.into())?;
        let words = "Rows that the room lacks which is furthest behind its journal";
        self.gauge("ondeck_journal_lag_rows", words, nodes.journal_lag_rows)?;
        if let Some(connected) = nodes.bus_connected {
            let words = "1 while live messages between servers pass";
            self.gauge("ondeck_bus_connected", words, connected.into())?;
        }
        let words = "Messages between servers that were not genuine, too large, or not sent as the bus was away";
        self.counter("ondeck_bus_dropped_messages", words, nodes.bus_dropped)?;
        let words = "Times that messages of other servers may have been missed";
        self.counter("ondeck_bus_gaps", words, nodes.bus_gaps)
    }

    fn requests(&mut self, figures: &Figures) -> fmt::Result {
        let (name, words) = ("ondeck_http_requests", "HTTP requests that were answered");
        let mut family = self.0.encode_descriptor(name, words, None, MetricType::Counter)?;
        let mut routes: Vec<_> = figures.requests.0.iter().collect();
        routes.sort_by_key(|(route, _)| **route);
        for (route, counts) in routes {
            for (class, count) in CLASSES.iter().zip(counts) {
                let labels = [("route", *route), ("status", *class)];
                family
                    .encode_family(&labels)?
                    .encode_counter::<NoLabelSet, _, u64>(&count.load(Ordering::Relaxed), None)?;
            }
        }
        Ok(())
    }

    /// The names that every program has for these.
    fn process(&mut self) -> fmt::Result {
        let process::Process { resident_bytes, open_files, most_files } = process::look();
        for (name, words, value) in [
            ("process_resident_memory_bytes", "Memory that is in RAM", resident_bytes),
            ("process_open_fds", "Files and sockets that are open", open_files),
            ("process_max_fds", "Files and sockets that may be open", most_files),
        ] {
            if let Some(value) = value {
                self.gauge(name, words, value)?;
            }
        }
        Ok(())
    }

    fn gauge(&mut self, name: &str, words: &str, value: u64) -> fmt::Result {
        self.0.encode_descriptor(name, words, None, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn gauges<'l>(
        &mut self,
        name: &str,
        words: &str,
        values: impl Iterator<Item = ([(&'l str, &'l str); 1], i64)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, words, None, MetricType::Gauge)?;
        for (labels, value) in values {
            family.encode_family(&labels)?.encode_gauge(&value)?;
        }
        Ok(())
    }

    fn counter(&mut self, name: &str, words: &str, count: u64) -> fmt::Result {
        let mut counter = self.0.encode_descriptor(name, words, None, MetricType::Counter)?;
        counter.encode_counter::<NoLabelSet, _, u64>(&count, None)
    }

    fn counters<'l>(
        &mut self,
        name: &str,
        words: &str,
        label: &str,
        counts: impl Iterator<Item = (&'l str, &'l AtomicU64)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, words, None, MetricType::Counter)?;
        for (value, count) in counts {
            family
                .encode_family(&[(label, value)])?
                .encode_counter::<NoLabelSet, _, u64>(&count.load(Ordering::Relaxed), None)?;
        }
        Ok(())
    }

    fn histogram(&mut self, name: &str, words: &str, histogram: &Histogram) -> fmt::Result {
        let Counted { buckets, seconds, count } = histogram.counted();
        let unit = Some(&Unit::Seconds);
        let mut encoder = self.0.encode_descriptor(name, words, unit, MetricType::Histogram)?;
        encoder.encode_histogram::<NoLabelSet>(seconds, count, &buckets, None)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn names_and_units_are_those_of_prometheus() {
        let metrics = Metrics::default();
        metrics.committed(Duration::from_millis(4));
        let bus = Nodes { present: 3, bus_connected: Some(true), ..Nodes::default() };
        let moment = Moment { rooms: 2, outbox_bytes: 7, nodes: bus, ..Moment::default() };
        let text = write(&metrics, &moment);
        for line in [
            "# TYPE ondeck_commit_seconds histogram",
            "# UNIT ondeck_commit_seconds seconds",
            "ondeck_commit_seconds_bucket{le=\"0.003\"} 0",
            "ondeck_commit_seconds_bucket{le=\"0.005\"} 1",
            "ondeck_commit_seconds_bucket{le=\"+Inf\"} 1",
            "ondeck_commit_seconds_count 1",
            "ondeck_commit_seconds_sum 0.004",
            "ondeck_open_rooms 2",
            "ondeck_outbox_bytes 7",
            "ondeck_nodes 3",
            "ondeck_bus_connected 1",
            "ondeck_bus_gaps_total 0",
            "ondeck_http_requests_total{route=\"/l/{code}\",status=\"2xx\"} 0",
            &format!("ondeck_build_info{{version=\"{VERSION}\"}} 1"),
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(!write(&metrics, &Moment::default()).contains("bus_connected"));
    }
}
