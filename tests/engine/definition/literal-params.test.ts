// What validation finds in the params of steps, with the built-in actions' own schemas.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { errorsOf, loop, warningsOf, workflow } from "./support.ts";

const actions = createRegistry(builtinActions);

function act(action: string, params?: JsonObject): JsonObject {
  return { id: action.replace(".", "-"), action, ...(params && { params }) };
}

function errors(...steps: Json[]): string[] {
  return errorsOf(workflow(...steps), { actions });
}

function warnings(...steps: Json[]): string[] {
  return warningsOf(workflow(...steps), { actions });
}

test("missing params are errors, at every depth and in hooks", () => {
  assert.deepEqual(
    errorsOf({
      ...workflow(act("fs.read"), loop("l", act("fs.write", { content: null }))),
      on_complete: act("workflow.log", {}),
    }, { actions }),
    [
      "steps[0].params.path: is required",
      "steps[1].config.body[0].params.path: is required",
      "steps[1].config.body[0].params.content: is required",
      "on_complete.params.message: is required",
    ],
  );
});

test("a required param that is misspelt is told with what was written", () => {
  assert.deepEqual(errors(act("http.get", { ulr: "https://x.test/" })), [
    'steps[0].params.url: is required; did you mean it by "ulr"?',
  ]);
  assert.deepEqual(errors(act("http.get", { body_of: 1 })), ["steps[0].params.url: is required"]);
});

test("of several names for one param one is needed", () => {
  assert.deepEqual(
    errors(
      act("workflow.emit", { payload: 1 }),
      { ...act("workflow.emit", { event: "" }), id: "b" },
      { ...act("workflow.emit", { signal: "x" }), id: "c" },
      { ...act("workflow.emit", { "${{inputs.key}}": "x" }), id: "d" },
    ),
    ["steps[0].params.event_type: is required", "steps[1].params.event: must not be empty"],
  );
});

test("literal params are checked as they are before an execution", () => {
  assert.deepEqual(errors(act("fs.read", { path: "", encoding: "utf-99" })), [
    "steps[0].params.path: must not be empty",
    'steps[0].params.encoding: must be "auto", "text" or "base64"',
  ]);
  assert.deepEqual(
    errors(act("http.get", {
      url: "http://x",
      timeout: "soon",
      max_redirects: -1,
      follow_redirects: "yes",
      headers: "none",
      auth: { type: "magic" },
    })).map((line) => line.slice("steps[0].params.".length)),
    [
      'timeout: must be a duration such as "500ms", "30s" or "1h30m", not "soon"',
      "max_redirects: must be ≥ 0",
      "follow_redirects: must be true or false; write true",
      "headers: must be an object",
      'auth.type: must be "bearer", "basic" or "api_key"',
    ],
  );
  assert.deepEqual(errors(act("shell.exec", { command: "ls", args: "-l", env: { A: [1] } })), [
    'steps[0].params.args: must be an array; write ["-l"]',
  ]);
});

test("literals that are read as text are no error", () => {
  assert.deepEqual(
    errors(
      act("fs.write", { path: 5, content: { a: [1, null] } }),
      act("shell.exec", { command: "x", args: [1, true, {}, null], env: { A: 1, B: null } }),
      act("crypto.hash", { data: 0, algorithm: null }),
      act("assert.equals", { expected: null, actual: null }),
    ),
    [],
  );
});

test("what holds a token is not known yet", () => {
  assert.deepEqual(
    errors(
      act("fs.read", { path: "${{inputs.x}}", encoding: "${{inputs.e}}" }),
      act("http.get", {
        "${{inputs.key}}": "http://x",
        timeout: "${{inputs.t}}",
        headers: "${{inputs.h}}",
        auth: { type: "${{inputs.auth}}" },
      }),
      act("workflow.log", { message: ["${{inputs.m}}"] }),
    ),
    [],
  );
  assert.deepEqual(errors(act("fs.read", { path: "x", encoding: { a: "${{inputs.e}}" } })), []);
  assert.deepEqual(errors(act("http.get", { url: "x", max_redirects: ["${{inputs.e}}"] })), [
    "steps[0].params.max_redirects: must be an integer",
  ]);
});

test("of ten thousand params that an action ignores twenty are told, the others counted", () => {
  const unknown = Object.fromEntries(Array.from({ length: 9_999 }, (_, i) => [`k${i}`, 1]));
  const told = warnings(act("fs.read", { path: "x", ...unknown }));
  assert.equal(told.length, 21);
  assert.equal(told.at(-1), 'steps[0].params: 9979 more are ignored by "fs.read"');
});

test("lists, maps and texts of an action have limits", () => {
  const args = Array.from({ length: 10_001 }, () => "x");
  const headers = Object.fromEntries(args.slice(0, 257).map((x, i) => [`h${i}`, x]));
  assert.deepEqual(
    errors(
      act("shell.exec", { command: "x", args }),
      act("http.get", { url: "x".repeat(70_000), headers }),
      act("fs.read", { path: "a/".repeat(3_000) }),
    ),
    [
      "steps[0].params.args: must have at most 10000 items, has 10001",
      "steps[1].params.url: must have at most 65536 characters",
      "steps[1].params.headers: must have at most 256 members, has 257",
      "steps[2].params.path: must have at most 4096 characters",
    ],
  );
});

test("params that an action ignores are warnings with the nearest known one", () => {
  assert.deepEqual(
    warnings(
      act("fs.read", { path: "x", encodng: "text", other: 1 }),
      act("http.get", {
        url: "x",
        auth: { type: "bearer", token: "${{secrets.T}}", usrname: "u" },
      }),
      act("crypto.uuid", { version: 7 }),
      act("workflow.emit", { event: "x", paylod: 1 }),
    ),
    [
      'steps[0].params.encodng: is ignored by "fs.read"; did you mean "encoding"?',
      'steps[0].params.other: is ignored by "fs.read"',
      'steps[1].params.auth.usrname: is ignored by "http.get"; did you mean "username"?',
      'steps[2].params.version: is ignored by "crypto.uuid"',
      'steps[3].params.paylod: is ignored by "workflow.emit"; did you mean "payload"?',
    ],
  );
  assert.deepEqual(
    warnings(
      act("workflow.run", { template_name: "t", params: { anything: 1 } }),
      act("shell.exec", { command: "x", env: { ANY: "1" } }),
      act("assert.schema", { data: 1, schema: { type: "integer" } }),
      act("workflow.emit", { event: "x", data: {} }),
    ),
    [],
  );
});

test("a program without data that reads what only data could have is refused, over a list told", () => {
  const jq = (filter: string, more: JsonObject = {}) =>
    workflow({ id: "j", action: "jq.transform", params: { filter, ...more } });
  const of = (filter: string, more?: JsonObject) => [
    ...errorsOf(jq(filter, more), { actions }).map((line) => `error ${line}`),
    ...warningsOf(jq(filter, more), { actions }),
  ];
  for (const filter of [".items", ".items | length", ".a.b // 1", "{x: .name}"]) {
    assert.match(
      of(filter)[0]!,
      /^error steps\[0\]\.params\.filter: reads "\w+", but without "data"/,
    );
    assert.deepEqual(of(filter, { data: {} }), []);
  }
  for (const filter of [".[0].id", "map(.id)", "sort_by(.n)"]) {
    assert.match(of(filter)[0]!, /^steps\[0\]\.params\.filter: reads a list, but without "data"/);
  }
  for (const filter of [".", ".inputs.x", "[.steps | keys]", ".workflow.run_id"]) {
    assert.deepEqual(of(filter), []);
  }
});
