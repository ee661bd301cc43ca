// What the tables are in PostgreSQL, as numbered steps from nothing to the newest layout.

import { FUNCTIONS } from "./migrations/functions.ts";
import { TABLES } from "./migrations/tables.ts";

export interface Migration {
  /** 1, 2, 3 … without gaps. */
  version: number;
  name: string;
  /** Applied in one transaction; never changed once released. */
  statements: readonly string[];
}

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "all that the embedded store keeps, and the nodes that write",
    statements: [...FUNCTIONS, ...TABLES],
  },
];
