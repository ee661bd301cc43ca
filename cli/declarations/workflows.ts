// Which commands define, run, show and steer workflows.

import { DEFAULT_FORMAT, DIAGRAM_FORMATS } from "../../engine/contract/diagram.ts";
import { SIGNAL_TYPES } from "../../engine/contract/signal.ts";
import { either } from "../either.ts";
import { durationOf, jsonObjectOf, pairOf } from "../option-values.ts";
import { UsageError } from "../usage-error.ts";
import { asking, type CommandLine, declare } from "./declare.ts";

type DiagramFlags = { version?: string; format?: string; output?: string };

const group = "Workflows:";

export function workflowCommands(line: CommandLine): void {
  declareDefine(line);
  declareArchive(line, "archive", "put a template away: no list shows it, and no run of it begins");
  declareArchive(line, "unarchive", "take a template back that is archived");
  declareRun(line);
  declareRerun(line);
  declareWait(line);
  declareStatus(line);
  declareSignal(line);
  declareDiagram(line);
}

function declareDefine(line: CommandLine): void {
  declare(line, {
    usage: "define <file>",
    about: "store a workflow as a new version of its template; - is standard input",
    group,
    globals: ["json", "url", "agent"],
    examples: [
      "define checksum.json",
      "define - --name checksum < steps.json",
      "define checksum.json --dry-run",
    ],
  })
    .option("--name <name>", "the template's name, for a file that holds the bare definition")
    .option("--description <text>", "what it is for")
    .option("--dry-run", "store nothing: show the faults, the levels of steps and what changes")
    .action(
      asking<{ name?: string; description?: string; dryRun?: boolean }>(
        line,
        async (context, flags, [file]) => {
          const { define } = await import("../commands/define.ts");
          return define(context, { file: file!, ...flags });
        },
      ),
    );
}

function declareArchive(line: CommandLine, verb: "archive" | "unarchive", about: string): void {
  declare(line, {
    usage: `${verb} <name>`,
    about,
    group,
    globals: ["json", "url", "agent"],
    examples: [`${verb} checksum`],
  })
    .action(asking(line, async (context, _flags, [name]) => {
      const { archive } = await import("../commands/archive.ts");
      return archive(context, { name: name!, verb });
    }));
}

function declareRun(line: CommandLine): void {
  const waits = new Set<string>();
  const run = declare(line, {
    usage: "run [name]",
    about: "run a workflow and show its steps as they finish",
    group,
    globals: ["json", "url", "agent"],
    examples: [
      "run checksum --param path=$PWD/LICENSE",
      "run checksum --param path=$PWD/README.md --no-wait",
      "run checksum --version v1 --params params.json",
      "run checksum --param path=$PWD/LICENSE --delay 2h",
      "run --from-run RUN --from-step save",
    ],
  })
    .option(
      "--param <key=value>",
      "a parameter, of the type that the template asks for; else JSON or text (repeatable)",
      pairOf("--param"),
    )
    .option("--params <file>", "a JSON file with all parameters, or - for standard input")
    .option("--version <version>", "v2, 2 or latest")
    .option("--key <key>", "idempotency key: the same key and parameters name the same run")
    .option("--start-at <time>", "begin then (RFC 3339): it is listed until then, as pending")
    .option("--delay <duration>", "the same as a duration from now, such as 2h")
    .option("--from-run <run>", "go on from a run that has ended or is suspended")
    .option("--from-step <id>", "begin from this step of it; what does not follow from it is kept")
    .option("--wait", "wait for the end (the default)")
    .option("--no-wait", "print the run's id and leave")
    .on("option:wait", () => waits.add("wait"))
    .on("option:no-wait", () => waits.add("no-wait"));
  run.action(
    asking<{ wait?: boolean }>(line, async (context, flags, [name]) => {
      if (waits.size > 1) throw new UsageError("--wait and --no-wait: give one of them");
      const { run: start } = await import("../commands/run.ts");
      return start(context, { ...(name !== undefined && { name }), ...flags });
    }),
  );
}

