// Where a test keeps its files: a directory of its own that goes away with it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A fresh directory, removed when the test is over. */
export function scratch(test: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "opcode-test-"));
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
