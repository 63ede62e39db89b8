/** The stray-edit guard: it asks about each kind of stray, and never those who write their own part. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isChat } from "../editor/guard/chat.ts";
import { placing } from "../editor/guard/move.ts";
import { spliceAt } from "../editor/guard/splice.ts";
import { promptIn } from "../editor/prompt.ts";
import { toText } from "../editor/edits.ts";
import { deckOf, dice, TITLES, Writer } from "./writers.ts";

const DECK = deckOf(TITLES);

/** Somebody of Team Ops, with the caret in the first item of another team. */
function inSection(title: string, mine = ["Team Ops"]): Writer {
  const writer = new Writer(DECK, mine);
  return writer.goAfter("first item of the week", DECK.lastIndexOf(`# ${title}`));
}

test("a burst into another team's section is asked about, and one into the own section is not", () => {
  assert.deepEqual(inSection("Team IAM").type(" and our news").asked, ["elsewhere Team IAM"]);
  assert.deepEqual(inSection("Team Ops").type(" and our news of this week").asked, []);
  const late = inSection("Team IAM").type(" and our").pause(10_000).type(" new");
  assert.deepEqual(late.asked, [], "a pause ends a burst");
});

test("several edits in different places of another team's section are asked about", () => {
  const writer = inSection("Team IAM");
  const from = DECK.lastIndexOf("# Team IAM");
  for (const word of ["first", "item", "week"]) writer.goAfter(word, from).type("s", 500);
  assert.deepEqual(writer.asked, []);
  writer.goAfter("read", from).type("s", 500);
  assert.deepEqual(writer.asked, ["elsewhere Team IAM"]);
  assert.equal(writer.guard.finding?.stray.edits, 4);
});

test("a paste into another team's section is asked about when it is no correction", () => {
  assert.deepEqual(inSection("Team IAM").paste(" of the month").asked, []);
  assert.deepEqual(inSection("Team IAM").newItem().paste("Rolled out the new release").asked, ["elsewhere Team IAM"]);
});

test("whoever has claimed nothing is asked where somebody else has, and nowhere else", () => {
  const visitor = (title: string) => {
    const writer = inSection(title, []);
    writer.learnSections([], ["Team IAM"]);
    return writer;
  };
  assert.deepEqual(visitor("Team IAM").newItem().paste("Rolled out the new release").asked, ["elsewhere Team IAM"]);
  assert.deepEqual(visitor("Team IAM").type(" and our news").asked, ["elsewhere Team IAM"]);
  assert.deepEqual(visitor("Team IAM").paste(" of the month").backspace(4).type("mnth").pause().asked, [], "a correction");
  assert.deepEqual(visitor("Team Ops").newItem().paste("Rolled out the new release").asked, []);
  assert.deepEqual(visitor("Team IAM").goAfter("summit").type(" in Berlin, all of us, from nine").asked, []);
});

test("whoever has claimed nothing, and who writes where nobody reports, is not asked", () => {
  assert.deepEqual(inSection("Team IAM", []).type(" and very much news of ours").asked, []);
  const writer = new Writer(DECK, ["Team Ops"]).goAfter("summit");
  assert.deepEqual(writer.type(" in Berlin, all of us, from nine").asked, []);
});

test("a typing error is mended in another team's section without a question", () => {
  const writer = inSection("Team IAM").backspace(4).type("mnth").backspace(3).type("onth");
  assert.deepEqual(writer.pause().asked, []);
});

test("undoing, commands, lists that go on and drops within a section are not asked about", () => {
  const at = (writer: Writer) => ({ from: writer.caret, to: writer.caret });
  for (const userEvent of ["undo", "redo", "input", "input.indent", "input.complete", "move.drop"]) {
    const writer = inSection("Team IAM");
    writer.own({ changes: { ...at(writer), insert: " a long text that somebody brought back" }, userEvent });
    assert.deepEqual(writer.pause().asked, [], userEvent);
  }
  const writer = inSection("Team IAM");
  for (let item = 0; item < 8; item++) writer.newItem();
  assert.deepEqual(writer.pause().asked, []);
});

