//! Clients that send as much as the server takes: what do the others notice?

use collab::doc::{DeckDoc, TextEdit};
use collab::presence::{self, Entry};
use collab::wire::Frame;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use crate::process::Target;

/// Starts to flood a deck; it ends when the set is dropped.
pub(crate) fn start(flooding: &mut JoinSet<()>, target: &Target, deck: &str, flooders: usize) {
    for _ in 0..flooders {
        let url = format!("ws://{}/sync/{deck}", target.address);
        let address = target.address.clone();
        flooding.spawn(async move {
            // The server ends it when it likes.
            let _ = flood(&address, &url).await;
        });
    }
}

async fn flood(address: &str, url: &str) -> anyhow::Result<()> {
    let (socket, _) = client_async(url, TcpStream::connect(address).await?).await?;
    let (mut sending, mut receiving) = socket.split();
    let read = async { while let Some(Ok(_)) = receiving.next().await {} };
    let write = async {
        sending.send(Message::Binary(Frame::SyncStep2(&[0, 0]).encode())).await?;
        let mut doc = DeckDoc::new(rand());
        for clock in 0.. {
            let edit =
                if clock % 2 == 0 { TextEdit::insert(0, "x") } else { TextEdit::delete(0, 1) };
            sending.feed(Message::Binary(Frame::Update(&doc.edit(&[edit])).encode())).await?;
            let state = format!(r#"{{"user":{{"name":"Flood {clock}"}}}}"#);
            let entry = Entry { client: doc.client_id(), clock, state };
            let caret = Frame::Awareness(&presence::encode([&entry].into_iter())).encode();
            sending.feed(Message::Binary(caret)).await?;
        }
        Ok(())
    };
    tokio::select! {
        () = read => Ok(()),
        ended = write => ended,
    }
}

/// A client id of its own.
fn rand() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::collections::hash_map::RandomState::new().build_hasher().finish() >> 33
}
