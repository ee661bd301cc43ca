// What the editor offers where somebody writes: members and values by the schema, actions and their params by name.

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import type { SyntaxNode } from "@lezer/common";
import type { EditorOptions } from "../context.ts";
import { parseExact } from "../exact-json.ts";
import { membersOf, type Offer, type Schema, schemasAt, valuesOf } from "../schema-at.ts";

type Sources = Pick<EditorOptions, "schema" | "actions" | "paramsOf">;

interface Spot {
  /** Of the value or the member's object, from the outermost. */
  path: (string | number)[];
  /** The objects and lists that the path leads through, the outermost first. */
  nodes: SyntaxNode[];
  kind: "member" | "value";
  from: number;
  to: number;
  /** What stands there is in quotes already. */
  isQuoted: boolean;
  /** A member whose value stands behind it. */
  hasValue: boolean;
}

export function completionBy(sources: Sources) {
  const schema = once(sources.schema);
  const actions = once(sources.actions);
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const { state, pos } = context;
    const spot = spotAt(state, pos);
    if (!spot || (!spot.isQuoted && !context.explicit)) return null;
    const offers = await offersAt(state, spot, {
      root: await schema() as Schema,
      actions,
      paramsOf: sources.paramsOf,
    });
    if (offers.length === 0) return null;
    const options = offers.map((offer) => completionOf(offer, spot));
    return { from: spot.from, to: spot.to, options, validFor: /^"?[\w.$-]*"?$/ };
  };
}

async function offersAt(
  state: EditorState,
  { path, nodes, kind }: Spot,
  { root, actions, paramsOf }: {
    root: Schema;
    actions(): Promise<{ name: string; description: string }[]>;
    paramsOf: Sources["paramsOf"];
  },
): Promise<Offer[]> {
  const known = (depth: number, member: string) => textOfMember(state, nodes[depth], member);
  const isAction = kind === "value" && path.at(-1) === "action";
  if (isAction) {
    return (await actions()).map(({ name, description }) => ({
      text: JSON.stringify(name),
      detail: description,
    }));
  }
  // What is in params is the business of the action of that step.
  const at = path.lastIndexOf("params");
  const action = at === -1 ? undefined : known(at, "action");
  const own = action === undefined ? undefined : await paramsOf(action);
  const [from, rest] = own ? [own as Schema, path.slice(at + 1)] : [root, path];
  const ahead = path.length - rest.length;
  const schemas = schemasAt(from, rest, (depth, member) => known(depth + ahead, member));
  if (kind === "value") return valuesOf(schemas);
  const present = membersIn(state, nodes[path.length]);
  return membersOf(from, schemas).filter(({ text }) => !present.has(text));
}

function completionOf(offer: Offer, { kind, hasValue }: Spot): Completion {
  const { text, detail, begins = "", isRequired } = offer;
  const info = detail === undefined ? {} : { info: detail };
  if (kind === "value") {
    const type = text.startsWith('"') ? "text" : "constant";
    return { label: text, type, ...info };
  }
  const label = JSON.stringify(text);
  return {
    label,
    type: "property",
    boost: isRequired ? 1 : 0,
    ...info,
    apply: hasValue ? label : (view, _, from, to) => {
      const insert = `${label}: ${begins}`;
      // Between the quotes or brackets that it begins with.
      const anchor = from + insert.length - (begins === "" ? 0 : 1);
      view.dispatch({
        changes: { from, to, insert },
        selection: { anchor },
        userEvent: "input.complete",
      });
    },
  };
}

/** Where somebody writes; undefined where nothing can be offered. */
function spotAt(state: EditorState, pos: number): Spot | undefined {
  const node = syntaxTree(state).resolveInner(pos, -1);
  const isInside = pos > node.from && (pos < node.to || !endsText(state, node));
  const of = (place: SyntaxNode, more: Omit<Spot, "path" | "nodes">): Spot => ({
    ...pathOf(state, place, pos),
    ...more,
  });
  if (node.name === "PropertyName" && isInside) {
    const hasValue = /^\s*:/.test(state.sliceDoc(node.to, node.to + 20));
    const { from, to } = node;
    return of(node.parent!.parent!, { kind: "member", from, to, isQuoted: true, hasValue });
  }
  if (node.name === "String" && isInside) {
    const { from, to } = node;
    return of(node, { kind: "value", from, to, isQuoted: true, hasValue: true });
  }
  const here = { from: pos, to: pos, isQuoted: false, hasValue: false };
  if (node.name === "Object") return of(node, { kind: "member", ...here });
  if (node.name === "Property" || node.parent?.name === "Property") {
    const property = node.name === "Property" ? node : node.parent!;
    return of(property, { kind: "value", ...here });
  }
  return node.name === "Array" ? of(node, { kind: "value", ...here }) : undefined;
}

/** Whether a text is closed: while it is written it often is not. */
function endsText(state: EditorState, { from, to }: SyntaxNode): boolean {
  return to - from > 1 && state.sliceDoc(to - 1, to) === '"';
}

/** The path of a node's value, and what it leads through; of a list it is the item at `pos`. */
function pathOf(state: EditorState, of: SyntaxNode, pos: number): Pick<Spot, "path" | "nodes"> {
  const path: (string | number)[] = [];
  const nodes: SyntaxNode[] = [];
  for (let node: SyntaxNode | null = of; node; node = node.parent) {
    if (node.name === "Property") {
      const name = node.getChild("PropertyName");
      path.unshift(name ? textOf(state, name) : "");
    } else if (node.name === "Array") {
      path.unshift(itemsBefore(node, pos));
      nodes.unshift(node);
    } else if (node.name === "Object") nodes.unshift(node);
  }
  return { path, nodes };
}

const ITEMS = new Set(["Object", "Array", "String", "Number", "True", "False", "Null"]);

function itemsBefore(list: SyntaxNode, pos: number): number {
  let count = 0;
  for (let item = list.firstChild; item && item.to < pos; item = item.nextSibling) {
    if (ITEMS.has(item.name)) count++;
  }
  return count;
}

function* propertiesOf(object: SyntaxNode | undefined): Generator<SyntaxNode> {
  if (object?.name !== "Object") return;
  yield* object.getChildren("Property");
}

function membersIn(state: EditorState, object: SyntaxNode | undefined): Set<string> {
  const found = new Set<string>();
  for (const property of propertiesOf(object)) {
    const name = property.getChild("PropertyName");
    if (name) found.add(textOf(state, name));
  }
  return found;
}

function textOfMember(
  state: EditorState,
  object: SyntaxNode | undefined,
  member: string,
): string | undefined {
  for (const property of propertiesOf(object)) {
    const name = property.getChild("PropertyName");
    const value = property.lastChild;
    if (name && value?.name === "String" && textOf(state, name) === member) {
      return textOf(state, value);
    }
  }
  return undefined;
}

function textOf(state: EditorState, { from, to }: SyntaxNode): string {
  const text = state.sliceDoc(from, to);
  try {
    return parseExact(text) as string;
  } catch {
    return text.slice(1);
  }
}

/** What is asked for once; after a failure again. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () =>
    asked ??= ask().catch((error) => {
      asked = undefined;
      throw error;
    });
}
