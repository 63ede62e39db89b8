//! How much one connection may send. What is over it is read later, not refused: the sender's own
//! socket fills up, nobody else notices, and nothing is lost.

use std::time::Duration;

use tokio::time::Instant;

/// Thirty edits a second is a key held down; carets and signs of life come on top.
const MESSAGES_PER_SECOND: f64 = 60.0;
/// A large paste, or all that was queued while the line was bad.
const MESSAGES_AT_ONCE: f64 = 240.0;
const BYTES_PER_SECOND: f64 = 512.0 * 1024.0;
/// Several messages of the largest size: a whole deck that comes back from a long time offline.
const BYTES_AT_ONCE: f64 = 4.0 * 1024.0 * 1024.0;

/// The budget of one connection: two token buckets.
#[derive(Debug)]
pub(super) struct Budget {
    messages: Bucket,
    bytes: Bucket,
}

impl Budget {
    /// A full budget.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            messages: Bucket::full(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE, now),
            bytes: Bucket::full(BYTES_PER_SECOND, BYTES_AT_ONCE, now),
        }
    }

    /// Takes a message off. It may go below zero: then [`Budget::next_at`] is later.
    pub(super) fn spend(&mut self, now: Instant, bytes: usize) {
        self.messages.spend(now, 1.0);
        self.bytes.spend(now, bytes as f64);
    }

    /// When the next message may be read.
    pub(super) fn next_at(&self) -> Instant {
        self.messages.next_at().max(self.bytes.next_at())
    }
}

#[derive(Debug)]
struct Bucket {
    rate: f64,
    most: f64,
    level: f64,
    at: Instant,
}

impl Bucket {
    fn full(rate: f64, most: f64, now: Instant) -> Self {
        Self { rate, most, level: most, at: now }
    }

    fn spend(&mut self, now: Instant, amount: f64) {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        self.level = (self.level + since * self.rate).min(self.most) - amount;
        self.at = now;
    }

    fn next_at(&self) -> Instant {
        self.at + Duration::from_secs_f64((-self.level).max(0.0) / self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_what_follows_comes_at_the_rate() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for _ in 0..240 {
            budget.spend(start, 10);
        }
        assert_eq!(budget.next_at(), start);
        for _ in 0..60 {
            budget.spend(start, 10);
        }
        assert_eq!(budget.next_at(), start + Duration::from_secs(1));
    }

    #[test]
    fn large_messages_count_by_their_bytes() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for _ in 0..5 {
            budget.spend(start, 1024 * 1024);
        }
        assert_eq!(budget.next_at(), start + Duration::from_secs(2));
    }

    #[test]
    fn who_pauses_may_burst_again_but_no_more_than_once() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for _ in 0..240 {
            budget.spend(start, 10);
        }
        let later = start + Duration::from_secs(3_600);
        for _ in 0..300 {
            budget.spend(later, 10);
        }
        assert_eq!(budget.next_at(), later + Duration::from_secs(1));
    }
}
