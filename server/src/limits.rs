//! What one address, one request and one process may take. Reaching a limit is an explained error.

pub(crate) mod address;
pub(crate) mod body;
pub(crate) mod bucket;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use collab::access::Role;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::error::ApiError;
use crate::store::DeckId;
use address::{Crowd, Place, Proxies, Rate};

/// WebSockets on which one address may edit, unless the operator says otherwise. An office or a
/// venue sits behind one address: this is a large team there, each with a deck or two open.
pub const CONNECTIONS_PER_ADDRESS: usize = 100;
/// For each that may edit, so many may only follow: they cost less, and the audience of a whole
/// venue comes from one address.
const FOLLOWERS_PER_EDITOR: usize = 10;
/// For each that may edit, so many may watch. They say next to nothing and cost a few kilobytes, and
/// hundreds of people in one hall sit behind one address.
const VIEWERS_PER_EDITOR: usize = 20;
/// Connections of one address that are told at the same time that there are too many. Further
/// ones are refused before they become WebSockets, which costs less and explains less.
const REFUSED_AT_ONCE: usize = 50;
/// Decks that one address may make in a minute: more is a script that went wrong.
const DECKS_PER_MINUTE: f64 = 30.0;
/// Sessions that one address may begin in a minute: a class that opens its laptops in the same minute.
const SESSIONS_PER_MINUTE: f64 = 60.0;
/// Sign-ins that one address may begin in a minute. Each makes the provider work.
const SIGN_INS_PER_MINUTE: f64 = 10.0;
/// Links that one address may redeem in a minute: enough to open, hopeless to guess.
const LINKS_PER_MINUTE: f64 = 20.0;
/// Pictures that one address may bring in in a minute: each is decoded and encoded again.
const PICTURES_PER_MINUTE: f64 = 60.0;
/// Messages beside slides that one address may send or change in a minute: an office in which a dozen
/// teams talk at once.
const MESSAGES_PER_MINUTE: f64 = 240.0;
/// Questions that one address may ask in a minute: a full hall behind one address in which a minute
/// was set aside for them.
const QUESTIONS_PER_MINUTE: f64 = 60.0;
/// How often one address may say in a minute that somebody is there, or is not: the same hall, when
/// everybody is asked to.
const ATTENDANCES_PER_MINUTE: f64 = 300.0;
/// How often one address may have a call planned in a minute: somebody who looks at the dates of a year,
/// and not a script. Each reads up to three decks.
const PLANS_PER_MINUTE: f64 = 60.0;
/// Calls that are planned, and decks that are copied, at the same time: each takes a processor for up to a
/// tenth of a second, and those who write go first.
const PLANS_AT_ONCE: usize = 2;
/// Minutes that one address may have written in a minute: an office in which every team reads theirs.
const MINUTES_PER_MINUTE: f64 = 60.0;
/// How often one address may ask in a minute what somebody said by a link: a full hall behind one address
/// in which everybody opens the page at once.
const OWN_PER_MINUTE: f64 = 1_200.0;
/// How often one address may look at boards in a minute: a whole team behind one address just before its
/// call, each with a few pages open.
const BOARDS_PER_MINUTE: f64 = 600.0;
/// How often one address may say in a minute who writes a section, or that it is ready: the same team,
/// everybody clicking at once.
const MARKS_PER_MINUTE: f64 = 300.0;
/// Questions that come by one link in a minute, wherever from: more is nothing that people read.
const QUESTIONS_PER_LINK: f64 = 120.0;
/// How often it is said by one link in a minute that somebody is there, wherever from.
const ATTENDANCES_PER_LINK: f64 = 600.0;
const MINUTE: Duration = Duration::from_secs(60);

/// What is counted by the minute and address.
#[derive(Debug, Clone, Copy)]
enum Counted {
    Decks,
    Sessions,
    SignIns,
    Links,
    Pictures,
    Messages,
    Questions,
    Attendances,
    Plans,
    Minutes,
    Own,
    Boards,
    Marks,
}

