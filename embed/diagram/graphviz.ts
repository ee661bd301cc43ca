// How Graphviz is loaded and asked, in the thread that calls.

import type { Graph, Subgraph, Viz } from "@viz-js/viz";
import { OpcodeError } from "../../core/errors.ts";

export type { Graph };
export type SubgraphStatement = Subgraph;

let loading: Promise<Viz> | undefined;

/** Loads it, which takes a tenth of a second once. */
export function loadGraphviz(): Promise<Viz> {
  loading ??= import("@viz-js/viz").then(({ instance }) => instance());
  return loading;
}

/** The graph as SVG, the same bytes for the same graph. */
export async function layOut(graph: Graph): Promise<string> {
  const viz = await loadGraphviz();
  const result = viz.render(graph, { format: "svg", engine: "dot" });
  if (result.status === "success") return result.output;
  const said = result.errors.map(({ message }) => message).join("; ");
  throw new OpcodeError("EXECUTION_ERROR", `the picture cannot be laid out: ${said}`);
}
