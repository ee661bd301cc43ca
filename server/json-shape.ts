// Whether JSON text holds so little that reading it, and what follows, is quick: asked before it is read.

/** Values in one text, those in arrays and objects each counted: some 50 ms to read. */
export const MOST_VALUES = 250_000;
/** Members of one object: beyond some thousands each costs a microsecond whenever it is touched. */
export const MOST_MEMBERS = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Levels that are told apart: what is deeper is refused for its depth, or is no JSON. */
const DEEPEST = 2_000;

/** Of a member: a name's quotes, a colon, a value of one character, and a comma. Values take less room. */
const LEAST_MEMBER = 5;

/** How the text breaks one of the limits, to complete "… must"; undefined when it keeps them. */
export function tooManyValues(json: Uint8Array): string | undefined {
  // Most texts are too short for that.
  if (json.length < MOST_MEMBERS * LEAST_MEMBER) return undefined;
  // Members so far, by level; 0 in a list.
  const members = new Uint32Array(DEEPEST);
  let depth = 0;
  let values = 1;
  for (let i = 0; i < json.length; i++) {
    switch (json[i]) {
      case QUOTE:
        i = endOfString(json, i + 1);
        break;
      case COMMA:
        values++;
        if (depth < DEEPEST && members[depth]! > 0 && ++members[depth]! > MOST_MEMBERS) {
          return `must hold at most ${MOST_MEMBERS} members in one object`;
        }
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        values++;
        if (++depth < DEEPEST) members[depth] = json[i] === OPEN_OBJECT ? 1 : 0;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        // Text that is no JSON may close more than it opens.
        if (depth > 0) depth--;
    }
    if (values > MOST_VALUES) return `must hold at most ${MOST_VALUES} values`;
  }
  return undefined;
}

/** Where the string ends whose content begins at `from`. */
function endOfString(json: Uint8Array, from: number): number {
  for (let end = json.indexOf(QUOTE, from); end >= 0; end = json.indexOf(QUOTE, end + 1)) {
    let slashes = 0;
    while (json[end - 1 - slashes] === BACKSLASH && end - 1 - slashes >= from) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return json.length;
}
