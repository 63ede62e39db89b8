//! Decks in the shape of real ones: mostly bullets and links, some images, tables, code and notes.

/// A deck with so many slides, in columns of two to five.
pub(crate) fn deck(slides: usize) -> String {
    let mut text =
        "---\ntitle: Harbour Call\ntags: presentation\nslideOptions:\n  theme: white\n  \
                    transition: 'slide'\n---\n\n<style>\n  .slides h1 { font-size: 36px; }\n  \
                    .slides li { font-size: 20px; }\n</style>\n\n# Harbour *Call*\n\n\
                    <font color=\"#0f5fe1\">Every boat, every quay</font>\n"
            .to_owned();
    let mut column = 0;
    for number in 1..slides {
        let opens_column = number % 4 == 1 || number % 11 == 0;
        column += usize::from(opens_column);
        text += if opens_column { "\n---\n\n" } else { "\n----\n\n" };
        text += &format!("## Crew {column}\n\n");
        text += &body(number);
    }
    text
}

/// The end of a bullet in the middle of a deck, in UTF-16 units.
pub(crate) fn middle(text: &str) -> u32 {
    let bullet = "moored at the east quay";
    let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let at = text[half..].find(bullet).map_or(half, |found| half + found + bullet.len());
    text[..at].encode_utf16().count() as u32
}

fn body(number: usize) -> String {
    let bullets = format!(
        "- **Boat {number}:** moored at the east quay, see [berth {number}](https://example.org/b/{number})\n\
         \x20   - the new hull is \"dry\" and waits for paint -- ready in May\n\
         \x20   - open: https://example.org/issues/{number}?state=open\n\
         - Fuel is at `{number} %`, and `pump --status` says so\n\
         - Looking for volunteers for the night watch...\n"
    );
    match number % 12 {
        0 => {
            format!("{bullets}\n| Day | Boats |\n| --- | ---: |\n| Mon | {number} |\n| Tue | 7 |\n")
        }
        3 => format!("![Map of the harbour](https://example.org/map-{number}.png =640x)\n"),
        5 => format!("```rust=\nfn boats() -> usize {{\n    {number}\n}}\n```\n\n{bullets}"),
        7 => format!("Report by @skipper{number}\n\n{bullets}\nnote: Ask about the *ropes*.\n"),
        9 => format!("<!-- .slide: data-background=\"#123456\" -->\n\n{bullets}"),
        _ => format!("{bullets}\n1. First the **sails**\n2. Then the _anchor_ & the rest\n"),
    }
}
