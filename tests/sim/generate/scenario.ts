// What one seed of the simulator is about: templates, runs to start, and a script of signals.

import type { JsonObject } from "../../../core/json.ts";
import type { WorkflowDefinition } from "../../../engine/definition/types.ts";
import type { StepType } from "../step-type.ts";
import { Draw } from "../../support/generate/values.ts";
import { generateDefinition } from "./definition.ts";
import { weighted } from "./place.ts";
import { type Intent, signalScript } from "./signals.ts";
import { FLOW_TYPES } from "./steps.ts";
import { someInputs } from "./values.ts";

export interface SimTemplate {
  name: string;
  definition: WorkflowDefinition;
}

/** A run that a client starts. */
export interface SimStart {
  /** Simulated ms since the beginning. */
  at: number;
  template: string;
  params: JsonObject;
  agentId: string;
}

export interface Scenario {
  /** In the order in which they are to be defined. */
  templates: SimTemplate[];
  /** By time. */
  starts: SimStart[];
  /** By time; whom each one meets is decided then, see `pickSignal`. */
  signals: Intent[];
}

const TYPES: readonly StepType[] = [
  "action",
  "condition",
  "loop",
  "parallel",
  "wait",
  "reasoning",
];

/** The same numbers give the same scenario. */
export function generateScenario(random: () => number): Scenario {
  const draw = new Draw(random);
  const templates: SimTemplate[] = [];
  const child = draw.chance(0.35) ? "child" : null;
  if (child !== null) {
    const definition = generateDefinition(draw, {
      child: null,
      wishes: [],
      topLevel: 3,
      maxSteps: 8,
    });
    templates.push({ name: child, definition });
  }
  const wishes = draw.many(0, 2, (): [StepType, StepType] => [
    draw.pick(FLOW_TYPES),
    draw.pick(TYPES),
  ]);
  const definition = generateDefinition(draw, {
    child,
    wishes,
    topLevel: draw.chance(0.3) ? 8 : 4,
    maxSteps: draw.int(4, 24),
  });
  templates.push({ name: "main", definition });
  const starts = Array.from({ length: weighted(draw, [[1, 6], [2, 3], [3, 1]]) }, () => ({
    at: draw.chance(0.5) ? 0 : draw.int(0, 5_000),
    template: "main",
    params: someInputs(draw),
    agentId: draw.pick(["alice", "bob"]),
  }));
  starts.sort((a, b) => a.at - b.at);
  return { templates, starts, signals: signalScript(draw) };
}
