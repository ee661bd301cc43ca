// What all bundles of the sources have in common: their threads, and how they are made with esbuild.

import type { BuildOptions, Plugin } from "esbuild";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The programs of the threads, by the names that they have in every bundle. */
export const THREADS = {
  "store-thread": "engine/store/libsql/thread.ts",
  "watch-thread": "engine/store/postgres/watch-thread.ts",
  "worker-thread": "embed/worker/thread.ts",
};

/** An address of a source, as those who start threads write it. */
const ADDRESS = /new URL\("(\.[^"]*\.ts)", import\.meta\.url\)/g;

export const BUNDLING = {
  // What Node takes of it asks for its parts in a way that no bundler follows.
  alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
  bundle: true,
  write: false,
  platform: "node",
  target: "node26",
  legalComments: "none",
  logLevel: "silent",
} as const satisfies BuildOptions;

export interface Reading {
  root: string;
  /** Hears of each source that is read. */
  read?(path: string): void;
  /** The expression that names the thread to whoever starts it. */
  thread(name: string): string;
  /** The source at the path where it asks for its own place. */
  placed(text: string, path: string): string;
}

/** Reads the sources, and lets those that start threads find them in the bundle. */
export function sources({ root, read, thread, placed }: Reading): Plugin {
  const threads = new Map(Object.entries(THREADS).map(([name, file]) => [join(root, file), name]));
  return {
    name: "sources",
    setup({ onLoad }) {
      onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
        if (path.includes("/node_modules/")) return undefined;
        read?.(path);
        const text = readFileSync(path, "utf8");
        const loader = path.endsWith("x") ? "tsx" : "ts";
        if (!text.includes("import.meta")) return { contents: text, loader };
        const addressed = text.replaceAll(ADDRESS, (_, address: string) => {
          const name = threads.get(join(dirname(path), address));
          if (!name) throw new Error(`${path} starts ${address}, which is no part of the bundle`);
          return thread(name);
        });
        return { contents: placed(addressed, path), loader };
      });
    },
  };
}
