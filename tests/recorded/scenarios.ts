// Which runs a recorded database holds, how far each had come when its process died, and what is due then.
//
// A database that is recorded stays as it is: what a scenario expects may not change for it. Add another
// scenario instead, with the layout since which there is one.

import { createHash } from "node:crypto";
import type { JsonObject } from "../../core/json.ts";

/** Of a status reply: what it must hold. */
export interface Expected {
  status: "completed" | "failed" | "cancelled" | "suspended";
  output?: unknown;
  error?: { code: string };
  interrupted?: string[];
  timed_out?: true;
}

export interface Sent {
  signal_type: "decision" | "data" | "retry" | "skip" | "cancel";
  step_id?: string;
  payload?: JsonObject;
}

export interface Scenario {
  /** The first layout whose builds know of it. */
  since: number;
  definition: JsonObject;
  params?: JsonObject;
  /** The run of this scenario is forked, from this step. */
  fork?: { of: string; step: string };
  /** Signals that it gets before the process dies, each once it has come to rest. */
  before?: Sent[];
  /** How it stands when the process dies: the run, and one of its steps. */
  at: { status: string; step?: [id: string, status: string] };
  /** There is one more restart, in which nobody answers, before the process dies for good. */
  again?: true;
  /** What it comes to by itself when it is opened later; absent when it had ended. */
  due?: Expected;
  /** What is sent then, to the run or to its child, and what it comes to. */
  after?: { send: Sent; toChild?: true; due: Expected }[];
}

export const AGENT = "cli";

/** The template of a scenario; its name is the key of its run. */
export function templateOf(name: string): string {
  return name.replaceAll(/[^a-z]+/g, "-");
}

export const VAULT_KEY = `hex:${"0123456789abcdef".repeat(4)}`;
export const SECRET = { name: "TOKEN", value: "recorded-secret-7f3a" };

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

const hash = (id: string, data: string, more: JsonObject = {}) => ({
  id,
  action: "crypto.hash",
  params: { data },
  ...more,
});
const wait = (id: string, config: JsonObject, more: JsonObject = {}) => ({
  id,
  type: "wait",
  config,
  ...more,
});
const after = (...depends_on: string[]) => ({ depends_on });
const ask = (config: JsonObject) => ({
  id: "ask",
  type: "reasoning",
  config: { prompt_context: "go on?", options: [{ id: "yes" }, { id: "no" }], ...config },
});
/** An effect that nobody can tell the fate of: `url` never answers. */
const effect = (id: string, more: JsonObject = {}) => ({
  id,
  action: "http.post",
  params: { url: "${{inputs.url}}", body: { n: 1 } },
  ...more,
});
/** The output of `hash` of a text. */
const hashOf = (text: string) => ({ hash: sha256(text), algorithm: "sha256" });
const hashed = hashOf("a");

/** Templates that others run. */
export const CHILDREN: Record<string, JsonObject> = {
  "child-done": { steps: [hash("h", "${{inputs.text}}")], inputs: { text: "a" } },
  "child-asks": { steps: [ask({})] },
  "child-waits": { steps: [wait("w", { duration: "20s" })] },
};
const child = (template_name: string) => ({
  id: "child",
  action: "workflow.run",
  params: { template_name },
});

