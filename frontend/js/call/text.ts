/** Reads what the render worker says of the deck: the page hands it on as it came (`frontend/src/render_protocol.rs`). */

import type { TextSection } from "./host.ts";

type SlideParts = [title: string, section: number, line: number, textLine: number, offset: number, end: number, hidden: boolean];
type SectionParts = [
  title: string, first: number, count: number, reporter: string | null, minutes: number | null,
  expected: boolean, noReport: boolean, asksWho: boolean, writeLine: number,
];
type ProblemParts = [code: string, args: string[], message: string, from: number, to: number, severity: number, fix: unknown, otherFix: unknown];
type AnswerParts = [jump: number, full: boolean, title: string, slides: SlideParts[], sections: SectionParts[], problems: ProblemParts[]];

/** The deck as this page has it. */
export interface Text {
  title: string;
  sections: TextSection[];
  /** Titles and first lines of all slides. */
  slides: string[];
  lines: number[];
  /** Where each slide begins and ends, in UTF-16 units. */
  spans: { from: number; to: number; section: number }[];
}

export function readAnswer(json: string): Text {
  const [, , title, slides, sections, problems] = JSON.parse(json) as AnswerParts;
  const lineOf = (slide: number) => slides[slide]?.[2] ?? Number.MAX_SAFE_INTEGER;
  const section = ([title, first, count, reporter, minutes, , , asksWho, writeLine]: SectionParts): TextSection => {
    const [line, end] = [lineOf(first), lineOf(first + count)];
    const own = problems.filter(([, , , from]) => from >= line && from < end).map(([, , , from]) => from);
    return {
      title, reporter, asksWho, minutes, first, count, line,
      writeLine: writeLine ?? slides[first]?.[3] ?? line,
      problems: own.length,
      problemLine: own.length > 0 ? Math.min(...own) : null,
    };
  };
  return {
    title,
    sections: sections.map(section),
    slides: slides.map(([title]) => title),
    lines: slides.map(([, , line]) => line),
    spans: slides.map(([, section, , , , to], index) => ({ from: slides[index - 1]?.[5] ?? 0, to, section })),
  };
}

/** Number of the slide that holds a position. */
export function slideAt({ spans }: Text, offset: number): number {
  const found = spans.findIndex(({ to }) => offset < to);
  return found < 0 ? Math.max(0, spans.length - 1) : found;
}

/** Number of the section that holds a line. */
export function sectionAtLine(sections: readonly TextSection[], line: number): number {
  return sections.filter((section) => section.line <= line).length - 1;
}
