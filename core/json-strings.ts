// Where a string of JSON text ends.

const BACKSLASH = 92;

/** The place of the quote that closes the string whose first character is at `from`; else the text's end. */
export function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from);; at = text.indexOf('"', at + 1)) {
    if (at < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at;
  }
}
