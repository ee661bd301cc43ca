// How a step stands in the definition of its run, by its full id: `each.iter_3.send` is `send` in the body of `each`.

type Written = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Written =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The step without the steps inside it; undefined when the definition has none of that id. */
export function stepWritten(definition: unknown, fullId: string): Written | undefined {
  const [first, ...path] = fullId.split(".");
  let step = isRecord(definition) ? named(definition.steps, first!) : undefined;
  for (let i = 0; step && i < path.length; i += 2) step = inside(step, path[i]!, path[i + 1]);
  if (!step) return undefined;
  return isRecord(step.config) ? { ...step, config: withoutSteps(step.config) } : step;
}

function named(steps: unknown, id: string | undefined): Written | undefined {
  return Array.isArray(steps) ? steps.filter(isRecord).find((one) => one.id === id) : undefined;
}

/** The step of that id in the list that the branch names, or in the only list there is. */
function inside({ config }: Written, branch: string, id: string | undefined): Written | undefined {
  if (!isRecord(config)) return undefined;
  const held = Object.values(config);
  // What has one list alone does not name it: the body of a loop, what a condition does otherwise.
  const lists = /^(iter_|default$)/.test(branch)
    ? held
    : held.map((value) => listAt(value, branch));
  return lists.map((list) => named(list, id)).find((one) => one !== undefined);
}

function listAt(value: unknown, branch: string): unknown {
  if (Array.isArray(value)) return value[Number(branch.replace(/^branch_/, ""))];
  return isRecord(value) && Object.hasOwn(value, branch) ? value[branch] : undefined;
}

/** What holds steps is told by how many there are: each of them has a view of its own. */
function withoutSteps(config: Written): Written {
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const lists = Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];
    const holds = isSteps(value) || (lists.length > 0 && lists.every(isSteps));
    if (!holds) shown[key] = value;
  }
  return shown;
}

function isSteps(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 &&
    value.every((one) => isRecord(one) && typeof one.id === "string");
}