impl Counted {
    /// All, in the order in which their rates lie.
    const ALL: [Self; 13] = [
        Self::Decks,
        Self::Sessions,
        Self::SignIns,
        Self::Links,
        Self::Pictures,
        Self::Messages,
        Self::Questions,
        Self::Attendances,
        Self::Plans,
        Self::Minutes,
        Self::Own,
        Self::Boards,
        Self::Marks,
    ];

    fn per_minute(self) -> f64 {
        match self {
            Self::Decks => DECKS_PER_MINUTE,
            Self::Sessions => SESSIONS_PER_MINUTE,
            Self::SignIns => SIGN_INS_PER_MINUTE,
            Self::Links => LINKS_PER_MINUTE,
            Self::Pictures => PICTURES_PER_MINUTE,
            Self::Messages => MESSAGES_PER_MINUTE,
            Self::Questions => QUESTIONS_PER_MINUTE,
            Self::Attendances => ATTENDANCES_PER_MINUTE,
            Self::Plans => PLANS_PER_MINUTE,
            Self::Minutes => MINUTES_PER_MINUTE,
            Self::Own => OWN_PER_MINUTE,
            Self::Boards => BOARDS_PER_MINUTE,
            Self::Marks => MARKS_PER_MINUTE,
        }
    }

    /// What there were too many of, in words.
    fn name(self) -> &'static str {
        match self {
            Self::Decks => "decks were made",
            Self::Sessions => "sessions were begun",
            Self::SignIns => "sign-ins were begun",
            Self::Links => "links were opened",
            Self::Pictures => "pictures were brought in",
            Self::Messages => "messages were sent",
            Self::Questions => "questions were asked",
            Self::Attendances => "people came or left",
            Self::Plans => "calls were planned",
            Self::Minutes => "minutes were asked for",
            Self::Own => "pages were opened",
            Self::Boards => "boards were looked at",
            Self::Marks => "sections were marked",
        }
    }
}

/// The limits that requests share.
pub(crate) struct Limits {
    editors: Arc<Crowd>,
    followers: Arc<Crowd>,
    viewers: Arc<Crowd>,
    refused: Arc<Crowd>,
    rates: [Rate; Counted::ALL.len()],
    questions_by_link: Rate<(DeckId, u64)>,
    attendances_by_link: Rate<(DeckId, u64)>,
    planning: Arc<Semaphore>,
    proxies: Proxies,
}

/// What a WebSocket gets when it asks for a place.
pub(crate) enum Admission {
    /// Come in. The place is given back when it is dropped.
    Admitted(Place),
    /// Too many from this address; there is time to tell it so.
    Refused(Place),
}

impl Limits {
    /// 0 connections is no limit. Proxies are believed when they say for whom they ask.
    pub(crate) fn new(connections_per_address: usize, proxies: Proxies) -> Self {
        let editors =
            if connections_per_address == 0 { usize::MAX } else { connections_per_address };
        Self {
            editors: Crowd::new(editors),
            followers: Crowd::new(editors.saturating_mul(FOLLOWERS_PER_EDITOR)),
            viewers: Crowd::new(editors.saturating_mul(VIEWERS_PER_EDITOR)),
            refused: Crowd::new(REFUSED_AT_ONCE),
            rates: Counted::ALL.map(|counted| Rate::new(counted.per_minute(), MINUTE)),
            questions_by_link: Rate::new(QUESTIONS_PER_LINK, MINUTE),
            attendances_by_link: Rate::new(ATTENDANCES_PER_LINK, MINUTE),
            planning: Arc::new(Semaphore::new(PLANS_AT_ONCE)),
            proxies,
        }
    }

    /// Whether this is a proxy that is believed.
    pub(crate) fn believes(&self, peer: SocketAddr) -> bool {
        self.proxies.trusts(peer.ip())
    }

