// How the panel is made of its sources: a script and a style for browsers, a module that draws pages here.

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

const SOURCES = new URL("../../panel/", import.meta.url);

export interface Built {
  /** `panel-HASH.js`, `panel-HASH.css`. */
  files: { name: string; type: string; body: Uint8Array<ArrayBuffer> }[];
  script: string;
  style: string;
  /** The source of an ES module that exports `renderDocument`. */
  renderer: string;
}

export async function buildPanel(): Promise<Built> {
  const { build } = await import("esbuild");
  const bundle = async (entry: string, options: object): Promise<Uint8Array<ArrayBuffer>> => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL(entry, SOURCES))],
      bundle: true,
      write: false,
      minify: true,
      charset: "utf8",
      legalComments: "none",
      jsx: "automatic",
      jsxImportSource: "preact",
      logLevel: "silent",
      ...options,
    });
    return new Uint8Array(outputFiles![0]!.contents);
  };
  const [script, style, renderer] = await Promise.all([
    bundle("browser/main.tsx", { format: "esm", platform: "browser", target: "es2022" }),
    bundle("look/panel.css", { target: "es2022" }),
    bundle("render.tsx", { format: "esm", platform: "node", target: "node22" }),
  ]);
  const files = [
    { name: named("js", script), type: "text/javascript; charset=utf-8", body: script },
    { name: named("css", style), type: "text/css; charset=utf-8", body: style },
  ];
  return {
    files,
    script: files[0]!.name,
    style: files[1]!.name,
    renderer: new TextDecoder().decode(renderer),
  };
}

function named(ending: string, content: Uint8Array): string {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return `panel-${hash}.${ending}`;
}
