// fs.*: real files, and the gate that keeps the daemon's own from every path.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { DEFAULT_HOST_LIMITS } from "../../actions/action.ts";
import type { Json } from "../../core/json.ts";
import { actionContext, execute, failsWith } from "../support/action-context.ts";

let dir: string;
before(() => {
  dir = mkdtempSync(join(tmpdir(), "opcode-fs-"));
});
after(() => rmSync(dir, { recursive: true, force: true }));

const at = (name: string) => join(dir, name);

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}

const permissions = (path: string) => statSync(path).mode & 0o7777;

describe("fs.read", () => {
  const contents: [string, string | Uint8Array, object][] = [
    ["text", "hé\n", { content: "hé\n", encoding: "text", size: 4 }],
    ["empty", "", { content: "", encoding: "text", size: 0 }],
    ["NUL", "a\0b", { content: "YQBi", encoding: "base64", size: 3 }],
    ["not UTF-8", Uint8Array.of(0xff, 0xfe), { content: "//4=", encoding: "base64", size: 2 }],
  ];
  for (const [name, content, expected] of contents) {
    test(name, async () => {
      const path = file("read.bin", content);
      assert.deepEqual(await execute("fs.read", { path }), { path, ...expected });
    });
  }

  test("a chosen encoding", async () => {
    const path = file("chosen", "abc");
    assert.equal((await execute("fs.read", { path, encoding: "base64" })).content, "YWJj");
    file("chosen", Uint8Array.of(0x61, 0xff));
    assert.equal((await execute("fs.read", { path, encoding: "text" })).content, "a\ufffd");
    await assert.rejects(
      execute("fs.read", { path, encoding: "latin1" }),
      failsWith("VALIDATION_ERROR", /params\.encoding: must be "auto", "text" or "base64"/),
    );
  });

  test("what is longer than the limit is cut between characters, and says so", async () => {
    const path = file("long", "abcé");
    const limits = { ...DEFAULT_HOST_LIMITS, fsMaxRead: 4 };
    const answer = await execute("fs.read", { path }, actionContext({ host: { limits } }));
    assert.deepEqual(answer, { path, content: "abc", encoding: "text", size: 3, truncated: true });
    const exact = file("exact", "abcd");
    const whole = await execute("fs.read", { path: exact }, actionContext({ host: { limits } }));
    assert.equal("truncated" in whole, false);
  });

  test("what is larger than a step's output may be is cut, and says so", async () => {
    const text = file("wide", '"é'.repeat(1_000));
    const bytes = file("binary", new Uint8Array(1_000));
    const most = 500 + text.length;
    for (
      const [path, params] of [[text, {}], [bytes, {}], [text, { encoding: "base64" }]] as const
    ) {
      const context = { ...actionContext(), maxOutput: most };
      const answer = await execute("fs.read", { path, ...params }, context);
      assert.equal(answer.truncated, true);
      const length = Buffer.byteLength(JSON.stringify(answer));
      assert.ok(length <= most && length > most - 150, `${length} of ${most}`);
      const { encoding } = answer;
      const content = Buffer.from(answer.content, encoding === "text" ? "utf8" : encoding);
      assert.equal(content.length, answer.size);
      assert.deepEqual(content, readFileSync(path).subarray(0, answer.size));
    }
  });

  test("paths are relative to the daemon's directory, clean, and keep their links", async () => {
    file("target", "x");
    symlinkSync(at("target"), at("link"));
    const context = actionContext({ host: { cwd: dir } });
    const answer = await execute("fs.read", { path: "./sub/../link" }, context);
    assert.deepEqual([answer.path, answer.content], [at("link"), "x"]);
  });

  test("files that say 0 bytes and hold something", async () => {
    const { content } = await execute("fs.read", { path: `/proc/${process.ppid}/stat` });
    assert.ok(content.startsWith(`${process.ppid} `));
  });

  test("what is no regular file is refused, and a FIFO does not block", async () => {
    execFileSync("mkfifo", [at("fifo")]);
    for (const path of [at("fifo"), "/dev/zero"]) {
      await assert.rejects(
        execute("fs.read", { path }),
        failsWith("EXECUTION_ERROR", /is not a regular file/),
      );
    }
    await assert.rejects(
      execute("fs.read", { path: dir }),
      failsWith("EXECUTION_ERROR", /is a directory \(EISDIR\)/),
    );
  });

  test("missing files, and missing paths", async () => {
    await assert.rejects(
      execute("fs.read", { path: at("none") }),
      failsWith("EXECUTION_ERROR", /none: no such file or directory \(ENOENT\)$/),
    );
    for (const params of [{}, { path: "" }, { path: null }] as Json[]) {
      await assert.rejects(
        execute("fs.read", params),
        failsWith("VALIDATION_ERROR", /params\.path/),
      );
    }
  });

  test("stops when the run does", async () => {
    const context = actionContext();
    context.abort("stopped");
    await assert.rejects(
      execute("fs.read", { path: file("stopped", "x") }, context),
      failsWith("CANCELLED", /stopped/),
    );
  });
});

