// How somebody signs in to the panel of a daemon that asks for a token, and out again.

import type { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { faultAt } from "../../core/fault-at.ts";
import { isObject } from "../../core/json.ts";
import { sameSecret } from "../../core/same-secret.ts";
import { jsonBody } from "../api/body.ts";
import { noSuchRoute, refusal } from "../http-errors.ts";
import type { PanelDoor } from "../security.ts";
import { isPagePath, type PanelDeps } from "./deps.ts";
import { htmlResponse } from "./html.ts";
import { SignIn } from "./sign-in.ts";
import { themeOf } from "./theme.ts";

const LOGIN = "/login";
const LOGOUT = "/logout";
/** Bytes of a body that holds a token: whoever sends more has none, and is not to take room from who has. */
const MOST_SENT = 4 * 1024;

/** What the door asks of the panel; undefined where no token is asked for. */
export function panelDoor({ isOn, bundle, token, key }: PanelDeps): PanelDoor | undefined {
  if (token === "") return undefined;
  const signIn = new SignIn(key, token);
  return {
    isOpen: (path) => isOn() && (path === LOGIN || path.startsWith("/static/")),
    isSignedIn: (cookie) => isOn() && signIn.holds(cookie, Date.now()),
    askForToken(c) {
      if (!isOn() || c.req.method !== "GET" || !isPagePath(c.req.path)) return undefined;
      return bundle().then(({ drawSignIn, styleHash }) =>
        htmlResponse(drawSignIn({ theme: themeOf(c) }), { status: 401, styleHash })
      );
    },
  };
}

export function signInRoutes(app: Hono, { isOn, token, key, baseUrl }: PanelDeps): void {
  const signIn = new SignIn(key, token);
  const answer = (cookie: string) =>
    Response.json({ ok: true }, { headers: { "set-cookie": cookie } });

  const limited = bodyLimit({
    maxSize: MOST_SENT,
    onError: () => refusal(413, "VALIDATION_ERROR", `body: must be at most ${MOST_SENT} bytes`),
  });

  app.post(LOGIN, limited, async (c) => {
    if (!isOn()) return noSuchRoute(c);
    const body = await jsonBody(c);
    const given = isObject(body) ? body.token : undefined;
    if (typeof given !== "string") throw faultAt("token", "is required");
    if (!sameSecret(given, token)) {
      return refusal(401, "PERMISSION_DENIED", "token: is not that of this daemon");
    }
    return answer(signIn.cookie(Date.now(), { secure: baseUrl().startsWith("https:") }));
  });

  app.post(LOGOUT, (c) => isOn() ? answer(signIn.none) : noSuchRoute(c));
}
