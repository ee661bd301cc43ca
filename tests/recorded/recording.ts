// What a recording is as a file: the database as SQL, and what its build said of the runs that had ended.

import { createHash } from "node:crypto";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Json } from "../../core/json.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
/** Before the line that holds what was told. */
const TOLD = "-- told: ";
/** Characters of JSON; of what is longer the hash is kept. */
const LONGEST = 1_000;

/** Of a status reply what must stay as it is. */
export interface Told {
  status: string;
  output: Json;
  error: Json;
  steps: Record<string, { status: string; output: Json }>;
}

interface Reply {
  status: string;
  output?: Json;
  error?: unknown;
  steps: Record<string, { status: string; output?: Json }>;
}

export interface Recording {
  sql: string;
  /** By the name of the scenario. */
  ended: Record<string, Told>;
}

export function toldOf({ status, output = null, error = null, steps }: Reply): Told {
  const short = (value: Json): Json => {
    const text = JSON.stringify(value);
    if (text.length <= LONGEST) return value;
    return { sha256: createHash("sha256").update(text).digest("hex") };
  };
  return {
    status,
    output: short(output),
    error: error as Json,
    steps: Object.fromEntries(
      Object.entries(steps).map(([id, { status, output = null }]) => [
        id,
        { status, output: short(output) },
      ]),
    ),
  };
}

export function writeRecording(layout: number, { sql, ended }: Recording): void {
  writeFileSync(fileOf(layout), `${sql}${TOLD}${JSON.stringify(ended)}\n`);
}

export function readRecording(layout: number): Recording {
  const text = readFileSync(fileOf(layout), "utf8");
  const at = text.lastIndexOf(TOLD);
  return { sql: text.slice(0, at), ended: JSON.parse(text.slice(at + TOLD.length)) };
}

/** The layouts of which there are recordings, in order. */
export function recordedLayouts(): number[] {
  return globSync("layout-*.sql", { cwd: here })
    .map((file) => parseInt(file.slice("layout-".length))).sort((a, b) => a - b);
}

function fileOf(layout: number): string {
  return join(here, `layout-${layout}.sql`);
}
