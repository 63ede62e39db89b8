//! A token bucket: so much at once, then so much a second.

use std::time::Duration;

use tokio::time::Instant;

/// Holds at most `most`, and fills at `rate` a second.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: f64,
    most: f64,
    level: f64,
    at: Instant,
}

impl Bucket {
    /// A full one.
    pub(crate) fn full(rate: f64, most: f64, now: Instant) -> Self {
        Self { rate, most, level: most, at: now }
    }

    /// Takes an amount off. The level may go below zero: then [`Bucket::next_at`] is later.
    pub(crate) fn spend(&mut self, now: Instant, amount: f64) {
        self.level = self.level_at(now) - amount;
        self.at = now;
    }

    /// Forgets what would take longer to pay back.
    pub(crate) fn owe_at_most(&mut self, time: Duration) {
        self.level = self.level.max(-time.as_secs_f64() * self.rate);
    }

    /// Takes one off if it is there, else says when it will be.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let wait = self.available_at().saturating_duration_since(now);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.spend(now, 1.0);
        Ok(())
    }

    /// When one can be taken.
    pub(crate) fn available_at(&self) -> Instant {
        self.reaches(1.0)
    }

    /// When the level is no longer below zero.
    pub(crate) fn next_at(&self) -> Instant {
        self.reaches(0.0)
    }

    /// Whether forgetting it would make no difference.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        self.level_at(now) >= self.most
    }

    fn reaches(&self, level: f64) -> Instant {
        self.at + Duration::from_secs_f64((level - self.level).max(0.0) / self.rate)
    }

    fn level_at(&self, now: Instant) -> f64 {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        (self.level + since * self.rate).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_says_how_long_to_wait_and_costs_nothing_in_vain() {
        let start = Instant::now();
        let mut bucket = Bucket::full(0.5, 2.0, start);
        assert_eq!([bucket.take(start), bucket.take(start)], [Ok(()), Ok(())]);
        for _ in 0..3 {
            assert_eq!(bucket.take(start), Err(Duration::from_secs(2)));
        }
        assert_eq!(bucket.take(start + Duration::from_secs(2)), Ok(()));
        assert!(!bucket.is_full(start + Duration::from_secs(5)));
        assert!(bucket.is_full(start + Duration::from_secs(6)));
    }
}
