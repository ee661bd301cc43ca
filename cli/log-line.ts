// How a log line reads to a person: `12:30:01 warn  message  key=value`.

import { isObject, type Json } from "../core/json.ts";
import { useColour } from "./colour.ts";
import { asCalled } from "./hint.ts";
import { visible } from "./print.ts";
import { short } from "./short-id.ts";
import { shownTime } from "./times.ts";

const COLOURS: Record<string, string> = { debug: "2", info: "36", warn: "33", error: "31" };

/**
 * The JSON line in words, at a terminal with local times and runs by their short ids; a line that is no such JSON stays as it is.
 * Ends with a line feed.
 */
export function readableLine(
  line: string,
  stream: { isTTY?: boolean } = process.stderr,
): string {
  let entry: Json;
  try {
    entry = JSON.parse(line);
  } catch {
    return line;
  }
  if (!isObject(entry)) return line;
  const { time, level, msg, ...fields } = entry;
  const name = String(level).padEnd(5);
  const shown = useColour(stream) ? `\x1b[${COLOURS[String(level)] ?? "0"}m${name}\x1b[0m` : name;
  const terminal = stream.isTTY === true;
  const rest = Object.entries(fields).map(([key, value]) =>
    terminal && key === "workflow_id"
      ? `  run=${short(inWords(value))}`
      : `  ${visible(key)}=${inWords(value)}`
  );
  return `${shownTime(visible(String(time)), terminal)} ${shown} ${asCalled(visible(String(msg)))}${
    rest.join("")
  }\n`;
}

function inWords(value: Json): string {
  return asCalled(visible(typeof value === "string" ? value : JSON.stringify(value)));
}
