//! What Markdown and HTML become, rule by rule.

use expect_test::{Expect, expect};

use super::{MAX_DEPTH, notes, slide};

#[track_caller]
fn check(source: &str, expected: Expect) {
    expected.assert_eq(&slide(source, true));
}

/// Without line numbers, for what stands within a line.
#[track_caller]
fn check_inline(source: &str, expected: Expect) {
    expected.assert_eq(&notes(source, true));
}

#[test]
fn blocks_know_their_lines() {
    check(
        "# a\n\ntext\n\n- b\n- c\n    - d\n\n> q\n\n---\n\n1. e\n\n   f",
        expect![[r#"
            <h1 data-line="0">a</h1>
            <p data-line="2">text</p>
            <ul data-line="4">
            <li data-line="4">b</li>
            <li data-line="5">c
            <ul data-line="6">
            <li data-line="6">d</li>
            </ul>
            </li>
            </ul>
            <blockquote data-line="8">
            <p data-line="8">q</p>
            </blockquote>
            <hr data-line="10">
            <ol data-line="12">
            <li data-line="12">
            <p data-line="12">e</p>
            <p data-line="14">f</p>
            </li>
            </ol>"#]],
    );
}

#[test]
fn blank_lines_above_do_not_flatten_lists() {
    check(
        "\n\n\n- a\n    - b\n\nt",
        expect![[r#"
            <ul data-line="3">
            <li data-line="3">a
            <ul data-line="4">
            <li data-line="4">b</li>
            </ul>
            </li>
            </ul>
            <p data-line="6">t</p>"#]],
    );
    check(
        "  - a\n      - b",
        expect![[r#"
            <ul data-line="0">
            <li data-line="0">a
            <ul data-line="1">
            <li data-line="1">b</li>
            </ul>
            </li>
            </ul>"#]],
    );
}

#[test]
fn a_line_break_is_a_line_break() {
    check_inline(
        "a\nb  \nc\\\nd",
        expect![[r#"
        <p>a<br>
        b<br>
        c<br>
        d</p>"#]],
    );
    expect![[r#"
        <p>a
        b<br>
        c</p>"#]]
    .assert_eq(&notes("a\nb  \nc", false));
}

#[test]
fn inline_marks() {
    check_inline(
        "*a* __b__ ~~c~~ H~2~O x^2^ `d`",
        expect![
            "<p><em>a</em> <strong>b</strong> <s>c</s> H<sub>2</sub>O x<sup>2</sup> <code>d</code></p>"
        ],
    );
    check_inline(
        "a ~b c~ d ^e f^ g, ~/x and ~/y",
        expect!["<p>a ~b c~ d ^e f^ g, ~/x and ~/y</p>"],
    );
}

#[test]
fn tables() {
    check(
        "| a | b |\n|:--|--:|\n| 1 | *2* |\n| 3 |",
        expect![[r#"
            <table data-line="0">
            <thead>
            <tr data-line="0">
            <th style="text-align:left">a</th>
            <th style="text-align:right">b</th>
            </tr>
            </thead>
            <tbody>
            <tr data-line="2">
            <td style="text-align:left">1</td>
            <td style="text-align:right"><em>2</em></td>
            </tr>
            <tr data-line="3">
            <td style="text-align:left">3</td>
            <td style="text-align:right"></td>
            </tr>
            </tbody>
            </table>"#]],
    );
    check(
        "| a |\n|---|",
        expect![[r#"
            <table data-line="0">
            <thead>
            <tr data-line="0">
            <th>a</th>
            </tr>
            </thead>
            </table>"#]],
    );
}

#[test]
fn task_lists() {
    check(
        "- [x] a\n- [ ] b",
        expect![[r#"
            <ul data-line="0">
            <li data-line="0" class="task-list-item" data-task="done"><span class="task-list-box">☑</span> a</li>
            <li data-line="1" class="task-list-item" data-task="open"><span class="task-list-box">☐</span> b</li>
            </ul>"#]],
    );
}

#[test]
fn code_carries_what_the_slides_need() {
    check(
        "```js=5 [1-2|4]\nx < y\n```\n\n```=+\nz\n```\n\n    indented",
        expect![[r#"
        <pre data-line="0"><code class="language-js" data-line-numbers="1-2|4" data-ln-start-from="5">x &lt; y
        </code></pre>
        <pre data-line="4"><code data-line-numbers="" data-ln-start-from="6">z
        </code></pre>
        <pre data-line="8"><code>indented</code></pre>"#]],
    );
    check(
        "```!\nlong\n```\n```mermaid\ngraph\n```",
        expect![[r#"
        <pre data-line="0"><code class="wrap">long
        </code></pre>
        <pre data-line="3"><code class="language-mermaid">graph
        </code></pre>"#]],
    );
    check(
        "```\n![](u =10x20) ![](u \"t\" =10x20)\n:::info\n```\n`![](u =1x2)`",
        expect![[r#"
        <pre data-line="0"><code>![](u =10x20) ![](u &quot;t&quot; =10x20)
        :::info
        </code></pre>
        <p data-line="4"><code>![](u =1x2)</code></p>"#]],
    );
}

#[test]
fn images_have_sizes() {
    check_inline(
        "![a *b*](u.png \"t\" =10x20) ![](u.png =50%x) ![](u.png =x300)",
        expect![[
            r#"<p><img src="u.png" alt="a b" title="t" width="10" height="20"> <img src="u.png" alt="" width="50%"> <img src="u.png" alt="" height="300"></p>"#
        ]],
    );
    check_inline(
        "![a](javascript:x) ![](data:image/png;base64,AA) <img src=u.png width=50% >",
        expect![[
            r#"<p>![a](javascript:x) <img src="data:image/png;base64,AA" alt=""> <img src="u.png" width="50%"></p>"#
        ]],
    );
    check_inline(
        "[![a](u =1x2)](v)",
        expect![[r#"<p><a href="v"><img src="u" alt="a" width="1" height="2"></a></p>"#]],
    );
}

#[test]
fn links_are_safe() {
    check_inline(
        "[a](javascript:x) [b](https://example.org/ä?x=[1]) [c](#x \"t\") [d]\n\n[d]: /e",
        expect![[
            r##"<p>[a](javascript:x) <a href="https://example.org/%C3%A4?x=%5B1%5D">b</a> <a href="#x" title="t">c</a> <a href="/e">d</a></p>"##
        ]],
    );
}

#[test]
fn allowed_tags_stay_and_others_are_text() {
    check_inline(
        "<font color=\"red\" style=\"a:b\" onclick=\"x\">a</font> <link> <YOUR_NAME> <script>x</script>",
        expect![[
            r#"<p><font color="red" style="a:b">a</font> &lt;link&gt; &lt;YOUR_NAME&gt; &lt;script&gt;x&lt;/script&gt;</p>"#
        ]],
    );
    check(
        "<iframe src=\"x\"></iframe>\n\n<details open><summary>s</summary>t</details>",
        expect![[r#"
            &lt;iframe src=&quot;x&quot;&gt;&lt;/iframe&gt;
            <details data-line="2" open=""><summary>s</summary>t</details>"#]],
    );
    check(
        "&lt;b&gt;x&lt;/b&gt; &copy; &nbsp;",
        expect![[r#"<p data-line="0">&lt;b&gt;x&lt;/b&gt; ©  </p>"#]],
    );
    check(
        "<div>\n&lt;b&gt; a&b <x>\n</div>",
        expect![[r#"
        <div data-line="0">
        &lt;b&gt; a&amp;b &lt;x&gt;
        </div>"#]],
    );
}

#[test]
fn tags_left_open_are_closed_where_they_belong() {
    check(
        "<b>a <i>b</b> c</i>\n\nd",
        expect![[r#"
        <p data-line="0"><b>a <i>b</i></b> c</p>
        <p data-line="2">d</p>"#]],
    );
    check(
        "a</div>\n\nb\n\n</div>\n\nc",
        expect![[r#"
            <p data-line="0">a</p>
            <p data-line="2">b</p>
            <p data-line="6">c</p>"#]],
    );
    check(
        "<div class=\"x\">\n\n# a\n\n</div>\n\nb",
        expect![[r#"
            <div data-line="0" class="x">
            <h1 data-line="2">a</h1>
            </div>
            <p data-line="6">b</p>"#]],
    );
    check(
        "<font color=red>\n\na</font>\n\nb",
        expect![[r#"
            <font data-line="0" color="red">
            <p data-line="2">a</p>
            </font>
            <p data-line="4">b</p>"#]],
    );
    check(
        "<ul><li>a<li>b</ul>\n<p>c<p>d",
        expect![[r#"
            <ul data-line="0"><li>a</li><li>b</li></ul>
            <p data-line="1">c</p><p>d</p>"#]],
    );
    check(
        "<p>\n\na\n\n</p>",
        expect![[r#"
        <p data-line="0">
        </p>
        <p data-line="2">a</p>"#]],
    );
}

#[test]
fn style_sheets_stay_as_they_are() {
    check(
        "<style>\n@import url(x);\n.a > .b { color: \"red\" }\n\n# c {}\n</style>\n\n# d",
        expect![[r#"
            <style data-line="0">

            .a > .b { color: "red" }

            # c {}
            </style>
            <h1 data-line="7">d</h1>"#]],
    );
    check_inline("a <style>b *c* > d</style>", expect!["<p>a <style>b c > d</style></p>"]);
}

#[test]
fn element_comments_go_to_their_element() {
    check(
        "- one <!-- .element: class=\"fragment\" data-fragment-index=\"1\" -->\n- **b** two <!-- .element: class='fragment' -->",
        expect![[r#"
            <ul data-line="0">
            <li data-line="0" class="fragment" data-fragment-index="1">one </li>
            <li data-line="1"><strong class="fragment">b</strong> two </li>
            </ul>"#]],
    );
    check(
        "para\n<!-- .element: class=\"fragment\" -->",
        expect![[r#"<p data-line="0" class="fragment">para</p>"#]],
    );
    check(
        "- a\n- b\n\n<!-- .element: class=\"fragment\" onclick=\"x\" -->",
        expect![[r#"
            <ul data-line="0" class="fragment">
            <li data-line="0">a</li>
            <li data-line="1">b</li>
            </ul>"#]],
    );
    check("<!-- .element: class=\"lost\" --><!-- plain -->", expect![""]);
    check(
        "a\n![](b)<br><!-- .element: style=\"x\" -->",
        expect![[r#"
        <p data-line="0">a<br>
        <img src="b" alt="" style="x"><br></p>"#]],
    );
}

#[test]
fn footnotes_end_the_slide() {
    check(
        "a[^x] b[^y] c[^x] [^z]\n\n[^y]: why\n[^x]: *ex*\n\n[^u]: unused",
        expect![[r##"
            <p data-line="0">a<sup class="footnote-ref"><a href="#fn1" id="fnref1">[1]</a></sup> b<sup class="footnote-ref"><a href="#fn2" id="fnref2">[2]</a></sup> c<sup class="footnote-ref"><a href="#fn1" id="fnref1:1">[1:1]</a></sup> [^z]</p>
            <hr class="footnotes-sep">
            <section class="footnotes">
            <ol class="footnotes-list">
            <li class="footnote-item" id="fn1">
            <p data-line="3"><em>ex</em> <a href="#fnref1" class="footnote-backref">↩︎</a> <a href="#fnref1:1" class="footnote-backref">↩︎</a></p>
            </li>
            <li class="footnote-item" id="fn2">
            <p data-line="2">why <a href="#fnref2" class="footnote-backref">↩︎</a></p>
            </li>
            </ol>
            </section>"##]],
    );
}

#[test]
fn definition_lists() {
    check(
        "Term\n: Definition\n\nOther\n: One\n: Two",
        expect![[r#"
            <dl data-line="0">
            <dt data-line="0">Term</dt>
            <dd data-line="1">Definition</dd>
            <dt data-line="3">Other</dt>
            <dd data-line="4">One</dd>
            <dd data-line="5">Two</dd>
            </dl>"#]],
    );
}

#[test]
fn containers() {
    check(
        ":::info\n*hi*\n- a\n:::\nb",
        expect![[r#"
            <div class="alert alert-info" role="note" data-line="0">
            <p data-line="1"><em>hi</em></p>
            <ul data-line="2">
            <li data-line="2">a</li>
            </ul>
            </div>
            <p data-line="4">b</p>"#]],
    );
    check(
        ":::spoiler Click & *see*\nx\n:::\n\n:::unknown\ny\n:::",
        expect![[r#"
            <details class="spoiler" data-line="0">
            <summary>Click &amp; *see*</summary>
            <p data-line="1">x</p>
            </details>
            <p data-line="4">:::unknown<br>
            y<br>
            :::</p>"#]],
    );
    check(
        "::: warning\nnever closed",
        expect![[r#"
        <div class="alert alert-warning" role="note" data-line="0">
        <p data-line="1">never closed</p>
        </div>"#]],
    );
}

#[test]
fn maths_keeps_its_marks() {
    check_inline(
        "$a^2_b$ and $5 and $6\n\n$$\nx \\\\ y\n$$",
        expect![[r#"
        <p><span class="math math-inline">\(a^2_b\)</span> and $5 and $6</p>
        <p><span class="math math-display">\[
        x \\ y
        \]</span></p>"#]],
    );
}

#[test]
fn a_colon_defines_only_with_a_blank() {
    check(
        "text\n:tada: more\n:: x",
        expect![[r#"
            <p data-line="0">text<br>
            🎉 more<br>
            :: x</p>"#]],
    );
}

#[test]
fn nesting_is_bounded() {
    let depth = |source: &str| {
        let html = slide(source, true);
        let steps = html.split('<').skip(1).map(|tag| if tag.starts_with('/') { -1 } else { 1 });
        steps
            .scan(0, |depth, step| {
                *depth += step;
                Some(*depth)
            })
            .max()
            .unwrap_or(0)
    };
    let limit = MAX_DEPTH as i32 + 10;
    assert!(depth(&">".repeat(5000)) <= limit);
    assert!(depth(&format!("{}x", "<b>".repeat(5000))) <= limit);
    assert!(depth(&format!("{}x{}", "*_".repeat(500), "_*".repeat(500))) <= limit);
    assert!(depth(&format!("{}x{}", "==a ".repeat(500), "a== ".repeat(500))) <= limit);
}

#[test]
fn what_holds_nothing_but_a_prompt_is_left_out() {
    check(
        "# A\n\nReport by <!-- prompt: @name -->\n\n- <!-- prompt: What is new? -->\n* [ ] <!-- prompt: to do -->\n\n<!-- prompt: more -->",
        expect![[r#"<h1 data-line="0">A</h1>"#]],
    );
    check(
        "Report by @ada <!-- prompt: @name -->\n\n- a <!-- prompt: b -->\n- \n- <!-- PROMPT: c -->\n    - d\n- <!-- prompt: e --> ![](f.png)\n- <!-- prompt: g -->",
        expect![[r#"
            <p data-line="0">Report by @ada </p>
            <ul data-line="2">
            <li data-line="2">a </li>
            <li data-line="3"></li>
            <li data-line="4">
            <ul data-line="5">
            <li data-line="5">d</li>
            </ul>
            </li>
            <li data-line="6"> ![](f.png)
            </li>
            </ul>"#]],
    );
}
