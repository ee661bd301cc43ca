// What the doctor looks at around the daemon's door: who reaches it, under which address, and who else could.

import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { bindHost, isLoopback, parseListenAddr } from "../../server/address.ts";
import { hint } from "../hint.ts";
import { healthOf } from "../own-daemon.ts";
import { VERSION } from "../version.ts";
import { type Examination, fault, note, ok, type Patient, type Said, warning } from "./finding.ts";

const daemon: Examination = {
  name: "daemon",
  look({ daemon, settings: { home } }) {
    if (daemon === undefined) {
      return note(
        `none runs for ${home}`,
        `${hint("serve")} starts one, ${hint("install")} for good`,
      );
    }
    const text = `process ${daemon.pid} serves ${daemon.url}, version ${daemon.version}`;
    return daemon.version === VERSION ? ok(text) : warning(
      `${text}; this program is ${VERSION}`,
      `the daemon runs the version it was started with: ${hint("service", "restart")}`,
    );
  },
};

const port: Examination = {
  name: "port",
  async look({ daemon, settings: { listen_addr } }) {
    if (daemon) return ok(`${listen_addr} is the daemon's`);
    const taken = await whyNotFree(listen_addr);
    return taken === undefined ? ok(`${listen_addr} is free`) : fault(
      `${listen_addr} cannot be listened at: ${taken}`,
      `find who has it (ss -ltnp, lsof -i), or name another: ${
        hint("serve", "--listen-addr", ":4200")
      }`,
    );
  },
};

async function whyNotFree(listenAddr: string): Promise<string | undefined> {
  const { host, port } = parseListenAddr(listenAddr)!;
  const server = createServer();
  try {
    server.listen({ host: bindHost(host), port });
    await once(server, "listening");
  } catch (error) {
    return (error as Error).message;
  } finally {
    server.close();
  }
}

const baseUrl: Examination = {
  name: "base_url",
  async look({ daemon, settings: { base_url } }) {
    if (base_url === "") return ok("the daemon's own address");
    if (daemon === undefined) return note(`${base_url}; no daemon runs that could answer there`);
    return await healthOf(base_url.replace(/\/+$/, "")) === "serves"
      ? ok(`${base_url} leads to a daemon`)
      : fault(
        `no daemon answers at ${base_url}, which clients are told`,
        "mend the proxy that should lead there, or the setting base_url",
      );
  },
};

const token: Examination = {
  name: "token",
  look(patient): Said {
    const { settings } = patient;
    const isOpen = !isLoopback(parseListenAddr(settings.listen_addr)!.host);
    const found = [accessOf(patient, isOpen)];
    if (isOpen && !settings["http.deny_private"]) {
      found.push(warning(
        "workflows that others start may reach this machine and its network: http.deny_private is off",
        "set http.deny_private, or name the hosts that they may reach: http.allow_hosts",
      ));
    }
    return found;
  },
};

function accessOf({ settings: { auth_token, listen_addr } }: Patient, isOpen: boolean) {
  if (auth_token !== "") return ok("every request needs the token");
  const remedy = "set auth_token_file, or OPCODE_AUTH_TOKEN";
  if (isOpen) return fault(`${listen_addr} is open to other machines, with no token`, remedy);
  const others = otherPeople();
  const named = others.length > 3 ? [...others.slice(0, 3), "…"] : others;
  return others.length === 0 ? ok("none is needed: only this machine reaches it") : warning(
    `every user of this machine can drive the daemon: there is no token, and others have accounts ` +
      `(${named.join(", ")})`,
    remedy,
  );
}

/** Who else may have a session on this machine, by the usual rule for accounts of people. */
export function otherPeople(
  accounts: string = readAccounts(),
  own: number = process.geteuid!(),
): string[] {
  return accounts.split("\n").map((line) => line.split(":")).filter((fields) => {
    const [id, shell = ""] = [Number(fields[2]), fields[6]];
    return id >= 1_000 && id < 60_000 && id !== own && !/\/(?:nologin|false|sync)$|^$/.test(shell);
  }).map(([name]) => name!);
}

function readAccounts(): string {
  try {
    return readFileSync("/etc/passwd", "utf8");
  } catch {
    return "";
  }
}

export const REACH: readonly Examination[] = [daemon, port, baseUrl, token];
