//! Who is asking, as far as limits go: addresses, how many connections each has, how often it asks.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use tokio::time::Instant;

use super::bucket::Bucket;

/// Where a proxy on the same machine says for whom it asks.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Addresses whose rate is remembered before those that make no difference are forgotten.
const REMEMBERED: usize = 1_024;

/// The address that limits count, `None` for this machine itself, which nothing limits.
///
/// Only a proxy on this machine is believed, and of what it says only the last entry, its own:
/// all before it came with the request.
pub(crate) fn client_address(peer: SocketAddr, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = peer.ip().to_canonical();
    if !peer.is_loopback() {
        return Some(network(peer));
    }
    let last = headers.get_all(FORWARDED_FOR).iter().next_back()?;
    let last = last.to_str().unwrap_or_default().rsplit(',').next().unwrap_or_default();
    // What cannot be read counts as well: as one address.
    Some(read(last.trim()).map_or(peer, network))
}

/// Some proxies add the port.
fn read(entry: &str) -> Option<IpAddr> {
    let address = entry.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    address.or_else(|| Some(entry.parse::<SocketAddr>().ok()?.ip()))
}

/// One household or company gets a whole /64 of IPv6 and may use any address in it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

/// How many are here, by address.
pub(crate) struct Crowd {
    most: usize,
    here: Mutex<HashMap<IpAddr, usize>>,
}

impl Crowd {
    /// So many from each address.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, here: Mutex::default() })
    }

    /// One more, unless there are too many.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut here = self.here();
        let count = here.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place(Some((Arc::clone(self), address))))
    }

    fn here(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of a [`Crowd`], until it is dropped.
pub(crate) struct Place(Option<(Arc<Crowd>, IpAddr)>);

impl Place {
    /// Of somebody who does not count.
    pub(crate) fn uncounted() -> Self {
        Self(None)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((crowd, address)) = &self.0 else { return };
        let mut here = crowd.here();
        if let Some(count) = here.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                here.remove(address);
            }
        }
    }
}

/// How often each address may do something.
pub(crate) struct Rate {
    per_second: f64,
    at_once: f64,
    addresses: Mutex<Addresses>,
}

struct Addresses {
    buckets: HashMap<IpAddr, Bucket>,
    tidy_at: usize,
}

impl Rate {
    /// So many times in each period, which may be all at once.
    pub(crate) fn new(times: f64, period: Duration) -> Self {
        let addresses = Addresses { buckets: HashMap::new(), tidy_at: REMEMBERED };
        Self {
            per_second: times / period.as_secs_f64(),
            at_once: times,
            addresses: Mutex::new(addresses),
        }
    }

    /// Once more, or how long to wait.
    pub(crate) fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if addresses.buckets.len() >= addresses.tidy_at {
            addresses.buckets.retain(|_, bucket| !bucket.is_full(now));
            addresses.tidy_at = REMEMBERED.max(2 * addresses.buckets.len());
        }
        let full = || Bucket::full(self.per_second, self.at_once, now);
        addresses.buckets.entry(address).or_insert_with(full).take(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, forwarded: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let peer = peer.parse().unwrap();
        client_address(peer, &headers).map(|address| address.to_string())
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed_and_only_its_own_word() {
        for (peer, forwarded, counted) in [
            ("192.0.2.7:1", &[][..], Some("192.0.2.7")),
            ("192.0.2.7:1", &["198.51.100.1"], Some("192.0.2.7")),
            ("127.0.0.1:1", &[], None),
            ("[::1]:1", &[], None),
            ("127.0.0.1:1", &["198.51.100.1"], Some("198.51.100.1")),
            ("127.0.0.1:1", &["9.9.9.9, 198.51.100.1"], Some("198.51.100.1")),
            ("[::ffff:127.0.0.1]:1", &["9.9.9.9", "198.51.100.1"], Some("198.51.100.1")),
            ("127.0.0.1:1", &["198.51.100.1:4711"], Some("198.51.100.1")),
            ("127.0.0.1:1", &["unknown"], Some("127.0.0.1")),
            ("127.0.0.1:1", &[""], Some("127.0.0.1")),
        ] {
            assert_eq!(address(peer, forwarded).as_deref(), counted, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one_address() {
        assert_eq!(address("[2001:db8:1:2:3:4:5:6]:1", &[]).unwrap(), "2001:db8:1:2::");
        assert_eq!(address("127.0.0.1:1", &["[2001:db8:1:2::9]:80"]).unwrap(), "2001:db8:1:2::");
        assert_eq!(address("[::ffff:192.0.2.7]:1", &[]).unwrap(), "192.0.2.7");
    }

    #[test]
    fn a_place_is_free_again_when_its_holder_is_gone() {
        let crowd = Crowd::new(2);
        let [office, home] = ["192.0.2.7", "192.0.2.8"].map(|ip| ip.parse().unwrap());
        let places = [crowd.enter(office), crowd.enter(office)];
        assert!(places.iter().all(Option::is_some));
        assert!(crowd.enter(office).is_none());
        assert!(crowd.enter(home).is_some());
        drop(places);
        assert!(crowd.here().is_empty());
        assert!(crowd.enter(office).is_some());
    }

    #[test]
    fn addresses_that_have_been_quiet_are_forgotten() {
        let start = Instant::now();
        let rate = Rate::new(1.0, Duration::from_secs(60));
        for number in 0..10_000_u32 {
            let now = start + Duration::from_millis(100) * number;
            rate.take(IpAddr::V4(number.into()), now).unwrap();
        }
        assert!(rate.addresses.lock().unwrap().buckets.len() < 3 * REMEMBERED);
        let now = start + Duration::from_secs(1_000);
        assert!(rate.take(IpAddr::V4(9_999.into()), now).is_err());
    }
}
