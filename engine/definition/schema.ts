// What the JSON Schema of a workflow definition says; published at /schema/workflow.json.

import { DURATION_PATTERN, LONGEST_DURATION } from "../../core/duration.ts";
import { STEP_TYPES } from "../steps/types.ts";
import {
  CLOSED,
  type Conditional,
  LONGEST_NAME_TEMPLATE,
  type RootRule,
  type Rule,
} from "./rule.ts";

/** Ids and branch keys are parts of stored step ids, so they are bounded. */
export const LONGEST_NAME = 256;

function ref(name: string): Rule {
  return { $ref: `#/$defs/${name}` };
}

export const DURATION: Rule = {
  title: "Duration",
  description: "Decimal numbers with units ns, us, ms, s, m, h. Never negative.",
  type: "string",
  pattern: DURATION_PATTERN,
  maxLength: LONGEST_DURATION,
  examples: ["500ms", "30s", "5m", "1h30m"],
};

export const WAIT_DURATION: Rule = {
  ...DURATION,
  title: "Duration or template",
  description: "A duration, or text with ${{…}} that becomes one when the step runs.",
  pattern: `${DURATION_PATTERN}|\\$\\{\\{`,
  maxLength: LONGEST_NAME_TEMPLATE,
};

const ON_INTERRUPT: Rule = {
  description: "After a restart with this work half done: wait for retry or skip, or run it again.",
  enum: ["suspend", "resume"],
  default: "suspend",
};

/** The type of a step decides what its config holds. */
function configOf({ name: type }: { name: string }): Conditional {
  return {
    if: { properties: { type: { const: type } }, required: ["type"] },
    then: { required: ["config"], properties: { config: ref(`${type}Config`) } },
  };
}

export const STEP: Rule = {
  ...CLOSED,
  title: "Step",
  description: "One unit of work. Steps without a type run an action.",
  required: ["id"],
  properties: {
    id: ref("id"),
    type: {
      title: "Step type",
      description: "What kind of step this is; every type but action needs a config.",
      enum: ["action", ...STEP_TYPES.map(({ name }) => name)],
      default: "action",
    },
    action: {
      title: "Action",
      description: "The registered action to run.",
      type: "string",
      minLength: 1,
      maxLength: LONGEST_NAME,
      examples: ["http.get", "fs.read", "shell.exec", "crypto.hash"],
    },
    params: {
      title: "Parameters",
      description: "Input of the action; ${{…}} is resolved when the step runs.",
      type: "object",
    },
    depends_on: {
      title: "Depends on",
      description: "Sibling steps that must be settled first. Independent steps run together.",
      type: "array",
      items: { type: "string", minLength: 1, maxLength: LONGEST_NAME },
    },
    condition: {
      title: "Guard",
      description: "CEL; the step is skipped when it is false.",
      type: "string",
      minLength: 1,
      examples: ["steps.fetch.status_code == 200", "inputs.env == 'prod'"],
    },
    timeout: { ...ref("duration"), description: "Time limit of one attempt." },
    retry: ref("retry"),
    on_error: ref("errorHandler"),
    on_interrupt: ON_INTERRUPT,
    config: { title: "Configuration", description: "What the step's type needs." },
  },
  allOf: [
    {
      if: { properties: { type: { const: "action" } } },
      then: { required: ["action"], properties: { config: { type: "object" } } },
    },
    ...STEP_TYPES.map(configOf),
  ],
};

export const STEPS: Rule = { title: "Steps", type: "array", items: ref("step") };

const RETRY: Rule = {
  ...CLOSED,
  title: "Retry policy",
  required: ["max"],
  properties: {
    max: { description: "Tries after the first one.", type: "integer", minimum: 0 },
    backoff: {
      description: "How the delay grows; with a delay and no backoff it is constant.",
      enum: ["none", "linear", "exponential", "constant"],
    },
    delay: { ...ref("duration"), description: "Time before the first retry." },
    max_delay: { ...ref("duration"), description: "The delay never grows beyond this." },
  },
};

