// What came of trying a guard on this machine.

export interface Finding {
  available: boolean;
  /** What holds it, or why nothing does. */
  by: string;
  remedy?: string;
}

export const ONLY_LINUX = "only Linux has it";

export function missing(by: string, remedy?: string): Finding {
  return { available: false, by, ...(remedy !== undefined && { remedy }) };
}
