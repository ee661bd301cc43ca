// What the editor of templates is told by the daemon: the schema of the text, the actions and their params.

import type { Around, EditorOptions } from "../context.ts";

export function editorHelp(
  ask: NonNullable<Around["ask"]>,
): Pick<EditorOptions, "schema" | "actions" | "paramsOf"> {
  return {
    schema: async () => fileSchema(await (await fetch("/schema/workflow.json")).json()),
    actions: async () => {
      type Actions = { actions: { name: string; description: string }[] };
      return (await ask<Actions>("GET", "/actions?limit=1000")).actions;
    },
    paramsOf: async (action) => {
      const path = `/actions/${encodeURIComponent(action)}`;
      const found = await ask<{ input: object }>("GET", path).catch(() => undefined);
      return found?.input;
    },
  };
}

/** The schema of the whole text, of which the definition is a member. */
function fileSchema(definition: { $defs: object }): object {
  const { $defs, ...rule } = definition;
  const schema = { type: "object", description: "A JSON Schema." };
  return {
    $defs,
    type: "object",
    required: ["definition"],
    properties: {
      description: { type: "string", description: "What the template does." },
      input_schema: { ...schema, description: "JSON Schema of the params." },
      output_schema: schema,
      triggers: {
        type: "object",
        description: "What starts runs by itself, and who is told of them.",
        properties: {
          cron: { type: "array", description: "[{name, expression, timezone, params}]" },
          webhook: { type: "array", description: "[{name, verify, secret, map}]" },
          notify: { type: "object", description: "{url, events, secret}" },
        },
      },
      definition: rule,
    },
  };
}
