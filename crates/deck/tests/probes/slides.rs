//! Front matter, separators, stacks, notes, attributes of slides.

use expect_test::expect;

use super::check;

#[test]
fn separators_make_columns_and_stacks() {
    check(
        r#"# a

---

# b

----

# c

----

# d

---

# e"#,
        expect![[r#"
    0.0
    <h1>a</h1>
    1.0
    <h1>b</h1>
    1.1
    <h1>c</h1>
    1.2
    <h1>d</h1>
    2.0
    <h1>e</h1>
"#]],
    );
}

#[test]
fn blanks_at_separators_are_forgiven() {
    check(
        r#"# a
 	
--- 
  
# b

----	

# c"#,
        expect![[r#"
    0.0
    <h1>a</h1>
    1.0
    <h1>b</h1>
    1.1
    <h1>c</h1>
"#]],
    );
}

#[test]
fn what_resembles_a_separator_is_none() {
    check(
        r#"a

***

b

___

c

-----

d

- - -

e

 ---

f"#,
        expect![[r#"
    0.0
    <p>a</p>
    <hr>
    <p>b</p>
    <hr>
    <p>c</p>
    <hr>
    <p>d</p>
    <hr>
    <p>e</p>
    <hr>
    <p>f</p>
"#]],
    );
    check(
        r#"a

---
b"#,
        expect![[r#"
    0.0
    <p>a</p>
    <hr>
    <p>b</p>
"#]],
    );
}

#[test]
fn text_above_dashes_is_a_heading() {
    check(
        r#"Looks like a title
---

text"#,
        expect![[r#"
    0.0
    <h2>Looks like a title</h2>
    <p>text</p>
"#]],
    );
}

#[test]
fn separators_in_code_are_code() {
    check(
        r#"```
a

---

b
```

---

c"#,
        expect![[r#"
    0.0
    <pre><code>a

    ---

    b
    </code></pre>
    1.0
    <p>c</p>
"#]],
    );
    check(
        r#"~~~md
```

---

```
~~~

----

# below"#,
        expect![[r#"
    0.0
    <pre><code class="language-md">```

    ---

    ```
    </code></pre>
    0.1
    <h1>below</h1>
"#]],
    );
}

#[test]
fn separators_in_comments_are_comment() {
    check(
        r#"# a

<!--

---

# hidden
-->

---

# b"#,
        expect![[r#"
    0.0
    <h1>a</h1>
    1.0
    <h1>b</h1>
"#]],
    );
}

#[test]
fn a_separator_at_the_end_opens_nothing() {
    check(
        r#"# a

---
"#,
        expect![[r#"
    0.0
    <h1>a</h1>
"#]],
    );
    check(
        r#"# a

---

----

"#,
        expect![[r#"
    0.0
    <h1>a</h1>
    1.0

"#]],
    );
}

#[test]
fn separators_may_follow_one_another() {
    check(
        r#"a

---

---

b"#,
        expect![[r#"
    0.0
    <p>a</p>
    1.0

    2.0
    <p>b</p>
"#]],
    );
}

#[test]
fn every_kind_of_line_end() {
    check(
        "# a\r\n\r\n---\r\n\r\n# b\r\n\r\n----\r\n\r\n# c",
        expect![[r#"
        0.0
        <h1>a</h1>
        1.0
        <h1>b</h1>
        1.1
        <h1>c</h1>
    "#]],
    );
}

#[test]
fn a_byte_order_mark() {
    check(
        "\u{feff}---\ntitle: x\n---\n\n# a",
        expect![[r#"
        0.0
        <h1>a</h1>
    "#]],
    );
}

#[test]
fn front_matter_ends_with_dots() {
    check(
        r#"---
title: Dots
...

# a"#,
        expect![[r#"
    0.0
    <h1>a</h1>
"#]],
    );
}

#[test]
fn front_matter_behind_a_blank_line() {
    check(
        r#"
---
title: Late
---

# a"#,
        expect![[r#"
    0.0
    <h1>a</h1>
"#]],
    );
}

#[test]
fn bad_front_matter_does_not_show() {
    check(
        r#"---
title: [
---

# a

---

# b"#,
        expect![[r#"
    0.0
    <h1>a</h1>
    1.0
    <h1>b</h1>
"#]],
    );
}

#[test]
fn breaks_may_be_off() {
    check(
        r#"---
breaks: false
---

a
b  
c\
d"#,
        expect![[r#"
    0.0
    <p>a
    b<br>
    c<br>
    d</p>
"#]],
    );
}

#[test]
fn rtl_and_lang() {
    check(
        r#"---
dir: rtl
lang: he
---

# שלום

- אחת"#,
        expect![[r#"
    0.0
    <h1>שלום</h1>
    <ul>
    <li>אחת</li>
    </ul>
"#]],
    );
}

#[test]
fn options_of_a_deck() {
    check(
        r#"---
title: Options
slideOptions:
  theme: sky
  parallaxBackgroundImage: /p.jpg
  parallaxBackgroundSize: 2100px 900px
  transition: fade
---

# a"#,
        expect![[r#"
    0.0
    <h1>a</h1>
"#]],
    );
}

#[test]
fn style_right_behind_the_front_matter() {
    check(
        r#"---
title: Style
---
<style>
.reveal h1 > b { color: red }
</style>

# a

---

# b"#,
        expect![[r#"
    0.0
    <style>
    .reveal h1 > b { color: red }
    </style>
    <h1>a</h1>
    1.0
    <h1>b</h1>
"#]],
    );
}

#[test]
fn notes_are_markdown() {
    check(
        r#"# a

Note:
**Say** this:

- one
- two"#,
        expect![[r#"
    0.0
    <h1>a</h1>
    notes: <p><strong>Say</strong> this:</p>
    <ul>
    <li>one</li>
    <li>two</li>
    </ul>
"#]],
    );
    check(
        r#"# a

NOTE: short *x*

---

# b

note: y"#,
        expect![[r#"
    0.0
    <h1>a</h1>
    notes: <p>short <em>x</em></p>
    1.0
    <h1>b</h1>
    notes: <p>y</p>
"#]],
    );
}

#[test]
fn notes_need_their_own_word() {
    check(
        r#"a

Notes: shown

 note: shown too"#,
        expect![[r#"
     0.0
     <p>a</p>
     <p>Notes: shown</p>
     <p>note: shown too</p>
 "#]],
    );
}

#[test]
fn a_second_note_is_part_of_the_notes() {
    check(
        r#"a

note: one

note: two"#,
        expect![[r#"
    0.0
    <p>a</p>
    notes: <p>one</p>
    <p>note: two</p>
"#]],
    );
}

#[test]
fn a_note_in_code_is_code() {
    check(
        r#"```
note: code
```

b"#,
        expect![[r#"
    0.0
    <pre><code>note: code
    </code></pre>
    <p>b</p>
"#]],
    );
}

#[test]
fn backgrounds_of_every_kind() {
    check(
        r##"<!-- .slide: data-background="#123456" -->
# colour

---

<!-- .slide: data-background="/a.jpg" data-background-size="contain" data-background-opacity="0.3" -->
# image

---

<!-- .slide: data-background-video="https://example.org/a.mp4" data-background-video-loop="true" -->
# video

---

<!-- .slide: data-background-gradient="linear-gradient(to bottom, #283b95, #17b2c3)" -->
# gradient

---

<!-- .slide: data-background-iframe="https://example.org/?a=b&c=d" data-background-interactive="true" -->
# page"##,
        expect![[r##"
    0.0 data-background="#123456"

    <h1>colour</h1>
    1.0 data-background="/a.jpg" data-background-size="contain" data-background-opacity="0.3"

    <h1>image</h1>
    2.0 data-background-video="https://example.org/a.mp4" data-background-video-loop="true"

    <h1>video</h1>
    3.0 data-background-gradient="linear-gradient(to bottom, #283b95, #17b2c3)"

    <h1>gradient</h1>
    4.0 data-background-iframe="https://example.org/?a=b&c=d" data-background-interactive="true"

    <h1>page</h1>
"##]],
    );
}

#[test]
fn values_with_an_equals_sign() {
    check(
        r#"<!-- .slide: data-background="https://example.org/x?a=b" -->

# a"#,
        expect![[r#"
    0.0 data-background="https://example.org/x?a=b"

    <h1>a</h1>
"#]],
    );
}

#[test]
fn attributes_in_single_quotes_or_none() {
    check(
        r#"<!-- .slide: id='x' class=wide data-state='s' -->

# a"#,
        expect![[r#"
    0.0 id="x" class="wide" data-state="s"

    <h1>a</h1>
"#]],
    );
}

#[test]
fn only_harmless_attributes() {
    check(
        r#"<!-- .slide: onclick="x" href="y" class="ok" -->

# a"#,
        expect![[r#"
    0.0 class="ok"

    <h1>a</h1>
"#]],
    );
}

#[test]
fn transitions_and_timing() {
    check(
        r#"<!-- .slide: data-transition="zoom" data-transition-speed="fast" data-autoslide="2000" data-state="dim" data-timing="60" -->

# a"#,
        expect![[r#"
    0.0 data-transition="zoom" data-transition-speed="fast" data-autoslide="2000" data-state="dim" data-timing="60"

    <h1>a</h1>
"#]],
    );
}

#[test]
fn auto_animate() {
    check(
        r#"<!-- .slide: data-auto-animate="true" -->

# a

---

<!-- .slide: data-auto-animate="true" data-auto-animate-easing="ease" -->

# a

## b"#,
        expect![[r#"
    0.0 data-auto-animate="true"

    <h1>a</h1>
    1.0 data-auto-animate="true" data-auto-animate-easing="ease"

    <h1>a</h1>
    <h2>b</h2>
"#]],
    );
}

#[test]
fn fragments_on_items() {
    check(
        r#"- one <!-- .element: class="fragment" data-fragment-index="2" -->
- two <!-- .element: class="fragment fade-up" data-fragment-index="1" -->
- **three** four <!-- .element: class="fragment" -->"#,
        expect![[r#"
    0.0
    <ul>
    <li class="fragment" data-fragment-index="2">one </li>
    <li class="fragment fade-up" data-fragment-index="1">two </li>
    <li><strong class="fragment">three</strong> four </li>
    </ul>
"#]],
    );
}

#[test]
fn fragments_on_blocks() {
    check(
        r#"para
<!-- .element: class="fragment" -->

- a
- b

<!-- .element: class="fragment grow" -->

# h <!-- .element: class="fragment" style="color: red" -->"#,
        expect![[r#"
            0.0
            <p class="fragment">para</p>
            <ul class="fragment grow">
            <li>a</li>
            <li>b</li>
            </ul>
            <h1 class="fragment" style="color: red">h </h1>
        "#]],
    );
}

#[test]
fn fragments_pass_over_breaks() {
    check(
        r#"![](/b.png)<br><!-- .element: class="fragment" -->"#,
        expect![[r#"
        0.0
        <p><img src="/b.png" alt="" class="fragment"><br></p>
    "#]],
    );
}

#[test]
fn a_slide_indented_as_a_whole() {
    check(
        r#"    # a

    - b
        - c"#,
        expect![[r#"
            0.0
            <h1>a</h1>
            <ul>
            <li>b
            <ul>
            <li>c</li>
            </ul>
            </li>
            </ul>
        "#]],
    );
}

#[test]
fn blank_lines_do_not_flatten_lists() {
    check(
        r#"x

---



- a
    - b
        - c

t"#,
        expect![[r#"
    0.0
    <p>x</p>
    1.0
    <ul>
    <li>a
    <ul>
    <li>b
    <ul>
    <li>c</li>
    </ul>
    </li>
    </ul>
    </li>
    </ul>
    <p>t</p>
"#]],
    );
}
