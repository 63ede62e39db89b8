//! Who is asking, as far as limits go: addresses, how many connections each has, how often it asks.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use ipnet::IpNet;
use tokio::time::Instant;

use super::bucket::Bucket;

/// Where a proxy says for whom it asks. Each adds one entry at the end: whom it was asked by.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// So many rates are remembered before those that make no difference are forgotten.
const REMEMBERED: usize = 1_024;

/// The proxies that are believed.
#[derive(Debug, Clone)]
pub(crate) struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Those in these networks.
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether this address is a proxy's: everybody behind it has that address, and it sees itself to
    /// how many connections there are.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address that limits count, `None` for this machine itself, which nothing limits.
    ///
    /// Of what proxies say, the last entry counts that none of them made up: the one by which the
    /// outermost of those was asked that are believed. All before it came with the request.
    pub(crate) fn client_address(&self, peer: SocketAddr, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = peer.ip().to_canonical();
        let mut entries = headers.get_all(FORWARDED_FOR).iter().rev().flat_map(|value| {
            // What cannot be read is an entry as well.
            value.to_str().unwrap_or_default().rsplit(',').map(str::trim)
        });
        let mut outermost = peer;
        while self.trusts(outermost) {
            let Some(entry) = entries.next() else { break };
            // Then it counts as the proxy that says so.
            let Some(address) = read(entry) else { break };
            outermost = address.to_canonical();
        }
        let is_this_machine = peer.is_loopback() && !headers.contains_key(FORWARDED_FOR);
        (!is_this_machine).then(|| network(outermost))
    }
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

/// How often each address, or whatever else is counted by, may do something.
pub(crate) struct Rate<K = IpAddr> {
    per_second: f64,
    at_once: f64,
    counted: Mutex<Counted<K>>,
}

struct Counted<K> {
    buckets: HashMap<K, Bucket>,
    tidy_at: usize,
}

impl<K: Eq + Hash> Rate<K> {
    /// So many times in each period, which may be all at once.
    pub(crate) fn new(times: f64, period: Duration) -> Self {
        let counted = Counted { buckets: HashMap::new(), tidy_at: REMEMBERED };
        Self {
            per_second: times / period.as_secs_f64(),
            at_once: times,
            counted: Mutex::new(counted),
        }
    }

    /// Once more, or how long to wait.
    pub(crate) fn take(&self, by: K, now: Instant) -> Result<(), Duration> {
        self.take_all(by, 1, now)
    }

    /// So many times more, which may be more than are left; then the next one waits for all of them.
    pub(crate) fn take_all(&self, by: K, times: usize, now: Instant) -> Result<(), Duration> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.buckets.len() >= counted.tidy_at {
            counted.buckets.retain(|_, bucket| !bucket.is_full(now));
            counted.tidy_at = REMEMBERED.max(2 * counted.buckets.len());
        }
        let full = || Bucket::full(self.per_second, self.at_once, now);
        let bucket = counted.buckets.entry(by).or_insert_with(full);
        bucket.take(now)?;
        bucket.spend(now, times.saturating_sub(1) as f64);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(proxies: &[&str], peer: &str, forwarded: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let proxies =
            Proxies::new(proxies.iter().map(|network| network.parse().unwrap()).collect());
        let address = proxies.client_address(peer.parse().unwrap(), &headers);
        address.map(|address| address.to_string())
    }

