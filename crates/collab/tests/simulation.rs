//! Many clients, one room or several of one deck, and every fault we can think of, from seeds.
//!
//! `ONDECK_SIM_SEEDS=20000 cargo test --release -p collab --test simulation` runs more seeds, from
//! `ONDECK_SIM_FROM` on; `ONDECK_SIM_SEED=17 …` runs one. A seed that failed goes into `simulation-regressions.txt`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use collab::access::Role;
use collab::doc::TextEdit;
use collab::testing::{Ledger, Net, lib0};
use collab::wire::{self, ClientMessage, Frame, Profile};

/// Seeds that one ordinary run covers.
const SEEDS: u64 = 10_000;
/// Of them, those with a talk in which everybody wants to drive: one in so many.
const TALKS: u64 = 5;
/// Of them, those with several servers: one in so many.
const NODES: u64 = 10;
/// Seeds that failed once.
const REGRESSIONS: &str = include_str!("simulation-regressions.txt");

/// Text between the marks: everything that moves offsets apart.
const FILLERS: [&str; 10] = [
    "",
    " ",
    "a",
    "\n\n---\n\n",
    "# Bonsai with Rust\n",
    "é\u{301}",
    "👋🏽",
    "👩‍👩‍👧",
    "日本語",
    "<font color=red>x</font>",
];

#[test]
fn seeded_simulations_keep_every_promise() {
    run_seeds(SEEDS, simulate);
}

#[test]
fn of_many_who_want_to_drive_one_does_and_all_agree() {
    run_seeds(SEEDS / TALKS, simulate_talk);
}

#[test]
fn rooms_of_one_deck_on_several_servers_agree_whatever_is_lost_between_them() {
    run_seeds(SEEDS / NODES, simulate_nodes);
}

fn run_seeds(usual: u64, simulate: fn(u64)) {
    if let Some(seed) = number("ONDECK_SIM_SEED") {
        return simulate(seed);
    }
    let first = number("ONDECK_SIM_FROM").unwrap_or(0);
    let next = AtomicU64::new(first);
    let seeds = first + number("ONDECK_SIM_SEEDS").map_or(usual, |seeds| seeds * usual / SEEDS);
    let failed = std::thread::scope(|scope| {
        let run = || {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds {
                    return None;
                }
                if catch_unwind(AssertUnwindSafe(|| simulate(seed))).is_err() {
                    next.store(seeds, Ordering::Relaxed);
                    return Some(seed);
                }
            }
        };
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(run)).collect();
        threads.into_iter().find_map(|thread| thread.join().ok().flatten())
    });
    assert_eq!(failed, None, "replay with ONDECK_SIM_SEED");
}

