// What systemd is told: a unit that it takes for one, and the commands of each verb.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Ask } from "../../../cli/service/command.ts";
import { systemd } from "../../../cli/service/systemd.ts";
import { unitText } from "../../../cli/service/systemd-unit.ts";
import { scratch } from "../../support/scratch.ts";

const noAnalyzer = spawnSync("systemd-analyze", ["--version"]).error !== undefined &&
  "systemd-analyze is not installed";

for (const ofSystem of [false, true]) {
  test(
    `the unit ${
      ofSystem ? "of the machine" : "of a user"
    } is one that systemd takes without a word`,
    {
      skip: noAnalyzer,
    },
    (t) => {
      const file = join(scratch(t), "opcode.service");
      writeFileSync(
        file,
        unitText({
          home: '/tmp/a "b" 100%',
          command: [process.execPath, "/tmp/$HOME/opcode.mjs", "serve"],
          path: "/usr/bin:/bin",
          ofSystem,
        }),
      );
      const { status, stdout, stderr } = spawnSync(
        "systemd-analyze",
        ["verify", "--man=no", ...(ofSystem ? [] : ["--user"]), file],
        {
          encoding: "utf8",
          env: {
            ...process.env,
            HOME: scratch(t),
            XDG_RUNTIME_DIR: scratch(t),
            XDG_CONFIG_HOME: scratch(t),
          },
        },
      );
      assert.deepEqual([status, ofOpcode(stdout), ofOpcode(stderr)], [0, [], []]);
    },
  );
}

/** What is said about our unit, and not about others that happen to be installed. */
function ofOpcode(said: string): string[] {
  return said.split("\n").filter((line) => /opcode|Unknown|Failed/.test(line));
}

test(
  "a unit with a fault is refused by it: the check above can fail",
  { skip: noAnalyzer },
  (t) => {
    const file = join(scratch(t), "opcode.service");
    const text = unitText({ home: "/tmp", command: ["serve"], path: "", ofSystem: false });
    writeFileSync(file, text.replace("Restart=on-failure", "Restart=perhaps"));
    const env = { ...process.env, HOME: scratch(t), XDG_RUNTIME_DIR: scratch(t) };
    const { stderr } = spawnSync("systemd-analyze", ["verify", "--user", file], {
      encoding: "utf8",
      env,
    });
    assert.match(stderr, /perhaps/);
  },
);

test("nothing in a path or program is anything but itself to systemd", () => {
  const text = unitText({
    home: 'a"b\\c%h',
    command: ["/x y/$Z", "%n"],
    path: "/p",
    ofSystem: false,
  });
  assert.match(text, /^ExecStart="\/x y\/\$\$Z" "%%n"$/m);
  assert.match(text, /^Environment="OPCODE_HOME=a\\"b\\\\c%%h" "PATH=\/p"$/m);
});

test("installing writes the unit and has it heeded; taking it away leaves nothing", async (t) => {
  const folder = join(scratch(t), "units");
  const said: string[] = [];
  const asking: Ask = (command) => {
    said.push(command.filter((word) => word !== "env" && !word.startsWith("XDG_")).join(" "));
    return Promise.resolve({ code: 0, stdout: "", stderr: "" });
  };
  const home = join(scratch(t), "data");
  const manager = systemd({ home, ofSystem: false, folder, asking });
  assert.equal(manager.definition(), undefined);
  await manager.install();
  const file = manager.definition()!;
  const [, unit] = /\/(opcode-[0-9a-f]{8}\.service)$/.exec(file)!;
  assert.match(readFileSync(file, "utf8"), new RegExp(`OPCODE_HOME=${home}"`));
  await manager.start();
  await manager.stop();
  await manager.uninstall();
  assert.equal(existsSync(file), false);
  assert.deepEqual(said.filter((line) => line.startsWith("systemctl")), [
    "systemctl --user daemon-reload",
    `systemctl --user enable ${unit}`,
    `systemctl --user reset-failed ${unit}`,
    `systemctl --user start ${unit}`,
    `systemctl --user stop ${unit}`,
    `systemctl --user disable ${unit}`,
    "systemctl --user daemon-reload",
  ]);
});

test("what systemctl says when it fails is told", async (t) => {
  const asking: Ask = () => Promise.resolve({ code: 5, stdout: "", stderr: "Unit not found.\n" });
  const manager = systemd({ home: "/x", ofSystem: true, folder: scratch(t), asking });
  await assert.rejects(
    manager.stop(),
    /^OpcodeError: systemctl stop opcode-\w+\.service failed \(5\): Unit not found\.$/,
  );
});
