// Whether the names that a program uses are there where it stands, as far as a definition tells.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { FreeName } from "../../embed/expr/free-names.ts";
import { readsOfJq } from "../../embed/jq/reads.ts";
import { cut } from "../../core/text.ts";
import { isOpen, propertiesOf } from "./known-fields.ts";
import type { ReadScope } from "./read-scope.ts";
import type { StepNode } from "./node.ts";
import { quote, type Report } from "./report.ts";
import { findStep } from "./step-references.ts";

const TOKEN = "${{";

/** What every expression of `expr.eval` sees; `data` where it is given. */
const VARIABLES = [
  "steps",
  "inputs",
  "workflow",
  "context",
  "workflow_id",
  "step_id",
  "agent_id",
];
const OF_LOOP = ["loop", "iter"];
/** Names that are told of one program. */
const MOST_TOLD = 10;

interface Place {
  node: StepNode;
  scope: ReadScope;
  report: Report;
}

/** A sentence for each name of an Expr program that is nil wherever it runs. */
export function unknownNames(names: readonly FreeName[], place: Place): string[] {
  const { node, scope } = place;
  const data = dataOf(node);
  const variables = new Set([
    ...VARIABLES,
    ...(data === undefined ? [] : ["data"]),
    ...(isInLoop(node) ? OF_LOOP : []),
  ]);
  const inputs = inputNames(scope);
  return names.flatMap((free) => {
    const { name } = free;
    if (name === "data") {
      return data === undefined ? [withoutData(free)] : ofData(free, data, place);
    }
    if (variables.has(name) || inputs.has(name) || isGiven(name, scope)) return [];
    return unknownName(free, { known: [...variables, ...inputs], place });
  }).flat().slice(0, MOST_TOLD);
}

/** The same of a jq program whose data is written beside it. */
export function unknownMembers(source: string, place: Place): string[] {
  const members = membersOf(dataOf(place.node));
  const reads = members && readsOfJq(source);
  if (!members || !reads || reads === "all") return [];
  return [...reads.keys()].flatMap((name) => lacking(name, { members, of: "data", place }))
    .slice(0, MOST_TOLD);
}

function unknownName(
  { name, asked, members }: FreeName,
  { known, place: { node, scope, report } }: { known: string[]; place: Place },
): string[] {
  const what = `reads ${quote(name)}, which is nothing here, and so nil`;
  if (findStep(name, { path: "", node }, scope)) {
    const [member] = members;
    const rest = member === undefined || member === "output" ? ".output" : `.output.${member}`;
    return [`${what}; what the step gave is steps.${name}${rest}`];
  }
  // Of its members that is told already.
  if (OF_LOOP.includes(name)) {
    return members.length > 0 ? [] : [`${what}: no loop is around the step`];
  }
  const meant = report.suggest(name, () => known);
  if (meant !== "") return [what + meant];
  // A run may be given any input where nothing says which there are, and what is asked for may lack.
  if (asked && isOpen(scope.inputSchema ?? {})) return [];
  return [
    `${what} unless a run is given an input of that name: declare it in input_schema, or write a ` +
    "text in quotes",
  ];
}

function withoutData({ members: [member] }: FreeName): string {
  const use = member === undefined ? "" : `, such as {${quote(cut(member))}: …}`;
  return `reads "data", which is nil: write "data" beside the expression in params${use}`;
}

function ofData({ members: read, asked }: FreeName, data: Json, place: Place): string[] {
  const members = membersOf(data);
  if (!members) return [];
  return read.flatMap((name) => lacking(name, { members, of: "data", place, asked }));
}

function lacking(
  name: string,
  { members, of, place, asked = false }: {
    members: readonly string[];
    of: string;
    place: Place;
    asked?: boolean;
  },
): string[] {
  if (members.includes(name)) return [];
  const meant = place.report.suggest(name, () => members);
  if (meant === "" && asked) return [];
  const named = members.slice(0, MOST_TOLD).map((name) => cut(name)).join(", ");
  const all = meant !== "" ? "" : members.length === 0 ? "; it is empty" : `; there are ${named}`;
  return [`reads ${quote(name)} of ${of}, which has no such member${meant}${all}`];
}

/** What stands as `data` beside the program; undefined without it. */
function dataOf({ step: { params = {} } }: StepNode): Json | undefined {
  return Object.hasOwn(params, "data") ? params.data : undefined;
}

/** The members of an object that is written there; undefined where they are not known. */
function membersOf(data: Json | undefined): string[] | undefined {
  if (data === undefined || !isObject(data)) return undefined;
  const names = Object.keys(data);
  return names.some((name) => name.includes(TOKEN)) ? undefined : names;
}

function isInLoop(node: StepNode): boolean {
  for (let list: StepNode["list"] | undefined = node.list; list; list = list.parent?.list) {
    if (list.repeats) return true;
  }
  return false;
}

function inputNames({ definition, inputSchema }: ReadScope): ReadonlySet<string> {
  const declared: JsonObject = inputSchema ?? {};
  return new Set([...Object.keys(definition.inputs ?? {}), ...Object.keys(propertiesOf(declared))]);
}

function isGiven(name: string, { given }: ReadScope): boolean {
  return given !== undefined && (given.isMapped || given.names.has(name));
}
