// How a step outside reads what a step inside another one gives.

import { celField } from "./cel-source.ts";
import { stepType } from "../steps/types.ts";
import { quote } from "./report.ts";
import type { StepNode } from "./node.ts";

/** Whether one step stands inside the other, at any depth. */
export function holds(outer: StepNode, { list }: StepNode): boolean {
  for (let at = list.parent; at; at = at.list.parent) if (at === outer) return true;
  return false;
}

/** `steps.a`, or `steps['a-b']`. */
export function stepName(id: string): string {
  return celField("steps", id);
}

/**
 * What is said of a nested step that the reader does not see: the path that it can read, which begins
 * at the outermost step around it whose list `isSeen`. Only the output of the last step of a list is
 * handed outwards.
 */
export function nestedElsewhere(
  hidden: StepNode,
  reader: StepNode | undefined,
  isSeen: (list: StepNode["list"]) => boolean,
): string {
  const line = [hidden];
  while (line[0]!.list.parent && !isSeen(line[0]!.list)) line.unshift(line[0]!.list.parent);
  const [box] = line as [StepNode];
  if (!isSeen(box.list)) return `stands in ${box.list.path}, which no other step can read`;
  if (box === hidden) return `is read as ${stepName(hidden.step.id)}.output`;
  const { path, last } = given(line);
  const where = `is nested in step ${quote(box.step.id)}`;
  const what = last === hidden
    ? `its output is read as ${path}`
    : `only the output of the last step there is read outside, ${
      quote(last.step.id)
    } as ${path}: ` +
      `put ${quote(hidden.step.id)} last, or let the last one give what is needed`;
  return reader && holds(box, reader)
    ? `${where}, in another list than this one, and need not be over by then; after ` +
      `${quote(box.step.id)}, ${what}`
    : `${where}; ${what}`;
}

/** The path from the outermost step as far as outputs are handed outwards, and whose output is there. */
function given(line: readonly StepNode[]): { path: string; last: StepNode } {
  let path = `${stepName(line[0]!.step.id)}.output`;
  for (let i = 1; i < line.length; i++) {
    const [outer, inner] = [line[i - 1]!, line[i]!];
    const at = outer.children.indexOf(inner.list);
    const field = stepType(outer.step.type)?.given?.(outer.step.config ?? {}, at) ?? "";
    path += field;
    const last = inner.list.nodes.at(-1)!;
    // The items of a loop's results have no path: what is inside each is read of the item.
    if (last !== inner || inner.list.repeats) {
      const isIt = last === inner && (i === line.length - 1 || inner.list.repeats);
      return { path, last: isIt ? line.at(-1)! : last };
    }
  }
  return { path, last: line.at(-1)! };
}
