// Whether sealed values of runs come under a new key with everything else, also those on their way.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../../core/clock.ts";
import { RunSecrets } from "../../../engine/secrecy/run-secrets.ts";
import { openLibsqlStore } from "../../../engine/store/libsql/open.ts";
import { emptyHandOver } from "../../../engine/store/store.ts";
import { Vault } from "../../../engine/vault/vault.ts";
import { tempHome } from "../../support/daemon.ts";
import { run, uuid } from "../../support/rows.ts";

const KEYS = [1, 2].map((digit) => `hex:${`${digit}${digit}`.repeat(32)}`);

test("what was sealed, what waits to be stored and what comes later opens after a rekey and a restart", async (t) => {
  const path = join(tempHome(t), "opcode.db");
  const open = async () => {
    const store = await openLibsqlStore({ path, durability: "normal" });
    return { store, vault: await Vault.read({ store, clock: systemClock }) };
  };
  const { store, vault } = await open();
  await vault.unlock(KEYS[0]!);
  const secrets = new RunSecrets(vault, { runId: uuid(1) });
  const row = run(1);
  const put = (slot: string) => {
    const seals = [secrets.seal(1, slot, { of: slot })];
    return store.commit([{ ...emptyHandOver(), seals }]);
  };
  await store.commit([{ ...emptyHandOver(), creates: [row] }]);
  const slots = Array.from({ length: 250 }, (_, i) => `s${i}`);
  await Promise.all(slots.map(put));
  const racing = Array.from({ length: 50 }, (_, i) => `r${i}`);
  const puts = racing.slice(0, 25).map(put);
  const rekeyed = vault.rekey(KEYS[1]!);
  puts.push(...racing.slice(25).map(put));
  await rekeyed;
  await Promise.all([...puts, put("late")]);
  await store.close();

  const again = await open();
  await assert.rejects(again.vault.unlock(KEYS[0]!), { code: "VAULT_ERROR" });
  await again.vault.unlock(KEYS[1]!);
  const { seals } = (await again.store.readRun(uuid(1), { events: 0, seals: true }))!;
  const stored = new RunSecrets(again.vault, { runId: uuid(1), seals });
  for (const slot of [...slots, ...racing, "late"]) {
    assert.deepEqual(stored.sealed(slot)!.open(), { of: slot });
  }
  await again.store.close();
});
