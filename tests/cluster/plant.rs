//! Faults that are put in on purpose, to see that the scenario finds them.

use anyhow::Context as _;
use clap::ValueEnum;
use collab::doc::TextEdit;
use collab::replica::Replica;

use crate::ledger::{Account, Deed};
use crate::stage::{Notes, Told};
use crate::writers::Writer;

/// What is put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Plant {
    /// An acknowledged edit of somebody who left disappears
    Lost,
    /// An edit is in the text twice
    Doubled,
    /// A second driver in one term
    Driver,
}

impl Plant {
    /// What the scenario says when it finds it.
    pub(crate) fn is_found_by(self, words: &str) -> bool {
        words.contains(match self {
            Self::Lost => "1 lost",
            Self::Doubled => "1 doubled",
            Self::Driver => "drive",
        })
    }

    /// Puts it in, past all who keep accounts.
    pub(crate) async fn put(
        self,
        writers: &[Writer],
        accounts: &[Account],
        notes: &Notes,
    ) -> anyhow::Result<()> {
        if self == Self::Driver {
            let told = notes.last().context("nobody presented")?;
            let driver = Some("Somebody else".to_owned());
            notes.plant(Told { driver: Some("Somebody".to_owned()), ..told.clone() });
            notes.plant(Told { driver, ..told });
            return Ok(());
        }
        let mark = promised(accounts).context("nobody who left was promised anything")?;
        let vandal = &writers.first().context("nobody writes")?.client;
        let edit = move |replica: &mut Replica, now, out: &mut _| {
            let at = replica.text().find(&mark)? as u32;
            let edit = match self {
                Self::Lost => TextEdit::delete(at, mark.len() as u32),
                _ => TextEdit::insert(at, &mark),
            };
            replica.edit(now, &[edit], out);
            Some(())
        };
        vandal.with(edit).await?.context("it is not there")
    }
}

/// A mark that has to be there.
fn promised(accounts: &[Account]) -> Option<String> {
    accounts.iter().find_map(|account| {
        let promised = &account.deeds[..account.acknowledged];
        let is_taken = |number| account.deeds.contains(&Deed::Take(number));
        promised.iter().rev().find_map(|deed| match deed {
            Deed::Put(number) if !is_taken(*number) => Some(account.mark(*number)),
            _ => None,
        })
    })
}
