//! Marks, links, images, typography.

use expect_test::expect;

use super::check;

#[test]
fn emphasis() {
    check(
        "*a* _b_ **c** __d__ ***e*** **f *g* h** snake_case_word 2*3*4",
        expect![[r#"
        0.0
        <p><em>a</em> <em>b</em> <strong>c</strong> <strong>d</strong> <em><strong>e</strong></em> <strong>f <em>g</em> h</strong> snake_case_word 2<em>3</em>4</p>
    "#]],
    );
}

#[test]
fn marks_left_open() {
    check(
        "**a *b ~~c ==d `e",
        expect![[r#"
        0.0
        <p>**a *b ~~c ==d `e</p>
    "#]],
    );
}

#[test]
fn marks_within_words() {
    check(
        "un*frigging*believable **bold**text und__er__score",
        expect![[r#"
        0.0
        <p>un<em>frigging</em>believable <strong>bold</strong>text und__er__score</p>
    "#]],
    );
}

#[test]
fn strikes() {
    check(
        "~~a~~ ~~~b~~~ ~~ c ~~",
        expect![[r#"
        0.0
        <p><s>a</s> ~<s>b</s>~ ~~ c ~~</p>
    "#]],
    );
}

#[test]
fn marked_and_inserted() {
    check(
        "==a== ++b++ ==*c* d== ++==e==++ a == b ===f=== C++ and D++",
        expect![[r#"
        0.0
        <p><mark>a</mark> <ins>b</ins> <mark><em>c</em> d</mark> <ins><mark>e</mark></ins> a == b =<mark>f</mark>= C++ and D++</p>
    "#]],
    );
}

#[test]
fn raised_and_lowered() {
    check(
        r#"H~2~O x^2^ a~b c~d ^a b^ ~a\ b~ ~/x ~/y 2^10^"#,
        expect![[r#"
        0.0
        <p>H<sub>2</sub>O x<sup>2</sup> a~b c~d ^a b^ <sub>a b</sub> ~/x ~/y 2<sup>10</sup></p>
    "#]],
    );
}

#[test]
fn escapes() {
    check(
        r#"\*a\* \`b\` \# \[c\] \\ \a \: \~d\~ \=="#,
        expect![[r#"
        0.0
        <p>*a* `b` # [c] \ \a : ~d~ ==</p>
    "#]],
    );
}

#[test]
fn entities() {
    check(
        "&amp; &lt;b&gt; &copy; &#x2014; &#8211; &nbsp;x &unknown; &amp",
        expect![[r#"
        0.0
        <p>&amp; &lt;b&gt; © — –  x &amp;unknown; &amp;amp</p>
    "#]],
    );
}

#[test]
fn inline_code() {
    check(
        "`a` ``b ` c`` ` d ` `<b>` `&amp;` `--` `:tada:`",
        expect![[r#"
        0.0
        <p><code>a</code> <code>b ` c</code> <code>d</code> <code>&lt;b&gt;</code> <code>&amp;amp;</code> <code>--</code> <code>:tada:</code></p>
    "#]],
    );
}

#[test]
fn links() {
    check(
        r#"[a](https://example.org) [b](https://example.org "title") [c](<https://example.org/a b>) [d](#e) [f](/g) [h]()"#,
        expect![[r##"
        0.0
        <p><a href="https://example.org">a</a> <a href="https://example.org" title="title">b</a> <a href="https://example.org/a%20b">c</a> <a href="#e">d</a> <a href="/g">f</a> <a href="">h</a></p>
    "##]],
    );
}

#[test]
fn link_texts() {
    check(
        "[*a* `b` ![](/c.png)](https://example.org) [[d]](https://example.org) [e [f](https://example.org) g](https://example.com)",
        expect![[r#"
        0.0
        <p><a href="https://example.org"><em>a</em> <code>b</code> <img src="/c.png" alt=""></a> <a href="https://example.org">[d]</a> [e <a href="https://example.org">f</a> g](<a href="https://example.com">https://example.com</a>)</p>
    "#]],
    );
}

#[test]
fn references() {
    check(
        r#"[a] [b][a] [c][] [d][x]

[a]: https://example.org "T"
[C]: <https://example.com>
  "over
lines""#,
        expect![[r#"
    0.0
    <p><a href="https://example.org" title="T">a</a> <a href="https://example.org" title="T">b</a> <a href="https://example.com" title="over
    lines">c</a> [d][x]</p>
"#]],
    );
}

#[test]
fn references_belong_to_their_slide() {
    check(
        r#"[a]

---

[a]

[a]: https://example.org"#,
        expect![[r#"
    0.0
    <p>[a]</p>
    1.0
    <p><a href="https://example.org">a</a></p>
"#]],
    );
}

#[test]
fn addresses_in_brackets() {
    check(
        "<https://example.org/%C3%A4?a=b&c> <mail@example.org> <ftp> <not an address>",
        expect![[r#"
        0.0
        <p><a href="https://example.org/%C3%A4?a=b&amp;c">https://example.org/ä?a=b&amp;c</a> <a href="mailto:mail@example.org">mail@example.org</a> &lt;ftp&gt; &lt;not an address&gt;</p>
    "#]],
    );
}

#[test]
fn bare_addresses() {
    check(
        "See https://example.org/a_b_c?d=e&f=(g)#h. (https://example.org) https://example.org/*a* **https://example.org** https://example.org, x",
        expect![[r#"
        0.0
        <p>See <a href="https://example.org/a_b_c?d=e&amp;f=(g)#h">https://example.org/a_b_c?d=e&amp;f=(g)#h</a>. (<a href="https://example.org">https://example.org</a>) <a href="https://example.org/*a">https://example.org/*a</a>* <strong><a href="https://example.org">https://example.org</a></strong> <a href="https://example.org">https://example.org</a>, x</p>
    "#]],
    );
}

#[test]
fn bare_domains() {
    check(
        "example.org www.example.com/x. sub.example.de:8080/y a.example.co.uk/ and name@example.org, v1.2.3 e.g. z.B. 1.5 foo.bar",
        expect![[r#"
        0.0
        <p><a href="http://example.org">example.org</a> <a href="http://www.example.com/x">www.example.com/x</a>. <a href="http://sub.example.de:8080/y">sub.example.de:8080/y</a> <a href="http://a.example.co.uk/">a.example.co.uk/</a> and <a href="mailto:name@example.org">name@example.org</a>, v1.2.3 e.g. z.B. 1.5 foo.bar</p>
    "#]],
    );
}

#[test]
fn file_names_are_no_links() {
    check(
        "README.md main.rs build.sh setup.py Makefile.mk docs.rs/deck",
        expect![[r#"
        0.0
        <p>README.md main.rs build.sh setup.py Makefile.mk <a href="http://docs.rs/deck">docs.rs/deck</a></p>
    "#]],
    );
}

#[test]
fn addresses_without_scheme() {
    check(
        "//example.org/x http//no //x",
        expect![[r#"
        0.0
        <p><a href="//example.org/x">//example.org/x</a> http//no //x</p>
    "#]],
    );
}

#[test]
fn international_addresses() {
    check(
        "https://bücher.example.org/ä [x](https://bücher.example.org) https://xn--bcher-kva.example.org",
        expect![[r#"
        0.0
        <p><a href="https://xn--bcher-kva.example.org/%C3%A4">https://bücher.example.org/ä</a> <a href="https://xn--bcher-kva.example.org">x</a> <a href="https://xn--bcher-kva.example.org">https://bücher.example.org</a></p>
    "#]],
    );
}

#[test]
fn addresses_in_links_stay() {
    check(
        r#"[example.org](/x) [https://example.org](https://example.com) <a href="/y">example.org</a>"#,
        expect![[r#"
        0.0
        <p><a href="/x">example.org</a> <a href="https://example.com">https://example.org</a> <a href="/y">example.org</a></p>
    "#]],
    );
}

#[test]
fn unsafe_addresses() {
    check(
        "[a](javascript:alert(1)) [b](data:text/html,x) [c](JAVASCRIPT:x) <javascript:x>",
        expect![[r#"
        0.0
        <p>[a](javascript:alert(1)) [b](data:text/html,x) [c](JAVASCRIPT:x) &lt;javascript:x&gt;</p>
    "#]],
    );
}

#[test]
fn images() {
    check(
        r#"![alt *text*](/a.png "T") ![](/b.png) ![c][r]

[r]: /r.png"#,
        expect![[r#"
    0.0
    <p><img src="/a.png" alt="alt text" title="T"> <img src="/b.png" alt=""> <img src="/r.png" alt="c"></p>
"#]],
    );
}

#[test]
fn image_sizes() {
    check(
        r#"![](/a.png =100x200) ![](/a.png "t" =50%x) ![](/a.png =x300) ![](/a.png =300x ) ![](/a.png =x) ![](/a.png =10)"#,
        expect![[r#"
        0.0
        <p><img src="/a.png" alt="" width="100" height="200"> <img src="/a.png" alt="" title="t" width="50%"> <img src="/a.png" alt="" height="300"> <img src="/a.png" alt="" width="300"> <img src="/a.png" alt=""> ![](/a.png =10)</p>
    "#]],
    );
}

#[test]
fn images_that_are_links() {
    check(
        "[![a](/a.png =10x20)](https://example.org)",
        expect![[r#"
        0.0
        <p><a href="https://example.org"><img src="/a.png" alt="a" width="10" height="20"></a></p>
    "#]],
    );
}

#[test]
fn quotes_are_curled() {
    check(
        r#""a" 'b' "c 'd' e" it's the '90s 6" ("x") "*y*" *"z"*"#,
        expect![[r#"
        0.0
        <p>“a” ‘b’ “c ‘d’ e” it’s the '90s 6&quot; (“x”) “<em>y</em>” <em>“z”</em></p>
    "#]],
    );
}

#[test]
fn dashes_and_dots() {
    check(
        "a -- b --- c a--b a---b ---- wait... what?... no!!!!! a,,b",
        expect![[r#"
        0.0
        <p>a – b — c a–b a—b ---- wait… what?.. no!!! a,b</p>
    "#]],
    );
}

#[test]
fn signs() {
    check(
        "(c) (C) (r) (R) (tm) (TM) +-5 (p)",
        expect![[r#"
        0.0
        <p>© © ® ® ™ ™ ±5 (p)</p>
    "#]],
    );
}

#[test]
fn typography_leaves_code_and_links() {
    check(
        r#"`"a" -- (c)` [--x](https://example.org/a--b...c) https://example.org/a--b"#,
        expect![[r#"
        0.0
        <p><code>&quot;a&quot; -- (c)</code> <a href="https://example.org/a--b...c">–x</a> <a href="https://example.org/a--b">https://example.org/a--b</a></p>
    "#]],
    );
}

#[test]
fn emoji() {
    check(
        ":tada: :+1: :smile: :unknown_thing: a:b:c :heart: 12:30:45 :TADA:",
        expect![[r#"
        0.0
        <p>🎉 👍 😄 :unknown_thing: a🅱️c ❤️ 12:30:45 🎉</p>
    "#]],
    );
}

#[test]
fn emoji_not_in_code_or_addresses() {
    check(
        "`:tada:` https://example.org/:tada: [x](https://example.org/:tada:) [:tada:](https://example.org)",
        expect![[r#"
        0.0
        <p><code>:tada:</code> <a href="https://example.org/:tada:">https://example.org/:tada:</a> <a href="https://example.org/:tada:">x</a> <a href="https://example.org">🎉</a></p>
    "#]],
    );
}

#[test]
fn breaks_by_tag() {
    check(
        "a<br>b<br/>c<br />d",
        expect![[r#"
        0.0
        <p>a<br>b<br>c<br>d</p>
    "#]],
    );
}

#[test]
fn signs_in_addresses() {
    check(
        "_https://example.org/a_b_ ~~https://example.org/a~~ ==https://example.org/b==\n**https://example.org/?a=b**: *https://example.org/c*d* https://example.org/$x$\n\nhttps://example.org/a[^1] https://example.org/?a=b&amp;c\\\nhttps://example.org/d?<br>https://example.org/e's\n\n[a](https://example.org/a&amp;b) `https://example.org/_c_` <https://example.org/_d_>\n\n| https://example.org|_a_ |\n|---|---|\n| https://example.org/_b_ | c |\n\n[^1]: note",
        expect![[r#"
            0.0
            <p>_<a href="https://example.org/a_b_">https://example.org/a_b_</a> ~~<a href="https://example.org/a~~">https://example.org/a~~</a> ==<a href="https://example.org/b==">https://example.org/b==</a><br>
            **<a href="https://example.org/?a=b**:">https://example.org/?a=b**:</a> <em><a href="https://example.org/c*d">https://example.org/c*d</a></em> <a href="https://example.org/$x$">https://example.org/$x$</a></p>
            <p><a href="https://example.org/a%5B%5E1%5D">https://example.org/a[^1]</a> <a href="https://example.org/?a=b&amp;amp;c%5C">https://example.org/?a=b&amp;amp;c\</a><br>
            <a href="https://example.org/d?">https://example.org/d?</a><br><a href="https://example.org/e's">https://example.org/e’s</a></p>
            <p><a href="https://example.org/a&amp;b">a</a> <code>https://example.org/_c_</code> <a href="https://example.org/_d_">https://example.org/_d_</a></p>
            <table>
            <thead>
            <tr>
            <th><a href="https://example.org">https://example.org</a></th>
            <th><em>a</em></th>
            </tr>
            </thead>
            <tbody>
            <tr>
            <td><a href="https://example.org/_b_">https://example.org/_b_</a></td>
            <td>c</td>
            </tr>
            </tbody>
            </table>
        "#]],
    );
}

#[test]
fn strikes_around_a_tag() {
    check(
        "~~<br>~~ a</br>b",
        expect![[r#"
        0.0
        <p><s><br></s> a<br>b</p>
    "#]],
    );
}
