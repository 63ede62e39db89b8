//! Who wrote what, what of it was acknowledged, and whether a text agrees.
//!
//! Every edit puts a mark, `[writer.number]`, or takes one of the writer's own away. No edit ever falls
//! inside a mark, so a text can be read without knowing how it came about.

use std::collections::{HashMap, HashSet};
use std::fmt;

/// What somebody did to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Wrote the mark of this number.
    Put(u32),
    /// Removed it again.
    Take(u32),
}

/// All that one writer did, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    /// Digits and dots.
    pub(crate) name: String,
    pub(crate) deeds: Vec<Deed>,
    /// How many of them the server has promised to keep. They are acknowledged in their order.
    pub(crate) acknowledged: usize,
}

impl Account {
    pub(crate) fn mark(&self, number: u32) -> String {
        mark(&self.name, number)
    }
}

pub(crate) fn mark(name: &str, number: u32) -> String {
    format!("[{name}.{number}]")
}

/// What is wrong with a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Acknowledged, and not there.
    pub(crate) lost: Vec<String>,
    /// There more than once.
    pub(crate) doubled: Vec<String>,
    /// There, although its removal was acknowledged.
    pub(crate) returned: Vec<String>,
    /// There, while an earlier edit of the same writer is not.
    pub(crate) torn: Vec<String>,
    /// There, and nobody wrote it.
    pub(crate) strange: Vec<String>,
}

impl Wrong {
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lost, doubled, returned, torn, strange } = self;
        let kinds = [
            ("lost", lost),
            ("doubled", doubled),
            ("came back", returned),
            ("there without what was before", torn),
            ("written by nobody", strange),
        ];
        let kinds = kinds.iter().filter(|(_, found)| !found.is_empty());
        let words = kinds.map(|(kind, found)| format!("{} {kind}: {found:?}", found.len()));
        f.write_str(&words.collect::<Vec<_>>().join("; "))
    }
}

/// Compares a text with what everybody did; `base` is what was there before, without brackets.
pub(crate) fn check(base: &str, text: &str, accounts: &[Account]) -> Wrong {
    let (there, rest) = read(text);
    let mut wrong = Wrong::default();
    if rest != base {
        wrong.strange.push(format!("beside the marks: {rest:?}"));
    }
    let known: HashSet<String> = accounts.iter().flat_map(marks_of).collect();
    wrong
        .strange
        .extend(there.keys().filter(|mark| !known.contains(**mark)).map(ToString::to_string));
    for account in accounts {
        check_one(account, &there, &mut wrong);
    }
    wrong
}

fn marks_of(account: &Account) -> impl Iterator<Item = String> {
    account.deeds.iter().filter_map(|deed| match deed {
        Deed::Put(number) => Some(account.mark(*number)),
        Deed::Take(_) => None,
    })
}

fn check_one(account: &Account, there: &HashMap<&str, usize>, wrong: &mut Wrong) {
    let is_promised = |index: usize| index < account.acknowledged;
    let takes: HashMap<u32, usize> = (account.deeds.iter().enumerate())
        .filter_map(|(index, deed)| match deed {
            Deed::Take(number) => Some((*number, index)),
            Deed::Put(_) => None,
        })
        .collect();
    let mut missing = false;
    for (index, deed) in account.deeds.iter().enumerate() {
        let Deed::Put(number) = deed else { continue };
        let mark = account.mark(*number);
        let count = there.get(&*mark).copied().unwrap_or(0);
        let taken = takes.get(number);
        if count > 1 {
            wrong.doubled.push(mark);
        } else if count == 1 && missing {
            wrong.torn.push(mark);
        } else if count == 1 && taken.is_some_and(|&at| is_promised(at)) {
            wrong.returned.push(mark);
        } else if count == 0 && taken.is_none() {
            missing = true;
            if is_promised(index) {
                wrong.lost.push(mark);
            }
        }
    }
}

/// How often each mark is in a text, and the text without them.
fn read(text: &str) -> (HashMap<&str, usize>, String) {
    let (mut marks, mut rest) = (HashMap::new(), String::new());
    let mut left = text;
    while let Some(start) = left.find('[') {
        rest.push_str(&left[..start]);
        let end = left[start..].find(']').map_or(left.len(), |end| start + end + 1);
        *marks.entry(&left[start..end]).or_default() += 1;
        left = &left[end..];
    }
    rest.push_str(left);
    (marks, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(acknowledged: usize) -> Account {
        let deeds = vec![Deed::Put(0), Deed::Put(1), Deed::Take(0), Deed::Put(2)];
        Account { name: "1.0".into(), deeds, acknowledged }
    }

    fn wrong(text: &str, acknowledged: usize) -> Wrong {
        check("# base\n", text, &[account(acknowledged)])
    }

    #[test]
    fn what_was_promised_and_what_was_under_way_is_right() {
        assert!(wrong("# [1.0.1]base\n[1.0.2]", 4).is_nothing());
        for under_way in ["# base\n", "[1.0.0]# base\n", "[1.0.0][1.0.1]# base\n"] {
            assert!(wrong(under_way, 0).is_nothing(), "{under_way}");
        }
    }

    #[test]
    fn each_planted_fault_is_found() {
        assert_eq!(wrong("[1.0.1]# base\n", 4).lost, ["[1.0.2]"]);
        assert_eq!(wrong("[1.0.1][1.0.2][1.0.1]# base\n", 4).doubled, ["[1.0.1]"]);
        assert_eq!(wrong("[1.0.0][1.0.1][1.0.2]# base\n", 4).returned, ["[1.0.0]"]);
        assert_eq!(wrong("[1.0.2]# base\n", 0).torn, ["[1.0.2]"]);
        assert_eq!(wrong("[1.0.1][1.0.2][2.0.0]# base\n", 4).strange, ["[2.0.0]"]);
        assert_eq!(wrong("[1.0.1][1.0.2]# basebase\n", 4).strange.len(), 1);
    }
}
