// What `opcode actions [NAME]` shows: what a step can do, and how to ask for it.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { ActionDoc } from "../../engine/api.ts";
import type { CliContext } from "../context.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { hint } from "../hint.ts";
import { LISTINGS } from "../listings.ts";
import { brief, cell, LEAST_NAME, printList, printTable, printText } from "../table.ts";

export async function actions(context: CliContext, name?: string): Promise<number> {
  const path = name === undefined ? "" : `/${encodeURIComponent(name)}`;
  const reply = await context.client.get(`/api/v1/actions${path}`);
  if (context.json) printJson(reply);
  else if (name !== undefined) tell(reply as unknown as ActionDoc);
  else {
    const { columns, none } = LISTINGS.actions;
    const rows = reply.actions as JsonObject[];
    if (rows.length === 0) printLine(none);
    else {
      printList(columns, rows);
      tellMore();
    }
  }
  return 0;
}

/** How more is known of the actions in a list. */
export function tellMore(): void {
  printNote("params, output and an example of one:");
  printNote(`  ${hint("actions", "NAME")}`);
}

const EFFECTS: Record<ActionDoc["effects"], string> = {
  none: "none: runs again freely",
  store: "in the store: exactly once",
  external: "outside: an interrupted step waits for retry or skip",
  "by params": "by its params",
};

function tell(action: ActionDoc): void {
  const repeats = action.effects === "external" && action.repeatable;
  printText(`${action.name}: ${action.description}`);
  printLine("");
  printLine(
    `effects  ${repeats ? "outside, and may simply run again" : EFFECTS[action.effects]}\n`,
  );
  tellMembers("params", action.input);
  printLine("");
  tellMembers("output", action.output);
  if (!action.example) return;
  printLine("\nexample");
  for (const line of JSON.stringify(action.example, null, 2).split("\n")) printLine(visible(line));
}

/** The members of an object's schema as a table. */
function tellMembers(title: string, schema: JsonObject): void {
  const properties = isObject(schema.properties ?? null) ? schema.properties as JsonObject : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const rows = Object.entries(properties).map(([name, value]) => {
    const member = isObject(value) ? value : {};
    const need = required.includes(name) ? "required" : initial(member);
    const meaning = visible(String(member.description ?? ""));
    return [name, typeOf(member), title === "params" ? need : "", meaning];
  });
  if (rows.length === 0) return printLine(`${title}: ${typeOf(schema)}`);
  const type = { name: "type", least: LEAST_NAME };
  if (title === "params") {
    printTable([title, type, { name: "default", least: LEAST_NAME }, "meaning"], rows);
  } else {
    printTable(
      [title, type, "meaning"],
      rows.map(([name, type, , text]) => [name!, type!, text!]),
    );
  }
}

function initial(member: JsonObject): string {
  return member.default === undefined ? "" : brief(JSON.stringify(member.default));
}

function typeOf(schema: JsonObject): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => cell(value)).join("|");
  const types: Json[] = [schema.type ?? "any"].flat();
  return types.map((type) => cell(type)).join("|");
}
