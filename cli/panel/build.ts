// How the panel is made of its sources: scripts and a style for browsers, a module that draws pages here.

import type { Metafile } from "esbuild";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCES = new URL("../../panel/", import.meta.url);

export interface Built {
  /** `panel-HASH.js`, and what is loaded once it is needed, `editor-HASH.js`. */
  files: { name: string; type: string; body: Uint8Array<ArrayBuffer> }[];
  script: string;
  /** The scripts that it begins with. */
  preload: string[];
  /** Its text, for the pages themselves: a file of its own would keep the first paint waiting. */
  style: string;
  /** The source of a module that exports `renderDocument`, of ASCII alone. */
  renderer: string;
}

/** What all builds share. */
const OPTIONS = {
  bundle: true,
  write: false,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "silent",
} as const;

/** `format`: of the renderer's module. */
export async function buildPanel(format: "esm" | "cjs" = "esm"): Promise<Built> {
  const { build, stop } = await import("esbuild");
  const entry = (path: string) => fileURLToPath(new URL(path, SOURCES));
  const bundle = async (path: string, options: object): Promise<Uint8Array<ArrayBuffer>> => {
    const entryPoints = [entry(path)];
    const { outputFiles } = await build({ ...OPTIONS, ...options, entryPoints });
    return new Uint8Array(outputFiles[0]!.contents);
  };
  const all = Promise.all([
    build({
      ...OPTIONS,
      entryPoints: { panel: entry("browser/boot.ts") },
      metafile: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      // What is imported when it is needed is a file of its own.
      splitting: true,
      outdir: "static",
      entryNames: "[name]-[hash]",
      chunkNames: "[name]-[hash]",
    }),
    bundle("look/panel.css", { target: "es2022", charset: "ascii" }),
    bundle("render.tsx", { format, platform: "node", target: "node22", charset: "ascii" }),
  ]);
  // Its program would stay beside the daemon for as long as that lives.
  const [scripts, style, renderer] = await all.finally(() => stop());
  const files = scripts.outputFiles.map(({ path, contents }) => ({
    name: basename(path),
    type: "text/javascript; charset=utf-8",
    body: new Uint8Array(contents),
  }));
  return {
    files,
    script: files.find(({ name }) => /^panel-.*\.js$/.test(name))!.name,
    preload: beginning(scripts.metafile),
    style: new TextDecoder().decode(style),
    renderer: new TextDecoder().decode(renderer),
  };
}

/** The main script, and all that it cannot do without. */
function beginning({ outputs }: Metafile): string[] {
  const found = new Set<string>();
  const add = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    for (const { path: needed, kind } of outputs[path]!.imports) {
      if (kind === "import-statement") add(needed);
    }
  };
  add(Object.keys(outputs).find((path) => basename(path).startsWith("main-"))!);
  return [...found].map((path) => basename(path));
}
