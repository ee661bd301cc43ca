// What the expressions of a run's steps see; looked up in the run's state, never copied ahead.

import { OpcodeError } from "../../core/errors.ts";
import {
  type Answer,
  Elsewhere,
  type ExpressionRequest,
  Preparing,
} from "../../core/expression.ts";
import { setOwn } from "../../core/copy.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Limits } from "../../embed/cel/budget.ts";
import { documentOf, isVisible, stepValue, visibleSteps } from "../../embed/document.ts";
import { defineLazy, lookedUp } from "../../embed/looked-up.ts";
import { readsOf } from "../../embed/program-reads.ts";
import { type Members, membersOf } from "../../embed/reads.ts";
import { resolve } from "../interpolate/resolve.ts";
import type { PlanList } from "../definition/plan.ts";
import { SKIPPED_BY_SIGNAL } from "./given-up.ts";
import type { LoopView, Scope, StepView } from "../interpolate/scope.ts";
import { formatVersion } from "../version.ts";
import { isNested, stop } from "../../embed/cel/budget.ts";
import { Absent, needOutputs } from "../memory/absent.ts";
import { contextNow, keptContext } from "./context.ts";
import { newList } from "./new-run.ts";
import { rootOf, type RunState, type StepList, type StepState } from "./state.ts";
import { inputsOf, outputOf } from "./unsealed.ts";

const scopes = new WeakMap<StepList, RunScope>();

/** The scope of the steps of a list. */
export function scopeOf(run: RunState, list: StepList): Scope {
  let scope = scopes.get(list);
  if (!scope) scopes.set(list, scope = new RunScope(run, list, { loop: list.loop }));
  return scope;
}

/** The scope of one step, with what it has been answered. `link`: of the question that it asks. */
export function scopeFor(run: RunState, step: StepState, link?: () => string): Scope {
  const { list, live: { answers } } = step;
  if (!answers && !link) return scopeOf(run, list);
  return new RunScope(run, list, { loop: list.loop, answers, link });
}

/** The scope of a while or until: it sees the newest iteration's steps, and no item. */
export function conditionScope(
  run: RunState,
  loop: StepState,
  { body, index }: { body: PlanList; index: number },
): Scope {
  const newest = loop.inside.lists!.at(-1);
  const list = newest ?? newList(body, {
    owner: loop,
    index: 0,
    loop: undefined,
  });
  return new RunScope(run, list, {
    loop: { item: null, index },
    answers: loop.live.answers,
  });
}

class RunScope implements Scope {
  readonly #run: RunState;
  readonly #list: StepList;
  readonly loop: LoopView | undefined;
  readonly link: (() => string) | undefined;
  /** Inputs whose defaults are being resolved: one that needs itself has no value. */
  readonly #resolving = new Set<string>();

  readonly #answers: ReadonlyMap<string, Answer> | null;
  /** Whether whoever asks can wait for a secret. */
  readonly #waits: boolean;

  constructor(
    run: RunState,
    list: StepList,
    own: {
      loop: LoopView | undefined;
      answers?: ReadonlyMap<string, Answer> | null;
      waits?: boolean;
      link?: (() => string) | undefined;
    },
  ) {
    this.#run = run;
    this.#list = list;
    this.#answers = own.answers ?? null;
    this.#waits = own.waits ?? true;
    this.loop = own.loop;
    this.link = own.link;
  }

  answered(source: string): Answer | undefined {
    return this.#answers?.get(source);
  }

  get limits(): Limits | undefined {
    return this.#run.limits;
  }

  get room() {
    return this.#run.room;
  }

  step(id: string): StepView | undefined {
    const step = findVisible(this.#run, this.#list, id);
    // Before a loop's first iteration its steps are known but have no state.
    return step === null ? { status: "pending", output: undefined } : step && viewOf(step);
  }

  /** Ids that can be named here: the short ones of the steps around, and then all full ones. */
  stepIds(): Iterable<string> {
    const ids = new Set<string>();
    for (let list: StepList | undefined = this.#list; list; list = list.owner?.list) {
      for (const id of list.plan.byId.keys()) ids.add(id);
    }
    for (const id of this.#run.nested.keys()) ids.add(id);
    return ids;
  }

  input(name: string): Json | undefined {
    const { plan } = this.#run;
    const inputs = inputsOf(this.#run);
    if (!Object.hasOwn(inputs, name)) return undefined;
    const value = inputs[name];
    const authored = plan.compiledInputs.get(name);
    // What the caller gave is data, also where it reads like the default that the author wrote.
    if (!authored || this.#run.given.has(name)) return value;
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
          step_id: error.step_id ?? null,
        },
      }),
    };
  }

