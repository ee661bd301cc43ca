// Every hidden prompt at a real terminal: right, wrong, twice, pasted, interrupted, and gone.

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { runCli } from "../support/cli.ts";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import type { Cleanup } from "../support/daemon.ts";
import { atTerminal, noTerminal } from "../support/terminal.ts";

const KEY = "a long passphrase";
const NEW_KEY = "another passphrase";
const VALUE = "s3cret-value";

describe("at a terminal", { skip: noTerminal }, () => {
  const secret = (t: Cleanup, home: string, ...args: string[]) =>
    atTerminal(t, ["secret", ...args], { OPCODE_HOME: home });

  /** A home with one secret under KEY. */
  async function filled(t: Cleanup): Promise<string> {
    const home = join(tempHome(t), "home");
    const env = { OPCODE_HOME: home, OPCODE_VAULT_KEY: KEY };
    assert.equal((await runCli(["secret", "set", "A"], { env, input: VALUE })).code, 0);
    return home;
  }

  test("set without a daemon asks twice for the new vault's key, then for the value", async (t) => {
    const home = join(tempHome(t), "home");
    const terminal = secret(t, home, "set", "A");
    await terminal.sees("Passphrase of the new vault: ");
    terminal.type(`${KEY}\r`);
    await terminal.sees("The same again: ");
    terminal.type(`${KEY}\r`);
    await terminal.sees("Value of A: ");
    terminal.type(`${VALUE}\r`);
    await terminal.sees("stored A");
    assert.equal(await terminal.ends(), 0);
    for (const hidden of [VALUE, KEY]) assert.equal(terminal.shown.includes(hidden), false);
  });

  test("a passphrase that is too short for a new vault is refused before it is typed again", async (t) => {
    const home = join(tempHome(t), "home");
    const fresh = secret(t, home, "set", "A");
    await fresh.sees("Passphrase of the new vault: ");
    fresh.type("p\r");
    await fresh.sees("a new passphrase must have at least 12 characters");
    assert.equal(await fresh.ends(), 2);
    assert.doesNotMatch(fresh.shown, /same again|Value of/);

    const other = secret(t, await filled(t), "rekey");
    await other.sees("Passphrase of the vault: ");
    other.type(`${KEY}\r`);
    await other.sees("New passphrase of the vault: ");
    other.type("elevenchars\r");
    await other.sees("must have at least 12 characters; nothing was changed");
    assert.equal(await other.ends(), 2);
  });

  test("lines that are pasted at once answer one question each, and none is shown", async (t) => {
    const terminal = secret(t, join(tempHome(t), "home"), "set", "A");
    await terminal.sees("Passphrase of the new vault: ");
    terminal.type(`${KEY}\r${KEY}\r${VALUE}\r`);
    await terminal.sees("stored A");
    assert.equal(await terminal.ends(), 0);
    for (const hidden of [VALUE, KEY]) assert.equal(terminal.shown.includes(hidden), false);
  });

  test("rekey asks twice for the new key, which is the vault's then", async (t) => {
    const home = await filled(t);
    const terminal = secret(t, home, "rekey");
    await terminal.sees("Passphrase of the vault: ");
    terminal.type(`${KEY}\r`);
    await terminal.sees("New passphrase of the vault: ");
    terminal.type(`${NEW_KEY}\r`);
    await terminal.sees("The same again: ");
    terminal.type(`${NEW_KEY}\r`);
    await terminal.sees("rekeyed, secrets: 1");
    assert.equal(await terminal.ends(), 0);
    const set = secret(t, home, "set", "B");
    await set.sees("Passphrase of the vault: ");
    set.type(`${NEW_KEY}\r`);
    await set.sees("Value of B: ");
    set.type(`${VALUE}\r`);
    await set.sees("stored B");
    assert.equal(await set.ends(), 0);
  });

  test("two new keys that differ change nothing, and that is an error", async (t) => {
    const terminal = secret(t, await filled(t), "rekey");
    await terminal.sees("Passphrase of the vault: ");
    terminal.type(`${KEY}\r`);
    await terminal.sees("New passphrase of the vault: ");
    terminal.type(`${NEW_KEY}\r`);
    await terminal.sees("The same again: ");
    terminal.type("a typing error\r");
    await terminal.sees("the two are not the same; nothing was changed");
    assert.equal(await terminal.ends(), 2);
  });

  test("the wrong key of the vault is refused before a value or a new key is asked for", async (t) => {
    for (const args of [["set", "B"], ["rekey"]]) {
      const terminal = secret(t, await filled(t), ...args);
      await terminal.sees("Passphrase of the vault: ");
      terminal.type("no passphrase of it\r");
      await terminal.sees("error: ");
      assert.equal(await terminal.ends(), 1);
      assert.doesNotMatch(terminal.shown, /Value of|New passphrase/);
    }
  });

  test("so is a daemon whose vault is locked, or has no key yet", async (t) => {
    const homes: [home: string, words: RegExp][] = [
      [await filled(t), /the vault is locked; unlock it with "\S.* secret unlock"/],
      [tempHome(t), /the vault has no key yet; choose one with "\S.* secret unlock"/],
    ];
    for (const [home, words] of homes) {
      await spawnDaemon(t, { home });
      for (const args of [["set", "B"], ["rekey"]]) {
        const terminal = secret(t, home, ...args);
        assert.equal(await terminal.ends(), 1);
        assert.match(terminal.shown.replaceAll(/\s+/g, " "), words);
        assert.doesNotMatch(terminal.shown, /Value of|passphrase/);
      }
    }
  });

  test("unlock gives a running daemon its key", async (t) => {
    const home = await filled(t);
    const daemon = await spawnDaemon(t, { home });
    const wrong = secret(t, home, "unlock");
    await wrong.sees("Passphrase of the vault: ");
    wrong.type("no passphrase of it\r");
    await wrong.sees("error: ");
    assert.equal(await wrong.ends(), 1);
    const right = secret(t, home, "unlock");
    await right.sees("Passphrase of the vault: ");
    right.type(`${KEY}\r`);
    await right.sees("unlocked; retry the steps that failed");
    assert.equal(await right.ends(), 0);
    assert.equal(await daemon.stop(), 0);
  });

  test("unlock of a daemon's new vault asks twice", async (t) => {
    const home = tempHome(t);
    const daemon = await spawnDaemon(t, { home });
    const terminal = secret(t, home, "unlock");
    await terminal.sees("Passphrase of the new vault: ");
    terminal.type(`${KEY}\r`);
    await terminal.sees("The same again: ");
    terminal.type(`${KEY}\r`);
    await terminal.sees("there was no vault: a new one is made");
    assert.equal(await terminal.ends(), 0);
    assert.equal(await daemon.stop(), 0);
  });

  for (const [name, key] of [["Ctrl-C", "\x03"], ["Ctrl-D", "\x04"]] as const) {
    test(`${name} ends each question, changes nothing, and is told by the exit code`, async (t) => {
      const home = await filled(t);
      const first = secret(t, home, "set", "B");
      await first.sees("Passphrase of the vault: ");
      first.type(`half${key}`);
      assert.equal(await first.ends(), 130);
      const second = secret(t, home, "set", "B");
      await second.sees("Passphrase of the vault: ");
      second.type(`${KEY}\r`);
      await second.sees("Value of B: ");
      second.type(`half${key}`);
      await second.sees("interrupted; nothing was changed");
      assert.equal(await second.ends(), 130);
      const again = secret(t, home, "rekey");
      await again.sees("Passphrase of the vault: ");
      again.type(`${KEY}\r`);
      await again.sees("New passphrase of the vault: ");
      again.type(`${NEW_KEY}\r`);
      await again.sees("The same again: ");
      again.type(key);
      assert.equal(await again.ends(), 130);
      const listed = await runCli(["secret", "list", "--json"], { env: { OPCODE_HOME: home } });
      assert.deepEqual(
        JSON.parse(listed.stdout).secrets.map(({ name }: { name: string }) => name),
        ["A"],
      );
    });
  }
});
