//! What a store knows of people: sessions, accounts, roles, links, and who did what.
//!
//! Times are Unix milliseconds and come from the caller where they decide something.

use super::{DeckId, DeckRecord, LinkRole, NewDeck, NewLink, StoreResult};

/// What is known of people, shared by all who need it.
pub type SharedAccess = std::sync::Arc<dyn AccessStore>;

/// Who somebody is, as it stands in journals: `guest:…`, `user:…` or `admin`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Principal(pub String);

/// The sum by which a secret is found; the secret itself is never stored.
pub type Sum = [u8; 32];

/// A role that somebody was given in a deck by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PersonRole {
    /// Reads.
    Viewer,
    /// Also writes and presents.
    Editor,
    /// Also shares it, and throws it away.
    Owner,
}

impl PersonRole {
    /// All, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Owner];

    /// The word for it in the database and in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }

    /// The role of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What a deck is for those it was not shared with by name: HedgeDoc's six levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeckLevel {
    /// Everybody writes.
    Freely,
    /// Everybody reads, who is signed in writes.
    Editable,
    /// Who is signed in writes, nobody else sees it.
    Limited,
    /// Everybody reads, only people of the deck write.
    Locked,
    /// Who is signed in reads, only people of the deck write.
    Protected,
    /// Only people of the deck see it.
    Private,
}

impl DeckLevel {
    /// All, the widest first.
    pub const ALL: [Self; 6] =
        [Self::Freely, Self::Editable, Self::Limited, Self::Locked, Self::Protected, Self::Private];

    /// The word for it in the database and in addresses: HedgeDoc's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Freely => "freely",
            Self::Editable => "editable",
            Self::Limited => "limited",
            Self::Locked => "locked",
            Self::Protected => "protected",
            Self::Private => "private",
        }
    }

    /// The level of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// Somebody who has an account with the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `user:…`, made at the first sign-in.
    pub principal: Principal,
    /// As the provider calls them.
    pub name: String,
    /// Only when the provider has verified it; lower case.
    pub email: Option<String>,
    /// As the provider says.
    pub groups: Vec<String>,
}

/// What the provider says of somebody who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The provider.
    pub issuer: String,
    /// Who it is to the provider.
    pub subject: String,
    /// See [`User`].
    pub name: String,
    /// See [`User`].
    pub email: Option<String>,
    /// See [`User`].
    pub groups: Vec<String>,
}

/// A session that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub principal: Principal,
    /// Their account; guests have none.
    pub user: Option<User>,
    /// When it ends; that of a guest only unless it is used.
    pub expires_at: i64,
}

/// A sign-in that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Of the state that comes back from the provider.
    pub state_sha256: Sum,
    /// Of a cookie of the browser that began it.
    pub browser_sha256: Sum,
    /// Has to stand in the token.
    pub nonce: String,
    /// Proves to the provider who began it (PKCE).
    pub verifier: String,
    /// A path of ours to go to.
    pub return_to: String,
    /// When it is too late.
    pub expires_at: i64,
}

/// What a link opens, while it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Which deck.
    pub deck: DeckId,
    /// What for.
    pub role: LinkRole,
    /// The how-manieth.
    pub serial: u64,
    /// When it ends by itself.
    pub expires_at: Option<i64>,
}

/// All that decides what somebody may do with a deck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeckAccess {
    /// What it is for everybody.
    pub level: DeckLevel,
    /// Whether anybody owns it.
    pub owned: bool,
    /// The highest role among those of the given subjects.
    pub person: Option<PersonRole>,
    /// Roles of links that the principal came by, and that hold.
    pub links: Vec<LinkRole>,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: i64,
    /// By whom.
    pub principal: Principal,
    /// To which deck, if to one.
    pub deck: Option<DeckId>,
    /// What, as `object.verb`: `link.reset`.
    pub action: String,
    /// What else is to be known: roles, subjects, numbers. Never what a deck says.
    pub detail: String,
}

/// An entry, and what whoever did it is called, if they have an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// What was done.
    pub entry: AuditEntry,
    /// By whom.
    pub name: Option<String>,
}

impl Audited {
    /// Entries with the names of those among whom whoever did it is.
    pub(super) fn named(entries: Vec<AuditEntry>, users: &[User]) -> Vec<Self> {
        let name = |who: &Principal| {
            users.iter().find(|user| user.principal == *who).map(|user| user.name.clone())
        };
        let named = |entry: AuditEntry| Self { name: name(&entry.principal), entry };
        entries.into_iter().map(named).collect()
    }
}

