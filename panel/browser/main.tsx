// How the panel begins in a browser: it goes on from what the daemon has drawn, with the data that came with it.

import { signal } from "@preact/signals";
import { hydrate } from "preact";
import { type Act, type Around, AroundContext } from "../context.ts";
import { findPage } from "../find.ts";
import { Fault } from "../page.ts";
import { PAGES } from "../pages.ts";
import { FaultView } from "../parts/fault-view.tsx";
import { PageView } from "../parts/page-view.tsx";
import type { Embedded } from "../render.tsx";
import { Shell } from "../shell.tsx";
import { SignIn } from "../sign-in.tsx";
import { ask } from "./api.ts";
import { parseExact } from "../exact-json.ts";
import { go, mindLinks, settle, show } from "./go.ts";
import { keep } from "./keep.ts";
import { guard, LeaveDialog, mindClosing } from "./leave.tsx";
import { mindKeys } from "./keys.ts";
import { IS_APPLE, togglePalette } from "./palette.ts";
import { mindLooking } from "./reread.ts";
import { liveness, notice, now, shown, theme } from "./state.ts";
import { keepTheme, readTheme } from "./theme.ts";

const NOTICE_MS = 6_000;
const TICK_MS = 1_000;

let notices = 0;

function tell(text: string, isBad: boolean): void {
  const mine = ++notices;
  notice.value = { text, isBad };
  setTimeout(() => mine === notices && (notice.value = undefined), NOTICE_MS);
}

async function act(asked: Act): Promise<object | undefined> {
  const { method, path, body, done, refused } = asked;
  try {
    const reply = await ask<object>(method, path, body);
    tell(done, false);
    void show(new URL(location.href), { keep: true });
    return reply ?? {};
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    if (refused) refused(thrown);
    else tell(thrown.message, true);
    return undefined;
  }
}

/** What the daemon drew could do nothing: the first paint here is the same, or its buttons would stay so. */
const around = signal<Omit<Around, "theme">>({ now: () => now.value });

function later(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

function palette(): void {
  const known = { ...around.value, theme: theme.value };
  void togglePalette(known, (why) => tell(why, true));
}

function Panel() {
  const { page, place, data, fault } = shown.value!;
  const title = fault || !page
    ? fault?.status === 404 ? "Not found" : "Not shown"
    : page.title(data, place);
  return (
    <AroundContext.Provider value={{ ...around.value, theme: theme.value }}>
      <Shell title={title} place={place} liveness={liveness.value} notice={notice.value}>
        {fault || !page
          ? <FaultView of={fault!} place={place} />
          : <PageView page={page} data={data} place={place} />}
      </Shell>
      <LeaveDialog />
    </AroundContext.Provider>
  );
}

function begin(): void {
  readTheme();
  const embedded = parseExact(document.getElementById("embedded")!.textContent!) as Embedded;
  const root = document.getElementById("panel")!;
  if (embedded.asksForToken) {
    hydrate(<SignIn send={signIn} />, root);
    document.documentElement.dataset.ready = "";
    return;
  }
  goOn(embedded, root);
}

async function signIn(token: string): Promise<string | undefined> {
  const response = await fetch("/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  }).catch(() => undefined);
  if (!response) return "The daemon does not answer.";
  if (!response.ok) return "That is not the token of this daemon.";
  location.reload();
}

async function signOut(): Promise<void> {
  const headers = { "content-type": "application/json" };
  await fetch("/logout", { method: "POST", headers, body: "{}" }).catch(() => undefined);
  location.reload();
}

function goOn(embedded: Embedded, root: HTMLElement): void {
  const url = new URL(location.href);
  const found = findPage(PAGES, url);
  now.value = embedded.now;
  shown.value = {
    page: found?.page,
    place: found?.place ?? { path: url.pathname, params: {}, query: url.searchParams },
    data: embedded.data,
    ...(embedded.fault && { fault: new Fault(embedded.fault.status, embedded.fault) }),
  };
  hydrate(<Panel />, root);
  around.value = {
    now: () => now.value,
    act,
    ask,
    go: (href) => void go(href),
    later,
    signOut: () => void signOut(),
    editor: () => import("./editor.ts"),
    keep,
    guard,
    palette,
    isApple: IS_APPLE,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    chooseTheme: keepTheme,
  };
  mindLinks();
  mindClosing();
  mindLooking();
  mindKeys(palette);
  settle();
  // By the daemon's clock, whatever this machine's says.
  const ahead = Date.now() - embedded.now;
  setInterval(() => now.value = Date.now() - ahead, TICK_MS);
  document.documentElement.dataset.ready = "";
}

begin();
