// How the database's package finds its native part in the binary: not among packages, of which there are none.

import type { Plugin } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What its own loader begins and ends with; between these nothing else is. */
const LOADER =
  /const \{ load, currentTarget \} = require\("@neon-rs\/load"\);\nconst \{ familySync, GLIBC, MUSL \} = require\("detect-libc"\);\n\nfunction requireNative\(\) \{\n {2}if \(process\.env\.LIBSQL_JS_DEV\) \{[^]*?\n {2}return require\(`@libsql\/\$\{target\}`\);\n\}\n/;

/** Replaces the loader; throws when the package has another one than it had. */
export function nativeLibsql(root: string): Plugin {
  return {
    name: "native libsql",
    setup({ onLoad }) {
      onLoad({ filter: /\/node_modules\/libsql\/index\.js$/ }, ({ path }) => {
        const contents = withOurLoader(readFileSync(path, "utf8"), root);
        return { contents, loader: "js" };
      });
    },
  };
}

/** The text of the package's module with our loader in it. */
export function withOurLoader(text: string, root: string): string {
  const addon = JSON.stringify(join(root, "engine/store/libsql/addon.ts"));
  const ours = `function requireNative() {\n  return require(${addon}).loadAddon();\n}\n`;
  const replaced = text.replace(LOADER, () => ours);
  if (replaced === text || /@neon-rs|detect-libc|@libsql\//.test(replaced)) {
    throw new Error(
      "libsql loads its native part in another way than it did: look at its index.js, and mend " +
        "scripts/build/native-libsql.ts",
    );
  }
  return replaced;
}