test("what a command did elsewhere in the section is no part of the stray", () => {
  const writer = inSection("Team IAM");
  const moved = "\n\n----\n\n# Team IAM\n\n- a slide that was moved here";
  writer.own({ changes: { from: writer.caret, insert: moved }, userEvent: "input" });
  writer.goAfter("was moved here").newItem().type("and our news of today");
  assert.deepEqual(writer.asked, ["elsewhere Team IAM"]);
  assert.equal(writer.undoStray().text, DECK.replace(/(?<=# Team IAM\n\n- first item of the week)/, moved));
});

test("a section that the person has just made is not another's", () => {
  const writer = inSection("Team Ops");
  const insert = "\n\n---\n\n# ";
  writer.own({ changes: { from: writer.caret, insert }, selection: { anchor: writer.caret + insert.length }, userEvent: "input" });
  writer.type("Team New").learnSections(["Team Ops"]);
  writer.type("\n\nand what it is about, in many words").pause();
  assert.deepEqual(writer.asked, []);
});

test("a question that was answered is not asked again in this section", () => {
  const writer = inSection("Team IAM").type(" and our news");
  writer.guard.accept();
  writer.type(" and more of our news").pause();
  assert.deepEqual(writer.asked, ["elsewhere Team IAM"]);
  writer.goAfter("first item of the week", writer.text.lastIndexOf("# Team Docs")).type(" and our news");
  assert.deepEqual(writer.asked, ["elsewhere Team IAM", "elsewhere Team Docs"]);
});

test("a question settles itself when the person takes the edits back", () => {
  const writer = inSection("Team IAM").type(" and our news");
  assert.ok(writer.guard.finding);
  writer.backspace(13);
  assert.equal(writer.guard.finding, null);
  assert.equal(writer.text, DECK);
});

test("the stray is all that was written there since the person came, also after a question", () => {
  const writer = inSection("Team IAM").type(" short").pause(6_000).type(" and then our news");
  writer.remote(0, 0, "# Hello\n\n").type(" go on").newItem().type("and on");
  writer.undoStray();
  assert.equal(writer.text, `# Hello\n\n${DECK}`);
});

test("whatever others write around and within a stray, taking it back leaves all of it and nothing of the stray", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const roll = dice(seed);
    const writer = inSection("Team IAM");
    let count = 0;
    // Each of theirs is a letter that nobody else writes.
    const theirs = (number: number) => String.fromCharCode(0x4e00 + number);
    const other = (at: number) => writer.remote(at, at, theirs(count++));
    for (let step = 0; step < 40; step++) {
      const near = Math.max(0, Math.min(writer.text.length, writer.caret - 15 + roll(30)));
      if (roll(3) === 0) other(roll(2) === 0 ? near : roll(writer.text.length + 1));
      else if (roll(8) === 0) writer.newItem();
      else if (roll(6) === 0 && /^[a-z ]+$/.test(writer.text.slice(writer.caret - 3, writer.caret))) writer.backspace(1 + roll(3));
      else if (roll(6) === 0) writer.paste("a whole sentence from the clipboard");
      else writer.type("some words of ours ");
    }
    const { text } = writer.undoStray();
    for (let number = 0; number < count; number++) assert.ok(text.includes(theirs(number)), `seed ${seed}: ${number} is lost`);
    assert.equal(text.replace(/[\u4e00-\u4eff]/g, ""), DECK, `seed ${seed}`);
  }
});

test("a paste or a burst that breaks a word, an address, code or a mark is asked about", () => {
  const deck = "# Team Ops\n\n- Read [the notes](https://example.org/notes/page) and `make install` **boldly** tomorrow\n";
  const splices: [after: string, text: string][] = [
    ["tomo", "April 16 in the afternoon"],
    ["example.org/no", "April 16 in the afternoon"],
    ["the notes]", "April 16 in the afternoon"],
    ["make ins", "the `release` notes"],
    ["boldly*", "April 16 in the afternoon"],
    ["tomo", "https://example.org/uploads/4711.png"],
  ];
  for (const [after, text] of splices) {
    const pasted = new Writer(deck, ["Team Ops"]).goAfter(after).paste(text);
    assert.deepEqual(pasted.asked, ["splice Team Ops"], `pasted behind ${after}`);
    assert.equal(pasted.undoStray().text, deck);
    const typed = new Writer(deck, ["Team Ops"]).goAfter(after).type(text);
    assert.deepEqual(typed.asked, [], "not while it is typed");
    assert.deepEqual(typed.pause().asked, ["splice Team Ops"], `typed behind ${after}`);
    assert.equal(typed.undoStray().text, deck);
  }
});

test("a picture or an address within the words of code is asked about, and what may be code is not", () => {
  const deck = "# Team Ops\n\n- Run `make install all` and `curl -L example.org` tomorrow\n";
  const upload = "![](/p/4b1ff7ceb3e845c19ddee505a47f4b99.png)";
  const asked = (after: string, text: string) => {
    const pasted = new Writer(deck, ["Team Ops"]).goAfter(after).paste(text);
    if (pasted.asked.length > 0) assert.equal(pasted.undoStray().text, deck);
    return pasted.asked;
  };
  for (const [after, text] of [["make ins", upload], ["make install", upload], ["install all", upload], ["make ", upload], ["make ins", "https://example.org/4711"]] as const) {
    assert.deepEqual(asked(after, text), ["splice Team Ops"], `${text} behind ${after}`);
  }
  for (const [after, text] of [
    ["-L ", "https://"], ["-L", " https://example.org/get "], ["install all", " from https://example.org/4711"], ["install", " or ![](a.png) or"],
    ["`make", " --prefix=file:///tmp/here"], ["make install", "-everything-at-once"], ["make ", "clean "], ["`", "sudo -E "], ["make ins", "pect and rein"],
  ] as const) {
    assert.deepEqual(asked(after, text), [], `${text} behind ${after}`);
    assert.deepEqual(new Writer(deck, ["Team Ops"]).goAfter(after).type(text).pause().asked, [], `${text} typed behind ${after}`);
  }
});

test("what is put beside or into a word, an address or code without breaking it is not asked about", () => {
  const deck = "# Team Ops\n\n- Read [the notes](https://example.org/notes/page) and `make install` **boldly** tomorrow PRs\n";
  const fine: [after: string, text: string][] = [
    ["tomo", "-and-after-tomo"],
    ["tomorrow", " in the afternoon"],
    ["- ", "All of you please do this: "],
    ["tomo", " in the afternoon and "],
    ["notes/", "2024-and-later/"],
    ["make install", " all the rest"],
    ["`make", " all and then make"],
    ["**bold", "er and bold"],
    ["**", "very much and "],
    ["PR", " (merged yesterday)"],
    ["the not", "able and not"],
  ];
  for (const [after, text] of fine) {
    assert.deepEqual(new Writer(deck, ["Team Ops"]).goAfter(after).type(text).pause().asked, [], `behind ${after}`);
  }
  const words = new Writer("# 会議\n\n- 今日は新しい機能を公開しました\n").goAfter("新しい").type("そして とても便利な 機能と").pause();
  assert.deepEqual(words.asked, [], "a script without spaces");
});

test("a word that is written anew from its middle settles the question by itself", () => {
  const writer = new Writer("# A\n\n- we implemented it\n").goAfter("impl").type("anted the whole new thing").pause();
  assert.deepEqual(writer.asked, ["splice A"]);
  const end = writer.text.indexOf("emented it");
  writer.own({ changes: { from: end, to: end + "emented".length }, userEvent: "delete.forward" });
  assert.equal(writer.guard.finding, null);
});

test("an empty pair of marks is there to be written into", () => {
  assert.equal(spliceAt("see ****", 6), null);
  assert.equal(spliceAt("see **a** and ****", 16), null);
  assert.equal(spliceAt("see **", 5), null);
  assert.equal(spliceAt("see **bold** here", 5)?.what, "mark");
  assert.equal(spliceAt("2**10", 2), null);
});

test("code ends at the next run of as many backticks, as CommonMark has it", () => {
  const line = "a `one` b ``two ` three`` c ` d ``e` f";
  const codeAt = (text: string) => spliceAt(line, line.indexOf(text) + 1)?.whole;
  assert.deepEqual(["one", "two", "three", "e` f", " d "].map(codeAt), ["`one`", "``two ` three``", "``two ` three``", "` d ``e`", "` d ``e`"]);
  assert.equal(spliceAt("a ``` b `` c", 6), null, "nothing ends it");
  assert.equal(spliceAt("`a` b `c`", 4), null, "between two of them");
});

test("no line takes long to look at, whatever its marks are", () => {
  const ticks = (count: number) => "`".repeat(count);
  const many = Array.from({ length: 400 }, (_, index) => ticks(index + 1)).join("a");
  const spaces = " ".repeat(20_000);
  const start = performance.now();
  assert.equal(spliceAt(`${ticks(2_000)}a${ticks(1_999)}b`, 2_000), null);
  assert.equal(spliceAt(`${ticks(2_000)}a${ticks(2_000)}b`, 2_001)?.what, "code");
  assert.equal(spliceAt("`a``b".repeat(20_000), 99_999), null);
  assert.equal(spliceAt("`a``b".repeat(20_000), 99_991)?.whole, "`a``b`");
  assert.equal(spliceAt(many, many.length - 1), null);
  assert.equal(promptIn(`- <!-- prompt:${spaces}x`), null);
  assert.equal(promptIn(`- <!-- prompt:${spaces}-->x`), null);
  assert.ok(performance.now() - start < 1_000);
});

test("a prompt is one comment alone on its line", () => {
  assert.deepEqual(promptIn("- <!-- prompt:  Who? -->  "), { from: 2, to: 24, text: "Who?" });
  assert.equal(promptIn("- <!-- prompt: a --> <!-- prompt: b -->"), null);
  assert.equal(promptIn("- <!-- prompt: -->"), null);
});

/** Said among colleagues. */
const TALK = [
  "Not sure what I should say here ;-)", "Mach mal den Präsentationsmodus an", "Ich bleibe da raus :-)", "can you check this?",
  "Kannst du das bitte noch ergänzen?", "hat jemand das Bild?", "who wrote this?", "lol", "sorry, wrong slide",
  "Soll ich das löschen?", "should we remove this slide?", "I think this belongs to Ops", "ich trage das später nach",
  "@ada can you add the link please", "danke!", "Wer macht das hier?", "ok, done", "does anybody have the link", "schau mal auf die Folie davor",
  "Ich glaub das stimmt so nicht ...", "hmm, not like this", "könnt ihr das lesen?", "let me fix that", "😀 nice one",
];

/** Written for slides. */
const SLIDES = [
  "Any questions?", "Habt ihr Fragen?", "Press release and fact sheet done.", "Join us in Berlin – 2024-09-05", "More sponsoring wanted!",
  "We build tooling for easy, efficient and transparent ways to operate a cloud.", "Questions and answers", "Fragen?",
  "Don’t forget to register for the tournament", "Release candidates", "What is new?", "Why another standard?", "Was ist neu?",
  "Please review until Friday", "Bitte testen!", "This time: Interconnectivity presented by Ada and Bob", "Looking forward to your feedback",
  "Report by <!-- prompt: Who? -->", "Registration: https://example.org/", "https://example.org/docs", "![](picture.png)", "- can you check this?",
  "# I think", "> ich denke", "2024-04-22 15:00 CEST", "Die Tickets gibt es ab morgen", "Der Ausschuss tagt (wieder) am Montag; danach offen",
  "See section 8) of the standard", "Time: 14:05, place: the usual room", "f(x) = 2x", "| a | b |", "Meeting moved to :30", "Thank you!",
  "Wir suchen Verstärkung: Sprechen Sie uns an!", "Open for everyone who wants to help", "TBD", "We'll have some money left until the end of September",
];

test("talk is told from what is written for slides, in English and German", () => {
  for (const line of TALK) assert.equal(isChat(line), true, line);
  for (const line of SLIDES) assert.equal(isChat(line), false, line);
});

test("talk below a list is asked about when its line is done, and taking it back leaves the list", () => {
  const writer = inSection("Team Ops").newItem().type("two new hosts").pause();
  const before = writer.text;
  writer.own({ ...writer.state.replaceSelection("\n\n"), userEvent: "input" });
  writer.type("Mach mal Präsentationsmodus");
  assert.deepEqual(writer.asked, []);
  writer.type("\n");
  assert.deepEqual(writer.asked, ["chat Team Ops"]);
  writer.type("ich halt mich raus ;-)").pause();
  assert.equal(writer.guard.finding?.stray.text(writer.state.doc).trim(), "Mach mal Präsentationsmodus\nich halt mich raus ;-)");
  writer.undoStray();
  assert.equal(writer.text.replace(/\n+/g, "\n"), before.replace(/\n+/g, "\n"));
});

test("talk in an item or under nothing is not asked about", () => {
  assert.deepEqual(inSection("Team Ops").newItem().type("can you check this?").pause().asked, []);
  assert.deepEqual(new Writer("---\n\n\n").goTo(5).type("can you check this?").pause().asked, []);
});

test("what others write is never asked about", () => {
  const writer = inSection("Team IAM");
  writer.remote(writer.caret, writer.caret, "\n\nlol ;-) a long remark of somebody else").pause();
  assert.deepEqual(writer.asked, []);
});

/** What eleven teams write into their sections, as they do: item by item, with mistakes, pastes and marks. */
const ITEMS = [
  "Rolled out the new release to **all** regions", "Status page: login implemented, needs review", "Feedback on [the draft](https://example.org/drafts/7) is welcome",
  "Nächste Woche kein Treffen wegen der Feiertage", "Discussed how to handle `make all` in the pipeline", "IPv6: Standard ist in der Abstimmung",
  "Who wants to join the hackathon?", "We will present this at the summit", "Please test the release candidate", "Blog article pending",
];
const PASTED = ["https://example.org/pull/4711", "- one more item\n- and another one of these", "[the decision](https://example.org/adr/3)", "pentest"];

/** One of them at work for a while; now and then another one's edit comes in. */
function works(writer: Writer, title: string, roll: (below: number) => number): void {
  const start = writer.text.lastIndexOf(`# ${title}\n`);
  const end = writer.text.indexOf("\n---\n", start);
  const line = writer.text.lastIndexOf("\n- ", end);
  writer.goTo(writer.text.indexOf("\n", line + 1));
  const item = ITEMS[roll(ITEMS.length)] ?? "";
  switch (roll(6)) {
    case 0:
      writer.newItem().paste(PASTED[roll(PASTED.length)] ?? "");
      break;
    case 1:
      writer.backspace(roll(6)).type(item.slice(0, 6));
      break;
    case 2: {
      const space = writer.text.lastIndexOf(" ", writer.caret);
      writer.goTo(space).type(` ${item}`);
      break;
    }
    case 3:
      writer.newItem().type(item.slice(0, 20)).pause(1_000 + roll(9_000)).type(item.slice(20)).backspace(roll(8)).type("e");
      break;
    default:
      writer.newItem(roll(3) === 0 ? "  " : "").type(item, 60 + roll(300));
  }
  writer.pause(roll(20_000));
}

/** Somebody else writes an item of their own. */
function othersWrite(writer: Writer, title: string, roll: (below: number) => number): void {
  const line = writer.text.indexOf("\n- ", writer.text.lastIndexOf(`# ${title}\n`));
  const at = writer.text.indexOf("\n", line + 1);
  writer.remote(at, at, `\n- ${ITEMS[roll(ITEMS.length)]}`);
}

test("eleven people who write their own parts for an hour are asked nothing", () => {
  let edits = 0;
  for (const [number, title] of TITLES.entries()) {
    const roll = dice(number + 1);
    const writer = new Writer(DECK, [title]);
    for (let round = 0; round < 150; round++) {
      othersWrite(writer, TITLES[(number + 1 + roll(TITLES.length - 1)) % TITLES.length] ?? "", roll);
      works(writer, title, roll);
      if (round % 5 === 0) writer.learnSections([title]);
      edits++;
      assert.deepEqual(writer.asked, [], `${title}, round ${round}: ${writer.text.slice(Math.max(0, writer.caret - 120), writer.caret + 40)}`);
    }
  }
  assert.equal(edits, 1_650);
});

test("each stray of eleven people at work is found, and taken back without a trace", () => {
  const strays: [name: string, act: (writer: Writer, foreign: string) => void][] = [
    ["elsewhere", (writer, foreign) => writer.goAfter("first item of the week", writer.text.lastIndexOf(`# ${foreign}\n`)).newItem().type(ITEMS[0] ?? "")],
    ["elsewhere", (writer, foreign) => writer.goAfter("first item of the week", writer.text.lastIndexOf(`# ${foreign}\n`)).newItem().paste(ITEMS[3] ?? "")],
    ["splice", (writer, foreign) => writer.goAfter("first item of the we", writer.text.lastIndexOf(`# ${foreign}\n`)).paste("see the notes")],
    ["splice", (writer) => writer.goAfter("https://example.org/no").type("April 16 at the usual place").pause()],
    ["chat", (writer) => writer.goAfter("Welcome").type("\nkann das mal jemand prüfen? ;-)").pause()],
  ];
  for (const [number, title] of TITLES.entries()) {
    for (const [kind, act] of strays) {
      const roll = dice(number + 100);
      const writer = new Writer(DECK, [title]);
      for (let round = 0; round < 10; round++) works(writer, title, roll);
      writer.learnSections([title]);
      const foreign = TITLES[(number + 5) % TITLES.length] ?? "";
      const before = writer.text;
      act(writer, foreign);
      assert.equal(writer.guard.finding?.kind, kind, `${title}: ${kind}`);
      othersWrite(writer, TITLES[(number + 3) % TITLES.length] ?? "", dice(7));
      writer.undoStray();
      assert.equal(writer.text.split("\n").length, before.split("\n").length + 1, `${title}: ${kind}`);
    }
  }
});

/** A text with `text` put where somebody begins to write: at `|`. */
function placed(doc: string, text: string): string {
  const place = doc.indexOf("|");
  const clean = doc.replace("|", "");
  const { from, to, insert } = placing(toText(clean), place, text);
  return clean.slice(0, from) + insert + clean.slice(to);
}

test("what is moved becomes an item of the list that it comes to", () => {
  assert.equal(placed("# A\n\n- |\n", "our news"), "# A\n\n- our news\n");
  assert.equal(placed("# A\n\n- |<!-- prompt: What is new? -->\n", "\n- our news\n"), "# A\n\n- our news\n");
  assert.equal(placed("# A\n\n- one|\n", "\n- our news\n  - and more"), "# A\n\n- one\n- our news\n  - and more\n");
  assert.equal(placed("# A\n\n* one|", "our news\nand more"), "# A\n\n* one\n* our news\n* and more");
  assert.equal(placed("# A\n\n- [ ] |\n", "- our news"), "# A\n\n- [ ] our news\n");
  assert.equal(placed("# A\n\nwords|\n", "our news"), "# A\n\nwords\n\nour news\n");
  assert.equal(placed("# A\n\n|<!-- prompt: What is new? -->\n", "our news"), "# A\n\nour news\n");
  assert.equal(placed("# A|", "our news"), "# A\n\nour news");
});
