// What `diagram` takes.

import { type Contract, NAME, version } from "./terms.ts";

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
