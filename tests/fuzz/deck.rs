//! Decks edited at random: whatever is typed, nothing panics, and the deck that was edited equals
//! a fresh one of the same text, also for somebody who hears of it by its updates alone.

use std::io::Write as _;
use std::time::Instant;

use anyhow::ensure;
use collab::testing::Rng;
use deck::{Change, Command, LiveDeck, SlideHtml, SlideInfo, TextEdit, apply, apply_to_lines};

/// Edits of one deck before a new one is begun.
const ROUND: u64 = 50;
/// No longer than this, so that a round stays short.
const MAX_UNITS: usize = 6_000;

/// What decks are made of, whole and in pieces.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "\n---\n", "\n\n---\n\n", "\n\n----\n\n", "\n----\r\n", "\r", "\n", "\r\n", " ", "\t", "---", "-",
    "```", "~~~~\n", "```js=5 [1-2|4]\n", "`", "<!--", "-->", "<!-- .slide: id=x data-a=\"b\" -->\n",
    "<!-- .element: class=\"fragment\" -->", "---\ntitle: x\n---\n", "---\nbreaks: false\n---\n",
    "breaks: false\n", "slideOptions:\n  theme: whit\n  foo: 1\n", "...\n", "a: [\n", "\u{feff}", "note: x\n",
    "Note:", "# A\n", "# B\n", "## <font color=red>A</font>\n", "Big\n===\n", "<h2>Raw</h2>\n", "text\n",
    "Report by @x\n", "- item\n    - deeper\n", "> quote\n", "| a |\n|---|\n", "<style>\na { color: \"red\" }\n",
    "</style>", "<b style='colour: red'>", "</div>", "![](a-picture.png =10x)", "<img src=x>", "[^1]: x\n",
    ":::info\n", ":::\n", "*[A]: b\n", "$x$", "==m==", "TODO 202X @todo\n", "<YOUR_NAME>", "Lorem ipsum",
    "🦀", "\u{1F6A2}é", "e\u{301}", "\u{1}", "\u{85}", "\u{2028}", "&amp;", "\\", "{%youtube x %}", "x",
    "<!-- agenda -->\n", "- <!-- prompt: y -->\n", "Report by <!-- prompt: z -->\n", "lang: de\n", "# Team A\n",
    "<!-- .slide: data-visibility=\"hidden\" data-no-report=\"true\" -->\n", "<!-- standing -->\n", "- [ ] May 14\n",
];

/// Edits decks; fails with the seed of the round that broke.
pub(crate) fn decks(edits: u64, seed: u64) -> anyhow::Result<()> {
    let (start, mut random, mut done, mut commands) = (Instant::now(), Rng::new(seed), 0, 0);
    while done < edits {
        let seed = random.any();
        commands += round(seed).map_err(|error| error.context(format!("seed {seed}")))?;
        done += ROUND;
    }
    let rate = done as f64 / start.elapsed().as_secs_f64();
    writeln!(
        std::io::stdout(),
        "{done} edits of {} decks and {commands} commands, {rate:.0}/s, seed {seed}: nothing broke",
        done / ROUND
    )?;
    Ok(())
}

/// One deck; gives how many commands could be done.
fn round(seed: u64) -> anyhow::Result<u64> {
    let mut random = Rng::new(seed);
    let mut text: String = (0..random.below(60)).map(|_| piece(&mut random)).collect();
    let mut live = LiveDeck::new(&text);
    let (mut html, mut infos) = (Vec::new(), Vec::new());
    let mut commands = 0;
    for _ in 0..ROUND {
        let mut edits = Vec::new();
        for _ in 0..=random.below(2) {
            let edit = edit(&mut random, &text);
            text = edited(&text, &edit);
            edits.push(edit);
        }
        live.edit(&edits);
        same(&live, &text)?;
        if random.below(3) > 0 {
            hear(&mut live, &mut html, &mut infos)?;
        }
        let command = command(&mut random, &live);
        if let Some(change) = live.perform(&command) {
            done(&live, &change)
                .map_err(|error| error.context(format!("{command:?} of {text:?}")))?;
            commands += 1;
        }
    }
    for problem in live.problems() {
        if let Some(fix) = &problem.fix {
            let fixed = LiveDeck::new(&apply_to_lines(&text, &fix.edits));
            ensure!(fixed.text() != text, "a fix that changes nothing: {problem:?}");
        }
    }
    Ok(commands)
}

