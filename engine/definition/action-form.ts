// What a definition is checked against: the actions there are, as far as each is known before it runs.

import type { Action } from "../../actions/action.ts";

/** What is known of an action before it runs. */
export type ActionForm = Pick<
  Action,
  | "name"
  | "input"
  | "output"
  | "expressions"
  | "inPlaceOfScope"
  | "keeps"
  | "refused"
  | "child"
  | "mistaken"
  | "words"
>;

/** The registered actions. */
export interface ActionForms {
  get(name: string): ActionForm | undefined;
  list(): readonly { name: string }[];
}
