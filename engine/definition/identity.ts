// Whether every step of a definition can be told from every other by its id.

import { cut } from "../../core/text.ts";
import { quote, type Report } from "./report.ts";
import { anyIteration, type StepNode, type StepTree } from "./node.ts";

const CONTROL = /[\p{Cc}\p{Cs}]/u;

/** Ids of other characters can be read only with brackets and quotes. */
const PLAIN = /^[\p{L}\p{M}\p{N}_.-]*$/u;

/** Ids are unique among siblings; full ids, which name stored states, in the whole definition. */
export function* checkIdentity(tree: StepTree, report: Report): Generator<void, void> {
  const byFullId = new Map<string, StepNode>();
  const iterated = new Map<string, StepNode>();
  for (const node of tree.all) {
    const { fullId, step } = node;
    const twin = byFullId.get(fullId) ?? iterated.get(anyIteration(fullId));
    if (twin) {
      const clash = twin.step.id === step.id ? "" : `: both are stored as ${quote(fullId)}`;
      report.error(`${node.path}.id`, `duplicate id ${quote(step.id)}, see ${twin.path}${clash}`);
    } else {
      byFullId.set(fullId, node);
      if (fullId.includes(".iter_*.")) iterated.set(fullId, node);
    }
    checkSpelling(node, report);
    yield;
  }
}

/** Any text that can be stored may be an id, but some make trouble where expressions name them. */
function checkSpelling({ step, path, children }: StepNode, report: Report): void {
  for (const { path, namespace } of children) {
    if (CONTROL.test(namespace)) {
      report.error(path, "the branch's key must not contain control characters");
    }
  }
  if (CONTROL.test(step.id)) {
    return report.error(`${path}.id`, "must not contain control characters");
  }
  if (step.id.includes(".")) {
    report.warn(
      `${path}.id`,
      `${quote(step.id)} contains ".", which separates nested ids: call it ${
        quote(step.id.replaceAll(".", "-"))
      }, or read it in brackets, ${cut(`steps['${step.id}']`, 80)}`,
    );
  }
  if (!PLAIN.test(step.id)) {
    report.warn(
      `${path}.id`,
      `${quote(step.id)} is written steps[${quote(step.id)}] in expressions; ` +
        'letters, digits, "_" and "-" alone are easier to refer to',
    );
  }
}
