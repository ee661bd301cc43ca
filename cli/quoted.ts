// How a text becomes one word of a shell's command line.

import { visible } from "./print.ts";

export function quoted(text: string): string {
  if (/^[\w.:@%+,/-][\w.:@%+,/=-]*$/.test(text)) return text;
  return `'${visible(text).replaceAll("'", `'\\''`)}'`;
}
