// Which types of answer a request's Accept header allows (RFC 9110, 12.5.1).

import type { Accepts } from "./exchange.ts";

interface Range {
  /** `type/subtype`, in lower case; either may be a star. */
  name: string;
  wanted: boolean;
}

/** Clients should name both types; those that send no Accept, or an empty one, are taken to read both. */
export function readAccept(header: string | null): Accepts {
  const ranges = header === null ? [] : rangesOf(header);
  return { json: allows(ranges, "application/json"), stream: allows(ranges, "text/event-stream") };
}

/** The narrowest range that holds the type decides, wherever it stands. */
function allows(ranges: Range[], type: string): boolean {
  if (ranges.length === 0) return true;
  for (const name of [type, `${type.split("/")[0]}/*`, "*/*"]) {
    const found = ranges.filter((range) => range.name === name);
    if (found.length > 0) return found.some(({ wanted }) => wanted);
  }
  return false;
}

function rangesOf(header: string): Range[] {
  const ranges = splitOutsideQuotes(header, ",").map((part) => {
    const [name, ...parameters] = splitOutsideQuotes(part, ";");
    const weight = parameters.find((text) => /^q\s*=/i.test(text));
    return {
      name: name!.toLowerCase(),
      wanted: weight === undefined || !/=\s*0(?:\.0*)?$/.test(weight),
    };
  });
  return ranges.filter(({ name }) => name !== "");
}

/** Parameters may be quoted, and quoted texts hold anything. */
function splitOutsideQuotes(text: string, separator: string): string[] {
  if (!text.includes('"')) return text.split(separator).map((part) => part.trim());
  const parts = [""];
  for (const piece of text.match(/"(?:[^"\\]|\\.)*"?|[^"]/g) ?? []) {
    if (piece === separator) parts.push("");
    else parts[parts.length - 1] += piece;
  }
  return parts.map((part) => part.trim());
}
