// What the palette offers of the page that is open: its own buttons, forms and sides, so that both do the same.

import type { Entry } from "./entry.ts";

const GROUP = "On this page";
const BUTTONS = "#main :is(.actions, .options) :is(button, a.button)";
const FORMS = "#main form[aria-label]";
const SIDES = "#main .tabs a:not([aria-current])";

/** As the page stands now: what it lets nobody do is not offered. */
export function onPage(root: ParentNode): Entry[] {
  return [...buttonsIn(root), ...formsIn(root), ...sidesIn(root)];
}

function buttonsIn(root: ParentNode): Entry[] {
  const all = [...root.querySelectorAll<HTMLButtonElement | HTMLAnchorElement>(BUTTONS)]
    // Those of a question whether to, and of a form that is to be filled in first.
    .filter((one) => !one.closest("dialog, form") && !("disabled" in one && one.disabled));
  // What is of the whole page stands before what is of a row of it.
  const ofRows = all.filter((one) => one.closest("td"));
  return [...all.filter((one) => !one.closest("td")), ...ofRows].map((one, at) => {
    const question = one.closest<HTMLElement>(".decision")?.getAttribute("aria-label");
    return {
      id: `button ${at}`,
      group: GROUP,
      label: question ? `${question}: ${nameOf(one)}` : nameOf(one),
      choose: () => {
        if (!one.isConnected) return GONE;
        one.focus();
        one.scrollIntoView({ block: "center" });
        // An answer is final: it is shown first, and Enter gives it.
        if (!question) one.click();
      },
    };
  });
}

function formsIn(root: ParentNode): Entry[] {
  return [...root.querySelectorAll<HTMLFormElement>(FORMS)].flatMap((form, at) => {
    const first = form.querySelector<HTMLElement>("input, select, textarea");
    if (!first) return [];
    return {
      id: `form ${at}`,
      group: GROUP,
      label: form.getAttribute("aria-label")!,
      words: "form fill in",
      choose: () => first.isConnected ? first.focus() : GONE,
    };
  });
}

function sidesIn(root: ParentNode): Entry[] {
  return [...root.querySelectorAll<HTMLAnchorElement>(SIDES)].map((link, at) => ({
    id: `side ${at}`,
    group: GROUP,
    label: `Show: ${nameOf(link)}`,
    words: "tab side",
    choose: () => link.isConnected ? link.click() : GONE,
  }));
}

const GONE = "It is not on the page any more.";

/** What it is called, without its key and what describes it. */
function nameOf(element: Element): string {
  const told = element.getAttribute("aria-label");
  if (told !== null) return told;
  const copy = element.cloneNode(true) as Element;
  for (const beside of copy.querySelectorAll("kbd, small, .number")) beside.remove();
  return copy.textContent!.trim();
}
