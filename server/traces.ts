// What a start makes in the file system, so that one that fails leaves nothing that was not there.

import { lstatSync, rmdirSync, rmSync } from "node:fs";
import { makeDirectory } from "./directories.ts";

export class Traces {
  readonly #directories: string[] = [];
  readonly #files: string[] = [];

  /** Creates what is missing of the path; fails as `makeDirectory` does. */
  makeDirectory(path: string, setting: string): void {
    makeDirectory(path, setting, (made) => this.#directories.push(made));
  }

  /** Takes those of the files that are not there yet for what the start will have made. */
  expect(paths: Iterable<string>): void {
    for (const path of paths) {
      if (!lstatSync(path, { throwIfNoEntry: false })) this.#files.push(path);
    }
  }

  /** This file was made by the start. */
  made(path: string): void {
    this.#files.push(path);
  }

  /** It has not failed: nothing is taken away. */
  keep(): void {
    this.#files.length = this.#directories.length = 0;
  }

  /** While the lock is held: whoever has it next may have made files of these names. */
  removeFiles(): void {
    for (const path of this.#files) rmSync(path, { force: true });
  }

  /** Once it is released, which removes SQLite's last file; one that somebody else uses stays. */
  removeDirectories(): void {
    for (const path of this.#directories.toReversed()) {
      try {
        rmdirSync(path);
      } catch {
        return;
      }
    }
  }
}
