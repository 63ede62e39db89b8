//! What decks are called: in their front matter, as files, as calls and as copies.

use jiff::civil::Date;

use crate::store::series::date_text;

/// Longest name of a file without its ending: some systems take 143 bytes (eCryptfs), and people read less.
const MOST_SLUG_BYTES: usize = 100;

/// What a deck is called as a file: `community-call-2024-04-25.md`.
pub(crate) fn file_name(title: &str) -> String {
    let slug = slug(title);
    format!("{}.md", if slug.is_empty() { "deck" } else { &slug })
}

/// A title in small ASCII letters and digits, with dashes between the words.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for letter in title.chars().flat_map(char::to_lowercase) {
        let plain = plain(letter);
        if plain.is_empty() && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() + plain.len() > MOST_SLUG_BYTES {
            break;
        }
        slug.push_str(plain.as_str());
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// A small letter in ASCII, as it is written where there is none of it; nothing for what is no letter.
fn plain(letter: char) -> String {
    let text = match letter {
        'a'..='z' | '0'..='9' => return letter.to_string(),
        'ä' | 'æ' => "ae",
        'ö' | 'œ' | 'ø' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' | 'ă' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ő' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ű' | 'ů' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    };
    text.to_owned()
}

/// What a call is called when its template does not say so.
pub(super) fn call_title(name: &str, date: Date) -> String {
    format!("{name} {}", date_text(date))
}

/// The text with this title in its front matter, which it gets if it has none. Unchanged when that cannot
/// be done without changing more, as in front matter that is no YAML.
pub(super) fn with_title(source: &str, title: &str) -> String {
    let line = format!("title: \"{}\"", escaped(title));
    let end = deck::parse(source).front_matter.lines.end as usize;
    let mut lines: Vec<&str> = source.split('\n').collect();
    if end == 0 {
        lines.splice(0..0, ["---", &line, "---", ""]);
    } else {
        let Some(head) = lines.get(..end) else { return source.to_owned() };
        match head.iter().position(|line| line.starts_with("title:")) {
            Some(place) => lines[place] = &line,
            // Behind the line that opens it.
            None => {
                let open = head.iter().position(|line| line.trim_end() == "---").unwrap_or(0);
                lines.insert(open + 1, &line);
            }
        }
    }
    let changed = lines.join("\n");
    let reads_back = deck::parse(&changed).front_matter.title.as_deref() == Some(title);
    if reads_back { changed } else { source.to_owned() }
}

/// For YAML between double quotes, where it can hold anything.
pub(crate) fn escaped(title: &str) -> String {
    title.replace('\\', "\\\\").replace('"', "\\\"")
}

/// The text of a copy. Only a title that stands in the front matter, where no slide shows it, says that
/// this is one: what is on slides stays as it was.
pub(crate) fn copied(source: &str) -> String {
    let front_matter = deck::parse(source).front_matter;
    let Some(title) = front_matter.title.filter(|title| !title.trim().is_empty()) else {
        return source.to_owned();
    };
    let is_german = front_matter.lang.is_some_and(|lang| lang.to_lowercase().starts_with("de"));
    with_title(source, &copy_title(&title, if is_german { "Kopie" } else { "copy" }))
}

/// `Plan` → `Plan (copy)` → `Plan (copy 2)`.
fn copy_title(title: &str, word: &str) -> String {
    let inside = title.strip_suffix(')').and_then(|title| title.rsplit_once(" ("));
    let numbered = inside.and_then(|(before, inside)| {
        let number = match inside.strip_prefix(word)? {
            "" => 1,
            number => number.strip_prefix(' ')?.parse::<u32>().ok()?,
        };
        Some((before, number.checked_add(1)?))
    });
    match numbered {
        Some((before, number)) => format!("{before} ({word} {number})"),
        None => format!("{title} ({word})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_like_its_deck_in_ascii() {
        for (title, expected) in [
            ("Community Call 2024-04-25", "community-call-2024-04-25.md"),
            ("Größe, Maß & Übermut — Ärger!", "groesse-mass-uebermut-aerger.md"),
            ("Café à la crème: Łódź", "cafe-a-la-creme-lodz.md"),
            ("../../etc/passwd\"\r\nx", "etc-passwd-x.md"),
            ("日本語", "deck.md"),
            ("Ⅻ 🎉 party", "party.md"),
            ("", "deck.md"),
        ] {
            assert_eq!(file_name(title), expected, "{title}");
        }
        let long = file_name(&"long ".repeat(100));
        assert!(long.len() <= MOST_SLUG_BYTES + 3 && long.ends_with("long.md"), "{long}");
    }

    #[test]
    fn a_title_is_put_where_the_old_one_was_and_nothing_else_changes() {
        let check = |source: &str, expected: &str| {
            assert_eq!(with_title(source, "New \"one\""), expected, "{source}");
        };
        let line = r#"title: "New \"one\"""#;
        check(
            "---\nlang: de\ntitle: Old\ntype: slide\n---\n\n# Old\n",
            &format!("---\nlang: de\n{line}\ntype: slide\n---\n\n# Old\n"),
        );
        check("\n---\nlang: de\n---\n# Old", &format!("\n---\n{line}\nlang: de\n---\n# Old"));
        check("# Old\n", &format!("---\n{line}\n---\n\n# Old\n"));
        check("", &format!("---\n{line}\n---\n\n"));
        // Not without breaking more: a title over several lines.
        let folded = "---\ntitle: >\n  Old\n  one\n---\n";
        let kept = with_title(folded, "New");
        let reads = deck::parse(&kept).front_matter.title;
        assert!(kept == folded || reads.as_deref() == Some("New"), "{kept}");
    }

    #[test]
    fn a_copy_says_so_in_its_front_matter_only() {
        for (source, expected) in [
            ("---\ntitle: Plan\n---\n# Plan", "---\ntitle: \"Plan (copy)\"\n---\n# Plan"),
            (
                "---\ntitle: Plan\nlang: de-AT\n---\n# Plan",
                "---\ntitle: \"Plan (Kopie)\"\nlang: de-AT\n---\n# Plan",
            ),
            ("# Plan", "# Plan"),
            ("---\nlang: en\n---\n# Plan", "---\nlang: en\n---\n# Plan"),
        ] {
            assert_eq!(copied(source), expected);
        }
        let twice =
            ["Plan (copy)", "Plan (copy 2)", "Plan (copyright)", "Plan (a) (copy 9)", "(copy)"];
        let copies = twice.map(|title| copy_title(title, "copy"));
        let expected = [
            "Plan (copy 2)",
            "Plan (copy 3)",
            "Plan (copyright) (copy)",
            "Plan (a) (copy 10)",
            "(copy) (copy)",
        ];
        assert_eq!(copies, expected);
    }
}
