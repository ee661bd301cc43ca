// How the tools' names are spelled for a client, in lists and in the texts that tell of them.

import { TOOLS } from "./tools.ts";

/** `dots` are the product's names; some hosts forbid dots in a tool's name. */
export type Names = "dots" | "underscore";

const patterns = TOOLS.map(({ name }) => name.replaceAll(".", "\\."));

/** Any tool's own name, as a word. */
const NAME = new RegExp(`\\b(?:${patterns.join("|")})\\b`, "g");

/** The text with each tool by the name under which the client has it. */
export function spelled(text: string, names: Names): string {
  if (names === "dots") return text;
  return text.replaceAll(NAME, (name) => name.replaceAll(".", "_"));
}
