// Where the Node of this project is, and what its machine lacks to start it.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { SetupError } from "./setup-error.mjs";

const LIBATOMIC = "libatomic.so.1";

/** How to install the package that holds libatomic.so.1, by the package manager in the PATH. */
const LIBATOMIC_INSTALL = {
  "apt-get": ["apt-get", "install", "-y", "--no-install-recommends", "libatomic1"],
  dnf: ["dnf", "install", "libatomic"],
  zypper: ["zypper", "install", "libatomic1"],
  pacman: ["pacman", "-S", "gcc-libs"],
};

/** The Node that package.json pins for this platform: its version, and its path when installed. */
export function pinnedNode(root) {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const platform = `${process.platform}-${process.arch}`;
  const name = Object.keys(optionalDependencies).find((name) => name.endsWith(`-${platform}`));
  if (name === undefined) {
    throw new SetupError(`opcode runs on Linux and macOS, x64 and arm64; this is ${platform}`);
  }
  return {
    version: optionalDependencies[name],
    path: join(root, "node_modules", name, "bin", "node"),
  };
}

/** The path of the pinned Node once it starts; throws SetupError saying what to install. */
export function ensurePinnedNode(root) {
  const node = pinnedNode(root);
  let failure = tryNode(node);
  if (failure?.includes(LIBATOMIC)) {
    installLibatomic(node);
    failure = tryNode(node);
  }
  if (failure === undefined) return node.path;
  throw new SetupError(`Node ${node.version} does not start on this machine: ${failure}`);
}

/** What is wrong with it, or undefined when it answers with its version. */
function tryNode({ path, version }) {
  if (!existsSync(path)) return `npm did not install ${path}`;
  const { stdout, stderr, error } = spawnSync(path, ["--version"], { encoding: "utf8" });
  if (stdout?.trim() === `v${version}`) return undefined;
  return error?.message ?? (stderr.trim() || `it says that it is ${stdout.trim()}`);
}

function installLibatomic({ version }) {
  const manager = Object.keys(LIBATOMIC_INSTALL).find(inPath);
  const install = LIBATOMIC_INSTALL[manager];
  if (manager === "apt-get" && process.getuid() === 0) {
    console.error(`Installing libatomic1, which Node ${version} needs (apt-get)…`);
    // A slim image has no package lists before its first update.
    if (apt("update") && apt(...install.slice(1))) return;
  }
  throw new SetupError(
    `Node ${version} needs ${LIBATOMIC}, which this machine lacks. Install it, then try again` +
      (install ? `:\n  sudo ${install.join(" ")}` : "."),
  );
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", ["-qq", ...args], { env, stdio: ["ignore", 2, 2] }).status === 0;
}

function inPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) =>
    folder !== "" && existsSync(join(folder, command))
  );
}
