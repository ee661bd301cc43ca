// Where the vault's key is read from, and what is refused.

import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SettingsError } from "../../../server/settings/load.ts";
import { readVaultKey } from "../../../server/settings/vault-key.ts";
import { scratch } from "../../support/scratch.ts";

test("no key, or an empty variable, is no key", () => {
  assert.equal(readVaultKey({}), undefined);
  assert.equal(readVaultKey({ OPCODE_VAULT_KEY: "", OPCODE_VAULT_KEY_FILE: "" }), undefined);
});

test("the variable is taken as it is", () => {
  const key = readVaultKey({ OPCODE_VAULT_KEY: " p w \n" });
  assert.deepEqual(key, { text: " p w \n", from: "OPCODE_VAULT_KEY", warnings: [] });
});

test("a file is read without its last line end; others may not read it", (t) => {
  const path = join(scratch(t), "key");
  for (const [content, text] of [["a b", "a b"], ["a\n", "a"], ["a\r\n", "a"], ["a\n\n", "a\n"]]) {
    writeFileSync(path, content!, { mode: 0o600 });
    const key = readVaultKey({ OPCODE_VAULT_KEY_FILE: path })!;
    assert.deepEqual([key.text, key.file, key.warnings], [text, path, []]);
  }
  chmodSync(path, 0o644);
  assert.match(readVaultKey({ OPCODE_VAULT_KEY_FILE: path })!.warnings[0]!, /chmod 600/);
});

test("two keys, a file without one, and a file that is not there are refused", (t) => {
  const path = join(scratch(t), "key");
  const refused = (env: Record<string, string>, message: RegExp) =>
    assert.throws(() => readVaultKey(env), (error: Error) => {
      assert.ok(error instanceof SettingsError);
      assert.match(error.message, message);
      return true;
    });
  refused({ OPCODE_VAULT_KEY_FILE: path }, /^OPCODE_VAULT_KEY_FILE \(.*key\): cannot be read/);
  writeFileSync(path, "\n");
  refused({ OPCODE_VAULT_KEY_FILE: path }, /: is empty/);
  writeFileSync(path, Buffer.from([0x61, 0xff, 0xfe]));
  refused({ OPCODE_VAULT_KEY_FILE: path }, /\): must be text: a passphrase, or hex:/);
  refused({ OPCODE_VAULT_KEY: "p", OPCODE_VAULT_KEY_FILE: path }, /OPCODE_VAULT_KEY is set, too/);
});

test("a key that is kept in the data directory is taken where no variable names another", (t) => {
  const home = scratch(t);
  assert.equal(readVaultKey({}, home), undefined);
  const file = join(home, "vault-key");
  writeFileSync(file, "kept\n", { mode: 0o600 });
  assert.deepEqual(readVaultKey({}, home), { text: "kept", from: file, file, warnings: [] });
  assert.equal(readVaultKey({ OPCODE_VAULT_KEY: "given" }, home)?.text, "given");
});
