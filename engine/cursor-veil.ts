// Where a list goes on, for an agent that sees a part of it: a cursor that tells nothing of the row it stands at.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { faultAt } from "../core/fault-at.ts";

const CIPHER = "aes-256-gcm";
const NONCE = 12;
const TAG = 16;
/** Lengths are told by so many bytes at a time, lest they tell how long a hidden name is. */
const STEP = 64;

export class CursorVeil {
  readonly #secret: () => Uint8Array;
  #key: Uint8Array | undefined;

  /** `secret`: what cursors are to be opened with, also by the next process; asked for once there is one. */
  constructor(secret: () => Uint8Array = () => randomBytes(32)) {
    this.#secret = secret;
  }

  /** The cursor as the agent gets it: only for that agent it means anything. */
  seal(agent: string, cursor: string): string {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv(CIPHER, this.#keyOf(), nonce).setAAD(Buffer.from(agent));
    const text = Buffer.from(cursor);
    const plain = Buffer.alloc(Math.ceil((text.length + 1) / STEP) * STEP, " ");
    text.copy(plain);
    const sealed = [nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString("base64url");
  }

  /** The same back; VALIDATION_ERROR at `path` for a text that the agent was not given. */
  open(agent: string, text: string, path: string): string {
    const bytes = Buffer.from(text, "base64url");
    if (bytes.length > NONCE + TAG) {
      const nonce = bytes.subarray(0, NONCE);
      const cipher = createDecipheriv(CIPHER, this.#keyOf(), nonce, { authTagLength: TAG });
      cipher.setAAD(Buffer.from(agent)).setAuthTag(bytes.subarray(-TAG));
      try {
        const plain = [cipher.update(bytes.subarray(NONCE, -TAG)), cipher.final()];
        return Buffer.concat(plain).toString().trimEnd();
      } catch {
        // Forged, of another agent, or of another key.
      }
    }
    throw faultAt(path, "must be the next_cursor of a page that this agent was given");
  }

  #keyOf(): Uint8Array {
    return this.#key ??= new Uint8Array(
      hkdfSync("sha256", this.#secret(), "", "opcode list cursor", 32),
    );
  }
}
