// Which commands and flags there are; each command's code is loaded when it is used.

import { Command, InvalidArgumentError, Option } from "commander";
import {
  flagName,
  SETTING_KEYS,
  SETTING_NAMES,
  type SettingName,
} from "../server/settings/keys.ts";
import { type CliContext, createContext, type GlobalFlags } from "./context.ts";
import { VERSION } from "./version.ts";

/** Builds the command tree; `done` receives the exit code of the command that ran. */
export function buildProgram(done: (code: number) => void): Command {
  const program = new Command("opcode")
    .description("The execution layer for AI agents: define a workflow once, run it for ever.")
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .showHelpAfterError("(opcode --help lists the commands and flags)")
    .addHelpText("after", "\nopcode --version prints the version.")
    .option("--json", "print JSON")
    .option("--url <url>", "the daemon's URL (default: the one running for this data directory)")
    .option("--agent <id>", "who is asking", "cli");

  const act = async (command: Command, run: (context: CliContext) => Promise<number>) => {
    done(await run(createContext(command.optsWithGlobals<GlobalFlags>())));
  };

  const serve = program.command("serve", { isDefault: true })
    .description("run the daemon in the foreground (the default)");
  for (const name of SETTING_NAMES) serve.addOption(settingOption(name));
  serve.action(async (flags: Record<string, string | boolean>) => {
    const { serve } = await import("./commands/serve.ts");
    done(await serve(settingFlags(flags)));
  });

  program.command("mcp").description("connect an MCP client that speaks over stdio to the daemon")
    .addHelpText("after", examples("mcp --names underscore", "--agent deploy-bot mcp"))
    .addOption(
      new Option(
        "--names <style>",
        "tool names: opcode.run, or opcode_run for clients without dots",
      )
        .choices(["dots", "underscore"]).default("dots"),
    )
    .action(async (flags: { names: "dots" | "underscore" }) => {
      const { mcp } = await import("./commands/mcp.ts");
      const { url, agent } = program.opts<GlobalFlags>();
      const named = program.getOptionValueSource("agent") === "cli" ? agent : undefined;
      done(await mcp({ names: flags.names, url, agent: named }));
    });

  program.command("version").description("print the version")
    .action(() => {
      process.stdout.write(`${VERSION}\n`);
      done(0);
    });

  program.command("define").argument("<file>", "a JSON file, or - for standard input")
    .description("store a workflow as a new version of its template")
    .addHelpText("after", examples("define checksum.json", "define - --name checksum < steps.json"))
    .option("--name <name>", "the template's name, for a file that holds the bare definition")
    .option("--description <text>", "what it is for")
    .action((file: string, flags, command: Command) =>
      act(command, async (context) => {
        const { define } = await import("./commands/define.ts");
        return define(context, { file, ...flags });
      })
    );

  program.command("run").argument("<name>", "the template")
    .description("run a workflow and show its steps as they finish")
    .addHelpText(
      "after",
      examples("run checksum --param path=$PWD/LICENSE", "run checksum --params p.json --no-wait"),
    )
    .option(
      "--param <key=value>",
      "a parameter, of the type that the template asks for; else JSON or text (repeatable)",
      textPair,
    )
    .option("--params <file>", "a JSON file with all parameters, or - for standard input")
    .option("--version <version>", "v2, 2 or latest")
    .option("--key <key>", "idempotency key: the same key and parameters name the same run")
    .option("--wait", "wait for the end (the default)", true)
    .option("--no-wait", "print the run's id and leave")
    .action((name: string, flags, command: Command) =>
      act(command, async (context) => {
        const { run } = await import("./commands/run.ts");
        return run(context, { name, ...flags });
      })
    );

  program.command("status").argument("<run>", "the run's id")
    .description("show a run: its steps, output, and what it waits for")
    .addHelpText("after", examples("status RUN", "status RUN --json"))
    .action((id: string, _flags, command: Command) =>
      act(command, async (context) => {
        const { status } = await import("./commands/status.ts");
        return status(context, id);
      })
    );

  program.command("diagram").argument("<name-or-run>", "a template's name, or a run's id")
    .description("draw a workflow as Mermaid text; a run with the states of its steps")
    .addHelpText("after", examples("diagram checksum", "diagram RUN"))
    .option("--version <version>", "of a template: v2, 2 or latest")
    .action((target: string, flags, command: Command) =>
      act(command, async (context) => {
        const { diagram } = await import("./commands/diagram.ts");
        return diagram(context, { target, ...flags });
      })
    );

  program.command("signal").argument("<run>", "the run's id")
    .argument("<type>", "decision, data, cancel, retry or skip")
    .description("answer, cancel, retry or skip")
    .addHelpText(
      "after",
      examples(
        "signal RUN retry --step save",
        "signal RUN data --payload '{\"approved\": true}'",
        "signal RUN cancel --reasoning 'no longer needed'",
      ),
    )
    .option("--step <id>", "the step it is for")
    .option("--choice <id>", "the decision")
    .option("--payload <json>", "a JSON object", jsonObject)
    .option("--reasoning <text>", "why; kept in the run's log")
    .action((id: string, type: string, flags, command: Command) =>
      act(command, async (context) => {
        const { signal } = await import("./commands/signal.ts");
        return signal(context, { id, type, ...flags });
      })
    );

  const filter = () =>
    new Option("--filter <key=value>", "a criterion (repeatable)").argParser(textPair);
  program.command("query").argument("<resource>", "workflows, events or templates")
    .description("list workflows, events or templates")
    .addHelpText(
      "after",
      examples("query workflows --filter status=failed", "query events --filter workflow_id=RUN"),
    )
    .addOption(filter())
    .option("--limit <n>", "how many", count)
    .action((resource: string, flags, command: Command) =>
      act(command, async (context) => {
        const { query } = await import("./commands/query.ts");
        return query(context, { resource, ...flags });
      })
    );

  program.command("templates").argument("[name]", "the template whose versions to list")
    .description("list the templates, each with its latest version")
    .addHelpText("after", examples("templates", "templates checksum"))
    .action((name: string | undefined, _flags, command: Command) =>
      act(command, async (context) => {
        const { templates } = await import("./commands/templates.ts");
        return templates(context, name);
      })
    );

  program.command("actions").argument("[name]", "the action to explain")
    .description("list what a step can do; with a name, its params and output")
    .addHelpText("after", examples("actions", "actions shell.exec"))
    .action((name: string | undefined, _flags, command: Command) =>
      act(command, async (context) => {
        const { actions } = await import("./commands/actions.ts");
        return actions(context, name);
      })
    );

  program.command("agents").description("list who has used this daemon")
    .action((_flags, command: Command) =>
      act(command, async (context) => {
        const { agents } = await import("./commands/agents.ts");
        return agents(context);
      })
    );

  program.command("logs").argument("[run]", "only the lines of this run")
    .description("print what the daemon has logged lately")
    .addHelpText("after", examples("logs --level warn", "logs RUN --follow"))
    .option("--level <level>", "debug, info, warn or error, and those above")
    .option("--since <time>", "RFC 3339, e.g. 2026-01-31T08:00:00Z")
    .option("--limit <n>", "how many of the newest (default 100)", count)
    .option("--follow", "go on with those to come")
    .action((run: string | undefined, flags, command: Command) =>
      act(command, async (context) => {
        const { logs } = await import("./commands/logs.ts");
        return logs(context, { ...flags, ...(run !== undefined && { run }) });
      })
    );

  program.command("settings").description("print each setting's value and where it comes from")
    .action(async (_flags, command: Command) => {
      const { settings } = await import("./commands/settings.ts");
      done(settings({ json: command.optsWithGlobals<GlobalFlags>().json === true }));
    });
  return program;
}