  get context(): JsonObject {
    return contextNow(this.#run);
  }

  keptContext(): JsonObject {
    return keptContext(this.#run);
  }

  secret(name: string): string {
    const { secrets } = this.#run;
    if (this.#waits) this.#seek(name);
    const value = secrets.resolve(name);
    // What finds a long secret again takes a while to make.
    const ready = this.#waits ? secrets.prepare() : null;
    if (ready) throw new Preparing(`secrets.${name}`, ready);
    return value;
  }

  /** One that is not known is looked for once before its step fails for it: another node may have stored it. */
  #seek(name: string): void {
    const what = `stored secrets.${name}`;
    const answer = this.answered(what);
    const sought = answer === undefined ? this.#run.secrets.seek(name) : null;
    if (sought) throw new Preparing(what, sought);
    if (answer?.ok === false) throw answer.error;
  }
}

function viewOf(step: StepState): StepView {
  return {
    status: step.row.status,
    get output() {
      return step.row.status === "completed" ? readOutput(step) : undefined;
    },
    ...(step.row.error && { error: step.row.error }),
    ...(step.row.status === "skipped" && step.row.detail.reason === SKIPPED_BY_SIGNAL && {
      passedOver: rootOf(step).id,
    }),
  };
}

/** What an evaluation around it would make of an output that is not there does not matter. */
function readOutput(step: StepState): Json | undefined {
  try {
    return outputOf(step);
  } catch (thrown) {
    if (thrown instanceof Absent && isNested()) stop(thrown);
    throw thrown;
  }
}

/** Null: there is such a step, but no state of it. Undefined: there is none. */
function findVisible(run: RunState, from: StepList, id: string): StepState | null | undefined {
  for (let list: StepList | undefined = from; list; list = list.owner?.list) {
    const plan = list.plan.byId.get(id);
    if (plan) return list.steps[plan.index] ?? null;
  }
  return run.nested.get(id);
}

/** A program of a step's action. */
type Program = Pick<ExpressionRequest, "engine" | "source">;

/** Throws Absent when an expression of the step's action may read an output that is not there. */
export function needVisible(run: RunState, step: StepState, params: JsonObject): void {
  const { expressions, inPlaceOfScope } = step.plan.action!;
  if (!run.lacks || (inPlaceOfScope && Object.hasOwn(params, inPlaceOfScope))) return;
  const seen = new Set<StepState>();
  for (const [name, engine] of Object.entries(expressions!)) {
    const source = params[name];
    if (typeof source !== "string") continue;
    const members = membersOf(readsOf({ engine, source }), "steps");
    if (members === "all") addVisible(run, { list: step.list, source, seen });
    else if (members) {
      for (const id of members) {
        const read = findVisible(run, step.list, id);
        if (read && isVisible(id, source)) seen.add(read);
      }
    }
  }
  needOutputs(seen);
}

function addVisible(
  run: RunState,
  { list: from, source, seen }: { list: StepList; source: string; seen: Set<StepState> },
): void {
  for (let list: StepList | undefined = from; list; list = list.owner?.list) {
    for (const step of list.steps) seen.add(step);
  }
  for (const [id, inner] of run.nested) if (source.includes(id)) seen.add(inner);
}

/**
 * What a program of an action sees that evaluates it itself: what it reads, of what is in sight of
 * the steps of a list. Its source decides what of a step is there, see embed/document.ts.
 */
export function expressionScope(run: RunState, list: StepList, program: Program): JsonObject {
  // An action that is under way has no place to go back to.
  const scope = new RunScope(run, list, { loop: list.loop, waits: false });
  const reads = readsOf(program);
  return documentOf(scope, reads, {
    steps: (members) => stepsOf(scope, program.source, members),
    inputs: (members) => inputsIn(scope, members),
  });
}

function stepsOf(scope: RunScope, source: string, members: Members): JsonObject {
  if (members === "all") return lookedUp(scope, source);
  const steps: JsonObject = {};
  for (const [id, step] of visibleSteps(scope, source, members)) {
    defineLazy(steps, id, () => stepValue(id, step, source));
  }
  return steps;
}

function inputsIn(scope: RunScope, members: Members): JsonObject {
  const inputs: JsonObject = {};
  for (const name of members === "all" ? scope.inputNames() : members) {
    const value = inputOf(scope, name);
    if (value !== undefined) setOwn(inputs, name, value);
  }
  return inputs;
}

/** Reads all steps of an `expressionScope`, as whoever is to read them later sees them now. */
export function readSteps({ steps }: JsonObject): void {
  if (steps) Object.values(steps as JsonObject);
}

function inputOf(scope: Scope, name: string): Json | undefined {
  try {
    return scope.input(name);
  } catch (thrown) {
    if (!(thrown instanceof Elsewhere)) throw thrown;
    const problem =
      `the default of input "${name}" takes too long to compute: compute it in a step`;
    throw new OpcodeError("EXECUTION_ERROR", problem, {
      details: { expression: thrown.request.source, retryable: false },
    });
  }
}
