// What `diagram` takes.

import { type Contract, NAME, version } from "./terms.ts";

export const DIAGRAM_FORMATS = ["mermaid"] as const;
export const DEFAULT_FORMAT: (typeof DIAGRAM_FORMATS)[number] = "mermaid";

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
