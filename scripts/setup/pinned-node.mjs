// Where the Node of this project is, and what its machine lacks to start it.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { existsSync } from "node:fs";
import { installModules } from "./modules.mjs";
import { SetupError } from "./setup-error.mjs";

const LIBATOMIC = "libatomic.so.1";

/** The package with libatomic.so.1, by the package manager that has it. */
const LIBATOMIC_PACKAGES = {
  "apt-get": "libatomic1",
  dnf: "libatomic",
  zypper: "libatomic1",
  pacman: "gcc-libs",
};

/** The path of a Node of the pinned version that starts; throws SetupError saying what to do. */
export async function ensurePinnedNode(root) {
  const { name, version } = pinned(root);
  const node = join(root, "node_modules", name, "bin", "node");
  // npm forgives itself an optional package that it could not fetch.
  if (!existsSync(node)) await installModules(root);
  let failure = tryNode(node, version);
  if (failure?.includes(LIBATOMIC)) {
    installLibatomic(version);
    failure = tryNode(node, version);
  }
  if (failure !== undefined) throw new SetupError(`Node ${version} does not start here: ${failure}`);
  return node;
}

function pinned(root) {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const platform = `${process.platform}-${process.arch}`;
  const found = Object.entries(optionalDependencies).find(([name]) => name.endsWith(`-${platform}`));
  if (found) return { name: found[0], version: found[1] };
  throw new SetupError(`opcode runs on Linux and macOS, x64 and arm64; this is ${platform}`);
}

/** What is wrong with it, or undefined when it answers with its version. */
function tryNode(node, version) {
  const { stdout, stderr, error } = spawnSync(node, ["--version"], { encoding: "utf8" });
  if (stdout?.trim() === `v${version}`) return undefined;
  return error?.message ?? (stderr.trim() || `it says it is ${stdout.trim()}`);
}

function installLibatomic(version) {
  const manager = Object.keys(LIBATOMIC_PACKAGES).find(inPath);
  const wanted = manager ? LIBATOMIC_PACKAGES[manager] : LIBATOMIC;
  if (manager === "apt-get" && process.getuid() === 0) {
    console.error(`Installing ${wanted}, which Node ${version} needs (apt-get install)…`);
    const apt = (...args) => {
      const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
      return spawnSync("apt-get", ["-qq", ...args], { env, stdio: ["ignore", 2, 2] }).status === 0;
    };
    const install = ["install", "-y", "--no-install-recommends", wanted];
    // A slim image has no package lists until the first update.
    if (apt("update") && apt(...install)) return;
  }
  const verb = manager === "pacman" ? "-S" : "install";
  throw new SetupError(
    `Node ${version} needs ${LIBATOMIC}, which this machine lacks. ` +
      (manager
        ? `Install it, then try again:\n  sudo ${manager} ${verb} ${wanted}`
        : "Install the package of your system that has it, then try again."),
  );
}

function inPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) =>
    folder !== "" && existsSync(join(folder, command))
  );
}
