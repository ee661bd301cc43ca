// What the `config` of each step type may hold, as JSON Schema.

import { CLOSED, type Rule } from "./rule.ts";

/** Choices of one decision, and what is shown with it. */
const MOST_SHOWN = 100;
/** A text that stands for a name but may hold `${{…}}`. */
export const LONGEST_NAME_TEMPLATE = 4_096;

const STEPS: Rule = { $ref: "#/$defs/steps" };

const conditionConfig: Rule = {
  ...CLOSED,
  title: "Condition",
  description: "Runs the branch named by the value of a CEL expression.",
  required: ["expression", "branches"],
  properties: {
    expression: {
      description: "CEL. A boolean selects true or false, a string or number the key it spells.",
      type: "string",
      minLength: 1,
      examples: ["inputs.env", "steps.check.status_code == 200"],
    },
    branches: {
      description: "The steps of each branch, run in order.",
      type: "object",
      propertyNames: { $ref: "#/$defs/branchKey" },
      additionalProperties: STEPS,
    },
    default: { ...STEPS, description: "Runs when no branch has the key." },
  },
};

const loopConfig: Rule = {
  ...CLOSED,
  title: "Loop",
  description: "Runs its body for each item, or while or until a condition holds.",
  required: ["body"],
  properties: {
    mode: {
      enum: ["for_each", "while", "until"],
      default: "for_each",
      description: "while tests before the body, until after it.",
    },
    over: {
      description: "The list: JSON, ${{…}}, CEL or jq. Items are ${{loop.item}}, in CEL iter.item.",
      type: ["string", "array"],
      minLength: 1,
      examples: ["${{steps.list.output.entries}}", ["a", "b"], "inputs.items"],
    },
    condition: {
      description: "CEL that yields a boolean, for while and until.",
      type: "string",
      minLength: 1,
      examples: ["iter.index < 5"],
    },
    body: { ...STEPS, description: "Steps of one iteration, run in order.", minItems: 1 },
    max_iter: {
      description: "Ends the loop after so many iterations; 0 means no such limit. The output " +
        "then has `exhausted`: whether there was more to do.",
      type: "integer",
      minimum: 0,
    },
    fail_on_exhausted: {
      description: "Whether the step fails when max_iter has ended it and there was more to do.",
      type: "boolean",
      default: false,
    },
    concurrency: {
      description: "Iterations of a for_each that may run at once.",
      type: "integer",
      minimum: 1,
      default: 1,
    },
  },
  allOf: [
    {
      if: { properties: { mode: { const: "for_each" } } },
      then: { required: ["over"] },
    },
    ...["while", "until"].map((mode) => ({
      if: { properties: { mode: { const: mode } }, required: ["mode"] },
      then: { required: ["condition"] },
    })),
  ],
};

const parallelConfig: Rule = {
  ...CLOSED,
  title: "Parallel",
  description: "Starts all branches together.",
  required: ["branches"],
  properties: {
    branches: {
      description: "Lists of steps; each list runs in order.",
      type: "array",
      minItems: 1,
      items: STEPS,
    },
    mode: {
      description: "all waits for every branch, race takes the first that succeeds.",
      enum: ["all", "race"],
      default: "all",
    },
  },
};

const waitConfig: Rule = {
  ...CLOSED,
  title: "Wait",
  description: "Waits for a time, for a signal, or for a signal with a time limit.",
  properties: {
    duration: { $ref: "#/$defs/waitDuration" },
    signal: {
      description: "Name of the signal, matched by payload.signal or payload.name.",
      type: "string",
      minLength: 1,
      maxLength: LONGEST_NAME_TEMPLATE,
    },
    signals: {
      description: "keep: it also takes a signal that came since the run began, each once.",
      enum: ["keep"],
    },
  },
  anyOf: [{ required: ["duration"] }, { required: ["signal"] }],
};

const reasoningConfig: Rule = {
  ...CLOSED,
  title: "Reasoning",
  description: "Suspends the run until an agent or a person decides.",
  properties: {
    prompt_context: { description: "The question; may hold ${{…}}.", type: "string" },
    options: {
      description: "The choices; none means that any answer is accepted.",
      type: "array",
      maxItems: MOST_SHOWN,
      items: {
        ...CLOSED,
        title: "Option",
        required: ["id"],
        properties: {
          id: { type: "string", minLength: 1, maxLength: 256, examples: ["approve"] },
          description: { type: "string" },
        },
      },
    },
    data_inject: {
      description: "Data shown with the question: name → path, CEL or ${{…}}.",
      type: "object",
      maxProperties: MOST_SHOWN,
      additionalProperties: { type: "string" },
      examples: [{ analysis: "steps.analyze.output" }],
    },
    timeout: { $ref: "#/$defs/duration", description: "How long the decision may take." },
    fallback: {
      description: "The option chosen when time is over; without it the step fails then.",
      type: "string",
      minLength: 1,
      maxLength: 256,
    },
    target_agent: {
      description: "Who may decide; empty means anyone.",
      type: "string",
      maxLength: LONGEST_NAME_TEMPLATE,
    },
  },
};

export const CONFIG_RULES: Readonly<Record<string, Rule>> = {
  conditionConfig,
  loopConfig,
  parallelConfig,
  waitConfig,
  reasoningConfig,
};
