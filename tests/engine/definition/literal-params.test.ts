// What validation finds in the params of steps, with the built-in actions' own schemas.

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinActions } from "../../../actions/builtin.ts";
import { createRegistry } from "../../../actions/registry.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { inOnePiece } from "../../../core/slices.ts";
import { compilePlan } from "../../../engine/definition/compile.ts";
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
  assert.deepEqual(errors(act("http.get", { url: "http://x", max_redirects: ["${{inputs.e}}"] })), [
    "steps[0].params.max_redirects: must be an integer",
  ]);
});

test("of ten thousand params that an action ignores twenty are told, the others counted", () => {
  const unknown = Object.fromEntries(Array.from({ length: 9_999 }, (_, i) => [`k${i}`, 1]));
  const told = warnings(act("fs.read", { path: "/x", ...unknown }));
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
      act("fs.read", { path: "/x", encodng: "text", other: 1 }),
      act("http.get", {
        url: "http://x",
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

const paths = (...steps: Json[]) =>
  errors(...steps).map((line) => line.slice("steps[0].params.".length));

test("no list or object stands where a name, a place or a program does, tokens in it or not", () => {
  const NAMES: [action: string, param: string, more?: JsonObject][] = [
    ["fs.read", "path"],
    ["fs.copy", "src", { dst: "/x" }],
    ["http.get", "url"],
    ["http.request", "method", { url: "http://x" }],
    ["shell.exec", "command"],
    ["shell.exec", "workdir", { command: "x" }],
    ["jq.transform", "filter"],
    ["expr.eval", "expression"],
    ["workflow.run", "template_name"],
    ["workflow.log", "level", { message: "x" }],
  ];
  for (const [action, param, more] of NAMES) {
    for (const [value, kind] of [[["${{inputs.x}}"], "a list"], [{ a: 1 }, "an object"]] as const) {
      const found = paths(act(action, { ...more, [param]: value as Json }));
      assert.deepEqual(found, [`${param}: must be a text, not ${kind}`], action);
    }
  }
});

test("a request that can never be sent is refused with all that is wrong with it", () => {
  const request = {
    url: "example.com/x",
    method: "G ET",
    headers: { "a b": "1", ok: "x\ny", fine: "1" },
    auth: { type: "basic", username: "u" },
    body_encoding: "form",
    body: [1],
  };
  const header = "must be a valid header name and value, without line breaks";
  assert.deepEqual(paths(act("http.request", request)), [
    "method: must be a method such as GET",
    'url: must be an absolute http or https URL; write "https://example.com/x"',
    `headers["a b"]: ${header}`,
    `headers.ok: ${header}`,
    "auth.password: is required for basic",
    "body: must be an object to be sent as a form",
  ]);
  const URLS: Json[] = [5, "ftp://x", "/api", "api/${{inputs.x}}", "x:${{inputs.x}}", " "];
  for (const url of URLS) {
    assert.deepEqual(paths(act("http.get", { url })), [
      "url: must be an absolute http or https URL",
    ]);
  }
  const FINE: Json[] = [
    "${{inputs.base}}/x",
    "http://${{inputs.host}}/x",
    "http${{inputs.s}}://x",
    "HTTP://x",
    " https://x/${{inputs.x}}",
  ];
  for (const url of FINE) assert.deepEqual(errors(act("http.get", { url })), [], String(url));
  assert.deepEqual(
    errors(act("http.request", {
      url: "http://x",
      method: "${{inputs.m}}",
      headers: { "x-${{inputs.h}} ": "${{inputs.v}}" },
      auth: { type: "bearer", token: "${{secrets.T}}" },
      body_encoding: "form",
      body: "${{inputs.form}}",
    })),
    [],
  );
});

test("what is taken for something else in silence is a warning", () => {
  const TAKEN: [JsonObject, RegExp][] = [
    [
      act("http.get", { url: "http://x", body_encoding: "xml" }),
      /body_encoding: "xml" is none of js/,
    ],
    [act("workflow.log", { message: "x", level: "warning" }), /level: "warning" is none of debug/],
    [act("crypto.hash", { data: "x", algorithm: 7 }), /algorithm: must be a text: .* "sha256"$/],
    [act("crypto.hmac", { data: "x", key: "y", algorithm: ["md5"] }), /algorithm: must be a text/],
  ];
  for (const [step, rule] of TAKEN) {
    assert.deepEqual(errors(step), []);
    const [told, ...others] = warnings(step);
    assert.match(told!, rule);
    assert.deepEqual(others, []);
  }
});

test("a path is a warning that leads to wherever the daemon was started", () => {
  const told = (action: string, params: JsonObject) => warnings(act(action, params));
  for (const path of ["out/x.txt", "./x", "x-${{inputs.n}}", 5]) {
    const [warning] = told("fs.write", { path, content: "" });
    assert.match(
      warning!,
      /^steps\[0\]\.params\.path: ".*" is relative: .*; write an absolute path$/,
    );
  }
  assert.match(told("fs.copy", { src: "~/x", dst: "/x" })[0]!, /\.src: "~" is no home here/);
  assert.match(told("shell.exec", { command: "x", cwd: "sub" })[0]!, /\.cwd: "sub" is relative/);
  for (const path of ["/x", "${{inputs.dir}}/x", "file:///tmp/caf%E9"]) {
    assert.deepEqual(told("fs.read", { path }), []);
  }
});

test("a definition that was stored before is compiled, and not checked by what is refused now", async () => {
  const steps = [act("http.get", { url: 5 }), act("fs.read", { path: ["x"] })];
  assert.equal(errors(...steps).length, 2);
  const plan = await compilePlan(
    {
      name: "t",
      version: 1,
      description: null,
      definition: JSON.stringify({ steps }),
      inputSchema: null,
      outputSchema: null,
      triggers: null,
      agentId: "a",
      createdAt: 0,
      archivedAt: null,
    },
    actions,
    inOnePiece(),
  );
  assert.deepEqual(plan.steps.map(({ id }) => id), ["http-get", "fs-read"]);
});
