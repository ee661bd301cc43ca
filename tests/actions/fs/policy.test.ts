// fs.deny, fs.read_only and fs.writable: which paths they allow.

import assert from "node:assert/strict";
import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { createPathPolicy, isUnder } from "../../../actions/paths/rules.ts";
import { failsWith } from "../../support/action-context.ts";
import { fsPlace } from "../../support/fs-place.ts";

const NOTHING = { deny: [], readOnly: [], writable: [] };

test("under means equal or below, component by component", () => {
  const below = [["/tmp", "/tmp"], ["/tmp/x", "/tmp"], ["/tmp", "/"], ["/tmp/..hid", "/tmp"]];
  for (const [path, top] of below) assert.equal(isUnder(path!, top!), true, `${path} ${top}`);
  const beside = [["/tmpevil", "/tmp"], ["/", "/tmp"], ["/tm", "/tmp"], ["/..tmp", "/tmp"]];
  for (const [path, top] of beside) assert.equal(isUnder(path!, top!), false, `${path} ${top}`);
});

test("no lists: no policy; / in a list covers everything", async () => {
  assert.equal(await createPathPolicy(NOTHING), undefined);
  const check = async (lists: object) =>
    await (await createPathPolicy({ ...NOTHING, ...lists }))!();
  assert.deepEqual((await check({ deny: ["/"] }))("/any/thing", "read"), {
    setting: "fs.deny",
    reason: "is under a path of fs.deny",
  });
  assert.equal((await check({ writable: ["/"] }))("/any/thing", "write"), undefined);
  assert.match((await check({ readOnly: ["/"] }))("/any/thing", "write")!.reason, /fs\.writable/);
  assert.equal((await check({ readOnly: ["/"] }))("/any/thing", "read"), undefined);
});

test("deny beats allow; read-only lists refuse writes; writable ones allow reads", async (t) => {
  const { file, run, limited } = fsPlace(t);
  file("r/f");
  file("w/f");
  file("w/no/f");
  file("other");
  const context = await limited({ deny: ["w/no"], readOnly: ["r", "w/no"], writable: ["w"] });
  const denied = failsWith("PATH_DENIED");
  for (const path of ["r/f", "w/f"]) await run("fs.read", { path }, context);
  for (const path of ["w/no/f", "other", "/etc/hostname", "none"]) {
    await assert.rejects(run("fs.read", { path }, context), denied, path);
    await assert.rejects(run("fs.stat", { path }, context), denied, path);
  }
  await run("fs.write", { path: "w/new", content: "" }, context);
  for (const path of ["r/f", "r/new", "w/no/f", "w/no/new", "other", "new"]) {
    await assert.rejects(run("fs.write", { path, content: "" }, context), denied, path);
    await assert.rejects(run("fs.append", { path, content: "" }, context), denied, path);
  }
  const only = await limited({ readOnly: ["w"] });
  await assert.rejects(run("fs.write", { path: "w/f", content: "" }, only), denied);
});

test("names that begin with two dots are names", async (t) => {
  const { file, run, limited } = fsPlace(t);
  file("d/..hid", "x");
  const deny = await limited({ deny: ["d"] });
  await assert.rejects(run("fs.read", { path: "d/..hid" }, deny), failsWith("PATH_DENIED"));
  await run("fs.write", { path: "d/..new", content: "" }, await limited({ writable: ["d"] }));
});

test("whether something exists in a denied place is not told", async (t) => {
  const { file, run, limited } = fsPlace(t);
  file("d/there");
  const context = await limited({ deny: ["d"] });
  const message = async (action: string, path: string) => {
    try {
      return await run(action, { path }, context);
    } catch (error) {
      return (error as Error).message.replace(/there|none\S*(?=:)/, "X");
    }
  };
  for (const action of ["fs.read", "fs.stat", "fs.list", "fs.delete"]) {
    const there = await message(action, "d/there");
    assert.match(there, /X: is under a path of fs\.deny$/);
    for (const none of ["none", "none/deep"]) {
      assert.equal(await message(action, `d/${none}`), there, action);
    }
  }
});

