// Whether the store's interface is asked for what it promises, and knows of no database.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allFiles, importsOf, isCode, ships } from "./sources.ts";

const sources = allFiles().filter(isCode).filter(ships);
const textOf = (name: string) => sources.find(({ file }) => file === name)!.text;

/** What the kinds that have tables share, in a folder beside theirs. */
const GROUND = "sql";

const folderOf = (file: string) => /^engine\/store\/([^/]+)\//.exec(file)?.[1];

/** The kind of store whose folder has the file. */
const kindOf = (file: string) => {
  const folder = folderOf(file);
  return folder === GROUND ? undefined : folder;
};

/** The methods of an interface, as `deno fmt` lays them out. */
function methodsOf(text: string, name: string): string[] {
  const start = text.indexOf(`export interface ${name} `);
  assert.ok(start >= 0, `there is no interface ${name}`);
  const body = text.slice(start, text.indexOf("\n}\n", start));
  return [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, method]) => method!);
}

test("every method of a store is called by somebody", () => {
  const methods = [
    ...methodsOf(textOf("engine/store/store.ts"), "Store"),
    ...methodsOf(textOf("engine/store/suspect-store.ts"), "SuspectStore"),
    ...methodsOf(textOf("engine/store/retention-store.ts"), "RetentionStore"),
    ...methodsOf(textOf("engine/store/backup-store.ts"), "BackupStore"),
    ...methodsOf(textOf("engine/store/vault-store.ts"), "VaultStore"),
  ];
  assert.ok(methods.length > 25, `${methods}`);
  const callers = sources.filter(({ file }) => kindOf(file) === undefined);
  const uncalled = methods.filter((method) =>
    !callers.some(({ text }) => new RegExp(`[sS]tore\\??\\.${method}\\(`).test(text))
  );
  assert.deepEqual(uncalled, []);
});

/** Where a kind of store is chosen by the place that a setting names. */
const DOOR = "engine/store/open.ts";

test("nobody reaches into a kind of store but its own folder, and the door that chooses", () => {
  const reaching = sources.flatMap(importsOf)
    .filter(({ from, target }) => kindOf(target) !== undefined && kindOf(from) !== kindOf(target));
  const kinds = [...new Set(sources.flatMap(({ file }) => kindOf(file) ?? []))];
  assert.deepEqual(
    reaching.map(({ from, target }) => `${from} imports ${target}`).sort(),
    kinds.map((kind) => `${DOOR} imports engine/store/${kind}/place.ts`).sort(),
  );
});

test("what stores with tables share is asked for by such stores alone", () => {
  const asking = sources.flatMap(importsOf).filter(({ from, target }) =>
    folderOf(target) === GROUND && folderOf(from) === undefined
  );
  assert.deepEqual(asking.map(({ from, target }) => `${from} imports ${target}`), []);
});

test("what all stores share names none of them", () => {
  const shared = sources.filter(({ file }) =>
    /^engine\/store\/(sql\/)?[^/]+$/.test(file) && file !== DOOR
  );
  assert.ok(shared.length > 10);
  const named = shared.filter(({ text }) => /libsql|sqlite|postgres/i.test(text));
  assert.deepEqual(named.map(({ file }) => file), []);
});
