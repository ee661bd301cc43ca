// Whether a file's name matches a pattern such as `*.[ch]`.

import { invalid } from "../params.ts";

type Part = "*" | { any: true } | { ranges: [string, string][]; negated: boolean };

const MOST_CHARACTERS = 1_000;

/**
 * Reads a pattern: `*` any characters, `?` one, `[a-z]` and `[^x]` one of a class, `\` takes the
 * next one literally. Returns what tells whether a name matches. In the worst case the time grows
 * with the product of both lengths: a `*` that has matched too little grows, and the ones before
 * it never need to (Russ Cox, "Glob Matching Can Be Simple And Fast Too").
 * VALIDATION_ERROR naming params.pattern when it is malformed or could leave a directory.
 */
export function compileGlob(pattern: string): (name: string) => boolean {
  const parts = parse(pattern);
  return (name) => matches(parts, [...name]);
}

function parse(pattern: string): Part[] {
  const characters = [...pattern];
  if (characters.length > MOST_CHARACTERS) throw bad(`has more than ${MOST_CHARACTERS} characters`);
  if (characters.includes("/")) throw bad("matches names, so it must not hold /");
  const parts: Part[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === "*") {
      if (parts.at(-1) !== "*") parts.push("*");
    } else if (character === "?") parts.push({ any: true });
    else if (character === "[") at = parseClass(characters, at + 1, parts);
    else {
      const literal = character === "\\" ? escaped(characters, ++at) : character;
      parts.push({ ranges: [[literal, literal]], negated: false });
    }
  }
  return parts;
}

/** Returns where the closing bracket is. */
function parseClass(characters: string[], start: number, parts: Part[]): number {
  let at = start;
  const negated = characters[at] === "^";
  if (negated) at++;
  const ranges: [string, string][] = [];
  const one = (): string => {
    const character = characters[at++];
    if (character === undefined) throw bad("has a [ without its ]");
    if (character === "\\") return escaped(characters, at++);
    if (character === "-" || character === "]") {
      throw bad(`has a class with a misplaced ${character}; write \\${character}`);
    }
    return character;
  };
  do {
    const low = one();
    let high = low;
    if (characters[at] === "-") {
      at++;
      high = one();
    }
    ranges.push([low, high]);
  } while (characters[at] !== "]");
  parts.push({ ranges, negated });
  return at;
}

function escaped(characters: string[], at: number): string {
  const character = characters[at];
  if (character === undefined) throw bad("ends with a single \\");
  return character;
}

function bad(rule: string) {
  return invalid("params.pattern", rule);
}

function matches(parts: Part[], name: string[]): boolean {
  let part = 0;
  let at = 0;
  /** The last star, and how far what follows it has been tried. */
  let star = -1;
  let retry = 0;
  while (at < name.length) {
    const wanted = parts[part];
    if (wanted === "*") {
      star = part++;
      retry = at;
    } else if (wanted !== undefined && isOne(wanted, name[at]!)) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++retry;
    } else return false;
  }
  while (parts[part] === "*") part++;
  return part === parts.length;
}

function isOne(part: Exclude<Part, "*">, character: string): boolean {
  if ("any" in part) return true;
  const code = character.codePointAt(0)!;
  const inside = part.ranges.some(([low, high]) =>
    low.codePointAt(0)! <= code && code <= high.codePointAt(0)!
  );
  return inside !== part.negated;
}
