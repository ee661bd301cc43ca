// What launchd is told: a property list that is one, and the commands of each verb. No Mac has run them.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Ask } from "../../../cli/service/command.ts";
import { launchd } from "../../../cli/service/launchd.ts";
import { plistText } from "../../../cli/service/launchd-plist.ts";
import { scratch } from "../../support/scratch.ts";

test("the property list has what is started, where, and when again", () => {
  const text = plistText({
    label: "opcode.daemon",
    home: "/u/a b/<c>&",
    command: ["/bin/opcode", "serve"],
    path: "/usr/bin",
    directory: "/u/a b",
    log: "/l",
  });
  const [head, ...rest] = text.split("\n");
  assert.equal(head, '<?xml version="1.0" encoding="UTF-8"?>');
  const flat = rest.join("").replaceAll(/>\s+</g, "><");
  for (
    const part of [
      "<key>Label</key><string>opcode.daemon</string>",
      "<key>ProgramArguments</key><array><string>/bin/opcode</string><string>serve</string></array>",
      "<key>OPCODE_HOME</key><string>/u/a b/&lt;c&gt;&amp;</string>",
      "<key>RunAtLoad</key><true/>",
      "<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>",
    ]
  ) assert.ok(flat.includes(part), part);
  const tags = [...text.matchAll(/<(\/?)(\w+)(?:\s[^>]*)?(\/?)>/g)]
    .filter(([, , , single]) => single === "");
  const open: string[] = [];
  for (const [, closes, name] of tags) {
    if (closes) assert.equal(open.pop(), name);
    else open.push(name!);
  }
  assert.deepEqual(open, [], "every tag is closed");
});

test("it is loaded, asked and unloaded by its label", async (t) => {
  const directory = scratch(t);
  const said: string[] = [];
  let loaded = false;
  const asking: Ask = (command) => {
    said.push(command.join(" "));
    const [, verb] = command;
    if (verb === "bootstrap") loaded = true;
    if (verb === "bootout") loaded = false;
    const stdout = loaded ? "\tstate = running\n\tpid = 77\n" : "";
    return Promise.resolve({ code: verb === "print" && !loaded ? 113 : 0, stdout, stderr: "" });
  };
  const home = join(directory, "data");
  const manager = launchd({ home, directory, uid: 501, asking });
  await manager.install();
  const file = manager.definition()!;
  assert.match(
    readFileSync(file, "utf8"),
    new RegExp(`<string>${join(home, "daemon.log")}</string>`),
  );
  const begun = await manager.start();
  assert.deepEqual([await manager.pid(), await begun.failure()], [77, undefined]);
  await manager.stop();
  await manager.uninstall();
  assert.equal(existsSync(file), false);
  const label = /LaunchAgents\/(.+)\.plist$/.exec(file)![1];
  assert.deepEqual(said.filter((line) => !line.includes(" print ")), [
    `launchctl bootstrap gui/501 ${file}`,
    `launchctl bootout gui/501/${label}`,
  ]);
});