    /// Whether this machine itself asks, which nothing limits.
    pub(crate) fn is_this_machine(&self, peer: SocketAddr, headers: &HeaderMap) -> bool {
        self.proxies.client_address(peer, headers).is_none()
    }

    /// A WebSocket wants to join.
    pub(crate) fn admit(
        &self,
        role: Role,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<Admission, ApiError> {
        let crowd = if role.can_edit() { &self.editors } else { &self.followers };
        self.admit_to(crowd, peer, headers)
    }

    /// The same for one who watches.
    pub(crate) fn admit_viewer(
        &self,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<Admission, ApiError> {
        self.admit_to(&self.viewers, peer, headers)
    }

    fn admit_to(
        &self,
        crowd: &Arc<Crowd>,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<Admission, ApiError> {
        let Some(address) = self.proxies.client_address(peer, headers) else {
            return Ok(Admission::Admitted(Place::uncounted()));
        };
        if let Some(place) = crowd.enter(address) {
            return Ok(Admission::Admitted(place));
        }
        let place = self.refused.enter(address).ok_or(ApiError::TooManyConnections)?;
        Ok(Admission::Refused(place))
    }

    /// Somebody makes a deck.
    pub(crate) fn make_deck(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        self.take(Counted::Decks, peer, headers)
    }

    /// Somebody begins a session.
    pub(crate) fn make_session(
        &self,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        self.take(Counted::Sessions, peer, headers)
    }

    /// Somebody begins to sign in.
    pub(crate) fn sign_in(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        self.take(Counted::SignIns, peer, headers)
    }

    /// Somebody redeems a link.
    pub(crate) fn redeem(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        self.take(Counted::Links, peer, headers)
    }

    /// Somebody brings in a picture.
    pub(crate) fn upload(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        self.take(Counted::Pictures, peer, headers)
    }

    /// Somebody makes a deck with so many pictures of others. All of them count, and they come together:
    /// whoever brings in more than are left waits longer before the next one.
    pub(crate) fn copy_pictures(
        &self,
        pictures: usize,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        if pictures == 0 {
            Ok(())
        } else {
            self.take_all(Counted::Pictures, pictures, peer, headers)
        }
    }

    /// Somebody has a call planned.
    pub(crate) fn plan(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        self.take(Counted::Plans, peer, headers)
    }

    /// Waits until there is a processor for what decks begin as. To be held by the work itself, which goes
    /// on when nobody waits for it any more.
    pub(crate) async fn planning_turn(&self) -> Option<OwnedSemaphorePermit> {
        // Nobody closes it.
        Arc::clone(&self.planning).acquire_owned().await.ok()
    }

    /// Somebody has the minutes of a call written.
    pub(crate) fn minutes(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        self.take(Counted::Minutes, peer, headers)
    }

    /// Somebody of the audience asks what is theirs.
    pub(crate) fn own(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        self.take(Counted::Own, peer, headers)
    }

    /// Somebody looks at a board.
    pub(crate) fn board(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        self.take(Counted::Boards, peer, headers)
    }

    /// Somebody says something of a section.
    pub(crate) fn mark(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        self.take(Counted::Marks, peer, headers)
    }

    /// Somebody says something beside the slides, or changes what they said.
    pub(crate) fn say(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        self.take(Counted::Messages, peer, headers)
    }

    /// Somebody of the audience asks a question by a link, the `serial`-th of its deck.
    pub(crate) fn ask(
        &self,
        deck: &DeckId,
        serial: u64,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        self.take(Counted::Questions, peer, headers)?;
        let taken = self.questions_by_link.take((deck.clone(), serial), Instant::now());
        taken.map_err(|retry_after| ApiError::LinkBusy { retry_after })
    }

    /// Somebody says that they are there, or not any more; by which link, if by one.
    pub(crate) fn attend(
        &self,
        link: Option<(&DeckId, u64)>,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        self.take(Counted::Attendances, peer, headers)?;
        let Some((deck, serial)) = link else { return Ok(()) };
        let taken = self.attendances_by_link.take((deck.clone(), serial), Instant::now());
        taken.map_err(|retry_after| ApiError::LinkBusy { retry_after })
    }

    fn take(
        &self,
        counted: Counted,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        self.take_all(counted, 1, peer, headers)
    }

    fn take_all(
        &self,
        counted: Counted,
        times: usize,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        let Some(address) = self.proxies.client_address(peer, headers) else { return Ok(()) };
        let taken = self.rates[counted as usize].take_all(address, times, Instant::now());
        let what = counted.name();
        taken.map_err(|retry_after| ApiError::TooMany { what, retry_after })
    }
}

/// The networks of this machine alone: where proxies are, unless the operator says otherwise.
pub fn loopback() -> Vec<IpNet> {
    let (v4, v6) =
        (Ipv4Net::new_assert(Ipv4Addr::LOCALHOST, 8), Ipv6Net::from(Ipv6Addr::LOCALHOST));
    vec![v4.trunc().into(), v6.into()]
}

/// Lets this process open as many files as the system allows it to, and gives that number: each
/// connection is one, and many systems start programs with 1,024.
pub fn raise_open_files() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    // `None` is no limit at all.
    let allowed = if raised.is_ok() { maximum } else { current };
    allowed.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn limits(connections_per_address: usize) -> Limits {
        Limits::new(connections_per_address, Proxies::new(loopback()))
    }

    fn deck() -> DeckId {
        DeckId::parse("deck").unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_link_takes_so_much_from_all_addresses_together_until_it_is_another_one() {
        let (limits, deck) = (limits(1), deck());
        let (here, headers) = from("127.0.0.1");
        let ask = |serial| limits.ask(&deck, serial, here, &headers);
        (0..120).for_each(|_| ask(1).unwrap());
        let refused = ask(1).unwrap_err();
        assert!(refused.to_string().starts_with("too much comes by this link"), "{refused}");
        ask(2).unwrap();
        let attend = || limits.attend(Some((&deck, 1)), here, &headers);
        (0..600).for_each(|_| attend().unwrap());
        assert!(matches!(attend(), Err(ApiError::LinkBusy { .. })));
        tokio::time::advance(MINUTE).await;
        ask(1).unwrap();
        attend().unwrap();
    }

    fn from(address: &str) -> (SocketAddr, HeaderMap) {
        (SocketAddr::new(address.parse().unwrap(), 1), HeaderMap::new())
    }

    #[test]
    fn too_many_are_told_so_and_far_too_many_are_told_in_brief() {
        let limits = limits(3);
        let (peer, headers) = from("192.0.2.7");
        let mut places = Vec::new();
        for number in 0..3 + REFUSED_AT_ONCE {
            match limits.admit(Role::Edit, peer, &headers).unwrap() {
                Admission::Admitted(place) if number < 3 => places.push(place),
                Admission::Refused(place) if number >= 3 => places.push(place),
                _ => panic!("the wrong answer to number {number}"),
            }
        }
        let refused = limits.admit(Role::Present, peer, &headers);
        assert!(matches!(refused, Err(ApiError::TooManyConnections)));
        for _ in 0..3 * FOLLOWERS_PER_EDITOR {
            let admission = limits.admit(Role::Follow, peer, &headers).unwrap();
            let Admission::Admitted(place) = admission else { panic!("no place to follow") };
            places.push(place);
        }
        assert!(limits.admit(Role::Follow, peer, &headers).is_err());
        for _ in 0..3 * VIEWERS_PER_EDITOR {
            let admission = limits.admit_viewer(peer, &headers).unwrap();
            let Admission::Admitted(place) = admission else { panic!("no place to watch") };
            places.push(place);
        }
        assert!(limits.admit_viewer(peer, &headers).is_err());
        let (other, headers) = from("192.0.2.8");
        assert!(matches!(limits.admit(Role::Edit, other, &headers), Ok(Admission::Admitted(_))));
        drop(places);
        assert!(matches!(limits.admit(Role::Edit, peer, &headers), Ok(Admission::Admitted(_))));
    }

    #[test]
    fn this_machine_and_a_limit_of_zero_are_not_limited() {
        for (most, address) in [(1, "127.0.0.1"), (0, "192.0.2.7")] {
            let limits = limits(most);
            let (peer, headers) = from(address);
            let admit = |_| limits.admit(Role::Edit, peer, &headers).unwrap();
            let all: Vec<_> = (0..1_000).map(admit).collect();
            assert!(all.iter().all(|one| matches!(one, Admission::Admitted(_))), "{address}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn copied_pictures_count_like_those_that_are_brought_in_and_come_together() {
        let limits = limits(1);
        let (office, headers) = from("192.0.2.7");
        limits.copy_pictures(180, office, &headers).unwrap();
        limits.copy_pictures(0, office, &headers).unwrap();
        for wait in [120, 1] {
            assert!(limits.upload(office, &headers).is_err());
            assert!(limits.copy_pictures(1, office, &headers).is_err());
            tokio::time::advance(Duration::from_secs(wait)).await;
        }
        limits.upload(office, &headers).unwrap();
    }

    #[tokio::test]
    async fn two_calls_are_planned_at_the_same_time() {
        let limits = limits(1);
        let turns = [limits.planning_turn().await, limits.planning_turn().await];
        assert!(limits.planning_turn().now_or_never().is_none());
        drop(turns);
        assert!(limits.planning_turn().now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn each_thing_that_is_counted_has_a_rate_of_its_own_and_says_when_to_come_back() {
        let limits = limits(1);
        let (office, headers) = from("192.0.2.7");
        let (home, _) = from("192.0.2.8");
        type Take = fn(&Limits, SocketAddr, &HeaderMap) -> Result<(), ApiError>;
        fn ask(limits: &Limits, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
            limits.ask(&deck(), 1, peer, headers)
        }
        fn attend(limits: &Limits, peer: SocketAddr, headers: &HeaderMap) -> Result<(), ApiError> {
            limits.attend(None, peer, headers)
        }
        let all: [(Take, usize, &str); 13] = [
            (Limits::make_deck, 30, "too many decks were made from your address; try again in 2 s"),
            (Limits::make_session, 60, "too many sessions were begun"),
            (
                Limits::sign_in,
                10,
                "too many sign-ins were begun from your address; try again in 6 s",
            ),
            (Limits::redeem, 20, "too many links were opened"),
            (Limits::upload, 60, "too many pictures were brought in"),
            (Limits::say, 240, "too many messages were sent"),
            (ask, 60, "too many questions were asked"),
            (attend, 300, "too many people came or left"),
            (Limits::plan, 60, "too many calls were planned"),
            (Limits::minutes, 60, "too many minutes were asked for"),
            (Limits::own, 1_200, "too many pages were opened"),
            (Limits::board, 600, "too many boards were looked at"),
            (Limits::mark, 300, "too many sections were marked"),
        ];
        for (take, most, words) in all {
            for _ in 0..most {
                take(&limits, office, &headers).unwrap();
            }
            let refused = take(&limits, office, &headers).unwrap_err();
            assert!(refused.to_string().starts_with(words), "{refused}");
            take(&limits, home, &headers).unwrap();
            let ApiError::TooMany { retry_after, .. } = refused else { panic!("{refused}") };
            tokio::time::advance(retry_after).await;
            take(&limits, office, &headers).unwrap();
        }
        for _ in 0..100 {
            limits.sign_in(from("127.0.0.1").0, &headers).unwrap();
        }
    }
}
