// What an encoder is: a way to write a text that programs have, by a name.

export interface Encoder {
  /** As docs and tests call it. */
  name: string;
  /** How it writes the text: all the spellings that programs of this kind have for it. */
  encode(text: string): string[];
}

/** `text` with each match replaced by what `write` makes of its code point. */
export function replacing(
  text: string,
  what: RegExp,
  write: (codePoint: number, char: string) => string,
): string {
  return text.replace(what, (char) => write(char.codePointAt(0)!, char));
}

export function hexOf(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0");
}
