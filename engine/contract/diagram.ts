// What is taken to draw: by `diagram` what is stored, by `sketch` what is not.

import type { Json } from "../../core/json.ts";
import { type Contract, NAME, OBJECT, version } from "./terms.ts";

export const DIAGRAM_FORMATS = ["ascii", "image", "mermaid", "svg"] as const;
export type DiagramFormat = (typeof DIAGRAM_FORMATS)[number];
export const DEFAULT_FORMAT: DiagramFormat = "mermaid";

/** One of `template_name` and `workflow_id` is required. */
export interface DiagramRequest {
  template_name?: string;
  version?: string;
  workflow_id?: string;
  format?: string;
  include_status?: boolean;
}

export const DIAGRAM: Contract<DiagramRequest> = {
  properties: {
    template_name: NAME,
    version: version(),
    workflow_id: NAME,
    format: { type: "string", enum: [...DIAGRAM_FORMATS], default: DEFAULT_FORMAT },
    include_status: { type: "boolean", default: true },
  },
  required: [],
};

export interface SketchRequest {
  /** As `define` takes it; checked as there. */
  definition: Json;
  format?: string;
}

export const SKETCH: Contract<SketchRequest> = {
  properties: { definition: OBJECT, format: DIAGRAM.properties.format },
  required: ["definition"],
};
