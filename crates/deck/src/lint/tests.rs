//! Every problem, as people read it, with what its fix makes of the text.

mod call;
mod hostile;

use expect_test::{Expect, expect};

use super::{Severity, css, distance};
use crate::{apply_to_lines, parse};

/// Shows each problem, and below it its fix and the text that the fix gives.
#[track_caller]
fn check(source: &str, expected: Expect) {
    let mut shown = String::new();
    for problem in parse(source).problems {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        let code = serde_json::to_value(problem.code).expect("a code is plain data");
        let code = code.as_str().unwrap_or_default().to_owned();
        shown += &format!("{} {severity} {code}: {}\n", problem.lines.start, problem.message);
        for fix in problem.fix.into_iter().chain(problem.other_fix) {
            let fixed = apply_to_lines(source, &fix.edits);
            shown += &format!("  {}: {fixed:?}\n", fix.title);
        }
    }
    expected.assert_eq(&shown);
}

#[test]
fn a_sound_deck_has_no_problems() {
    check(
        "---\ntitle: x\n---\n\n# a\n\n---\n\n# b\n\n----\n\n- c\n\n| a |\n| --- |\n",
        expect![""],
    );
}

#[test]
fn text_above_a_separator_makes_a_heading() {
    check(
        "text\n---\n\nmore",
        expect![[r#"
        1 warning setext-separator: `---` needs a blank line above it to begin a new slide
          Add a blank line above: "text\n\n---\n\nmore"
    "#]],
    );
    check(
        "text\n----\nmore",
        expect![[r#"
        1 warning setext-separator: `----` needs a blank line above it to begin a new slide
          Add blank lines around it: "text\n\n----\n\nmore"
    "#]],
    );
}

#[test]
fn near_separators_are_named() {
    check(
        "a\n\n---\nb",
        expect![[r#"
        2 warning separator-no-blank-after: `---` needs a blank line below it to begin a new slide
          Add a blank line below: "a\n\n---\n\nb"
    "#]],
    );
    check(
        "a\n\n ---\n\nb",
        expect![[r#"
        2 warning separator-indented: `---` behind blanks is a rule, not a new slide
          Remove the blanks before it: "a\n\n---\n\nb"
    "#]],
    );
    check(
        "a\n\n-----\n\nb",
        expect![[r#"
        2 warning separator-too-long: `-----` is a rule; `---` or `----` begins a new slide
          Begin a new slide here: "a\n\n---\n\nb"
    "#]],
    );
    check(
        "a\n\n***\n\nb\n\n___\n\nc",
        expect![[r#"
        2 info rule-not-separator: `***` is a rule, not a new slide
          Begin a new slide here: "a\n\n---\n\nb\n\n___\n\nc"
        6 info rule-not-separator: `___` is a rule, not a new slide
          Begin a new slide here: "a\n\n***\n\nb\n\n---\n\nc"
    "#]],
    );
    check("a\n\n    ---\n\nHeading\n-----\n\n--\n\n- - -\n", expect![""]);
}

#[test]
fn fences_are_watched() {
    check(
        "```\n\n---\n\n```",
        expect![[r#"
        2 info separator-in-fence: a separator inside a code fence is code, not a new slide
    "#]],
    );
    check(
        "a\n\n  ~~~~js\nx\n\n---\n\n# b\n\n----\n\n# c",
        expect![[r#"
        2 error fence-unclosed: this code fence is never closed, so everything below it is code
          Close the code fence: "a\n\n  ~~~~js\nx\n  ~~~~\n\n---\n\n# b\n\n----\n\n# c"
        5 info separator-in-fence: a separator inside a code fence is code, not a new slide
          Close the code fence above: "a\n\n  ~~~~js\nx\n  ~~~~\n\n---\n\n# b\n\n----\n\n# c"
    "#]],
    );
    check(
        "a\n\n```js\nx\n\n",
        expect![[r#"
        2 error fence-unclosed: this code fence is never closed, so everything below it is code
          Close the code fence: "a\n\n```js\nx\n```\n\n"
    "#]],
    );
    check(
        "```\n---\n",
        expect![[r#"
        0 error fence-unclosed: this code fence is never closed, so everything below it is code
          Close the code fence: "```\n---\n```\n"
    "#]],
    );
}

#[test]
fn a_comment_that_never_ends_is_named() {
    check(
        "a\n\n<!-- hidden \n\n---\n\n# b",
        expect![[r#"
        2 warning comment-unclosed: this comment is never closed with `-->`
          Close it on this line: "a\n\n<!-- hidden -->\n\n---\n\n# b"
    "#]],
    );
    check("<!-- one\n---\ntwo -->\n\n# b", expect![""]);
}

#[test]
fn front_matter_is_mended() {
    check(
        "\n\n---\ntitle: x\n---\n\n# a",
        expect![[r#"
        2 info front-matter-after-blank: blank lines above the front matter make other programs overlook it
          Remove the blank lines above: "---\ntitle: x\n---\n\n# a"
    "#]],
    );
    check(
        "---\ntitle: x\nslideOptions:\n  theme: white\n\n# a",
        expect![[r#"
        0 warning front-matter-unclosed: the front matter is never closed with `---`
          Close it below the settings: "---\ntitle: x\nslideOptions:\n  theme: white\n---\n\n# a"
        0 warning separator-no-blank-after: `---` needs a blank line below it to begin a new slide
          Add a blank line below: "---\n\ntitle: x\nslideOptions:\n  theme: white\n\n# a"
    "#]],
    );
    check(
        "---\ntitle: \"x\nslideOptions:\n  - a\n---\n\n# a",
        expect![[r#"
        1 error bad-yaml: this line of the front matter cannot be read: a quote is never closed
        2 warning options-shape: `slideOptions` is a list of indented `key: value` lines
    "#]],
    );
    check(
        "---\nslideOptions:\n  theme: whte\n  rtl: true\n  foo: 1\n  bar:\n    - 1\n  width: [1]\n---\n\n# a",
        expect![[r#"
            2 warning theme-unknown: there is no theme `whte`; there are beige, black, blood, dracula, league, moon, night, serif, simple, sky, solarized, white
              Use `white`: "---\nslideOptions:\n  theme: white\n  rtl: true\n  foo: 1\n  bar:\n    - 1\n  width: [1]\n---\n\n# a"
            3 warning option-rtl: `rtl` is set by `dir: rtl`, outside of `slideOptions`
              Remove it: "---\nslideOptions:\n  theme: whte\n  foo: 1\n  bar:\n    - 1\n  width: [1]\n---\n\n# a"
            4 warning option-dropped: `foo` is not an option for slides, so it does nothing
              Remove it: "---\nslideOptions:\n  theme: whte\n  rtl: true\n  bar:\n    - 1\n  width: [1]\n---\n\n# a"
            5 warning option-dropped: `bar` is not an option for slides, so it does nothing
            7 warning option-shape: `width` needs a single value
        "#]],
    );
    check(
        "---\nslideOptions: {theme: \"Solarised\", foo: 1}\n---\n\n# a",
        expect![[r#"
        1 warning theme-unknown: there is no theme `Solarised`; there are beige, black, blood, dracula, league, moon, night, serif, simple, sky, solarized, white
          Use `solarized`: "---\nslideOptions: {theme: \"solarized\", foo: 1}\n---\n\n# a"
        1 warning option-dropped: `foo` is not an option for slides, so it does nothing
    "#]],
    );
}

#[test]
fn attributes_that_are_not_allowed_are_named() {
    check(
        "# a\n\n<!-- .slide: onclick=\"x\" data-state=\"y\" -->",
        expect![[r##"
        2 warning attribute-dropped: `onclick` cannot be set by a comment, so it does nothing
          Remove it: "# a\n\n<!-- .slide: data-state=\"y\" -->"
    "##]],
    );
    check(
        "a <!-- .element: class=\"b\" href='c d' -->",
        expect![[r#"
        0 warning attribute-dropped: `href` cannot be set by a comment, so it does nothing
          Remove it: "a <!-- .element: class=\"b\" -->"
    "#]],
    );
    check("# a\n\n`<!-- .slide: onclick=\"x\" -->`\n\n<!-- .element: id=x data-a -->", expect![""]);
}

#[test]
fn declarations_that_do_nothing_are_named() {
    check(
        "<style>\n  .slides h1 {\n    color: \"#50c3a5\";\n    font-size: 20;\n  }\n</style>\n\n# a",
        expect![[r##"
            2 warning css-declaration: `color: "#50c3a5"` is not valid CSS, so it does nothing; write `color: #50c3a5`
              Write `color: #50c3a5`: "<style>\n  .slides h1 {\n    color: #50c3a5;\n    font-size: 20;\n  }\n</style>\n\n# a"
            3 warning css-declaration: `font-size: 20` is not valid CSS, so it does nothing; write `font-size: 20px`
              Write `font-size: 20px`: "<style>\n  .slides h1 {\n    color: \"#50c3a5\";\n    font-size: 20px;\n  }\n</style>\n\n# a"
        "##]],
    );
    check(
        "# <font style=\"text-shadow: 1px 1px 0 #FFF; colour: red\">a</font> b\n\n<b style='margin 0'>c</b>",
        expect![[r##"
            0 warning css-declaration: `colour: red` is not valid CSS, so it does nothing; write `color: red`
              Write `color: red`: "# <font style=\"text-shadow: 1px 1px 0 #FFF; color: red\">a</font> b\n\n<b style='margin 0'>c</b>"
            2 warning css-declaration: `margin 0` is not valid CSS, so it does nothing; write `margin: 0`
              Write `margin: 0`: "# <font style=\"text-shadow: 1px 1px 0 #FFF; colour: red\">a</font> b\n\n<b style='margin: 0'>c</b>"
        "##]],
    );
    check(
        "# a\n\n<!-- .slide: style=\"font-size: '20px'\" -->\n\n`<b style=\"colour: red\">`",
        expect![[r##"
            2 warning css-declaration: `font-size: '20px'` is not valid CSS, so it does nothing; write `font-size: 20px`
              Write `font-size: 20px`: "# a\n\n<!-- .slide: style=\"font-size: 20px\" -->\n\n`<b style=\"colour: red\">`"
        "##]],
    );
    check(
        "<style>\na { color: red\n font-size: 2em }\n</style>\n\n# a",
        expect![[r#"
        1 warning css-declaration: `color: red` is not valid CSS, so it does nothing; write `color: red;`
          Write `color: red;`: "<style>\na { color: red;\n font-size: 2em }\n</style>\n\n# a"
    "#]],
    );
}

/// Shows what is wrong with a style sheet.
#[track_caller]
fn check_css(sheet: &str, expected: Expect) {
    let found = css::sheet(sheet).into_iter();
    let shown: Vec<String> = found.map(|f| format!("{} -> {}\n", f.wrong, f.right)).collect();
    expected.assert_eq(&shown.concat());
}

#[test]
fn style_sheets_that_do_nothing() {
    check_css(
        "a { COLOR: 'red' !important; width: \"50%\"; margin: 0 10 -2; }
         @media print { b { heigth: 3px; background-colr: red; color = blue; padding 3px } }
         c { top: 3 } .d { border-radius: 3 !important }",
        expect![[r#"
            COLOR: 'red' !important -> color: red !important
            width: "50%" -> width: 50%
            margin: 0 10 -2 -> margin: 0 10px -2px
            heigth: 3px -> height: 3px
            background-colr: red -> background-color: red
            color = blue -> color: blue
            padding 3px -> padding: 3px
            top: 3 -> top: 3px
            border-radius: 3 !important -> border-radius: 3px !important
        "#]],
    );
}

#[test]
fn sound_style_sheets_raise_no_alarm() {
    check_css(
        r##"
        @charset "utf-8"; @import url("x.css") layer(a) supports(display: grid);
        :root { --main: "#fff"; --size: 12; --block: { a: b }; color-scheme: light dark }
        .reveal h1 { color: #50c3a5; margin: 0 auto; line-height: 1.2; flex: 1; z-index: 5;
          font: 12px/1.5 "Lato", sans-serif; font-family: "Red Hat", "24px"; content: "#fff";
          quotes: "«" "»"; width: calc(100% - 12px); inset: 0; opacity: .5; zoom: 2; order: 3;
          grid-template-areas: "a b" "c d"; -webkit-line-clamp: 3; *zoom: 1; _height: 1px;
          background: url(data:image/png;base64,AAAA;b) no-repeat; aspect-ratio: 16 / 9;
          font-variation-settings: "wght" 400; mask: none; inset-inline: 1em; margin-trim: block;
          width: 50%; height: 0; min-width: 0; tab-size: 4; border-image: url("a.png") 30;
          & .nested { color: red } &:hover { color: blue } > p { margin: 1em }
          a:hover { color: green } @media (width > 600px) { padding: 2rem } }
        /* color: "red"; } { */
        @font-face { font-family: "X"; src: url("x.woff2") format("woff2"); font-weight: 100 900;
          ascent-override: 90%; unicode-range: U+0025-00FF, u+4?? }
        @keyframes spin { from { rotate: 0deg } 50% { scale: 1.5 } to { rotate: 1turn } }
        @property --x { syntax: "<length>"; inherits: false; initial-value: 0px }
        @counter-style thumbs { system: cyclic; symbols: "red" "12px"; suffix: "blue" }
        @supports (display: grid) and (not (display: inline-grid)) { a { float: none } }
        @layer base, components; @container card (min-width: 400px) { h2 { font-size: 1.5em } }
        .brand-new { future-property: 12; interpolate-everything: "12px" }
        .a::after { content: "a;b}" } .b { background: URL( "a b.png" ) }
        .c{color:red;;}.d{}"##,
        expect![""],
    );
}

#[test]
fn any_style_sheet_is_read_to_its_end() {
    for sheet in [
        "", "{", "}}}", "a{b", "a{b:", "\"", "a{b:'", "/*", "a{/*", "a{b:c\\", "(", "a{b:)}",
        "a{ä:ö}",
    ] {
        assert_eq!(css::sheet(sheet), [], "{sheet}");
        css::declarations(sheet);
    }
}

#[test]
fn slides_that_show_nothing_are_named() {
    check(
        "# a\n\n---\n\n<!-- later -->\n\n---\n\n<style>\na {}\n</style>\n\n----\n\n# b",
        expect![[r#"
            3 warning slide-empty: this slide shows nothing; fill it or remove it
            7 warning slide-empty: this slide shows nothing; fill it or remove it
        "#]],
    );
    check(
        "# a\n\n---\n\n<!-- .slide: data-background=\"x.png\" -->\n\n---\n\n![A map](b.png)\n\n---\n\n`c`",
        expect![""],
    );
    check("---\ntitle: new\n---\n\n", expect![""]);
}

#[test]
fn what_a_template_left_is_named() {
    check(
        "# Call 202X-01-01\n\n@todo: write\n\n- TODO\n- <YOUR_MINOR_VERSION> and <NAME>\n\nLorem Ipsum dolor",
        expect![[r#"
            0 warning template-residue: `202X` seems to be left over from a template
            2 warning template-residue: `@todo` seems to be left over from a template
            4 warning template-residue: `TODO` seems to be left over from a template
            5 warning template-residue: `<YOUR_MINOR_VERSION>` seems to be left over from a template
            7 warning template-residue: `Lorem ipsum` seems to be left over from a template
        "#]],
    );
    check(
        "# todos, 2024, TODOS, @todoist\n\n`TODO` <!-- TODO --> https://example.org/TODO [a](TODO.md) <CPU> 20X\n\n```\nTODO\n```\n\nnote: TODO",
        expect![""],
    );
}

#[test]
fn a_section_that_comes_again_is_named() {
    check(
        "# A\n\n---\n\n# a\n\n---\n\n# B\n\n---\n\nText\n\n## A\n",
        expect![[r#"
        14 info section-repeated: another section is called `A`, too; join the two or rename one
    "#]],
    );
}

#[test]
fn images_need_a_text() {
    check(
        "![](photos/team-photo_2.png?x=1)\n\n![](uploads/e9bd08dc-1d0b-4795.png)\n\n![Map](a.png)",
        expect![[r#"
            0 warning image-alt: this image has no text for those who cannot see it
              Describe it as “team photo 2”: "![team photo 2](photos/team-photo_2.png?x=1)\n\n![](uploads/e9bd08dc-1d0b-4795.png)\n\n![Map](a.png)"
            2 warning image-alt: this image has no text for those who cannot see it
        "#]],
    );
    check(
        "<img src=\"harbour.jpg\" width=50%>\n\n<img src=x alt=\"\">\n\n`![](a.png)`\n\n```\n![](b.png)\n```\n\n![][q]\n\n[q]: quay.png",
        expect![[r#"
            0 warning image-alt: this image has no text for those who cannot see it
              Describe it as “harbour”: "<img alt=\"harbour\" src=\"harbour.jpg\" width=50%>\n\n<img src=x alt=\"\">\n\n`![](a.png)`\n\n```\n![](b.png)\n```\n\n![][q]\n\n[q]: quay.png"
            10 warning image-alt: this image has no text for those who cannot see it
        "#]],
    );
    check(
        "  ![](boat.png =50%x) ![](quay.png)\n\n  :::info\n  ![](fish.png =10x10)\n  :::",
        expect![[r#"
            0 warning image-alt: this image has no text for those who cannot see it
            0 warning image-alt: this image has no text for those who cannot see it
            3 warning image-alt: this image has no text for those who cannot see it
              Describe it as “fish”: "  ![](boat.png =50%x) ![](quay.png)\n\n  :::info\n  ![fish](fish.png =10x10)\n  :::"
        "#]],
    );
}

#[test]
fn images_of_other_servers_can_be_brought_in() {
    check(
        "![a](https://a.example/b.png =50%x) and ![b](/p/AAAAAAAAAAAAAAAAAAAAAA.png)\n\n<img alt=\"\" src=\"HTTP://a.example/c.png\">",
        expect![[r#"
            0 info image-elsewhere: this image comes from elsewhere each time, so it may vanish, and its server sees who watches: https://a.example/b.png
              Bring it into this deck: "![a](https://a.example/b.png =50%x) and ![b](/p/AAAAAAAAAAAAAAAAAAAAAA.png)\n\n<img alt=\"\" src=\"HTTP://a.example/c.png\">"
            2 info image-elsewhere: this image comes from elsewhere each time, so it may vanish, and its server sees who watches: HTTP://a.example/c.png
              Bring it into this deck: "![a](https://a.example/b.png =50%x) and ![b](/p/AAAAAAAAAAAAAAAAAAAAAA.png)\n\n<img alt=\"\" src=\"HTTP://a.example/c.png\">"
        "#]],
    );
    // An address that stands elsewhere, or in another spelling, is not replaced.
    check(
        "![a][q] ![b](https://a.example/\\*)\n\n[q]: https://a.example/d.png\n\n`![c](https://a.example/e.png)`",
        expect![[r#"
            0 info image-elsewhere: this image comes from elsewhere each time, so it may vanish, and its server sees who watches: https://a.example/d.png
            0 info image-elsewhere: this image comes from elsewhere each time, so it may vanish, and its server sees who watches: https://a.example/*
        "#]],
    );
}

#[test]
fn distances_between_words() {
    for (from, to, expected) in [
        ("", "", 0),
        ("a", "", 1),
        ("color", "colour", 1),
        ("heigth", "height", 1),
        ("sky", "moon", 4),
    ] {
        assert_eq!(distance(from, to), expected, "{from} {to}");
    }
}