/** By name, which is also the idempotency key of the run. */
export const SCENARIOS: Record<string, Scenario> = {
  "completed": {
    since: 1,
    definition: {
      inputs: { text: "a" },
      steps: [
        hash("h", "${{inputs.text}}"),
        {
          id: "choose",
          type: "condition",
          config: {
            expression: "inputs.text == 'a'",
            branches: { true: [hash("yes", "a")], false: [hash("no", "b")] },
          },
          ...after("h"),
        },
        {
          id: "each",
          type: "loop",
          config: { over: ["a", "b"], body: [hash("one", "${{loop.item}}")] },
        },
        {
          id: "both",
          type: "parallel",
          config: { branches: [[hash("left", "a")], [hash("right", "b")]] },
          ...after("each"),
        },
        hash("no", "c", { condition: "inputs.text == 'b'" }),
      ],
    },
    at: { status: "completed" },
  },
  "completed with a child": {
    since: 1,
    definition: { steps: [child("child-done"), hash("h", "a", after("child"))] },
    at: { status: "completed" },
  },
  "completed in spite of errors": {
    since: 1,
    definition: {
      steps: [
        {
          id: "wrong",
          action: "assert.equals",
          params: { expected: 1, actual: 2 },
          on_error: { strategy: "fallback_step", fallback_step: "instead" },
        },
        hash("instead", "a"),
        {
          id: "no_matter",
          action: "assert.equals",
          params: { expected: 1, actual: 2 },
          on_error: { strategy: "ignore" },
        },
      ],
    },
    at: { status: "completed" },
  },
  "completed with a large output": {
    since: 1,
    definition: {
      steps: [{ id: "e", action: "expr.eval", params: { expression: "repeat('x', 70000)" } }],
    },
    at: { status: "completed" },
  },
  "failed": {
    since: 1,
    definition: {
      steps: [
        hash("h", "a"),
        { id: "wrong", action: "assert.equals", params: { expected: 1, actual: 2 }, ...after("h") },
        hash("never", "b", after("wrong")),
      ],
      on_error: hash("hook", "a"),
    },
    at: { status: "failed" },
    after: [
      { send: { signal_type: "skip", step_id: "wrong" }, due: { status: "completed" } },
    ],
  },
  "cancelled": {
    since: 1,
    definition: { steps: [wait("w", { signal: "go" })] },
    before: [{ signal_type: "cancel" }],
    at: { status: "cancelled" },
  },
  "suspended for a signal": {
    since: 1,
    definition: {
      context: { k: 1 },
      steps: [
        hash("first", "b"),
        wait("w", { signal: "go" }, after("first")),
        hash("h", "${{steps.w.output.payload.text}}", after("w")),
      ],
    },
    at: { status: "suspended", step: ["w", "suspended"] },
    due: { status: "suspended" },
    after: [{
      send: { signal_type: "data", payload: { name: "go", text: "a" } },
      due: { status: "completed", output: hashed },
    }],
  },
  "a signal that is kept": {
    since: 8,
    definition: {
      steps: [
        wait("one", { signal: "one" }),
        wait("two", { signal: "two", signals: "keep" }, after("one")),
      ],
    },
    before: [{ signal_type: "data", payload: { name: "two", n: 2 } }],
    at: { status: "suspended", step: ["one", "suspended"] },
    due: { status: "suspended" },
    after: [{
      send: { signal_type: "data", payload: { name: "one" } },
      due: { status: "completed", output: { signal: "two", payload: { name: "two", n: 2 } } },
    }],
  },
  "suspended for a decision": {
    since: 2,
    definition: { steps: [ask({}), hash("h", "${{steps.ask.output.choice}}", after("ask"))] },
    at: { status: "suspended", step: ["ask", "suspended"] },
    due: { status: "suspended" },
    after: [{
      send: { signal_type: "decision", step_id: "ask", payload: { choice: "yes" } },
      due: { status: "completed" },
    }],
  },
  "a decision that is late": {
    since: 2,
    definition: { steps: [ask({ timeout: "5s", fallback: "no" })] },
    at: { status: "suspended", step: ["ask", "suspended"] },
    due: { status: "completed" },
  },
  "a long wait": {
    since: 1,
    definition: { steps: [wait("w", { duration: "40s" })] },
    at: { status: "suspended", step: ["w", "suspended"] },
    due: { status: "completed", output: { waited: 40_000 } },
  },
  "half done: a wait": {
    since: 1,
    definition: { steps: [hash("h", "a"), wait("w", { duration: "20s" }, after("h"))] },
    at: { status: "active", step: ["w", "running"] },
    due: { status: "completed", output: { waited: 20_000 } },
  },
  "half done: an iteration": {
    since: 1,
    definition: {
      steps: [{
        id: "l",
        type: "loop",
        config: {
          over: ["0s", "20s", "0s"],
          body: [wait("w", { duration: "${{loop.item}}" }), hash("h", "a")],
        },
      }],
    },
    at: { status: "active", step: ["l.iter_1.w", "running"] },
    due: { status: "completed", output: { iterations: 3, results: [hashed, hashed, hashed] } },
  },
  "half done: a backoff": {
    since: 1,
    definition: {
      steps: [
        {
          id: "refused",
          action: "shell.exec",
          params: { command: "/no/such/program" },
          retry: { max: 1, delay: "20s" },
          on_error: { strategy: "ignore" },
        },
        hash("h", "a", after("refused")),
      ],
    },
    at: { status: "active", step: ["refused", "retrying"] },
    due: { status: "completed", output: hashed },
  },
  "half done: a child": {
    since: 1,
    definition: { steps: [child("child-waits")] },
    at: { status: "active", step: ["child", "running"] },
    due: { status: "completed", output: { waited: 20_000 } },
  },
  "a child that waits for a decision": {
    since: 2,
    definition: { steps: [child("child-asks"), hash("h", "a", after("child"))] },
    at: { status: "suspended", step: ["child", "suspended"] },
    due: { status: "suspended" },
    after: [{
      send: { signal_type: "decision", step_id: "ask", payload: { choice: "no" } },
      toChild: true,
      due: { status: "completed", output: hashed },
    }],
  },
  "an effect in flight": {
    since: 1,
    definition: {
      steps: [hash("h", "a"), effect("post", after("h")), hash("end", "a", after("post"))],
    },
    at: { status: "active", step: ["post", "running"] },
    due: { status: "suspended", interrupted: ["post"] },
    after: [{
      send: { signal_type: "skip", step_id: "post" },
      due: { status: "completed", output: hashed },
    }],
  },
  "an effect in flight, known as interrupted": {
    since: 1,
    definition: { steps: [effect("post"), hash("end", "a", after("post"))] },
    at: { status: "active", step: ["post", "running"] },
    again: true,
    due: { status: "suspended", interrupted: ["post"] },
    after: [{
      send: { signal_type: "skip", step_id: "post" },
      due: { status: "completed", output: hashed },
    }],
  },
  "paused by its time limit": {
    since: 1,
    definition: {
      timeout: "500ms",
      on_timeout: "suspend",
      steps: [wait("w", { duration: "20s" })],
    },
    at: { status: "suspended", step: ["w", "running"] },
    due: { status: "suspended", timed_out: true },
    after: [{ send: { signal_type: "cancel" }, due: { status: "cancelled" } }],
  },
  "a secret that is read later": {
    since: 4,
    definition: {
      steps: [
        {
          id: "say",
          action: "shell.exec",
          params: { command: "printenv", args: ["T"], env: { T: "${{secrets.TOKEN}}" } },
        },
        wait("w", { signal: "go" }, after("say")),
        hash("h", "${{steps.say.output.stdout}}", after("w")),
      ],
    },
    at: { status: "suspended", step: ["w", "suspended"] },
    due: { status: "suspended" },
    after: [{
      send: { signal_type: "data", payload: { name: "go" } },
      due: { status: "completed", output: hashOf(`${SECRET.value}\n`) },
    }],
  },
  "a fork of what had completed": {
    since: 2,
    definition: {},
    fork: { of: "completed", step: "both" },
    at: { status: "completed" },
  },
  "a fork": {
    since: 2,
    definition: {},
    fork: { of: "suspended for a signal", step: "w" },
    at: { status: "suspended", step: ["w", "suspended"] },
    due: { status: "suspended" },
    after: [{
      send: { signal_type: "data", payload: { name: "go", text: "a" } },
      due: { status: "completed", output: hashed },
    }],
  },
};