/// People and what they may do.
pub trait AccessStore: Send + Sync + 'static {
    /// Begins a session.
    fn add_session(
        &self,
        token_sha256: Sum,
        principal: Principal,
        now: i64,
        expires_at: i64,
    ) -> StoreResult<()>;
    /// The session of this token, unless it is over at `now`.
    fn session(&self, token_sha256: Sum, now: i64) -> StoreResult<Option<Session>>;
    /// A session was used: it ends later. One that is over stays so.
    fn touch_session(&self, token_sha256: Sum, now: i64, expires_at: i64) -> StoreResult<()>;
    /// Ends a session.
    fn end_session(&self, token_sha256: Sum) -> StoreResult<()>;
    /// Notes a sign-in that begins, and forgets those that are too late at `now`.
    fn add_login(&self, login: Login, now: i64) -> StoreResult<()>;
    /// Takes a sign-in out that has come back: it counts once. `None` when there is none, or too late.
    fn take_login(&self, state_sha256: Sum, now: i64) -> StoreResult<Option<Login>>;
    /// Somebody has signed in: their account, made or brought up to date by issuer and subject. What the
    /// guest (`guest:…`, nobody else) had in this browser is theirs from now on: roles, of which the higher
    /// one stays, and the links they came by. The guest's sessions end.
    fn sign_in(&self, signed_in: SignedIn, guest: Option<Principal>, now: i64)
    -> StoreResult<User>;
    /// Accounts of these principals.
    fn users(&self, principals: Vec<Principal>) -> StoreResult<Vec<User>>;
    /// Makes a deck with a first snapshot that has this level and owner from its first moment on.
    fn create_deck_for(
        &self,
        deck: NewDeck,
        owner: Option<Principal>,
        level: DeckLevel,
    ) -> StoreResult<DeckRecord>;
    /// What decides about a deck for one who is all of `subjects`, of which the first is the principal.
    /// `None` when there is no such deck outside the bin; with `in_bin`, also inside.
    fn deck_access(
        &self,
        deck: &DeckId,
        subjects: Vec<String>,
        in_bin: bool,
        now: i64,
    ) -> StoreResult<Option<DeckAccess>>;
    /// Decks outside the bin that were shared with one of these by name, or that the first came to by a link.
    fn decks_of(&self, subjects: Vec<String>, now: i64) -> StoreResult<Vec<DeckId>>;
    /// Levels of all decks outside the bin.
    fn levels(&self) -> StoreResult<Vec<(DeckId, DeckLevel)>>;
    /// What a deck is for everybody from now on.
    fn set_level(&self, deck: &DeckId, level: DeckLevel) -> StoreResult<()>;
    /// With whom a deck is shared by name, owners first, then in the order in which they came.
    fn people(&self, deck: &DeckId) -> StoreResult<Vec<(String, PersonRole)>>;
    /// Gives somebody a role, or takes it (`None`). `false`, and nothing is changed, when that would leave
    /// a deck that has owners without one.
    fn set_person(
        &self,
        deck: &DeckId,
        subject: String,
        role: Option<PersonRole>,
        now: i64,
    ) -> StoreResult<bool>;
    /// Adds a link, unless it is there, and ends those of its deck and role that came before it.
    fn add_link(&self, link: NewLink, now: i64) -> StoreResult<()>;
    /// When the newest link of a role ends by itself (`None`: never). `false` when there is none.
    fn set_link_expiry(
        &self,
        deck: &DeckId,
        role: LinkRole,
        expires_at: Option<i64>,
    ) -> StoreResult<bool>;
    /// The link that holds at `now` to a deck outside the bin: the newest of its role, and not past its end.
    fn link(&self, code_sha256: Sum, now: i64) -> StoreResult<Option<Link>>;
    /// The newest link of a role, whether or not it is past its end, and wherever its deck is.
    fn newest_link(&self, deck: &DeckId, role: LinkRole) -> StoreResult<Option<Link>>;
    /// Somebody came by a link.
    fn add_grant(&self, principal: Principal, link: Link, now: i64) -> StoreResult<()>;
    /// Notes what was done.
    fn add_audit(&self, entry: AuditEntry) -> StoreResult<()>;
    /// The newest entries, newest first: of a deck, or of all.
    fn audit(&self, deck: Option<DeckId>, most: usize) -> StoreResult<Vec<AuditEntry>>;
}
