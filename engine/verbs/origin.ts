// Where a run comes from, as answers tell it.

import { parseJson } from "../../core/exact-json.ts";
import type { ForkedFrom, StatusReply } from "../api.ts";
import type { RunRow } from "../store/store.ts";

export function originOf(
  { forkedFrom, rerunOf }: Pick<RunRow, "forkedFrom" | "rerunOf">,
  parentId: string | null,
): Pick<StatusReply, "parent_workflow_id" | "forked_from" | "rerun_of"> {
  return {
    ...(parentId !== null && { parent_workflow_id: parentId }),
    ...(forkedFrom !== null && { forked_from: parseJson(forkedFrom) as unknown as ForkedFrom }),
    ...(rerunOf !== null && { rerun_of: rerunOf }),
  };
}
