//! What people do with a stock editor, played with the original Yjs: the lint must take every update
//! of it, and our document must end with the same text.

use anyhow::{Context as _, ensure};
use collab::doc::{DeckDoc, TextEdit};
use collab::testing::Rng;

use crate::yjs::Yjs;

/// Client ids as Yjs chooses them: 32 random bits.
const CLIENTS: [u64; 2] = [3_162_277_660, 2_718_281_828];
/// A slide of the deck that is worked on.
const SLIDE: &str = "# Bericht 🚢\n\n- Straße gesperrt\n- 15 Boote\n\n---\n\n";

type Trace = fn(&mut Desk) -> anyhow::Result<()>;

/// Plays all of them and gives how many updates there were.
pub(crate) fn all(yjs: &mut Yjs) -> anyhow::Result<usize> {
    let traces: [(&str, Trace); 8] = [
        ("typing", typing),
        ("composing with an input method", composing),
        ("characters of two units, and cuts through them", cutting),
        ("a paste of 200 KB", pasting),
        ("moving sections", moving),
        ("undo and redo", undoing),
        ("replacing all", replacing),
        ("days without a connection", apart),
    ];
    let mut updates = 0;
    for (name, trace) in traces {
        let mut desk = Desk::new(yjs)?;
        trace(&mut desk).with_context(|| name.to_owned())?;
        updates += desk.finish().with_context(|| name.to_owned())?;
    }
    Ok(updates)
}

/// Two stock editors, and our document, which hears both.
struct Desk<'a> {
    yjs: &'a mut Yjs,
    ours: DeckDoc,
    random: Rng,
    updates: usize,
}

impl<'a> Desk<'a> {
    fn new(yjs: &'a mut Yjs) -> anyhow::Result<Self> {
        yjs.reset(&CLIENTS)?;
        let mut desk = Self { yjs, ours: DeckDoc::new(1), random: Rng::new(9), updates: 0 };
        desk.edit(0, &[TextEdit::insert(0, &SLIDE.repeat(20))])?;
        Ok(desk)
    }

    /// One transaction of an editor; everybody hears it at once.
    fn edit(&mut self, who: usize, edits: &[TextEdit]) -> anyhow::Result<()> {
        self.yjs.edits(who, edits)?;
        self.publish(who)
    }

    fn publish(&mut self, who: usize) -> anyhow::Result<()> {
        for update in self.yjs.sent(who)? {
            self.ours.apply(&update).context("the lint refused an update")?;
            self.yjs.apply(1 - who, &update)?;
            self.updates += 1;
        }
        Ok(())
    }

    /// Somewhere in the text.
    fn anywhere(&mut self) -> u32 {
        self.random.below(self.ours.len() as usize + 1) as u32
    }

    fn finish(mut self) -> anyhow::Result<usize> {
        // As a provider does when it connects: all that the other side lacks.
        for who in 0..CLIENTS.len() {
            let update = self.yjs.diff(who, &self.ours.state_vector())?;
            self.ours.apply(&update).context("the lint refused an answer to step 1")?;
            self.updates += 1;
        }
        for who in 0..CLIENTS.len() {
            let vector = self.yjs.vector(who)?;
            self.yjs.apply(who, &self.ours.diff(&vector).context("a state vector")?)?;
            ensure!(self.yjs.text(who)? == self.ours.text(), "editor {who} has another text");
        }
        let fresh = DeckDoc::restore(2, &self.ours.encode())?;
        ensure!(fresh.text() == self.ours.text(), "a fresh replica has another text");
        Ok(self.updates)
    }
}

/// Key by key, with corrections, two people at once.
fn typing(desk: &mut Desk) -> anyhow::Result<()> {
    for _ in 0..60 {
        let (who, mut at) = (desk.random.below(2), desk.anywhere());
        for key in "wohrt ".chars() {
            desk.edit(who, &[TextEdit::insert(at, &key.to_string())])?;
            at += 1;
        }
        desk.edit(who, &[TextEdit::delete(at - 3, 1)])?;
    }
    Ok(())
}

