//! Somebody who types as fast as the server stores, and knows what it promised to have.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use client::Client;
use collab::access::Role;
use collab::doc::TextEdit;
use tokio::task::JoinHandle;

use crate::victim::Victim;

/// Edits that one writer has under way at most: the next ones wait for acknowledgements.
const MOST_UNSAVED: usize = 32;

/// One edit, as it stands in the text. No other edit ever falls inside it.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) cycle: u64,
    pub(crate) text: String,
}

/// One writer of one cycle.
pub(crate) struct Writer {
    client: Arc<Client>,
    typing: JoinHandle<()>,
    typed: Arc<AtomicUsize>,
    cycle: u64,
    number: usize,
}

impl Writer {
    pub(crate) fn start(victim: &Victim, deck: &str, cycle: u64, number: usize) -> Self {
        let name = format!("Writer {number}");
        let options = tests::options(victim.address(), deck, &name, Role::Edit);
        let client = Arc::new(Client::open(options));
        let typed = Arc::new(AtomicUsize::new(0));
        let typing = type_on(Arc::clone(&client), Arc::clone(&typed), cycle, number);
        #[expect(clippy::disallowed_methods, reason = "aborted when the writer is asked")]
        let typing = tokio::spawn(typing);
        Self { client, typing, typed, cycle, number }
    }

    /// Ends the writer, and gives the edits that the server has acknowledged to it.
    pub(crate) async fn acknowledged(self) -> Vec<Token> {
        self.typing.abort();
        let _ = self.typing.await;
        // Edits are acknowledged in their order. One that was applied and not counted yet makes
        // the promise smaller, never larger.
        let unsaved =
            self.client.with(|replica, _, _| replica.unsaved()).await.unwrap_or(usize::MAX);
        let typed = self.typed.load(Ordering::SeqCst);
        let promised = 0..typed.saturating_sub(unsaved);
        promised
            .map(|index| Token { cycle: self.cycle, text: text(self.cycle, self.number, index) })
            .collect()
    }
}

async fn type_on(client: Arc<Client>, typed: Arc<AtomicUsize>, cycle: u64, number: usize) {
    for index in 0.. {
        let room = client.wait_until(|replica| replica.unsaved() < MOST_UNSAVED).await;
        let token = TextEdit::insert(u32::MAX, &text(cycle, number, index));
        if room.is_err() || client.edit(vec![token]).await.is_err() {
            return;
        }
        typed.store(index + 1, Ordering::SeqCst);
    }
}

fn text(cycle: u64, number: usize, index: usize) -> String {
    format!("[{cycle}.{number}.{index}]")
}
