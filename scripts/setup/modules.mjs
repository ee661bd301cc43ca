// Whether node_modules is what package-lock.json says, and `npm ci` when it is not.

import { spawn } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { withLock } from "./lock.mjs";
import { SetupError } from "./setup-error.mjs";

/** Installs the dependencies unless they are there; of several processes at once one does it. */
export async function ensureModules(root) {
  if (modulesAreFresh(root)) return;
  await withLock(join(root, ".setup.lock"), async () => {
    if (!modulesAreFresh(root)) await installModules(root);
  });
}

/** Throws SetupError when npm cannot be found or fails. */
export async function installModules(root) {
  console.error("Installing the dependencies (npm ci)…");
  const [command, ...before] = findNpm();
  // No dependency needs its install script, and while node_modules changes none could rely on the
  // `node` that npm puts first in its PATH.
  const flags = ["--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund"];
  const code = await new Promise((resolve, reject) => {
    const child = spawn(command, [...before, "ci", ...flags], {
      cwd: root,
      env: withoutOuterNpm(process.env),
      // Standard output belongs to the script that runs afterwards.
      stdio: ["ignore", 2, 2],
    });
    child.on("error", (error) => reject(new SetupError(`cannot start npm: ${error.message}`)));
    child.on("exit", resolve);
  });
  if (code !== 0) throw new SetupError(`npm ci failed in ${root} (its messages stand above)`);
}

/**
 * Compares the lock file with the one npm leaves in node_modules. Contents, not dates: a checkout
 * changes dates, and an install by hand counts. Packages for other platforms may be missing.
 */
function modulesAreFresh(root) {
  const wanted = readPackages(join(root, "package-lock.json"));
  const present = readPackages(join(root, "node_modules", ".package-lock.json"));
  if (!wanted || !present) return false;
  const identity = (entry) => entry && `${entry.version} ${entry.integrity}`;
  return Object.entries(wanted).every(([path, entry]) =>
    path === "" || (present[path] === undefined && entry.optional === true) ||
    identity(present[path]) === identity(entry)
  );
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/**
 * npm as a command and its first arguments, run by the Node that runs this: npm's own first line
 * asks the PATH for a `node`, and inside `npm test` that is the one about to be replaced.
 */
function findNpm() {
  const outer = process.env.npm_execpath;
  if (outer && /[\\/]npm-cli\.c?js$/.test(outer) && existsSync(outer)) {
    return [process.execPath, outer];
  }
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const candidate = join(folder, "npm");
    if (!existsSync(candidate)) continue;
    const real = realpathSync(candidate);
    return /\.c?js$/.test(real) ? [process.execPath, real] : [candidate];
  }
  throw new SetupError("npm is not in the PATH: install Node.js with npm, version 18 or newer");
}

/** The environment without what an outer npm command says about *what* to install and *where*. */
function withoutOuterNpm(env) {
  const kept = { ...env };
  for (const name of Object.keys(kept)) {
    const outer =
      /^npm_(package|lifecycle|command|execpath|node_execpath)|^npm_config_(global|location|prefix|local_prefix|omit|include|only|also|production|dry_run|package_lock|workspace|save|engine_strict|strict|before|min_release_age|install_|legacy_|os$|cpu$|libc$|force)/i;
    if (outer.test(name)) delete kept[name];
  }
  return kept;
}
