// How the vault's rows change: each change one transaction.

import { type Resealer, resealer } from "../../vault/reseal.ts";
import { names } from "../sql/lists.ts";
import { placing } from "../sql/unroll.ts";
import { columnsOf, SECRETS, VAULT_META } from "../tables.ts";
import type { Rekey, SecretRow, VaultMeta } from "../vault-store.ts";
import type { Parameter, Session } from "./session.ts";
import type { Keeper } from "./keeper.ts";
import { LOCK_NODES, refuseOthers } from "./node.ts";
import { Unsettled, type Writer } from "./writer.ts";

const SEALS_A_PAGE = 100;

const secret = columnsOf(SECRETS);
const placeSecret = placing<SecretRow>(secret);
const meta = columnsOf(VAULT_META);
const placeMeta = placing<VaultMeta>(meta);

const PUT_SECRET = `INSERT INTO secrets (${names(secret)}) VALUES ($1, $2, $3, $4)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`;

const metaSet = meta.map(({ name }) => `${name} = excluded.${name}`).join(", ");
const metaValues = meta.map((_, i) => `$${i + 1}`).join(", ");
/** There is one row. */
const PUT_META = `INSERT INTO vault_meta (no, ${names(meta)}) VALUES (1, ${metaValues})
  ON CONFLICT (no) DO UPDATE SET ${metaSet}`;
const FIRST_META = `INSERT INTO vault_meta (no, ${names(meta)}) VALUES (1, ${metaValues})
  ON CONFLICT (no) DO NOTHING`;

/** Sent with every change; whoever changes something waits here for who did so before. */
const NEXT_REVISION = `INSERT INTO vault_revision (no, revision) VALUES (1, 1)
  ON CONFLICT (no) DO UPDATE SET revision = vault_revision.revision + 1`;

/** 0 before the first change. */
export async function readRevision(session: Session): Promise<number> {
  const [row] = await session.rows("SELECT revision FROM vault_revision");
  return row?.revision ?? 0;
}

export class VaultRows {
  readonly #writer: Writer;
  readonly #keeper: Pick<Keeper, "judges">;
  /** A new key of which nobody has heard whether it is in force. */
  #open: { lost: Unsettled; adopt: () => void } | null = null;

  constructor(writer: Writer, keeper: Pick<Keeper, "judges">) {
    this.#writer = writer;
    this.#keeper = keeper;
  }

  /** False when another node's was first. */
  create(row: VaultMeta): Promise<boolean> {
    return this.#writer.transaction(async (session) => {
      const made = session.ask(FIRST_META, metaOf(row));
      const [{ count }] = await Promise.all([made, session.ask(NEXT_REVISION)]);
      return count === 1;
    }, { atOnce: true });
  }

  async put(row: SecretRow): Promise<void> {
    const values: Parameter[] = [];
    placeSecret(values as never, 0, row, []);
    await this.#run(PUT_SECRET, bound(values));
  }

  async remove(name: string): Promise<void> {
    await this.#run("DELETE FROM secrets WHERE key = $1", [name]);
  }

  /**
   * The name of the first secret that does not open, with nothing written; null when all did. `adopt` is
   * called once it is durable, which may turn out when it is settled only.
   */
  async rekey({ from, to, meta: row }: Rekey, adopt: () => void): Promise<string | null> {
    const reseal = resealer({ from, to });
    try {
      await this.#writer.transaction(async (session) => {
        const { judges } = this.#keeper;
        await refuseOthers(session, { no: this.#writer.node.no, judges, ...ALONE });
        await session.ask(PUT_META, metaOf(row));
        await session.ask(NEXT_REVISION);
        await rewriteSecrets(session, reseal);
        await rewriteSeals(session, reseal);
      }, { first: (session) => session.run(LOCK_NODES) });
    } catch (error) {
      if (error instanceof Broken) return error.name;
      if (!(error instanceof Unsettled)) throw error;
      this.#open = { lost: error, adopt };
      // Most connections come back at once.
      if (await this.settle()) return null;
      throw error;
    }
    adopt();
    return null;
  }

  /**
   * To be called before anything is sealed: makes sure of which key is in force. BUSY while that cannot be
   * known. Answers whether a change of the key turned out to have taken place.
   */
  async settle(): Promise<boolean> {
    if (this.#open === null) return false;
    const { lost, adopt } = this.#open;
    const took = await this.#writer.settled(lost);
    this.#open = null;
    if (took !== null) adopt();
    return took !== null;
  }

  async #run(sql: string, values: Parameter[]): Promise<void> {
    await this.#writer.transaction(
      (session) => Promise.all([session.ask(sql, values), session.ask(NEXT_REVISION)]),
      { atOnce: true },
    );
  }
}

/** Why another node keeps the key as it is: what it seals is under the key that it has. */
const ALONE = {
  why: "the vault's key changes only while no other daemon is at work on the database",
  until: "and start it again with the new key",
};

/** Undoes the transaction: this secret cannot be opened. */
class Broken extends Error {
  constructor(secret: string) {
    super(`the secret ${secret} cannot be opened`);
    this.name = secret;
  }
}

function metaOf(row: VaultMeta): Parameter[] {
  const values: Parameter[] = [];
  placeMeta(values as never, 0, row, []);
  return bound(values);
}

async function rewriteSecrets(session: Session, reseal: Resealer): Promise<void> {
  // Nobody changes one meanwhile.
  const rows = await session.rows("SELECT key, value FROM secrets FOR UPDATE");
  for (const { key, value } of rows) {
    const again = reseal.secret(key, new Uint8Array(value));
    if (again === null) throw new Broken(key);
    const sql = "UPDATE secrets SET value = $1 WHERE key = $2";
    await session.ask(sql, bound([again as Buffer, key]));
  }
}

/** Page by page: there may be many. One that does not open is as unreadable as it was before. */
async function rewriteSeals(session: Session, reseal: Resealer): Promise<void> {
  let after: [number, string] = [0, ""];
  for (;;) {
    const rows = await session.rows(
      `SELECT s.run_no, s.slot, s.blob, r.id FROM seals s JOIN runs r ON r.run_no = s.run_no
       WHERE (s.run_no, s.slot) > ($1, $2) ORDER BY s.run_no, s.slot LIMIT ${SEALS_A_PAGE}`,
      after,
    );
    if (rows.length === 0) return;
    for (const { run_no: runNo, slot, blob, id } of rows) {
      after = [runNo, slot];
      const again = reseal.sealed({ runId: id, slot }, new Uint8Array(blob));
      if (again === null) continue;
      const sql = "UPDATE seals SET blob = $1 WHERE run_no = $2 AND slot = $3";
      await session.ask(sql, bound([again as Buffer, runNo, slot]));
    }
  }
}

/** Bytes as the driver takes them. */
function bound(values: readonly Parameter[]): Parameter[] {
  return values.map((value) =>
    (value as unknown) instanceof Uint8Array && !Buffer.isBuffer(value)
      ? Buffer.from(value as unknown as Uint8Array)
      : value
  );
}
