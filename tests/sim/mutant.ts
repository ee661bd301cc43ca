// How a fault gets into the engine of a process: the text of one module is changed while it is loaded.

import { globSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { EngineFault } from "./engine-faults.ts";

const engine = fileURLToPath(new URL("../../engine", import.meta.url));

export interface Mutant {
  /** The module's path. */
  file: string;
  /** Its text with the fault in it. */
  source: string;
}

/** Finds the place of the fault. Throws when it is nowhere, or in more places than one. */
export function mutantOf(fault: EngineFault): Mutant {
  const { function: name, text, instead } = fault;
  const found: Mutant[] = [];
  let known = 0;
  for (const path of globSync("**/*.ts", { cwd: engine }).sort()) {
    const file = join(engine, path);
    const source = readFileSync(file, "utf8");
    for (const [start, end] of bodiesOf(source, name)) {
      known++;
      const body = source.slice(start, end);
      const places = body.split(text);
      for (let i = 1; i < places.length; i++) {
        const changed = places.slice(0, i).join(text) + instead + places.slice(i).join(text);
        found.push({ file, source: source.slice(0, start) + changed + source.slice(end) });
      }
    }
  }
  if (found.length === 1) return found[0]!;
  const what = known === 0 ? "there is no such function" : `the text stands ${found.length} times`;
  throw new Error(
    `a fault has no place in ${name} of the engine: ${what}: ${JSON.stringify(text)}; ` +
      "describe it in tests/sim/engine-faults.ts as the engine is now",
  );
}

/** Puts the fault into what this process loads from now on; returns whether it was loaded. */
export function load({ file, source }: Mutant): () => boolean {
  const wanted = pathToFileURL(file).href;
  let isLoaded = false;
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (url !== wanted) return loaded;
      isLoaded = true;
      return { ...loaded, source };
    },
  });
  return () => isLoaded;
}

/** From where to where the functions and methods of that name go, as `deno fmt` lays them out. */
export function bodiesOf(source: string, name: string): [number, number][] {
  const word = name.replaceAll("$", "\\$");
  const heads = new RegExp(
    `^( *)(?:export )?(?:async )?(?:function\\*? )?${word}(?:<[^\\n]*>)?\\((?:(?!;\\n)[^])*?\\{$`,
    "gm",
  );
  return [...source.matchAll(heads)].map(({ 0: head, 1: indent, index }) => {
    const after = source.slice(index + head.length);
    const end = new RegExp(`^${indent}\\}$`, "m").exec(after);
    return [index, index + head.length + (end?.index ?? after.length)];
  });
}
