// How many small jq programs are run by one call of jq, of which nearly all is getting jq ready.

import { rawJq, textOf } from "./engine.ts";
import { preludeOf } from "./prelude.ts";
import { sortedText } from "./sorted.ts";

export interface Rider {
  /** A program that is known to compile by itself: nothing in it can end its definition early. */
  source: string;
  /** JSON text. */
  data: string;
  /** Its moment, epoch ms. */
  now?: number;
}

/** What begins the outputs of a rider, and what ends them if it came to its end. */
const BEGUN = "0";
const ENDED = "true";
/** What jq writes in place of what is nested deeper than it writes: by itself, it may write more. */
const TOO_DEEP = "<skipped: too deep>";

/**
 * The outputs of each, as JSON texts; null of one that failed, or was not reached because another
 * ended the call: what it comes to is found by running it alone. Nothing bounds its time.
 */
export async function jqTogether(riders: readonly Rider[]): Promise<(string[] | null)[]> {
  const sources = [...new Set(riders.map(({ source }) => source))];
  const places = new Map(sources.map((source, i) => [source, i]));
  const definitions = sources.map((source, i) =>
    // A comment may go on in the line after it, but not in the next but one.
    `def _p${i}:\n${textOf(source)}\n\n;`
  );
  const input = riders.map(({ source, data, now }) => {
    const time = now === undefined ? null : now / 1_000;
    return `[${places.get(source)},${time},${sortedText(data)}]`;
  });
  const program = `. as [$p, $now, $data] | ${preludeOf("$now")} ${definitions.join(" ")} ` +
    `$data | ${BEGUN}, (${dispatch(sources.length)} | [.]), ${ENDED}`;
  try {
    const { stdout } = await rawJq(program, input.join("\n"));
    return outputsOf(stdout, riders.length);
  } catch {
    return riders.map(() => null);
  }
}

/** The program whose place stands in `$p`. */
function dispatch(count: number): string {
  if (count === 1) return "_p0";
  const cases = Array.from({ length: count }, (_, i) => `if $p == ${i} then _p${i}`);
  return `${cases.join(" el")} else empty end`;
}

function outputsOf(stdout: string, count: number): (string[] | null)[] {
  const all: (string[] | null)[] = [];
  let outputs: string[] = [];
  for (const line of stdout.split("\n")) {
    if (line === BEGUN) {
      outputs = [];
      all.push(null);
    } else if (line === ENDED) all[all.length - 1] = outputs;
    else if (line.includes(TOO_DEEP)) return Array.from({ length: count }, () => null);
    else outputs.push(line.slice(1, -1));
  }
  return Array.from({ length: count }, (_, i) => all[i] ?? null);
}