#[test]
fn seeds_that_failed_once_pass() {
    let lines = REGRESSIONS.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    for seed in lines.filter(|seed| !seed.is_empty()) {
        match seed.strip_prefix("nodes ") {
            Some(seed) => simulate_nodes(seed.parse().unwrap()),
            None => simulate(seed.parse().unwrap()),
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// One life of a deck: everybody joins, things happen, everything heals, all agree.
fn simulate(seed: u64) {
    let mut net = Net::new(seed);
    let roles = [Role::Edit, Role::Edit, Role::Present, Role::Follow];
    net.join(Role::Present);
    for _ in 0..1 + net.rng.below(8) {
        let role = net.rng.pick(&roles);
        net.join(role);
    }
    for _ in 0..net.rng.below(3) {
        let role = net.rng.pick(&roles);
        net.join_stock(role);
    }
    let intruder = net.rng.one_in(2).then(|| net.join_intruder());
    let demotions = net.rng.one_in(3);
    if net.rng.one_in(2) {
        net.run_until_quiet();
    }
    for _ in 0..10 + net.rng.below(50) {
        act(&mut net, intruder, demotions);
        for _ in 0..net.rng.below(12) {
            net.step();
        }
    }
    net.heal();
    net.start_server();
    net.free_disk();
    for who in 0..net.peers() {
        if Some(who) != intruder && !net.may_edit(who) && net.has_edited(who) {
            net.set_role(who, Role::Edit);
        }
    }
    net.run_until_quiet();
    net.check();
    net.check_people();
    net.check();
    net.crash();
    net.start_server();
    net.run_until_quiet();
    net.check();
}

/// A talk with more drivers than it needs, on bad connections.
fn simulate_talk(seed: u64) {
    let mut net = Net::new(seed);
    for role in [Role::Present, Role::Present, Role::Present, Role::Edit, Role::Follow] {
        net.join(role);
    }
    net.run_until_quiet();
    for who in 0..3 {
        write(&mut net, who, None);
    }
    for _ in 0..30 + net.rng.below(40) {
        let who = net.rng.below(net.peers());
        match net.rng.below(40) {
            0..24 => talk(&mut net, who),
            24..26 => net.stop_presenting(who),
            26..28 if net.may_edit(who) => write(&mut net, who, None),
            28..33 => net.cut(who),
            33 => net.partition(who),
            34 => net.heal(),
            35 => net.reload(who),
            36 if net.may_edit(who) => {
                let role = net.rng.pick(&[Role::Edit, Role::Present]);
                net.set_role(who, role);
            }
            37 if net.rng.one_in(4) => {
                net.crash();
                net.start_server();
            }
            _ => {
                let time = 1 << net.rng.below(14);
                net.pass(time);
            }
        }
        for _ in 0..net.rng.below(8) {
            net.step();
        }
        if net.rng.one_in(10) {
            net.heal();
            net.run_until_quiet();
            net.check();
        }
    }
    net.heal();
    net.run_until_quiet();
    net.check();
    net.check_people();
}

/// One deck on two or three servers, which lose what they tell each other, and their store.
fn simulate_nodes(seed: u64) {
    let servers = 2 + (seed % 2) as usize;
    let mut net = Net::of_servers(seed, servers);
    for role in [Role::Present, Role::Present, Role::Edit] {
        net.join(role);
    }
    for _ in 0..net.rng.below(3) {
        let role = net.rng.pick(&[Role::Edit, Role::Present, Role::Follow]);
        net.join(role);
    }
    if net.rng.one_in(2) {
        net.join_stock(Role::Edit);
    }
    let intruder = net.rng.one_in(4).then(|| net.join_intruder());
    let demotions = net.rng.one_in(3);
    if net.rng.one_in(2) {
        net.run_until_quiet();
    }
    for _ in 0..20 + net.rng.below(40) {
        act_on_nodes(&mut net, intruder, demotions);
        for _ in 0..net.rng.below(12) {
            net.step();
        }
    }
    net.heal();
    net.settle();
    for who in 0..net.peers() {
        if Some(who) != intruder && !net.may_edit(who) && net.has_edited(who) {
            net.set_role(who, Role::Edit);
        }
    }
    net.settle();
    net.check();
    net.check_people();
    net.check();
    net.crash();
    net.settle();
    net.check();
}

fn act_on_nodes(net: &mut Net, intruder: Option<usize>, demotions: bool) {
    let who = net.rng.below(net.peers());
    let server = net.rng.below(net.servers());
    if net.peer(who).is_retired() {
        return;
    }
    match net.rng.below(100) {
        0..40 => write(net, who, intruder),
        40..45 => select(net, who),
        45..60 => talk(net, who),
        60..62 => net.stop_presenting(who),
        62..70 => net.cut(who),
        70..72 => net.partition(who),
        72..75 => net.heal(),
        75..78 => net.crash_at(server),
        78..81 => net.start_server_at(server),
        81..83 => net.unlink(server),
        83..86 => net.link(server),
        86 => net.mute(server),
        87 => net.reopen_at(server),
        88 => net.slow_commits = !net.slow_commits,
        89..94 => {
            let time = 1 << net.rng.below(15);
            net.pass(time);
        }
        94 => attack(net, intruder),
        95..97 if demotions && Some(who) != intruder => {
            let role = net.rng.pick(&[Role::Follow, Role::Edit, Role::Present]);
            net.set_role(who, role);
        }
        97 if net.rng.one_in(5) => net.restore_backup(),
        98 if net.is_saved(who) && who > 0 => net.retire(who),
        99 => net.reload(who),
        _ => net.heal_servers(),
    }
}

fn act(net: &mut Net, intruder: Option<usize>, demotions: bool) {
    let who = net.rng.below(net.peers());
    if net.peer(who).is_retired() {
        return;
    }
    match net.rng.below(100) {
        0..50 => write(net, who, intruder),
        50..58 => select(net, who),
        58..64 => talk(net, who),
        64 => net.stop_presenting(who),
        65..71 => net.cut(who),
        71..74 => net.partition(who),
        74..78 => net.heal(),
        78..80 => net.crash(),
        80..83 => net.start_server(),
        83 => net.fail_storage(),
        84..86 => net.slow_commits = !net.slow_commits,
        86 => match net.rng.below(3) {
            0 => net.fill_disk(),
            1 => net.free_disk(),
            _ => net.restore_backup(),
        },
        87 => net.compact(),
        88..93 => {
            let time = 1 << net.rng.below(17);
            net.pass(time);
        }
        93..95 => attack(net, intruder),
        95..98 if demotions && Some(who) != intruder => {
            let role = net.rng.pick(&[Role::Follow, Role::Edit, Role::Present]);
            net.set_role(who, role);
        }
        98 if net.is_saved(who) && who > 0 => net.retire(who),
        99 => net.reload(who),
        _ => net.start_server(),
    }
}

/// A random edit of the writer's own text.
fn write(net: &mut Net, who: usize, intruder: Option<usize>) {
    // Viewers have no editor; but one who was just demoted may still have typed.
    if !net.may_edit(who) && Some(who) != intruder && !net.rng.one_in(20) {
        return;
    }
    let text = net.peer(who).text();
    let edit = match net.rng.below(10) {
        0..6 => {
            let mut insert = net.ledger.mark(who);
            insert.push_str(net.rng.pick(&FILLERS));
            if net.rng.one_in(400) {
                insert.push_str(&"paste 日本 👋\n".repeat(8_000));
            }
            TextEdit::insert(boundary(net, &text), &insert)
        }
        // A whole run goes, which must never come back.
        6..8 => match any_mark(net, &text) {
            Some((_, at)) => TextEdit::delete(at, collab::testing::MARK_UNITS),
            None => return,
        },
        8 => {
            let (a, b) = (boundary(net, &text), boundary(net, &text));
            let most = 40.min(a.abs_diff(b));
            let (start, end) = (a.min(b), a.min(b) + most);
            let delete = at_boundary(&text, end).saturating_sub(start);
            TextEdit { at: start, delete, insert: "→".into() }
        }
        _ => TextEdit::insert(boundary(net, &text), net.rng.pick(&FILLERS)),
    };
    net.edit(who, &edit);
}

fn boundary(net: &mut Net, text: &str) -> u32 {
    let units = text.encode_utf16().count();
    let offset = net.rng.below(units + 1) as u32;
    // Other people's editors may cut an emoji in two.
    if net.rng.one_in(50) { offset } else { at_boundary(text, offset) }
}

/// The last character boundary at or before a UTF-16 offset.
fn at_boundary(text: &str, offset: u32) -> u32 {
    let mut units = 0;
    for character in text.chars() {
        let next = units + character.len_utf16() as u32;
        if next > offset {
            break;
        }
        units = next;
    }
    units
}

fn any_mark(net: &mut Net, text: &str) -> Option<(usize, u32)> {
    let marks = Ledger::find(&net.ledger, text);
    if marks.is_empty() { None } else { Some(net.rng.pick(&marks)) }
}

fn select(net: &mut Net, who: usize) {
    let text = net.peer(who).text();
    let range = (!net.rng.one_in(5)).then(|| (boundary(net, &text), boundary(net, &text)));
    net.select(who, range);
}

fn talk(net: &mut Net, who: usize) {
    match net.rng.below(12) {
        0 => {
            let on = net.rng.one_in(2);
            net.hold(who, on);
        }
        1 | 2 => {
            let to = net.rng.below(net.peers());
            net.offer(who, to);
        }
        3 => {
            let removed = net.rng.one_in(3);
            net.rebind(who, removed);
        }
        _ => present(net, who),
    }
}

fn present(net: &mut Net, who: usize) {
    let text = net.peer(who).text();
    if let Some((mark, offset)) = any_mark(net, &text) {
        let take = net.rng.one_in(3);
        net.present(who, mark, offset, take);
    }
}

/// Messages that somebody who may only read sends with a client of their own making.
fn attack(net: &mut Net, intruder: Option<usize>) {
    let Some(who) = intruder else { return };
    let (state, victim) = (net.everything(who), net.peer(0).client_id());
    let forged = [&[1][..], &lib0(victim), &[200, 1, 4], b"null"].concat();
    let cut = state.len() / 2;
    let message = match net.rng.below(9) {
        0 => Frame::Update(&state).encode(),
        1 => Frame::SyncStep2(&state).encode(),
        2 => Frame::Awareness(&forged).encode(),
        3 => Frame::Update(&state[..cut]).encode(),
        4 => Frame::SyncStep1(&[0x80, 0xca, 0xb5, 0xee, 0x01]).encode(),
        5 => wire::control(&ClientMessage::StopPresenting),
        6 => wire::control(&ClientMessage::Introduce {
            profile: Profile { name: "Root".into(), color: 9 },
            session: 0,
            clients: vec![(victim, "AAAAAAAAAAAAAAAAAAAAAA".into())],
        }),
        7 => Frame::Control("{}").encode(),
        _ => Bytes::from_static(&[0, 2, 200, 1]),
    };
    net.inject(who, message);
}
