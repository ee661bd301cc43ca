// Which commands are about the daemon itself: start it, reach it, read its log and settings.

import { Option } from "commander";
import { LOG_LEVELS } from "../../core/log.ts";
import { SETTING_NAMES } from "../../server/settings/keys.ts";
import type { GlobalFlags } from "../context.ts";
import { MCP_CLIENTS } from "../mcp-clients/clients.ts";
import { choiceOf, countOf, momentOf } from "../option-values.ts";
import { UsageError } from "../usage-error.ts";
import { unknownCommand } from "../unknown-command.ts";
import { DATABASE_VERBS, MCP_VERBS } from "../verbs.ts";
import { VERSION, versionFacts } from "../version.ts";
import { asking, type CommandLine, declare } from "./declare.ts";
import { SETTING_WORDS, settingFlags, settingOption, withSettings } from "./setting-options.ts";

const group = "Daemon:";

export function daemonCommands(line: CommandLine): void {
  declareServe(line);
  declareStop(line);
  declareReload(line);
  declareMcp(line);
  declareLogs(line);
  declarePrune(line);
  declareBackup(line);
  declareRestore(line);
  declareDatabase(line);
  declareSettings(line);
  declareAgentToken(line);
  declareVersion(line);
  declareHelp(line);
}

function declareServe(line: CommandLine): void {
  const { done } = line;
  const serve = withSettings(declare(line, {
    usage: "serve",
    about: "run the daemon in the foreground (the default)",
    group,
    globals: ["json"],
    examples: [
      "serve",
      "serve --listen-addr :4200 --log-level debug",
      "serve --db-path :memory: --pool-size 50",
    ],
    words: SETTING_WORDS,
  }));
  serve.action(async () => {
    const { serve: run } = await import("../commands/serve.ts");
    done(await run(settingFlags(serve)));
  });
}

function declareStop(line: CommandLine): void {
  const { done } = line;
  const stop = declare(line, {
    usage: "stop",
    about: "stop the daemon of this data directory, and wait until it has gone",
    group,
    examples: ["stop"],
  });
  stop.action(async () => {
    const { stop: run } = await import("../commands/stop.ts");
    const { json, url } = stop.optsWithGlobals<GlobalFlags>();
    done(await run({ json: json === true, url }));
  });
}

function declareReload(line: CommandLine): void {
  const reload = declare(line, {
    usage: "reload",
    about:
      "have the daemon of this data directory read its settings again; tells what took effect, " +
      "and what waits for a restart",
    group,
    examples: ["reload"],
  });
  reload.action(async () => {
    const { reload: run } = await import("../commands/reload.ts");
    const { json, url } = reload.optsWithGlobals<GlobalFlags>();
    line.done(await run({ json: json === true, url }));
  });
}

interface McpOptions {
  names?: "dots" | "underscore";
  print?: boolean;
}

function declareMcp(line: CommandLine): void {
  const { done } = line;
  const command = declare(line, {
    usage: "mcp [verb] [client]",
    words: { verb: MCP_VERBS, client: MCP_CLIENTS.map(({ id }) => id) },
    about: "connect an MCP client that speaks over stdio to the daemon; write opcode into the " +
      "configuration of a client (add), take it out (remove), or show which have it (list)",
    group,
    globals: ["json", "url", "agent"],
    examples: [
      "mcp add claude",
      "mcp add codex --print",
      "mcp list",
      "mcp --names underscore",
      "--agent deploy-bot mcp",
    ],
  })
    .option("--print", "add: show the entry, and change nothing")
    .addOption(
      new Option(
        "--names <style>",
        "tool names: opcode.run (dots), or opcode_run for clients without them, which add writes",
      ).choices(["dots", "underscore"]),
    )
    .action(async (verb: string | undefined, client: string | undefined) => {
      const given = command.optsWithGlobals<GlobalFlags & McpOptions>();
      if (verb !== undefined) {
        const { mcpClients } = await import("../commands/mcp-clients.ts");
        return done(mcpClients({ verb, client }, given));
      }
      const { mcp } = await import("../commands/mcp.ts");
      if (given.print) throw new UsageError("--print: is only of mcp add");
      if (given.json) throw new UsageError("mcp: takes no --json: it prints no data");
      done(await mcp({ names: given.names ?? "dots", url: given.url, agent: given.agent }));
    });
}

function declareLogs(line: CommandLine): void {
  declare(line, {
    usage: "logs [run]",
    about:
      "print what the daemon has logged lately, or only the lines of one run; a restart forgets " +
      "them, the run's own log stays (query events --filter workflow_id=RUN)",
    group,
    examples: ["logs --level warn --since 10m", "logs --agent-id deploy-bot", "logs RUN --follow"],
    words: { "--level": LOG_LEVELS },
  })
    .option(
      "--level <level>",
      `${LOG_LEVELS.join(", ")}, and those above`,
      choiceOf("--level", LOG_LEVELS),
    )
    .option("--step <id>", "only the lines of this step of the run, by its full id")
    .option("--agent-id <id>", "only the lines of this agent's runs")
    .option("--since <time>", "RFC 3339, or how long ago: 10m, 3d", momentOf("--since"))
    .option("--limit <n>", "how many of the newest (default 100)", countOf("--limit"))
    .option("--follow", "go on with those to come")
    .action(asking(line, async (context, flags, [run]) => {
      const { logs } = await import("../commands/logs.ts");
      return logs(context, { ...flags, run });
    }));
}

