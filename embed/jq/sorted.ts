// JSON text with the members of every object in the order of their names.

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[[{\]},:]|[^\s"[\]{},:]+)/gsy;

/**
 * What jq reads it also goes through in this order, as gojq does. The text is not parsed: numbers
 * stay as they are written, and names that look like numbers have no place of their own.
 */
export function sortedText(text: string): string {
  if (!text.includes("{")) return text;
  const tokens = Array.from(text.matchAll(TOKEN), ([, token]) => token!);
  let at = 0;
  const value = (): string => {
    const token = tokens[at++]!;
    if (token === "[") return `[${items().join(",")}]`;
    return token === "{" ? `{${members().join(",")}}` : token;
  };
  const items = (): string[] => {
    const found: string[] = [];
    while (tokens[at] !== "]") {
      found.push(value());
      if (tokens[at] === ",") at++;
    }
    at++;
    return found;
  };
  const members = (): string[] => {
    const found: [name: string, text: string][] = [];
    while (tokens[at] !== "}") {
      const name = tokens[at]!;
      at += 2;
      found.push([JSON.parse(name) as string, `${name}:${value()}`]);
      if (tokens[at] === ",") at++;
    }
    at++;
    return found.sort(([left], [right]) => byCodePoints(left, right)).map(([, text]) => text);
  };
  return value();
}

function byCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const difference = rank(left.charCodeAt(i)) - rank(right.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Halves of a pair stand for what comes after every single unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