/// Each step of a composition replaces the one before it.
fn composing(desk: &mut Desk) -> anyhow::Result<()> {
    for word in
        [["n", "に", "にh", "にほ", "にほん", "日本"], ["ㅎ", "하", "한", "한ㄱ", "한그", "한글"]]
    {
        for _ in 0..10 {
            let (who, at, mut units) = (desk.random.below(2), desk.anywhere(), 0);
            for step in word {
                desk.edit(who, &[TextEdit { at, delete: units, insert: step.to_owned() }])?;
                units = step.encode_utf16().count() as u32;
                // The other one goes on meanwhile, behind it.
                desk.edit(1 - who, &[TextEdit::insert(u32::MAX, "x")])?;
            }
        }
    }
    Ok(())
}

fn cutting(desk: &mut Desk) -> anyhow::Result<()> {
    for _ in 0..100 {
        let (who, at) = (desk.random.below(2), desk.anywhere());
        let emoji = desk.random.pick(&["🚢", "👩‍🚀", "🇩🇪", "e\u{301}"]);
        desk.edit(who, &[TextEdit::insert(at, emoji)])?;
        // One unit is taken out of the middle, or something is typed there.
        let half = TextEdit { at: at + 1, delete: 1, insert: String::new() };
        let between = TextEdit::insert(at + 1, "|");
        let cut = if desk.random.one_in(2) { half } else { between };
        desk.edit(1 - who, &[cut])?;
    }
    Ok(())
}

fn pasting(desk: &mut Desk) -> anyhow::Result<()> {
    let paste = "| a | ß | 🚢 |\n".repeat(200 * 1024 / 16);
    for who in [0, 1] {
        let at = desk.anywhere();
        desk.edit(who, &[TextEdit::insert(at, &paste)])?;
        desk.edit(1 - who, &[TextEdit::delete(at + 10, 50_000)])?;
    }
    Ok(())
}

/// A section is taken out and put in elsewhere, while somebody types in it.
fn moving(desk: &mut Desk) -> anyhow::Result<()> {
    let units = SLIDE.encode_utf16().count() as u32;
    for round in 0..40 {
        let (from, to) = (round % 19 * units, (round * 7) % 19 * units);
        let (out, back) = (TextEdit::delete(from, units), TextEdit::insert(to, SLIDE));
        desk.edit(0, &[out, back])?;
        desk.edit(1, &[TextEdit::insert(from + 3, "!")])?;
    }
    Ok(())
}

fn undoing(desk: &mut Desk) -> anyhow::Result<()> {
    for _ in 0..300 {
        let (who, at) = (desk.random.below(2), desk.anywhere());
        match desk.random.below(6) {
            0 | 1 => desk.yjs.undo(who)?,
            2 => desk.yjs.redo(who)?,
            3 => desk.yjs.edits(who, &[TextEdit::delete(at, 12)])?,
            _ => desk.yjs.edits(who, &[TextEdit::insert(at, "Wort ")])?,
        }
        desk.publish(who)?;
    }
    Ok(())
}

/// Hundreds of places in one transaction.
fn replacing(desk: &mut Desk) -> anyhow::Result<()> {
    for (from, to) in [("Boote", "Schiffe"), ("- ", "* "), ("\n", "\n\n")] {
        let text = desk.ours.text();
        let (mut edits, mut moved) = (Vec::new(), 0_i64);
        for (byte, _) in text.match_indices(from) {
            let at = text[..byte].encode_utf16().count() as i64 + moved;
            let delete = from.encode_utf16().count() as u32;
            moved += to.encode_utf16().count() as i64 - i64::from(delete);
            edits.push(TextEdit { at: at as u32, delete, insert: to.to_owned() });
        }
        desk.edit(0, &edits)?;
    }
    Ok(())
}

/// Both work alone and then meet: thousands of places in one update, against as many.
fn apart(desk: &mut Desk) -> anyhow::Result<()> {
    for _ in 0..2_000 {
        for who in 0..CLIENTS.len() {
            let at = desk.anywhere();
            let delete = if desk.random.one_in(4) { 5 } else { 0 };
            let insert = desk.random.pick(&["Wort ", "\n- ", "🚢", "x"]).to_owned();
            desk.yjs.edits(who, &[TextEdit { at, delete, insert }])?;
        }
    }
    Ok(())
}
