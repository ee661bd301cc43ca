// Whether every row of the table of quirks names a test that is there, or says why it has none.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./sources.ts";

const LATER = ["panel and schedules", "installation"];

interface Row {
  section: string;
  quirk: string;
  proof: string;
}

function rows(): Row[] {
  const text = readFileSync(join(root, "tests/quirks.md"), "utf8");
  const isRow = (line: string) => line.startsWith("|") && !/^\| about \||^\|---/.test(line);
  const lines = text.split("\n").filter(isRow);
  return lines.map((line) => {
    // A `|` inside a cell is written `\|`.
    const cells = line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
    assert.equal(cells.length, 3, `not three cells: ${line}`);
    const [section, quirk, proof] = cells.map((cell) => cell.replaceAll("\\|", "|"));
    return { section: section!, quirk: quirk!, proof: proof! };
  });
}

/** Whether the source has this test, by its whole name or by one made from a template. */
function hasTest(source: string, name: string): boolean {
  if (['"', "'", "`"].some((quote) => source.includes(`${quote}${name}${quote}`))) return true;
  // A name that is read from a table as a whole.
  const read = /^\$\{([\w.]+)\}$/.exec(name);
  if (read) return source.includes(`test(${read[1]},`);
  const templates = source.matchAll(/\btest\(\s*`([^`]*\$\{[^`]*)`/g);
  return [...templates].some(([, template]) => {
    const parts = template!.split(/\$\{[^}]*\}/).map((part) =>
      part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    );
    const made = new RegExp(`^${parts.join("(.+)")}$`).exec(name);
    return made?.slice(1).every((part) => source.includes(part)) ?? false;
  });
}

test("every quirk has its test, its reason, or its time", () => {
  const sources = new Map<string, string>();
  for (const { section, quirk, proof } of rows()) {
    const where = `${section}: ${quirk}`;
    const later = /^later: (.+)$/.exec(proof);
    if (later) {
      assert.ok(LATER.includes(later[1]!), `${where}: ${proof}`);
      continue;
    }
    if (/^n\/a: .{10,}/.test(proof)) continue;
    for (const one of proof.split(" ; ")) {
      const named = /^(tests\/\S+\.ts) › (.+)$/.exec(one);
      assert.ok(named, `${where}: "${one}" names no test`);
      const [, file, name] = named;
      if (!sources.has(file!)) sources.set(file!, readFileSync(join(root, file!), "utf8"));
      const found = hasTest(sources.get(file!)!, name!);
      assert.ok(found, `${where}: ${file} has no test "${name}"`);
    }
  }
});

test("the table covers each section it is about", () => {
  const sections = rows().map(({ section }) => section);
  for (const section of ["1", "2", "3", "4", "6", "7", "8", "9", "10", "11", "12", "13.1"]) {
    const of = (name: string) =>
      name === `actions §${section}` || name.startsWith(`actions §${section}.`);
    assert.ok(sections.some(of), `no row of actions §${section}`);
  }
  for (let section = 1; section <= 18; section++) {
    const of = (name: string) =>
      name === `engine §${section}` || name.startsWith(`engine §${section}.`);
    assert.ok(sections.some(of), `no row of engine §${section}`);
  }
  for (const section of ["1", "2", "3", "4", "5", "7"]) {
    assert.ok(
      sections.some((name) => name.startsWith(`mcp §${section}`)),
      `no row of mcp §${section}`,
    );
  }
});
