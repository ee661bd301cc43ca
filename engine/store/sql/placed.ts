// How a row gets into the list of its kind: the functions that do it, made once a list.

import type { RunProgress } from "../store.ts";
import { columnsOf, fieldsOf, PROGRESS, RUNS } from "../tables.ts";
import { type List, LIST_NAMES, type ListName, type ListRows, LISTS } from "./lists.ts";
import { checking, type Place, placing } from "./unroll.ts";

/** Makes something of each list, once. */
export function ofLists<T>(make: (list: List) => T): Record<ListName, T> {
  return Object.fromEntries(LIST_NAMES.map((name) => [name, make(LISTS[name])])) as never;
}

/** Writes a row into its list; columns that are no field of a row stay as they are. */
export const PLACE = ofLists(({ columns, row }) => placing(row ?? columns, columns)) as {
  [Name in ListName]: Place<ListRows[Name]>;
};

/** Whether the texts of a row come back unchanged. */
export const STORABLE = ofLists(({ columns }) => checking(columns)) as {
  [Name in ListName]: (row: ListRows[Name]) => boolean;
};

/** Writes what has changed of a run over what its row in `runs` says. */
export const placeProgress = placing<RunProgress>(
  columnsOf(RUNS, fieldsOf(PROGRESS)),
  LISTS.runs.columns,
);
