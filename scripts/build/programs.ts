// How the sources become the programs that the binary carries, each a text of its own.

import { build, type BuildOptions } from "esbuild";
import { relative } from "node:path";
import { BUNDLING, sources, THREADS } from "../bundling.ts";
import { nativeLibsql } from "./native-libsql.ts";

/** What the binary starts with, the program, its threads, and what they start with. */
const PROGRAMS = {
  binary: "cli/binary.ts",
  main: "cli/main.ts",
  thread: "core/embedded-thread.ts",
  ...THREADS,
};

export type ProgramName = keyof typeof PROGRAMS;

/** Sources that ask where they stand, and do without an answer in the binary. */
const ASKING = [
  "cli/called.ts",
  "cli/compile-cache.ts",
  "cli/panel/build.ts",
  "cli/version.ts",
  "embed/diagram/assets.ts",
];

/** What is compiled in beside the sources. */
export interface Compiled {
  version: string;
  /** Whose signatures `opcode update` takes, as cli/release/keys.ts writes them; the signer is the first. */
  releaseKeys: readonly string[];
}

/** The same texts for the same sources, packages, version and keys, wherever the checkout is. */
export async function buildPrograms(
  root: string,
  { version, releaseKeys }: Compiled,
): Promise<Record<ProgramName, string>> {
  const options: BuildOptions = {
    ...BUNDLING,
    absWorkingDir: root,
    // One file that is loaded whole: as ES modules it starts twice as slowly.
    format: "cjs",
    // Names stay, for traces.
    minifyWhitespace: true,
    minifySyntax: true,
    define: {
      __OPCODE_VERSION__: JSON.stringify(version),
      __OPCODE_RELEASE_KEYS__: JSON.stringify(releaseKeys.join(",")),
    },
    // A program beside its own, for which a binary has no use.
    external: ["esbuild"],
    plugins: [
      nativeLibsql(root),
      sources({
        root,
        thread: (name) => `({ embedded: ${JSON.stringify(name)} })`,
        placed: (text, path) => refuseAsking(text, relative(root, path)),
      }),
    ],
  };
  const texts = Object.entries(PROGRAMS).map(async ([name, entry]) => {
    const { outputFiles } = await build({ ...options, entryPoints: [entry] });
    return [name, outputFiles![0]!.text] as const;
  });
  return Object.fromEntries(await Promise.all(texts)) as Record<ProgramName, string>;
}

function refuseAsking(text: string, file: string): string {
  if (text.includes("import.meta") && !ASKING.includes(file)) {
    throw new Error(
      `${file} asks where it stands, and in the binary that is nowhere: give it another way there ` +
        "(core/embedded.ts), and name it in scripts/build/programs.ts",
    );
  }
  return text;
}
