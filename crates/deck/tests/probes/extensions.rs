//! What this dialect adds to Markdown.

use expect_test::expect;

use super::check;

#[test]
fn task_lists() {
    check(
        r#"- [x] a
- [ ] b
- [X] c
- [ ]d
- [y] e

1. [x] f"#,
        expect![[r#"
    0.0
    <ul>
    <li class="task-list-item" data-task="done"><span class="task-list-box">☑</span> a</li>
    <li class="task-list-item" data-task="open"><span class="task-list-box">☐</span> b</li>
    <li class="task-list-item" data-task="done"><span class="task-list-box">☑</span> c</li>
    <li class="task-list-item" data-task="open"><span class="task-list-box">☐</span> d</li>
    <li>[y] e</li>
    </ul>
    <ol>
    <li class="task-list-item" data-task="done"><span class="task-list-box">☑</span> f</li>
    </ol>
"#]],
    );
}

#[test]
fn loose_task_lists() {
    check(
        r#"- [x] a

- [ ] **b**"#,
        expect![[r#"
    0.0
    <ul>
    <li class="task-list-item" data-task="done">
    <p><span class="task-list-box">☑</span> a</p>
    </li>
    <li class="task-list-item" data-task="open">
    <p><span class="task-list-box">☐</span> <strong>b</strong></p>
    </li>
    </ul>
"#]],
    );
}

#[test]
fn footnotes() {
    check(
        r#"a[^1] b[^long] c[^1] d[^none]

[^1]: one
[^long]: first

    second
[^unused]: x"#,
        expect![[r##"
    0.0
    <p>a<sup class="footnote-ref"><a href="#fn1" id="fnref1">[1]</a></sup> b<sup class="footnote-ref"><a href="#fn2" id="fnref2">[2]</a></sup> c<sup class="footnote-ref"><a href="#fn1" id="fnref1:1">[1:1]</a></sup> d[^none]</p>
    <hr class="footnotes-sep">
    <section class="footnotes">
    <ol class="footnotes-list">
    <li class="footnote-item" id="fn1">
    <p>one <a href="#fnref1" class="footnote-backref">↩︎</a> <a href="#fnref1:1" class="footnote-backref">↩︎</a></p>
    </li>
    <li class="footnote-item" id="fn2">
    <p>first</p>
    <p>second <a href="#fnref2" class="footnote-backref">↩︎</a></p>
    </li>
    </ol>
    </section>
"##]],
    );
}

#[test]
fn inline_footnotes() {
    check(
        "a^[short *note*] b^[another]",
        expect![[r##"
        0.0
        <p>a<sup class="footnote-ref"><a href="#fn1" id="fnref1">[1]</a></sup> b<sup class="footnote-ref"><a href="#fn2" id="fnref2">[2]</a></sup></p>
        <hr class="footnotes-sep">
        <section class="footnotes">
        <ol class="footnotes-list">
        <li class="footnote-item" id="fn1">
        <p>short <em>note</em> <a href="#fnref1" class="footnote-backref">↩︎</a></p>
        </li>
        <li class="footnote-item" id="fn2">
        <p>another <a href="#fnref2" class="footnote-backref">↩︎</a></p>
        </li>
        </ol>
        </section>
    "##]],
    );
}

#[test]
fn footnotes_belong_to_their_slide() {
    check(
        r#"a[^1]

[^1]: x

---

b[^1]

[^1]: y"#,
        expect![[r##"
    0.0
    <p>a<sup class="footnote-ref"><a href="#fn1" id="fnref1">[1]</a></sup></p>
    <hr class="footnotes-sep">
    <section class="footnotes">
    <ol class="footnotes-list">
    <li class="footnote-item" id="fn1">
    <p>x <a href="#fnref1" class="footnote-backref">↩︎</a></p>
    </li>
    </ol>
    </section>
    1.0
    <p>b<sup class="footnote-ref"><a href="#fn1" id="fnref1">[1]</a></sup></p>
    <hr class="footnotes-sep">
    <section class="footnotes">
    <ol class="footnotes-list">
    <li class="footnote-item" id="fn1">
    <p>y <a href="#fnref1" class="footnote-backref">↩︎</a></p>
    </li>
    </ol>
    </section>
"##]],
    );
}

#[test]
fn abbreviations() {
    check(
        r#"The HTML is HTML5, not XHTML. (HTML)

*[HTML]: Hyper "Text"
*[HTML5]: five"#,
        expect![[r#"
    0.0
    <p>The <abbr title="Hyper &quot;Text&quot;">HTML</abbr> is <abbr title="five">HTML5</abbr>, not XHTML. (<abbr title="Hyper &quot;Text&quot;">HTML</abbr>)</p>
"#]],
    );
}

#[test]
fn definition_lists() {
    check(
        r#"Term
: Definition

Other *term*
: One
: Two

: loose"#,
        expect![[r#"
    0.0
    <dl>
    <dt>Term</dt>
    <dd>Definition</dd>
    <dt>Other <em>term</em></dt>
    <dd>One</dd>
    <dd>Two</dd>
    <dd>loose</dd>
    </dl>
"#]],
    );
}

#[test]
fn definitions_hold_blocks() {
    check(
        r#"Term

: a

    - b

    ```
    c
    ```

end"#,
        expect![[r#"
    0.0
    <dl>
    <dt>Term</dt>
    <dd>
    <p>a</p>
    <ul>
    <li>b</li>
    </ul>
    <pre><code>c
    </code></pre>
    </dd>
    </dl>
    <p>end</p>
"#]],
    );
}

#[test]
fn a_colon_needs_a_blank() {
    check(
        r#"text
:not a definition
:: nor this"#,
        expect![[r#"
    0.0
    <p>text<br>
    :not a definition<br>
    :: nor this</p>
"#]],
    );
}

#[test]
fn containers() {
    check(
        r#":::success
*a*
:::

:::info
- b
:::
:::warning
c
:::
:::danger
d
:::"#,
        expect![[r#"
    0.0
    <div class="alert alert-success" role="note">
    <p><em>a</em></p>
    </div>
    <div class="alert alert-info" role="note">
    <ul>
    <li>b</li>
    </ul>
    </div>
    <div class="alert alert-warning" role="note">
    <p>c</p>
    </div>
    <div class="alert alert-danger" role="note">
    <p>d</p>
    </div>
"#]],
    );
}

#[test]
fn containers_nest() {
    check(
        r#"::::info
a
:::warning
b
:::
c
::::
d"#,
        expect![[r#"
    0.0
    <div class="alert alert-info" role="note">
    <p>a</p>
    <div class="alert alert-warning" role="note">
    <p>b</p>
    </div>
    <p>c</p>
    </div>
    <p>d</p>
"#]],
    );
}

#[test]
fn containers_left_open() {
    check(
        r#":::info
a

# b"#,
        expect![[r#"
    0.0
    <div class="alert alert-info" role="note">
    <p>a</p>
    <h1>b</h1>
    </div>
"#]],
    );
}

#[test]
fn containers_in_lists() {
    check(
        r#"- a
  :::info
  b
  :::
- c"#,
        expect![[r#"
    0.0
    <ul>
    <li>a
    <div class="alert alert-info" role="note">
    <p>b</p>
    </div>
    </li>
    <li>c</li>
    </ul>
"#]],
    );
}

#[test]
fn containers_of_unknown_kind() {
    check(
        r#":::unknown
a
:::"#,
        expect![[r#"
    0.0
    <p>:::unknown<br>
    a<br>
    :::</p>
"#]],
    );
}

#[test]
fn spoilers() {
    check(
        r#":::spoiler Open *me*
hidden
:::

after"#,
        expect![[r#"
    0.0
    <details class="spoiler">
    <summary>Open *me*</summary>
    <p>hidden</p>
    </details>
    <p>after</p>
"#]],
    );
}

#[test]
fn inline_maths() {
    check(
        r#"$a^2_b$ and $x$, $5 and $6, $ a$, \$b\$, $`c`$"#,
        expect![[r#"
        0.0
        <p><span class="math math-inline">\(a^2_b\)</span> and <span class="math math-inline">\(x\)</span>, $5 and $6, $ a$, $b$, <span class="math math-inline">\(`c`\)</span></p>
    "#]],
    );
}

#[test]
fn display_maths() {
    check(
        r#"$$
a \\ b
$$

$$x$$ y"#,
        expect![[r#"
    0.0
    <p><span class="math math-display">\[
    a \\ b
    \]</span></p>
    <p><span class="math math-display">\[x\]</span> y</p>
"#]],
    );
}

#[test]
fn maths_in_brackets() {
    check(
        r#"\\(a\\) \\[b\\] \begin{align}c&=d\end{align}"#,
        expect![[r#"
        0.0
        <p><span class="math math-inline">\(a\)</span> <span class="math math-display">\[b\]</span> <span class="math math-display">\begin{align}c&amp;=d\end{align}</span></p>
    "#]],
    );
}

#[test]
fn names_times_and_colours() {
    check(
        r#"> quote
> [name=Ada Lovelace] [time=Sun, Jan 1, 2026] [color=red]

- item [name=Bob]

[name=nobody]"#,
        expect![[r#"
    0.0
    <blockquote>
    <p>quote<br>
    <small class="tag-user">Ada Lovelace</small> <small class="tag-time">Sun, Jan 1, 2026</small> <span class="color" data-color="red"></span></p>
    </blockquote>
    <ul>
    <li>item <small class="tag-user">Bob</small></li>
    </ul>
    <p>[name=nobody]</p>
"#]],
    );
}

#[test]
fn names_at_the_end_of_marks() {
    check(
        r#"> *a [name=x]*
> b [name=y]"#,
        expect![[r#"
    0.0
    <blockquote>
    <p><em>a [name=x]</em><br>
    b <small class="tag-user">y</small></p>
    </blockquote>
"#]],
    );
}

#[test]
fn embeds() {
    check(
        r#"{%youtube aqz-KE-bpKQ %}

{%vimeo 124148255 %}

{%youtube short%} {%unknown x%}"#,
        expect![[r#"
    0.0
    <p><a class="embed youtube" data-embed="aqz-KE-bpKQ" href="https://www.youtube.com/watch?v=aqz-KE-bpKQ">YouTube: aqz-KE-bpKQ</a></p>
    <p><a class="embed vimeo" data-embed="124148255" href="https://vimeo.com/124148255">Vimeo: 124148255</a></p>
    <p>{%youtube short%} {%unknown x%}</p>
"#]],
    );
}

#[test]
fn a_place_for_contents() {
    check(
        r#"[TOC]

[toc] more"#,
        expect![[r#"
            0.0
            <div class="toc"></div>
            <p>[toc] more</p>
        "#]],
    );
}

#[test]
fn styles_apply_to_all() {
    check(
        r#"<style>
@import url(https://example.org/x.css);
.a > .b { color: red }
</style>

# a

---

<style>.c { top: 0 }</style>

# b"#,
        expect![[r#"
    0.0
    <style>

    .a > .b { color: red }
    </style>
    <h1>a</h1>
    1.0
    <style>.c { top: 0 }</style>
    <h1>b</h1>
"#]],
    );
}

#[test]
fn comments_do_not_show() {
    check(
        r#"a <!-- b --> c

<!--
# d
-->

e"#,
        expect![[r#"
            0.0
            <p>a  c</p>
            <p>e</p>
        "#]],
    );
}

#[test]
fn a_comment_left_open() {
    check(
        r#"a

<!-- b

c"#,
        expect![[r#"
    0.0
    <p>a</p>
"#]],
    );
}

#[test]
fn definitions_with_a_tilde() {
    check(
        "Term\n~ first\n~ second\n\n~ 5 people, a ~ b\n\n    ~ code",
        expect![[r#"
            0.0
            <dl>
            <dt>Term</dt>
            <dd>first</dd>
            <dd>second</dd>
            <dd>
            <dl>
            <dt>5 people, a ~ b</dt>
            <dd>
            <p>code</p>
            </dd>
            </dl>
            </dd>
            </dl>
        "#]],
    );
}
