//! What is a date, what it means, and what is none.

use super::{Date, find};

const NEAR: Date = Date { year: 2024, month: 4, day: 11 };

/// The dates in a text: what is written, and what it means.
fn dates(text: &str) -> Vec<(String, String)> {
    let found = find(text, NEAR).into_iter();
    found
        .map(|found| {
            let (from, to) = (found.from.to_string(), found.to.to_string());
            let meaning = if from == to { from } else { format!("{from}..{to}") };
            (text[found.range].to_owned(), meaning)
        })
        .collect()
}

#[track_caller]
fn check_all(examples: &[(&str, &str, &str)]) {
    let wrong: Vec<_> = examples
        .iter()
        .map(|(text, written, meaning)| {
            (*text, dates(text), vec![((*written).to_owned(), (*meaning).to_owned())])
        })
        .filter(|(_, found, expected)| found != expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn dates_in_figures_are_found() {
    check_all(&[
        ("2024-04-22", "2024-04-22", "2024-04-22"),
        ("2024-04-22 15 CEST via the harbour", "2024-04-22", "2024-04-22"),
        ("2024-04-22 15:00 UTC", "2024-04-22", "2024-04-22"),
        ("2024-04-22T15:00Z", "2024-04-22", "2024-04-22"),
        ("**The money ends on 2024-09-30**", "2024-09-30", "2024-09-30"),
        ("Workshop (2024-08-30)", "2024-08-30", "2024-08-30"),
        ("2024/04/22", "2024/04/22", "2024-04-22"),
        ("2024-05-22 – 2024-05-23", "2024-05-22 – 2024-05-23", "2024-05-22..2024-05-23"),
        ("2024-05-22 bis 2024-05-23", "2024-05-22 bis 2024-05-23", "2024-05-22..2024-05-23"),
        ("2024-02-29", "2024-02-29", "2024-02-29"),
    ]);
}

#[test]
fn english_dates_are_found() {
    check_all(&[
        ("* **May 14 Summit in Berlin!** (all of us)", "May 14", "2024-05-14"),
        ("* May 22-23 Expo", "May 22-23", "2024-05-22..2024-05-23"),
        ("May 22–23, 2025", "May 22–23, 2025", "2025-05-22..2025-05-23"),
        ("May 22 to 24", "May 22 to 24", "2024-05-22..2024-05-24"),
        ("### Open Day May 15, 2024 in Berlin", "May 15, 2024", "2024-05-15"),
        ("14 May 2024", "14 May 2024", "2024-05-14"),
        ("22-23 May", "22-23 May", "2024-05-22..2024-05-23"),
        ("22 and 23 May", "22 and 23 May", "2024-05-22..2024-05-23"),
        ("Next meetup at the 9th of September", "9th of September", "2024-09-09"),
        ("June 3rd, 15:00", "June 3rd", "2024-06-03"),
        ("Will be there May 3", "May 3", "2024-05-03"),
        ("around Sep 12, if all goes well", "Sep 12", "2024-09-12"),
        ("Sept. 12", "Sept. 12", "2024-09-12"),
        ("One workshop (Nov 8?)", "Nov 8", "2023-11-08"),
        ("May 30 – June 2", "May 30 – June 2", "2024-05-30..2024-06-02"),
        ("Dec 30 - Jan 2", "Dec 30 - Jan 2", "2023-12-30..2024-01-02"),
        (
            "28 December 2024 until 3 January 2025",
            "28 December 2024 until 3 January 2025",
            "2024-12-28..2025-01-03",
        ),
        ("It starts Oct 1.", "Oct 1", "2024-10-01"),
        ("1. May 14 Summit", "May 14", "2024-05-14"),
        ("APRIL 30", "APRIL 30", "2024-04-30"),
        ("May\u{a0}14", "May\u{a0}14", "2024-05-14"),
        ("Closes 5 May.", "5 May", "2024-05-05"),
        ("May 14 15:00 CEST", "May 14", "2024-05-14"),
    ]);
    assert_eq!(
        dates("all invoices paid by Sep 30; sheets around Sep 12, invoices Sep 16").len(),
        3
    );
}

#[test]
fn german_dates_are_found() {
    check_all(&[
        ("14. Mai", "14. Mai", "2024-05-14"),
        ("- 14\\. Mai: Sommerfest", "14\\. Mai", "2024-05-14"),
        ("am 14. Mai 2024 in Berlin", "14. Mai 2024", "2024-05-14"),
        ("14 Mai", "14 Mai", "2024-05-14"),
        ("22.–23. Mai", "22.–23. Mai", "2024-05-22..2024-05-23"),
        ("22./23. Mai", "22./23. Mai", "2024-05-22..2024-05-23"),
        ("22. und 23. März 2025", "22. und 23. März 2025", "2025-03-22..2025-03-23"),
        ("22. bis 24. Mai", "22. bis 24. Mai", "2024-05-22..2024-05-24"),
        ("30. Mai bis 2. Juni 2024", "30. Mai bis 2. Juni 2024", "2024-05-30..2024-06-02"),
        ("30. Dez. – 2. Jan. 2025", "30. Dez. – 2. Jan. 2025", "2024-12-30..2025-01-02"),
        ("14.05.2024", "14.05.2024", "2024-05-14"),
        ("14.5.2024, 15 Uhr", "14.5.2024", "2024-05-14"),
        ("14.05.24", "14.05.24", "2024-05-14"),
        ("am 4.5.24", "4.5.24", "2024-05-04"),
        ("- 14.5. Sommerfest", "14.5.", "2024-05-14"),
        ("- **14.5.** Sommerfest", "14.5.", "2024-05-14"),
        ("Sommerfest am 14.5.", "14.5.", "2024-05-14"),
        ("Di 14.5.", "14.5.", "2024-05-14"),
        ("Sommerfest 14.5. in Berlin", "14.5.", "2024-05-14"),
        ("Sommerfest (14.5.)", "14.5.", "2024-05-14"),
        ("22.-23.5.2024", "22.-23.5.2024", "2024-05-22..2024-05-23"),
        ("22.5.–24.5.", "22.5.–24.5.", "2024-05-22..2024-05-24"),
        ("vom 30.12. bis 2.1.2025", "30.12. bis 2.1.2025", "2024-12-30..2025-01-02"),
        ("14. April 15 Uhr", "14. April", "2024-04-14"),
        ("Ende ist der 3. Okt. um neun", "3. Okt.", "2024-10-03"),
        ("7. Jänner", "7. Jänner", "2024-01-07"),
    ]);
}

#[test]
fn a_date_without_a_year_is_the_next_one_from_half_a_year_ago() {
    for (text, near, expected) in [
        ("May 14", "2024-05-20", "2024-05-14"),
        ("May 14", "2024-11-14", "2024-05-14"),
        ("May 14", "2024-11-15", "2025-05-14"),
        ("Jan 7", "2023-12-20", "2024-01-07"),
        ("29. Februar", "2024-09-01", "2028-02-29"),
        ("Aug 31", "2024-02-29", "2023-08-31"),
        ("Aug 28", "2024-02-29", "2024-08-28"),
    ] {
        let near = Date::parse(near).expect("a day");
        assert_eq!(find(text, near)[0].from.to_string(), expected, "{text} near {near}");
    }
}

#[test]
fn what_only_looks_like_a_date_is_none() {
    for text in [
        "https://example.org/2024/04/22/news?d=2024-04-22",
        "example.org/2024-04-22 and www.example.org/14.05.2024",
        "[minutes](call-2024-04-22.md) [call](2024-04-22)",
        "call-2024-04-22.md, 2024-04-22.md, 2024-04-22-notes",
        "`2024-04-22` and ``14. Mai``",
        "```\nMay 14\n2024-04-22\n```",
        "<!-- carried 2024-04-11 --> <img alt=\"May 14\">",
        "Version 1.2.24, v14.5.2024, 2.4.1 –> 3.2.1, Kernel 6.1.24, 1.28.3",
        "Ubuntu 22.04. It is out, Ubuntu 22.04 as well, see section 3.2. below",
        "6/24, 1/2, 3/4 of May, 24/7",
        "+49 30 14052024, 030 14-05-2024, +49 (0) 30 14.05-22",
        "we may 14 times, march 5, maybe 5, Marching 5, 5 Maybe",
        "May 2024, 2024, mid September, R8 (Mar 2025), Sep 12:30, April 1,000, May 14%",
        "2024-13-01, 2024-02-30, 30. Februar 2024, 31.4.2024, 0.5., Feb 30",
        "#2024-04-22 $14.05.2024 12024-04-22 2024-04-221 e2024-04-22",
        "Mai 14, Juni 3 things",
        "10.5 %, 14.5 GB, about 3.5.",
        "abc2024-04-22 1,14 May",
    ] {
        assert_eq!(dates(text), [], "{text}");
    }
}

#[test]
fn several_dates_keep_their_order() {
    let found = dates("| May 14 | 15. Juni |\n| 2024-04-22 | `May 1` |\n\nApril 16-15");
    let written: Vec<&str> = found.iter().map(|(written, _)| written.as_str()).collect();
    assert_eq!(written, ["May 14", "15. Juni", "2024-04-22", "April 16"]);
}

#[test]
fn dates_are_written_in_both_languages() {
    let date = Date::parse("2024-04-05").expect("a day");
    assert_eq!(date.long("en"), "5 April 2024");
    assert_eq!(date.long("de-AT"), "5. April 2024");
    assert_eq!(date.to_string(), "2024-04-05");
    assert_eq!(serde_json::to_string(&date).expect("plain data"), "\"2024-04-05\"");
    for text in ["2024-4-5", "2024-04-31", "", "2024-04-05 ", "20240405ab", "2024-0ä-1"] {
        assert_eq!(Date::parse(text), None, "{text}");
    }
}

#[test]
fn any_text_is_read_to_its_end() {
    for text in [
        "May",
        "May ",
        "14.",
        "14. ",
        "1.1",
        "2024-",
        "2024-04-",
        "14th",
        "22.–",
        "Sept.",
        "1.1.20",
        "ä14. Mä",
    ] {
        assert_eq!(dates(text), [], "{text}");
    }
}

/// Hours would pass if it were.
#[test]
fn a_long_line_is_not_read_again_for_each_of_its_numbers() {
    let near = Date::parse("2024-04-22").expect("a day");
    for (part, found) in [("1.2. ", 49_999), ("1.2.24 ", 0), ("1. May 14 ", 25_000)] {
        let text = part.repeat(250_000 / part.len());
        assert_eq!(find(&text, near).len(), found, "{part}");
    }
}
