// Whether a definition that reads a secret nobody has stored says so, with the command that stores it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { openTestEngine } from "../support/test-engine.ts";
import { TestVault } from "../support/test-vault.ts";

const hash = (data: string): JsonObject => ({
  steps: [{ id: "a", action: "crypto.hash", params: { data } }],
});

const CASES: Record<string, { definition: JsonObject; path: string }> = {
  "a param": { definition: hash("${{secrets.TOKEN}}"), path: "steps[0].params.data" },
  "a part of a text": {
    definition: hash("Bearer ${{ secrets.TOKEN }}"),
    path: "steps[0].params.data",
  },
  "a default input": {
    definition: { inputs: { key: "${{secrets.TOKEN}}" }, ...hash("${{inputs.key}}") },
    path: "inputs.key",
  },
  "a step inside a loop": {
    definition: {
      steps: [{
        id: "l",
        type: "loop",
        config: { over: [1], body: hash("${{secrets.TOKEN}}").steps! },
      }],
    },
    path: "steps[0].config.body[0].params.data",
  },
  "a hook": {
    definition: {
      ...hash("x"),
      on_error: { id: "h", action: "crypto.hash", params: { data: "${{secrets.TOKEN}}" } },
    },
    path: "on_error.params.data",
  },
};

describe("a secret that is not stored is a warning with the command, when it is read by", () => {
  for (const [name, { definition, path }] of Object.entries(CASES)) {
    test(name, async () => {
      const vault = new TestVault({ OTHER: "value-of-other" });
      const { opcode } = await openTestEngine({ secrets: vault });
      const request = { name: "t", agent_id: "tester", definition };
      const expected = [{
        path,
        code: "NOT_FOUND",
        message:
          'secret "TOKEN" is not stored yet: until a person runs "opcode secret set TOKEN", ' +
          "the step fails",
        severity: "warning",
      }];
      const { report } = await opcode.dryRun(request);
      assert.deepEqual(report.warnings, expected);
      assert.deepEqual((await opcode.define(request)).warnings, expected);
      vault.secrets.set("TOKEN", "value-of-token");
      // Names are known to a locked vault too.
      vault.isLocked = true;
      assert.equal((await opcode.define(request)).warnings, undefined);
    });
  }
});

test("a vault that is locked, or not there yet, is told with both commands", async () => {
  const secrets = new TestVault({});
  const { opcode } = await openTestEngine({ secrets });
  const triggers = {
    webhook: [{ name: "in", verify: "github", secret: "HOOK", map: "{}" }],
    notify: { url: "https://x.test/", events: ["completed"], secret: "TOLD" },
  };
  const request = { name: "t", agent_id: "tester", definition: hash("${{secrets.A}}"), triggers };
  const told = async () => {
    const { report } = await opcode.dryRun(request as never);
    const found = report.warnings!.filter(({ code }) => code === "NOT_FOUND");
    return found.map(({ message }) => message);
  };
  secrets.isLocked = true;
  const locked = await told();
  assert.equal(locked.length, 3);
  for (const [i, name] of ["A", "HOOK", "TOLD"].entries()) {
    assert.match(
      locked[i]!,
      new RegExp(
        `^secret "${name}" is not stored yet, and the vault is locked: until a person runs ` +
          `"opcode secret unlock" and then "opcode secret set ${name}", `,
      ),
    );
  }
  secrets.isNew = true;
  for (const message of await told()) {
    assert.match(
      message,
      /not stored yet, and there is no vault yet: .*"opcode secret unlock", wh/,
    );
  }
});

test("each secret is told once, each of several by itself", async () => {
  const { opcode } = await openTestEngine({ secrets: new TestVault({}) });
  const definition = hash("${{secrets.A}} ${{secrets.B.C}} ${{secrets.A}}");
  const { warnings } = await opcode.define({ name: "t", agent_id: "tester", definition });
  const named = warnings?.map(({ message }) => /secret set (\S+)"/.exec(message)?.[1]);
  assert.deepEqual(named, ["A", "B.C"]);
});

test("an agent that may not use the action is not told which secrets there are", async () => {
  const rights = { allow: ["assert.*"], templates: ["*"], decide: "own" } as const;
  const { opcode } = await openTestEngine({
    secrets: new TestVault({}),
    agents: { ann: rights },
  });
  const asked = opcode.as("ann").dryRun({
    name: "t",
    agent_id: "ann",
    definition: hash("${{secrets.A}}"),
  });
  await assert.rejects(asked, ({ code, message }: any) => {
    assert.equal(code, "PERMISSION_DENIED");
    assert.doesNotMatch(message, /secret/);
    return true;
  });
});