const ERROR_HANDLER: Rule = {
  ...CLOSED,
  title: "Error handler",
  description: "What happens when the step has failed and no retry is left.",
  required: ["strategy"],
  properties: {
    strategy: {
      description: "ignore: the step is skipped. fail_workflow: the run fails at once. " +
        "fallback_step: another step runs instead. retry: left to the retry policy.",
      enum: ["ignore", "fail_workflow", "fallback_step", "retry"],
    },
    fallback_step: {
      description: "A sibling step (or one further out) that runs only when this one fails.",
      type: "string",
      minLength: 1,
      maxLength: LONGEST_NAME,
    },
  },
  allOf: [{
    if: { properties: { strategy: { const: "fallback_step" } }, required: ["strategy"] },
    then: { required: ["fallback_step"] },
  }],
};

/** What of a step may hold for all of them. */
export const DEFAULTS: Rule = {
  ...CLOSED,
  title: "Defaults",
  description: "What holds for each step with an action, at every depth, that says nothing itself.",
  properties: {
    fail_on_error: {
      description: "For shell.exec: whether an exit code other than 0 fails the step.",
      type: "boolean",
    },
    fail_on_error_status: {
      description: "For http.*: whether a status from 400 on fails the step.",
      type: "boolean",
    },
    timeout: { ...ref("duration"), description: "Not for workflow.run." },
    retry: { ...ref("retry"), description: "Not for workflow.run." },
    on_error: { ...ref("errorHandler"), description: "Not for workflow.run and hooks." },
  },
  examples: [{ fail_on_error: true, fail_on_error_status: true }],
};

export const WORKFLOW_SCHEMA: RootRule = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  ...CLOSED,
  title: "opcode workflow",
  description: "A workflow: steps that depend on each other, run durably and in parallel.",
  required: ["steps"],
  properties: {
    $schema: { description: "The schema an editor checks this file with.", type: "string" },
    steps: { ...ref("steps"), description: "The steps of the workflow.", minItems: 1 },
    inputs: {
      title: "Inputs",
      description: "Default inputs, overlaid by the params of a run; may hold ${{secrets.KEY}}.",
      type: "object",
    },
    defaults: ref("defaults"),
    context: {
      title: "Context",
      description: "Readable as ${{context.*}}; intent and notes are shown with decisions.",
      type: "object",
      examples: [{ intent: "why this workflow exists", notes: "what to look out for" }],
    },
    timeout: { ...ref("duration"), description: "Time limit of the run; pauses do not count." },
    on_timeout: {
      description: "What becomes of the run when its time is over.",
      enum: ["fail", "suspend", "cancel"],
      default: "fail",
    },
    on_interrupt: ON_INTERRUPT,
    on_complete: { ...ref("step"), description: "Runs once after all steps have succeeded." },
    on_error: { ...ref("step"), description: "Runs once before the run is marked failed." },
    metadata: {
      title: "Metadata",
      description: "Anything; opcode reads only name, the title of diagrams.",
      type: "object",
    },
  },
  $defs: {
    step: STEP,
    steps: STEPS,
    id: {
      title: "Id",
      description: "Unique among its siblings; outputs are read as ${{steps.<id>.output}}.",
      type: "string",
      minLength: 1,
      maxLength: LONGEST_NAME,
      not: { const: "__proto__" },
      examples: ["fetch", "send-report"],
    },
    branchKey: { type: "string", maxLength: LONGEST_NAME, not: { const: "__proto__" } },
    duration: DURATION,
    waitDuration: WAIT_DURATION,
    retry: RETRY,
    errorHandler: ERROR_HANDLER,
    defaults: DEFAULTS,
    ...Object.fromEntries(STEP_TYPES.map(({ name, config }) => [`${name}Config`, config])),
  },
};
