// Which commands list what a daemon has: templates, runs, events, actions, agents.

import { pageOf, QUERY_RESOURCES } from "../../engine/contract/query.ts";
import type { TemplatesFlags } from "../commands/templates.ts";
import { either } from "../either.ts";
import { countOf, pairOf } from "../option-values.ts";
import { asking, type CommandLine, declare } from "./declare.ts";

const group = "Lists:";

export function listCommands(line: CommandLine): void {
  declareTemplates(line);
  declareDiff(line);
  declarePs(line);
  declareQuery(line);
  declareActions(line);
  declareAgents(line);
}

function declareTemplates(line: CommandLine): void {
  declare(line, {
    usage: "templates [name]",
    about: "list the templates with their latest versions, or all versions of one",
    group,
    examples: ["templates", "templates checksum", "templates --all --json", "templates --archived"],
  })
    .option("--all", "every version of every template")
    .option("--archived", "those that are archived")
    .action(
      asking<Pick<TemplatesFlags, "all" | "archived">>(line, async (context, flags, [name]) => {
        const { templates } = await import("../commands/templates.ts");
        return templates(context, { name, ...flags });
      }),
    );
}

function declareDiff(line: CommandLine): void {
  declare(line, {
    usage: "diff <name> [old] [new]",
    about:
      "show what two stored versions of a template differ in: by default the latest, and the " +
      "one before",
    group,
    examples: ["diff checksum", "diff checksum v1", "diff checksum v1 v2 --json"],
  })
    .action(asking(line, async (context, _flags, [name, old, newer]) => {
      const { diff } = await import("../commands/diff.ts");
      return diff(context, { name: name!, old, new: newer });
    }));
}

function declarePs(line: CommandLine): void {
  declare(line, {
    usage: "ps",
    about: "list the runs that have not ended",
    group,
    examples: ["ps", "ps --json"],
  })
    .action(asking(line, async (context) => {
      const { ps } = await import("../commands/ps.ts");
      return ps(context);
    }));
}

function declareQuery(line: CommandLine): void {
  declare(line, {
    usage: "query <resource>",
    about: `list ${either(QUERY_RESOURCES).replace("workflows", "workflows (runs)")} ` +
      "that meet all criteria",
    group,
    words: { resource: QUERY_RESOURCES },
    examples: [
      "query workflows --filter status=failed --limit 20",
      "query events --filter workflow_id=RUN",
      "query decisions --filter status=pending",
      "query workflows --filter status=interrupted",
      "query events --filter event_type=step_failed --filter since=10m",
    ],
  })
    .option("--filter <key=value>", "a criterion (repeatable)", pairOf("--filter"))
    .option(
      "--limit <n>",
      `how many (default ${pageOf("workflows")}, events ${pageOf("events")})`,
      countOf("--limit"),
    )
    .action(asking(line, async (context, flags, [resource]) => {
      const { query } = await import("../commands/query.ts");
      return query(context, { resource: resource!, ...flags });
    }));
}

function declareActions(line: CommandLine): void {
  declare(line, {
    usage: "actions [name]",
    about: "list what a step can do; with a name, its params, output and an example",
    group,
    examples: ["actions", "actions shell.exec", "actions shell.exec --json"],
  })
    .action(asking(line, async (context, _flags, [name]) => {
      const { actions } = await import("../commands/actions.ts");
      return actions(context, name);
    }));
}

function declareAgents(line: CommandLine): void {
  declare(line, {
    usage: "agents",
    about: "list who has used this daemon, the last seen first",
    group,
    examples: ["agents", "agents --json"],
  })
    .action(asking(line, async (context) => {
      const { agents } = await import("../commands/agents.ts");
      return agents(context);
    }));
}
