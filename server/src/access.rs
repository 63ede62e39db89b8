//! What somebody may do with a deck: decided here, from what the store knows, and nowhere else.

pub(crate) mod audit;
pub(crate) mod sessions;
pub(crate) mod token;
pub(crate) mod watch;

use collab::access::Role;
use serde::Serialize;

use crate::auth::{Visitor, VisitorKind};
use crate::cli::AccessMode;
use crate::error::ApiError;
use crate::router::App;
use crate::store::access::{DeckAccess, DeckLevel, PersonRole};
use crate::store::{DeckId, LinkRole};

/// What somebody may do with one deck; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Nothing.
    None,
    /// See the slides as the audience does.
    Follow,
    /// Read its text, with everything that is not on slides.
    Read,
    /// Say something beside the slides.
    Comment,
    /// Write.
    Edit,
    /// Present, and hand out links for the audience.
    Present,
    /// Share it, and throw it away.
    Own,
}

impl Access {
    /// The highest of what the level, a role by name and links give.
    pub(crate) fn of(mode: AccessMode, kind: VisitorKind, found: &DeckAccess) -> Self {
        if kind == VisitorKind::Admin {
            return Self::Own;
        }
        let person = found.person.map_or(Self::None, Self::by_name);
        let links = found.links.iter().map(|&role| Self::by_link(role));
        let access = links.fold(person.max(Self::by_level(kind, found.level)), Self::max);
        match mode {
            AccessMode::Members if kind != VisitorKind::Member => access.min(Self::Follow),
            // Where nobody signs in, a deck that is nobody's is everybody's.
            AccessMode::Open if !found.owned && access >= Self::Present => Self::Own,
            _ => access,
        }
    }

    /// What a deck is for those it was not shared with by name.
    pub(crate) fn by_level(kind: VisitorKind, level: DeckLevel) -> Self {
        let is_member = kind >= VisitorKind::Member;
        match level {
            DeckLevel::Freely => Self::Present,
            DeckLevel::Editable | DeckLevel::Limited if is_member => Self::Present,
            DeckLevel::Locked | DeckLevel::Protected if is_member => Self::Read,
            DeckLevel::Editable | DeckLevel::Locked => Self::Read,
            DeckLevel::Limited | DeckLevel::Protected | DeckLevel::Private => Self::None,
        }
    }

    fn by_name(role: PersonRole) -> Self {
        match role {
            PersonRole::Viewer => Self::Read,
            PersonRole::Editor => Self::Present,
            PersonRole::Owner => Self::Own,
        }
    }

    fn by_link(role: LinkRole) -> Self {
        match role {
            LinkRole::Follow | LinkRole::Remote => Self::Follow,
            LinkRole::Comment => Self::Comment,
            LinkRole::Edit => Self::Edit,
            LinkRole::Present => Self::Present,
        }
    }

    /// The role in the deck's room; `None` for those who may not be there.
    pub(crate) fn role(self) -> Option<Role> {
        match self {
            Self::None | Self::Follow => None,
            // The text is as little theirs to change.
            Self::Read | Self::Comment => Some(Role::Follow),
            Self::Edit => Some(Role::Edit),
            Self::Present | Self::Own => Some(Role::Present),
        }
    }
}

/// Whether somebody may make decks.
pub(crate) fn can_create(mode: AccessMode, kind: VisitorKind) -> bool {
    mode == AccessMode::Open || kind >= VisitorKind::Member
}

/// Unix milliseconds.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// What a visitor may do with a deck that is not in the bin.
///
/// # Errors
/// [`ApiError::NoDeck`], or when the store fails.
pub(crate) async fn judge(app: &App, visitor: &Visitor, deck: &DeckId) -> Result<Access, ApiError> {
    judge_in(app, visitor, deck, Where::OnTheList).await
}

/// Where a deck may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Where {
    OnTheList,
    AlsoInTheBin,
}

