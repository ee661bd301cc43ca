// Which files are ours, and what each of them imports.

import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The folders of what ships. */
export const LAYERS = ["core", "embed", "actions", "engine", "server", "cli", "panel"];

const OTHERS = ["bin", "scripts", "tests", "examples", "docs", ".ci"];

export interface Source {
  /** Path from the root, with `/`. */
  file: string;
  text: string;
}

/** All text files of the project, without what is installed, built or left by a run. */
export function allFiles(): Source[] {
  const folders = [...LAYERS, ...OTHERS].join(",");
  const files = globSync([`{${folders}}/**/*`, "*", ".npmrc", ".gitignore"], {
    cwd: root,
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile() && !/\.(db|db-wal|db-shm|log)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
  return files.sort().map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));
}

export function isCode({ file }: Source): boolean {
  return /\.(ts|tsx|mjs)$/.test(file);
}

export function ships({ file }: Source): boolean {
  return LAYERS.includes(file.split("/")[0]!);
}

export interface Import {
  from: string;
  /** A path from the root, or the name of a module that is not ours. */
  target: string;
  /** `type`: gone at run time; `static`: loaded with the file; `lazy`: `import()` or a worker. */
  kind: "type" | "static" | "lazy";
}

/**
 * The imports of a file, as `deno fmt` lays them out. An `import { type T }` counts as static: the
 * module is loaded.
 */
export function importsOf({ file, text }: Source): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, kind: Import["kind"]) => {
    const ours = specifier.startsWith(".");
    const target = ours ? normalize(join(dirname(file), specifier)) : specifier;
    found.push({ from: file, target, kind });
  };
  const declared = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?"([^"]+)"/gm;
  for (const [, type, specifier] of text.matchAll(declared)) {
    add(specifier!, type ? "type" : "static");
  }
  const lazy = /\bimport\(\s*"([^"]+)"\s*\)|\bnew URL\(\s*"([^"]+\.(?:ts|mjs))"/g;
  for (const [, called, worker] of text.matchAll(lazy)) add((called ?? worker)!, "lazy");
  return found;
}
