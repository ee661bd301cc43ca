// Which way imports point: cli → server → engine → {actions' interface, embed}, core below all.

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const LAYERS = ["core", "embed", "actions", "engine", "server", "cli"];

/** What each layer may import of ours. */
const MAY: Record<string, (target: string) => boolean> = {
  core: () => false,
  embed: (target) => inLayer(target, "core"),
  actions: (target) => inLayer(target, "core"),
  engine: (target) =>
    inLayer(target, "core", "embed") || target === "actions/action.ts" ||
    target === "actions/params.ts",
  server: (target) => inLayer(target, "core", "engine", "actions"),
  cli: (target) => inLayer(target, "core", "engine", "actions", "server"),
};

/** Loaded when first needed: a start without them is what makes it quick. */
const LAZY = ["@modelcontextprotocol/", "ajv", "@bufbuild/cel", "undici", "re2js"];

interface Import {
  from: string;
  target: string;
  isStatic: boolean;
}

const sources = globSync(`{${LAYERS.join(",")}}/**/*.ts`, { cwd: root });
const imports = sources.flatMap(importsOf);

test("imports point one way", () => {
  const wrong = imports
    .filter(({ target }) => LAYERS.includes(target.split("/")[0]!))
    .filter(({ from, target }) => {
      const layer = from.split("/")[0]!;
      return layer !== target.split("/")[0] && !MAY[layer]!(target);
    })
    .map(({ from, target }) => `${from} imports ${target}`);
  assert.deepEqual(wrong, []);
});

test("nothing that ships imports tests or scripts", () => {
  const wrong = imports.filter(({ target }) => /^(tests|scripts)\//.test(target));
  assert.deepEqual(wrong, []);
});

test("every relative import names a file that exists", () => {
  const missing = imports
    .filter(({ target }) => LAYERS.includes(target.split("/")[0]!))
    .filter(({ target }) => !sources.includes(target));
  assert.deepEqual(missing, []);
});

test("heavy libraries are not loaded by starting the command line or the daemon", () => {
  for (const entry of ["cli/main.ts", "server/daemon.ts", "engine/opcode.ts"]) {
    const heavy = [...reachable(entry)].filter((target) =>
      LAZY.some((name) => target === name || target.startsWith(name.replace(/\/?$/, "/")))
    );
    assert.deepEqual(heavy, [], `${entry} loads them at once`);
  }
});

test("the list of what is heavy names packages that are used", () => {
  for (const name of LAZY) {
    assert.ok(imports.some(({ target }) => target.startsWith(name)), name);
  }
});

function inLayer(target: string, ...layers: string[]): boolean {
  return layers.some((layer) => target.startsWith(`${layer}/`));
}

/** Everything that importing the file statically brings in. */
function reachable(entry: string): Set<string> {
  const seen = new Set<string>([entry]);
  for (const file of seen) {
    for (const { from, target, isStatic } of imports) {
      if (from === file && isStatic) seen.add(target);
    }
  }
  return seen;
}

function importsOf(from: string): Import[] {
  const text = readFileSync(join(root, from), "utf8");
  const found: Import[] = [];
  const add = (specifier: string, isStatic: boolean) => {
    const target = specifier.startsWith(".")
      ? normalize(join(dirname(from), specifier))
      : specifier;
    found.push({ from, target, isStatic });
  };
  const pattern = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?["']([^"']+)["']/gm;
  for (const [, typeOnly, specifier] of text.matchAll(pattern)) add(specifier!, !typeOnly);
  for (const [, specifier] of text.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)) {
    add(specifier!, false);
  }
  return found;
}
