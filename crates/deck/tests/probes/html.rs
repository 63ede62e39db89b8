//! Which HTML passes, and what becomes of the rest.

use expect_test::expect;

use super::check;

#[test]
fn text_tags() {
    check(
        r#"<b>b</b> <i>i</i> <u>u</u> <s>s</s> <strike>x</strike> <del>d</del> <ins>n</ins> <em>e</em> <strong>g</strong> <mark>m</mark> <small>l</small> <big>B</big> <sub>1</sub> <sup>2</sup> <tt>t</tt> <code>c</code> <kbd>k</kbd> <cite>q</cite> <span class="x" data-y="z">p</span>"#,
        expect![[r#"
        0.0
        <p><b>b</b> <i>i</i> <u>u</u> <s>s</s> <strike>x</strike> <del>d</del> <ins>n</ins> <em>e</em> <strong>g</strong> <mark>m</mark> <small>l</small> <big>B</big> <sub>1</sub> <sup>2</sup> <tt>t</tt> <code>c</code> <kbd>k</kbd> <cite>q</cite> <span class="x" data-y="z">p</span></p>
    "#]],
    );
}

#[test]
fn fonts() {
    check(
        r##"<font color="#ff0000" size="5" face="serif" style="text-shadow: 0 0 1px">a</font> **<font color=blue>b</font>**"##,
        expect![[r##"
        0.0
        <p><font color="#ff0000" size="5" face="serif" style="text-shadow: 0 0 1px">a</font> <strong><font color="blue">b</font></strong></p>
    "##]],
    );
}

#[test]
fn anchors_and_images() {
    check(
        r#"<a href="https://example.org" title="t" target="_blank">a</a> <img src="/a.png" alt="b" width=50% ><img src=/c.png height="20">"#,
        expect![[r#"
        0.0
        <p><a href="https://example.org" title="t">a</a> <img src="/a.png" alt="b" width="50%"><img src="/c.png" height="20"></p>
    "#]],
    );
}

#[test]
fn abbreviations_and_directions() {
    check(
        r#"<abbr title="Long">L</abbr> <bdi>a</bdi> <bdo>b</bdo> <ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>"#,
        expect![[r#"
        0.0
        <p><abbr title="Long">L</abbr> <bdi>a</bdi> <bdo>b</bdo> <ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby></p>
    "#]],
    );
}

#[test]
fn boxes() {
    check(
        r#"<div class="a" style="color: red" id="x">

# b

</div>

<section data-x="1">c</section>
<article>d</article>
<aside>e</aside>
<header>f</header>
<footer>g</footer>
<nav>h</nav>
<address>i</address>"#,
        expect![[r#"
    0.0
    <div class="a" style="color: red" id="x">
    <h1>b</h1>
    </div>
    <section data-x="1">c</section>
    <article>d</article>
    <aside>e</aside>
    <header>f</header>
    <footer>g</footer>
    <nav>h</nav>
    <address>i</address>
"#]],
    );
}

#[test]
fn centred() {
    check(
        r#"<center>

## a

</center>

<center>b</center>"#,
        expect![[r#"
    0.0
    <center>
    <h2>a</h2>
    </center>
    <center>b</center>
"#]],
    );
}

#[test]
fn details() {
    check(
        r#"<details open><summary>a</summary>b</details>

<details>
<summary>c</summary>

- d

</details>"#,
        expect![[r#"
    0.0
    <details open=""><summary>a</summary>b</details>
    <details>
    <summary>c</summary>
    <ul>
    <li>d</li>
    </ul>
    </details>
"#]],
    );
}

#[test]
fn figures() {
    check(
        r#"<figure><img src="/a.png"><figcaption>b</figcaption></figure>"#,
        expect![[r#"
        0.0
        <figure><img src="/a.png"><figcaption>b</figcaption></figure>
    "#]],
    );
}

#[test]
fn html_lists() {
    check(
        r#"<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>
<ol start="3"><li value="5">d</li></ol>
<dl><dt>e</dt><dd>f</dd></dl>"#,
        expect![[r#"
    0.0
    <ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>
    <ol start="3"><li value="5">d</li></ol>
    <dl><dt>e</dt><dd>f</dd></dl>
"#]],
    );
}

#[test]
fn html_tables() {
    check(
        r#"<table border="1" align="center"><caption>x</caption><colgroup><col span="2"></colgroup><thead><tr><th align="left">a</th></tr></thead><tbody><tr><td colspan="2" valign="top">b</td></tr></tbody><tfoot><tr><td>c</td></tr></tfoot></table>"#,
        expect![[r#"
        0.0
        <table border="1" align="center"><caption>x</caption><colgroup><col span="2"></colgroup><thead><tr><th align="left">a</th></tr></thead><tbody><tr><td colspan="2" valign="top">b</td></tr></tbody><tfoot><tr><td>c</td></tr></tfoot></table>
    "#]],
    );
}

#[test]
fn media() {
    check(
        r#"<video src="https://example.org/a.mp4" controls width="300"></video> <audio controls><source src="https://example.org/b.mp3"></audio>"#,
        expect![[r#"
        0.0
        <p><video src="https://example.org/a.mp4" controls="" width="300"></video> <audio controls=""><source src="https://example.org/b.mp3"></audio></p>
    "#]],
    );
}

#[test]
fn html_headings_and_rules() {
    check(
        r#"<h1>a</h1>
<h6 class="b">c</h6>
<hr>
<pre>d
  e</pre>
<blockquote>f</blockquote>
<p>g</p>"#,
        expect![[r#"
    0.0
    <h1>a</h1>
    <h6 class="b">c</h6>
    <hr>
    <pre>d
      e</pre>
    <blockquote>f</blockquote>
    <p>g</p>
"#]],
    );
}

#[test]
fn unknown_tags_are_text() {
    check(
        r#"<link> <YOUR_MINOR_VERSION> <foo bar="x">y</foo> a < b > c <3 <- ->"#,
        expect![[r#"
        0.0
        &lt;link&gt; &lt;YOUR_MINOR_VERSION&gt; &lt;foo bar=&quot;x&quot;&gt;y&lt;/foo&gt; a &lt; b &gt; c &lt;3 &lt;- -&gt;
    "#]],
    );
}

#[test]
fn tags_that_never_act() {
    check(
        r#"<script>alert(1)</script>

<object data="x"></object> <form><input></form> <meta> <base href="x"> <svg></svg>"#,
        expect![[r#"
    0.0
    &lt;script&gt;alert(1)&lt;/script&gt;
    <p>&lt;object data=&quot;x&quot;&gt;&lt;/object&gt; &lt;form&gt;&lt;input&gt;&lt;/form&gt; &lt;meta&gt; &lt;base href=&quot;x&quot;&gt; &lt;svg&gt;&lt;/svg&gt;</p>
"#]],
    );
}

#[test]
fn handlers_and_schemes_go() {
    check(
        r#"<b onclick="x" onmouseover=y>a</b> <a href="javascript:x">b</a> <img src="javascript:x" alt="c">"#,
        expect![[r#"
        0.0
        <p><b>a</b> <a>b</a> <img alt="c"></p>
    "#]],
    );
}

#[test]
fn tags_left_open() {
    check(
        r#"<b>a

b"#,
        expect![[r#"
    0.0
    <p><b>a</b></p>
    <p>b</p>
"#]],
    );
}

#[test]
fn a_stray_end_tag_drops_nothing() {
    check(
        r#"a</div>

# b

</div>

c"#,
        expect![[r#"
            0.0
            <p>a</p>
            <h1>b</h1>
            <p>c</p>
        "#]],
    );
}

#[test]
fn tags_around_markdown() {
    check(
        r#"<div>
*not read*

*read*
</div>

<span>*read*</span>"#,
        expect![[r#"
    0.0
    <div>
    *not read*
    <p><em>read</em></p>
    </div>
    <p><span><em>read</em></span></p>
"#]],
    );
}

#[test]
fn entities_in_html_blocks() {
    check(
        "<div>&lt;b&gt; a&b <x></div>",
        expect![[r#"
        0.0
        <div>&lt;b&gt; a&amp;b &lt;x&gt;</div>
    "#]],
    );
}

#[test]
fn style_stays_as_it_is() {
    check(
        r#"<style>
a > b::after { content: "<i>" }

# c
</style>

d"#,
        expect![[r#"
    0.0
    <style>
    a > b::after { content: "<i>" }

    # c
    </style>
    <p>d</p>
"#]],
    );
}

#[test]
fn markdown_in_table_cells_of_html() {
    check(
        r#"<table><tr><td>

*a*

</td></tr></table>"#,
        expect![[r#"
    0.0
    <table><tr><td>
    <p><em>a</em></p>
    </td></tr></table>
"#]],
    );
}

#[test]
fn uppercase_tags() {
    check(
        r#"<B>a</B> <DIV CLASS="x">b</DIV>"#,
        expect![[r#"
        0.0
        <p><b>a</b> <div class="x">b</div></p>
    "#]],
    );
}
