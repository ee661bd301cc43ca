// What `opcode secret` does: stores, lists and removes secrets, and changes or gives the vault's key.

import { LEAST_BYTES } from "../../engine/secrecy/parts.ts";
import { NoDaemon } from "../client.ts";
import type { GlobalFlags } from "../context.ts";
import { hint } from "../hint.ts";
import { choiceOf } from "../option-values.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { LEAST_NAME, printTable } from "../table.ts";
import { shownTime } from "../times.ts";
import { placeFinder } from "../secrets/find-place.ts";
import { HiddenInput } from "../secrets/hidden-input.ts";
import type { SecretPlace } from "../secrets/place.ts";
import { VAULT_KEY_FILE } from "../../server/settings/vault-key.ts";
import { UsageError } from "../usage-error.ts";
import { SECRET_VERBS } from "../verbs.ts";

export interface SecretFlags extends GlobalFlags {
  keepNewline?: boolean;
  /** Whether nothing may be a value. */
  allowEmpty?: boolean;
}

export async function secret(
  flags: SecretFlags,
  args: { verb: string; name: string | undefined },
): Promise<number> {
  const verb = choiceOf("VERB", SECRET_VERBS)(args.verb);
  const name = nameFor(verb, args.name);
  if (flags.keepNewline && verb !== "set") {
    throw new UsageError(`--keep-newline: is only of secret set, not of secret ${verb}`);
  }
  if (flags.allowEmpty && verb !== "set") {
    throw new UsageError(`--allow-empty: is only of secret set, not of secret ${verb}`);
  }
  const input = new HiddenInput();
  try {
    return await withInput({ flags, verb, name, input });
  } finally {
    input.close();
  }
}

async function withInput(
  options: { flags: SecretFlags; verb: string; name: string; input: HiddenInput },
): Promise<number> {
  const { flags, verb, name, input } = options;
  const withPlace = placeFinder({ flags, input });
  // Nobody types a value, or a new key, that cannot be stored.
  const what = verb === "set" ? `secret "${visible(name)}"` : "its new key";
  if (input.terminal && (verb === "set" || verb === "rekey")) {
    await withPlace((place) => place.ready(what));
  }
  // Read before the database is opened again: whoever types may take their time.
  const value = verb === "set"
    ? await input.value(`Value of ${visible(name)}`, { keepNewline: flags.keepNewline === true })
    : "";
  // What a program that has failed writes into a pipe would replace a good value.
  if (verb === "set" && value === "" && !flags.allowEmpty) {
    throw new UsageError(
      `the value of ${visible(name)} is empty, and nothing was changed; --allow-empty stores it`,
    );
  }
  await withPlace(async (place) => {
    if (verb === "list") return await list(place, flags.json === true);
    const { answer, told } = await change({ place, verb, name, value, input });
    if (flags.json) printJson(answer);
    else printLine(told);
  });
  return 0;
}

interface Change {
  place: SecretPlace;
  verb: string;
  name: string;
  value: string;
  input: HiddenInput;
}

/** What was done, for programs and for people. */
async function change(
  { place, verb, name, value, input }: Change,
): Promise<{ answer: object; told: string }> {
  switch (verb) {
    case "set": {
      const { created } = await place.set(name, value);
      if (Buffer.byteLength(value) < LEAST_BYTES) {
        printNote(`a value of fewer than ${LEAST_BYTES} bytes is not masked in what runs show`);
      }
      return { answer: { name, created }, told: `${created ? "stored" : "replaced"} ${name}` };
    }
    case "delete":
      await place.delete(name);
      return { answer: { name, deleted: true }, told: `deleted ${visible(name)}` };
    case "unlock": {
      if (!place.running) {
        throw new NoDaemon(
          "no daemon runs here, so there is nothing to unlock: start it with OPCODE_VAULT_KEY, or " +
            "start it and unlock it then",
        );
      }
      const isNew = (await place.list()).vault === "new";
      const question = isNew ? "Passphrase of the new vault" : "Passphrase of the vault";
      const why = "there is no vault yet, and the key that is given now becomes its own: ";
      await place.unlock(await input.key(question, isNew ? { isNew, why } : { isNew }));
      if (!isNew) {
        return { answer: { vault: "unlocked" }, told: "unlocked; retry the steps that failed" };
      }
      return {
        answer: { vault: "unlocked", created: true },
        told:
          "there was no vault: a new one is made, and this is its key from now on, which every " +
          "start needs (OPCODE_VAULT_KEY); retry the steps that failed",
      };
    }
    default: {
      const key = await input.key("New passphrase of the vault", { isNew: true });
      const { secrets } = await place.rekey(key);
      return {
        answer: { vault: "unlocked", secrets },
        told: `rekeyed, secrets: ${secrets}; the next start needs the new key: change it where ` +
          `OPCODE_VAULT_KEY comes from, or in ${VAULT_KEY_FILE} of the data directory`,
      };
    }
  }
}

async function list(place: SecretPlace, json: boolean): Promise<void> {
  const { vault, secrets } = await place.list();
  if (json) return printJson({ vault, secrets });
  const rows = secrets.map(({ name, updated_at, created_at }) => [
    name,
    shownTime(updated_at),
    shownTime(created_at),
  ]);
  if (rows.length === 0) {
    printLine(`no secrets yet; one is stored by: ${hint("secret", "set", "NAME")}`);
  } else printTable([{ name: "name", least: LEAST_NAME }, "updated", "created"], rows);
  if (place.running && vault !== "unlocked") {
    printNote(`the daemon's vault is locked: ${hint("secret", "unlock")}`);
  }
}

function nameFor(verb: string, name: string | undefined): string {
  const needed = verb === "set" || verb === "delete";
  if (needed && name === undefined) throw new UsageError(`secret ${verb}: NAME is required`);
  if (!needed && name !== undefined) throw new UsageError(`secret ${verb}: takes no NAME`);
  return name ?? "";
}
