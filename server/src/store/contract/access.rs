//! What every store must do with what it knows of people.

use std::sync::Arc;

use futures_util::future::{join, join_all};

use super::{id, snapshot};
use crate::store::access::{
    AccessStore, AuditEntry, DeckLevel, Link, Login, PersonRole, Principal, SignedIn,
};
use crate::store::{DeckId, LinkRole, NewDeck, NewLink, SharedStore, Store};

/// Two ways to look at one store.
struct Both {
    store: SharedStore,
    access: Arc<dyn AccessStore>,
}

/// Runs the whole suite on a store that has none of these decks.
pub(crate) async fn check<S: Store + AccessStore>(store: Arc<S>) {
    let both = Both { store: store.clone(), access: store };
    a_session_holds_until_it_ends_or_is_over(&both).await;
    a_sign_in_that_was_begun_is_taken_once_and_in_time(&both).await;
    an_account_stays_the_same_and_is_brought_up_to_date(&both).await;
    who_signs_in_keeps_what_the_guest_had_and_the_higher_role(&both).await;
    nothing_is_carried_over_from_anybody_but_a_guest(&both).await;
    a_deck_is_for_everybody_until_its_level_says_otherwise(&both).await;
    a_deck_has_its_owner_and_its_level_from_the_first_moment(&both).await;
    the_highest_role_of_all_subjects_counts(&both).await;
    the_last_owner_stays(&both).await;
    of_two_owners_who_leave_at_the_same_time_one_stays(&both).await;
    a_link_leads_to_its_deck_until_the_next_one_is_made(&both).await;
    a_link_ends_at_its_time(&both).await;
    a_link_that_comes_late_ends_no_newer_one(&both).await;
    a_grant_counts_while_its_link_is_the_newest_and_not_past_its_end(&both).await;
    a_deck_in_the_bin_hides_and_comes_back_with_everything(&both).await;
    the_audit_log_gives_the_newest_first(&both).await;
}

impl Both {
    async fn deck(&self, name: &str) -> DeckId {
        let made = NewDeck { id: id(name), title: String::new(), snapshot: snapshot("first") };
        self.store.create_deck(made).await.unwrap();
        id(name)
    }

    async fn give(&self, deck: &DeckId, subject: &str, role: PersonRole) {
        assert!(self.set(deck, subject, Some(role)).await);
    }

    async fn set(&self, deck: &DeckId, subject: &str, role: Option<PersonRole>) -> bool {
        self.access.set_person(deck, subject.into(), role, 0).await.unwrap()
    }

    async fn role(&self, deck: &DeckId, subjects: &[&str]) -> Option<PersonRole> {
        let access = self.access.deck_access(deck, words(subjects), false, 0).await.unwrap();
        access.unwrap().person
    }

    /// Roles of links that somebody came by.
    async fn granted(&self, deck: &DeckId, who: &str, now: i64) -> Vec<LinkRole> {
        let access = self.access.deck_access(deck, words(&[who]), false, now).await.unwrap();
        access.unwrap().links
    }

    async fn link(&self, deck: &DeckId, role: LinkRole, serial: u64, sum: u8) -> Link {
        let (deck, expires_at) = (deck.clone(), None);
        let link = NewLink { deck: deck.clone(), role, serial, code_sha256: [sum; 32], expires_at };
        self.access.add_link(link, 0).await.unwrap();
        Link { deck, role, serial, expires_at }
    }

    async fn sign_in(&self, signed_in: SignedIn, guest: Option<&str>) -> Principal {
        let guest = guest.map(principal);
        self.access.sign_in(signed_in, guest, 0).await.unwrap().principal
    }
}

