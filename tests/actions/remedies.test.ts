// What actions say about the setting, the time or the request that stands against them.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { limitedRegistry } from "../../actions/allowed.ts";
import { builtinActions } from "../../actions/builtin.ts";
import { connectPolicy } from "../../actions/http/policy.ts";
import { createRegistry } from "../../actions/registry.ts";
import type { OpcodeError } from "../../core/errors.ts";
import { remedyOf } from "../../core/remedy.ts";
import { actionContext, execute } from "../support/action-context.ts";
import { fsPlace } from "../support/fs-place.ts";
import { httpServer } from "../support/http-server.ts";

async function remedyFor(failing: () => unknown) {
  const error = await Promise.resolve().then(failing).then(
    () => assert.fail("it has not failed"),
    (thrown: OpcodeError) => thrown.toJSON(),
  );
  return remedyOf(error);
}

const setting = (name: string) => ({ kind: "setting", name, shared: false });

test("a path is refused by one of three settings, or for good", async (t) => {
  const place = fsPlace(t);
  const path = place.file("a");
  const read = (lists: object) => async () =>
    await place.run("fs.read", { path }, await place.limited(lists));
  const write = (lists: object) => async () =>
    await place.run("fs.write", { path, content: "b" }, await place.limited(lists));
  assert.deepEqual(await remedyFor(read({ deny: ["a"] })), setting("fs.deny"));
  assert.deepEqual(await remedyFor(read({ writable: ["b"] })), setting("fs.read_only"));
  assert.deepEqual(await remedyFor(write({ readOnly: ["a"] })), setting("fs.writable"));
  const own = actionContext({ host: { cwd: place.dir, isProtected: () => true } });
  assert.deepEqual(await remedyFor(() => place.run("fs.read", { path }, own)), { kind: "change" });
});

test("a host is refused by one of three settings", async () => {
  const get = (rules: object) => {
    const policy = connectPolicy({ denyPrivate: false, allowHosts: [], denyHosts: [], ...rules });
    const context = actionContext({ host: { connectPolicy: policy! } });
    return () => execute("http.get", { url: "http://127.0.0.1:9/" }, context);
  };
  for (
    const [rules, name] of [
      [{ denyPrivate: true }, "http.deny_private"],
      [{ allowHosts: ["ok.test"] }, "http.allow_hosts"],
      [{ denyHosts: ["127.0.0.1"] }, "http.deny_hosts"],
    ] as const
  ) assert.deepEqual(await remedyFor(get(rules)), setting(name));
});

test("an action is refused by one of three settings", async () => {
  const limits = { shellEnabled: true, allow: [], deny: [] };
  for (
    const [given, name] of [
      [{ shellEnabled: false }, "shell.enabled"],
      [{ allow: ["fs.*"] }, "actions.allow"],
      [{ deny: ["shell.*"] }, "actions.deny"],
    ] as const
  ) {
    const registry = limitedRegistry(createRegistry(builtinActions), { ...limits, ...given });
    const run = () => registry.get("shell.exec")!.execute({ command: "true" }, actionContext());
    assert.deepEqual(await remedyFor(run), setting(name));
  }
});

async function answering(t: TestContext, status: number, headers = {}) {
  const server = await httpServer(t, (_, response) => {
    response.writeHead(status, headers).end();
  });
  return await remedyFor(() =>
    execute("http.get", { url: server.url, fail_on_error_status: true }, actionContext())
  );
}

test("what a server answers is of the request, of the moment, or says when to come again", async (t) => {
  for (const status of [400, 401, 404, 409, 422]) {
    assert.deepEqual(await answering(t, status), { kind: "request", status });
  }
  for (const status of [408, 429, 500, 503]) {
    assert.deepEqual(await answering(t, status), { kind: "outside" });
  }
  const later = { "Retry-After": "7" };
  assert.deepEqual(await answering(t, 429, later), { kind: "wait", ms: 7_000 });
  assert.deepEqual(await answering(t, 503, later), { kind: "wait", ms: 7_000 });
});

test("a program that fails or takes too long, and a name that has no address", async () => {
  const shell = (params: object) => () => execute("shell.exec", { ...params }, actionContext());
  assert.deepEqual(await remedyFor(shell({ command: "no-such-program" })), { kind: "outside" });
  const slow = { command: "sleep", args: ["60"], timeout: "10ms" };
  assert.deepEqual(await remedyFor(shell(slow)), { kind: "time", of: "step" });
  const lookup =
    ((_: string, __: object, callback: (e: null, found: never[]) => void) =>
      callback(null, [])) as never;
  const policy = connectPolicy({ denyPrivate: true, allowHosts: [], denyHosts: [] })!;
  const context = actionContext({ host: { lookup, connectPolicy: policy } });
  const get = () => execute("http.get", { url: "http://a.test/" }, context);
  assert.deepEqual(await remedyFor(get), { kind: "outside" });
});
