// Whether runs and templates can be listed, read and completed as resources, in both eras.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { QueryRequest } from "../../../engine/api.ts";
import { bothEras, mcpApp } from "../../support/mcp-app.ts";
import { scriptedOpcode } from "../../support/scripted-opcode.ts";

const AT = "2026-01-01T00:00:00.000Z";

const versions = (name: string, from: number, to: number): JsonObject[] =>
  Array.from({ length: from - to + 1 }, (_, at) => ({
    name,
    version: `v${from - at}`,
    definition: { steps: [] },
    created_at: AT,
  }));

const TEMPLATES = [...versions("a b/c", 60, 1), ...versions("deploy", 1, 1)];

const RUNS: JsonObject[] = Array.from({ length: 70 }, (_, at) => ({
  id: `01a1-${String(69 - at).padStart(3, "0")}`,
  template_name: "deploy",
  template_version: "v1",
  status: "completed",
  agent_id: "bot",
  created_at: AT,
  updated_at: AT,
}));

/** An engine with these rows, paged as the real one pages. */
function stored() {
  return scriptedOpcode({
    async query({ resource, filter = {} }: QueryRequest) {
      const from = Number(filter.cursor ?? 0);
      if (Number.isNaN(from)) throw new OpcodeError("VALIDATION_ERROR", "filter.cursor: no cursor");
      const all = resource === "templates" ? TEMPLATES : RUNS;
      const rows = all.filter((row) => filter.name === undefined || row.name === filter.name);
      const next = from + Number(filter.limit);
      return {
        rows: rows.slice(from, next),
        ...(next < rows.length && { next_cursor: String(next) }),
      };
    },
    async status(workflow_id: string) {
      if (workflow_id !== RUNS[0]!.id) throw new OpcodeError("NOT_FOUND", "no such workflow");
      return { workflow_id, status: "completed" } as never;
    },
  });
}

test("the actions are listed, every template once, then every run from the newest on, page by page", async (t) => {
  const eras = await bothEras(mcpApp(t, { opcode: stored() }));
  for (const [era, ask] of Object.entries(eras)) {
    const found: any[] = [];
    let cursor: string | undefined;
    do {
      const { result } = await ask("resources/list", cursor === undefined ? {} : { cursor });
      found.push(...result.resources);
      cursor = result.nextCursor;
    } while (cursor !== undefined);
    assert.deepEqual(
      found.map(({ uri }) => uri),
      [
        "opcode://actions",
        "opcode://templates/a%20b%2Fc",
        "opcode://templates/deploy",
        ...RUNS.map(({ id }) => `opcode://runs/${id}`),
      ],
      era,
    );
    assert.equal(found[1].title, "a b/c v60", "the latest version");
    assert.equal(found[3].title, "deploy v1, completed");
    assert.ok(found.every(({ mimeType }) => mimeType === "application/json"));
  }
});

test("a run reads as its status, a template as its latest version", async (t) => {
  const eras = await bothEras(mcpApp(t, { opcode: stored() }));
  for (const ask of Object.values(eras)) {
    const { result: { resourceTemplates } } = await ask("resources/templates/list");
    assert.deepEqual(resourceTemplates.map((one: any) => one.uriTemplate), [
      "opcode://runs/{id}",
      "opcode://templates/{name}",
      "opcode://actions/{name}",
    ]);
    const read = async (uri: string) => {
      const { contents } = (await ask("resources/read", { uri })).result;
      assert.deepEqual([contents.length, contents[0].uri], [1, uri]);
      return JSON.parse(contents[0].text);
    };
    assert.equal((await read("opcode://runs/01a1-069")).status, "completed");
    assert.equal((await read("opcode://templates/a%20b%2Fc")).version, "v60");
    assert.deepEqual((await read("opcode://templates/deploy")).definition, { steps: [] });
  }
});

test("what is not there is an error that names its URI", async (t) => {
  const eras = await bothEras(mcpApp(t, { opcode: stored() }));
  const uris = [
    "opcode://runs/nothing",
    "opcode://runs/",
    "opcode://templates/nothing",
    "opcode://templates/%E0%A4%A",
    "file:///etc/passwd",
  ];
  for (const ask of Object.values(eras)) {
    for (const uri of uris) {
      const { error } = await ask("resources/read", { uri });
      assert.equal(error.code, -32602, uri);
      assert.equal(error.data.uri, uri);
    }
  }
});

test("a cursor of another list is refused", async (t) => {
  const eras = await bothEras(mcpApp(t, { opcode: stored() }));
  const foreign = [{ resource: "events" }, { resource: "workflows", cursor: "x" }, 3];
  const cursors = foreign.map((value) => Buffer.from(JSON.stringify(value)).toString("base64url"));
  for (const ask of Object.values(eras)) {
    for (const cursor of ["", "nonsense", ...cursors]) {
      const { error } = await ask("resources/list", { cursor });
      assert.equal(error.code, -32602);
      assert.match(error.message, /cursor/);
    }
  }
});

test("names and run ids are completed, at most 100 at once", async (t) => {
  const eras = await bothEras(mcpApp(t, { opcode: stored() }));
  for (const ask of Object.values(eras)) {
    const complete = async (uri: string, name: string, value: string) => {
      const params = { ref: { type: "ref/resource", uri }, argument: { name, value } };
      return (await ask("completion/complete", params)).result.completion;
    };
    assert.deepEqual(await complete("opcode://templates/{name}", "name", "de"), {
      values: ["deploy"],
      hasMore: false,
    });
    const { values } = await complete("opcode://runs/{id}", "id", "01a1-06");
    assert.deepEqual(values, RUNS.slice(0, 10).map(({ id }) => id));
    assert.deepEqual((await complete("opcode://runs/{id}", "other", "")).values, []);
    const unknown = { ref: { type: "ref/prompt", name: "p" }, argument: { name: "x", value: "" } };
    assert.equal((await ask("completion/complete", unknown)).error.code, -32602);
  }
});

test("a failure of the engine says its code, a bug says nothing", async (t) => {
  for (
    const [thrown, message] of [
      [new OpcodeError("BUSY", "the disk is full"), /^\[BUSY\] the disk is full/],
      [new Error("secret detail"), /^internal error$/],
    ] as const
  ) {
    const opcode = scriptedOpcode({ query: () => Promise.reject(thrown) });
    const eras = await bothEras(mcpApp(t, { opcode }));
    for (const ask of Object.values(eras)) {
      const { error } = await ask("resources/list");
      assert.equal(error.code, -32603);
      assert.match(error.message, message);
    }
  }
});
