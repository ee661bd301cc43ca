// How what the vault cannot do is told: by name, never by value, and never retried by itself.

import { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";

export function vaultError(message: string, details: JsonObject = {}): OpcodeError {
  return new OpcodeError("VAULT_ERROR", message, { details: { ...details, retryable: false } });
}

/** `what` needs the key of the vault, which nobody has given. */
export function locked(what: string, details: JsonObject = {}): OpcodeError {
  return vaultError(
    `${what}: the vault is locked; unlock it with "opcode secret unlock", or start the daemon with ` +
      "OPCODE_VAULT_KEY",
    { ...details, locked: true },
  );
}

/**
 * A step asks a locked vault for a secret that nobody has stored: both have to be mended. `isNew`: it has
 * never had a key.
 */
export function lockedWithout(name: string, isNew: boolean): OpcodeError {
  const vault = isNew ? "the vault has no key yet" : "the vault is locked";
  const unlock = isNew ? "choose one" : "unlock it";
  return vaultError(
    `secrets.${name}: ${vault}, and there is no such secret; ${unlock} with "opcode secret unlock", ` +
      `then store it with "opcode secret set ${name}"`,
    { key: name, locked: true, stored: false },
  );
}

/** `what` needs the key of a vault that has never had one. */
export function keyless(what: string): OpcodeError {
  return vaultError(
    `${what}: the vault has no key yet; choose one with "opcode secret unlock", or start the daemon ` +
      "with OPCODE_VAULT_KEY",
    { locked: true },
  );
}

/** A step asks for a secret that nobody has stored. */
export function noSecret(name: string): OpcodeError {
  const cause = { code: "NOT_FOUND", message: `secret "${name}" not found` };
  return new OpcodeError(
    "INTERPOLATION_ERROR",
    `secrets.${name}: there is no such secret; store it with "opcode secret set ${name}"`,
    { details: { key: name, cause, retryable: false } },
  );
}