function declarePrune(line: CommandLine): void {
  const prune = declare(line, {
    usage: "prune",
    about: "remove ended runs: those that the settings keep no longer, or those that are named",
    group,
    examples: ["prune --dry-run", "prune --older-than 30d", "prune --max-runs 10000"],
  })
    .option("--older-than <age>", "those that ended longer ago: 30d, 12h")
    .option("--max-runs <n>", "all but so many of the newest", countOf("--max-runs"))
    .option("--dry-run", "remove nothing, and tell what would go");
  prune.action(async () => {
    const { prune: run } = await import("../commands/prune.ts");
    line.done(await run(prune.optsWithGlobals()));
  });
}

function declareBackup(line: CommandLine): void {
  const backup = declare(line, {
    usage: "backup <file>",
    about: "write a copy of the database, also while the daemon is at work",
    group,
    examples: ["backup opcode-backup.db", "backup opcode-$(date +%F).db"],
  });
  backup.action(async (file: string) => {
    const { backup: run } = await import("../commands/backup.ts");
    line.done(await run(backup.optsWithGlobals(), file));
  });
}

function declareRestore(line: CommandLine): void {
  const restore = declare(line, {
    usage: "restore <file>",
    about: "put a backup in the place of the database; no daemon may run",
    group,
    globals: ["json"],
    examples: ["restore --check opcode-backup.db", "restore opcode-backup.db --force"],
  })
    .option("--force", "also when there are data: they are put aside")
    .option("--check", "only read all of it, and tell whether it could be restored");
  restore.action(async (file: string) => {
    const { restore: run } = await import("../commands/restore.ts");
    line.done(await run(restore.optsWithGlobals(), file));
  });
}

function declareDatabase(line: CommandLine): void {
  const command = declare(line, {
    usage: "db <verb>",
    words: { verb: DATABASE_VERBS },
    about: "tell where the data are, what there is and who is at work on them (status), or move " +
      "them between a file and a PostgreSQL server (migrate); no daemon may run meanwhile",
    group,
    globals: ["json"],
    examples: [
      "db status",
      "db migrate --to postgres://opcode@db.example.com/opcode --dry-run",
      "db migrate --to ./opcode.db",
    ],
  })
    .option("--to <place>", "migrate: a postgres:// URL, or the path of a file")
    .option("--password-file <path>", "migrate: has the password of a URL without one")
    .option("--dry-run", "migrate: move nothing, and tell what would be moved");
  command.action(async (verb: string) => {
    const { database } = await import("../commands/db.ts");
    line.done(await database(command.optsWithGlobals(), verb));
  });
}

function declareSettings(line: CommandLine): void {
  const { done } = line;
  const settings = declare(line, {
    usage: "settings",
    about: "print each setting's value and where it comes from; takes the flags of serve",
    group,
    globals: ["json"],
    examples: ["settings", "settings --json", "settings --pool-size 50"],
    words: SETTING_WORDS,
  });
  for (const name of SETTING_NAMES) settings.addOption(settingOption(name).hideHelp());
  settings.action(async () => {
    const { settings: print } = await import("../commands/settings.ts");
    const { json } = settings.optsWithGlobals<GlobalFlags>();
    done(await print({ json: json === true, flags: settingFlags(settings) }));
  });
}

function declareAgentToken(line: CommandLine): void {
  const { done } = line;
  const token = declare(line, {
    usage: "agent-token <name>",
    about: "print a new token for an agent, and the lines of settings.json that give it rights",
    group,
    globals: ["json"],
    examples: ["agent-token deploy-bot", "agent-token deploy-bot > token"],
  });
  token.action(async (name: string) => {
    const { agentToken } = await import("../commands/agent-token.ts");
    done(agentToken({ name, json: token.optsWithGlobals<GlobalFlags>().json === true }));
  });
}

function declareVersion(line: CommandLine): void {
  const { done } = line;
  const version = declare(line, {
    usage: "version",
    about: "print the version",
    group,
    globals: ["json"],
    examples: ["version", "version --json"],
  });
  version.action(() => {
    const { json } = version.optsWithGlobals<GlobalFlags>();
    process.stdout.write(json ? JSON.stringify(versionFacts(), null, 2) + "\n" : `${VERSION}\n`);
    done(0);
  });
}

function declareHelp(line: CommandLine): void {
  const { program, done } = line;
  declare(line, {
    usage: "help [command]",
    about: "print the help of a command, or this list",
    group,
    globals: [],
    examples: ["help", "help run"],
    // Read when all are declared.
    words: {
      get command() {
        return program.commands.map((one) => one.name());
      },
    },
  })
    .action((name: string | undefined) => {
      const command = name === undefined
        ? program
        : program.commands.find((one) => one.name() === name);
      if (command === undefined) throw unknownCommand(name!, program);
      command.outputHelp();
      done(0);
    });
}
