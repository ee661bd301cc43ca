// How somebody gets from page to page without a new document: the address changes, the page is read and shown.

import { findPage } from "../find.ts";
import { Fault, type Place } from "../page.ts";
import { PAGES } from "../pages.ts";
import { get } from "./api.ts";
import { isUnsaved, mayLeave } from "./leave.tsx";
import { follow } from "./live.ts";
import { reread } from "./reread.ts";
import { liveness, shown } from "./state.ts";

/** The reading that counts: an older one that ends later shows nothing. */
let reading = 0;

/** The address of the page that is shown, or that is being read. */
let address = "";

/** Reads the page of the address and shows it; answers whether the daemon has answered. `keep`: what is shown stays if it does not. */
export async function show(url: URL, { keep = false } = {}): Promise<boolean> {
  const mine = ++reading;
  address = url.href;
  const found = findPage(PAGES, url);
  const place: Place = found?.place ?? { path: url.pathname, params: {}, query: url.searchParams };
  try {
    if (!found) throw new Fault(404, { code: "NOT_FOUND", message: "There is no such page." });
    const data = await found.page.load(get, place);
    if (mine !== reading) return true;
    shown.value = { page: found.page, place, data };
  } catch (thrown) {
    if (mine !== reading) return true;
    if (!(thrown instanceof Fault)) throw thrown;
    // A daemon that is away for a moment takes nothing away of what is seen.
    if (keep && thrown.status === 0) {
      liveness.value = "lost";
      settle();
      return false;
    }
    shown.value = { page: found?.page, place, fault: thrown };
  }
  settle();
  return true;
}

/** What is shown is followed, and named in the window's title. */
export function settle(): void {
  const { page, place, data, fault } = shown.value!;
  const isShown = page !== undefined && fault === undefined;
  document.title = `${isShown ? page.title(data, place) : "Not shown"} — Opcode`;
  const query = isShown ? page.follows?.(data, place) : undefined;
  const again = () => show(new URL(location.href), { keep: true });
  follow(query, again);
  reread(isShown && page.isReread === true ? page.path : undefined, again);
}

/** Goes there, with a way back, unless somebody stays with what they have not stored. */
export async function go(href: string): Promise<void> {
  if (!await mayLeave()) return;
  history.pushState(null, "", href);
  await show(new URL(location.href));
  scrollTo(0, 0);
  document.getElementById("main")?.focus({ preventScroll: true });
}

/** By the browser's own buttons: the address has changed before anybody could be asked. */
async function goBack(): Promise<void> {
  const wanted = location.href;
  if (isUnsaved()) {
    history.pushState(null, "", address);
    if (!await mayLeave()) return;
    history.replaceState(null, "", wanted);
  }
  await show(new URL(wanted));
}

/** Links within the panel, and the browser's own buttons. */
export function mindLinks(): void {
  address = location.href;
  addEventListener("popstate", () => void goBack());
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.("a[href]") as HTMLAnchorElement | null;
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || link.target || !findPage(PAGES, url)) return;
    if (url.pathname === location.pathname && url.search === location.search && url.hash) return;
    event.preventDefault();
    void go(url.pathname + url.search);
  });
}
