// What the expressions of a run's steps see; looked up in the run's state, never copied ahead.

import { OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { resolve } from "../interpolate/resolve.ts";
import type { Scope, StepView } from "../interpolate/scope.ts";
import { formatVersion } from "../version.ts";
import { contextValues } from "./context.ts";
import type { RunState, StepState } from "./state.ts";

const scopes = new WeakMap<RunState, RunScope>();

/** The scope of the run's top-level steps and hooks. */
export function stepScope(run: RunState): Scope {
  let scope = scopes.get(run);
  if (!scope) scopes.set(run, scope = new RunScope(run));
  return scope;
}

class RunScope implements Scope {
  readonly #run: RunState;
  /** Inputs whose defaults are being resolved: one that needs itself has no value. */
  readonly #resolving = new Set<string>();

  constructor(run: RunState) {
    this.#run = run;
  }

  step(id: string): StepView | undefined {
    const plan = this.#run.plan.byId.get(id);
    if (!plan) return undefined;
    const step = this.#run.steps[plan.index]!;
    return {
      status: step.status,
      output: step.status === "completed" ? step.output : undefined,
      ...(step.error && { error: step.error as unknown as JsonObject }),
    };
  }

  stepIds(): Iterable<string> {
    return this.#run.plan.byId.keys();
  }

  input(name: string): Json | undefined {
    const { inputs, plan } = this.#run;
    if (!Object.hasOwn(inputs, name)) return undefined;
    const value = inputs[name];
    const authored = plan.compiledInputs.get(name);
    // Params are data and never scanned; defaults were written by the workflow's author.
    if (!authored || value !== plan.inputs[name]) return value;
    if (this.#resolving.has(name)) {
      throw new OpcodeError("INTERPOLATION_ERROR", `input "${name}" refers to itself`, {
        details: { input: name },
      });
    }
    this.#resolving.add(name);
    try {
      return resolve(authored, this);
    } finally {
      this.#resolving.delete(name);
    }
  }

  inputNames(): Iterable<string> {
    return Object.keys(this.#run.inputs);
  }

  get workflow(): JsonObject {
    const { row, plan, marks } = this.#run;
    const error = marks.outcome?.error;
    return {
      run_id: row.id,
      name: plan.templateName,
      template_name: plan.templateName,
      template_version: formatVersion(plan.templateVersion),
      agent_id: row.agentId,
      ...(error && {
        error: {
          code: error.code,
          message: error.message,
          ...(error.step_id !== undefined && { step_id: error.step_id }),
        },
      }),
    };
  }

  get context(): JsonObject {
    return contextValues(this.#run);
  }

  secret(name: string): string {
    throw new OpcodeError("VAULT_ERROR", `no vault: secrets.${name} cannot be resolved`, {
      details: { key: name, retryable: false },
    });
  }
}

/** Everything at once, for actions that evaluate expressions themselves. */
export function expressionScope(run: RunState): JsonObject {
  const scope = stepScope(run);
  const inputs: JsonObject = {};
  for (const name of scope.inputNames()) inputs[name] = scope.input(name)!;
  const steps: JsonObject = {};
  for (const step of run.steps) {
    if (isReadable(step)) steps[step.plan.id] = step.output!;
  }
  return { steps, inputs, workflow: scope.workflow, context: scope.context };
}

function isReadable(step: StepState): boolean {
  return step.status === "completed" && step.output !== undefined;
}
