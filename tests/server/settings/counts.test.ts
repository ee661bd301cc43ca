// What a setting takes that has a number for each of some names.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadSettings } from "../../../server/settings/load.ts";
import { scratch } from "../../support/scratch.ts";

const home = (t: Parameters<typeof scratch>[0]) => ({ OPCODE_HOME: scratch(t) });

test("limits are numbers by name, in the file as an object and in variables as text", (t) => {
  const text = JSON.stringify({ limits: { templates: { deploy: 1, "a b=c": 2 }, agents: {} } });
  const env = { ...home(t), OPCODE_LIMITS_AGENTS: "ci=5, a=b=2," };
  const loaded = loadSettings({ env, text });
  assert.deepEqual(loaded["limits.templates"], { deploy: 1, "a b=c": 2 });
  assert.deepEqual(loaded["limits.agents"], { ci: 5, "a=b": 2 });
  assert.deepEqual(loadSettings({ env: home(t) })["limits.templates"], {});
});

test("what is no number of runs is refused with what it has to be", (t) => {
  const rule = /limits\.templates: must be whole numbers from 1 on by name/;
  for (
    const templates of [{ deploy: 0 }, { deploy: 1.5 }, { deploy: "1" }, { "": 1 }, [1], 3, "d=1"]
  ) {
    const text = JSON.stringify({ limits: { templates } });
    assert.throws(() => loadSettings({ env: home(t), text }), rule, text);
  }
  for (const given of ["deploy", "deploy=", "=1", "deploy=0", "deploy=1,deploy=2", "deploy=-1"]) {
    const env = { ...home(t), OPCODE_LIMITS_TEMPLATES: given };
    assert.throws(() => loadSettings({ env }), /OPCODE_LIMITS_TEMPLATES: must be whole/, given);
  }
});

test("a key beside them is named, with the one that was meant", (t) => {
  const text = JSON.stringify({ limits: { template: { deploy: 1 } } });
  assert.throws(() => loadSettings({ env: home(t), text }), /limits\.template".*limits\.templates/);
});
