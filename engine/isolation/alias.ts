// A name of ours for a program of the system: what it says under it can be told from what any other says.

import { randomUUID } from "node:crypto";
import { lstatSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

export class Alias {
  /** The absolute path of the program. */
  readonly target: string;
  #path = "";

  constructor(target: string) {
    this.target = target;
  }

  /** Its absolute path; made anew where somebody has cleared it away. */
  path(): string {
    if (this.#path === "" || !lstatSync(this.#path, { throwIfNoEntry: false })) this.#make();
    return this.#path;
  }

  name(): string {
    return basename(this.path());
  }

  #make(): void {
    // `env` would take it for a variable.
    const place = tmpdir().includes("=") ? "/tmp" : tmpdir();
    const dir = mkdtempSync(join(place, "opcode-name-"));
    process.once("exit", () => {
      try {
        rmSync(dir, { recursive: true, force: true });
      } catch {
        // What stays is a link; what this would throw would keep what else is to be done at the end
        // from being done, and be the exit code.
      }
    });
    this.#path = join(dir, `opcode-${randomUUID()}`);
    symlinkSync(this.target, this.#path);
  }
}
