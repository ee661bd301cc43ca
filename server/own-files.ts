// Which files are the daemon's own: no action reads, makes, replaces or removes them.

import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { BACKUPS_DIRECTORY, LAST_BACKUP_FILE } from "./last-backup.ts";
import { SESSION_KEY_FILE } from "./session-key.ts";
import { VAULT_KEY_FILE } from "./settings/vault-key.ts";
import type { StorePlace } from "../engine/store/place.ts";

/** What is noted of running programs. */
export const PROGRAMS_FILE = "programs";

/** Where an installation keeps the token that it has made. */
export const AUTH_TOKEN_FILE = "auth-token";

/** In the data directory, beside the database: the settings may hold the token. */
const HOME_FILES = [
  "settings.json",
  "opcode.pid",
  "daemon.json",
  "daemon.log",
  LAST_BACKUP_FILE,
  AUTH_TOKEN_FILE,
  VAULT_KEY_FILE,
  SESSION_KEY_FILE,
  PROGRAMS_FILE,
];

export interface OwnFiles {
  isProtected(file: Inode): boolean;
  protectedNames: {
    has(entry: Inode & { name: string }): boolean;
    leadsThrough(path: string): boolean;
  };
}

interface Inode {
  dev: bigint;
  ino: bigint;
}

/**
 * What actions' `Host` asks about the daemon's own files. The directories must exist. Settings, pidfile and
 * the like are written anew under their names, so their inodes are looked up each time.
 */
export function createOwnFiles(
  { home, place, keyFiles }: {
    home: string;
    place: StorePlace;
    /** Files with the vault's key or the token. */
    keyFiles: readonly (string | undefined)[];
  },
): OwnFiles {
  const named = HOME_FILES.map((name) => join(realpathSync(home), name));
  // What a process loads as its own code.
  named.push(...place.needed.map((file) => realpathSync(file)));
  // By the name it was given and where that leads: mounted secrets are links. It may be gone by now.
  for (const path of keyFiles) if (path && existsSync(path)) named.push(path, realpathSync(path));
  const files = [...named, ...place.files()];
  const names = new Set(files.map((path) => entryKey(identify(dirname(path))!, basename(path))));
  const way = new Set([home, ...files].flatMap(wayTo));
  const isStore = place.ownCheck();
  const backups = join(realpathSync(home), BACKUPS_DIRECTORY);
  return {
    isProtected: (file) =>
      isStore(file) || [...named, ...filesIn(backups)].some((path) => {
        const ours = identify(path);
        return ours !== undefined && ours.ino === file.ino && ours.dev === file.dev;
      }),
    protectedNames: {
      has: ({ name, ...directory }) => names.has(entryKey(directory, name)),
      leadsThrough: (path) => way.has(path),
    },
  };
}

/** Copies of all data, which come and go. */
function filesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
}

function identify(path: string) {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Some file systems find a file under other spellings of its name, so they all count. */
function entryKey({ dev, ino }: Inode, name: string): string {
  return `${dev}:${ino}:${name.normalize("NFC").toLowerCase()}`;
}

/** Each directory and link that is passed on the way to a path, where it really is. */
function wayTo(path: string): string[] {
  const steps: string[] = [];
  for (let at = resolve(path); dirname(at) !== at; at = dirname(at)) {
    steps.push(join(realpathSync(dirname(at)), basename(at)));
  }
  return steps;
}
