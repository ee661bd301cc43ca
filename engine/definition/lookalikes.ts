// Whether a text seems to hold a token that is written in another language's way.

import { NAMESPACES } from "../interpolate/path.ts";

const BRACES = /(?<!\$)\{\{\s*[A-Za-z_][\w.[\]'"-]*\s*\}\}/;
const DOLLAR = /\$\{\s*([A-Za-z_][\w.[\]'"-]*)\s*\}/;
const DOLLAR_NAMESPACE = new RegExp(
  `\\$\\{\\s*(?:${NAMESPACES.join("|")})[.[][\\w.[\\]'"-]*\\s*\\}`,
);

/**
 * The first `{{x}}` or `${x}` of a text outside its tokens. In what a shell reads, `${x}` is a
 * variable unless it begins like a path.
 */
export function tokenLookalike(text: string, inShell: boolean): string | undefined {
  return BRACES.exec(text)?.[0] ?? (inShell ? DOLLAR_NAMESPACE : DOLLAR).exec(text)?.[0];
}
