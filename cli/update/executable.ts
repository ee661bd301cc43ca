// Which file an update would replace, and whether it is ours to replace.

import { spawnSync } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { IS_BINARY } from "../../core/embedded.ts";

/** Those that know which package a file belongs to, and how their packages are updated. */
const MANAGERS = [
  { ask: ["dpkg", "-S"], owner: /^([^:\s]+)[^\n]*: /, command: "apt-get install --only-upgrade" },
  { ask: ["rpm", "-qf", "--qf", "%{NAME}\n"], owner: /^(\S+)$/m, command: "dnf upgrade" },
  { ask: ["pacman", "-Qqo"], owner: /^(\S+)$/m, command: "pacman -Syu" },
  { ask: ["apk", "info", "-qW"], owner: /^(\S+)$/m, command: "apk upgrade" },
] as const;

/** Those that are told by where they put files. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/\/node_modules\//, "npm install -g opcode@latest"],
  [/\/(?:Cellar|homebrew|linuxbrew)\//, "brew upgrade opcode"],
  [/^\/nix\/store\//, "nix profile upgrade opcode"],
  [/^\/snap\//, "snap refresh opcode"],
];

/** The file itself, behind links. An Error says who else keeps it, and how it is updated then. */
export function ownExecutable(): string {
  if (!IS_BINARY) {
    throw new Error(
      "this is a checkout: git pull && npm ci updates it; a binary of a release updates itself",
    );
  }
  const file = realpathSync(process.execPath);
  const command = ownerOf(file);
  if (command !== undefined) {
    throw new Error(`${file} belongs to a package manager, which updates it: ${command}`);
  }
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    throw new Error(
      `${dirname(file)} cannot be written by this user: update as the one who installed ${file}, ` +
        "or install another with install.sh",
    );
  }
  return file;
}

/** The command of the package manager that owns the file; undefined when none does. */
export function ownerOf(file: string): string | undefined {
  const place = PLACES.find(([pattern]) => pattern.test(file));
  if (place) return place[1];
  for (const { ask: [program, ...words], owner, command } of MANAGERS) {
    const { status, stdout } = spawnSync(program, [...words, file], {
      encoding: "utf8",
      timeout: 10_000,
      env: { ...process.env, LC_ALL: "C" },
    });
    const name = status === 0 ? owner.exec(stdout)?.[1] : undefined;
    if (name !== undefined) return `${command} ${name}`;
  }
}
