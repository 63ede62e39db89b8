//! A Yjs client as others write them: a plain document that speaks y-websocket and nothing else.

use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{
    ClientID, Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, TextRef, Transact,
    Update,
};

use crate::Millis;
use crate::doc::{ROOT, TextEdit};
use crate::presence::{self, Entry};
use crate::replica::{ClientEffect, ClientEvent};
use crate::wire::Frame;

/// Stock clients say again this often that they are here.
const RENEWAL: Millis = 15_000;
/// Wait between two attempts to connect.
const RETRY: Millis = 300;

/// The same interface as [`crate::replica::Replica`], as far as there is something to it.
pub struct StockClient {
    doc: Doc,
    text: TextRef,
    open: bool,
    presence_clock: u64,
    wake_at: Option<Millis>,
}

impl StockClient {
    /// A client that knows nothing of the deck yet.
    pub fn new(client_id: u64) -> Self {
        let mut options = Options::with_client_id(ClientID::new(client_id));
        options.offset_kind = OffsetKind::Utf16;
        let doc = Doc::with_options(options);
        let text = doc.get_or_insert_text(ROOT);
        Self { doc, text, open: false, presence_clock: 0, wake_at: None }
    }

    /// Takes one event of the connection.
    pub fn handle(&mut self, now: Millis, event: ClientEvent, out: &mut Vec<ClientEffect>) {
        match event {
            ClientEvent::Start | ClientEvent::Nudge => out.push(ClientEffect::Connect),
            ClientEvent::Kept { .. } | ClientEvent::NotKept => {}
            ClientEvent::Opened => {
                self.open = true;
                let have = self.doc.transact().state_vector().encode_v1();
                send(&Frame::SyncStep1(&have), out);
                self.send_presence(out);
                self.wake_at = Some(now + RENEWAL);
            }
            ClientEvent::Frame(bytes) => self.frame(&bytes, out),
            ClientEvent::Closed { .. } => {
                self.open = false;
                self.wake_at = Some(now + RETRY);
            }
            ClientEvent::Wake if self.open => {
                // Also when nothing changed the clock goes up, as in y-protocols.
                self.presence_clock += 1;
                self.send_presence(out);
                self.wake_at = Some(now + RENEWAL);
            }
            ClientEvent::Wake => {
                self.wake_at = None;
                out.push(ClientEffect::Connect);
            }
        }
    }

    /// Changes the text and, like y-websocket, sends the change whenever the socket is open,
    /// even before the first exchange of states is over.
    pub fn edit(&mut self, edits: &[TextEdit], out: &mut Vec<ClientEffect>) {
        let mut txn = self.doc.transact_mut();
        for edit in edits {
            self.text.remove_range(&mut txn, edit.at, edit.delete);
            self.text.insert(&mut txn, edit.at, &edit.insert);
        }
        if self.open {
            send(&Frame::Update(&txn.encode_update_v1()), out);
        }
    }

    /// Its Yjs client id.
    pub fn client_id(&self) -> u64 {
        self.doc.client_id().get()
    }

    /// When the client wants to be woken.
    pub fn next_wake(&self) -> Option<Millis> {
        self.wake_at
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }

    /// Everything it has, as one update.
    pub fn encode(&self) -> Vec<u8> {
        self.doc.transact().encode_diff_v1(&StateVector::default())
    }

    fn frame(&mut self, bytes: &[u8], out: &mut Vec<ClientEffect>) {
        match Frame::decode(bytes) {
            Ok(Frame::SyncStep1(have)) => {
                let have = StateVector::decode_v1(have).unwrap_or_default();
                let missing = self.doc.transact().encode_diff_v1(&have);
                send(&Frame::SyncStep2(&missing), out);
            }
            Ok(Frame::SyncStep2(update) | Frame::Update(update)) => {
                let update = Update::decode_v1(update).unwrap_or_default();
                let applied = self.doc.transact_mut().apply_update(update);
                assert!(applied.is_ok(), "a stock client cannot read what the server sends");
            }
            Ok(Frame::QueryAwareness) => self.send_presence(out),
            Ok(_) => {}
            Err(error) => panic!("the server sent a {error}"),
        }
    }

    fn send_presence(&mut self, out: &mut Vec<ClientEffect>) {
        let entry = Entry {
            client: self.doc.client_id().get(),
            clock: self.presence_clock,
            state: r#"{"user":{"name":"Stock"}}"#.to_owned(),
        };
        send(&Frame::Awareness(&presence::encode([&entry].into_iter())), out);
    }
}

fn send(frame: &Frame, out: &mut Vec<ClientEffect>) {
    out.push(ClientEffect::Send(frame.encode()));
}