fn principal(name: &str) -> Principal {
    Principal(name.to_owned())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn ada(subject: &str) -> SignedIn {
    SignedIn {
        issuer: "https://id.example.org".to_owned(),
        subject: subject.to_owned(),
        name: "Ada".to_owned(),
        email: Some("ada@example.org".to_owned()),
        groups: words(&["maths", "\"quoted\", [odd]"]),
    }
}

async fn a_session_holds_until_it_ends_or_is_over(both: &Both) {
    let access = &both.access;
    let guest = principal("guest:session");
    access.add_session([1; 32], guest.clone(), 100, 200).await.unwrap();
    let session = access.session([1; 32], 199).await.unwrap().unwrap();
    assert_eq!((session.principal, session.user, session.expires_at), (guest.clone(), None, 200));
    assert_eq!(access.session([1; 32], 200).await.unwrap(), None);
    assert_eq!(access.session([2; 32], 100).await.unwrap(), None);
    access.touch_session([1; 32], 150, 300).await.unwrap();
    assert_eq!(access.session([1; 32], 299).await.unwrap().unwrap().expires_at, 300);
    // What is over is not brought back by use.
    access.touch_session([1; 32], 300, 400).await.unwrap();
    assert_eq!(access.session([1; 32], 300).await.unwrap(), None);
    assert!(access.session([1; 32], 299).await.unwrap().is_some());
    access.end_session([1; 32]).await.unwrap();
    assert_eq!(access.session([1; 32], 299).await.unwrap(), None);
    access.end_session([1; 32]).await.unwrap();
    // The one of somebody with an account says whose it is.
    let user = access.sign_in(ada("session"), None, 0).await.unwrap();
    access.add_session([3; 32], user.principal.clone(), 0, 10).await.unwrap();
    assert_eq!(access.session([3; 32], 0).await.unwrap().unwrap().user, Some(user));
}

async fn a_sign_in_that_was_begun_is_taken_once_and_in_time(both: &Both) {
    let login = |sum| Login {
        state_sha256: [sum; 32],
        browser_sha256: [7; 32],
        nonce: "nonce".to_owned(),
        verifier: "verifier".to_owned(),
        return_to: "/d/deck".to_owned(),
        expires_at: 100,
    };
    both.access.add_login(login(1), 0).await.unwrap();
    both.access.add_login(login(2), 0).await.unwrap();
    let take = async |sum, now| both.access.take_login([sum; 32], now).await.unwrap();
    // Of two that come back at the same time, one is taken.
    let (one, other) = join(take(1, 99), take(1, 99)).await;
    assert_eq!([one, other].into_iter().flatten().collect::<Vec<_>>(), [login(1)]);
    assert_eq!(take(1, 99).await, None);
    assert_eq!(take(2, 100).await, None);
    assert_eq!(take(2, 0).await, None);
    assert_eq!(take(3, 0).await, None);
}

async fn an_account_stays_the_same_and_is_brought_up_to_date(both: &Both) {
    let first = both.access.sign_in(ada("account"), None, 1).await.unwrap();
    assert!(first.principal.0.starts_with("user:") && first.principal.0.len() == 27);
    assert_eq!(first.groups, ada("account").groups);
    let (name, email, groups) = ("Ada L.".to_owned(), None, Vec::new());
    let later = SignedIn { name, email, groups, ..ada("account") };
    let again = both.access.sign_in(later, None, 2).await.unwrap();
    assert_eq!(
        (&again.principal, &again.name[..], &again.email),
        (&first.principal, "Ada L.", &None)
    );
    assert_eq!(again.groups, words(&[]));
    // The same number with another provider is somebody else.
    let elsewhere = SignedIn { issuer: "https://other.example".to_owned(), ..ada("account") };
    let other = both.access.sign_in(elsewhere, None, 3).await.unwrap();
    assert_ne!(other.principal, first.principal);
    let nobody = principal("user:nobody");
    let known = vec![first.principal, nobody, other.principal.clone()];
    let users = both.access.users(known).await.unwrap();
    assert_eq!(users.len(), 2);
    assert!(users.contains(&again) && users.contains(&other));
}

async fn who_signs_in_keeps_what_the_guest_had_and_the_higher_role(both: &Both) {
    use PersonRole::{Editor, Owner, Viewer};
    let [own, higher, lower] =
        [both.deck("own").await, both.deck("up").await, both.deck("down").await];
    let user = both.sign_in(ada("guest"), None).await;
    let guest = "guest:carried";
    both.give(&own, guest, Owner).await;
    for (deck, of_guest, of_user) in [(&higher, Editor, Viewer), (&lower, Viewer, Editor)] {
        both.give(deck, guest, of_guest).await;
        both.give(deck, &user.0, of_user).await;
    }
    let old = both.link(&own, LinkRole::Edit, 1, 11).await;
    both.access.add_grant(user.clone(), old, 0).await.unwrap();
    let newest = both.link(&own, LinkRole::Edit, 2, 12).await;
    both.access.add_grant(principal(guest), newest, 0).await.unwrap();
    both.access.add_session([31; 32], principal(guest), 0, 10).await.unwrap();
    assert_eq!(both.sign_in(ada("guest"), Some(guest)).await, user);
    assert_eq!(both.access.people(&own).await.unwrap(), [(user.0.clone(), Owner)]);
    assert_eq!(both.role(&higher, &[&user.0]).await, Some(Editor));
    assert_eq!(both.role(&lower, &[&user.0]).await, Some(Editor));
    assert_eq!(both.granted(&own, &user.0, 0).await, [LinkRole::Edit]);
    // The guest is no more.
    assert_eq!(both.granted(&own, guest, 0).await, []);
    assert_eq!(both.access.decks_of(words(&[guest]), 0).await.unwrap(), []);
    assert_eq!(both.access.session([31; 32], 0).await.unwrap(), None);
    // Nor are there two grants of one role, or a way back to the older one.
    assert_eq!(both.sign_in(ada("guest"), Some(guest)).await, user);
    assert_eq!(both.granted(&own, &user.0, 0).await, [LinkRole::Edit]);
}

async fn nothing_is_carried_over_from_anybody_but_a_guest(both: &Both) {
    let deck = both.deck("kept-apart").await;
    let first = both.sign_in(ada("first"), None).await;
    for owner in ["guest", "admin", &first.0] {
        both.give(&deck, owner, PersonRole::Owner).await;
        let second = both.sign_in(ada("second"), Some(owner)).await;
        assert_eq!(both.role(&deck, &[&second.0]).await, None, "{owner}");
        assert_eq!(both.role(&deck, &[owner]).await, Some(PersonRole::Owner));
    }
}

async fn a_deck_is_for_everybody_until_its_level_says_otherwise(both: &Both) {
    let deck = both.deck("levelled").await;
    let access =
        both.access.deck_access(&deck, words(&["guest"]), false, 0).await.unwrap().unwrap();
    assert_eq!((access.level, access.owned), (DeckLevel::Freely, false));
    for level in DeckLevel::ALL {
        both.access.set_level(&deck, level).await.unwrap();
        assert!(both.access.levels().await.unwrap().contains(&(deck.clone(), level)));
        assert_eq!(DeckLevel::parse(level.name()), Some(level));
    }
    let nowhere = both.access.deck_access(&id("nowhere"), words(&["admin"]), true, 0).await;
    assert_eq!(nowhere.unwrap(), None);
}

async fn a_deck_has_its_owner_and_its_level_from_the_first_moment(both: &Both) {
    let new = |name| NewDeck { id: id(name), title: name.to_owned(), snapshot: snapshot("first") };
    let (owner, level) = (principal("guest:maker"), DeckLevel::Limited);
    let made = both.access.create_deck_for(new("made"), Some(owner), level).await.unwrap();
    assert_eq!(both.store.deck(&id("made")).await.unwrap(), Some(made));
    let access = both.access.deck_access(&id("made"), words(&["guest:maker"]), false, 0).await;
    let access = access.unwrap().unwrap();
    assert_eq!((access.level, access.person), (level, Some(PersonRole::Owner)));
    let again = both.access.create_deck_for(new("made"), None, DeckLevel::Freely).await;
    assert!(again.is_err());
    both.access.create_deck_for(new("ownerless"), None, DeckLevel::Freely).await.unwrap();
    assert_eq!(both.access.people(&id("ownerless")).await.unwrap(), []);
}

async fn the_highest_role_of_all_subjects_counts(both: &Both) {
    use PersonRole::{Editor, Viewer};
    let deck = both.deck("shared").await;
    both.give(&deck, "email:ada@example.org", Viewer).await;
    both.give(&deck, "group:maths", Editor).await;
    let all = ["user:ada", "email:ada@example.org", "group:physics", "group:maths"];
    assert_eq!(both.role(&deck, &all).await, Some(Editor));
    assert_eq!(both.role(&deck, &all[..3]).await, Some(Viewer));
    assert_eq!(both.role(&deck, &all[..1]).await, None);
    assert_eq!(both.role(&deck, &[]).await, None);
    assert_eq!(both.access.decks_of(words(&all), 0).await.unwrap(), std::slice::from_ref(&deck));
    let nowhere = both.access.set_person(&id("nowhere"), "user:ada".into(), Some(Viewer), 0).await;
    assert!(nowhere.is_err());
}

async fn the_last_owner_stays(both: &Both) {
    use PersonRole::{Editor, Owner, Viewer};
    let deck = both.deck("owned").await;
    // A deck that nobody owns has no last owner.
    both.give(&deck, "user:viewer", Viewer).await;
    both.give(&deck, "user:a", Owner).await;
    assert!(!both.set(&deck, "user:a", None).await);
    assert!(!both.set(&deck, "user:a", Some(Editor)).await);
    assert!(both.set(&deck, "user:a", Some(Owner)).await);
    assert_eq!(both.role(&deck, &["user:a"]).await, Some(Owner));
    both.give(&deck, "group:b", Owner).await;
    let people = [("group:b", Owner), ("user:a", Owner), ("user:viewer", Viewer)];
    let people = people.map(|(subject, role)| (subject.to_owned(), role));
    assert_eq!(both.access.people(&deck).await.unwrap(), people);
    assert!(both.set(&deck, "user:a", Some(Editor)).await);
    assert!(!both.set(&deck, "group:b", None).await);
    assert!(both.set(&deck, "user:viewer", None).await);
    assert!(both.set(&deck, "user:viewer", None).await);
    let access = both.access.deck_access(&deck, Vec::new(), false, 0).await.unwrap().unwrap();
    assert!(access.owned);
}

async fn of_two_owners_who_leave_at_the_same_time_one_stays(both: &Both) {
    let deck = both.deck("contested").await;
    let owners: Vec<String> = (0..20).map(|number| format!("user:{number}")).collect();
    for owner in &owners {
        both.give(&deck, owner, PersonRole::Owner).await;
    }
    let left = join_all(owners.iter().map(|owner| both.set(&deck, owner, None))).await;
    assert_eq!(left.iter().filter(|left| !**left).count(), 1);
    assert_eq!(both.access.people(&deck).await.unwrap().len(), 1);
}

async fn a_link_leads_to_its_deck_until_the_next_one_is_made(both: &Both) {
    let deck = both.deck("linked").await;
    let find = async |sum| both.access.link([sum; 32], 0).await.unwrap();
    assert_eq!(both.access.newest_link(&deck, LinkRole::Follow).await.unwrap(), None);
    let first = both.link(&deck, LinkRole::Follow, 1, 41).await;
    let remote = both.link(&deck, LinkRole::Remote, 1, 42).await;
    both.link(&deck, LinkRole::Follow, 1, 41).await;
    assert_eq!(find(41).await, Some(first));
    let second = both.link(&deck, LinkRole::Follow, 2, 43).await;
    let newest = both.access.newest_link(&deck, LinkRole::Follow).await.unwrap();
    assert_eq!(newest, Some(second.clone()));
    assert_eq!(find(41).await, None);
    assert_eq!(find(43).await, Some(second));
    assert_eq!(find(42).await, Some(remote));
    assert_eq!(find(49).await, None);
    let nowhere = (id("nowhere"), LinkRole::Edit, 1, [48; 32], None);
    let (deck, role, serial, code_sha256, expires_at) = nowhere;
    let link = NewLink { deck, role, serial, code_sha256, expires_at };
    assert!(both.access.add_link(link, 0).await.is_err());
}

async fn a_link_ends_at_its_time(both: &Both) {
    let deck = both.deck("timed").await;
    let (role, code_sha256) = (LinkRole::Present, [51; 32]);
    let expires_at = Some(100);
    let link = NewLink { deck: deck.clone(), role, serial: 1, code_sha256, expires_at };
    both.access.add_link(link, 0).await.unwrap();
    let holds = async |now| both.access.link(code_sha256, now).await.unwrap().is_some();
    assert!(holds(99).await && !holds(100).await);
    let newest = both.access.newest_link(&deck, role).await.unwrap().unwrap();
    assert_eq!((newest.serial, newest.expires_at), (1, Some(100)));
    assert!(both.access.set_link_expiry(&deck, role, Some(50)).await.unwrap());
    assert!(holds(49).await && !holds(50).await);
    assert!(both.access.set_link_expiry(&deck, role, None).await.unwrap());
    assert!(holds(i64::MAX).await);
    assert!(!both.access.set_link_expiry(&deck, LinkRole::Edit, None).await.unwrap());
    // An older one is not touched.
    both.link(&deck, role, 2, 52).await;
    assert!(both.access.set_link_expiry(&deck, role, Some(7)).await.unwrap());
    assert!(!holds(0).await);
    assert_eq!(both.access.link([52; 32], 6).await.unwrap().unwrap().expires_at, Some(7));
}

async fn a_link_that_comes_late_ends_no_newer_one(both: &Both) {
    let deck = both.deck("late").await;
    let newest = both.link(&deck, LinkRole::Edit, 2, 62).await;
    let late = both.link(&deck, LinkRole::Edit, 1, 61).await;
    assert_eq!(both.access.link([62; 32], 0).await.unwrap(), Some(newest));
    assert_eq!(both.access.link([61; 32], 0).await.unwrap(), None);
    both.access.add_grant(principal("guest:late"), late, 0).await.unwrap();
    assert_eq!(both.granted(&deck, "guest:late", 0).await, []);
}

async fn a_grant_counts_while_its_link_is_the_newest_and_not_past_its_end(both: &Both) {
    let deck = both.deck("granted").await;
    let (eve, role) = ("guest:eve", LinkRole::Edit);
    let first = both.link(&deck, role, 1, 71).await;
    let present = both.link(&deck, LinkRole::Present, 1, 72).await;
    for link in [&first, &present, &first] {
        both.access.add_grant(principal(eve), link.clone(), 0).await.unwrap();
    }
    assert_eq!(both.granted(&deck, eve, 0).await, [role, LinkRole::Present]);
    assert_eq!(both.granted(&deck, "guest:other", 0).await, []);
    // Only the principal comes by links; a group that is called like one does not.
    let others = both.access.deck_access(&deck, words(&["x", eve]), false, 0).await.unwrap();
    assert_eq!(others.unwrap().links, []);
    let decks = async |now| both.access.decks_of(words(&[eve]), now).await.unwrap();
    assert_eq!(decks(0).await, std::slice::from_ref(&deck));
    assert!(both.access.set_link_expiry(&deck, role, Some(100)).await.unwrap());
    assert_eq!(both.granted(&deck, eve, 99).await, [role, LinkRole::Present]);
    assert_eq!(both.granted(&deck, eve, 100).await, [LinkRole::Present]);
    let second = both.link(&deck, role, 2, 73).await;
    both.link(&deck, LinkRole::Present, 2, 74).await;
    assert_eq!(both.granted(&deck, eve, 0).await, []);
    assert_eq!(decks(0).await, []);
    // Who comes by the next one is in again, and the older one does not put it back.
    both.access.add_grant(principal(eve), second, 0).await.unwrap();
    both.access.add_grant(principal(eve), first, 0).await.unwrap();
    assert_eq!(both.granted(&deck, eve, 0).await, [role]);
}

async fn a_deck_in_the_bin_hides_and_comes_back_with_everything(both: &Both) {
    let deck = both.deck("binned-access").await;
    let ada = ["user:ada-of-the-bin"];
    both.give(&deck, ada[0], PersonRole::Owner).await;
    let link = both.link(&deck, LinkRole::Follow, 1, 81).await;
    both.access.add_grant(principal(ada[0]), link.clone(), 0).await.unwrap();
    both.store.set_deleted(&deck, true).await.unwrap();
    let access =
        async |in_bin| both.access.deck_access(&deck, words(&ada), in_bin, 0).await.unwrap();
    assert_eq!(access(false).await, None);
    assert_eq!(access(true).await.unwrap().person, Some(PersonRole::Owner));
    assert_eq!(both.access.decks_of(words(&ada), 0).await.unwrap(), []);
    assert!(both.access.levels().await.unwrap().iter().all(|(other, _)| *other != deck));
    assert_eq!(both.access.link([81; 32], 0).await.unwrap(), None);
    both.store.set_deleted(&deck, false).await.unwrap();
    assert_eq!(access(false).await.unwrap().links, [LinkRole::Follow]);
    assert_eq!(both.access.decks_of(words(&ada), 0).await.unwrap(), std::slice::from_ref(&deck));
    assert_eq!(both.access.link([81; 32], 0).await.unwrap(), Some(link));
}

async fn the_audit_log_gives_the_newest_first(both: &Both) {
    let entry = |at, deck: Option<&str>, action: &str| AuditEntry {
        at,
        principal: principal("user:ada"),
        deck: deck.map(id),
        action: action.to_owned(),
        detail: "edit".to_owned(),
    };
    // Also of decks that are gone, and in the order in which things were done, whatever the clock said.
    let all = [
        entry(3, Some("audited"), "link.reset"),
        entry(1, None, "session.sign-in"),
        entry(2, Some("audited"), "deck.delete"),
        entry(4, Some("audited-2"), "deck.create"),
    ];
    for entry in &all {
        both.access.add_audit(entry.clone()).await.unwrap();
    }
    let of_deck = both.access.audit(Some(id("audited")), 10).await.unwrap();
    assert_eq!(of_deck, [all[2].clone(), all[0].clone()]);
    let newest = both.access.audit(None, 3).await.unwrap();
    assert_eq!(newest, [all[3].clone(), all[2].clone(), all[1].clone()]);
    assert_eq!(both.access.audit(Some(id("nowhere")), 10).await.unwrap(), []);
}