/// The same, of a deck that may also be in the bin.
///
/// # Errors
/// As [`judge`].
pub(crate) async fn judge_in(
    app: &App,
    visitor: &Visitor,
    deck: &DeckId,
    place: Where,
) -> Result<Access, ApiError> {
    let in_bin = place == Where::AlsoInTheBin;
    let found = app.access.deck_access(deck, visitor.subjects(), in_bin, now()).await?;
    Ok(Access::of(app.mode, visitor.kind, &found.ok_or(ApiError::NoDeck)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODES: [AccessMode; 3] = [AccessMode::Open, AccessMode::GuestsEdit, AccessMode::Members];
    const KINDS: [VisitorKind; 4] =
        [VisitorKind::Program, VisitorKind::Guest, VisitorKind::Member, VisitorKind::Admin];
    const PEOPLE: [(Option<PersonRole>, Access); 4] = [
        (None, Access::None),
        (Some(PersonRole::Viewer), Access::Read),
        (Some(PersonRole::Editor), Access::Present),
        (Some(PersonRole::Owner), Access::Own),
    ];
    const LINKS: [(&[LinkRole], Access); 7] = [
        (&[], Access::None),
        (&[LinkRole::Follow], Access::Follow),
        (&[LinkRole::Remote], Access::Follow),
        (&[LinkRole::Comment], Access::Comment),
        (&[LinkRole::Edit], Access::Edit),
        (&[LinkRole::Present], Access::Present),
        (&[LinkRole::Edit, LinkRole::Follow], Access::Edit),
    ];
    /// What each level is for guests and for members.
    const LEVELS: [(DeckLevel, Access, Access); 6] = [
        (DeckLevel::Freely, Access::Present, Access::Present),
        (DeckLevel::Editable, Access::Read, Access::Present),
        (DeckLevel::Limited, Access::None, Access::Present),
        (DeckLevel::Locked, Access::Read, Access::Read),
        (DeckLevel::Protected, Access::None, Access::Read),
        (DeckLevel::Private, Access::None, Access::None),
    ];

    /// The rule in other words than the code.
    fn expected(mode: AccessMode, kind: VisitorKind, owned: bool, gives: [Access; 3]) -> Access {
        let most = gives.into_iter().max().unwrap();
        let is_guest = matches!(kind, VisitorKind::Program | VisitorKind::Guest);
        if kind == VisitorKind::Admin {
            return Access::Own;
        }
        if mode == AccessMode::Members && is_guest && most > Access::Follow {
            return Access::Follow;
        }
        let is_everybodys = mode == AccessMode::Open && !owned;
        if is_everybodys && most == Access::Present { Access::Own } else { most }
    }

    #[test]
    fn every_mode_kind_level_role_and_link_gives_what_the_table_says() {
        let mut cells = 0;
        for mode in MODES {
            for kind in KINDS {
                for (level, guest, member) in LEVELS {
                    for (person, by_name) in PEOPLE {
                        for (links, by_link) in LINKS {
                            for owned in [false, true] {
                                let links = links.to_vec();
                                let found = DeckAccess { level, owned, person, links };
                                let by_level = match kind {
                                    VisitorKind::Program | VisitorKind::Guest => guest,
                                    _ => member,
                                };
                                let gives = [by_level, by_name, by_link];
                                assert_eq!(
                                    Access::of(mode, kind, &found),
                                    expected(mode, kind, owned, gives),
                                    "{mode:?} {kind:?} {found:?}"
                                );
                                cells += 1;
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(cells, 3 * 4 * 6 * 4 * 7 * 2);
    }

    #[test]
    fn who_may_only_follow_has_no_role_in_the_room() {
        let all = [
            Access::None,
            Access::Follow,
            Access::Read,
            Access::Comment,
            Access::Edit,
            Access::Present,
        ];
        let roles = all.map(Access::role);
        let [follow, edit, present] = [Role::Follow, Role::Edit, Role::Present].map(Some);
        assert_eq!(roles, [None, None, follow, follow, edit, present]);
        assert_eq!(Access::Own.role(), present);
        assert!(all.is_sorted());
    }

    #[test]
    fn guests_make_decks_only_where_everybody_does() {
        for mode in MODES {
            let can = KINDS.map(|kind| can_create(mode, kind));
            let guests = mode == AccessMode::Open;
            assert_eq!(can, [guests, guests, true, true], "{mode:?}");
        }
    }
}