function declareRerun(line: CommandLine): void {
  declare(line, {
    usage: "rerun <run>",
    about: "do a run again, with the same version, params and agent, and show its steps",
    group,
    globals: ["json", "url", "agent"],
    examples: ["rerun last", "rerun RUN --no-wait"],
  })
    .option("--key <key>", "again with the same key: the run of the first time")
    .option("--no-wait", "print the id of the new run at once")
    .action(asking<{ key?: string; wait?: boolean }>(line, async (context, flags, [id]) => {
      const { rerun } = await import("../commands/rerun.ts");
      return rerun(context, { id: id!, ...flags });
    }));
}

function declareWait(line: CommandLine): void {
  declare(line, {
    usage: "wait <run>",
    about:
      "follow a run that there is to its end, as run does; a pause that ends by itself, at a " +
      "deadline, is waited for too",
    group,
    examples: ["wait last", "wait RUN --timeout 30s", "wait RUN --json"],
  })
    .option("--timeout <duration>", "leave then with exit code 124; the run goes on")
    .action(asking<{ timeout?: string }>(line, async (context, { timeout }, [id]) => {
      const ms = timeout === undefined ? undefined : durationOf("--timeout")(timeout);
      const { wait } = await import("../commands/wait.ts");
      return wait(context, { id: id!, ...(ms !== undefined && { timeout: ms }) });
    }));
}

function declareStatus(line: CommandLine): void {
  declare(line, {
    usage: "status [run]",
    about: "show a run: its inputs, steps, output, and what it waits for; without one, every run " +
      "that needs somebody",
    group,
    examples: ["status", "status last", "status RUN --step save", "status RUN --json"],
  })
    .option("--step <id>", "this step alone, with its whole output")
    .action(asking<{ step?: string }>(line, async (context, { step }, [id]) => {
      if (id === undefined) {
        if (step !== undefined) throw new UsageError("--step: needs a run");
        const { waiting } = await import("../commands/waiting.ts");
        return waiting(context);
      }
      const { status } = await import("../commands/status.ts");
      return status(context, { id, ...(step !== undefined && { step }) });
    }));
}

function declareSignal(line: CommandLine): void {
  declare(line, {
    usage: "signal <run> [type]",
    about: `steer a run: type is ${either(SIGNAL_TYPES)}`,
    group,
    words: { type: SIGNAL_TYPES },
    globals: ["json", "url", "agent"],
    examples: [
      "signal RUN decision --choice yes",
      "signal RUN decision --step gate --choice yes --reasoning 'the tests pass'",
      "signal RUN retry --step save",
      `signal RUN data --payload '{"approved": true}'`,
      "signal RUN cancel --reasoning 'no longer needed'",
    ],
  })
    .option("--step <id>", "the step it is for; not needed where a run has asked one question")
    .option("--decision <id>", "the question that it answers, where its step has asked several")
    .option("--choice <id>", "the option that a decision chooses")
    .option(
      "--payload <json>",
      "a JSON object; data that names no wait runs all interrupted steps again",
      jsonObjectOf("--payload"),
    )
    .option("--reasoning <text>", "why; kept in the run's log")
    .action(asking(line, async (context, flags, [id, type]) => {
      const { signal } = await import("../commands/signal.ts");
      return signal(context, { id: id!, type, ...flags });
    }));
}

function declareDiagram(line: CommandLine): void {
  declare(line, {
    usage: "diagram <name-or-run>",
    about: "draw a template, or a run with the states of its steps",
    group,
    words: { "--format": DIAGRAM_FORMATS },
    examples: [
      "diagram checksum",
      "diagram checksum --version v1 --format ascii",
      "diagram RUN -o run.png",
    ],
  })
    .option("--version <version>", "of a template: v2, 2 or latest")
    .option("--format <format>", `${either(DIAGRAM_FORMATS)}; ${DEFAULT_FORMAT} if not given`)
    .option("-o, --output <file>", "write it there: .svg, .png, .mmd, .md or .txt says the format")
    .action(asking<DiagramFlags>(line, async (context, flags, [target]) => {
      const { diagram } = await import("../commands/diagram.ts");
      return diagram(context, { target: target!, ...flags });
    }));
}