    fn address(peer: &str, forwarded: &[&str]) -> Option<String> {
        behind(&["127.0.0.0/8", "::1/128"], peer, forwarded)
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed_and_only_its_own_word() {
        for (peer, forwarded, counted) in [
            ("192.0.2.7:1", &[][..], Some("192.0.2.7")),
            ("192.0.2.7:1", &["198.51.100.1"], Some("192.0.2.7")),
            ("192.0.2.7:1", &["127.0.0.1"], Some("192.0.2.7")),
            ("127.0.0.1:1", &[], None),
            ("[::1]:1", &[], None),
            ("127.0.0.1:1", &["198.51.100.1"], Some("198.51.100.1")),
            ("127.0.0.1:1", &["9.9.9.9, 198.51.100.1"], Some("198.51.100.1")),
            ("[::ffff:127.0.0.1]:1", &["9.9.9.9", "198.51.100.1"], Some("198.51.100.1")),
            ("127.0.0.1:1", &["198.51.100.1:4711"], Some("198.51.100.1")),
            ("127.0.0.1:1", &["unknown"], Some("127.0.0.1")),
            ("127.0.0.1:1", &[""], Some("127.0.0.1")),
            ("127.0.0.1:1", &["9.9.9.9, "], Some("127.0.0.1")),
            // Somebody who says that they are this machine: the proxy has added who they are.
            ("127.0.0.1:1", &["127.0.0.1, 198.51.100.1"], Some("198.51.100.1")),
            ("127.0.0.1:1", &["127.0.0.1"], Some("127.0.0.1")),
        ] {
            assert_eq!(address(peer, forwarded).as_deref(), counted, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn of_a_chain_of_proxies_the_first_that_is_not_one_of_them_counts() {
        let chain = ["10.0.0.0/8", "2001:db8:ffff::/48"];
        for (peer, forwarded, counted) in [
            ("10.0.0.1:1", &["198.51.100.1"][..], "198.51.100.1"),
            ("10.0.0.1:1", &["198.51.100.1, 10.0.0.9"], "198.51.100.1"),
            ("10.0.0.1:1", &["198.51.100.1", "2001:db8:ffff::7", "10.0.0.9"], "198.51.100.1"),
            ("[2001:db8:ffff::1]:1", &["198.51.100.1"], "198.51.100.1"),
            ("[::ffff:10.0.0.1]:1", &["::ffff:198.51.100.1, ::ffff:10.0.0.9"], "198.51.100.1"),
            // Whatever comes before that was made up, or may be.
            ("10.0.0.1:1", &["10.0.0.5, 198.51.100.1, 10.0.0.9"], "198.51.100.1"),
            ("10.0.0.1:1", &["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1:1", &["1.1.1.1, what?, 10.0.0.9"], "10.0.0.9"),
            // From inside, and from a proxy that says nothing.
            ("10.0.0.1:1", &["10.0.0.5, 10.0.0.9"], "10.0.0.5"),
            ("10.0.0.1:1", &[], "10.0.0.1"),
            // Others are not believed, this machine neither once there are other proxies.
            ("192.0.2.7:1", &["198.51.100.1"], "192.0.2.7"),
            ("127.0.0.1:1", &["198.51.100.1"], "127.0.0.1"),
        ] {
            let found = behind(&chain, peer, forwarded);
            assert_eq!(found.as_deref(), Some(counted), "{peer} {forwarded:?}");
        }
        assert_eq!(behind(&chain, "127.0.0.1:1", &[]), None);
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one_address() {
        assert_eq!(address("[2001:db8:1:2:3:4:5:6]:1", &[]).unwrap(), "2001:db8:1:2::");
        assert_eq!(address("127.0.0.1:1", &["[2001:db8:1:2::9]:80"]).unwrap(), "2001:db8:1:2::");
        assert_eq!(address("[::ffff:192.0.2.7]:1", &[]).unwrap(), "192.0.2.7");
        // A proxy in the same /64 as its clients is told apart from them.
        let proxy = ["2001:db8:1:2::1/128"];
        let found = behind(&proxy, "[2001:db8:1:2::1]:1", &["2001:db8:1:3::9, 2001:db8:1:2::1"]);
        assert_eq!(found.unwrap(), "2001:db8:1:3::");
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
        assert!(rate.counted.lock().unwrap().buckets.len() < 3 * REMEMBERED);
        let now = start + Duration::from_secs(1_000);
        assert!(rate.take(IpAddr::V4(9_999.into()), now).is_err());
    }
}
