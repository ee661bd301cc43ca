// What a set of conformance vectors answers.

import { readFileSync } from "node:fs";

export interface VectorResult {
  /** The file, relative to the folder of the vectors. */
  file: string;
  passed: number;
  total: number;
  /** One line for each case that missed: the case, the wanted and the given answer. */
  misses: string[];
}

/** The objects of a file with one JSON object a line. */
export function readLines<Line>(path: string): Line[] {
  return readFileSync(path, "utf8").split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}
