// How the text that a person keeps becomes the 32 bytes that encrypt.

import { pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { vaultError } from "./errors.ts";
import { newKeyFault } from "./rules.ts";

export const KEY_BYTES = 32;

/** How a vault's key comes from its owner's text; stored beside the secrets, and no secret. */
export interface Recipe {
  /** `raw`: the text is the key itself, as `hex:…` or `base64:…`. */
  kdf: "pbkdf2-sha256" | "raw";
  /** Of PBKDF2; 0 for a raw key. */
  iterations: number;
  /** Of PBKDF2; empty for a raw key. */
  salt: Uint8Array;
}

/** OWASP's advice for PBKDF2-HMAC-SHA256. */
const ITERATIONS = 600_000;
/** Whoever can write the file could ask for less than is safe, or for a start that never ends. */
const FEWEST_ITERATIONS = 100_000;
const MOST_ITERATIONS = 10_000_000;
const SALT_BYTES = 16;

const derive = promisify(pbkdf2);

/**
 * The recipe of a new vault (or of a new key for one) that this text opens. Throws VAULT_ERROR for a
 * passphrase that is too short.
 */
export function newRecipe(text: string): Recipe {
  const fault = newKeyFault(text);
  if (fault !== undefined) throw vaultError(`a new passphrase ${fault}`);
  return recipeFor(text);
}

/** The same for a vault that has secrets already: of what key they are is not ours to judge. */
export function recipeFor(text: string): Recipe {
  return rawKey(text) === null
    ? { kdf: "pbkdf2-sha256", iterations: ITERATIONS, salt: randomBytes(SALT_BYTES) }
    : { kdf: "raw", iterations: 0, salt: new Uint8Array() };
}

/**
 * The key, derived on another thread. Throws VAULT_ERROR when the text is empty or no key of the
 * kind that the recipe asks for, or the recipe is not one of ours.
 */
export async function deriveKey(text: string, recipe: Recipe): Promise<Uint8Array> {
  if (text === "") throw vaultError("the vault's key must not be empty");
  if (recipe.kdf === "raw") {
    const key = rawKey(text);
    if (key === null) {
      throw vaultError("this vault's key is not a passphrase, but hex:… or base64:… of 32 bytes");
    }
    return key;
  }
  const { kdf, iterations, salt } = recipe;
  if (kdf !== "pbkdf2-sha256" || iterations < FEWEST_ITERATIONS || iterations > MOST_ITERATIONS) {
    throw vaultError(`the vault asks for ${kdf} with ${iterations} iterations, which is refused`);
  }
  if (salt.length < SALT_BYTES) {
    throw vaultError(`the vault's salt has ${salt.length} bytes, which is refused`);
  }
  return new Uint8Array(await derive(text, salt, iterations, KEY_BYTES, "sha256"));
}

/** The bytes of a raw key; null for a passphrase. Throws VAULT_ERROR when they are not 32. */
export function rawKey(text: string): Uint8Array | null {
  const [, form, digits] = /^(hex|base64):(.*)$/s.exec(text) ?? [];
  if (form === undefined) return null;
  const valid = form === "hex" ? /^[0-9a-f]{64}$/i : /^[A-Za-z0-9+/]{43}=?$/;
  const key = valid.test(digits!) ? Buffer.from(digits!, form as BufferEncoding) : null;
  if (key?.length !== KEY_BYTES) {
    throw vaultError(`a vault key that begins with ${form}: must be ${KEY_BYTES} bytes`);
  }
  return new Uint8Array(key);
}
