// How tests of the checker show it a run with one fault in it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepDefinition } from "../../../engine/definition/types.ts";
import { Log } from "./build.ts";
import { checkRun } from "./check.ts";
import type { Evidence } from "./evidence.ts";
import { act } from "./steps.ts";

/** Declares a test: the fault must be among what is found. */
export function finds(name: string, expected: RegExp, make: () => Evidence | Log): void {
  test(name, () => {
    const made = make();
    const found = checkRun(made instanceof Log ? made.evidence() : made);
    assert.ok(found.some((line) => expected.test(line)), `found only: ${JSON.stringify(found)}`);
  });
}

/** The output of a simulated action without a value. */
export const own = (id: string, attempt = 1) => ({ id, attempt, value: null });

/** A simulated action with effects outside. */
export const external = (id: string, more: Partial<StepDefinition> = {}, behave = "ok") =>
  act(id, { behave }, { action: "sim.external", ...more });

export const chain = [act("a"), act("b", {}, { depends_on: ["a"] })];

/** A run of the chain that went well. */
export const whole = () => new Log(chain).run().done("a").done("b").completeRun(own("b"));
