// Text of the author as it may stand in a picture: in one line, without what nobody sees.

// deno-lint-ignore no-control-regex
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufffe\uffff]+/g;

/** Control characters, and those that turn the direction of reading, become a space. */
export function visible(text: string): string {
  return text.toWellFormed().replace(INVISIBLE, " ");
}
