// What `opcode mcp add|remove|list` does: writes opcode into the configuration of MCP clients.

import { resolve } from "node:path";
import { OpcodeError } from "../../core/errors.ts";
import { hint } from "../hint.ts";
import { type Change, NAME, takenOut, written } from "../mcp-clients/change.ts";
import { ConfigFault } from "../mcp-clients/form.ts";
import { MCP_CLIENTS, type McpClient, type Started } from "../mcp-clients/clients.ts";
import { readConfig, replaceConfig } from "../mcp-clients/files.ts";
import { thisMachine as machine } from "../mcp-clients/machine.ts";
import { clientStates } from "../mcp-clients/state.ts";
import { choiceOf } from "../option-values.ts";
import { printJson, printLine, printNote } from "../print.ts";
import { launcher } from "../service/program.ts";
import { printTable } from "../table.ts";
import { UsageError } from "../usage-error.ts";
import { MCP_VERBS } from "../verbs.ts";

export interface ClientFlags {
  json?: boolean;
  url?: string | undefined;
  agent?: string | undefined;
  print?: boolean;
  names?: "dots" | "underscore";
}

export function mcpClients(
  { verb, client: id }: { verb: string; client: string | undefined },
  flags: ClientFlags,
): number {
  choiceOf("VERB", MCP_VERBS)(verb);
  if (flags.print && verb !== "add") {
    throw new UsageError(`--print: is only of mcp add, not of mcp ${verb}`);
  }
  if (verb === "list") {
    if (id !== undefined) throw new UsageError("mcp list: takes no client");
    return list(flags.json === true);
  }
  if (id === undefined) {
    const known = MCP_CLIENTS.map((client) => client.id).join(", ");
    throw new UsageError(`mcp ${verb}: needs a client: ${known}`);
  }
  choiceOf("CLIENT", MCP_CLIENTS.map((client) => client.id))(id);
  return change(MCP_CLIENTS.find((client) => client.id === id)!, verb, flags);
}

/** What a client starts: this very program, for the same data as this command would use. */
function startedBy({ url, agent, names = "underscore" }: ClientFlags): Started {
  const [command, ...program] = launcher() as [string, ...string[]];
  const to = url ?? process.env.OPCODE_URL;
  const { OPCODE_HOME: home } = process.env;
  return {
    command,
    args: [
      ...program,
      ...(to ? ["--url", to] : []),
      ...(agent === undefined ? [] : ["--agent", agent]),
      "mcp",
      // Models take no names with dots; some clients rewrite them, and others fail.
      ...["--names", names],
    ],
    env: home ? { OPCODE_HOME: resolve(home) } : {},
  };
}

function change(client: McpClient, verb: string, flags: ClientFlags): number {
  const file = client.file(machine);
  return told(file, () => {
    const before = readConfig(file);
    const started = startedBy(flags);
    const { state, text, entry } = verb === "add"
      ? written(client, before, { started, machine })
      : takenOut(client, before, machine);
    if (flags.print) {
      printJson(entry);
      printNote(`the entry "${NAME}" of ${file}, which was not changed`);
      return 0;
    }
    const backup = text === undefined
      ? undefined
      : replaceConfig(file, { before, text, at: new Date() });
    if (flags.json) {
      printJson({
        client: client.id,
        file,
        state,
        ...(backup && { backup }),
        ...(entry && { entry }),
      });
      return 0;
    }
    printLine(`${client.name}: ${wordsOf(state, verb)} ${file}`);
    if (backup !== undefined) printNote(`what it was: ${backup}`);
    if (text !== undefined) printNote(`${client.name} sees it when it is started again`);
    return 0;
  });
}

function wordsOf(state: Change["state"], verb: string): string {
  if (state === "added") return "opcode is added to";
  if (state === "changed") return "opcode is changed in";
  if (state === "removed") return "opcode is taken out of";
  return verb === "add" ? "opcode is already in" : "opcode is not in";
}

function list(json: boolean): number {
  const rows = clientStates();
  if (json) {
    printJson({ clients: rows });
    return 0;
  }
  printTable(
    ["client", "state", "file"],
    rows.map(({ client, state, reason, file }) => [
      client,
      state,
      reason === undefined ? file : `${file} ${reason}`,
    ]),
  );
  if (rows.every(({ state }) => state !== "configured")) {
    printNote(`no client has opcode yet: ${hint("mcp", "add", "claude")}`);
  }
  return 0;
}

function told(file: string, work: () => number): number {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof ConfigFault)) throw thrown;
    throw new OpcodeError("EXECUTION_ERROR", `${file} ${thrown.message}; nothing was changed`);
  }
}
