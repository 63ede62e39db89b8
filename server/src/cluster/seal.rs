//! What nodes tell each other is sealed: whoever can reach the bus cannot speak for a node.

use bytes::Bytes;
use collab::nodes::NodeId;
use hmac::digest::Key;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// The form of an envelope, and of what is in it. Nodes of another version are not understood: they
/// hear of each other through the store.
const VERSION: u8 = 1;
/// Makes a key of the store's secret that is used for nothing else.
const DOMAIN: &[u8] = b"ondeck messages between nodes";
/// Version, node, sum.
const NODE_AT: usize = 1;
const SUM_AT: usize = NODE_AT + 8;
const PAYLOAD_AT: usize = SUM_AT + 32;

/// Seals messages of one node, and opens those of all that share its store.
pub(super) struct Seal {
    mac: Hmac<Sha256>,
    node: NodeId,
}

impl Seal {
    pub(super) fn new(secret: &[u8; 32], node: NodeId) -> Self {
        let derived = keyed(secret).chain_update(DOMAIN).finalize().into_bytes();
        Self { mac: keyed(&derived), node }
    }

    /// A message that only opens in the same context: under its subject, as the answer to its
    /// question.
    pub(super) fn close(&self, context: &[&[u8]], payload: &[u8]) -> Bytes {
        let mut sealed = Vec::with_capacity(PAYLOAD_AT + payload.len());
        sealed.push(VERSION);
        sealed.extend(self.node.0.to_le_bytes());
        let sum = self.sum(&sealed, context, payload).finalize().into_bytes();
        sealed.extend(sum);
        sealed.extend(payload);
        sealed.into()
    }

    /// Who said it, and what; `None` when it is of another version or of nobody who knows the secret.
    pub(super) fn open(&self, context: &[&[u8]], sealed: &Bytes) -> Option<(NodeId, Bytes)> {
        if sealed.len() < PAYLOAD_AT || sealed[0] != VERSION {
            return None;
        }
        let (head, payload) = (&sealed[..SUM_AT], sealed.slice(PAYLOAD_AT..));
        let sum = &sealed[SUM_AT..PAYLOAD_AT];
        self.sum(head, context, &payload).verify_slice(sum).ok()?;
        let node = u64::from_le_bytes(head[NODE_AT..].try_into().ok()?);
        Some((NodeId(node), payload))
    }

    fn sum(&self, head: &[u8], context: &[&[u8]], payload: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(head);
        for part in context {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.update(payload);
        mac
    }
}

/// HMAC takes a key of a whole block; a shorter one is filled up with zeros (RFC 2104).
fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    let mut key = Key::<Hmac<Sha256>>::default();
    key[..secret.len()].copy_from_slice(secret);
    Hmac::new(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_opens_in_its_context_and_for_those_who_share_the_secret() {
        let (one, two) = (Seal::new(&[1; 32], NodeId(7)), Seal::new(&[1; 32], NodeId(8)));
        let sealed = one.close(&[b"subject"], b"text");
        assert_eq!(
            two.open(&[b"subject"], &sealed),
            Some((NodeId(7), Bytes::from_static(b"text")))
        );
        assert_eq!(two.open(&[b"other"], &sealed), None);
        assert_eq!(two.open(&[b"sub", b"ject"], &sealed), None);
        assert_eq!(Seal::new(&[2; 32], NodeId(8)).open(&[b"subject"], &sealed), None);
        for byte in 0..sealed.len() {
            let mut changed = sealed.to_vec();
            changed[byte] ^= 1;
            assert_eq!(two.open(&[b"subject"], &changed.into()), None, "byte {byte}");
            assert_eq!(two.open(&[b"subject"], &sealed.slice(..byte)), None);
        }
    }
}
