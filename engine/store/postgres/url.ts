// What a `postgres://` URL says: where the server is, who asks, and how the connection is protected.

import { isIP } from "node:net";
import { readFileSync } from "node:fs";
import { OpcodeError } from "../../../core/errors.ts";
import { nearest } from "../../../core/nearest.ts";

/** How the connection is encrypted, and how the server proves who it is. */
export interface Protection {
  /** `require`: it need not. `verify-ca`: by any certificate of an authority that is trusted. */
  mode: Exclude<SslMode, "disable">;
  /** What the server is asked for by. */
  servername?: string;
  /** Certificates of the authorities that are trusted, if not the usual. */
  ca?: string;
}

/** How a server is reached: plain data, which other threads get, too. */
export interface ServerAddress {
  /** A name, an address, or the directory of a Unix socket. */
  host: string;
  port: number;
  database: string;
  user: string;
  password: string | undefined;
  /** False: nothing is encrypted. */
  ssl: false | Protection;
}

const DEFAULT_PORT = 5432;

const PARAMETERS = ["host", "port", "user", "dbname", "sslmode", "sslrootcert"] as const;
type Parameter = (typeof PARAMETERS)[number];

/** As libpq has them, without those that go on unprotected when protection fails. */
const SSL_MODES = ["disable", "require", "verify-ca", "verify-full"] as const;
type SslMode = (typeof SSL_MODES)[number];

/**
 * Reads the URL; `password`: what is used when it has none of its own. VALIDATION_ERROR when it is none,
 * or says what is not known here.
 */
export function serverAddress(text: string, password?: string): ServerAddress {
  const url = parse(text);
  const given = parametersOf(url);
  const host = given.host ?? decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, "$1"));
  if (host === "") throw refusal("names no host: postgres://USER@HOST:PORT/DATABASE");
  const user = given.user ?? decodeURIComponent(url.username);
  if (user === "") throw refusal("names no user: postgres://USER@HOST:PORT/DATABASE");
  const database = given.dbname ?? decodeURIComponent(url.pathname.slice(1));
  if (database === "" || database.includes("/")) {
    throw refusal("names no database: postgres://USER@HOST:PORT/DATABASE");
  }
  const port = Number(given.port ?? (url.port || DEFAULT_PORT));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw refusal("has no valid port");
  return {
    host,
    port,
    database,
    user,
    password: url.password === "" ? password : decodeURIComponent(url.password),
    ssl: protection(host, given),
  };
}

/** Whether nothing between here and the server can be listened to by other machines. */
export function isLocal(host: string): boolean {
  return host.startsWith("/") || host === "localhost" || host === "::1" ||
    (isIP(host) === 4 && host.startsWith("127."));
}

function protection(
  host: string,
  { sslmode, sslrootcert }: Partial<Record<Parameter, string>>,
): false | Protection {
  const mode = sslmode ?? (isLocal(host) ? "disable" : "verify-full");
  if (!(SSL_MODES as readonly string[]).includes(mode)) {
    throw refusal(`has sslmode=${mode}, which must be one of ${SSL_MODES.join(", ")}`);
  }
  if (mode === "disable") return false;
  return {
    mode: mode as Exclude<SslMode, "disable">,
    ...(!isIP(host) && !host.startsWith("/") && { servername: host }),
    ...(mode !== "require" && sslrootcert !== undefined && { ca: certificates(sslrootcert) }),
  };
}

function certificates(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw refusal(`names sslrootcert=${file}, which cannot be read: ${(error as Error).message}`);
  }
}

function parametersOf(url: URL): Partial<Record<Parameter, string>> {
  const given: Partial<Record<Parameter, string>> = {};
  for (const [name, value] of url.searchParams) {
    if (!(PARAMETERS as readonly string[]).includes(name)) {
      const near = nearest(name, PARAMETERS);
      throw refusal(
        `has an unknown parameter, ${name}${
          near === undefined ? "" : ` (did you mean ${near}?)`
        }: ` +
          `known are ${PARAMETERS.join(", ")}`,
      );
    }
    given[name as Parameter] = value;
  }
  return given;
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw refusal("is no URL: postgres://USER:PASSWORD@HOST:PORT/DATABASE");
  }
}

function refusal(why: string): OpcodeError {
  return new OpcodeError("VALIDATION_ERROR", `store_url ${why}`);
}
