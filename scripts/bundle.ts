// How the sources become a few files that start faster: `node scripts/bundle.ts` makes them anew.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { bundlesOf, freshBundle, manifestOf, usersOf } from "../bin/bundle.mjs";
import { BUNDLING, sources, THREADS } from "./bundling.ts";
import { root as here } from "./tools.ts";

/** The program, and the threads that it starts by the address of a file. */
const ENTRIES = { main: "cli/main.ts", ...THREADS };

/** What is written in these may change, too. */
const MAKERS = ["scripts/bundle.ts", "scripts/bundling.ts", "bin/bundle.mjs"];

/** A lock that is older belongs to a process that was killed. */
const ABANDONED_MS = 60_000;

/**
 * Makes the bundle of the checkout at `root`, unless another process is at it, and removes those that
 * nobody runs from; returns its program, or undefined when another is at it. Throws what esbuild
 * throws when the sources are no program, and what the disk says.
 */
export async function makeBundle(root: string): Promise<string | undefined> {
  const bundles = bundlesOf(root);
  mkdirSync(bundles, { recursive: true });
  const lock = join(bundles, "lock");
  if (!taken(lock)) return undefined;
  try {
    const folder = await bundle(root);
    sweep(root, folder);
    return freshBundle(root);
  } finally {
    rmSync(lock, { force: true });
  }
}

async function bundle(root: string): Promise<string> {
  // Before they are read: what changes meanwhile makes the bundle an old one.
  const began = new Map<string, [number, number]>();
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ENTRIES,
    outdir: bundlesOf(root),
    ...BUNDLING,
    splitting: true,
    metafile: true,
    format: "esm",
    entryNames: "[name]",
    chunkNames: "[name]-[hash]",
    // One has a part that is no JavaScript, the other is a program beside its own.
    external: ["libsql", "esbuild"],
    // Packages of the older kind ask for Node's own modules by it.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; ' +
        "const require = requireFrom(import.meta.url);",
    },
    plugins: [sources({
      root,
      read: (path) => began.set(path, stampOf(path)),
      thread: (name) => `new URL("./${name}.js", import.meta["url"])`,
      placed: inPlace,
    })],
  });
  const hash = createHash("sha256");
  for (const file of MAKERS) hash.update(readFileSync(join(root, file)));
  for (const { path, hash: of } of outputFiles) hash.update(`${path} ${of}\n`);
  const folder = hash.digest("hex").slice(0, 16);
  const place = join(bundlesOf(root), folder);
  mkdirSync(place, { recursive: true });
  for (const { path, text } of outputFiles) {
    const { entryPoint } = metafile.outputs[relative(root, path)]!;
    const named = entryPoint === undefined ? text : withNames(text, join(root, entryPoint));
    writeFileSync(join(place, relative(bundlesOf(root), path)), named);
  }
  const made = Object.keys(metafile.inputs).flatMap((file) => {
    const stamp = began.get(join(root, file));
    return stamp ? [[file, ...stamp]] : [];
  });
  // The packages change with the lock file, all at once.
  for (const file of ["package-lock.json", ...MAKERS]) {
    made.push([file, ...stampOf(join(root, file))]);
  }
  const written = `${manifestOf(root)}.${process.pid}`;
  writeFileSync(written, JSON.stringify({ root, folder, sources: made }));
  renameSync(written, manifestOf(root));
  return folder;
}

/**
 * A CommonJS package that is loaded lazily, with what it exports by name as Node has it: esbuild leaves
 * only the whole.
 */
function withNames(text: string, entry: string): string {
  const whole = /\nexport default (require_\w+\(\));\s*$/.exec(text);
  if (!whole) return text;
  const names = Object.keys(createRequire(entry)(entry)).filter((name) =>
    /^[A-Za-z_$][\w$]*$/.test(name) && name !== "default"
  );
  return `${text.slice(0, whole.index)}
const whole = ${whole[1]};
const { ${names.map((name, i) => `${name}: named${i}`).join(", ")} } = whole;
export { ${["whole as default", ...names.map((name, i) => `named${i} as ${name}`)].join(", ")} };
`;
}

function stampOf(file: string): [size: number, changed: number] {
  const { size, mtimeMs } = statSync(file);
  return [size, mtimeMs];
}

/** What asks where it stands is told where its source does. */
function inPlace(text: string, path: string): string {
  return text
    .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
    .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)));
}

function taken(lock: string): boolean {
  try {
    writeFileSync(lock, "", { flag: "wx" });
    return true;
  } catch {
    // Whoever holds it is quick, unless it was killed: the next one finds it gone.
    if (Date.now() - statSync(lock).mtimeMs > ABANDONED_MS) rmSync(lock, { force: true });
    return false;
  }
}

/** Removes the bundles that nobody runs from. */
function sweep(root: string, newest: string): void {
  const bundles = bundlesOf(root);
  for (const entry of readdirSync(bundles, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === newest) continue;
    const old = join(bundles, entry.name);
    if (!isUsed(join(old, "main.js"))) rmSync(old, { recursive: true, force: true });
  }
}

function isUsed(program: string): boolean {
  try {
    return readdirSync(usersOf(program)).some((pid) => lives(Number(pid)));
  } catch {
    return false;
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

if (import.meta.main) {
  console.log(await makeBundle(resolve(here)) ?? "another process is making it");
}
