// What a program can no longer do in namespaces of its own, each thing really tried.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import { once } from "node:events";
import { DEFAULT_HOST_LIMITS } from "../../../actions/action.ts";
import type { Guard } from "../../../core/isolation.ts";
import { createIsolation } from "../../../engine/isolation/isolation.ts";
import type { IsolationSettings } from "../../../engine/isolation/settings.ts";
import { createProbes } from "../../../engine/isolation/probes.ts";
import { taggedProcesses } from "../../../engine/isolation/tag.ts";
import { actionContext, execute, failsWith } from "../../support/action-context.ts";
import { detached, isolationSettings, needsLinux } from "../../support/isolation.ts";
import { assertDies } from "../../support/processes.ts";
import { scratch } from "../../support/scratch.ts";

const probes = createProbes();
const BRIEF = { ...DEFAULT_HOST_LIMITS, shellKillGraceMs: 100 };

const held = (settings: Partial<IsolationSettings>) => {
  const isolation = createIsolation(isolationSettings({ mode: "required", ...settings }), probes)!;
  return actionContext({ host: { isolation, limits: BRIEF } });
};

/** Skips where this machine does not have the guard, and says so. */
async function having(t: TestContext, guard: Guard): Promise<boolean> {
  const { available, by } = await probes.of(guard);
  if (!available) t.skip(by);
  return available;
}

const sh = (context: ReturnType<typeof held>, command: string, more = {}) =>
  execute("shell.exec", { command, shell: true, ...more }, context);

describe("shell.network: false", { skip: needsLinux }, () => {
  test("nothing is reached, not even this machine", async (t) => {
    if (!await having(t, "network")) return;
    const server = createServer((socket) => void socket.end()).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const program = `require("net").connect(${port}, "127.0.0.1")` +
      `.on("connect", () => process.exit(0)).on("error", (e) => { console.log(e.code); process.exit(9); })`;
    const params = { command: process.execPath, args: ["-e", program] };
    const bare = await execute("shell.exec", params, actionContext());
    assert.equal(bare.exit_code, 0);
    const output = await execute("shell.exec", params, held({ network: false }));
    assert.deepEqual([output.exit_code, output.stdout], [9, "ENETUNREACH\n"]);
  });

  test("and the namespaces of others cannot be entered", async (t) => {
    if (!await having(t, "network")) return;
    const output = await sh(
      held({ network: false }),
      `nsenter --target ${process.pid} --net true; unshare --mount true; echo $?`,
    );
    assert.match(output.stdout_raw, /^[1-9]/);
  });
});

