// What a type of step is: what may be written of it, how it is drawn, and what it does in a run.
//
// A type is one object, in a file of its own beside the list of all of them (types.ts); nobody else
// asks which type a step has. `action` is none of these: an action has its own registry.

import type { ErrorObject } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { CelProgram } from "../../embed/cel.ts";
import type { ChildList } from "../definition/child-list.ts";
import type { ChildListPlan, PlanStep } from "../definition/plan.ts";
import type { Report } from "../definition/report.ts";
import type { Rule } from "../definition/rule.ts";
import type { StepList as WrittenList, StepNode } from "../definition/node.ts";
import type { StepDefinition, WorkflowDefinition } from "../definition/types.ts";
import type { CompiledValue } from "../interpolate/compile.ts";
import type { Place } from "../state/place.ts";
import type { Resolution } from "../signals/resolution.ts";
import type { StepDetail, StepList, StepState } from "../state/state.ts";
import type { Turn } from "../transition/turn.ts";

/**
 * `Config`: a config that has passed the structural check. Members that are left out say that there
 * is nothing of the kind.
 */
export interface StepType<Config extends object = object>
  extends Written<Config>, Drawn<Config>, Played {}

/**
 * The type of a step of a plan; null for an action. What a type does is told in terms of plans and of
 * runs that follow them, so a plan knows no more of its type than that it has one: this is which.
 */
export function stepTypeOf({ type }: Pick<PlanStep, "type">): StepType | null {
  // Only compile-step.ts makes steps of plans, and takes their types from the list of all.
  return type as StepType | null;
}

/** Members of the step's detail that tell how far it has come, what is inside it included. */
export function progressOf({ plan }: StepState): (keyof StepDetail)[] {
  return [...stepTypeOf(plan)?.progress ?? [], "unended"];
}

/** What a definition may say of such a step, and what that means before any run. */
interface Written<Config> {
  /** What `type` says. */
  readonly name: string;
  /** What `config` may hold; its title is how messages and hints call it. */
  readonly config: Rule & { title: string };
  /** What an agent is told of it: its config and, after an arrow, its output, in one line. */
  readonly summary: string;
  /**
   * The lists of steps in the config, in the order of the definition. The config may be malformed
   * and have millions of members: what is no list is passed on as it is, and nothing is kept.
   */
  lists?(config: JsonObject): Iterable<ChildList>;
  /** What is wrong with the config or has no effect, beyond what the schema says. */
  check?(node: StepNode, around: { workflow: WorkflowDefinition; report: Report }): void;
  /** What is wrong with the step in a hook, or inside one that may take so long. */
  checkInHook?(node: StepNode, hook: { limitMs: number; report: Report }): void;
  /** What of the config is evaluated when the step runs. */
  expressions?(config: Config, node: StepNode): Iterable<Expression>;
  /** Whether some of it may be CEL that no `${{…}}` gives away. */
  readonly holdsCel?: boolean;
  /** CEL that must hold, or have one value, for anything inside the step to run. */
  guards?(config: Config): (string | undefined)[];
  /** The fields that its output can have. */
  outputs(config: Config): string[];
  /** What else is known of these, as JSON Schemas by their names. */
  outputTypes?(config: Config): Record<string, JsonObject>;
  /** The part of its output, as `.field`, that the last step of the list at this index of `lists` gives. */
  given?(config: Config, list: number): string;
  /** What the run needs of the config; it stands in the step's plan. */
  compile(config: Config, tools: CompileTools): object;
}

/** A text of the config, where it stands, and in which language it is written. */
export interface Expression {
  /** Its path in the config, such as `options[0].description`. */
  at: string;
  text: Json | undefined;
  /** `list`: a template or list, the text of a JSON list, CEL, or else jq. */
  language: "cel" | "template" | "list";
  /** Whether it is stored and read by agents, so that it must not hold a secret. */
  shown?: boolean;
  /** The body of a loop, whose steps it reads. */
  body?: WrittenList;
  /** Whether it is also evaluated before the body has run. */
  beforeBody?: boolean;
  /** Whether it must yield true or false. */
  isGuard?: boolean;
  /** Keys of the branches among which its value chooses. */
  branches?: readonly string[];
}

/** What compiling a config needs beside the config. */
export interface CompileTools {
  step: StepDefinition;
  /** Those of `lists`, compiled, in their order; the empty ones are among them. */
  lists: readonly ChildListPlan[];
  /** A text with `${{…}}`; null for none. */
  template(text: string | undefined): CompiledValue | null;
  /** A value with `${{…}}` in its texts. */
  value(value: Json): CompiledValue;
  cel(source: string): CelProgram;
  /** Whether it is CEL by its syntax. */
  isCel(source: string): boolean;
}

/** How a picture shows it. */
interface Drawn<Config> {
  readonly shape: "box" | "diamond" | "hexagon" | "stadium" | "subroutine";
  /** What its box says under its id; long text is cut. */
  label(config: Config): string;
  /** Whether one of its lists runs and the others never do. */
  readonly chooses?: boolean;
}

/** What it does in a run, at each moment that the engine knows of. */
interface Played {
  /**
   * Begins an attempt and writes its `step_started`, because a loop's names its items. What it throws
   * fails the attempt; what it throws as not known yet begins again once it is.
   */
  begin(turn: Turn, step: StepState): void;
  /** What is inside a step that is under way may go on, after its lists. May throw as `begin` does. */
  goOn?(turn: Turn, step: StepState): void;
  /** All steps of one of its lists are settled. May throw as `begin` does. */
  listDone?(turn: Turn, step: StepState, list: StepList): void;
  /** One of its lists has failed; `error` is what the step would fail with. */
  listFailed?(turn: Turn, step: StepState, list: StepList, error: ErrorObject): void;
  /** Its lists have been read from the rows of their steps, each by itself: what that means for the others. */
  listsRead?(step: StepState): void;
  /** Where the lists stand that it has opened so far, as its detail tells; null before any. */
  places?(step: StepState): Place[] | null;
  /** Members of its detail that `places` needs: whoever revives or forks the step keeps them. */
  readonly progress?: readonly (keyof StepDetail)[];
  /** What the keys of its timers begin with, in front of a colon; by default its name. */
  readonly timer?: string;
  /** The time it was waiting for has come. */
  due?(turn: Turn, step: StepState): void;
  /** Takes its waiting up again after the run was loaded or halted. */
  waitAgain?(turn: Turn, step: StepState): void;
  /** Whether it does nothing but wait: a run that has failed does not wait for it. */
  readonly onlyWaits?: boolean;
  /** Whether it sees to its time limit itself. */
  readonly limitsItself?: boolean;
  /** Data has come for it while it is under way and waits for a signal. */
  meet?(turn: Turn, step: StepState, payload: JsonObject): void;
  /**
   * By what its config was compiled to: the signal that it waits for, as far as its name is known before
   * it begins, and whether it takes one that came before that. Undefined: it waits for none.
   */
  awaits?(config: object): { signal: CompiledValue | null; keeps: boolean } | undefined;
  /** Its question is answered. A type that asks none has no such member. */
  answer?(turn: Turn, step: StepState, resolution: Resolution): void;
}
