//! Headings, lists, quotes, code and tables.

use expect_test::expect;

use super::check;

#[test]
fn headings() {
    check(
        r#"# a
## b ##
### c #
#### d
##### e
###### f
####### g
#h

i
==="#,
        expect![[r#"
    0.0
    <h1>a</h1>
    <h2>b</h2>
    <h3>c</h3>
    <h4>d</h4>
    <h5>e</h5>
    <h6>f</h6>
    <p>####### g<br>
    #h</p>
    <h1>i</h1>
"#]],
    );
}

#[test]
fn bullets_and_depth() {
    check(
        r#"- a
- b
    - c
        - d
- e

* f

+ g"#,
        expect![[r#"
    0.0
    <ul>
    <li>a</li>
    <li>b
    <ul>
    <li>c
    <ul>
    <li>d</li>
    </ul>
    </li>
    </ul>
    </li>
    <li>e</li>
    </ul>
    <ul>
    <li>f</li>
    </ul>
    <ul>
    <li>g</li>
    </ul>
"#]],
    );
}

#[test]
fn numbers() {
    check(
        r#"1. a
2. b

text

7. c
8. d

1) e"#,
        expect![[r#"
    0.0
    <ol>
    <li>a</li>
    <li>b</li>
    </ol>
    <p>text</p>
    <ol start="7">
    <li>c</li>
    <li>d</li>
    </ol>
    <ol>
    <li>e</li>
    </ol>
"#]],
    );
}

#[test]
fn loose_lists() {
    check(
        r#"- a

- b

  more of b
- c"#,
        expect![[r#"
    0.0
    <ul>
    <li>
    <p>a</p>
    </li>
    <li>
    <p>b</p>
    <p>more of b</p>
    </li>
    <li>
    <p>c</p>
    </li>
    </ul>
"#]],
    );
}

#[test]
fn surplus_blank_lines_in_lists() {
    check(
        r#"- a


- b



    - c"#,
        expect![[r#"
        0.0
        <ul>
        <li>
        <p>a</p>
        </li>
        <li>
        <p>b</p>
        <ul>
        <li>c</li>
        </ul>
        </li>
        </ul>
    "#]],
    );
}

#[test]
fn two_blanks_nest_too() {
    check(
        r#"- a
  - b
    - c
   - d"#,
        expect![[r#"
       0.0
       <ul>
       <li>a
       <ul>
       <li>b
       <ul>
       <li>c</li>
       </ul>
       </li>
       <li>d</li>
       </ul>
       </li>
       </ul>
   "#]],
    );
}

#[test]
fn lists_end_with_another_sign() {
    check(
        r#"- a
- b
* c
1. d"#,
        expect![[r#"
    0.0
    <ul>
    <li>a</li>
    <li>b</li>
    </ul>
    <ul>
    <li>c</li>
    </ul>
    <ol>
    <li>d</li>
    </ol>
"#]],
    );
}

#[test]
fn empty_items() {
    check(
        r#"- 
- a
-

  b"#,
        expect![[r#"
      0.0
      <ul>
      <li></li>
      <li>a</li>
      <li></li>
      </ul>
      <p>b</p>
  "#]],
    );
}

#[test]
fn tabs_nest() {
    check(
        r#"- a
	- b

		c"#,
        expect![[r#"
    0.0
    <ul>
    <li>a
    <ul>
    <li>
    <p>b</p>
    <p>c</p>
    </li>
    </ul>
    </li>
    </ul>
"#]],
    );
}

#[test]
fn a_number_in_a_paragraph_is_text() {
    check(
        r#"In the year
1986. It was.
- but a bullet"#,
        expect![[r#"
    0.0
    <p>In the year<br>
    1986. It was.</p>
    <ul>
    <li>but a bullet</li>
    </ul>
"#]],
    );
}

#[test]
fn quotes() {
    check(
        r#"> a
> b
lazy

> > deep
> back

>c"#,
        expect![[r#"
    0.0
    <blockquote>
    <p>a<br>
    b<br>
    lazy</p>
    </blockquote>
    <blockquote>
    <blockquote>
    <p>deep<br>
    back</p>
    </blockquote>
    </blockquote>
    <blockquote>
    <p>c</p>
    </blockquote>
"#]],
    );
}

#[test]
fn quotes_hold_blocks() {
    check(
        r#"> # a
>
> - b
> - c
>
> ```
> d
> ```"#,
        expect![[r#"
    0.0
    <blockquote>
    <h1>a</h1>
    <ul>
    <li>b</li>
    <li>c</li>
    </ul>
    <pre><code>d
    </code></pre>
    </blockquote>
"#]],
    );
}

#[test]
fn indented_code() {
    check(
        r#"a

    code
      more

    end

b"#,
        expect![[r#"
    0.0
    <p>a</p>
    <pre><code>code
      more

    end
    </code></pre>
    <p>b</p>
"#]],
    );
}

#[test]
fn fences_with_languages() {
    check(
        r#"```js
x < y
```

~~~python
y
~~~

```
plain
```

``` c++ title
z
```"#,
        expect![[r#"
    0.0
    <pre><code class="language-js">x &lt; y
    </code></pre>
    <pre><code class="language-python">y
    </code></pre>
    <pre><code>plain
    </code></pre>
    <pre><code class="language-c++">z
    </code></pre>
"#]],
    );
}

#[test]
fn fences_with_line_numbers() {
    check(
        r#"```js=
a
b
```

```=101
c
```

```js=+
d
```"#,
        expect![[r#"
    0.0
    <pre><code class="language-js" data-line-numbers="">a
    b
    </code></pre>
    <pre><code data-line-numbers="" data-ln-start-from="101">c
    </code></pre>
    <pre><code class="language-js" data-line-numbers="" data-ln-start-from="102">d
    </code></pre>
"#]],
    );
}

#[test]
fn fences_that_wrap() {
    check(
        r#"```!
long
```

```js!
long
```

```js=!
long
```"#,
        expect![[r#"
    0.0
    <pre><code class="wrap">long
    </code></pre>
    <pre><code class="language-js wrap">long
    </code></pre>
    <pre><code class="language-js wrap" data-line-numbers="">long
    </code></pre>
"#]],
    );
}

#[test]
fn fences_with_steps() {
    check(
        r#"```rust [1|2-3]
a
b
c
```

```js=5 [5-6]
d
```"#,
        expect![[r#"
    0.0
    <pre><code class="language-rust" data-line-numbers="1|2-3">a
    b
    c
    </code></pre>
    <pre><code class="language-js" data-line-numbers="5-6" data-ln-start-from="5">d
    </code></pre>
"#]],
    );
}

#[test]
fn code_keeps_what_it_holds() {
    check(
        r#"```html
<a onclick="x">&amp;</a>
    indented
:tada: ==x== "q" -- README.md https://example.org
```"#,
        expect![[r#"
    0.0
    <pre><code class="language-html">&lt;a onclick=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;
        indented
    :tada: ==x== &quot;q&quot; -- README.md https://example.org
    </code></pre>
"#]],
    );
}

#[test]
fn code_keeps_its_first_indent() {
    check(
        r#"```
    a
  b
```"#,
        expect![[r#"
    0.0
    <pre><code>    a
      b
    </code></pre>
"#]],
    );
}

#[test]
fn fences_in_lists() {
    check(
        r#"- a

  ```js
  x
  ```
- b"#,
        expect![[r#"
    0.0
    <ul>
    <li>
    <p>a</p>
    <pre><code class="language-js">x
    </code></pre>
    </li>
    <li>
    <p>b</p>
    </li>
    </ul>
"#]],
    );
}

#[test]
fn a_fence_left_open() {
    check(
        r#"a

```
b

c"#,
        expect![[r#"
    0.0
    <p>a</p>
    <pre><code>b

    c</code></pre>
"#]],
    );
}

#[test]
fn diagrams_are_code() {
    check(
        r#"```mermaid
graph LR
  A-->B
```

```graphviz
digraph { a -> b }
```"#,
        expect![[r#"
    0.0
    <pre><code class="language-mermaid">graph LR
      A--&gt;B
    </code></pre>
    <pre><code class="language-graphviz">digraph { a -&gt; b }
    </code></pre>
"#]],
    );
}

#[test]
fn tables() {
    check(
        r#"| a | b | c | d |
|---|:--|:-:|--:|
| 1 | *2* | `3` | 4 |
| 5 |"#,
        expect![[r#"
    0.0
    <table>
    <thead>
    <tr>
    <th>a</th>
    <th style="text-align:left">b</th>
    <th style="text-align:center">c</th>
    <th style="text-align:right">d</th>
    </tr>
    </thead>
    <tbody>
    <tr>
    <td>1</td>
    <td style="text-align:left"><em>2</em></td>
    <td style="text-align:center"><code>3</code></td>
    <td style="text-align:right">4</td>
    </tr>
    <tr>
    <td>5</td>
    <td style="text-align:left"></td>
    <td style="text-align:center"></td>
    <td style="text-align:right"></td>
    </tr>
    </tbody>
    </table>
"#]],
    );
}

#[test]
fn tables_without_outer_bars() {
    check(
        r#"a | b
---|---
1 | 2

end"#,
        expect![[r#"
    0.0
    <table>
    <thead>
    <tr>
    <th>a</th>
    <th>b</th>
    </tr>
    </thead>
    <tbody>
    <tr>
    <td>1</td>
    <td>2</td>
    </tr>
    </tbody>
    </table>
    <p>end</p>
"#]],
    );
}

#[test]
fn bars_in_tables() {
    check(
        r#"| a | b |
|---|---|
| x \| y | `p \| q` |
| too | many | cells |"#,
        expect![[r#"
    0.0
    <table>
    <thead>
    <tr>
    <th>a</th>
    <th>b</th>
    </tr>
    </thead>
    <tbody>
    <tr>
    <td>x | y</td>
    <td><code>p | q</code></td>
    </tr>
    <tr>
    <td>too</td>
    <td>many</td>
    </tr>
    </tbody>
    </table>
"#]],
    );
}

#[test]
fn a_table_below_text() {
    check(
        r#"text
| a | b |
|---|---|
| 1 | 2 |
more"#,
        expect![[r#"
    0.0
    <p>text</p>
    <table>
    <thead>
    <tr>
    <th>a</th>
    <th>b</th>
    </tr>
    </thead>
    <tbody>
    <tr>
    <td>1</td>
    <td>2</td>
    </tr>
    <tr>
    <td>more</td>
    <td></td>
    </tr>
    </tbody>
    </table>
"#]],
    );
}

#[test]
fn what_is_no_table() {
    check(
        r#"| a | b |
|---|

a | b"#,
        expect![[r#"
    0.0
    <p>| a | b |<br>
    |—|</p>
    <p>a | b</p>
"#]],
    );
}

#[test]
fn rules() {
    check(
        r#"a

***

_ _ _

b"#,
        expect![[r#"
    0.0
    <p>a</p>
    <hr>
    <hr>
    <p>b</p>
"#]],
    );
}

#[test]
fn paragraphs_and_breaks() {
    check(
        r#"a
b  
c\
d

  e
   f"#,
        expect![[r#"
       0.0
       <p>a<br>
       b<br>
       c<br>
       d</p>
       <p>e<br>
       f</p>
   "#]],
    );
}
