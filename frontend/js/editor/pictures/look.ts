/** How pictures on their way and their settings look. */

import { EditorView } from "@codemirror/view";

const UI = "var(--font-ui, 'Inter Variable', system-ui, sans-serif)";
const CONTROL = "1px solid var(--control, var(--border))";

export const look = EditorView.baseTheme({
  ".cm-picture": {
    display: "inline-flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: "4px 8px",
    maxWidth: "100%",
    boxSizing: "border-box",
    margin: "0 2px",
    padding: "1px 4px 1px 8px",
    verticalAlign: "middle",
    font: `13px/20px ${UI}`,
    color: "var(--fg)",
    backgroundColor: "var(--subtle)",
    border: "1px solid var(--border)",
    borderRadius: "6px",
    whiteSpace: "normal",
  },
  ".cm-picture-failed": { borderColor: "var(--danger, #b3261e)", borderLeftWidth: "4px" },
  ".cm-picture-text": { minWidth: "0", maxWidth: "min(32ch, 40vw)", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  ".cm-picture-failed .cm-picture-text": { maxWidth: "min(60ch, 45vw)", whiteSpace: "normal" },
  ".cm-picture progress": { width: "72px", height: "6px", accentColor: "var(--accent)" },
  ".cm-picture button, .cm-picture-settings button": {
    flex: "none",
    minHeight: "24px",
    padding: "0 8px",
    font: `13px/20px ${UI}`,
    color: "var(--accent)",
    background: "var(--bg)",
    border: CONTROL,
    borderRadius: "6px",
    cursor: "pointer",
  },
  ".cm-picture button:focus-visible, .cm-picture-settings :is(button, input):focus-visible": {
    outline: "2px solid var(--accent)",
    outlineOffset: "2px",
  },
  ".cm-tooltip.cm-picture-settings": {
    display: "grid",
    gap: "8px",
    width: "min(360px, 92vw)",
    boxSizing: "border-box",
    padding: "12px",
    borderRadius: "10px",
    zIndex: "5",
  },
  ".cm-picture-settings label": { display: "flex", alignItems: "center", gap: "6px", minHeight: "24px" },
  ".cm-picture-settings > label:first-child": { display: "grid", gap: "4px" },
  ".cm-picture-settings input[type=text]": {
    minWidth: "0",
    minHeight: "28px",
    boxSizing: "border-box",
    padding: "2px 8px",
    font: `14px/20px ${UI}`,
    color: "var(--fg)",
    backgroundColor: "var(--bg)",
    border: CONTROL,
    borderRadius: "6px",
  },
  ".cm-picture-settings input[type=text]:disabled": { color: "var(--muted)", backgroundColor: "var(--subtle)" },
  ".cm-picture-settings input[aria-invalid=true]": { borderColor: "var(--danger, #b3261e)" },
  ".cm-picture-settings :is(input[type=checkbox], input[type=radio])": {
    width: "16px",
    height: "16px",
    margin: "0",
    accentColor: "var(--accent)",
  },
  ".cm-picture-settings fieldset": {
    display: "flex",
    flexWrap: "wrap",
    gap: "4px 12px",
    margin: "0",
    padding: "0",
    border: "none",
  },
  ".cm-picture-settings legend": { padding: "0", marginBottom: "4px" },
  ".cm-picture-settings > button": { justifySelf: "end", minWidth: "72px" },
  "@media (pointer: coarse)": {
    ".cm-picture button, .cm-picture-settings button, .cm-picture-settings label": { minHeight: "44px" },
  },
});
