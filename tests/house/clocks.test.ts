// Whether time and chance come from outside: no real clock and no real dice decide what a run does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allFiles, isCode, ships, type Source } from "./sources.ts";

/** What reads a clock, sets a timer or throws dice. */
const READS = {
  clock:
    /\bDate\.now\b|\bperformance\.now\b|\bnew Date\(\)|\bhrtime\b|\buptime\(|\bTemporal\.Now\b|\bDate\(\)/,
  timer: /\bset(?:Timeout|Interval)\(|"node:timers\/promises"|\bAtomics\.wait\b/,
  dice: /\bMath\.random\b|\brandom(?:UUID|Bytes|Int|FillSync)\b|\bgetRandomValues\b/,
};

type Kind = keyof typeof READS;

/** Files and folders (with `/` at their end) that may, what they may, and why no run hangs on it. */
const ROOMS: [place: string, may: Kind[], why: string][] = [
  [
    "core/clock.ts",
    ["clock", "timer"],
    "the system's clock, which whoever opens an engine may replace",
  ],
  ["core/ids.ts", ["dice"], "the system's dice, which whoever opens an engine may replace"],
  ["core/log.ts", ["clock"], "log lines say when; nothing reads them back"],
  ["core/working.ts", ["clock"], "measures the event loop for the watchdog's log lines"],
  ["core/exact-json.ts", ["dice"], "a mark that no text holds by chance; it is taken out again"],
  ["core/descriptors.ts", ["clock", "timer"], "how long an action waits for a file descriptor"],
  ["core/pieces.ts", ["clock"], "when others have a turn; the work is the same"],
  [
    "engine/store/postgres/feed.ts",
    ["timer"],
    "how long a reader waits for the transactions of other nodes",
  ],
  [
    "engine/store/postgres/hints.ts",
    ["timer"],
    "how soon nodes tell each other to look, who look all the same",
  ],
  [
    "engine/store/postgres/keeper.ts",
    ["clock", "timer"],
    "renews the node's lease, which goes by the server's clock, and knows for how long it stands",
  ],
  [
    "engine/store/postgres/watch-thread.ts",
    ["timer"],
    "whether a turn hangs: no run sees when it is looked",
  ],
  [
    "engine/store/postgres/place.ts",
    ["dice"],
    "what a data directory is called among the nodes, once",
  ],
  ["engine/store/postgres/remover.ts", ["clock"], "how long a removal has held the writer"],
  [
    "embed/worker/",
    ["timer"],
    "ends a thread that does not answer: Evaluate, a door to the outside",
  ],
  ["embed/drawer.ts", ["timer"], "lets threads go that nobody has asked for a picture"],
  [
    "embed/worker/thread.ts",
    ["clock"],
    "which programs travel together: each comes to what it comes to alone",
  ],
  ["engine/vault/", ["dice"], "nonces and salts"],
  ["engine/isolation/", ["dice"], "marks of processes that run: no run sees them"],
  [
    "engine/isolation/groups/scope.ts",
    ["timer"],
    "how long systemd may take: no run sees whether a guard was late",
  ],
  [
    "engine/cursor-veil.ts",
    ["dice"],
    "nonces, and a key where there is none: no run sees a cursor",
  ],
  [
    "engine/store/libsql/",
    ["clock", "timer"],
    "the store's threads: when a layout was migrated, and whether a turn hangs",
  ],
  [
    "actions/",
    ["clock", "dice"],
    "below a step: what an action measures or draws is its result, which is kept",
  ],
  [
    "server/",
    ["clock", "timer", "dice"],
    "connections, tokens and the watchdog: before and beside the engine",
  ],
  ["cli/", ["clock", "timer", "dice"], "a terminal at which somebody waits"],
  ["panel/browser/", ["clock", "timer"], "a window at which somebody looks"],
  ["panel/context.ts", ["clock"], "how long ago something was, where nobody says what time it is"],
];

const sources = allFiles().filter((source) => isCode(source) && ships(source));

test("clocks, timers and dice are only in the rooms that may have them", () => {
  const found = sources.flatMap((source) =>
    readsOf(source).filter(({ kind }) =>
      !roomsOf(source.file).some(([, may]) => may.includes(kind))
    )
      .map(({ line, text }) => `${source.file}:${line}: ${text}`)
  );
  assert.deepEqual(found, [], "take the injected clock or dice, or name the room and the reason");
});

test("no room may what it does not do", () => {
  const idle = ROOMS.flatMap(([place, may]) =>
    may.filter((kind) =>
      !sources.some((source) =>
        isIn(source.file, place) && readsOf(source).some((read) => read.kind === kind)
      )
    ).map((kind) => `${place} has no ${kind}`)
  );
  assert.deepEqual(idle, []);
});

test("reads are found in code, and not in comments", () => {
  const text = [
    "const a = Date.now();",
    "const b = new Date();",
    "const c = options.now ?? Date.now;",
    "// Date.now() is not asked",
    " * performance.now()",
    "const d = new Date(ms);",
    "const e = Math.random() + performance.now();",
    "socket.setTimeout(5);",
    'import { setTimeout as delay } from "node:timers/promises";',
  ].join("\n");
  const found = readsOf({ file: "x.ts", text }).map(({ line, kind }) => `${line} ${kind}`);
  assert.deepEqual(found, [
    "1 clock",
    "2 clock",
    "3 clock",
    "7 clock",
    "7 dice",
    "8 timer",
    "9 timer",
  ]);
});

function readsOf({ text }: Source): { line: number; kind: Kind; text: string }[] {
  return text.split("\n").flatMap((code, i) => {
    if (/^\s*(\/\/|\/?\*)/.test(code)) return [];
    const kinds = (Object.keys(READS) as Kind[]).filter((kind) => READS[kind].test(code));
    return kinds.map((kind) => ({ line: i + 1, kind, text: code.trim() }));
  });
}

function roomsOf(file: string): typeof ROOMS {
  return ROOMS.filter(([place]) => isIn(file, place));
}

function isIn(file: string, place: string): boolean {
  return file === place || (place.endsWith("/") && file.startsWith(place));
}
