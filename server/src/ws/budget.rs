//! How much one connection may send. What is over it is read later, not refused: the sender's own
//! socket fills up, nobody else notices, and nothing is lost.

use std::time::Duration;

use tokio::time::Instant;

use crate::limits::bucket::Bucket;

/// Thirty edits a second is a key held down; signs of life come on top.
const MESSAGES_PER_SECOND: f64 = 60.0;
/// A large paste, or all that was queued while the line was bad.
const MESSAGES_AT_ONCE: f64 = 240.0;
const BYTES_PER_SECOND: f64 = 512.0 * 1024.0;
/// Several messages of the largest size: a whole deck that comes back from a long time offline.
const BYTES_AT_ONCE: f64 = 4.0 * 1024.0 * 1024.0;
/// Seconds of the room's work in a second. A keystroke takes some 0.1 ms of it; whole decks that are
/// asked for again and again, and updates that are made to be slow, take nearly all.
const WORK_PER_SECOND: f64 = 0.1;
/// All that was typed in days without a connection, in a large deck.
const WORK_AT_ONCE: f64 = 1.0;
/// Nobody is held up for longer: a connection that is not read for much longer counts as dead.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Carets move smoothly with this, and each goes to everybody in the room.
const PRESENCE_PER_SECOND: f64 = 10.0;
/// A click, a selection, a name: people do several things at once.
const PRESENCE_AT_ONCE: f64 = 20.0;
/// Presence that is put off costs this part of a message. Stock Yjs clients repeat what they hear
/// of others, which must not slow their edits down; a flood still must.
const PUT_OFF: f64 = 0.25;

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// To the room.
    Pass,
    /// Presence that comes too often: only the newest counts, and it may wait.
    Later,
}

/// The budget of one connection: token buckets for messages, bytes, presence and the room's work.
#[derive(Debug)]
pub(super) struct Budget {
    messages: Bucket,
    bytes: Bucket,
    presence: Bucket,
    work: Bucket,
}

impl Budget {
    /// A full budget.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            messages: Bucket::full(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE, now),
            bytes: Bucket::full(BYTES_PER_SECOND, BYTES_AT_ONCE, now),
            presence: Bucket::full(PRESENCE_PER_SECOND, PRESENCE_AT_ONCE, now),
            work: Bucket::full(WORK_PER_SECOND, WORK_AT_ONCE, now),
        }
    }

    /// Takes a message off. It may go below zero: then [`Budget::next_at`] is later.
    pub(super) fn spend(&mut self, now: Instant, bytes: usize, is_presence: bool) -> Verdict {
        self.bytes.spend(now, bytes as f64);
        if is_presence && self.presence.take(now).is_err() {
            self.messages.spend(now, PUT_OFF);
            return Verdict::Later;
        }
        self.messages.spend(now, 1.0);
        Verdict::Pass
    }

    /// Takes presence off that had been put off.
    pub(super) fn spend_presence(&mut self, now: Instant) {
        self.presence.spend(now, 1.0);
    }

    /// Takes off what the room worked on messages before.
    pub(super) fn spend_work(&mut self, now: Instant, work: Duration) {
        self.work.spend(now, work.as_secs_f64());
        self.work.owe_at_most(LONGEST_PAUSE);
    }

    /// When the next message may be read.
    pub(super) fn next_at(&self) -> Instant {
        self.messages.next_at().max(self.bytes.next_at()).max(self.work.next_at())
    }

    /// When the next presence may pass.
    pub(super) fn presence_at(&self) -> Instant {
        self.presence.available_at()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_is_free_and_what_follows_comes_at_the_rate() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for _ in 0..240 {
            budget.spend(start, 10, false);
        }
        assert_eq!(budget.next_at(), start);
        for _ in 0..60 {
            budget.spend(start, 10, false);
        }
        assert_eq!(budget.next_at(), start + Duration::from_secs(1));
    }

    #[test]
    fn large_messages_count_by_their_bytes() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for _ in 0..5 {
            budget.spend(start, 1024 * 1024, false);
        }
        assert_eq!(budget.next_at(), start + Duration::from_secs(2));
    }

    #[test]
    fn work_is_paid_for_in_time_but_never_until_the_connection_counts_as_dead() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        budget.spend_work(start, Duration::from_millis(900));
        assert_eq!(budget.next_at(), start);
        budget.spend_work(start, Duration::from_millis(200));
        let pause = budget.next_at() - start;
        assert!(pause > Duration::from_millis(990) && pause < Duration::from_millis(1_010));
        budget.spend_work(start, Duration::from_secs(60));
        assert_eq!(budget.next_at(), start + LONGEST_PAUSE);
    }

    #[test]
    fn who_pauses_may_burst_again_but_no_more_than_once() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for _ in 0..240 {
            budget.spend(start, 10, false);
        }
        let later = start + Duration::from_secs(3_600);
        for _ in 0..300 {
            budget.spend(later, 10, false);
        }
        assert_eq!(budget.next_at(), later + Duration::from_secs(1));
    }

    #[test]
    fn presence_passes_ten_times_a_second_after_a_burst() {
        let mut now = Instant::now();
        let mut budget = Budget::new(now);
        let mut pass = 0;
        for _ in 0..500 {
            pass += usize::from(budget.spend(now, 10, true) == Verdict::Pass);
            now += Duration::from_millis(10);
        }
        assert!((69..=70).contains(&pass), "{pass} in five seconds");
        assert!(budget.presence_at() <= now + Duration::from_millis(100));
    }

    #[test]
    fn a_flood_of_presence_slows_its_sender_down_and_an_echo_does_not() {
        let start = Instant::now();
        for (per_second, slowed) in [(100, false), (1_000, true)] {
            let (mut now, mut budget) = (start, Budget::new(start));
            for _ in 0..10 * per_second {
                budget.spend(now, 10, true);
                now += Duration::from_secs(1) / per_second;
            }
            assert_eq!(budget.next_at() > now, slowed, "{per_second} a second");
        }
    }
}