describe("shell.processes: own", { skip: needsLinux }, () => {
  test("the daemon's environment and memory are not to be seen", async (t) => {
    if (!await having(t, "processes")) return;
    const context = held({ processes: "own" });
    const output = await sh(
      context,
      `cat /proc/${process.pid}/environ /proc/${process.pid}/mem; umount /proc; ls -d /proc/[0-9]* | wc -l`,
    );
    assert.ok(output.stdout < 12, output.stdout_raw);
    assert.match(output.stderr, /environ: No such file|environ': No such file/);
    assert.deepEqual(context.recorded.isolation[0]!.enforced, ["tree", "processes"]);
  });

  test("exit codes, signals, input and a missing command are as ever", async (t) => {
    if (!await having(t, "processes")) return;
    const context = () => held({ processes: "own" });
    assert.equal((await sh(context(), "exit 137")).exit_code, 137);
    assert.equal((await sh(context(), "kill -SEGV $$")).exit_code, -1);
    assert.equal((await sh(context(), "cat", { stdin: "in" })).stdout, "in");
    assert.equal((await sh(context(), "pwd", { workdir: "/usr" })).stdout, "/usr\n");
    const env = { "a.b": "1", PWD: "/none" };
    const told = await execute("shell.exec", { command: "env", env }, context());
    assert.match(told.stdout, /^a\.b=1$/m);
    assert.match(told.stdout, /^PWD=\/none$/m);
    const missing = execute("shell.exec", { command: "no-such-command" }, context());
    await assert.rejects(missing, failsWith("EXECUTION_ERROR", /command not found/));
  });

  test("what is left of it ends with it", async (t) => {
    if (!await having(t, "processes")) return;
    const place = scratch(t);
    const output = await sh(
      held({ processes: "own" }),
      "setsid sh -c 'while :; do date > beat.new; mv beat.new beat; sleep 0.05; done' " +
        "> /dev/null 2>&1 & while [ ! -e beat ]; do sleep 0.01; done; " +
        "cat /proc/$!/limits | grep realtime",
      { workdir: place },
    );
    assert.equal(output.exit_code, 0);
    // Found by its mark, for in there its number is another.
    const [tag] = /\d{15,}/.exec(output.stdout)!;
    for (const pid of taggedProcesses(tag)) await assertDies(pid);
    assert.deepEqual(taggedProcesses(tag), []);
  });

  test("and so it is on a timeout, detached or not", async (t) => {
    if (!await having(t, "processes")) return;
    const place = scratch(t);
    const program = detached(place);
    const command = `grep realtime /proc/self/limits > limits; ${program.command}`;
    const running = execute(
      "shell.exec",
      { ...program, command, timeout: "3s" },
      held({ processes: "own" }),
    );
    await assert.rejects(running, failsWith("TIMEOUT_ERROR"));
    assert.ok(existsSync(join(place, "stray")));
    const [tag] = /\d{15,}/.exec(readFileSync(join(place, "limits"), "utf8"))!;
    for (const pid of taggedProcesses(tag)) await assertDies(pid);
  });
});

describe("shell.root: read_only", { skip: needsLinux }, () => {
  let place: string;
  before(() => {
    place = mkdtempSync(join(process.cwd(), ".isolation-test-"));
    for (const name of ["writable", "other", "hidden"]) mkdirSync(join(place, name));
    writeFileSync(join(place, "hidden", "secret"), "hush");
    writeFileSync(join(place, "file"), "hush");
  });
  after(() => rmSync(place, { recursive: true, force: true }));
  const viewed = () =>
    held({
      root: "read_only",
      writable: [join(place, "writable")],
      hidden: [join(place, "hidden"), join(place, "file")],
    });

  test("writes end where the settings say", async (t) => {
    if (!await having(t, "filesystem")) return;
    const context = viewed();
    const output = await sh(
      context,
      "echo 1 > writable/a && echo in; echo 2 > other/b || echo out; echo 3 > /usr/opcode-x || echo out; " +
        "echo 4 > /proc/sys/kernel/hostname || echo out; mount -o remount,rw / || echo out",
      { workdir: place },
    );
    assert.equal(output.stdout, "in\nout\nout\nout\nout\n", output.stderr);
    assert.equal(readFileSync(join(place, "writable", "a"), "utf8"), "1\n");
    assert.ok(!existsSync(join(place, "other", "b")));
    assert.deepEqual(context.recorded.isolation[0]!.enforced, ["tree", "filesystem", "processes"]);
  });

  test("what fs.deny names is not there", async (t) => {
    if (!await having(t, "filesystem")) return;
    const output = await sh(viewed(), "cat hidden/secret file; ls hidden | wc -l", {
      workdir: place,
    });
    assert.equal(output.stdout, 0, output.stdout_raw);
  });

  // Below no /tmp, which is a program's own and not looked at.
  test("also where names are not of plain letters", async (t) => {
    if (!await having(t, "filesystem")) return;
    const odd = mkdtempSync("/var/tmp/opcode-test-");
    t.after(() => rmSync(odd, { recursive: true, force: true }));
    const [writable, hidden] = ["d\u00e9 j\u00e0 \\ vu", "\u6a94"].map((name) => join(odd, name));
    for (const path of [writable!, hidden!]) mkdirSync(path);
    writeFileSync(join(hidden!, "secret"), "hush");
    const context = held({ root: "read_only", writable: [writable!], hidden: [hidden!] });
    const output = await sh(context, "ls \u6a94 | wc -l; cd d* && echo 1 > a && echo in", {
      workdir: odd,
    });
    assert.equal(output.stdout_raw, "0\nin\n", output.stderr);
  });

  test("/tmp is its own, with what is writable there and where it works", async (t) => {
    if (!await having(t, "filesystem")) return;
    const outside = scratch(t);
    const inside = scratch(t);
    writeFileSync(join(outside, "seen"), "x");
    const context = held({ root: "read_only", writable: [inside] });
    const output = await sh(
      context,
      `pwd; ls; echo 1 > ${inside}/kept; echo 2 > here || echo out; echo 3 > /tmp/opcode-gone && ls /tmp | wc -l`,
      { workdir: outside },
    );
    assert.equal(output.stdout, `${outside}\nseen\nout\n3\n`, output.stderr);
    assert.equal(readFileSync(join(inside, "kept"), "utf8"), "1\n");
    assert.ok(!existsSync("/tmp/opcode-gone"));
  });
});

// The source of a mount is a word of whoever made it, and `none` a usual one.
test("what is mounted from `none` becomes read-only like the rest", {
  skip: needsLinux || (process.getuid!() !== 0 && "only root mounts"),
}, async (t) => {
  if (!await having(t, "filesystem")) return;
  const program = `import { createProbes } from ${
    JSON.stringify(new URL("../../../engine/isolation/probes.ts", import.meta.url).href)
  };
    console.log(JSON.stringify(await createProbes().of("filesystem")));`;
  const script = 'mount -t tmpfs none "$1" && exec "$2" --input-type=module -e "$3"';
  const { stdout, stderr } = spawnSync(
    "unshare",
    // In a namespace of its own; not below /tmp, of which a program has another.
    ["--mount", "sh", "-c", script, "sh", "/var", process.execPath, program],
    { encoding: "utf8" },
  );
  assert.equal(JSON.parse(stdout || "{}").available, true, stdout + stderr);
});
