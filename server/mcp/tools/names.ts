// How the tools' names are spelled for a client, in lists and in the texts that tell of them.

/** `dots` are the product's names; some hosts forbid dots in a tool's name. */
export type Names = "dots" | "underscore";

/** The text with each tool by the name under which the client has it. */
export function spelled(text: string, names: Names): string {
  if (names === "dots") return text;
  return text.replaceAll(/\bopcode\.(define|diagram|query|run|signal|status)\b/g, "opcode_$1");
}
