// Whether every console block of the documentation shows what its commands show at a terminal.
//
// `WRITE=1 npm test -- console-blocks` writes what they show now into the blocks. A block that cannot
// run here has the line `<!-- not run: why -->` before it.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../house/sources.ts";
import { type Cleanup, spawnDaemon, tempHome } from "../support/daemon.ts";
import { noTerminal, screenOf, shellAtTerminal } from "../support/terminal.ts";

const PAGES = [
  "README.md",
  ...["docs", "examples"].flatMap((folder) =>
    readdirSync(join(root, folder)).filter((name) => name.endsWith(".md")).map((name) =>
      `${folder}/${name}`
    )
  ),
];
const BLOCK = /^(?:<!-- not run: (.+) -->\n)?```console\n([^]*?)^```$/gm;
const PROMPT = /^(Value|Passphrase|New passphrase|The same) .*:$/;

describe("console blocks", { skip: noTerminal }, () => {
  for (const page of PAGES) {
    const text = readFileSync(join(root, page), "utf8");
    const blocks = [...text.matchAll(BLOCK)].filter(([, unrun]) => unrun === undefined);
    assert.equal(
      [...text.matchAll(BLOCK)].length,
      text.match(/^ *```console/gm)?.length ?? 0,
      `${page}: blocks begin at the margin`,
    );
    if (blocks.length === 0) continue;
    test(page, async (t) => {
      const place = await newcomer(t);
      let written = text;
      for (const [, , block] of blocks) {
        let now = "";
        for (const { command, expected } of commandsOf(block!)) {
          const lines = await shown(t, { ...place, command, expected });
          now += [`$ ${command}`, ...lines].map((line) => `${line}\n`).join("");
        }
        if (process.env.WRITE) written = written.replace(block!, () => now);
        else assert.deepEqual(alike(now), alike(block!), page);
      }
      if (process.env.WRITE) writeFileSync(join(root, page), written);
    });
  }
});

function commandsOf(block: string): { command: string; expected: string[] }[] {
  return block.split(/^\$ /m).slice(1).map((part) => {
    const [command, ...expected] = part.trimEnd().split("\n");
    return { command: command!, expected };
  });
}

interface Place {
  cwd: string;
  env: Record<string, string>;
}

/** Where somebody is who has a checkout, the workflow of the README in a file, and a daemon. */
async function newcomer(t: Cleanup): Promise<Place> {
  const cwd = tempHome(t);
  const user = join(cwd, "user");
  for (const dir of ["path", "user/.ssh"]) mkdirSync(join(cwd, dir), { recursive: true });
  for (const name of ["LICENSE", "package-lock.json", "examples"]) {
    cpSync(join(root, name), join(cwd, name), { recursive: true });
  }
  symlinkSync(join(root, "bin"), join(cwd, "bin"));
  symlinkSync(process.execPath, join(cwd, "path", "node"));
  symlinkSync(join(root, "bin/opcode.mjs"), join(cwd, "path", "opcode"));
  writeFileSync(join(user, ".ssh/deploy"), "a key\n");
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, workflow] = /^```json\n(\{\n {2}"name": "checksum"[^]*?)^```$/m.exec(readme)!;
  writeFileSync(join(cwd, "checksum.json"), workflow!);
  const daemon = await spawnDaemon(t, { env: { OPCODE_VAULT_KEY: "a long passphrase" } });
  return {
    cwd,
    env: {
      HOME: user,
      OPCODE_HOME: daemon.home,
      PATH: `${join(cwd, "path")}:/usr/bin:/bin`,
    },
  };
}

/** What the command shows at a terminal, line by line, its prompts answered. */
async function shown(
  t: Cleanup,
  { cwd, env, command, expected }: Place & { command: string; expected: string[] },
): Promise<string[]> {
  const terminal = shellAtTerminal(t, command, { cwd, env });
  for (const prompt of expected.filter((line) => PROMPT.test(line))) {
    await terminal.sees(prompt);
    terminal.type("a value\r");
  }
  await terminal.ends();
  const lines = screenOf(terminal.shown).map((line) =>
    line.replaceAll(env.HOME!, "…").replaceAll(cwd, "…").trimEnd()
  );
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Without what differs from run to run: ids, times, how long paths are, and what follows of it. */
function alike(text: string): string[] {
  const ids: string[] = [];
  const nameOf = (id: string) => {
    const beginning = id.replace("…", "");
    const known = ids.findIndex((one) => one.startsWith(beginning));
    return `ID-${known < 0 ? ids.push(id) : known + 1}`;
  };
  // A last column that was wrapped goes on below itself.
  return text.trimEnd().replaceAll(/\n {10,}/g, " ").split("\n").map((line) =>
    line.trimEnd()
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+…?/g, nameOf)
      .replaceAll(/(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d/g, "TIME")
      .replaceAll(/\b\d+ ms\b/g, "N ms")
      .replaceAll(/^(.* (?:completed|failed)) +\d+ +/g, "$1  N  ")
      .replaceAll(/"size": \d{3,}/g, '"size": N')
      .replaceAll(/ {2,}/g, "  ")
  );
}
