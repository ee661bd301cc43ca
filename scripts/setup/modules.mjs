// Whether node_modules is what package-lock.json says, and `npm ci` when it is not.

import { spawn } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { withLock } from "./lock.mjs";
import { SetupError } from "./setup-error.mjs";

/**
 * Installs the dependencies of a folder unless they are there, all that `complete` asks for among
 * them; of several processes at once one does it. Throws SetupError when npm cannot be found or fails.
 */
export async function ensureModules(root, complete = () => true) {
  const fresh = () => modulesAreFresh(root) && complete();
  if (fresh()) return;
  await withLock(join(root, ".setup.lock"), async () => {
    if (!fresh()) await installModules(root);
  });
}

/**
 * Compares the lock file with the one npm leaves in node_modules. Contents, not dates: a checkout
 * changes dates, and an install by hand counts. npm forgives itself an optional package that it
 * could not fetch, and so does this: most are for other platforms.
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

async function installModules(root) {
  console.error(`Installing the dependencies in ${root} (npm ci)…`);
  const [command, ...before] = findNpm();
  const flags = [
    // No dependency needs its install script, and scripts would run with whatever `node` is in
    // node_modules/.bin: one that may not start yet.
    "--ignore-scripts",
    "--include=dev",
    "--include=optional",
    "--no-audit",
    "--no-fund",
    // That some packages want a newer Node than the one that runs npm is what the pinned one is for.
    "--loglevel=error",
  ];
  const code = await new Promise((resolve, reject) => {
    const child = spawn(command, [...before, "ci", ...flags], {
      cwd: root,
      env: withoutOuterNpm(process.env),
      // Standard output belongs to the script that runs afterwards.
      stdio: ["ignore", 2, 2],
    });
    child.on("error", (error) => reject(new SetupError(`cannot start npm: ${error.message}`)));
    child.on("close", resolve);
  });
  if (code !== 0) throw new SetupError(`npm ci failed in ${root}; its messages stand above`);
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
    if (folder === "" || !existsSync(candidate)) continue;
    const real = realpathSync(candidate);
    return /\.c?js$/.test(real) ? [process.execPath, real] : [candidate];
  }
  throw new SetupError("npm is not in the PATH: install Node.js 18 or newer, with npm");
}

/** What an outer npm command says about itself, and about what to install and where. */
const OUTER_NPM = new RegExp(
  "^npm_(package_|lifecycle_|command$|execpath$|node_execpath$)|^npm_config_(" +
    "global|location|prefix|local_prefix|workspace|omit|include|only|also|production|dry_run|" +
    "package_lock|install_|legacy_|strict_peer|engine_strict|os$|cpu$|libc$)",
  "i",
);

function withoutOuterNpm(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OUTER_NPM.test(name)));
}
