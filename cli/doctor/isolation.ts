// What the doctor says of what programs of workflows are held in: what was tried here, and holds.

import type { Examination } from "./finding.ts";

export const ISOLATION: readonly Examination[] = [];
