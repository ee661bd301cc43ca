// What crypto.* computes: digests, keyed digests, and random UUIDs.

import { createHash, createHmac, randomUUID } from "node:crypto";
import type { JsonObject } from "../core/json.ts";
import type { Action, Mistake } from "./action.ts";

const ALGORITHMS = ["sha256", "sha512", "sha384", "md5", "sha1"];

const data = {
  type: "string",
  description: "What to digest, as UTF-8. Values that are not text are digested as they read.",
};

/** What is empty or no text at all stands for the default. */
const algorithm = {
  type: ["string", "integer", "boolean", "array", "object"],
  enum: [...ALGORITHMS, ""],
  default: "sha256",
  description: 'The digest: sha256 (also for ""), sha512, sha384, md5 or sha1.',
};

/** As the protocol has it, what is no text stands for the default: hardly what its author means. */
function mistakenAlgorithm({ algorithm: given = null }: JsonObject): Mistake[] {
  if (given === null || typeof given === "string") return [];
  const rule = `must be a text: what is none is taken for "${algorithm.default}"`;
  return [{ param: "algorithm", rule, isDoubt: true }];
}

function algorithmOf({ algorithm }: JsonObject): string {
  return typeof algorithm === "string" && algorithm !== "" ? algorithm : "sha256";
}

function digestOutput(name: string): JsonObject {
  return {
    type: "object",
    properties: {
      [name]: { type: "string", description: "Lower-case hexadecimal." },
      algorithm: { type: "string", enum: ALGORITHMS },
    },
    required: [name, "algorithm"],
  };
}

const hash: Action = {
  name: "crypto.hash",
  description: "The digest of a text, in hexadecimal.",
  example: { data: "${{inputs.text}}", algorithm: "sha256" },
  effects: "none",
  mistaken: mistakenAlgorithm,
  input: { type: "object", properties: { data, algorithm }, required: ["data"] },
  output: digestOutput("hash"),
  execute(params) {
    const algorithm = algorithmOf(params);
    const hash = createHash(algorithm).update(params.data as string, "utf8").digest("hex");
    return { hash, algorithm };
  },
};

const hmac: Action = {
  name: "crypto.hmac",
  description: "The keyed digest (HMAC) of a text, in hexadecimal.",
  example: { data: "${{inputs.text}}", key: "${{secrets.SIGNING_KEY}}" },
  effects: "none",
  mistaken: mistakenAlgorithm,
  input: {
    type: "object",
    properties: {
      data,
      key: { type: "string", description: "The key, as UTF-8; it may be empty." },
      algorithm,
    },
    required: ["data", "key"],
  },
  output: digestOutput("hmac"),
  execute(params) {
    const algorithm = algorithmOf(params);
    const hmac = createHmac(algorithm, params.key as string)
      .update(params.data as string, "utf8")
      .digest("hex");
    return { hmac, algorithm };
  },
};

const uuid: Action = {
  name: "crypto.uuid",
  description: "A random UUID (version 4).",
  example: {},
  effects: "none",
  input: { type: "object", properties: {} },
  output: {
    type: "object",
    properties: { uuid: { type: "string", format: "uuid" } },
    required: ["uuid"],
  },
  execute: () => ({ uuid: randomUUID() }),
};

export const cryptoActions: readonly Action[] = [hash, hmac, uuid];
