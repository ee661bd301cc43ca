// How a script installs a folder of packages that only some tests need, and says why it could not.

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureModules } from "./modules.mjs";
import { SetupError } from "./setup-error.mjs";

/** `name`: of the folder in the project. Returns its path; the exit code tells of a failure. */
export async function installFolder(name) {
  const folder = resolve(dirname(fileURLToPath(import.meta.url)), "../..", name);
  try {
    await ensureModules(folder);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    for (const line of error.message.split("\n")) console.error(`error: ${line}`);
    process.exitCode = 1;
  }
  return folder;
}
