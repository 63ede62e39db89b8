//! The browser's WebSocket, as the session wants it: whole binary messages, and one end.

use std::rc::Rc;

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::location;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

/// Close code for a connection that never came about or broke without a word.
const ABNORMAL: u16 = 1006;
/// Close code when the page leaves.
const NORMAL: u16 = 1000;

/// What happens on a socket.
pub(crate) enum SocketEvent {
    /// Messages can be sent.
    Opened,
    /// A binary message came.
    Message(Vec<u8>),
    /// It is over.
    Closed {
        /// WebSocket close code.
        code: u16,
        /// What the server said.
        reason: String,
    },
}

/// An open or opening socket. Dropping it closes it, and nothing more is heard of it.
pub(crate) struct Socket {
    socket: WebSocket,
    _opened: Closure<dyn FnMut(Event)>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Opens a socket to a path of this server.
    pub(crate) fn open(path: &str, heard: Rc<dyn Fn(SocketEvent)>) -> Option<Self> {
        let scheme = if location().protocol().ok()? == "https:" { "wss" } else { "ws" };
        let url = format!("{scheme}://{}{path}", location().host().ok()?);
        let socket = WebSocket::new_with_str(&url, collab::wire::SUBPROTOCOL).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);

        let tell = Rc::clone(&heard);
        let opened = Closure::new(move |_: Event| tell(SocketEvent::Opened));
        let tell = Rc::clone(&heard);
        let message = Closure::new(move |event: MessageEvent| {
            // Text messages are not part of the protocol.
            if let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() {
                tell(SocketEvent::Message(Uint8Array::new(&buffer).to_vec()));
            }
        });
        let closed = Closure::new(move |event: CloseEvent| {
            let code = if event.code() == 0 { ABNORMAL } else { event.code() };
            heard(SocketEvent::Closed { code, reason: event.reason() });
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        Some(Self { socket, _opened: opened, _message: message, _closed: closed })
    }

    /// Sends one message. On a socket that is closing it is lost; the replica sends what was
    /// not acknowledged again on the next one.
    pub(crate) fn send(&self, bytes: &[u8]) {
        _ = self.socket.send_with_u8_array(bytes);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        _ = self.socket.close_with_code(NORMAL);
    }
}
