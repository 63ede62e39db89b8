//! How long something takes, in buckets that are counted without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper ends of the buckets in microseconds: 1 ms to 5 s, closest where the promises are (15 ms and
/// 50 ms for a commit on this machine, 250 ms across nodes).
pub(super) const BUCKETS: [u64; 14] = [
    1_000, 2_000, 3_000, 5_000, 8_000, 15_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000,
];

/// See above. Whoever reads while others count may be a few behind, never wrong by more.
#[derive(Default)]
pub(super) struct Histogram {
    /// The last is for whatever took longer.
    buckets: [AtomicU64; BUCKETS.len() + 1],
    microseconds: AtomicU64,
}

/// What was counted by a moment.
pub(super) struct Counted {
    /// Upper ends in seconds, with how many are in each bucket alone.
    pub(super) buckets: Vec<(f64, u64)>,
    pub(super) seconds: f64,
    pub(super) count: u64,
}

impl Histogram {
    /// One more.
    pub(super) fn observe(&self, time: Duration) {
        let time = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let place = BUCKETS.partition_point(|end| *end < time);
        self.buckets[place].fetch_add(1, Ordering::Relaxed);
        self.microseconds.fetch_add(time, Ordering::Relaxed);
    }

    /// All so far.
    pub(super) fn counted(&self) -> Counted {
        let ends = BUCKETS.iter().map(|end| *end as f64 / 1e6).chain([f64::MAX]);
        let counts = self.buckets.iter().map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<_> = ends.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let seconds = self.microseconds.load(Ordering::Relaxed) as f64 / 1e6;
        Counted { buckets, seconds, count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_the_first_bucket_that_it_does_not_exceed() {
        let histogram = Histogram::default();
        for microseconds in [0, 1_000, 1_001, 5_000_000, 5_000_001, u64::MAX / 2] {
            histogram.observe(Duration::from_micros(microseconds));
        }
        let Counted { buckets, count, .. } = histogram.counted();
        let counts: Vec<_> = buckets.iter().map(|(_, count)| *count).collect();
        assert_eq!((counts[0], counts[1], counts[13], counts[14], count), (2, 1, 1, 2, 6));
        assert_eq!((buckets[0].0, buckets[14].0), (0.001, f64::MAX));
    }
}
