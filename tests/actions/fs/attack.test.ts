// Whether anything gets out of fs.writable, or into fs.deny: every way we could think of.

import assert from "node:assert/strict";
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { before, describe, test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { failsWith, type TestContext } from "../../support/action-context.ts";
import { suiteCleanup } from "../../support/daemon.ts";
import { type FsPlace, fsPlace } from "../../support/fs-place.ts";

const linux = process.platform === "linux";

/** All that could read `path` or learn of it. */
const reads = (path: string): [string, JsonObject][] => [
  ["fs.read", { path }],
  ["fs.stat", { path }],
  ["fs.list", { path }],
  ["fs.copy", { src: path, dst: "w/stolen" }],
];

/** All that could change `path`. */
const writes = (path: string): [string, JsonObject][] => [
  ["fs.write", { path, content: "evil" }],
  ["fs.write", { path, content: "evil", create_dirs: true }],
  ["fs.append", { path, content: "evil" }],
  ["fs.delete", { path }],
  ["fs.delete", { path, recursive: true }],
  ["fs.copy", { src: "w/mine", dst: path, create_dirs: true }],
  ["fs.copy", { src: "w/folder", dst: path, create_dirs: true }],
  ["fs.move", { src: "w/mine", dst: path, create_dirs: true }],
  ["fs.move", { src: path, dst: "w/taken" }],
];

describe("a path that leads out", () => {
  const cleanup = suiteCleanup();
  let place: FsPlace;
  let context: TestContext;
  let fd: number;

  before(async () => {
    place = fsPlace(cleanup);
    const { at, file, folder } = place;
    file("out/secret", "secret");
    folder("out/empty");
    file("w/mine", "mine");
    file("w/folder/f", "f");
    symlinkSync(at("out"), at("w/dir"));
    symlinkSync("../out", at("w/relative"));
    symlinkSync("dir", at("w/twice"));
    symlinkSync("../out/secret", at("w/soft"));
    symlinkSync("..", at("w/up"));
    symlinkSync("/", at("w/root"));
    symlinkSync(at("out/new"), at("w/dangling"));
    symlinkSync("dangling", at("w/dangling-twice"));
    symlinkSync("folder/../dir/../out/new", at("w/winding"));
    symlinkSync("/proc/self/cwd", at("w/cwd"));
    symlinkSync("/proc/self/fd", at("w/fd"));
    fd = openSync(at("out"), "r");
    cleanup.after(() => closeSync(fd));
    context = await place.limited({ writable: ["w"] });
  });

  const named = (tail: string) => [
    `out${tail}`,
    `w/../out${tail}`,
    `./w/.//..//out/.${tail}`,
    `w/dir${tail}`,
    `w/relative/${tail}`,
    `w/twice//${tail}`,
    `w/up/out${tail}`,
    `w/folder/../../out${tail}`,
    `w/missing/../../out${tail}`,
  ];
  const absolute = (tail: string) => {
    const out = `${place.dir}/out${tail}`;
    return [`//${out}`, `${place.at("w/root")}${out}`, `/../../..${out}`, `${out}/`, `${out}/.`];
  };
  const throughProc = (tail: string) => {
    const out = `${place.dir}/out${tail}`;
    return [
      `/proc/self/root${out}`,
      `/proc/thread-self/root${out}`,
      `/proc/${process.pid}/root${out}`,
      `/proc/${process.ppid}/root${out}`,
      `/proc/self/fd/${fd}${tail}`,
      `/dev/fd/${fd}${tail}`,
      `w/fd/${fd}${tail}`,
      `w/root/proc/self/root${out}`,
      `/proc/self/task/${process.pid}/root${out}`,
    ];
  };

  async function refused(attempts: [string, JsonObject][], denied = true) {
    const before = place.tree();
    for (const [action, params] of attempts) {
      const shown = `${action} ${JSON.stringify(params)}`;
      const check = denied ? failsWith("PATH_DENIED") : /(?:)/;
      await assert.rejects(place.run(action, params, context), check, shown);
      assert.deepEqual(place.tree(), before, shown);
    }
  }

  test("is refused for a file, whatever its spelling", async () => {
    const paths = [...named("/secret"), ...absolute("/secret")];
    await refused([...paths, "w/soft"].flatMap(reads));
    await refused(paths.flatMap(writes));
  });

  test("is refused for a directory and for what is not there", async () => {
    await refused(named("/empty").flatMap(reads));
    await refused([...named("/empty"), ...named("/new"), ...named("/new/deep")].flatMap(writes));
  });

  test("is refused through the process's own descriptors and roots", { skip: !linux }, async () => {
    const paths = ["/secret", "/new"].flatMap(throughProc);
    await refused(paths.flatMap(reads));
    await refused(paths.flatMap(writes));
  });

  test("is refused through links, dangling ones too", async () => {
    const links = ["w/soft", "w/dangling", "w/dangling-twice", "w/winding"];
    await refused(links.flatMap((path): [string, JsonObject][] => [
      ["fs.write", { path, content: "evil" }],
      ["fs.append", { path, content: "evil" }],
      ["fs.copy", { src: "w/mine", dst: path }],
      ["fs.read", { path }],
      ["fs.stat", { path }],
    ]));
  });

  test("is refused in base64, unicode, control characters and cases of no use", async () => {
    const odd = ["w/%2e%2e/out/secret", "w/\uff0e\uff0e/out/secret", "w/..\u2215out\u2215secret"];
    odd.push("w\\..\\out\\secret", "w/..\u0000/out/secret", "w/mine\u0000/../../out/secret");
    for (const path of odd) {
      await assert.rejects(place.run("fs.read", { path }, context), failsWithAny, path);
    }
    await refused(["W/secret", "OUT/secret", "Out/Secret"].flatMap(writes));
  });

  test("is an error when it is too long, loops, or is no text", async () => {
    const { at, run } = place;
    symlinkSync("loop-b", at("w/loop-a"));
    symlinkSync("loop-a", at("w/loop-b"));
    const paths: Json[] = [
      "w/loop-a",
      "w/loop-a/f",
      `w/${"n".repeat(300)}`,
      `w/${"d/".repeat(5_000)}f`,
    ];
    for (
      const path of [...paths, `w${"/./x/..".repeat(20_000)}/../out/secret`, ["w"], {}, 5, true]
    ) {
      for (const [action, params] of [...reads(path as string), ...writes(path as string)]) {
        // Removing or renaming a link that loops is fine: it is the link that goes.
        if (path === "w/loop-a" && /delete|move/.test(action)) continue;
        await assert.rejects(run(action, params, context), failsWithAny, `${action} ${path}`);
      }
    }
    rmSync(at("w/loop-a"), { force: true });
    rmSync(at("w/loop-b"), { force: true });
  });

  test("cannot be smuggled in as a link that is copied or moved", async () => {
    const { at, file, run, tree } = place;
    mkdirSync(at("w/box"));
    symlinkSync(at("out"), at("w/box/dir"));
    await run("fs.copy", { src: "w/box", dst: "w/box2" }, context);
    await run("fs.move", { src: "w/box2/dir", dst: "w/box2/moved" }, context);
    await refused(["w/box2/moved/secret", "w/box2/moved/new"].flatMap((path) => [
      ...reads(path),
      ...writes(path),
    ]));
    // A directory copied over a link to a directory must not be merged into what that leads to.
    file("w/tree/dir/evil", "evil");
    await assert.rejects(
      run("fs.copy", { src: "w/tree", dst: "w/box" }, context),
      failsWith("EXECUTION_ERROR", /ENOTDIR/),
    );
    await run("fs.delete", { path: "w/box", recursive: true }, context);
    assert.deepEqual(Object.keys(tree("out")), ["empty", "secret"]);
  });

  test("cannot be had by making the allowed directory a link", async () => {
    const { at, run } = fsPlace(cleanup);
    mkdirSync(at("r"));
    mkdirSync(at("w"));
    writeFileSync(at("secret"), "secret");
    symlinkSync("/", at("r/all"));
    const limited = await place.limited({}, {});
    assert.equal(limited.host.pathPolicy, undefined);
    const { createPathPolicy } = await import("../../../actions/paths/rules.ts");
    const pathPolicy = await createPathPolicy({
      deny: [],
      readOnly: [at("r")],
      writable: [at("w")],
    });
    const { actionContext } = await import("../../support/action-context.ts");
    const host = actionContext({ host: { cwd: at("."), pathPolicy } });
    await run("fs.delete", { path: at("w"), recursive: true }, host);
    symlinkSync("/", at("w"));
    for (
      const [action, params] of [...reads(at(`w${at("secret")}`)), ...writes(at(`w${at("x")}`))]
    ) {
      await assert.rejects(run(action, params, host), failsWith("PATH_DENIED"), action);
    }
  });
});

function failsWithAny(error: unknown): boolean {
  const code = (error as { code: string }).code;
  if (!["PATH_DENIED", "EXECUTION_ERROR", "VALIDATION_ERROR"].includes(code)) throw error;
  return true;
}

test("a hard link is another path to the file: judged by its own, broken by writes", async (t) => {
  const { at, file, run, limited } = fsPlace(t);
  file("out/f", "theirs");
  file("w/x");
  linkSync(at("out/f"), at("w/hard"));
  const context = await limited({ writable: ["w"] });
  await run("fs.write", { path: "w/hard", content: "mine" }, context);
  assert.equal(readFileSync(at("out/f"), "utf8"), "theirs");
});

test(
  "a directory swapped for a link all the time leads nowhere else",
  { skip: !linux },
  async (t) => {
    const { at, file, folder, run, limited } = fsPlace(t);
    file("out/f", "secret");
    file("w/real/f", "open");
    folder("w/spare");
    symlinkSync(at("out"), at("w/link"));
    const context = await limited({ writable: ["w"] });
    // What the others meet is now the directory, now the link to the forbidden one.
    let swaps = 0;
    let on = true;
    const put = (from: string, to: string) => {
      // A write that makes its directories may have made one just now, where none was.
      while (true) {
        try {
          return renameSync(at(from), at(to));
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          if (code !== "EISDIR" && code !== "ENOTEMPTY") throw error;
          rmSync(at(to), { recursive: true, force: true, maxRetries: 20, retryDelay: 1 });
        }
      }
    };
    const swapping = (async () => {
      while (on) {
        put("w/real", "w/tmp");
        put("w/link", "w/real");
        await new Promise(setImmediate);
        put("w/real", "w/link");
        put("w/tmp", "w/real");
        await new Promise(setImmediate);
        swaps++;
      }
    })();
    const outcomes = new Set<string>();
    const attempt = async (action: string, params: JsonObject) => {
      try {
        const answer = await run(action, params, context);
        if (action === "fs.read") assert.equal(answer.content === "secret", false);
        if (action === "fs.list") {
          assert.equal(answer.entries.some((e: { name: string }) => e.name === "only-out"), false);
        }
        outcomes.add("done");
      } catch (error) {
        failsWithAny(error);
        outcomes.add((error as { code: string }).code);
      }
    };
    file("out/only-out", "secret");
    // Until an attempt has met the directory, too: how the two fall together is up to the machine.
    for (let round = 0; round < 60 || (outcomes.size < 2 && round < 5_000); round++) {
      await Promise.all([
        attempt("fs.read", { path: "w/real/f" }),
        attempt("fs.list", { path: "w/real" }),
        attempt("fs.write", { path: "w/real/new", content: "evil" }),
        attempt("fs.append", { path: "w/real/new", content: "evil" }),
        attempt("fs.copy", { src: "w/real", dst: "w/spare/copy" }),
        attempt("fs.delete", { path: "w/real/new" }),
        attempt("fs.write", { path: "w/real/a/b/c", content: "evil", create_dirs: true }),
        attempt("fs.delete", { path: "w/real/a", recursive: true }),
      ]);
    }
    on = false;
    await swapping;
    assert.ok(swaps > 0 && outcomes.size > 1, `${swaps} swaps, ${[...outcomes]}`);
    assert.deepEqual(readdirSync(at("out")).sort(), ["f", "only-out"]);
    assert.equal(readFileSync(at("out/f"), "utf8"), "secret");
    for (const name of readdirSync(at("w"), { recursive: true, encoding: "utf8" })) {
      if (name.startsWith("link")) continue;
      assert.notEqual(basename(name), "only-out");
    }
  },
);

test("an entry swapped between the look and the use is not taken for the one looked at", {
  skip: !linux,
}, async (t) => {
  const { at, file, run, limited } = fsPlace(t);
  file("out/f", "secret");
  file("w/f", "open");
  // The check of the first one is when the file is swapped for a link to the other.
  let swapped = false;
  const context = await limited({ writable: ["w"] }, {
    isProtected: () => {
      if (!swapped) {
        swapped = true;
        rmSync(at("w/f"));
        symlinkSync(at("out/f"), at("w/f"));
      }
      return false;
    },
  });
  try {
    // What was held is read although its name is gone, or nothing is; never the other.
    assert.equal((await run("fs.read", { path: "w/f" }, context)).content, "open");
  } catch (error) {
    failsWithAny(error);
  }
  assert.equal(swapped, true);
  rmSync(at("w/f"));
  file("w/f", "open");
  swapped = false;
  await assert.rejects(run("fs.append", { path: "w/f", content: "evil" }, context), failsWithAny);
  assert.equal(readFileSync(at("out/f"), "utf8"), "secret");
});

test("trees nested too deep are refused whole", async (t) => {
  const { at, folder, file, run } = fsPlace(t);
  const deep = "d/".repeat(300);
  folder(`deep/${deep}`);
  file("deep/first");
  for (
    const [action, params] of [
      ["fs.delete", { path: "deep", recursive: true }],
      ["fs.copy", { src: "deep", dst: "copy" }],
      ["fs.move", { src: "deep", dst: "moved" }],
      ["fs.list", { path: "deep", recursive: true }],
    ] as const
  ) {
    await assert.rejects(
      run(action, params),
      failsWith("EXECUTION_ERROR", /is nested deeper than 256 directories/),
      action,
    );
  }
  assert.deepEqual(readdirSync(at("deep")).sort(), ["d", "first"]);
  assert.deepEqual(readdirSync(at(".")), ["deep"]);
});

test("no descriptor is left open, whatever happens", { skip: !linux }, async (t) => {
  const { at, file, folder, run, limited } = fsPlace(t);
  file("w/a/b/f");
  folder("w/empty");
  file("no/f");
  symlinkSync("dangling", at("w/dangling"));
  symlinkSync("loop", at("w/loop"));
  const context = await limited({ writable: ["w"], deny: ["w/a/b/shut"] });
  file("w/a/b/shut");
  const open = () => readdirSync("/proc/self/fd").length;
  const paths = [
    "w/a/b/f",
    "w/a",
    "w/none",
    "w/none/deep",
    "no/f",
    "w/loop",
    "w/dangling",
    "w/a/b/shut",
  ];
  const all = async () => {
    for (const path of paths) {
      for (const [action, params] of [...reads(path), ...writes(path)]) {
        if (action === "fs.delete" || action === "fs.move") continue;
        await run(action, params, context).catch(failsWithAny);
      }
      await run("fs.delete", { path, recursive: true }, context).catch(failsWithAny);
      await run("fs.move", { src: path, dst: join("w/empty", "x") }, context).catch(failsWithAny);
    }
  };
  await all();
  const before = open();
  await all();
  await all();
  assert.equal(open(), before);
});
