// What the doctor looks at around the program: its service, updates, clients, clock, and what holds its steps.

import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { IS_BINARY } from "../../core/embedded.ts";
import { hint } from "../hint.ts";
import { clientStates } from "../mcp-clients/state.ts";
import { RELEASE_KEYS } from "../release/keys.ts";
import { serviceOf } from "../service/service.ts";
import { ownerOf } from "../update/executable.ts";
import { versionIn } from "../update/stage.ts";
import { readJournal, workplaceOf } from "../update/workplace.ts";
import { VERSION } from "../version.ts";
import { type Examination, note, ok, type Said, warning } from "./finding.ts";

const settings: Examination = {
  name: "settings",
  look({ settings }): Said {
    return settings.warnings.length === 0
      ? ok("nothing is odd about them")
      : settings.warnings.map((text) => warning(text));
  },
};

const service: Examination = {
  name: "service",
  async look({ settings: { home } }): Promise<Said> {
    const { kind, because, starts_by_itself } = await (await serviceOf(home)).status();
    if (starts_by_itself) return ok(`${kind} starts it by itself`);
    return note(
      `nothing starts it by itself (${kind}: ${because})`,
      kind === "detached" ? undefined : hint("install"),
    );
  },
};

const update: Examination = {
  name: "update",
  look(): Said {
    if (!IS_BINARY) return ok(`${VERSION} is a checkout: git pull && npm ci updates it`);
    const file = realpathSync(process.execPath);
    const place = workplaceOf(file);
    const journal = readJournal(place);
    if (journal) {
      return warning(
        `an update from ${journal.from} to ${journal.to} is under way, or was killed`,
        `if none is: ${hint("update")} ends it`,
      );
    }
    const owner = ownerOf(file);
    if (owner) return ok(`${VERSION}; a package manager updates it: ${owner}`);
    if (RELEASE_KEYS.length === 0) {
      return note(`${VERSION} knows no release key, and cannot update itself`, "use install.sh");
    }
    const before = existsSync(place.previous) ? versionIn(place.previous) : undefined;
    return ok(
      `${VERSION}; ${hint("update", "--check")} looks for a later one` +
        (before === undefined ? "" : `; ${before} of before is kept`),
    );
  },
};

const clients: Examination = {
  name: "clients",
  look(): Said {
    const states = clientStates();
    const having = states.filter(({ state }) => state === "configured").map(({ client }) => client);
    const unreadable = states.filter(({ state }) => state === "unreadable").map((
      { file, reason },
    ) => warning(`${file} ${reason}`, "mend the file: the client cannot read it either"));
    return [
      having.length === 0
        ? note("no MCP client has opcode yet", hint("mcp", "add", "claude"))
        : ok(`${having.join(", ")} start it`),
      ...unreadable,
    ];
  },
};

const clock: Examination = {
  name: "clock",
  look({ now }): Said {
    const words = ["show", "-p", "NTPSynchronized", "--value"];
    const { stdout, status } = spawnSync("timedatectl", words, {
      encoding: "utf8",
      timeout: 5_000,
    });
    const text = new Date(now).toISOString();
    return status === 0 && stdout.trim() === "no"
      ? warning(
        `${text}; it follows no time server: schedules start when it says so`,
        "timedatectl set-ntp true",
      )
      : ok(text);
  },
};

export const PROGRAM: readonly Examination[] = [settings, service, update, clients, clock];
