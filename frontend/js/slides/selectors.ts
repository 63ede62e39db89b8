/**
 * Style sheets that would read tickets: a selector such as `[src*="?t=a"]` that loads a picture of another
 * server tells that server what an attribute holds, letter by letter.
 */

/** Where an own picture's address stands without its ticket. */
export const WRITTEN = "data-address";

/** A selector that asks for the value of an attribute that may hold a ticket, as browsers write it down. */
const ASKS = new RegExp(
  String.raw`\[(?:\*?\|)?(src|srcset|poster|style|data-src|data-notes|data-background(?:-image|-hash)?)` +
    String.raw`([~|^$*]?="(?:\\.|[^"\\])*"(?: [is])?)\]`,
  "gi",
);
/** What could be one, before a browser has read it: names can be spelt with escapes. */
const MAY_ASK = /\[[^\]]*=/;
const NOTHING = ":not(*)";

/** The style sheet with selectors that know addresses only as their author wrote them. */
export function withoutSpies(css: string): string {
  if (!MAY_ASK.test(css) || !/src|poster|style|data-|\\/i.test(css)) return css;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  const isMended = mend(sheet);
  return isMended ? [...sheet.cssRules].map(({ cssText }) => cssText).join("\n") : css;
}

/** Rules within rules as well. Says whether there was anything to mend. */
function mend(rules: { cssRules: CSSRuleList; deleteRule(index: number): void }): boolean {
  let isMended = false;
  for (let index = rules.cssRules.length - 1; index >= 0; index--) {
    const rule = rules.cssRules[index];
    if (rule instanceof CSSStyleRule) {
      const asked = rule.selectorText;
      const mended = asked.replace(ASKS, asWritten);
      if (mended !== asked) {
        rule.selectorText = mended;
        isMended = true;
        // What the browser does not take stays as it was.
        if (rule.selectorText === asked) {
          rules.deleteRule(index);
          continue;
        }
      }
    }
    if (rule instanceof CSSGroupingRule || rule instanceof CSSStyleRule) isMended = mend(rule) || isMended;
    // The limits of a scope are selectors that cannot be changed.
    if (rule && /^@scope\b[^{]*\[/i.test(rule.cssText)) {
      rules.deleteRule(index);
      isMended = true;
    }
  }
  return isMended;
}

function asWritten(_: string, name: string, wanted: string): string {
  if (name.toLowerCase() !== "src") return NOTHING;
  return `:is([${WRITTEN}${wanted}],[src${wanted}]:not(:where([${WRITTEN}])))`;
}
