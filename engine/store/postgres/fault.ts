// What the errors of the server and of the connection mean, and what is said of them.

import { OpcodeError } from "../../../core/errors.ts";
import { StoreAway } from "../away.ts";
import { GUARD_MISSED, NODE_FENCED } from "./names.ts";
import { ConnectionLost } from "./session.ts";
import type { ServerAddress } from "./url.ts";

/** Why there are no backups of the data here. */
export const NO_COPIES =
  "store_url: the data are a PostgreSQL server's, which has backups of its own: pg_dump and " +
  "pg_restore, or what your provider has";

/** What is to be done about an error of a commit. */
export type Meaning =
  /** A guard or claim missed. */
  | "fenced"
  /** A row was rejected. */
  | "refused"
  /** Another transaction was in the way: the same again may go through. */
  | "again"
  /** This process may write nothing more. */
  | "node fenced"
  /** Nobody knows what became of it. */
  | "lost"
  /** Anything else: nothing was committed. */
  | "failed";

const AGAIN = ["40001", "40P01", "55P03"];

/** Of the server: it says so before it closes the connection. */
const LEAVING = ["57P01", "57P02", "57P03", "57P05"];

export function meaningOf(error: unknown): Meaning {
  const code = codeOf(error);
  if (code === GUARD_MISSED) return "fenced";
  if (code === NODE_FENCED) return "node fenced";
  if (AGAIN.includes(code)) return "again";
  if (isLost(error)) return "lost";
  // 23: constraints. 22: values that are none. 54: beyond a limit, as of an indexed text.
  if (/^(23|22|54)/.test(code)) return "refused";
  return "failed";
}

/** The rest of a transaction that has failed: what is behind the first error. */
function isAftermath(error: unknown): boolean {
  return codeOf(error) === "25P02";
}

/** The first error that is not merely what follows another; undefined when there is none. */
export async function firstError(sent: readonly Promise<unknown>[]): Promise<unknown> {
  const settled = await Promise.allSettled(sent);
  const errors = settled.filter((one) => one.status === "rejected").map(({ reason }) => reason);
  return errors.find((error) => !isAftermath(error)) ?? errors[0];
}

/** Of the server's codes 08 is the connection. */
function isLost(error: unknown): boolean {
  const code = codeOf(error);
  return error instanceof ConnectionLost || LEAVING.includes(code) || code.startsWith("08");
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? "");
}

/** What a caller is told whose statement failed: BUSY when there is no server, else STORE_ERROR. */
export function storeError(error: unknown): OpcodeError {
  if (error instanceof OpcodeError) return error;
  if (meaningOf(error) === "lost") return unreachable(error);
  return new OpcodeError(
    "STORE_ERROR",
    `the database refused a statement: ${reasonOf(error)}`,
    { cause: error },
  );
}

export function unreachable(error: unknown): StoreAway {
  return new StoreAway(`the database cannot be reached: ${reasonOf(error)}`, error);
}

/** Why a connection did not come about, with what to do. STORE_ERROR. */
export function connectError(error: unknown, address: ServerAddress): OpcodeError {
  if (error instanceof OpcodeError) return error;
  const { host, port, user, database } = address;
  const where = host.startsWith("/") ? `${host} (a socket)` : `${host}:${port}`;
  const code = codeOf(error);
  const remedy = REMEDIES[code] ?? byMessage(reasonOf(error), address);
  return new OpcodeError(
    "STORE_ERROR",
    `cannot open the database ${database} at ${where} as ${user}: ${reasonOf(error)}` +
      (remedy === undefined ? "" : `: ${remedy}`),
    { cause: error },
  );
}

const REMEDIES: Readonly<Record<string, string>> = {
  "28P01": "correct the password in store_url, or in the file that store_password_file names",
  "28000": "let the user in from this machine (pg_hba.conf), or correct the user in store_url",
  "3D000": "create the database, or correct its name in store_url",
  "42501": "give the user the right to create tables in the database's schema",
  "53300": "raise max_connections, or end other clients",
  "57P03": "the server is starting or stopping: try again in a moment",
  "25006": "it is a standby, which can only be read: name the primary in store_url",
  ECONNREFUSED: "start PostgreSQL there, or correct host and port in store_url",
  ENOENT: "start PostgreSQL there, or correct the socket's directory in store_url",
  ENOTFOUND: "correct the host in store_url",
  EAI_AGAIN: "the name server did not answer: correct the host in store_url, or try again",
  ETIMEDOUT: "nothing answered: look at the firewall, or correct the host in store_url",
};

function byMessage(message: string, { ssl }: ServerAddress): string | undefined {
  if (/does not support SSL/i.test(message)) {
    return "if the network between is trusted, add ?sslmode=disable to store_url";
  }
  if (/self.signed|certificate|altnames/i.test(message)) {
    return "name the authority's certificate by sslrootcert in store_url, or, if whoever is between " +
      "is trusted, say sslmode=require";
  }
  if (ssl === false && /no encryption|SSL (off|required)/i.test(message)) {
    return "the server wants TLS: say sslmode=verify-full in store_url";
  }
  if (/timeout/i.test(message)) return REMEDIES.ETIMEDOUT;
  return undefined;
}

function reasonOf(error: unknown): string {
  // Of several addresses that were tried there is a list, and no message.
  const { message, errors } = error as { message?: string; errors?: Error[] };
  return message || errors?.map((one) => one.message).join("; ") || String(error);
}
