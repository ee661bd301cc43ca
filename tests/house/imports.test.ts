// Which way imports point: cli → server → engine → {the interface of actions, embed}, core below all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allFiles, type Import, importsOf, isCode, LAYERS, ships } from "./sources.ts";

/** What each layer may import of ours, beside itself: folders, and single files of others. */
const MAY: Record<string, string[]> = {
  core: [],
  embed: ["core"],
  actions: ["core"],
  engine: ["core", "embed", "actions/action.ts", "actions/params.ts"],
  server: ["core", "engine"],
  cli: ["core", "engine", "server"],
  panel: [],
};

/** Only here are the parts put together. */
const COMPOSITION_ROOT = ["server/daemon.ts", "server/parts.ts"];

/** What the daemon loads before it serves; all else comes when first needed. */
const STARTS = [
  "cli/main.ts",
  "cli/commands/serve.ts",
  "server/daemon.ts",
  "server/parts.ts",
  "engine/store/open.ts",
  "engine/store/libsql/place.ts",
  "engine/store/libsql/file-place.ts",
  "engine/store/libsql/open.ts",
];

/** Libraries that take longer to load than the daemon may take to start. */
const HEAVY = ["@modelcontextprotocol", "ajv", "ajv-formats", "@bufbuild/cel", "undici", "re2js"];

const sources = allFiles().filter(isCode);
const files = new Set(sources.map(({ file }) => file));
const imports = sources.filter(ships).flatMap(importsOf);
const ours = imports.filter(({ target }) => layerOf(target) !== undefined);

test("imports point one way", () => {
  const wrong = ours.filter(({ from, target, kind }) => {
    const layer = layerOf(from)!;
    if (COMPOSITION_ROOT.includes(from) && target.startsWith("actions/")) return false;
    // The panel runs in a browser: it may know the shapes of the others, not load them.
    if (layer === "panel" && kind === "type") return false;
    return layerOf(target) !== layer &&
      !MAY[layer]!.some((allowed) => target === allowed || target.startsWith(`${allowed}/`));
  });
  assert.deepEqual(wrong.map(told), []);
});

test("no files need each other in a circle, for their types neither", () => {
  const needs = Map.groupBy(sources.flatMap(importsOf), ({ from }) => from);
  const targets = (file: string) => needs.get(file)?.map(({ target }) => target) ?? [];
  assert.deepEqual(circles(targets), []);
});

test("circles are found, however long", () => {
  const graph: Record<string, string[]> = { a: ["b"], b: ["c", "d"], c: ["a"], d: ["e"], e: [] };
  assert.deepEqual(circles((file) => graph[file] ?? [], Object.keys(graph)), ["a → b → c → a"]);
});

test("what ships imports neither tests nor scripts", () => {
  const wrong = imports.filter(({ target }) => /^(tests|scripts|bin)\//.test(target));
  assert.deepEqual(wrong.map(told), []);
});

test("every import of ours names a file that exists", () => {
  assert.deepEqual(ours.filter(({ target }) => !files.has(target)).map(told), []);
});

test("core needs no library", () => {
  const wrong = imports.filter(({ from, target }) =>
    layerOf(from) === "core" && layerOf(target) !== "core" && !target.startsWith("node:")
  );
  assert.deepEqual(wrong.map(told), []);
});

test("heavy libraries are not loaded by the start of the command line or the daemon", () => {
  for (const start of STARTS) {
    assert.ok(files.has(start), `${start} is gone: name its successor`);
    const heavy = [...loadedWith(start)].filter((target) =>
      HEAVY.some((name) => isOf(target, name))
    );
    assert.deepEqual(heavy, [], `${start} loads them at once`);
  }
  const commander = [...loadedWith("cli/main.ts")].filter((target) => target === "commander");
  assert.deepEqual(commander, [], "version is answered without it");
});

test("what is called heavy is used", () => {
  for (const name of HEAVY) assert.ok(imports.some(({ target }) => isOf(target, name)), name);
});

test("imports are found however they are written", () => {
  const text = [
    'import "./a.ts";',
    'import type { B } from "../core/b.ts";',
    "import {",
    "  c,",
    "  type D,",
    '} from "hono";',
    'export * from "./e.ts";',
    'const f = await import("./f.ts");',
    'new Worker(new URL("./g.ts", import.meta.url));',
  ].join("\n");
  const found = importsOf({ file: "engine/x.ts", text }).map(({ target, kind }) => [target, kind]);
  assert.deepEqual(found, [
    ["engine/a.ts", "static"],
    ["core/b.ts", "type"],
    ["hono", "static"],
    ["engine/e.ts", "static"],
    ["engine/f.ts", "lazy"],
    ["engine/g.ts", "lazy"],
  ]);
});

/** One circle for each place where a walk along the imports comes back to where it is. */
function circles(loads: (file: string) => string[], all: Iterable<string> = files): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, trail: string[]) => {
    if (trail.includes(file)) {
      return found.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
    }
    if (done.has(file)) return;
    for (const target of loads(file)) walk(target, [...trail, file]);
    done.add(file);
  };
  for (const file of all) walk(file, []);
  return found;
}

function layerOf(path: string): string | undefined {
  return LAYERS.find((layer) => path.startsWith(`${layer}/`));
}

function isOf(target: string, library: string): boolean {
  return target === library || target.startsWith(`${library}/`);
}

/** The file and everything that loading it brings in. */
function loadedWith(start: string): Set<string> {
  const loaded = new Set([start]);
  for (const file of loaded) {
    for (const { from, target, kind } of imports) {
      if (from === file && kind === "static") loaded.add(target);
    }
  }
  return loaded;
}

function told({ from, target }: Import): string {
  return `${from} imports ${target}`;
}
