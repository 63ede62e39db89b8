//! Client ids that prove whose they are: nobody can write with an id that was issued to another.
//!
//! Yjs clients name themselves, so a modified client could use up the clocks of somebody else,
//! whose later edits would then vanish. Ids that this server issues carry a tag that only it can
//! make, and come with a proof for those who return: another connection, or the next tab of the
//! same browser that sends what the last one could not. Nothing has to be stored for that.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::Key;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// Bits of an id that are a tag: a stock client's random id has one by chance once in 16 million.
const TAG_BITS: u32 = 24;
/// Bits of an id that are random. With the tag they make the 53 that JavaScript can hold exactly.
const NONCE_BITS: u32 = 29;
/// Bytes of a proof.
const PROOF_BYTES: usize = 16;

/// Issues and recognises the client ids of one deck.
#[derive(Clone)]
pub struct ClientIds {
    /// Keyed with the server's secret, and has taken in the deck's id.
    mac: Hmac<Sha256>,
}

impl ClientIds {
    /// The ids of a deck. Servers with the same secret know each other's ids.
    pub fn new(secret: &[u8; 32], deck: &str) -> Self {
        // HMAC takes a key of a whole block; a shorter one is filled up with zeros (RFC 2104).
        let mut key = Key::<Hmac<Sha256>>::default();
        key[..secret.len()].copy_from_slice(secret);
        let mut mac = Hmac::new(&key);
        mac.update(deck.as_bytes());
        Self { mac }
    }

    /// An id made of these random bits.
    pub fn issue(&self, random: u64) -> u64 {
        let nonce = random & ((1 << NONCE_BITS) - 1);
        nonce << TAG_BITS | self.tag(nonce)
    }

    /// Whether an id is one that a server with this secret issued.
    pub fn is_issued(&self, client: u64) -> bool {
        client & ((1 << TAG_BITS) - 1) == self.tag(client >> TAG_BITS)
    }

    /// What shows later that the id was issued to the one who has this.
    pub fn proof(&self, client: u64) -> String {
        URL_SAFE_NO_PAD.encode(&self.sum(b"proof", client).finalize().into_bytes()[..PROOF_BYTES])
    }

    /// Whether a proof is the one that came with the id; takes the same time for every wrong one.
    pub fn is_proven(&self, client: u64, proof: &str) -> bool {
        let proof = URL_SAFE_NO_PAD.decode(proof).unwrap_or_default();
        proof.len() == PROOF_BYTES
            && self.sum(b"proof", client).verify_truncated_left(&proof).is_ok()
    }

    fn tag(&self, nonce: u64) -> u64 {
        let sum = self.sum(b"tag", nonce).finalize().into_bytes();
        u64::from(u32::from_be_bytes([0, sum[0], sum[1], sum[2]]))
    }

    fn sum(&self, purpose: &[u8], number: u64) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        // A deck's id holds no zero byte, so no two inputs look the same.
        mac.update(&[0]);
        mac.update(purpose);
        mac.update(&number.to_be_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_proofs_belong_to_one_deck_and_one_secret() {
        let ids = ClientIds::new(&[1; 32], "deck");
        for random in [0, 7, u64::MAX] {
            let client = ids.issue(random);
            assert!(client < 1 << 53 && ids.is_issued(client));
            assert!(ids.is_proven(client, &ids.proof(client)));
            assert!(!ids.is_proven(client ^ 1, &ids.proof(client)));
            for other in [ClientIds::new(&[1; 32], "other"), ClientIds::new(&[2; 32], "deck")] {
                assert!(!other.is_issued(client));
                assert!(!other.is_proven(client, &ids.proof(client)));
            }
        }
        for proof in ["", "AAAA", "not base64!", &ids.proof(1)[1..]] {
            assert!(!ids.is_proven(1, proof));
        }
        assert!(!ids.is_issued(1));
    }
}