describe("fs.write", () => {
  const write = (params: Json, context = actionContext()) => execute("fs.write", params, context);

  test("makes a file with the default permissions, and counts bytes", async () => {
    const path = at("new.txt");
    assert.deepEqual(await write({ path, content: "é" }), { path, size: 2 });
    assert.equal(readFileSync(path, "utf8"), "é");
    assert.equal(permissions(path), 0o644 & ~process.umask());
  });

  test("content that is not text is written as it reads", async () => {
    const written = async (content: Json) => {
      await write({ path: at("json"), content });
      return readFileSync(at("json"), "utf8");
    };
    assert.equal(await written(5), "5");
    assert.equal(await written({ a: [1] }), '{"a":[1]}');
    assert.equal(await written(""), "");
    await assert.rejects(
      write({ path: at("json"), content: null }),
      failsWith("VALIDATION_ERROR", /params\.content: is required/),
    );
  });

  test("base64", async () => {
    await write({ path: at("bytes"), content: "//4=", encoding: "base64" });
    assert.deepEqual([...readFileSync(at("bytes"))], [0xff, 0xfe]);
    for (const content of ["a", "ab$=", "a=b="]) {
      await assert.rejects(
        write({ path: at("bytes"), content, encoding: "base64" }),
        failsWith("VALIDATION_ERROR", /params\.content: must be base64/),
      );
    }
  });

  test("mode is decimal or octal text, for new files only", async () => {
    const modes: [Json, number][] = [[0o600, 0o600], ["0640", 0o640], ["755", 0o755]];
    for (const [i, [mode, expected]] of modes.entries()) {
      await write({ path: at(`mode${i}`), content: "", mode });
      assert.equal(permissions(at(`mode${i}`)), expected & ~process.umask());
    }
    const kept = file("kept", "old");
    chmodSync(kept, 0o751);
    await write({ path: kept, content: "new", mode: 0o600 });
    assert.equal(permissions(kept), 0o751);
    for (const mode of ["rw", "0999", 99_999, -1]) {
      await assert.rejects(
        write({ path: at("refused"), content: "", mode }),
        failsWith("VALIDATION_ERROR", /params\.mode: must be/),
      );
    }
    assert.equal(existsSync(at("refused")), false);
  });

  test("parents are made only when asked for", async () => {
    const path = at("deep/er/file");
    await assert.rejects(write({ path, content: "" }), failsWith("EXECUTION_ERROR", /ENOENT/));
    await write({ path, content: "x", create_dirs: true });
    assert.equal(readFileSync(path, "utf8"), "x");
    assert.equal(permissions(at("deep")), 0o755 & ~process.umask());
  });

  test("writes through links, dangling ones too, and leaves them links", async () => {
    file("real", "old");
    symlinkSync("real", at("to-real"));
    symlinkSync("nowhere-yet", at("dangling"));
    assert.deepEqual(await write({ path: at("to-real"), content: "new" }), {
      path: at("to-real"),
      size: 3,
    });
    await write({ path: at("dangling"), content: "made" });
    assert.equal(readFileSync(at("real"), "utf8"), "new");
    assert.equal(readFileSync(at("nowhere-yet"), "utf8"), "made");
    symlinkSync("loop-a", at("loop-b"));
    symlinkSync("loop-b", at("loop-a"));
    await assert.rejects(
      write({ path: at("loop-a"), content: "" }),
      failsWith("EXECUTION_ERROR", /ELOOP/),
    );
  });

  test("a link in a linked directory is read from where that directory really is", async () => {
    mkdirSync(at("store/inner"), { recursive: true });
    symlinkSync("store/inner", at("shortcut"));
    symlinkSync("../up", at("store/inner/up-link"));
    await write({ path: at("shortcut/up-link"), content: "x" });
    assert.equal(readFileSync(at("store/up"), "utf8"), "x");
    assert.equal(existsSync(at("up")), false);
  });

  test("directories, FIFOs and devices are never replaced", async () => {
    mkdirSync(at("a-dir"));
    execFileSync("mkfifo", [at("a-fifo")]);
    for (const path of [at("a-dir"), at("a-fifo"), "/dev/null"]) {
      await assert.rejects(write({ path, content: "x" }), failsWith("EXECUTION_ERROR"));
    }
    assert.ok(statSync("/dev/null").isCharacterDevice());
  });

  test("a cancelled write changes nothing and leaves nothing", async () => {
    const place = mkdtempSync(join(dir, "cancel-"));
    writeFileSync(join(place, "f"), "old");
    const context = actionContext();
    context.abort();
    await assert.rejects(
      write({ path: join(place, "f"), content: "new" }, context),
      failsWith("CANCELLED"),
    );
    assert.deepEqual(readdirSync(place), ["f"]);
    assert.equal(readFileSync(join(place, "f"), "utf8"), "old");
  });
});

