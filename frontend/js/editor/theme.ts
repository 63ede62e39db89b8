/** The editor's looks: only the application's own custom properties, so that light and dark follow it. */

import { EditorView } from "@codemirror/view";

/** Fonts, colours and measures of the source pane. */
export const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--fg)", backgroundColor: "var(--bg)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    font: "14px/22px var(--font-mono, 'JetBrains Mono Variable', ui-monospace, monospace)",
    // A ligature would hide where the caret stands in `---` or `</`.
    fontVariantLigatures: "none",
    overflow: "auto",
  },
  ".cm-content": { padding: "8px 0 40vh", caretColor: "var(--fg)" },
  ".cm-line": { padding: "0 16px 0 8px" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--fg)", borderLeftWidth: "2px" },
  ".cm-placeholder": { color: "var(--muted)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--muted)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": {
    minWidth: "40px",
    padding: "0 4px 0 8px",
    fontSize: "11px",
    fontVariantNumeric: "tabular-nums",
  },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 5%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--fg)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 24%, transparent)",
  },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "transparent",
    outline: "1px solid var(--border)",
  },
  ".cm-slide-break": {
    color: "var(--muted)",
    backgroundImage: "linear-gradient(var(--accent), var(--accent))",
    backgroundSize: "calc(100% - 72px) 2px",
    backgroundPosition: "56px 50%",
    backgroundRepeat: "no-repeat",
  },
  ".cm-slide-break-vertical": {
    backgroundImage:
      "repeating-linear-gradient(90deg, var(--control-border, var(--border)) 0 6px, transparent 6px 12px)",
    backgroundSize: "calc(100% - 72px) 1px",
  },
  ".cm-flash": { animation: "cm-flash var(--cm-flash, 600ms) ease-out" },
  "@keyframes cm-flash": {
    from: { backgroundColor: "color-mix(in srgb, var(--accent) 35%, transparent)" },
    to: { backgroundColor: "transparent" },
  },
  ".cm-panels": {
    backgroundColor: "var(--subtle)",
    color: "var(--fg)",
    font: "14px/20px var(--font-ui, 'Inter Variable', system-ui, sans-serif)",
  },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--border)" },
  ".cm-panel.cm-search": { padding: "8px 32px 8px 8px" },
  ".cm-panel.cm-search label": { fontSize: "13px" },
  ".cm-panel.cm-search [name=close]": { width: "24px", height: "24px", fontSize: "18px" },
  ".cm-textfield": {
    fontSize: "14px",
    minHeight: "24px",
    color: "var(--fg)",
    backgroundColor: "var(--bg)",
    border: "1px solid var(--control-border, var(--border))",
    borderRadius: "6px",
  },
  ".cm-button": {
    fontSize: "13px",
    minHeight: "24px",
    color: "var(--fg)",
    background: "var(--bg)",
    border: "1px solid var(--control-border, var(--border))",
    borderRadius: "6px",
  },
  ".cm-searchMatch": { backgroundColor: "color-mix(in srgb, var(--warn, #f0b94d) 30%, transparent)" },
  ".cm-searchMatch-selected": {
    backgroundColor: "color-mix(in srgb, var(--warn, #f0b94d) 60%, transparent)",
  },
});
