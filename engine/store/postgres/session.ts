// One connection to the server: statements are sent without waiting for the answers to those before.

import type { ConnectionOptions } from "node:tls";
import { Client, type ClientConfig, DatabaseError } from "pg";
import type { Raw } from "../sql/reading.ts";
import type { Protection, ServerAddress } from "./url.ts";

export type Parameter = number | string | null | Buffer;

export interface Answer {
  rows: Raw[];
  /** Rows that were written, of a statement that writes. */
  count: number;
  /** What the server did: `COMMIT`, or `ROLLBACK` where that is what became of one. */
  command: string;
}

/** Numbers of types in `pg_type`. */
const BOOL = 16;
const BYTEA = 17;
const INT8 = 20;

/** How long a connection may take to come about, ms. */
const CONNECT_MS = 10_000;

/** Whole numbers, also for booleans and 64 bits: none of ours is beyond 2^53. */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [BOOL]: (text) => (text === "t" ? 1 : 0),
  [INT8]: Number,
  [BYTEA]: (text) => Buffer.from(text.slice(2), "hex"),
  21: Number,
  23: Number,
  26: Number,
  5069: Number,
};

const asText = (text: string) => text;

/** Prepared statements have names: one a text, the same on every connection. */
const NAMES = new Map<string, string>();

/** Of lists with many limits and filters there are as many texts: the later ones are not kept prepared. */
const MOST_NAMES = 1_000;

function nameOf(sql: string): string | undefined {
  const known = NAMES.get(sql);
  if (known !== undefined || NAMES.size >= MOST_NAMES) return known;
  const name = `s${NAMES.size}`;
  NAMES.set(sql, name);
  return name;
}

export class Session {
  readonly #client: Client;
  #lost: Error | null = null;
  #onLost: ((error: Error) => void) | null = null;

  private constructor(client: Client) {
    this.#client = client;
    client.on("error", (error) => this.#lose(error));
    client.on("end", () => this.#lose(new Error("the server has closed the connection")));
  }

  /** Connects; rejects with the error of the server or of the network. */
  static async open(address: ServerAddress, name: string): Promise<Session> {
    const config: ClientConfig = {
      host: address.host,
      port: address.port,
      database: address.database,
      user: address.user,
      password: address.password ?? "",
      ssl: address.ssl && protection(address.ssl),
      application_name: name,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: CONNECT_MS,
      pipeline: true,
      types: { getTypeParser: ((oid: number) => PARSERS[oid] ?? asText) as never },
    };
    const client = new Client(config);
    const session = new Session(client);
    await client.connect();
    return session;
  }

  /** Why nothing can be asked any more; null while it can. */
  get lost(): Error | null {
    return this.#lost;
  }

  /** Called once, when the connection is gone, unless it was ended here. */
  onLost(tell: (error: Error) => void): void {
    this.#onLost = tell;
  }

  /** Told what this connection was notified of, once it listens. */
  onNotification(tell: (text: string) => void): void {
    this.#client.on("notification", ({ payload }) => tell(payload ?? ""));
  }

  /** Sends a statement behind those that were sent; it is prepared the first time. */
  async ask(sql: string, values: readonly Parameter[] = []): Promise<Answer> {
    const name = nameOf(sql);
    const query = { ...(name !== undefined && { name }), text: sql, values: values as Parameter[] };
    return answerOf(await this.#client.query(query).catch(told));
  }

  /** The same for what is said once, or has several statements and no values. */
  async run(sql: string): Promise<Answer> {
    const result = await this.#client.query(sql).catch(told);
    return answerOf(Array.isArray(result) ? result.at(-1) : result);
  }

  async rows(sql: string, values?: readonly Parameter[]): Promise<Raw[]> {
    return (await this.ask(sql, values)).rows;
  }

  /** Ends the connection once all that was sent is answered. */
  async close(): Promise<void> {
    this.#onLost = null;
    await this.#client.end().catch(() => {});
  }

  /** Cuts the connection, as a network or a crash would. */
  destroy(): void {
    this.#onLost = null;
    this.#lost ??= new Error("the connection was cut");
    const { stream } = (this.#client as unknown as { connection: { stream: { destroy(): void } } })
      .connection;
    stream.destroy();
  }

  #lose(error: Error): void {
    if (this.#lost !== null) return;
    this.#lost = error;
    this.#onLost?.(error);
  }
}

function protection({ mode, ...options }: Protection): ConnectionOptions {
  if (mode === "require") return { ...options, rejectUnauthorized: false };
  return { ...options, ...(mode === "verify-ca" && { checkServerIdentity: () => undefined }) };
}

/** There was no answer: what became of the statement, nobody knows. */
export class ConnectionLost extends Error {}

/** What is no error of the server comes of the way to it. */
function told(error: Error & { code?: string }): never {
  if (error instanceof DatabaseError) throw error;
  throw new ConnectionLost(error.message || String(error.code), { cause: error });
}

function answerOf(result: { rows: Raw[]; rowCount: number | null; command: string }): Answer {
  return { rows: result.rows, count: result.rowCount ?? 0, command: result.command };
}