describe("fs.stat", () => {
  test("files and directories, links followed", async () => {
    const path = file("stat-me", "12345");
    chmodSync(path, 0o4640);
    utimesSync(path, 1_700_000_000.9, 1_700_000_000.9);
    symlinkSync(path, at("stat-link"));
    assert.deepEqual(await execute("fs.stat", { path: at("stat-link") }), {
      path: at("stat-link"),
      size: 5,
      modified_at: "2023-11-14T22:13:20Z",
      is_dir: false,
      permissions: "4640",
    });
    assert.equal((await execute("fs.stat", { path: dir })).is_dir, true);
    await assert.rejects(
      execute("fs.stat", { path: at("none") }),
      failsWith("EXECUTION_ERROR", /ENOENT/),
    );
  });
});

describe("the gate", () => {
  let place: string;
  let inode: bigint;
  const context = () =>
    actionContext({ host: { cwd: place, isProtected: ({ ino }) => ino === inode } });

  before(() => {
    place = mkdtempSync(join(dir, "gate-"));
    const database = join(place, "opcode.db");
    writeFileSync(database, "rows");
    inode = statSync(database, { bigint: true }).ino;
    symlinkSync(database, join(place, "soft"));
    symlinkSync("soft", join(place, "soft-soft"));
    linkSync(database, join(place, "hard"));
    symlinkSync(place, join(place, "here"));
  });

  const ways = ["opcode.db", "soft", "soft-soft", "hard", "here/opcode.db", "here/hard"];
  for (const path of ways) {
    test(`the database cannot be reached as ${path}`, async () => {
      for (
        const [name, params] of [
          ["fs.read", { path }],
          ["fs.stat", { path }],
          ["fs.write", { path, content: "gone" }],
        ] as const
      ) {
        await assert.rejects(execute(name, params, context()), failsWith("PATH_DENIED"), name);
      }
      assert.equal(readFileSync(join(place, "opcode.db"), "utf8"), "rows");
      assert.equal(statSync(join(place, "opcode.db"), { bigint: true }).ino, inode);
    });
  }

  test("nor through one of the process's own descriptors", async () => {
    const { openSync, closeSync } = await import("node:fs");
    const fd = openSync(join(place, "opcode.db"), "r");
    try {
      await assert.rejects(
        execute("fs.read", { path: `/proc/self/fd/${fd}` }, context()),
        failsWith("PATH_DENIED"),
      );
    } finally {
      closeSync(fd);
    }
  });

  test("a file that becomes the database just before the rename is not replaced", async () => {
    writeFileSync(join(place, "later"), "x");
    const later = statSync(join(place, "later"), { bigint: true }).ino;
    let asked = 0;
    const host = {
      cwd: place,
      isProtected: ({ ino }: { ino: bigint }) => ino === later && asked++ > 0,
    };
    await assert.rejects(
      execute("fs.write", { path: "later", content: "y" }, actionContext({ host })),
      failsWith("PATH_DENIED"),
    );
    assert.equal(readFileSync(join(place, "later"), "utf8"), "x");
    assert.deepEqual(readdirSync(place).filter((name) => name.endsWith(".tmp")), []);
  });

  test("a NUL byte is refused everywhere", async () => {
    for (
      const [name, params] of [
        ["fs.read", { path: "a\0b" }],
        ["fs.stat", { path: "a\0b" }],
        ["fs.write", { path: "a\0b", content: "" }],
        ["shell.exec", { command: "true", workdir: "a\0b" }],
      ] as const
    ) {
      await assert.rejects(execute(name, params), failsWith("PATH_DENIED", /NUL/), name);
    }
  });
});