function examples(...lines: string[]): string {
  return ["", "Examples:", ...lines.map((line) => `  opcode ${line}`)].join("\n");
}

function settingOption(name: SettingName): Option {
  const { initial, rule } = SETTING_KEYS[name];
  const flag = flagName(name);
  const shown = String(initial) === "" ? "" : ` (default ${initial})`;
  return typeof initial === "boolean"
    ? new Option(`${flag} [boolean]`, `${rule}${shown}`)
    : new Option(`${flag} <value>`, `${rule}${shown}`);
}

function settingFlags(
  flags: Record<string, string | boolean>,
): Partial<Record<SettingName, string>> {
  const given: Partial<Record<SettingName, string>> = {};
  for (const name of SETTING_NAMES) {
    const value = flags[name.replaceAll(/[._](.)/g, (_, letter: string) => letter.toUpperCase())];
    if (value !== undefined) given[name] = String(value);
  }
  return given;
}

function textPair(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [key, value] = split(text);
  return { ...before, [key]: value };
}

function split(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("must be key=value.");
  return [text.slice(0, at), text.slice(at + 1)];
}

function count(text: string): string {
  if (/^[1-9]\d*$/.test(text)) return text;
  throw new InvalidArgumentError("must be a whole number from 1 on.");
}

function jsonObject(text: string): unknown {
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Falls through to the one message for both.
  }
  throw new InvalidArgumentError("must be a JSON object.");
}
