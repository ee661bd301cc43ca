// What an action is handed in tests: a context that records what the action asks of its run.

import addFormats from "ajv-formats";
import Ajv2020 from "ajv/dist/2020.js";
import {
  type Action,
  type ActionContext,
  DEFAULT_HOST_LIMITS,
  type Host,
  type LogLevel,
} from "../../actions/action.ts";
import { builtinActions } from "../../actions/builtin.ts";
import { prepareParams } from "../../actions/params.ts";
import { OpcodeError } from "../../core/errors.ts";
import { evaluateHere } from "../../embed/worker/engines.ts";
import type { IsolationReport } from "../../core/isolation.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { answerAtOnce } from "../../embed/expr/answer.ts";
import { answerPatternAtOnce } from "../../embed/pattern/answer.ts";
import { SchemaGate } from "../../embed/schema/answer.ts";

export interface Recorded {
  emitted: { type: string; payload: Json }[];
  updates: { data?: JsonObject | undefined; agentNotes?: string | undefined }[];
  logs: { level: LogLevel; message: string; data?: Json | undefined }[];
  notes: { message: string; data?: Json | undefined }[];
  /** Params that the action needed no more. */
  released: string[];
  isolation: IsolationReport[];
}

export interface TestContext extends ActionContext {
  readonly recorded: Recorded;
  abort(reason?: string): void;
}

export function actionContext(
  options: {
    host?: Partial<Host>;
    maxOutput?: number;
    secret?: string;
    scope?: JsonObject;
    contexts?: Record<string, Json>;
    notify?: () => Promise<{ notified: boolean; reason?: string }>;
    stepTimeoutMs?: number;
  } = {},
): TestContext {
  const controller = new AbortController();
  const recorded: Recorded = {
    emitted: [],
    updates: [],
    logs: [],
    notes: [],
    released: [],
    isolation: [],
  };
  return {
    runId: "run-1",
    stepId: "step-1",
    attempt: 1,
    agentId: "agent-1",
    idempotencyKey: "run-1:step-1:1",
    signal: controller.signal,
    stepTimeoutMs: options.stepTimeoutMs ?? null,
    maxOutput: options.maxOutput ?? 16 * 1024 * 1024,
    reserve: () => Promise.resolve(),
    release: (param) => void recorded.released.push(param),
    noteIsolation: (report) => void recorded.isolation.push(report),
    holdsSecret: (text) => options.secret !== undefined && text.includes(options.secret),
    scope: () => options.scope ?? { steps: {}, inputs: {}, workflow: {}, context: {} },
    evaluate(request) {
      const elsewhere = () => evaluateHere(request);
      if (request.engine === "expr") return answerAtOnce(request, { elsewhere, later: () => {} });
      return request.engine === "pattern" ? answerPatternAtOnce(request, elsewhere) : elsewhere();
    },
    violations: (schema, value) => schemas.violations(schema, value, {}),
    workflow: {
      emit: (type, payload) => void recorded.emitted.push({ type, payload }),
      readContext: (id) => options.contexts?.[id] ?? null,
      updateContext: (change) => void recorded.updates.push(change),
      log: (level, message, data) => void recorded.logs.push({ level, message, data }),
      notify: async (message, data) => {
        recorded.notes.push({ message, data });
        return await options.notify?.() ?? { notified: true };
      },
    },
    host: {
      env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
      cwd: "/",
      isProtected: () => false,
      limits: DEFAULT_HOST_LIMITS,
      ...options.host,
    },
    recorded,
    abort: (reason = "cancelled by the test") =>
      controller.abort(new OpcodeError("CANCELLED", reason)),
  };
}

export function actionNamed(name: string): Action {
  const action = builtinActions.find((action) => action.name === name);
  if (!action) throw new Error(`no action ${name}`);
  return action;
}

const schemas = new SchemaGate(evaluateHere);

const ajv = new Ajv2020.default({ strict: true, allowUnionTypes: true });
addFormats.default(ajv);

/** Runs an action as the engine does, params made ready first, and checks its output's schema. */
export async function execute(
  name: string,
  params: Json,
  context: ActionContext = actionContext(),
): Promise<any> {
  const action = actionNamed(name);
  const prepare = await prepareParams(action);
  const output = await action.execute(prepare(params), context);
  if (!ajv.validate(action.output, output)) {
    throw new Error(`the output of ${name} does not fit its schema: ${ajv.errorsText()}`);
  }
  return output;
}

/** For assert.rejects: an OpcodeError with this code whose message matches. */
export function failsWith(code: string, message: RegExp = /(?:)/) {
  return (error: unknown) => {
    if (!(error instanceof OpcodeError)) throw error;
    if (error.code !== code || !message.test(error.message)) throw error;
    return true;
  };
}
