// The outside world of the agent's trial: a server that answers in JSON and keeps what was asked of it.

import { EventEmitter, once } from "node:events";
import type { Cleanup } from "./daemon.ts";
import { httpServer } from "./http-server.ts";

export interface Asked {
  /** Path and query. */
  path: string;
  /** The JSON that was sent; null without any. */
  body: unknown;
}

export interface TrialWorld {
  url: string;
  /** The requests so far whose path and query begin with this, in order. */
  asked(path: string): Asked[];
  /** The bodies that /sink got since it was last asked for. */
  sunk(): unknown[];
  /** Resolves once /sink has got something that `sunk` has not told yet. */
  sinkFilled(): Promise<void>;
  /** The most requests of /page/N that were open at once. */
  pagesAtOnce(): number;
}

const ORDERS = [
  { id: 1, total: 250, open: true },
  { id: 2, total: 40, open: true },
  { id: 3, total: 900, open: false },
  { id: 4, total: 120, open: true },
];

/** @param token What /private wants as its bearer. */
export async function trialWorld(t: Cleanup, token: string): Promise<TrialWorld> {
  const requests: Asked[] = [];
  let told = 0;
  let [open, most] = [0, 0];
  const sinks = () => requests.filter(({ path }) => path === "/sink");
  const filled = new EventEmitter();
  const server = await httpServer(t, async (request, response) => {
    const path = request.url!;
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const asked = { path, body: text === "" ? null : JSON.parse(text) };
    requests.push(asked);
    const times = requests.filter((other) => other.path === path).length;
    const auth = request.headers.authorization ?? null;
    const send = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const { pathname, searchParams } = new URL(path, "http://world");
    if (pathname.startsWith("/page/")) {
      most = Math.max(most, ++open);
      response.once("finish", () => open--);
      const page = pathname.slice("/page/".length);
      return send(200, { page, title: `Page ${page}` });
    }
    switch (pathname) {
      case "/orders":
        return send(200, { orders: ORDERS });
      case "/sink":
        send(200, { received: asked.body, method: request.method, auth });
        return void filled.emit("filled");
      case "/flaky":
        return times < 3
          ? send(503, { error: "try later" })
          : send(200, { ok: true, attempt: times });
      case "/poll":
        return send(200, { state: times < 4 ? "pending" : "done" });
      case "/private":
        return auth === `Bearer ${token}` ? send(200, { user: "ann" }) : send(401, { error: "no" });
      case "/broken": {
        const mended = requests.some((other) => other.path === "/mended");
        return send(mended ? 200 : 500, { mended });
      }
      case "/mended":
        return send(200, { ok: true });
      case "/slow":
        // A slow one never answers: who waits for it waits until it is cancelled.
        return searchParams.get("ms") === "0" ? send(200, { slow: true }) : undefined;
      default:
        return send(404, { error: "not found" });
    }
  });
  return {
    url: server.url,
    asked: (path) => requests.filter((request) => request.path.startsWith(path)),
    sunk: () => {
      const fresh = sinks().slice(told);
      told += fresh.length;
      return fresh.map(({ body }) => body);
    },
    sinkFilled: async () => {
      while (sinks().length === told) await once(filled, "filled");
    },
    pagesAtOnce: () => most,
  };
}
