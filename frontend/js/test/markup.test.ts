/** Pictures in the text: what is found is written back as it was, but for what was changed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { pictureAt, picturesIn, widthOf, write } from "../editor/pictures/markup.ts";

const OWN = "/p/AAAAAAAAAAAAAAAAAAAAAA.png";

test("a picture is read and written back as it stands", () => {
  for (const text of [
    `![](${OWN})`, `![A cat](${OWN})`, `![A cat](${OWN} =30%x)`, `![A cat](${OWN} "Tom" =10x20)`, `![a \\[b\\] \\*c\\*](<a b.png> =x5)`,
    `![a](https://a.example/b_(c).png)`, `<img src="${OWN}" alt="">`, `<img src="${OWN}" alt="" width="50%">`,
    `<img src="${OWN}" alt="a" class="r-stretch" data-x='y'>`,
  ]) {
    const [picture] = picturesIn(`x ${text} y`);
    assert.ok(picture, text);
    assert.deepEqual([picture.from, picture.to], [2, 2 + text.length]);
    assert.equal(write(picture), text);
  }
});

test("what is no picture is left alone", () => {
  for (const text of ["[a](b.png)", "![a][b]", "!(a)", "![a](b.png", `<img alt="x">`, `<img src="a" width="2em">`, `<imgs src="a">`]) {
    assert.deepEqual(picturesIn(text), [], text);
  }
});

test("whatever is said of a picture comes back, and marks nothing else", () => {
  for (const alt of ["a]b[c", "back\\slash", "*not* _bold_ `code` $x$", "<b>&amp;</b>", "two\nlines  here", "~~x~~"]) {
    const text = write({ from: 0, to: 0, address: OWN, alt, title: "", width: "", height: "", isDecorative: false, rest: "" });
    const [picture] = picturesIn(text);
    assert.equal(picture?.alt, alt.replace(/\s+/g, " "));
    assert.equal(picture?.to, text.length);
  }
});

test("the picture under the caret is meant, else the only one of its line", () => {
  const line = `![a](a.png)![b](b.png) text`;
  assert.equal(pictureAt(line, 3)?.alt, "a");
  assert.equal(pictureAt(line, 11)?.alt, "b");
  assert.equal(pictureAt(line, 22)?.alt, "b");
  assert.equal(pictureAt(line, 25), null);
  assert.equal(pictureAt(`![a](a.png) text`, 14)?.alt, "a");
});

test("a width is a number of pixels or a share", () => {
  const cases: [string, string | null][] = [["400", "400"], ["400px", "400"], [" 50 % ", "50%"], ["", ""], ["0", null], ["2em", null], ["-3", null]];
  for (const [typed, wanted] of cases) assert.equal(widthOf(typed), wanted, typed);
});
