// How the pages of links look: light and dark, on a phone first, with nothing to load.

import { createHash } from "node:crypto";

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f8, #15171a);
  --sheet: light-dark(#ffffff, #1c1f23);
  --line: light-dark(#dfe2e6, #2e3238);
  --edge: light-dark(#7d8590, #6b737d);
  --text: light-dark(#1b1e22, #e4e6e9);
  --soft: light-dark(#5c636d, #9aa2ad);
  --accent: light-dark(#2f54c8, #8aa6ff);
  --tint: light-dark(#f1f4fe, #22293a);
  --bad: light-dark(#b3261e, #ff8a80);
  font: 16px/24px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); }
main {
  max-width: 640px;
  margin: 0 auto;
  padding: 20px 16px calc(32px + env(safe-area-inset-bottom));
  overflow-wrap: anywhere;
}
.brand { margin: 0 0 12px; color: var(--soft); font-size: 14px; }
.sheet {
  background: var(--sheet);
  border: 1px solid var(--line);
  border-radius: 8px;
  padding: 20px;
}
h1 { margin: 0 0 4px; font-size: 20px; line-height: 28px; }
p { margin: 0 0 12px; }
.soft { color: var(--soft); font-size: 14px; line-height: 20px; }
.prompt { white-space: pre-wrap; font-size: 18px; line-height: 26px; margin: 16px 0; }
dl { margin: 0 0 16px; border-top: 1px solid var(--line); }
dl > div { padding: 8px 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); font-size: 14px; line-height: 20px; }
dd { margin: 0; white-space: pre-wrap; }
dd.json { font: 13px/20px ui-monospace, Menlo, Consolas, monospace; }
form { display: grid; gap: 12px; margin: 20px 0 0; }
label { display: grid; gap: 4px; font-size: 14px; line-height: 20px; color: var(--soft); }
textarea {
  width: 100%;
  min-height: 64px;
  padding: 8px 12px;
  font: inherit;
  font-size: 16px;
  line-height: 24px;
  color: var(--text);
  background: var(--ground);
  border: 1px solid var(--edge);
  border-radius: 6px;
  resize: vertical;
}
textarea[aria-invalid] { border-color: var(--bad); }
textarea.json { font-family: ui-monospace, Menlo, Consolas, monospace; }
details > label { margin-top: 12px; }
summary { min-height: 32px; padding: 4px 0; color: var(--soft); font-size: 14px; cursor: pointer; }
button {
  min-height: 52px;
  padding: 12px 16px;
  font: inherit;
  font-weight: 600;
  text-align: start;
  color: var(--text);
  background: var(--tint);
  border: 1px solid var(--accent);
  border-radius: 8px;
  cursor: pointer;
  overflow-wrap: anywhere;
}
button small { display: block; font-size: 14px; line-height: 20px; font-weight: 400; color: var(--soft); }
button:hover { background: var(--sheet); }
:is(button, textarea, summary):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.refused { margin: 0; color: var(--bad); font-size: 14px; line-height: 20px; }
.foot { margin: 16px 4px 0; }
.foot p { margin: 0 0 4px; }
.choice { font-weight: 600; }
`;

const HASH = createHash("sha256").update(STYLE).digest("base64");

/** No script at all, this very style, no frame around it, and no trace of it anywhere. */
export const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": `default-src 'none'; style-src 'sha256-${HASH}'; img-src data:; ` +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "x-robots-tag": "noindex, nofollow",
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
};
