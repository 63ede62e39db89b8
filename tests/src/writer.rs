//! Somebody who types as fast as the server stores, and knows what it promised to have.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use client::{Client, Ended};
use collab::access::Role;
use collab::doc::TextEdit;
use tokio::task::JoinHandle;

/// Edits that one writer has under way at most: the next ones wait for acknowledgements.
pub const MOST_UNSAVED: usize = 32;

/// One writer. Each of its edits is a token at the end of the text, `[name.number]`, and no other
/// edit ever falls inside it.
pub struct Writer {
    client: Arc<Client>,
    typing: JoinHandle<()>,
    typed: Arc<AtomicUsize>,
    name: String,
}

impl Writer {
    /// Begins to type in a deck. No other writer of the deck may have the same name.
    pub fn start(server: &str, deck: &str, name: &str) -> Self {
        let options = crate::options(server, deck, &format!("Writer {name}"), Role::Edit);
        let client = Arc::new(Client::open(options));
        let typed = Arc::new(AtomicUsize::new(0));
        let typing = type_on(Arc::clone(&client), Arc::clone(&typed), name.to_owned());
        #[expect(clippy::disallowed_methods, reason = "aborted when the writer stops")]
        let typing = tokio::spawn(typing);
        Self { client, typing, typed, name: name.to_owned() }
    }

    /// The edits that the server has acknowledged so far.
    pub async fn acknowledged(&self) -> Vec<String> {
        // Edits are acknowledged in their order. One that was applied and not counted yet makes
        // the promise smaller, never larger.
        let typed = self.typed.load(Ordering::SeqCst);
        let unsaved = self.client.look(|replica| replica.unsaved()).await;
        let acknowledged = typed.saturating_sub(unsaved.unwrap_or(usize::MAX));
        (0..acknowledged).map(|index| token(&self.name, index)).collect()
    }

    /// Ends the typing and stays connected. Gives all that was typed, acknowledged or not.
    pub async fn stop(&mut self) -> Vec<String> {
        self.typing.abort();
        let _ = (&mut self.typing).await;
        // The last edit may be in the client without being counted.
        let counted = self.typed.load(Ordering::SeqCst);
        let next = token(&self.name, counted);
        let text = self.client.text().await.unwrap_or_default();
        let typed = counted + usize::from(text.contains(&next));
        self.typed.store(typed, Ordering::SeqCst);
        (0..typed).map(|index| token(&self.name, index)).collect()
    }

    /// Waits until everything typed is acknowledged.
    ///
    /// # Errors
    /// [`Ended`]
    pub async fn saved(&self) -> Result<(), Ended> {
        self.client.wait_until(|replica| replica.unsaved() == 0).await
    }

    /// The client it types into.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.typing.abort();
    }
}

async fn type_on(client: Arc<Client>, typed: Arc<AtomicUsize>, name: String) {
    // What is typed before the deck is here becomes one edit, and could not be counted.
    if client.saved().await.is_err() {
        return;
    }
    for index in 0.. {
        let room = client.wait_until(|replica| replica.unsaved() < MOST_UNSAVED).await;
        let edit = TextEdit::insert(u32::MAX, &token(&name, index));
        if room.is_err() || client.edit(vec![edit]).await.is_err() {
            return;
        }
        typed.store(index + 1, Ordering::SeqCst);
    }
}

fn token(name: &str, index: usize) -> String {
    format!("[{name}.{index}]")
}
