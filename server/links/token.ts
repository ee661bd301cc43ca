// What stands in a link: which decision, on whose behalf and until when, with the proof that the daemon wrote it.

import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { LinkTerms } from "../../engine/links/links.ts";

/** Says what the bytes behind it mean; another meaning takes another number. */
const FORM = 2;
/** Says nothing of when it was made. */
const OLD_FORM = 1;
const BOUND = 1;
const PROOF = 32;
/** The form, whether it is bound, the decision's id, and the end in ms; then when it was made, ms. */
const OLD_HEAD = 1 + 1 + 16 + 6;
const HEAD = OLD_HEAD + 6;
/** Characters of a token with the longest name of an agent, and some more. */
const LONGEST = 1_000;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class LinkTokens {
  readonly #key: Uint8Array;

  /** `key`: the daemon's own, which outlives it: another one ends all links. */
  constructor(key: Uint8Array) {
    this.#key = new Uint8Array(hkdfSync("sha256", key, "", "opcode decision link", 32));
  }

  /** Safe in a URL's path. */
  of({ decisionId, agentId, expiresAt, madeAt, isBound }: LinkTerms): string {
    const agent = Buffer.from(agentId);
    const said = Buffer.alloc(HEAD + agent.length);
    said[0] = FORM;
    said[1] = isBound ? BOUND : 0;
    const id = Buffer.from(decisionId.replaceAll("-", ""), "hex");
    if (id.length !== 16) throw new Error(`not the id of a decision: ${decisionId}`);
    id.copy(said, 2);
    said.writeUIntBE(Math.floor(expiresAt), 18, 6);
    said.writeUIntBE(Math.floor(madeAt), OLD_HEAD, 6);
    agent.copy(said, HEAD);
    return Buffer.concat([this.#proof(said), said]).toString("base64url");
  }

  /** What it says; undefined of a text that the daemon has not written, for whatever reason. */
  read(token: string): LinkTerms | undefined {
    if (token.length > LONGEST) return undefined;
    const bytes = Buffer.from(token, "base64url");
    const said = bytes.subarray(PROOF);
    // One link is one text: what only decodes to the same is none.
    const isForm = said.length > OLD_HEAD && bytes.toString("base64url") === token;
    if (!isForm || !timingSafeEqual(bytes.subarray(0, PROOF), this.#proof(said))) return undefined;
    const head = said[0] === FORM ? HEAD : said[0] === OLD_FORM ? OLD_HEAD : Infinity;
    if (said.length <= head) return undefined;
    const hex = said.toString("hex", 2, 18);
    return {
      decisionId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
      isBound: said[1] === BOUND,
      expiresAt: said.readUIntBE(18, 6),
      // Older than any revocation.
      madeAt: head === HEAD ? said.readUIntBE(OLD_HEAD, 6) : 0,
      agentId: utf8.decode(said.subarray(head)),
    };
  }

  #proof(said: Uint8Array): Uint8Array {
    return createHmac("sha256", this.#key).update(said).digest();
  }
}
