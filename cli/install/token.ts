// How an installation gives the daemon a token: in a file of its own, for the user alone.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory } from "../../server/directories.ts";
import { replaceFile } from "../../server/home-files.ts";
import { AUTH_TOKEN_FILE } from "../../server/own-files.ts";
import { newToken } from "../new-token.ts";

export interface TokenFile {
  file: string;
  /** Takes it away again, if it was not there before. */
  undo(): void;
}

/** The file with the token, made if there is none. StartError where it cannot be written. */
export function tokenFile(home: string): TokenFile {
  const file = join(home, AUTH_TOKEN_FILE);
  if (existsSync(file)) return { file, undo: () => {} };
  makeDirectory(home, "OPCODE_HOME");
  replaceFile(file, `${newToken("ocd")}\n`);
  return { file, undo: () => rmSync(file, { force: true }) };
}
