// A store with a row in every table, and every way in which a text may be kept.

import { Composed } from "../../engine/store/composed.ts";
import type { Store } from "../../engine/store/store.ts";
import type { VaultStore } from "../../engine/store/vault-store.ts";
import {
  callbackRow,
  decisionRow,
  event,
  fireRow,
  handOver,
  hookRow,
  noticeRow,
  run,
  scheduleRow,
  stepRow,
  templateRow,
  uuid,
} from "./rows.ts";

/** More than a row holds itself. */
const LONG = 70_000;

/** Some hundred events are in it, so that they are more than one page. */
export async function fillAllTables(store: Store & VaultStore): Promise<void> {
  const output = `{"a":"${"ä€😀".repeat(LONG / 4)}"}`;
  const parts = ['{"output":', 2, "}"];
  const composed = new Composed({ runNo: 1, parts, length: output.length + 11 }, () => null);
  await store.commit([
    handOver({
      creates: [
        run(1, { params: JSON.stringify({ long: "p".repeat(LONG) }), lastSeq: 3, outputSeq: 3 }),
        run(2, {
          marks: `{"removing":true}`,
          forkedFrom: JSON.stringify({ workflow_id: uuid(1) }),
        }),
      ],
      events: [
        event(1, 1),
        event(1, 2, { type: "step_completed", stepId: "s", payload: `{"output":${output}}` }),
        event(1, 3, { type: "workflow_completed", payload: composed }),
      ],
      steps: [stepRow(1, "s", { error: `{"message":"${"e".repeat(LONG)}"}` }), stepRow(1, "ü 😀")],
      contexts: [{
        runNo: 1,
        agentId: "agent",
        originalIntent: "why",
        data: "{}",
        agentNotes: null,
        createdAt: 1,
        updatedAt: 2,
      }],
      timers: [{ runNo: 1, key: "a", dueAt: 5 }],
      decisions: [decisionRow(1, 11), decisionRow(1, 10)],
      scheduling: {
        removed: [],
        schedules: [scheduleRow(1, { params: JSON.stringify({ same: "q".repeat(LONG) }) })],
        fires: [fireRow(1, 7)],
      },
      hooks: { templateName: "report", hooks: [hookRow("report", "h")] },
      calling: { removed: [], rows: [callbackRow(1, 3)] },
      noticing: { rows: [noticeRow(3), noticeRow(2)], told: [], withdrawn: [] },
      revoking: { runNo: 1, decisionId: uuid(10), revokedAt: 9 },
      seals: [{ runNo: 1, slot: "params", blob: new Uint8Array([0, 1, 255]) }],
      templates: [templateRow("report", 1), templateRow("report", 2, { archivedAt: 4 })],
      agents: [{ id: "agent", at: 1 }, { id: "Ägent", at: 2 }],
    }),
  ]);
  const events = Array.from({ length: 700 }, (_, i) => event(2, i + 1, { payload: `{"i":${i}}` }));
  await store.commit([handOver({ events })]);
  await store.condemn(2, 1);
  await store.createVault({
    kdf: "raw",
    iterations: 0,
    salt: new Uint8Array([1]),
    canary: new Uint8Array([2]),
    createdAt: 1,
    keyedAt: 1,
  } as never);
  await store.putSecret({ name: "S", value: new Uint8Array([7]), createdAt: 1, updatedAt: 2 });
}
