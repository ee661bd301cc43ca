// How a template is validated with everything that can parse its parts.

import type { ActionRegistry } from "../../actions/action.ts";
import { isDeeperThan } from "../../core/depth.ts";
import { OpcodeError } from "../../core/errors.ts";
import { isObject, type Json } from "../../core/json.ts";
import { inOnePiece, inSlices, type Slicing } from "../../core/slices.ts";
import type { Evaluate, EvaluateOptions } from "../../core/expression.ts";
import type { Party } from "../../core/fair-queue.ts";
import { loadCel } from "../../embed/cel.ts";
import { SchemaGate } from "../../embed/schema/answer.ts";
import { runInWorker } from "../../embed/worker.ts";
import type { Issue } from "../api.ts";
import { DEEPEST_JSON, jsonBytes } from "./bounds.ts";
import { givenInputs, undeclaredInputs } from "./given-inputs.ts";
import type { Limits } from "../limits.ts";
import { checkPrograms, type Program } from "./programs.ts";
import { member, type ValidationReport } from "./report.ts";
import { brokenDefaults, misplacedFields } from "./schema-slips.ts";
import { checkSchema } from "./schemas.ts";
import { validation } from "./validate.ts";

/** Bytes of the triggers of a template, which nothing but a list of them needs. */
const MOST_TRIGGERS = 64 * 1024;

/** What a template consists of, as it came in. */
export interface Parts {
  definition: Json;
  input_schema?: Json;
  output_schema?: Json;
  triggers?: Json;
}

/** All problems of a template, as far as its first failing stage. */
export async function checkDefinition(
  parts: Parts,
  options: {
    registry: ActionRegistry;
    limits: Limits;
    evaluate?: Evaluate;
    schemas?: SchemaGate;
    /** In whose turn expressions and schemas are checked. */
    party?: Party;
    /** How the work is cut into pieces; by default it is one. */
    slicing?: Slicing;
    /** Told of each read of a secret, by the name of the secret and the path in the definition. */
    secretRead?: (name: string, path: string) => void;
    /** Why there are no links by which decisions are answered. */
    linksRefused?: string | undefined;
  },
): Promise<ValidationReport> {
  const { registry, limits, evaluate = runInWorker, slicing = inOnePiece } = options;
  const { schemas = new SchemaGate(evaluate) } = options;
  const turn: EvaluateOptions = options.party ? { party: options.party } : {};
  const cel = await loadCel();
  const { definition, input_schema: inputSchema } = parts;
  const programs: Program[] = [];
  const undeclared = new Map<string, string>();
  const work = validation(definition, {
    actions: registry,
    limits: {
      maxSteps: limits.maxSteps,
      maxDepth: limits.maxDepth,
      maxBytes: limits.maxDefinition,
    },
    besides: await checkBesides(parts, (part, field) => checkSchema(part, field, schemas, turn)),
    compileCel: (source) => cel.compile(source),
    isCel: (source) => cel.parses(source),
    askLater: (program) => programs.push(program),
    given: givenInputs(parts.triggers),
    undeclared: (name, path) => undeclared.has(name) || undeclared.set(name, path),
    ...(options.secretRead && { secretRead: options.secretRead }),
    ...(options.linksRefused !== undefined && { linksRefused: options.linksRefused }),
    ...(isObject(inputSchema) && { inputSchema }),
  });
  const report = await inSlices(work, slicing());
  await checkPrograms(programs, (program) => evaluate(program, turn), report);
  if (report.errors.length > 0) return report;
  report.warnings.push(
    ...misplacedFields("input_schema", inputSchema),
    ...misplacedFields("output_schema", parts.output_schema),
    ...undeclaredInputs(undeclared),
    ...await brokenDefaults(definition, inputSchema, schemas, turn),
  );
  return report;
}

type SchemaField = "input_schema" | "output_schema";

async function checkBesides(
  parts: Parts,
  check: (schema: Json, field: SchemaField) => Promise<void>,
): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const field of ["input_schema", "output_schema", "triggers"] as const) {
    const part = parts[field];
    if (part === undefined) continue;
    if (!isObject(part)) {
      issues.push(fault(field, "must be an object"));
    } else if (field === "triggers") {
      if (!isDeeperThan(part, DEEPEST_JSON) && jsonBytes(part) <= MOST_TRIGGERS) continue;
      issues.push(fault(field, `must have at most ${MOST_TRIGGERS} bytes as JSON`));
    } else {
      try {
        await check(part, field);
      } catch (thrown) {
        if (!(thrown instanceof OpcodeError)) throw thrown;
        const { keys, rule } = thrown.details as { keys?: string[]; rule: string };
        issues.push(fault((keys ?? []).reduce(member, field), rule));
      }
    }
  }
  return issues;
}

function fault(path: string, message: string): Issue {
  return { path, code: "VALIDATION_ERROR", message, severity: "error" };
}
