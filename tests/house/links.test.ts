// Whether every link of the documentation into this repository leads to a file, and to a heading of it.

import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root } from "./sources.ts";

const PAGES = ["README.md", ...globSync("docs/*.md", { cwd: root })];

test("every link leads to a file that is there, and to a heading in it", () => {
  const dead = PAGES.flatMap((page) =>
    linksOf(page).filter((link) => !leads(page, link)).map((link) => `${page}: ${link}`)
  );
  assert.deepEqual(dead, []);
  assert.ok(PAGES.flatMap(linksOf).filter((link) => link.includes("#")).length > 20);
});

/** What stands in no block of code. */
function prose(page: string): string {
  return readFileSync(join(root, page), "utf8").replace(/^```[^]*?^```/gm, "");
}

function linksOf(page: string): string[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!)
    .filter((link) => !/^[a-z]+:/.test(link));
}

function leads(page: string, link: string): boolean {
  const [path, heading] = link.split("#");
  const file = path === "" ? page : join(dirname(page), path!);
  if (!existsSync(join(root, file))) return false;
  return heading === undefined || !file.endsWith(".md") || headings(file).includes(heading);
}

/** As GitHub names them. */
function headings(page: string): string[] {
  return [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    text!.trim().toLowerCase().replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replace(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-")
  );
}
