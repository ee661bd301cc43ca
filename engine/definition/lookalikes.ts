// Whether a text seems to hold a token that is written in another language's way.

import { NAMESPACES } from "../interpolate/path.ts";

/** Characters of a path: longer ones are nobody's, and each start looks at no more. */
const LONGEST = 200;
const PATH = String.raw`[A-Za-z_][\w.[\]'"-]{0,${LONGEST}}`;
const OURS = String.raw`(?:${NAMESPACES.join("|")})[.[][\w.[\]'"-]{0,${LONGEST}}`;

/** `{{steps.x | filter}}`, `${steps.x}`, `$(steps.x)`, `<%= steps.x %>`: they read what we have. */
const MISTAKEN = [
  new RegExp(String.raw`(?<!\$)\{\{-?\s*\$?\.?(${OURS})(?![\w.[\]'"-])[^{}]{0,${LONGEST}}\}\}`),
  new RegExp(String.raw`(?<!\$)\$\{\s*(${OURS})\s*\}`),
  new RegExp(String.raw`\$\((${OURS})\)`),
  new RegExp(String.raw`<%[=-]?\s*(${OURS})\s*-?%>`),
  // A lone `$steps` may be a variable of a shell, and `$inputs.` the end of a sentence.
  new RegExp(
    String.raw`(?<![\w$])\$\.?((?:${NAMESPACES.join("|")})\.[A-Za-z_][\w.[\]-]{0,${LONGEST}})`,
  ),
];
/** `{steps.x}`, which is also a value in a text of some languages: what a shell reads may be one. */
const BARE = new RegExp(String.raw`(?<![{$%#\w])\{\s*(${OURS})\s*\}(?!\})`);
/** There only where nothing is beside it. */
const ALONE = new RegExp(String.raw`^\s*\{\s*(${OURS})\s*\}\s*$`);
/** Something else in such brackets may belong to another system. */
const BRACES = new RegExp(String.raw`(?<!\$)\{\{\s*${PATH}\s*\}\}`);
const DOLLAR = new RegExp(String.raw`\$\{\s*${PATH}\s*\}`);

export interface Lookalike {
  found: string;
  /** The token that was meant; absent when it may be anything. */
  mended?: string;
}

/**
 * The first such token of a text outside of ours. `alone`: the text is all of its value. In what a
 * shell reads, `${x}` is a variable unless it begins like a path.
 */
export function tokenLookalike(
  text: string,
  { inShell, alone }: { inShell: boolean; alone: boolean },
): Lookalike | undefined {
  for (const pattern of [...MISTAKEN, ...(inShell ? alone ? [ALONE] : [] : [BARE])]) {
    const match = pattern.exec(text);
    if (match) return { found: match[0].trim(), mended: `\${{${match[1]!.replace(/\.$/, "")}}}` };
  }
  const found = BRACES.exec(text)?.[0] ?? (inShell ? undefined : DOLLAR.exec(text)?.[0]);
  return found === undefined ? undefined : { found };
}
