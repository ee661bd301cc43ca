// What is told of text outside of tokens that was probably meant as one.

import { inputsRead } from "./inputs-read.ts";
import { barePath, bracedName, namedToken, type Readable, stepPath } from "./bare-tokens.ts";
import { propertiesOf } from "./known-fields.ts";
import { tokenLookalike } from "./lookalikes.ts";
import type { ReadScope } from "./read-scope.ts";
import { quote, type Report } from "./report.ts";
import { isStepId, type Reader } from "./step-references.ts";
import type { WorkflowDefinition } from "./types.ts";

interface Place {
  scope: ReadScope;
  report: Report;
  inShell: boolean;
  /** Whether the text is the name of a member, where `$id` is usual. */
  isKey: boolean;
}

/** Checks the texts that stand around the tokens of one text. */
export function checkLiterals(literals: readonly string[], reader: Reader, place: Place): void {
  const { scope, report, inShell, isKey } = place;
  const alone = literals.length === 1;
  const step = reader.node?.step;
  const names = readable(reader, scope);
  const inParams = reader.node !== undefined &&
    reader.path.startsWith(`${reader.node.path}.params`);
  for (const literal of literals) {
    const ofStep = isKey || step === undefined ? undefined : stepPath(literal, names, {
      isWhole: inParams && alone,
      params: inShell ? step.params : undefined,
    });
    const lookalike = ofStep ?? tokenLookalike(literal, { inShell, alone });
    // A default input belongs to no step that could say how it is meant.
    if (lookalike?.mended !== undefined && step !== undefined) {
      report.error(
        reader.path,
        `${
          quote(lookalike.found)
        } looks like a token: write ${lookalike.mended}; if it is meant as ` +
          'it stands, "x-literal": true on the step says so',
      );
      continue;
    }
    const named = isKey
      ? undefined
      : namedToken(literal, names, inShell ? step?.params : undefined);
    const braced = isKey || inShell || lookalike ? undefined : bracedName(literal, names);
    const token = lookalike?.mended === undefined
      ? named ?? braced
      : lookalike as Required<typeof lookalike>;
    const bare = inParams && !isKey ? barePath(literal, names, alone) : undefined;
    if (token) {
      report.warn(reader.path, `${quote(token.found)} looks like a token: write ${token.mended}`);
    } else if (lookalike) {
      report.warn(
        reader.path,
        `${quote(lookalike.found)} looks like a token; tokens are written \${{…}}`,
      );
    } else if (bare) {
      report.warn(
        reader.path,
        `${quote(bare.found)} is text as it stands; for the value write ${bare.mended}`,
      );
    }
  }
}

/** Of each definition once, and only when something looks like a name. */
const read = new WeakMap<WorkflowDefinition, ReadonlySet<string>>();

/** What a text can name by a name alone where it stands. */
export function readable(reader: Reader, scope: ReadScope): Readable {
  return {
    isInput: (name) => inputNames(scope).has(name),
    isStep: (id) => isStepId(id, reader, scope),
  };
}

function inputNames({ definition, inputSchema }: ReadScope): ReadonlySet<string> {
  let names = read.get(definition);
  if (!names) {
    names = new Set([
      ...Object.keys(definition.inputs ?? {}),
      ...Object.keys(propertiesOf(inputSchema ?? {})),
      ...inputsRead(definition as object as Parameters<typeof inputsRead>[0]) ?? [],
    ]);
    read.set(definition, names);
  }
  return names;
}