fn piece(random: &mut Rng) -> &'static str {
    random.pick(PIECES)
}

fn edit(random: &mut Rng, text: &str) -> TextEdit {
    let units = text.encode_utf16().count();
    let at = random.below(units + 2) as u32;
    let delete = match random.below(8) {
        _ if units > MAX_UNITS => units as u32 / 2,
        0..4 => 0,
        4..7 => random.below(10) as u32,
        _ => random.below(units + 2) as u32,
    };
    let insert = (0..random.below(4)).map(|_| piece(random)).collect();
    TextEdit { at, delete, insert }
}

/// What an edit means, said as simply as can be.
fn edited(text: &str, edit: &TextEdit) -> String {
    let mut units: Vec<u16> = text.encode_utf16().collect();
    let start = (edit.at as usize).min(units.len());
    let end = (start + edit.delete as usize).min(units.len());
    units.splice(start..end, edit.insert.encode_utf16());
    String::from_utf16_lossy(&units)
}

fn same(live: &LiveDeck, text: &str) -> anyhow::Result<()> {
    let fresh = LiveDeck::new(text);
    ensure!(live.text() == text, "the text is another one");
    ensure!(live.front_matter() == fresh.front_matter(), "front matter of {text:?}");
    ensure!(live.title() == fresh.title(), "title of {text:?}");
    ensure!(live.slides().eq(fresh.slides()), "slides of {text:?}");
    ensure!(live.sections() == fresh.sections(), "sections of {text:?}");
    ensure!(live.problems() == fresh.problems(), "problems of {text:?}");
    ensure!(live.html() == fresh.html(), "HTML of {text:?}");
    Ok(())
}

/// Follows an update as a page does.
fn hear(
    live: &mut LiveDeck,
    html: &mut Vec<SlideHtml>,
    infos: &mut Vec<SlideInfo>,
) -> anyhow::Result<()> {
    let update = live.update();
    apply(html, &update.patches);
    ensure!(*html == live.html(), "the patches lead elsewhere");
    let at = update.at as usize;
    infos.splice(at..at + update.removed as usize, update.infos);
    ensure!(live.slides().eq(infos.iter().cloned()), "the infos lead elsewhere");
    Ok(())
}

fn command(random: &mut Rng, live: &LiveDeck) -> Command {
    let slide = random.below(live.slides().len()) as u32;
    let sections = live.sections().len();
    let section = random.below(sections) as u32;
    match random.below(7) {
        0 => Command::MoveSection { section, before: random.below(sections + 1) as u32 },
        1 => Command::MoveSlide { slide, section, place: random.below(4) as u32 },
        2 => Command::Rename { slide, title: piece(random).repeat(2) },
        3 => Command::Duplicate { slide },
        4 => Command::NoReport { section },
        5 => Command::Report { section },
        _ => Command::Delete { slide },
    }
}

/// The edits of a command are in order, apart and within the text.
fn done(live: &LiveDeck, change: &Change) -> anyhow::Result<()> {
    let text = live.text();
    let lines: u32 = live.slides().map(|slide| slide.lines).sum();
    let mut at = 0;
    for edit in &change.edits {
        ensure!(at <= edit.lines.start && edit.lines.start <= edit.lines.end, "out of order");
        at = edit.lines.end;
    }
    ensure!(at <= lines, "an edit behind the text");
    let after = apply_to_lines(&text, &change.edits);
    ensure!(change.line < after.split('\n').count() as u32, "the caret is behind the text");
    Ok(())
}
