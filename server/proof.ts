// How a daemon proves, to whoever can read its daemon.json, that it is the one that wrote it.
//
// Another process may listen where a daemon did, or at another address of the same name. So nothing
// is sent to a daemon before it has answered a challenge: the HMAC, under the key in daemon.json
// (readable by the user alone), of both sides' nonces and of the address at which the daemon was
// reached. The address keeps an impostor from handing the challenge on to the daemon itself.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isObject } from "../core/json.ts";

export const PROOF_PATH = "/proof";

/** 32 random bytes as hexadecimal digits, as nonces and keys are. */
export function newSecret(): string {
  return randomBytes(32).toString("hex");
}

/** What the daemon answers to `GET /proof?nonce=…` on a connection; undefined for no nonce. */
export function proofFor(
  key: string,
  nonce: string | null,
  socket: { localAddress?: string | undefined; localPort?: number | undefined },
): { nonce: string; proof: string } | undefined {
  if (nonce === null || !/^[0-9a-f]{64}$/.test(nonce)) return undefined;
  const own = newSecret();
  const address = placeOf(socket.localAddress, socket.localPort);
  return { nonce: own, proof: mac(key, nonce, own, address) };
}

/** Whether the body answers our nonce, from the address that the connection goes to. */
export function isProof(
  body: unknown,
  challenge: {
    key: string;
    nonce: string;
    socket: { remoteAddress?: string | undefined; remotePort?: number | undefined };
  },
): boolean {
  if (!isObject(body) || typeof body.nonce !== "string" || typeof body.proof !== "string") {
    return false;
  }
  const { key, nonce, socket } = challenge;
  const address = placeOf(socket.remoteAddress, socket.remotePort);
  const expected = Buffer.from(mac(key, nonce, body.nonce, address));
  const given = Buffer.from(body.proof);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Answers the challenge when it is one; says whether it was. */
export function answersChallenge(
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (request.method !== "GET" || !request.url?.startsWith(`${PROOF_PATH}?`)) return false;
  const nonce = new URLSearchParams(request.url.slice(PROOF_PATH.length)).get("nonce");
  const proof = proofFor(key, nonce, request.socket);
  const body = JSON.stringify(
    proof ??
      { error: { code: "VALIDATION_ERROR", message: "nonce: must be 64 hexadecimal digits" } },
  );
  response.writeHead(proof ? 200 : 400, {
    "content-type": "application/json",
    "cache-control": "no-store",
  });
  response.end(body);
  return true;
}

function mac(key: string, theirs: string, ours: string, address: string): string {
  return createHmac("sha256", Buffer.from(key, "hex"))
    .update(JSON.stringify(["opcode daemon", theirs, ours, address])).digest("hex");
}

function placeOf(address: string | undefined, port: number | undefined): string {
  return `${(address ?? "").replace(/^::ffff:/, "").replace(/%.*$/, "")} ${port}`;
}
