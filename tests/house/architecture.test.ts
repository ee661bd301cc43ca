// Whether the page that says where things go names places that are there, and those that are to come as such.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/architecture.md"), "utf8");

/** Paths in backticks, from the root of the repository, and whether each is told to be missing. */
const places = [
  ...page.matchAll(
    /`((?:actions|cli|core|embed|engine|panel|server|tests)\/[\w./-]*)`( \(not there yet)?/g,
  ),
]
  .map(([, path, missing]) => ({ path: path!, isThere: missing === undefined }));

test("every place that is named is there, and what is not there yet is not", () => {
  assert.ok(places.length > 30, `${places.length} places`);
  const told = new Map<string, boolean>();
  for (const { path, isThere } of places) told.set(path, (told.get(path) ?? true) && isThere);
  const wrong = [...told].filter(([path, isThere]) => existsSync(join(root, path)) !== isThere);
  assert.deepEqual(wrong, []);
});
