//! The least that a server can do: pass every update on to everybody else in the room.
//!
//! No document, no checks, no disk. What Ondeck needs beyond this is the price of its promises.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use collab::access::Role;
use collab::wire::{Frame, SUBPROTOCOL, ServerMessage, control};
use tokio::net::TcpListener;
use tokio::sync::broadcast;

use crate::process::announce;

type Rooms = Arc<Mutex<HashMap<String, broadcast::Sender<(u64, Bytes)>>>>;

/// Serves until the process is ended.
pub(crate) async fn serve() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(listener.local_addr()?)?;
    let routes = Router::new()
        .route("/api/decks", post(|| async { r#"{"id":"baseline"}"# }))
        .route("/sync/{deck}", get(connect))
        .with_state(Rooms::default());
    let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
    Ok(axum::serve(listener, routes).await?)
}

async fn connect(
    State(rooms): State<Rooms>,
    Path(deck): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let upgrade = upgrade.protocols([SUBPROTOCOL]).read_buffer_size(4096).write_buffer_size(0);
    upgrade.on_upgrade(move |socket| async move {
        let room = {
            let mut rooms = rooms.lock().unwrap_or_else(PoisonError::into_inner);
            rooms.entry(deck).or_insert_with(|| broadcast::channel(4096).0).clone()
        };
        // A socket that ends is all that can happen here.
        let _ = relay(socket, room).await;
    })
}

async fn relay(mut socket: WebSocket, room: broadcast::Sender<(u64, Bytes)>) -> anyhow::Result<()> {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let own = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut others = room.subscribe();
    let hello = ServerMessage::Hello {
        role: Role::Present,
        epoch: 1,
        version: String::new(),
        client: 1,
        proof: String::new(),
    };
    socket.send(Message::Binary(control(&hello))).await?;
    socket.send(Message::Binary(Frame::SyncStep1(&[0]).encode())).await?;
    let mut frames = 0;
    loop {
        tokio::select! {
            message = others.recv() => {
                let (sender, bytes) = message?;
                if sender != own {
                    socket.send(Message::Binary(bytes)).await?;
                }
            }
            message = socket.recv() => {
                let Some(Ok(message)) = message else { return Ok(()) };
                let Message::Binary(bytes) = message else { continue };
                match Frame::decode(&bytes) {
                    Ok(Frame::SyncStep1(_)) => {
                        let nothing = Frame::SyncStep2(&[0, 0]).encode();
                        socket.send(Message::Binary(nothing)).await?;
                    }
                    Ok(Frame::Update(_)) => {
                        // Nobody may be listening.
                        let _ = room.send((own, bytes));
                        frames += 1;
                    }
                    Ok(Frame::SyncStep2(_)) => frames += 1,
                    _ => continue,
                }
                let saved = ServerMessage::Saved { frames };
                socket.send(Message::Binary(control(&saved))).await?;
            }
        }
    }
}