test("rules are resolved like paths; what is allowed does not move with a link", async (t) => {
  const { at, dir, file, folder, tree, run, limited } = fsPlace(t);
  folder("real");
  file("secret/f");
  symlinkSync("real", at("alias"));
  const context = await limited({ writable: ["alias", "later"] });
  await run("fs.write", { path: "alias/a", content: "1" }, context);
  await run("fs.write", { path: "real/b", content: "2" }, context);
  assert.deepEqual(tree("real"), { a: "1", b: "2" });
  rmSync(at("alias"));
  symlinkSync(dir, at("alias"));
  symlinkSync("secret", at("later"));
  for (const path of ["alias/c", "later/f", "secret/f"]) {
    await assert.rejects(
      run("fs.write", { path, content: "" }, context),
      failsWith("PATH_DENIED"),
      path,
    );
  }
});

test("what is denied moves with a link, and stays denied where it was", async (t) => {
  const { at, file, folder, run, limited } = fsPlace(t);
  file("one/f");
  file("two/f");
  symlinkSync("one", at("alias"));
  const context = await limited({ deny: ["alias", "later"] });
  rmSync(at("alias"));
  symlinkSync("two", at("alias"));
  folder("three");
  file("three/f");
  symlinkSync("three", at("later"));
  for (const path of ["one/f", "two/f", "alias/f", "three/f"]) {
    await assert.rejects(run("fs.read", { path }, context), failsWith("PATH_DENIED"), path);
  }
});

test("a deny rule that cannot be resolved denies everything, an allowed one nothing more", async (t) => {
  const { at, file, run, limited } = fsPlace(t);
  file("f");
  symlinkSync("loop", at("loop"));
  await assert.rejects(
    run("fs.read", { path: "f" }, await limited({ deny: ["loop/x"] })),
    failsWith("PATH_DENIED", /fs\.deny cannot be checked: .*loop\/x cannot be resolved/),
  );
  await run("fs.read", { path: "f" }, await limited({ readOnly: ["loop", "f"] }));
  await assert.rejects(
    run("fs.read", { path: "f" }, await limited({ readOnly: ["loop"] })),
    failsWith("PATH_DENIED"),
  );
});

test("the working directory of shell.exec passes the same gate", async (t) => {
  const { at, folder, run, limited } = fsPlace(t);
  folder("ok");
  folder("no");
  symlinkSync("no", at("link"));
  const context = await limited({ deny: ["no"] });
  const pwd = (workdir: string) => run("shell.exec", { command: "pwd", workdir }, context);
  assert.equal(realpathSync((await pwd("ok")).stdout.trim()), at("ok"));
  for (const workdir of ["no", "link"]) {
    await assert.rejects(pwd(workdir), failsWith("PATH_DENIED"));
  }
});

test("create_dirs makes only directories that may be written", async (t) => {
  const { at, folder, tree, run, limited } = fsPlace(t);
  folder("w");
  mkdirSync(at("moved"));
  renameSync(at("moved"), at("out"));
  symlinkSync("../out", at("w/link"));
  symlinkSync("../nowhere", at("w/dangling"));
  const before = tree();
  const context = await limited({ writable: ["w"] });
  const write = (path: string) =>
    run("fs.write", { path, content: "x", create_dirs: true }, context);
  for (const path of ["new/f", "w/link/new/f", "w/../new/f"]) {
    await assert.rejects(write(path), failsWith("PATH_DENIED"), path);
  }
  await assert.rejects(write("w/dangling/f"));
  await assert.rejects(write(`w/${"d/".repeat(300)}f`), failsWith("EXECUTION_ERROR"));
  assert.deepEqual(tree(), before);
  await write("w/a/b/f");
  assert.equal(tree("w")["a/b/f"], "x");
});
